//! A gateway's store, before or without a server in front of it.

use std::path::Path;
use std::sync::Arc;

use clap::Parser;
use sessionwire_gateway::auth::Token;
use sessionwire_gateway::config::Config;
use sessionwire_gateway::gateway::Gateway as Core;
use sessionwire_gateway::request::Caller;
use sessionwire_gateway::state::State;
use sessionwire_gateway::store::StoreError;

use super::TOKEN;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    config: Config,
}

/// What the command line would say.
pub fn config(data: &Path, args: &[&str]) -> Config {
    let path = data.display().to_string();
    let own = ["gateway", "--data", &path];
    let free_port = ["--bind", "127.0.0.1:0"];
    let bind = free_port.iter().filter(|_| !args.contains(&"--bind"));
    Cli::parse_from(own.iter().chain(bind).chain(args)).config
}

/// A gateway that nobody can connect to and that does nothing by itself.
pub fn open(data: &Path, args: &[&str]) -> Arc<Core> {
    let config = config(data, args);
    let token = Token::load_or_make(Some(TOKEN), config.bind.ip(), data).expect("it is a token");
    let alone = |_: &Config, _: &State| Ok::<_, StoreError>(None);
    Core::open(config, token, alone).expect("the store opens")
}

/// Somebody who may do everything there.
pub fn admin(gateway: &Arc<Core>) -> Caller {
    Caller::owner(Arc::clone(gateway), false)
}
