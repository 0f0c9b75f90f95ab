//! The address of this process.

use std::net::SocketAddr;

/// The address that the process listens on, which distinguishes the host's own requests from forwarded ones.
#[derive(Debug, Clone, Copy)]
pub(super) struct OwnAddress(pub(super) SocketAddr);
