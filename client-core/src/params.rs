//! Params as they are sent. Each type is taken apart whole, so the compiler names what is forgotten.

use alloc::string::String;

use sessionwire_json::{Json, Object, array};
use sessionwire_protocol::connect::{ClientInfo, ConnectAuth, ConnectParams, DeviceProof};
use sessionwire_protocol::sessions::{Archived, ProfileRelation, SessionsListParams, SortBy};
use sessionwire_protocol::{Cursor, Scope};

/// Params that describe a session with all that lists show of it.
pub(crate) fn described_whole(key: &str) -> Json {
    Object::default()
        .text("key", key)
        .flag("includeDerivedTitles", true)
        .flag("includeLastMessage", true)
        .end()
}

/// Params that name a session.
pub(crate) fn of_session(key: &str) -> Json {
    Object::default().text("key", key).end()
}

/// Params that name a subscription.
pub(crate) fn of_subscription(subscription: &str) -> Json {
    Object::default().text("subscription", subscription).end()
}

/// Params of `sessions.patch` that give a session a name, or take it away.
pub(crate) fn label(key: &str, label: Option<&str>) -> Json {
    let label = label.map_or_else(|| Json::written("null"), Json::text);
    Object::default()
        .text("key", key)
        .json("label", label.value())
        .end()
}

/// Params of `sessions.list`.
pub(crate) fn list(params: &SessionsListParams) -> Json {
    let mut object = Object::default();
    add_list(&mut object, params);
    object.end()
}

/// Params of `sessions.subscribe`.
pub(crate) fn subscribe(
    subscription: &str,
    since: Option<&Cursor>,
    snapshot: Option<bool>,
    list: &SessionsListParams,
) -> Json {
    let since = since.map(cursor);
    let mut object = Object::default();
    object
        .text("subscription", subscription)
        .json("since", since.as_ref().map(Json::value))
        .flag("snapshot", snapshot);
    add_list(&mut object, list);
    object.end()
}

/// Params of `connect`.
pub(crate) fn connect(params: &ConnectParams) -> Json {
    let ConnectParams {
        min_protocol,
        max_protocol,
        client,
        role,
        scopes,
        caps,
        auth,
        device,
        locale,
        user_agent,
    } = params;
    let scopes = scopes
        .as_ref()
        .map(|scopes| array(scopes.iter().map(Scope::as_str)));
    let caps = caps
        .as_ref()
        .map(|caps| array(caps.iter().map(String::as_str)));
    let auth = auth.as_ref().map(self::auth);
    let device = device.as_ref().map(proof);
    Object::default()
        .number("minProtocol", *min_protocol)
        .number("maxProtocol", *max_protocol)
        .json("client", self::client(client).value())
        .text("role", role.as_deref())
        .json("scopes", scopes.as_ref().map(Json::value))
        .json("caps", caps.as_ref().map(Json::value))
        .json("auth", auth.as_ref().map(Json::value))
        .json("device", device.as_ref().map(Json::value))
        .text("locale", locale.as_deref())
        .text("userAgent", user_agent.as_deref())
        .end()
}

fn client(client: &ClientInfo) -> Json {
    let ClientInfo {
        id,
        version,
        platform,
        mode,
        display_name,
        device_family,
        instance_id,
    } = client;
    Object::default()
        .text("id", &**id)
        .text("version", &**version)
        .text("platform", &**platform)
        .text("mode", &**mode)
        .text("displayName", display_name.as_deref())
        .text("deviceFamily", device_family.as_deref())
        .text("instanceId", instance_id.as_deref())
        .end()
}

fn auth(auth: &ConnectAuth) -> Json {
    let ConnectAuth {
        token,
        password,
        device_token,
    } = auth;
    Object::default()
        .text("token", token.as_deref())
        .text("password", password.as_deref())
        .text("deviceToken", device_token.as_deref())
        .end()
}

fn proof(proof: &DeviceProof) -> Json {
    let DeviceProof {
        id,
        public_key,
        signature,
        signed_at,
        nonce,
    } = proof;
    Object::default()
        .text("id", &**id)
        .text("publicKey", &**public_key)
        .text("signature", &**signature)
        .number("signedAt", *signed_at)
        .text("nonce", &**nonce)
        .end()
}

fn cursor(cursor: &Cursor) -> Json {
    let Cursor { epoch, offset } = cursor;
    Object::default()
        .text("epoch", &**epoch)
        .number("offset", *offset)
        .end()
}

fn add_list(object: &mut Object, params: &SessionsListParams) {
    let SessionsListParams {
        limit,
        offset,
        search,
        label,
        agent_id,
        spawned_by,
        active_minutes,
        active_only,
        archived,
        include_global,
        include_unknown,
        exclude_subagents,
        exclude_cron,
        include_derived_titles,
        include_last_message,
        sort_by,
        require_last_interaction,
        group,
        pinned,
        board_face,
        exclude_system,
        configured_agents_only,
        project_id,
        workspace_dir,
        has_board,
        creator_id,
        owner_id,
        involving_me,
        involving_profile_id,
        profile_relation,
        owner_first,
        include_activity_summary,
        include_people,
    } = params;
    object
        .number("limit", *limit)
        .number("offset", *offset)
        .text("search", search.as_deref())
        .text("label", label.as_deref())
        .text("agentId", agent_id.as_deref())
        .text("spawnedBy", spawned_by.as_deref())
        .number("activeMinutes", *active_minutes)
        .flag("activeOnly", *active_only);
    match archived {
        Some(Archived::All) => object.text("archived", "all"),
        archived => object.flag("archived", archived.map(|it| it == Archived::Only)),
    };
    let relation = profile_relation.as_ref().map(relation);
    object
        .flag("includeGlobal", *include_global)
        .flag("includeUnknown", *include_unknown)
        .flag("excludeSubagents", *exclude_subagents)
        .flag("excludeCron", *exclude_cron)
        .flag("includeDerivedTitles", *include_derived_titles)
        .flag("includeLastMessage", *include_last_message)
        .text("sortBy", sort_by.map(self::sort_by))
        .flag("requireLastInteraction", *require_last_interaction)
        .text("group", group.as_deref())
        .flag("pinned", *pinned)
        .text("boardFace", board_face.as_deref())
        .flag("excludeSystem", *exclude_system)
        .flag("configuredAgentsOnly", *configured_agents_only)
        .text("projectId", project_id.as_deref())
        .text("workspaceDir", workspace_dir.as_deref())
        .flag("hasBoard", *has_board)
        .text("creatorId", creator_id.as_deref())
        .text("ownerId", owner_id.as_deref())
        .flag("involvingMe", *involving_me)
        .text("involvingProfileId", involving_profile_id.as_deref())
        .json("profileRelation", relation.as_ref().map(Json::value))
        .flag("ownerFirst", *owner_first)
        .flag("includeActivitySummary", *include_activity_summary)
        .flag("includePeople", *include_people);
}

fn relation(relation: &ProfileRelation) -> Json {
    let ProfileRelation {
        profile_id,
        relationship,
    } = relation;
    Object::default()
        .text("profileId", &**profile_id)
        .text("relationship", &**relationship)
        .end()
}

fn sort_by(field: SortBy) -> &'static str {
    match field {
        SortBy::UpdatedAt => "updatedAt",
        SortBy::LastInteractionAt => "lastInteractionAt",
        SortBy::Activity => "activity",
        SortBy::CreatedAt => "createdAt",
        SortBy::Label => "label",
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde_json::{Value, from_str, from_value, json, to_string, to_value};
    use sessionwire_protocol::Method;
    use sessionwire_protocol::connect::Connect;
    use sessionwire_protocol::sessions::{
        SessionsDescribe, SessionsPatch, SessionsSubscribeParams, SessionsUnsubscribe,
    };

    use super::*;

    #[test]
    fn params_are_those_of_the_protocol() {
        let whole = json!({
            "limit": 1, "offset": 2, "search": "\"", "label": "l", "agentId": "a", "spawnedBy": "s",
            "activeMinutes": 3, "activeOnly": true, "archived": "all", "includeGlobal": true,
            "includeUnknown": false, "excludeSubagents": true, "excludeCron": true,
            "includeDerivedTitles": true, "includeLastMessage": true, "sortBy": "label",
            "requireLastInteraction": true, "group": "", "pinned": false, "boardFace": "b",
            "excludeSystem": true, "configuredAgentsOnly": true, "projectId": "p",
            "workspaceDir": "w", "hasBoard": false, "creatorId": "c", "ownerId": "o",
            "involvingMe": true, "involvingProfileId": "i",
            "profileRelation": { "profileId": "p", "relationship": "owned" },
            "ownerFirst": true, "includeActivitySummary": true, "includePeople": true,
        });
        must_be(&whole, list);
        for sort_by in ["updatedAt", "lastInteractionAt", "activity", "createdAt"] {
            must_be(&json!({ "sortBy": sort_by }), list);
        }
        for archived in [json!(true), json!(false)] {
            must_be(&json!({ "archived": archived }), list);
        }
        must_be(&json!({}), list);
        let mut subscribing = whole;
        subscribing["subscription"] = "1".into();
        subscribing["since"] = json!({ "epoch": "e", "offset": 9 });
        subscribing["snapshot"] = true.into();
        must_be(&subscribing, |params: &SessionsSubscribeParams| {
            let SessionsSubscribeParams {
                subscription,
                since,
                snapshot,
                list,
            } = params;
            let subscription = subscription.as_deref().unwrap();
            subscribe(subscription, since.as_ref(), *snapshot, list)
        });
        let client = json!({
            "id": "i", "version": "v", "platform": "p", "mode": "m", "displayName": "d",
            "deviceFamily": "f", "instanceId": "n",
        });
        let connecting = json!({
            "minProtocol": 4, "maxProtocol": 4, "client": client, "role": "operator",
            "scopes": ["operator.read", "x"], "caps": ["c"],
            "auth": { "token": "t", "password": "p", "deviceToken": "d" },
            "device": {
                "id": "i", "publicKey": "k", "signature": "s", "signedAt": 5, "nonce": "n",
            },
            "locale": "de", "userAgent": "u",
        });
        must_be(&connecting, connect);
    }

    #[test]
    fn params_that_are_written_are_read() {
        fn read<M: Method>(params: &Json) -> M::Params {
            from_str(params.get()).unwrap()
        }
        let described = read::<SessionsDescribe>(&described_whole("k"));
        assert_eq!(
            (described.key.as_str(), described.include_last_message),
            ("k", Some(true))
        );
        assert_eq!(
            read::<SessionsUnsubscribe>(&of_subscription("7")).subscription,
            "7"
        );
        for name in [None, Some("n")] {
            let patch = read::<SessionsPatch>(&label("k", name));
            assert_eq!(patch.patch.label, name.map(str::to_owned).into());
        }
        assert!(from_str::<<Connect as Method>::Params>(of_session("k").get()).is_err());
    }

    fn must_be<T: Serialize + serde::de::DeserializeOwned>(params: &Value, write: fn(&T) -> Json) {
        let read: T = from_value(params.clone()).unwrap();
        assert_eq!(to_value(&read).unwrap(), *params, "all of it is known");
        assert_eq!(write(&read).get(), to_string(&read).unwrap());
    }
}
