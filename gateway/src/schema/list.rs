//! Params of what selects sessions: listing, subscribing and searching.

use serde_json::{Map, Value};

use super::language::{
    BOOLEAN, Field, LABEL, NON_EMPTY, Schema, TEXT, any_of, array, at_least, between, closed,
    closed_refusing, exactly, optional, required, text,
};
use super::settings::BOARD_FACE;

pub(super) static LIST: Schema = closed(&[
    PAGE,
    ACTIVITY,
    SORT,
    KINDS,
    EXTRAS,
    PLACEMENT,
    OWNER_FIRST,
    RELATION,
    PEOPLE,
    ORIGIN,
]);

pub(super) static SUBSCRIBE: Schema = closed(&[
    PAGE,
    ACTIVITY,
    LIVE_SORT,
    KINDS,
    EXTRAS,
    PLACEMENT,
    OWNER_FIRST,
    RELATION,
    PEOPLE,
    ORIGIN,
    SUBSCRIPTION,
]);

pub(super) static SEARCH: Schema = closed_refusing(
    &[&[
        optional("agentId", NON_EMPTY),
        optional("sessionKeys", array(&NON_EMPTY, 1, 200)),
        optional(
            "scope",
            closed(&[ACTIVITY, SORT, KINDS, PLACEMENT, RELATION, ORIGIN]),
        ),
        required("query", text(1, 4096)),
        optional("limit", between(1, 25)),
    ]],
    &[scope_beside_another],
);

const PAGE: &[Field] = &[
    optional("limit", at_least(1)),
    optional("offset", at_least(0)),
];

const ACTIVITY: &[Field] = &[
    optional("activeMinutes", at_least(1)),
    optional("activeOnly", BOOLEAN),
    optional("requireLastInteraction", BOOLEAN),
];

const SORT: &[Field] = &[optional(
    "sortBy",
    any_of(&[
        exactly("updatedAt"),
        exactly("lastInteractionAt"),
        exactly("activity"),
    ]),
)];

/// Lists with cursors know more orders.
const LIVE_SORT: &[Field] = &[optional(
    "sortBy",
    any_of(&[
        exactly("updatedAt"),
        exactly("lastInteractionAt"),
        exactly("activity"),
        exactly("createdAt"),
        exactly("label"),
    ]),
)];

const KINDS: &[Field] = &[
    optional("includeGlobal", BOOLEAN),
    optional("includeUnknown", BOOLEAN),
    optional("excludeSubagents", BOOLEAN),
    optional("excludeCron", BOOLEAN),
    optional("excludeSystem", BOOLEAN),
    optional("configuredAgentsOnly", BOOLEAN),
];

const EXTRAS: &[Field] = &[
    optional("includeDerivedTitles", BOOLEAN),
    optional("includeLastMessage", BOOLEAN),
    optional("includeActivitySummary", BOOLEAN),
];

const PLACEMENT: &[Field] = &[
    optional("label", LABEL),
    optional("projectId", NON_EMPTY),
    optional("workspaceDir", NON_EMPTY),
    optional("group", TEXT),
    optional("pinned", BOOLEAN),
    optional("boardFace", BOARD_FACE),
    optional("hasBoard", BOOLEAN),
    optional("creatorId", NON_EMPTY),
    optional("ownerId", NON_EMPTY),
];

const OWNER_FIRST: &[Field] = &[optional("ownerFirst", BOOLEAN)];

const RELATION: &[Field] = &[
    optional("involvingMe", BOOLEAN),
    optional(
        "profileRelation",
        closed(&[&[
            required("profileId", NON_EMPTY),
            required(
                "relationship",
                any_of(&[exactly("owned"), exactly("created"), exactly("involving")]),
            ),
        ]]),
    ),
    optional("involvingProfileId", NON_EMPTY),
];

const PEOPLE: &[Field] = &[optional("includePeople", BOOLEAN)];

const ORIGIN: &[Field] = &[
    optional("spawnedBy", NON_EMPTY),
    optional("agentId", NON_EMPTY),
    optional("search", TEXT),
    optional("archived", any_of(&[BOOLEAN, exactly("all")])),
];

/// What a client with the `session-cursor` capability may add to name its subscription and to resume it.
const SUBSCRIPTION: &[Field] = &[
    optional(
        "since",
        closed(&[&[required("epoch", TEXT), required("offset", at_least(0))]]),
    ),
    optional("snapshot", BOOLEAN),
    optional("subscription", text(1, 128)),
];

fn scope_beside_another(fields: &Map<String, Value>) -> bool {
    fields.contains_key("scope")
        && (fields.contains_key("agentId") || fields.contains_key("sessionKeys"))
}
