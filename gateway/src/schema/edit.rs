//! Params of what makes sessions and changes what is kept of them.

use super::language::{
    BOOLEAN, Field, LABEL, NON_EMPTY, NULL, Schema, TEXT, any_of, array, array_of, at_least,
    between, closed, closed_with, exactly, exactly_number, number_at_least, optional, required,
    text, text_among, text_like,
};
use super::message::{ATTACHMENTS, MENTIONS};
use super::settings::{
    BOARD_FACE, FAST_MODE, PERMISSION_MODE, PERMISSION_MODE_OR_NULL, SANDBOX_MODE_OR_NULL,
    TOOL_OVERRIDES, TOOL_OVERRIDES_OR_NULL,
};

pub(super) static CREATE: Schema = closed(&[IDENTITY, START, WORKPLACE]);

pub(super) static PATCH: Schema = closed(&[EXPECTED, CHANGES]);

pub(super) static PATCH_MANY: Schema = closed(&[&[
    required("targets", array(&TARGET, 1, 100)),
    required("patch", closed_with(1, &[CHANGES])),
]]);

const IDENTITY: &[Field] = &[
    optional("key", NON_EMPTY),
    optional("idempotencyKey", NON_EMPTY),
    optional("agentId", NON_EMPTY),
    optional("label", LABEL),
    optional("displayName", text(1, 500)),
    optional("titleSource", text(0, 1000)),
    optional("category", LABEL),
    optional("model", NON_EMPTY),
    optional("agentRuntime", NON_EMPTY),
    optional("contextWindow", NON_EMPTY),
    optional("thinkingLevel", NON_EMPTY),
    optional("fastMode", FAST_MODE),
    optional("permissionMode", PERMISSION_MODE),
    optional("toolOverrides", TOOL_OVERRIDES),
    optional("incognito", BOOLEAN),
    optional(
        "visibility",
        any_of(&[
            exactly("shared"),
            exactly("read-only"),
            exactly("suggest"),
            exactly("draft"),
        ]),
    ),
    optional("catalogId", NON_EMPTY),
];

const START: &[Field] = &[
    optional("parentSessionKey", NON_EMPTY),
    optional("spawnDepth", at_least(1)),
    optional("fork", BOOLEAN),
    optional("forkFrom", exactly("last-completed")),
    optional("emitCommandHooks", BOOLEAN),
    optional("succeedsParent", BOOLEAN),
    optional("timeoutMs", at_least(0)),
    optional("task", TEXT),
    optional("message", TEXT),
    optional("mentions", MENTIONS),
    optional("attachments", ATTACHMENTS),
];

const WORKPLACE: &[Field] = &[
    optional("projectId", NON_EMPTY),
    optional("projectGitUrl", text(1, 2048)),
    optional(
        "repository",
        closed(&[&[
            required("url", text(1, 2048)),
            optional("ref", text(1, 1024)),
        ]]),
    ),
    optional("worktree", BOOLEAN),
    optional("worktreeSource", exactly("empty")),
    optional("worktreeBaseRef", NON_EMPTY),
    optional(
        "worktreeName",
        text_like(0, usize::MAX, "^[a-z0-9][a-z0-9-]{0,63}$", is_worktree_name),
    ),
    optional("execNode", NON_EMPTY),
    optional("cwd", NON_EMPTY),
];

const EXPECTED: &[Field] = &[
    required("key", NON_EMPTY),
    optional("agentId", NON_EMPTY),
    optional("expectedSessionId", NON_EMPTY),
    optional("expectedLifecycleRevision", NON_EMPTY),
    optional("expectedPermissionMode", PERMISSION_MODE_OR_NULL),
    optional("expectedSandboxMode", SANDBOX_MODE_OR_NULL),
    optional("expectedNativeRuntimeConsent", NON_EMPTY_OR_NULL),
    optional("expectedToolOverrides", TOOL_OVERRIDES_OR_NULL),
    optional(
        "expectedMarkedUnreadAt",
        any_of(&[number_at_least(0), NULL]),
    ),
];

const TARGET: Schema = closed(&[&[
    required("key", NON_EMPTY),
    optional("agentId", NON_EMPTY),
    optional("expectedSessionId", NON_EMPTY),
    optional("expectedLifecycleRevision", NON_EMPTY),
    optional("expectedSandboxMode", SANDBOX_MODE_OR_NULL),
    optional("expectedPermissionMode", PERMISSION_MODE_OR_NULL),
    optional("expectedNativeRuntimeConsent", NON_EMPTY_OR_NULL),
]]);

const CHANGES: &[Field] = &[
    optional("label", LABEL_OR_NULL),
    optional("autoLabel", LABEL_OR_NULL),
    optional("icon", any_of(&[TEXT, NULL])),
    optional("color", any_of(&[TEXT, NULL])),
    optional("category", LABEL_OR_NULL),
    optional("boardFace", BOARD_FACE),
    optional(
        "boardPresentation",
        any_of(&[exactly("split"), exactly("expanded"), NULL]),
    ),
    optional("statusNote", any_of(&[text(0, 120), NULL])),
    optional(
        "attention",
        any_of(&[
            text_among(&["hand", "key", "alert", "flag", "lock", "hourglass"]),
            NULL,
        ]),
    ),
    optional("ttlMinutes", between(1, 120)),
    optional("archived", BOOLEAN),
    optional("pinned", BOOLEAN),
    optional("unread", BOOLEAN),
    optional("contextWindow", NON_EMPTY_OR_NULL),
    optional("thinkingLevel", NON_EMPTY_OR_NULL),
    optional("fastMode", any_of(&[BOOLEAN, exactly("auto"), NULL])),
    optional("toolOverrides", TOOL_OVERRIDES_OR_NULL),
    optional("verboseLevel", NON_EMPTY_OR_NULL),
    optional("traceLevel", NON_EMPTY_OR_NULL),
    optional("reasoningLevel", NON_EMPTY_OR_NULL),
    optional(
        "responseUsage",
        any_of(&[
            exactly("off"),
            exactly("tokens"),
            exactly("full"),
            exactly("on"),
            NULL,
        ]),
    ),
    optional("elevatedLevel", NON_EMPTY_OR_NULL),
    optional("execHost", NON_EMPTY_OR_NULL),
    optional("execSecurity", NON_EMPTY_OR_NULL),
    optional("execAsk", NON_EMPTY_OR_NULL),
    optional("execNode", NON_EMPTY_OR_NULL),
    optional("permissionMode", PERMISSION_MODE_OR_NULL),
    optional("sandboxMode", SANDBOX_MODE_OR_NULL),
    optional("nativeRuntimeConsent", NON_EMPTY_OR_NULL),
    optional("model", NON_EMPTY_OR_NULL),
    optional("agentRuntime", NON_EMPTY_OR_NULL),
    optional("completionOwnerSessionKey", NON_EMPTY_OR_NULL),
    optional(
        "inheritedToolPolicyVersion",
        any_of(&[exactly_number(1), NULL]),
    ),
    optional("inheritedToolAllow", any_of(&[array_of(&NON_EMPTY), NULL])),
    optional("inheritedToolDeny", any_of(&[array_of(&NON_EMPTY), NULL])),
    optional(
        "sendPolicy",
        any_of(&[exactly("allow"), exactly("deny"), NULL]),
    ),
    optional(
        "groupActivation",
        any_of(&[exactly("mention"), exactly("always"), NULL]),
    ),
];

const LABEL_OR_NULL: Schema = any_of(&[LABEL, NULL]);

const NON_EMPTY_OR_NULL: Schema = any_of(&[NON_EMPTY, NULL]);

fn is_worktree_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && !text.starts_with('-')
        && text
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}
