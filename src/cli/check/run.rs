//! `check`: everything that is wrong with the settings and the configuration file.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::super::args::{CheckOptions, Format};
use super::super::{CommandOutcome, output};
use super::conclusion::conclusion;
use super::{against, deployment, live};
use crate::clock::{Clock, SharedClock, SystemClock};
use crate::config::checked_file::CheckedFile;
use crate::config::excerpt::excerpt;
use crate::config::finding::Severity;
use crate::config::lint::{about_operators, about_sender};
use crate::config::parse::Secrets;
use crate::config::settings::{MailService, telemetry};
use crate::config::vault::not_read;
use crate::config::vault_secret::VaultSecrets;
use crate::config::{Environment, Finding, Settings, load, log_filter, settings_table};
use crate::deliver::UNRESOLVED;
use crate::domain::email_address::EmailAddress;
use crate::domain::time_zone::RELEASE;
use crate::startup::{ConfigSource, unusable_parts};

/// What `check --format json` prints.
#[derive(Serialize)]
struct CheckReport<'checked> {
    file: Option<&'checked str>,
    valid: bool,
    version: Option<&'checked str>,
    /// The release of the IANA database whose rules hold.
    time_zones: &'static str,
    settings: &'checked [Finding],
    findings: &'checked [Finding],
}

/// Checks and prints what was found.
pub(crate) async fn run(options: &CheckOptions, environment: &Environment) -> anyhow::Result<CommandOutcome> {
    if let Some(against) = &options.against {
        return against::run(options, against, environment).await;
    }
    if let Some(address) = &options.deployment {
        return deployment::run(address, options.output.format, environment).await;
    }
    let settings = Settings::from_environment(environment);
    // Without settings nobody can be reached; what is wrong with them is said below.
    if let (true, Ok(settings)) = (options.live, &settings) {
        return live::run(options, environment, settings).await;
    }
    let mut about_settings = settings_table::unknown(environment);
    about_settings.extend(telemetry(environment).1);
    let place =
        match (&options.file, &settings) {
            (Some(file), _) => Ok(ConfigSource::file(file)),
            (None, Ok(settings)) => {
                ConfigSource::new(settings).map_err(|error| Finding::error("", error.to_string()))
            }
            // The other settings may be wrong; a file can be checked all the same.
            (None, Err(_)) => match environment.get("NOTIFIER_CONFIG").unwrap_or("notifier.toml") {
                path if !path.contains("://") => Ok(ConfigSource::file(Path::new(path))),
                _ => Err(Finding::error("", "is not read before the settings are right")
                    .hint("correct them first")),
            },
        };
    let senders = settings.as_ref().map(senders).unwrap_or_default();
    let key_vault = settings.as_ref().ok().and_then(|settings| settings.key_vault.clone());
    let allow_private = settings.as_ref().is_ok_and(|settings| settings.allow_private_webhooks);
    let usable = match settings {
        Ok(settings) => Some(settings),
        Err(invalid) => {
            about_settings.extend(invalid.findings);
            None
        }
    };

    let vault = VaultSecrets::unread(key_vault.as_ref());
    let secrets = Secrets::Resolve { environment, vault: &vault, allow_private };
    let name = place.as_ref().ok().map(|place| place.name().to_owned());
    let text = match place {
        Ok(place) => place.text().await,
        Err(finding) => Err(finding),
    };
    let examined = match &text {
        Ok(text) => {
            let mut examined = load::examine(text, secrets, SystemClock.now());
            examined.findings.extend(not_read(text, key_vault.as_ref()));
            for (named_by, sender) in &senders {
                let about = about_sender(text, &examined, (named_by, sender));
                examined.findings.extend(about);
            }
            examined.findings.sort_by_key(|finding| (finding.line, finding.column));
            examined
        }
        Err(finding) => CheckedFile { configuration: None, findings: vec![finding.clone()] },
    };
    if let Some(settings) = &usable {
        let clock: SharedClock = Arc::new(SystemClock);
        let of_senders = senders
            .iter()
            .filter_map(|(named_by, sender)| about_operators(&settings.operators, (named_by, sender)));
        about_settings.extend(of_senders);
        if let Some(MailService::Unresolved { setting }) = &settings.mail_service {
            about_settings.push(Finding::error(*setting, UNRESOLVED));
        }
        about_settings.extend(unusable_parts(settings, examined.configuration.as_ref(), &clock));
    }
    about_settings.extend(log_filter::finding(environment));
    about_settings.sort_by_key(|finding| finding.severity);
    print(options.output.format, name.as_deref(), &about_settings, &examined, text.as_deref().ok())
}

/// The addresses that mails come from, each by the setting that names it.
fn senders(settings: &Settings) -> Vec<(&'static str, EmailAddress)> {
    let from = settings.mail_from.as_ref().map(|from| ("NOTIFIER_MAIL_FROM", from.address.clone()));
    let mailbox = match &settings.mail_service {
        Some(MailService::Graph { sender, .. }) => Some(("NOTIFIER_GRAPH_SENDER", sender.clone())),
        _ => None,
    };
    let other = mailbox.filter(|(_, mailbox)| from.as_ref().is_none_or(|(_, from)| from != mailbox));
    from.into_iter().chain(other).collect()
}

/// A finding with the line that it is about, where it is an error.
fn shown(finding: &Finding, file: &str, text: Option<&str>) -> String {
    let said = finding.render(Some(file));
    let line = finding.line.zip(finding.column).filter(|_| finding.severity == Severity::Error);
    let excerpt = line.zip(text).and_then(|((line, column), text)| excerpt(text, line, column));
    match (excerpt, said.split_once('\n')) {
        (Some(excerpt), Some((problem, hint))) => format!("{problem}\n{excerpt}\n{hint}"),
        (Some(excerpt), None) => format!("{said}\n{excerpt}"),
        (None, _) => said,
    }
}

fn print(
    format: Format,
    name: Option<&str>,
    about_settings: &[Finding],
    examined: &CheckedFile,
    text: Option<&str>,
) -> anyhow::Result<CommandOutcome> {
    let all: Vec<Finding> = about_settings.iter().chain(&examined.findings).cloned().collect();
    let (errors, warnings) = load::count(&all);
    let configuration = examined.configuration.as_ref();
    match format {
        Format::Json => output::json(&CheckReport {
            file: name,
            valid: errors == 0,
            version: configuration.map(|configuration| configuration.policy.version.0.as_str()),
            time_zones: RELEASE,
            settings: about_settings,
            findings: &examined.findings,
        })?,
        Format::Text => {
            let settings = about_settings.iter().map(|finding| finding.render(None));
            let shown_name = name.unwrap_or("the configuration file");
            let file = examined.findings.iter().map(|finding| shown(finding, shown_name, text));
            let lines: Vec<String> = settings.chain(file).collect();
            if !lines.is_empty() {
                output::data(&lines.join("\n"))?;
            }
            output::data(&conclusion(shown_name, configuration, errors, warnings))?;
        }
    }
    Ok(if errors == 0 { CommandOutcome::Done } else { CommandOutcome::Invalid })
}
