//! Params of the methods about devices.

use super::language::{NON_EMPTY, Schema, array_of, closed, optional, required};

pub(super) static LIST: Schema = closed(&[]);

pub(super) static REQUEST: Schema = closed(&[&[required("requestId", NON_EMPTY)]]);

pub(super) static DEVICE: Schema = closed(&[&[required("deviceId", NON_EMPTY)]]);

pub(super) static ROTATE: Schema = closed(&[&[
    required("deviceId", NON_EMPTY),
    required("role", NON_EMPTY),
    optional("scopes", array_of(&NON_EMPTY)),
]]);

pub(super) static REVOKE: Schema =
    closed(&[&[required("deviceId", NON_EMPTY), required("role", NON_EMPTY)]]);
