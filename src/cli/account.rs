//! Who sits at the keyboard, for the record.

use std::time::Duration;

use crate::config::{Environment, Settings};

/// How long `az` may take to say who is signed in.
const ACCOUNT_TIMEOUT: Duration = Duration::from_secs(20);

/// The account that `az` is signed in with where its rights are used, else the user of this machine. It is what this
/// machine says: who Azure let through is in Azure's activity log.
pub(super) async fn name(settings: &Settings, environment: &Environment) -> String {
    let identity = &settings.identity;
    let signed_in =
        if identity.managed.is_none() && identity.application.is_none() { az_account().await } else { None };
    let user = || ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| environment.get(name));
    signed_in.or_else(|| user().map(str::to_owned)).unwrap_or_else(|| "unknown user".to_owned())
}

async fn az_account() -> Option<String> {
    let program = if cfg!(windows) { "az.cmd" } else { "az" };
    let mut command = tokio::process::Command::new(program);
    command.args(["account", "show", "--query", "user.name", "--output", "tsv"]).kill_on_drop(true);
    let output = tokio::time::timeout(ACCOUNT_TIMEOUT, command.output()).await.ok()?.ok()?;
    let name = String::from_utf8(output.stdout).ok()?;
    let name = name.trim();
    (output.status.success() && !name.is_empty() && name.len() <= 320).then(|| name.to_owned())
}
