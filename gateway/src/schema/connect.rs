//! Params of the handshake.

use super::language::{
    ANY, BOOLEAN, MAX_SAFE, NON_EMPTY, Schema, TEXT, any_of, array_of, at_least, between, closed,
    optional, record_of, required, set, text, text_like,
};

pub(super) static CONNECT: Schema = closed(&[&[
    required("minProtocol", at_least(1)),
    required("maxProtocol", at_least(1)),
    required("client", CLIENT),
    optional("caps", array_of(&NON_EMPTY)),
    optional("commands", array_of(&NON_EMPTY)),
    optional("computerUse", ANY),
    optional("workerRuns", WORKER_RUNS),
    optional("permissions", record_of(&BOOLEAN)),
    optional("pathEnv", TEXT),
    optional("role", NON_EMPTY),
    optional("scopes", array_of(&NON_EMPTY)),
    optional("modelCatalog", MODEL_CATALOG),
    optional("device", DEVICE),
    optional("auth", AUTH),
    optional("locale", TEXT),
    optional("userAgent", TEXT),
]]);

const CLIENT: Schema = closed(&[&[
    required("id", Schema::Choice(CLIENT_IDS)),
    optional("displayName", NON_EMPTY),
    required("version", NON_EMPTY),
    optional("buildId", text(1, 96)),
    required("platform", NON_EMPTY),
    optional("deviceFamily", NON_EMPTY),
    optional("modelIdentifier", NON_EMPTY),
    optional("timeZone", text(1, 64)),
    required("mode", Schema::Choice(CLIENT_MODES)),
    optional("instanceId", NON_EMPTY),
]]);

const CLIENT_IDS: &[&str] = &[
    "webchat-ui",
    "openclaw-control-ui",
    "openclaw-browser-copilot",
    "openclaw-tui",
    "webchat",
    "cli",
    "gateway-client",
    "openclaw-macos",
    "openclaw-linux",
    "openclaw-ios",
    "openclaw-watchos",
    "openclaw-android",
    "node-host",
    "openclaw-worker",
    "test",
    "fingerprint",
    "openclaw-probe",
];

const CLIENT_MODES: &[&str] = &[
    "webchat", "cli", "ui", "backend", "node", "worker", "probe", "test",
];

const WORKER_RUNS: Schema = closed(&[&[
    required("bundleHash", text_like(64, 64, "^[a-f0-9]{64}$", is_sha256)),
    required("openclawVersion", text(1, 128)),
    required("protocolFeatures", set(&text(1, 128), 0, 64)),
    optional("bundlePrewarm", between(1, MAX_SAFE)),
]]);

const MODEL_CATALOG: Schema = any_of(&[
    closed(&[&[
        optional("agentId", NON_EMPTY),
        optional("sessionKey", NON_EMPTY),
    ]]),
    closed(&[&[
        optional("agentId", NON_EMPTY),
        required("shortId", NON_EMPTY),
        optional("slugHint", NON_EMPTY),
    ]]),
]);

const DEVICE: Schema = closed(&[&[
    required("id", NON_EMPTY),
    required("publicKey", NON_EMPTY),
    required("signature", NON_EMPTY),
    required("signedAt", at_least(0)),
    required("nonce", NON_EMPTY),
]]);

const AUTH: Schema = closed(&[&[
    optional("token", TEXT),
    optional("bootstrapToken", TEXT),
    optional("deviceToken", TEXT),
    optional("password", TEXT),
    optional("approvalRuntimeToken", TEXT),
    optional("agentRuntimeIdentityToken", TEXT),
]]);

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}
