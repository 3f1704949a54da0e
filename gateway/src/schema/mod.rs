//! Checks of params.

/// .
pub fn check(_m: &str, _p: &serde_json::Value) -> Result<(), String> {
    Ok(())
}
/// .
pub fn check_frame(_p: &serde_json::Value) -> Result<(), String> {
    Ok(())
}
