//! `sessionwire devices`: who is paired with a running gateway, and who asks to be.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;
use sessionwire_protocol::device::{
    DeviceApprove, DeviceParams, DeviceReject, DeviceRemove, DeviceTokenRevoke,
    DeviceTokenRevokeParams, DevicesList, DevicesListParams, DevicesListed, PairRequestParams,
};

use super::call::{Caller, Fault};
use super::table;
use crate::auth::Token;
use crate::clock::Clock;

/// Which gateway to ask, and what.
#[derive(Args)]
pub(super) struct Devices {
    #[command(subcommand)]
    action: Action,

    /// Address of the gateway
    #[arg(
        long,
        global = true,
        env = "SESSIONWIRE_URL",
        default_value = "ws://127.0.0.1:18789"
    )]
    url: String,

    /// The gateway's shared secret [default: the one kept in its data folder]
    #[arg(long, global = true, env = "SESSIONWIRE_TOKEN", hide_env_values = true)]
    token: Option<String>,

    /// The gateway's data folder
    #[arg(
        long,
        global = true,
        env = "SESSIONWIRE_DATA",
        default_value = "sessionwire-data"
    )]
    data: PathBuf,

    /// Print the gateway's answer as JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Action {
    /// Show who asks to be paired, and who is
    List,
    /// Let a device in, or let it do more
    Approve {
        /// The request, or how its name begins
        request: String,
    },
    /// Forget what a device asks for
    Reject {
        /// The request, or how its name begins
        request: String,
    },
    /// Take a device's tokens away and end its connections; it stays known
    Revoke {
        /// The device, or how its id begins
        device: String,
        /// The role that the tokens are for
        #[arg(long, default_value = "operator")]
        role: String,
    },
    /// Forget a device and end its connections
    Remove {
        /// The device, or how its id begins
        device: String,
    },
}

/// Asks the gateway, and prints what it answers.
pub(super) async fn run(devices: Devices) -> Result<(), Fault> {
    let token = devices.token()?;
    let mut gateway = Caller::connect(&devices.url, &token).await?;
    let listed = gateway.call::<DevicesList>(&DevicesListParams {}).await?;
    match &devices.action {
        Action::List => devices.print(&listed, || table::devices(&listed, Clock::system().now())),
        Action::Approve { request } => {
            let request_id = pending(&listed, request)?;
            let params = PairRequestParams { request_id };
            let approved = gateway.call::<DeviceApprove>(&params).await?;
            devices.print(&approved, || {
                format!("approved device {}", approved.device.device_id)
            })
        }
        Action::Reject { request } => {
            let request_id = pending(&listed, request)?;
            let params = PairRequestParams { request_id };
            let rejected = gateway.call::<DeviceReject>(&params).await?;
            devices.print(&rejected, || {
                format!("rejected the request of device {}", rejected.device_id)
            })
        }
        Action::Revoke { device, role } => {
            let params = DeviceTokenRevokeParams {
                device_id: paired(&listed, device)?,
                role: role.clone(),
            };
            let revoked = gateway.call::<DeviceTokenRevoke>(&params).await?;
            devices.print(&revoked, || {
                format!("revoked the tokens of device {}", revoked.device_id)
            })
        }
        Action::Remove { device } => {
            let device_id = paired(&listed, device)?;
            let removed = gateway
                .call::<DeviceRemove>(&DeviceParams { device_id })
                .await?;
            devices.print(&removed, || format!("removed device {}", removed.device_id))
        }
    }
    Ok(())
}

impl Devices {
    fn token(&self) -> Result<Token, Fault> {
        if let Some(token) = &self.token {
            return Ok(Token::given(token));
        }
        let kept = Token::kept(&self.data).map_err(Fault::Token)?;
        kept.ok_or_else(|| {
            Fault::Token(format!(
                "no token: give --token, or with --data the folder of the gateway ({} has none)",
                self.data.display()
            ))
        })
    }

    #[expect(clippy::print_stdout, reason = "the answer is what was asked for")]
    fn print<T: Serialize>(&self, answer: &T, in_words: impl FnOnce() -> String) {
        match self.json {
            true => {
                let json = serde_json::to_string_pretty(answer);
                println!("{}", json.expect("answers always serialise"));
            }
            false => println!("{}", in_words()),
        }
    }
}

fn pending(listed: &DevicesListed, beginning: &str) -> Result<String, Fault> {
    let names = listed.pending.iter().map(|request| &request.request_id);
    only(names, beginning, "pending request")
}

fn paired(listed: &DevicesListed, beginning: &str) -> Result<String, Fault> {
    let ids = listed.paired.iter().map(|device| &device.device_id);
    only(ids, beginning, "paired device")
}

/// The one that begins so.
fn only<'a>(
    names: impl Iterator<Item = &'a String>,
    beginning: &str,
    what: &str,
) -> Result<String, Fault> {
    let mut found = names.filter(|name| !beginning.is_empty() && name.starts_with(beginning));
    match (found.next(), found.next()) {
        (Some(name), None) => Ok(name.clone()),
        (Some(_), Some(_)) => Err(Fault::Name(format!(
            "more than one {what} begins with \"{beginning}\""
        ))),
        _ => Err(Fault::Name(format!(
            "no {what} begins with \"{beginning}\": see `sessionwire devices list`"
        ))),
    }
}
