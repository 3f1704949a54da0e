//! OpenClaw as published: its clients against this gateway, these clients against its gateway, and this gateway in
//! front of it.
//! `cargo xtask test openclaw` installs it.

mod cli;
mod conformance;
mod elsewhere;
mod filters;
mod follower;
mod front;
mod gateway;
mod health;
mod lists;
mod moving_in;
mod package;
mod play;
mod relay;
mod slow;
mod told;
mod world;
