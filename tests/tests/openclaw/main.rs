//! OpenClaw as published: its command line against this gateway, these clients against its gateway, and this gateway
//! in front of it.
//! `cargo xtask test openclaw` installs it.

mod cli;
mod command_line;
mod follower;
mod front;
mod gateway;
mod lists;
mod moving_in;
mod package;
mod relay;
mod told;
mod world;
