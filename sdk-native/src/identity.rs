use sessionwire_client_core::Device;

/// A device identity: an Ed25519 key that proves to gateways which device connects.
///
/// [`DeviceFile`](crate::DeviceFile) is one; programs with a keyring of their own bring another.
///
/// The task of the client calls it, so it must not block for long.
pub trait DeviceIdentity: Send + Sync + 'static {
    /// Which device this is, with the token that was kept last; or why there is none, in words.
    fn load(&self) -> Result<Device, String>;

    /// Signs a text, as base64url; or says why it cannot.
    fn sign(&self, statement: &str) -> Result<String, String>;

    /// Keeps the token that the gateway issued, in place of the one before; or forgets it.
    fn keep(&self, token: Option<&str>);
}
