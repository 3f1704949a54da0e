//! The envelope of a request.

use super::language::{ANY, NON_EMPTY, Schema, closed, exactly, optional, required, text};

pub(super) static REQUEST: Schema = closed(&[&[
    required("type", exactly("req")),
    required("id", NON_EMPTY),
    required("method", NON_EMPTY),
    optional("params", ANY),
    optional("traceparent", text(0, 128)),
    optional("expectedProfileId", text(1, 128)),
]]);
