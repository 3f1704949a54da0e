//! Params of the methods that name a session, or the groups that sessions are kept in.

use super::language::{
    ANY, BOOLEAN, Field, LABEL, NON_EMPTY, NULL, Schema, TEXT, TRUE, any_of, array, array_of,
    at_least, closed, exactly, number_at_least, optional, required, text,
};
use super::message::{ATTACHMENTS, MENTIONS};

pub(super) static MESSAGES_SUBSCRIBE: Schema =
    closed(&[KEY, &[optional("includeApprovals", TRUE)]]);

pub(super) static MESSAGES_UNSUBSCRIBE: Schema = closed(&[KEY]);

pub(super) static DESCRIBE: Schema = closed(&[
    KEY,
    &[
        optional("includeDerivedTitles", BOOLEAN),
        optional("includeLastMessage", BOOLEAN),
    ],
]);

pub(super) static RESOLVE: Schema = closed(&[&[
    optional("key", NON_EMPTY),
    optional("sessionId", NON_EMPTY),
    optional("label", LABEL),
    optional(
        "reference",
        closed(&[&[required("key", NON_EMPTY), optional("slug", NON_EMPTY)]]),
    ),
    optional("shortId", NON_EMPTY),
    optional("slugHint", NON_EMPTY),
    optional("agentId", NON_EMPTY),
    optional("spawnedBy", NON_EMPTY),
    optional("includeGlobal", BOOLEAN),
    optional("includeUnknown", BOOLEAN),
    optional("allowMissing", BOOLEAN),
]]);

/// Clients may send anything: whoever answers reads the key and ignores the rest.
pub(super) static GET: Schema = ANY;

pub(super) static PREVIEW: Schema = closed(&[&[
    required("keys", array(&NON_EMPTY, 1, usize::MAX)),
    optional("limit", at_least(1)),
    optional("maxChars", at_least(20)),
]]);

pub(super) static RESET: Schema = closed(&[
    KEY,
    &[
        optional("reason", any_of(&[exactly("new"), exactly("reset")])),
        optional("expectedSessionId", NON_EMPTY),
    ],
]);

pub(super) static DELETE: Schema = closed(&[
    KEY,
    &[
        optional("deleteTranscript", BOOLEAN),
        optional("expectedSessionId", NON_EMPTY),
        optional("expectedLifecycleRevision", NON_EMPTY),
        optional("expectedSessionUpdatedAt", number_at_least(0)),
        optional("emitLifecycleHooks", BOOLEAN),
        optional("archivedOnly", BOOLEAN),
    ],
]);

pub(super) static SEND: Schema = closed(&[
    KEY,
    &[
        required("message", TEXT),
        optional("mentions", MENTIONS),
        optional("thinking", TEXT),
        optional("attachments", ATTACHMENTS),
        optional("timeoutMs", at_least(0)),
        optional("idempotencyKey", NON_EMPTY),
    ],
]);

pub(super) static ABORT: Schema = closed(&[&[
    optional("key", NON_EMPTY),
    optional("runId", NON_EMPTY),
    optional("agentId", NON_EMPTY),
    optional("clearQueued", BOOLEAN),
]]);

pub(super) static CLEANUP: Schema = closed(&[&[
    optional("agent", NON_EMPTY),
    optional("allAgents", BOOLEAN),
    optional("enforce", BOOLEAN),
    optional("activeKey", NON_EMPTY),
    optional("fixMissing", BOOLEAN),
    optional("fixDmScope", BOOLEAN),
]]);

pub(super) static GROUPS: Schema = closed(&[]);

pub(super) static GROUPS_PUT: Schema = closed(&[&[
    required("names", array_of(&LABEL)),
    optional("sectionOrder", array_of(&text(1, 512))),
]]);

pub(super) static GROUPS_RENAME: Schema =
    closed(&[&[required("name", LABEL), required("to", LABEL)]]);

pub(super) static GROUPS_DELETE: Schema = closed(&[&[required("name", LABEL)]]);

pub(super) static GROUPS_UPDATE: Schema = closed(&[&[
    required("name", LABEL),
    required("cwd", any_of(&[NON_EMPTY, NULL])),
    required("worktree", BOOLEAN),
]]);

pub(super) static GOAL_UPDATE: Schema = any_of(&[
    closed(&[
        GOAL,
        &[
            required("action", exactly("edit")),
            required("objective", text(1, 16_000)),
        ],
    ]),
    closed(&[
        GOAL,
        &[
            required(
                "action",
                any_of(&[
                    exactly("pause"),
                    exactly("resume"),
                    exactly("complete"),
                    exactly("block"),
                ]),
            ),
            optional("note", text(0, 2000)),
        ],
    ]),
]);

pub(super) static GOAL_CLEAR: Schema = closed(&[GOAL]);

const KEY: &[Field] = &[required("key", NON_EMPTY), optional("agentId", NON_EMPTY)];

const GOAL: &[Field] = &[
    required("sessionKey", NON_EMPTY),
    optional("agentId", NON_EMPTY),
    optional("sessionId", NON_EMPTY),
    required("goalId", NON_EMPTY),
    required("operationId", text(1, 128)),
    required("issuedAtMs", at_least(0)),
];
