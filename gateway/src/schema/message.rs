//! What comes with the text of a message.

use super::language::{
    ANY, MAX_SAFE, NUMBER, Schema, TEXT, any_of, array, array_of, between, closed, exactly, open,
    optional, required, text,
};

pub(super) const MENTIONS: Schema = array(
    &closed(&[&[
        required("profileId", text(1, 256)),
        required("start", between(0, MAX_SAFE)),
        required("end", between(1, MAX_SAFE)),
    ]]),
    0,
    10,
);

pub(super) const ATTACHMENTS: Schema = array_of(&open(&[&[
    optional("type", TEXT),
    optional("mimeType", TEXT),
    optional("fileName", TEXT),
    optional("origin", any_of(&[exactly("paste"), exactly("file")])),
    optional("content", ANY),
    optional("sizeBytes", NUMBER),
    optional("durationMs", NUMBER),
    optional("width", NUMBER),
    optional("height", NUMBER),
]]));
