//! The driver over real sockets, against a gateway that follows a script.

mod connection;
mod device;
mod gateway;
mod streams;
