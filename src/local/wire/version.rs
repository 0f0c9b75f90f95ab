//! Who the host says it is.

/// What this host calls itself.
pub(crate) const HOST_VERSION: &str = "4.0.0-local";
