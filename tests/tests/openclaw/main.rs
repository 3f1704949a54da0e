//! OpenClaw as published: its clients against this gateway, and these clients against its gateway.
//! `cargo xtask test openclaw` installs it.

mod cli;
mod conformance;
mod follower;
mod gateway;
mod lists;
mod relay;
mod told;
mod world;
