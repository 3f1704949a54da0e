//! Params of the conversation in a session.

use super::language::{
    ANY, BOOLEAN, Field, NON_EMPTY, NULL, Schema, TEXT, any_of, at_least, between, closed, exactly,
    exactly_number, optional, record, required, set, text, text_among,
};
use super::message::{ATTACHMENTS, MENTIONS};
use super::settings::{FAST_MODE, PERMISSION_MODE_OR_NULL, TOOL_OVERRIDES_OR_NULL};

pub(super) static SEND: Schema = closed(&[TURN, ROUTE, EXPECTED]);

pub(super) static HISTORY: Schema = closed(HISTORY_FIELDS);

pub(super) static STARTUP: Schema = any_of(&[
    closed(HISTORY_FIELDS),
    closed(&[&[
        required("shortId", NON_EMPTY),
        optional("slugHint", NON_EMPTY),
        required("agentId", NON_EMPTY),
        optional("limit", PAGE),
        optional("maxBytes", at_least(1024)),
    ]]),
]);

pub(super) static INJECT: Schema = closed(&[
    SESSION,
    &[
        required("message", NON_EMPTY),
        optional("label", text(0, 100)),
    ],
]);

pub(super) static ABORT: Schema = closed(&[
    SESSION,
    &[
        optional("runId", NON_EMPTY),
        optional("preserveSideRuns", BOOLEAN),
    ],
]);

const SESSION: &[Field] = &[
    required("sessionKey", NON_EMPTY),
    optional("agentId", NON_EMPTY),
];

const TURN: &[Field] = &[
    required("sessionKey", text(1, 512)),
    optional("agentId", NON_EMPTY),
    optional("sessionId", NON_EMPTY),
    required("message", TEXT),
    optional("mentions", MENTIONS),
    optional("workContext", WORK_CONTEXT),
    optional("intent", GOAL_START),
    optional("thinking", TEXT),
    optional("fastMode", FAST_MODE),
    optional("fastAutoOnSeconds", at_least(1)),
    optional(
        "queueMode",
        text_among(&["steer", "followup", "collect", "interrupt"]),
    ),
];

const ROUTE: &[Field] = &[
    optional("deliver", BOOLEAN),
    optional("originatingChannel", TEXT),
    optional("originatingTo", TEXT),
    optional("originatingAccountId", TEXT),
    optional("originatingThreadId", TEXT),
    optional("replyToId", NON_EMPTY),
    optional("attachments", ATTACHMENTS),
    optional("toolBindings", record(&ANY, 16)),
    optional("timeoutMs", at_least(0)),
    optional("systemInputProvenance", PROVENANCE),
    optional("systemProvenanceReceipt", TEXT),
    optional("suppressCommandInterpretation", BOOLEAN),
];

const EXPECTED: &[Field] = &[
    optional("expectedLeafEntryId", any_of(&[NON_EMPTY, NULL])),
    optional("expectedSessionRoutingContract", NON_EMPTY),
    optional("expectedPermissionMode", PERMISSION_MODE_OR_NULL),
    optional("expectedToolOverrides", TOOL_OVERRIDES_OR_NULL),
    required("idempotencyKey", NON_EMPTY),
];

const WORK_CONTEXT: Schema = closed(&[&[
    required("page", text(1, 64)),
    optional("title", text(0, 96)),
    optional("sessionKey", text(0, 192)),
    optional("sessionId", text(0, 64)),
    optional("agentId", text(0, 64)),
    optional("workspace", text(0, 224)),
    optional("file", text(0, 224)),
    optional("selection", text(0, 640)),
]]);

const GOAL_START: Schema = closed(&[&[
    required("kind", exactly("session-goal-start")),
    required("version", exactly_number(1)),
    required("issuedAtMs", at_least(0)),
]]);

const PROVENANCE: Schema = closed(&[&[
    required(
        "kind",
        text_among(&["external_user", "inter_session", "internal_system"]),
    ),
    optional("originSessionId", TEXT),
    optional("sourceSessionKey", TEXT),
    optional("sourceChannel", TEXT),
    optional("sourceTool", TEXT),
    optional("sourceRole", exactly("subagent")),
    optional("sourcePromptPrefix", TEXT),
    optional("jobId", TEXT),
    optional("runId", TEXT),
]]);

const HISTORY_FIELDS: &[&[Field]] = &[
    SESSION,
    &[
        optional("cursor", TEXT),
        optional("limit", PAGE),
        optional("maxBytes", at_least(1024)),
        optional("offset", at_least(0)),
        optional("pendingBefore", at_least(1)),
        optional("inputRunIds", set(&text(1, 256), 1, 50)),
        optional("messageId", NON_EMPTY),
        optional("sessionId", NON_EMPTY),
        optional("maxChars", between(1, 500_000)),
    ],
];

const PAGE: Schema = between(1, 1000);
