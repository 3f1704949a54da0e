//! Params as they are sent. Each type is taken apart whole, so the compiler names what is forgotten.

use alloc::string::String;

use sessionwire_json::{Json, Object, array};
use sessionwire_protocol::connect::{ClientInfo, ConnectAuth, ConnectParams, DeviceProof};
use sessionwire_protocol::{Cursor, Scope};

use crate::ListParams;

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

/// Params of `sessions.list` that list all sessions that can be listed, and more than a gateway holds.
pub(crate) fn all() -> Json {
    Object::default()
        .number("limit", 100_000)
        .text("archived", "all")
        .flag("includeGlobal", true)
        .flag("includeUnknown", true)
        .flag("includeDerivedTitles", true)
        .flag("includeLastMessage", true)
        .end()
}

/// Params of `sessions.subscribe`.
pub(crate) fn subscribe(
    subscription: &str,
    since: Option<&Cursor>,
    snapshot: Option<bool>,
    list: &ListParams,
) -> Json {
    let since = since.map(cursor);
    let mut object = Object::default();
    object
        .text("subscription", subscription)
        .json("since", since.as_ref().map(Json::value))
        .flag("snapshot", snapshot);
    list.write(&mut object);
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

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde_json::{Value, from_str, from_value, json, to_string, to_value};
    use sessionwire_protocol::Method;
    use sessionwire_protocol::connect::Connect;
    use sessionwire_protocol::sessions::{
        Archived, SessionsDescribe, SessionsList, SessionsPatch, SessionsSubscribeParams,
        SessionsUnsubscribe,
    };

    use super::*;

    #[test]
    fn params_are_those_of_the_protocol() {
        let subscribing = json!({
            "subscription": "1", "since": { "epoch": "e", "offset": 9 }, "snapshot": true, "limit": 1,
            "search": "\"", "archived": "all", "sortBy": "label", "pinned": false,
        });
        must_be(&subscribing, |params: &SessionsSubscribeParams| {
            let SessionsSubscribeParams {
                subscription,
                since,
                snapshot,
                list,
            } = params;
            let subscription = subscription.as_deref().unwrap();
            subscribe(subscription, since.as_ref(), *snapshot, &list.into())
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
        let all = read::<SessionsList>(&all());
        assert_eq!(
            (all.limit, all.archived),
            (Some(100_000), Some(Archived::All))
        );
        assert!(from_str::<<Connect as Method>::Params>(of_session("k").get()).is_err());
    }

    fn must_be<T: Serialize + serde::de::DeserializeOwned>(params: &Value, write: fn(&T) -> Json) {
        let read: T = from_value(params.clone()).unwrap();
        assert_eq!(to_value(&read).unwrap(), *params, "all of it is known");
        assert_eq!(write(&read).get(), to_string(&read).unwrap());
    }
}
