//! Whether everything that settings and configuration describe can be made. Nothing is opened, asked or sent for it, so that
//! `check` says what a process would say that begins with them.

use super::app_base::deliverers;
use super::clients::arm_client;
use super::deployment::deployment;
use super::directory::directory_client;
use super::error::StartupError;
use super::mail_transport;
use super::storage::{audit_container, tables_store};
use crate::clock::SharedClock;
use crate::config::settings::IdentitySettings;
use crate::config::{Configuration, Finding, Settings};

/// What a process that begins with these could not make.
pub fn unusable_parts(
    settings: &Settings,
    configuration: Option<&Configuration>,
    clock: &SharedClock,
) -> Vec<Finding> {
    let starter = settings.identity.start_client_id.clone();
    let starter = IdentitySettings { client_id: starter, ..settings.identity.clone() };
    let made = [
        arm_client(settings, settings.identity.clone(), clock).map(drop),
        arm_client(settings, starter, clock).map(drop),
        tables_store(settings).map(drop),
        audit_container(settings).map(drop),
        match configuration {
            Some(configuration) => {
                deliverers(settings, configuration, &deployment(settings), clock).map(drop)
            }
            None => mail_transport(settings, clock).map(drop),
        },
        match configuration {
            Some(configuration) if configuration.policy.owners.directory => {
                directory_client(settings, clock).map(drop)
            }
            _ => Ok(()),
        },
    ];
    let mut findings: Vec<Finding> = Vec::new();
    for error in made.into_iter().filter_map(Result::err) {
        let finding = match error {
            StartupError::Part { what, problem } => Finding::error(what, problem),
            error => Finding::error("", error.to_string()),
        };
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
    findings
}
