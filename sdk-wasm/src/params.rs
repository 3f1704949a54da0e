//! What `subscribeSessions` takes beside callbacks.

use js_sys::Object;
use sessionwire_protocol::sessions::{Archived, ProfileRelation, SessionsListParams, SortBy};
use wasm_bindgen::prelude::*;

use crate::host;

#[wasm_bindgen(typescript_custom_section)]
const LIVE_LIST_PARAMS: &str = r#"
/**
 * Which sessions a live list shows, in which order. Without any of these it is every session, archived ones and
 * sentinels included; with any it is what {@link Client.listSessions} answers to the same ones.
 */
export interface LiveListParams
    extends Omit<
        SessionsListParams,
        | "limit"
        | "offset"
        | "activeMinutes"
        | "configuredAgentsOnly"
        | "creatorId"
        | "hasBoard"
        | "includePeople"
        | "involvingMe"
        | "involvingProfileId"
        | "ownerFirst"
        | "ownerId"
        | "profileRelation"
        | "projectId"
        | "workspaceDir"
    > {
    /** A window of so many rows from the top, which {@link SessionSubscription.loadMore} grows; all where absent. */
    limit?: number;
}
"#;

/// Reads a `LiveListParams`. What lists do not take is refused, as gateways do: a list that a misspelt filter leaves
/// whole would be a lie. Read by hand, as a deserialiser is large code.
pub(crate) fn read(params: &JsValue) -> Result<SessionsListParams, JsValue> {
    let mut read = SessionsListParams::default();
    if params.is_undefined() || params.is_null() {
        return Ok(read);
    }
    let Some(object) = params.dyn_ref::<Object>() else {
        return Err(host::type_error("params is not an object"));
    };
    for name in Object::keys(object)
        .iter()
        .filter_map(|name| name.as_string())
    {
        let value = host::get(params, &name)?;
        if value.is_undefined() {
            continue;
        }
        if let Err(problem) = take(&mut read, &name, &value) {
            return Err(host::type_error(&["params.", &name, " ", problem].concat()));
        }
    }
    Ok(read)
}

fn take(read: &mut SessionsListParams, name: &str, value: &JsValue) -> Result<(), &'static str> {
    match name {
        "limit" => set(&mut read.limit, host::whole(value), NUMBER),
        "offset" => set(&mut read.offset, host::whole(value), NUMBER),
        "activeMinutes" => set(&mut read.active_minutes, host::whole(value), NUMBER),
        "search" => set(&mut read.search, value.as_string(), TEXT),
        "label" => set(&mut read.label, value.as_string(), TEXT),
        "agentId" => set(&mut read.agent_id, value.as_string(), TEXT),
        "spawnedBy" => set(&mut read.spawned_by, value.as_string(), TEXT),
        "group" => set(&mut read.group, value.as_string(), TEXT),
        "boardFace" => set(&mut read.board_face, value.as_string(), TEXT),
        "activeOnly" => set(&mut read.active_only, value.as_bool(), BOOLEAN),
        "includeGlobal" => set(&mut read.include_global, value.as_bool(), BOOLEAN),
        "includeUnknown" => set(&mut read.include_unknown, value.as_bool(), BOOLEAN),
        "excludeSubagents" => set(&mut read.exclude_subagents, value.as_bool(), BOOLEAN),
        "excludeCron" => set(&mut read.exclude_cron, value.as_bool(), BOOLEAN),
        "includeDerivedTitles" => set(&mut read.include_derived_titles, value.as_bool(), BOOLEAN),
        "includeLastMessage" => set(&mut read.include_last_message, value.as_bool(), BOOLEAN),
        "requireLastInteraction" => {
            set(&mut read.require_last_interaction, value.as_bool(), BOOLEAN)
        }
        "pinned" => set(&mut read.pinned, value.as_bool(), BOOLEAN),
        "excludeSystem" => set(&mut read.exclude_system, value.as_bool(), BOOLEAN),
        "includeActivitySummary" => {
            set(&mut read.include_activity_summary, value.as_bool(), BOOLEAN)
        }
        "configuredAgentsOnly" => set(&mut read.configured_agents_only, value.as_bool(), BOOLEAN),
        "creatorId" => set(&mut read.creator_id, value.as_string(), TEXT),
        "hasBoard" => set(&mut read.has_board, value.as_bool(), BOOLEAN),
        "includePeople" => set(&mut read.include_people, value.as_bool(), BOOLEAN),
        "involvingMe" => set(&mut read.involving_me, value.as_bool(), BOOLEAN),
        "involvingProfileId" => set(&mut read.involving_profile_id, value.as_string(), TEXT),
        "ownerFirst" => set(&mut read.owner_first, value.as_bool(), BOOLEAN),
        "ownerId" => set(&mut read.owner_id, value.as_string(), TEXT),
        "profileRelation" => set(&mut read.profile_relation, relation(value), RELATION),
        "projectId" => set(&mut read.project_id, value.as_string(), TEXT),
        "workspaceDir" => set(&mut read.workspace_dir, value.as_string(), TEXT),
        "archived" => set(
            &mut read.archived,
            archived(value),
            "is neither a boolean nor \"all\"",
        ),
        "sortBy" => set(&mut read.sort_by, sort_by(value), "is no order of lists"),
        _ => Err("is nothing that a list takes"),
    }
}

const NUMBER: &str = "is not a whole number above 0";
const TEXT: &str = "is not a string";
const BOOLEAN: &str = "is not a boolean";
const RELATION: &str = "is not an object with the texts profileId and relationship";

fn set<T>(
    param: &mut Option<T>,
    value: Option<T>,
    problem: &'static str,
) -> Result<(), &'static str> {
    *param = Some(value.ok_or(problem)?);
    Ok(())
}

fn archived(value: &JsValue) -> Option<Archived> {
    match (value.as_bool(), value.as_string().as_deref()) {
        (Some(false), _) => Some(Archived::Without),
        (Some(true), _) => Some(Archived::Only),
        (None, Some("all")) => Some(Archived::All),
        (None, _) => None,
    }
}

fn relation(value: &JsValue) -> Option<ProfileRelation> {
    let text = |name| host::get(value, name).ok()?.as_string();
    Some(ProfileRelation {
        profile_id: text("profileId")?,
        relationship: text("relationship")?,
    })
}

fn sort_by(value: &JsValue) -> Option<SortBy> {
    match value.as_string()?.as_str() {
        "updatedAt" => Some(SortBy::UpdatedAt),
        "lastInteractionAt" => Some(SortBy::LastInteractionAt),
        "activity" => Some(SortBy::Activity),
        "createdAt" => Some(SortBy::CreatedAt),
        "label" => Some(SortBy::Label),
        _ => None,
    }
}
