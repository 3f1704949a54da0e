//! What the upstream has, and what it answers.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::UPSTREAM_TOKEN;
use super::pairing::Pairing;

#[derive(Default)]
pub(super) struct World {
    pub(super) rows: BTreeMap<String, Value>,
    pub(super) groups: Vec<String>,
    clock: u64,
    requests: Vec<Value>,
    /// What is answered to `connect` in the place of a hello.
    pub(super) hello: Option<Value>,
    /// Who wants to be let in by device, and whether it was.
    pub(super) pairing: Option<Pairing>,
    /// What is not told yet, where the upstream is slow to tell.
    pub(super) held: Option<Vec<Value>>,
    /// A refusal for the next request of this method.
    pub(super) refusal: Option<(String, Value)>,
}

impl World {
    pub(super) fn put(&mut self, key: &str, change: Value) -> Value {
        self.clock += 1;
        let at = 1_000_000 + self.clock;
        let row = self.rows.entry(key.to_owned()).or_insert_with(|| {
            json!({"key": key, "kind": "direct", "agentId": "main", "sessionId": format!("id-{key}-{at}"), "createdAt": at})
        });
        let Value::Object(change) = change else {
            panic!("a row is an object")
        };
        for (name, value) in change {
            row[name] = value;
        }
        row["updatedAt"] = at.into();
        row["snapshotAt"] = at.into();
        row.clone()
    }

    /// What was asked for with this method so far: its `params`, or the `scopes` of who asked.
    pub(super) fn asked(&self, method: &str, what: &str) -> Vec<Value> {
        let requests = self.requests.iter();
        let asked = requests.filter(|asked| asked["method"] == method);
        asked.map(|asked| asked[what].clone()).collect()
    }

    /// Takes a request of who has these scopes. The answer, and what is told after it.
    pub(super) fn hear(
        &mut self,
        method: &str,
        params: &Value,
        scopes: &Value,
    ) -> (Result<Value, Value>, Vec<Value>) {
        let request = json!({"method": method, "params": params, "scopes": scopes});
        self.requests.push(request);
        let (answer, mut told) = match method {
            "connect" => (self.hello(params), Vec::new()),
            method => self.answer(method, params),
        };
        if let Some(held) = &mut self.held {
            held.append(&mut told);
        }
        (answer, told)
    }

    /// The hello to who introduces itself so, or the refusal.
    fn hello(&self, params: &Value) -> Result<Value, Value> {
        if let Some(hello) = &self.hello {
            return match hello["refused"].is_object() {
                true => Err(hello["refused"].clone()),
                false => Ok(hello.clone()),
            };
        }
        let by_device = match &self.pairing {
            Some(pairing) => pairing.check(params)?,
            None => false,
        };
        if !by_device && params["auth"]["token"] != UPSTREAM_TOKEN {
            return Err(json!({
                "code": "INVALID_REQUEST",
                "message": "unauthorized: token mismatch",
                "details": {"code": "AUTH_TOKEN_MISMATCH"},
            }));
        }
        Ok(json!({
            "type": "hello-ok",
            "protocol": 4,
            "server": {"version": "2026.9.6", "connId": "c"},
            "auth": {
                "role": "operator",
                "scopes": params["scopes"],
                "deviceToken": self.pairing.as_ref().and_then(|pairing| pairing.token.as_deref()),
            },
            "policy": {"tickIntervalMs": 0, "attachments": {"maxBytes": 7}},
            "features": {
                "methods": ["chat.history", "device.pair.setup", "plugin.echo", "sessions.list"],
                "events": ["agent", "device.pair.changed", "sessions.changed"],
                "capabilities": ["profile-binding-v1", "session-goal-start-v1"],
            },
            "snapshot": {"sessionDefaults": {"defaultAgentId": "main", "modelConfigured": false}},
        }))
    }

    fn answer(&mut self, method: &str, params: &Value) -> (Result<Value, Value>, Vec<Value>) {
        if let Some((_, error)) = self.refusal.take_if(|(refused, _)| refused == method) {
            return (Err(error), Vec::new());
        }
        let key = params["key"].as_str().unwrap_or_default().to_owned();
        let mut told = Vec::new();
        let payload = match method {
            "sessions.subscribe" => json!({"subscribed": true}),
            "sessions.messages.subscribe" => json!({"subscribed": true, "key": key}),
            "sessions.messages.unsubscribe" => json!({"subscribed": false, "key": key}),
            "sessions.list" => {
                let rows: Vec<_> = self.rows.values().collect();
                json!({"sessions": rows, "hasMore": false})
            }
            "sessions.describe" => json!({"session": self.rows.get(&key)}),
            "sessions.groups.list" => {
                let groups = self.groups.iter().enumerate();
                let groups: Vec<_> = groups
                    .map(|(position, name)| json!({"name": name, "position": position}))
                    .collect();
                json!({"groups": groups, "sectionOrder": []})
            }
            "sessions.groups.put" => {
                let names = params["names"].as_array().cloned().unwrap_or_default();
                let names = names.iter().filter_map(Value::as_str);
                self.groups = names.map(str::to_owned).collect();
                told.push(json!({"reason": "groups", "ts": 1}));
                json!({"ok": true})
            }
            "sessions.patch" => {
                let mut patch = params.clone();
                let fields = patch.as_object_mut().expect("params");
                fields.retain(|name, _| name != "key" && !name.starts_with("expected"));
                let row = self.put(&key, patch);
                told.push(changed(&row, "patch"));
                json!({"ok": true, "key": key, "entry": row, "further": {"not": ["known"]}})
            }
            "sessions.reset" => {
                let row = self.put(&key, json!({"totalTokens": 0}));
                told.push(changed(&row, "reset"));
                json!({"ok": true, "key": key, "entry": row})
            }
            "sessions.delete" => {
                let gone = self.rows.remove(&key);
                told.push(json!({"sessionKey": key, "reason": "delete", "ts": 1}));
                told.push(json!({"reason": "delete", "ts": 1}));
                json!({"ok": true, "key": key, "deleted": gone.is_some()})
            }
            "chat.send" => {
                let (key, run) = (&params["sessionKey"], &params["idempotencyKey"]);
                told.push(json!({"sessionKey": key, "runId": run, "seq": 1, "state": "final"}));
                json!({"runId": run, "status": "started"})
            }
            "plugin.echo" => json!({"echo": params}),
            unknown => {
                let message = format!("unknown method: {unknown}");
                return (
                    Err(json!({"code": "INVALID_REQUEST", "message": message})),
                    told,
                );
            }
        };
        (Ok(payload), told)
    }
}

/// What plain protocol 4 says of a changed row.
pub fn changed(row: &Value, reason: &str) -> Value {
    let mut payload = row.clone();
    payload["sessionKey"] = row["key"].clone();
    payload.as_object_mut().expect("a row").remove("key");
    payload["reason"] = reason.into();
    payload["ts"] = row["updatedAt"].clone();
    payload["session"] = row.clone();
    payload
}
