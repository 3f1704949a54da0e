use serde::Serialize;
use serde::de::DeserializeOwned;

/// A request and its answer: the one description of a method for the gateway and every SDK.
///
/// It is a type without values; `Params` and `Result` are what travels.
pub trait Method {
    /// The name on the wire.
    const NAME: &'static str;
    /// What a connection needs for it.
    const ACCESS: Access;
    /// What the client sends.
    type Params: Serialize + DeserializeOwned;
    /// What the gateway answers.
    type Result: Serialize + DeserializeOwned;
}

/// What a connection needs to be allowed a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing but a finished handshake.
    Open,
    /// `operator.read`.
    Read,
    /// `operator.write`.
    Write,
    /// `operator.admin`.
    Admin,
    /// `operator.pairing`.
    Pairing,
    /// `operator.write`, or `operator.admin` where the params ask for more; the method says when.
    ByParams,
}
