use alloc::boxed::Box;

use sessionwire_json::{Json, Object, Read as _, Record, Value};
use sessionwire_listing::{Filter, Order, Unfit, unfit};
use sessionwire_protocol::sessions::{Archived, SessionsListParams, SortBy};

/// The params of a live list, as they go to the gateway: JSON, of which only what a client decides by is read.
///
/// What cannot be read here is as if it were absent, until the gateway refuses it.
#[derive(Clone, Debug)]
pub struct ListParams {
    json: Json,
    pub(crate) limit: Option<u64>,
    sort_by: SortBy,
}

impl ListParams {
    /// The order of the list.
    pub fn order(&self) -> Order {
        Order::by(self.sort_by)
    }

    /// Whether the list shows every session.
    pub(crate) fn show_everything(&self) -> bool {
        self.json.get() == "{}"
    }

    /// The first param that a live list does not take, if there is one.
    pub(crate) fn not_live(&self) -> Option<&'static str> {
        let said = Record::of(self.json.value());
        let is_in = |param: &&Unfit| {
            let value = said.get(param.name);
            value.is_some_and(|value| param.even_false || value.get() != "false")
        };
        unfit().find(is_in).map(|param| param.name)
    }

    /// Writes the params into those of a subscription.
    pub(crate) fn write(&self, object: &mut Object) {
        object.number("limit", self.limit);
        for (name, value) in self.json.value().fields().into_iter().flatten() {
            let name = name.text().unwrap_or_default();
            if name != "limit" {
                object.json(&name, value);
            }
        }
    }

    /// Which sessions the list shows, for clients that keep it by themselves.
    pub(crate) fn filter(&self) -> Filter {
        if self.show_everything() {
            return Filter::EVERYTHING;
        }
        let mut said = Record::of(self.json.value());
        let mut params = Box::<SessionsListParams>::default();
        params.archived = said.get("archived").and_then(archived);
        params.sort_by = Some(self.sort_by);
        said.read("search", &mut params.search)
            .read("label", &mut params.label)
            .read("agentId", &mut params.agent_id)
            .read("spawnedBy", &mut params.spawned_by)
            .read("activeOnly", &mut params.active_only)
            .read("includeGlobal", &mut params.include_global)
            .read("includeUnknown", &mut params.include_unknown)
            .read("excludeSubagents", &mut params.exclude_subagents)
            .read("excludeCron", &mut params.exclude_cron)
            .read(
                "requireLastInteraction",
                &mut params.require_last_interaction,
            )
            .read("group", &mut params.group)
            .read("pinned", &mut params.pinned)
            .read("boardFace", &mut params.board_face)
            .read("excludeSystem", &mut params.exclude_system);
        Filter::new(&params, 0)
    }
}

impl From<Json> for ListParams {
    fn from(json: Json) -> Self {
        let [limit, sort_by] = json.value().pick(["limit", "sortBy"]).unwrap_or_default();
        Self {
            limit: limit.and_then(|limit| u64::read(limit).ok()),
            sort_by: sort_by.and_then(self::sort_by).unwrap_or_default(),
            json,
        }
    }
}

impl From<&SessionsListParams> for ListParams {
    fn from(params: &SessionsListParams) -> Self {
        let json =
            serde_json::to_string(params).expect("texts, numbers and booleans can be written");
        Self::from(Json::written(json))
    }
}

impl From<SessionsListParams> for ListParams {
    fn from(params: SessionsListParams) -> Self {
        Self::from(&params)
    }
}

fn archived(value: Value<'_>) -> Option<Archived> {
    match value.get() {
        "true" => Some(Archived::Only),
        "false" => Some(Archived::Without),
        "\"all\"" => Some(Archived::All),
        _ => None,
    }
}

fn sort_by(value: Value<'_>) -> Option<SortBy> {
    match value.get() {
        "\"updatedAt\"" => Some(SortBy::UpdatedAt),
        "\"lastInteractionAt\"" => Some(SortBy::LastInteractionAt),
        "\"activity\"" => Some(SortBy::Activity),
        "\"createdAt\"" => Some(SortBy::CreatedAt),
        "\"label\"" => Some(SortBy::Label),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};
    use sessionwire_listing::{NotLive, View};

    use super::*;

    /// Each param of a list, with a value that makes a difference.
    fn each() -> impl Iterator<Item = serde_json::Value> {
        let whole = json!({
            "limit": 1, "offset": 2, "search": "\" A", "label": "l", "agentId": "a", "spawnedBy": "s",
            "activeMinutes": 3, "activeOnly": true, "archived": "all", "includeGlobal": true,
            "includeUnknown": true, "excludeSubagents": true, "excludeCron": true,
            "includeDerivedTitles": true, "includeLastMessage": true, "sortBy": "label",
            "requireLastInteraction": true, "group": "", "pinned": false, "boardFace": "b",
            "excludeSystem": true, "configuredAgentsOnly": true, "projectId": "p",
            "workspaceDir": "w", "hasBoard": false, "creatorId": "c", "ownerId": "o",
            "involvingMe": true, "involvingProfileId": "i",
            "profileRelation": { "profileId": "p", "relationship": "owned" },
            "ownerFirst": true, "includeActivitySummary": true, "includePeople": true,
        });
        let known: SessionsListParams = from_value(whole.clone()).unwrap();
        assert_eq!(to_value(&known).unwrap(), whole, "all of it is known");
        let fields = whole.as_object().unwrap().clone();
        let falses = fields
            .clone()
            .into_iter()
            .filter(|(_, value)| value.is_boolean());
        let others = falses.map(|(name, _)| json!({ name: false }));
        let orders = ["updatedAt", "lastInteractionAt", "activity", "createdAt"];
        let orders = orders.map(|order| json!({ "sortBy": order }));
        let archived = [true, false].map(|archived| json!({ "archived": archived }));
        fields
            .into_iter()
            .map(|(name, value)| json!({ name: value }))
            .chain(others)
            .chain(orders)
            .chain(archived)
            .chain([
                json!({}),
                json!({ "search": "a", "limit": 7, "agentId": "b" }),
            ])
    }

    #[test]
    fn lists_are_what_the_gateway_makes_of_the_same_params() {
        for params in each() {
            let typed: SessionsListParams = from_value(params.clone()).unwrap();
            let read = ListParams::from(&typed);
            match View::new(&typed) {
                Err(NotLive(name)) => assert_eq!(read.not_live(), Some(name)),
                Ok(view) => {
                    assert_eq!(read.not_live(), None, "{params}");
                    assert_eq!(read.filter(), view.filter, "{params}");
                    assert_eq!(read.order(), view.order, "{params}");
                    assert_eq!(read.limit, typed.limit);
                    assert_eq!(read.show_everything(), view.is_everything());
                }
            }
        }
    }

    #[test]
    fn params_go_out_as_they_came() {
        for params in each() {
            let typed: SessionsListParams = from_value(params.clone()).unwrap();
            let mut object = Object::default();
            ListParams::from(typed).write(&mut object);
            let written: serde_json::Value = serde_json::from_str(object.end().get()).unwrap();
            assert_eq!(written, params);
        }
    }

    #[test]
    fn what_cannot_be_read_is_left_to_the_gateway() {
        let params = ListParams::from(Json::written(r#"{"limit":"x","sortBy":7,"odd":[1]}"#));
        assert_eq!((params.limit, params.order()), (None, Order::default()));
        let mut object = Object::default();
        params.write(&mut object);
        assert_eq!(object.end().get(), r#"{"sortBy":7,"odd":[1]}"#);
    }
}
