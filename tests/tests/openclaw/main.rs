//! OpenClaw as published: its command line against this gateway, and these clients against its gateway.
//! `cargo xtask test openclaw` installs it.

mod cli;
mod command_line;
mod follower;
mod gateway;
mod lists;
mod package;
mod relay;
mod told;
mod world;
