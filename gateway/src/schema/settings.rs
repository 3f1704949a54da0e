//! Settings of a session that several methods take.

use super::language::{
    BOOLEAN, NON_EMPTY, NULL, Schema, any_of, array_of, closed, exactly, optional, record_of,
};

pub(super) const BOARD_FACE: Schema = any_of(&[exactly("chat"), exactly("dashboard")]);

pub(super) const FAST_MODE: Schema = any_of(&[BOOLEAN, exactly("auto")]);

pub(super) const PERMISSION_MODE: Schema = any_of(&[
    exactly("read-only"),
    exactly("guarded"),
    exactly("workspace"),
    exactly("full"),
]);

pub(super) const PERMISSION_MODE_OR_NULL: Schema = any_of(&[PERMISSION_MODE, NULL]);

pub(super) const SANDBOX_MODE_OR_NULL: Schema = any_of(&[exactly("off"), NULL]);

pub(super) const TOOL_OVERRIDES: Schema = closed(&[&[
    optional("mcpServers", record_of(&BOOLEAN)),
    optional("mcpToolsDeny", record_of(&array_of(&NON_EMPTY))),
    optional("skills", record_of(&BOOLEAN)),
    optional("webSearch", BOOLEAN),
]]);

pub(super) const TOOL_OVERRIDES_OR_NULL: Schema = any_of(&[TOOL_OVERRIDES, NULL]);
