use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use sessionwire_json::{Json, Record, Unreadable, Value};
use sessionwire_protocol::connect::{
    ConnectAuth, ConnectParams, DeviceProof, SESSION_CURSOR, SESSION_SCOPED_EVENTS,
};
use sessionwire_protocol::statement::StatementVersion;
use sessionwire_protocol::{Method, Millis, PROTOCOL, Scopes, connect};

use crate::client::ClientState;
use crate::error::Error;
use crate::link::Greeting;
use crate::output::{Output, RequestId};
use crate::params;
use crate::refusal::Refusal;

/// A device, as gateways know it. Its private key stays where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// SHA-256 of the raw public key, in hexadecimal.
    pub id: String,
    /// The raw Ed25519 public key, base64url.
    pub public_key: String,
    /// What [`Output::Keep`] gave last, for this gateway.
    pub token: Option<String>,
}

/// What a client remembers of its identity from one connection to the next.
#[derive(Debug, Default)]
pub(crate) struct Identity {
    /// The gateway asks for a device.
    demanded: bool,
    /// The token of the device that was refused: not to be used again.
    refused: Option<String>,
    /// Why, where nothing else was left to show: it stands, unless another token was kept meanwhile.
    refusal: Option<Refusal>,
}

/// What there is to be signed; peers leave out any of it.
#[derive(Debug, Default)]
pub(crate) struct Challenge {
    nonce: String,
    ts: Millis,
    capabilities: Vec<String>,
}

impl Challenge {
    pub(crate) fn read(payload: Value<'_>) -> Result<Self, Unreadable> {
        let mut said = Record::of(payload);
        let mut challenge = Self::default();
        said.read("nonce", &mut challenge.nonce)
            .read("ts", &mut challenge.ts)
            .read("capabilities", &mut challenge.capabilities);
        said.end()?;
        Ok(challenge)
    }
}

/// A `connect` that is to be sent.
#[derive(Debug)]
pub(crate) struct Introduction {
    /// With a device whose signature is missing.
    params: ConnectParams,
    /// What the device signs.
    statement: String,
}

/// A `connect` that was sent.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) id: RequestId,
    proof: Proof,
}

/// What a `connect` shows beside a shared secret.
#[derive(Debug)]
enum Proof {
    /// Nothing: it was not asked for.
    None,
    /// Nothing, for this reason.
    Missing(String),
    /// A device, perhaps with its token instead of the secret.
    Device(Option<String>),
}

/// Details of the refusal of a client that proves no device.
const DEVICE_WANTED: [&str; 2] = [
    "CONTROL_UI_DEVICE_IDENTITY_REQUIRED",
    "DEVICE_IDENTITY_REQUIRED",
];
const TOKEN_MISMATCH: &str = "AUTH_DEVICE_TOKEN_MISMATCH";
const SCOPE_MISMATCH: &str = "AUTH_SCOPE_MISMATCH";

/// What comes between the challenge and `connect`.
impl ClientState {
    /// Which device this is: the answer to [`Output::Identify`], or why there is none.
    pub fn identified(&mut self, device: Result<Device, String>) {
        let Some(Greeting::Identifying(challenge)) = self.link.greeting() else {
            return;
        };
        let challenge = core::mem::take(challenge);
        match device {
            Ok(device) => self.introduce(challenge, device),
            Err(problem) => self.unidentified(problem),
        }
    }

    /// The signature of what [`Output::Sign`] gave, base64url, or why there is none.
    pub fn signed(&mut self, statement: &str, signature: Result<String, String>) {
        let Some(Greeting::Signing(introduction)) = self.link.greeting() else {
            return;
        };
        if introduction.statement != statement {
            return;
        }
        match signature {
            Ok(signature) => {
                let params = &mut introduction.params;
                if let Some(device) = &mut params.device {
                    device.signature = signature;
                }
                let written = params::connect(params);
                let auth = params.auth.as_mut();
                let token = auth.and_then(|auth| auth.device_token.take());
                self.ask_to_connect(&written, Proof::Device(token));
            }
            Err(problem) => self.unidentified(problem),
        }
    }

    pub(crate) fn challenged(&mut self, challenge: Challenge) {
        // A gateway with cursors takes its token from any client, and asks for more where it wants more.
        let is_content = challenge
            .capabilities
            .iter()
            .any(|name| name == SESSION_CURSOR);
        let wanted = self.identity.demanded || !is_content || !self.has_secret();
        match self.config.has_device && wanted && !challenge.nonce.is_empty() {
            true => {
                self.greeting(Greeting::Identifying(challenge));
                self.outputs.push_back(Output::Identify);
            }
            false => self.connect_without(Proof::None),
        }
    }

    /// What a greeting issued to the device, to be shown the next time.
    pub(crate) fn keep(&mut self, issued: Option<String>) {
        if let Some(issued) = issued
            && matches!(self.proof(), Proof::Device(_))
        {
            self.identity.refused = None;
            self.identity.refusal = None;
            self.outputs.push_back(Output::Keep(issued));
        }
    }

    /// Why the gateway was shown no device, where this refusal asks for one.
    pub(crate) fn lacks_device(&self, refusal: &Refusal) -> Option<Error> {
        let code = refusal.detail_code()?;
        DEVICE_WANTED.contains(&&*code).then(|| self.no_device())?
    }

    /// The same, where it greets but lets the client do nothing of what it asked for.
    pub(crate) fn lacks_scopes(&self, granted: &Scopes) -> Option<Error> {
        let asked = &self.config.scopes;
        let nothing = !asked.is_empty() && !asked.iter().any(|scope| granted.allow(scope));
        nothing.then(|| self.no_device())?
    }

    fn no_device(&self) -> Option<Error> {
        let Proof::Missing(problem) = self.proof() else {
            return None;
        };
        Some(Error::NoDevice(problem.clone()))
    }

    /// Whether another way to connect is left after this refusal: it is tried at once.
    pub(crate) fn has_another_way(&mut self, refusal: &Refusal) -> bool {
        let code = refusal.detail_code().unwrap_or_default();
        let code = &*code;
        match self.proof() {
            Proof::Device(Some(token)) if [TOKEN_MISMATCH, SCOPE_MISMATCH].contains(&code) => {
                let token = token.clone();
                if code == TOKEN_MISMATCH {
                    self.outputs.push_back(Output::Forget(token.clone()));
                }
                self.identity.refused = Some(token);
                self.has_secret() || code == TOKEN_MISMATCH && self.looks_again(refusal)
            }
            Proof::None if self.config.has_device && DEVICE_WANTED.contains(&code) => {
                !core::mem::replace(&mut self.identity.demanded, true)
            }
            Proof::None | Proof::Missing(_) | Proof::Device(_) => false,
        }
    }

    /// Another program that has the same device may have kept a newer token.
    fn looks_again(&mut self, refusal: &Refusal) -> bool {
        let is_first = self.identity.refusal.is_none();
        self.identity.refusal = is_first.then(|| refusal.clone());
        is_first
    }

    fn proof(&self) -> &Proof {
        let asked = self.link.asked();
        asked.map_or(&Proof::None, |asked| &asked.proof)
    }

    fn introduce(&mut self, challenge: Challenge, device: Device) {
        let refused = self.identity.refused.as_ref();
        let token = device.token.filter(|token| Some(token) != refused);
        if token.is_none()
            && let Some(refusal) = self.identity.refusal.take()
        {
            self.hang_up(1000, "there is no other token");
            return self.stopped(&Error::Refused(refusal));
        }
        let mut params = self.connect_params();
        if token.is_some() {
            params.auth = Some(ConnectAuth {
                device_token: token,
                ..ConnectAuth::default()
            });
        }
        let proof = DeviceProof {
            id: device.id,
            public_key: device.public_key,
            signature: String::new(),
            signed_at: challenge.ts,
            nonce: challenge.nonce,
        };
        let statement = params.statement(StatementVersion::V3, &proof);
        params.device = Some(proof);
        self.outputs.push_back(Output::Sign(statement.clone()));
        let introduction = Introduction { params, statement };
        self.greeting(Greeting::Signing(Box::new(introduction)));
    }

    /// There is no device. Where the gateway has not asked for one, it may do without.
    fn unidentified(&mut self, problem: String) {
        match self.identity.demanded {
            true => {
                self.hang_up(1000, "there is no device identity");
                self.stopped(&Error::NoDevice(problem));
            }
            false => self.connect_without(Proof::Missing(problem)),
        }
    }

    /// Asks without a device, for this reason.
    fn connect_without(&mut self, proof: Proof) {
        let params = params::connect(&self.connect_params());
        self.ask_to_connect(&params, proof);
    }

    fn ask_to_connect(&mut self, params: &Json, proof: Proof) {
        let id = self.requests.next_id();
        self.greeting(Greeting::Asked(Asked { id, proof }));
        self.send(id, connect::Connect::NAME, Some(params));
    }

    fn greeting(&mut self, step: Greeting) {
        if let Some(greeting) = self.link.greeting() {
            *greeting = step;
        }
    }

    fn has_secret(&self) -> bool {
        let auth = &self.config.auth;
        auth.token.is_some() || auth.password.is_some()
    }

    fn capabilities(&self) -> Vec<String> {
        let mut capabilities = vec![SESSION_CURSOR.to_owned()];
        // Who is told every frame wants those of sessions that it does not follow, too.
        if !self.config.tells_frames {
            capabilities.push(SESSION_SCOPED_EVENTS.to_owned());
        }
        capabilities
    }

    fn connect_params(&self) -> ConnectParams {
        ConnectParams {
            min_protocol: PROTOCOL,
            max_protocol: PROTOCOL,
            client: self.config.client.clone(),
            role: Some("operator".to_owned()),
            scopes: Some(self.config.scopes.clone()),
            caps: Some(self.capabilities()),
            auth: self.has_secret().then(|| self.config.auth.clone()),
            device: None,
            locale: None,
            user_agent: None,
        }
    }
}
