//! Where webhook addresses come from.

use crate::config::environment::Environment;
use crate::config::vault_secret::VaultSecrets;

/// Where webhook addresses come from.
#[derive(Debug, Clone, Copy)]
pub enum Secrets<'environment> {
    /// They are resolved, and a missing one is an error.
    Resolve { environment: &'environment Environment, vault: &'environment VaultSecrets, allow_private: bool },
    /// The same, but one that cannot be used is left out, and kept by its reason: a flow that broke must not keep a process
    /// from sending mails.
    ResolveUsable {
        environment: &'environment Environment,
        vault: &'environment VaultSecrets,
        allow_private: bool,
    },
    /// They are left alone: for commands that send nothing.
    Leave,
}
