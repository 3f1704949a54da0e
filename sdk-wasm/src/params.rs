//! What `subscribeSessions` takes beside callbacks.

use alloc::string::String;

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
    if let Some(param) = text(read, name) {
        set(param, value.as_string(), "is not a string")
    } else if let Some(param) = flag(read, name) {
        set(param, value.as_bool(), "is not a boolean")
    } else if let Some(param) = number(read, name) {
        set(param, host::whole(value), "is not a whole number above 0")
    } else {
        match name {
            "archived" => set(
                &mut read.archived,
                archived(value),
                "is neither a boolean nor \"all\"",
            ),
            "sortBy" => set(&mut read.sort_by, sort_by(value), "is no order of lists"),
            "profileRelation" => set(&mut read.profile_relation, relation(value), RELATION),
            _ => Err("is nothing that a list takes"),
        }
    }
}

const RELATION: &str = "is not an object with the texts profileId and relationship";

fn text<'r>(read: &'r mut SessionsListParams, name: &str) -> Option<&'r mut Option<String>> {
    Some(match name {
        "search" => &mut read.search,
        "label" => &mut read.label,
        "agentId" => &mut read.agent_id,
        "spawnedBy" => &mut read.spawned_by,
        "group" => &mut read.group,
        "boardFace" => &mut read.board_face,
        "creatorId" => &mut read.creator_id,
        "involvingProfileId" => &mut read.involving_profile_id,
        "ownerId" => &mut read.owner_id,
        "projectId" => &mut read.project_id,
        "workspaceDir" => &mut read.workspace_dir,
        _ => return None,
    })
}

fn flag<'r>(read: &'r mut SessionsListParams, name: &str) -> Option<&'r mut Option<bool>> {
    Some(match name {
        "activeOnly" => &mut read.active_only,
        "includeGlobal" => &mut read.include_global,
        "includeUnknown" => &mut read.include_unknown,
        "excludeSubagents" => &mut read.exclude_subagents,
        "excludeCron" => &mut read.exclude_cron,
        "includeDerivedTitles" => &mut read.include_derived_titles,
        "includeLastMessage" => &mut read.include_last_message,
        "requireLastInteraction" => &mut read.require_last_interaction,
        "pinned" => &mut read.pinned,
        "excludeSystem" => &mut read.exclude_system,
        "includeActivitySummary" => &mut read.include_activity_summary,
        "configuredAgentsOnly" => &mut read.configured_agents_only,
        "hasBoard" => &mut read.has_board,
        "includePeople" => &mut read.include_people,
        "involvingMe" => &mut read.involving_me,
        "ownerFirst" => &mut read.owner_first,
        _ => return None,
    })
}

fn number<'r>(read: &'r mut SessionsListParams, name: &str) -> Option<&'r mut Option<u64>> {
    Some(match name {
        "limit" => &mut read.limit,
        "offset" => &mut read.offset,
        "activeMinutes" => &mut read.active_minutes,
        _ => return None,
    })
}

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
