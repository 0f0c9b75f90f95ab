//! `outbox`: what is unsent and why, and what an operator can do about it.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::args::{Format, OutboxAction, OutboxOptions, RetryOptions};
use super::held::{self, HeldBy};
use super::unsent::{Unsent, unsent};
use super::unsent_tables::{short, show};
use super::{CommandOutcome, output};
use crate::clock::{Clock, SystemClock};
use crate::config::configuration::SafetyRules;
use crate::config::settings::StoreLocation;
use crate::config::{Environment, Settings};
use crate::domain::mail_limit::MailLimit;
use crate::domain::outbox::NotRetried;
use crate::services::parked::unpark;
use crate::services::retry::{Retried, RetryError, retry};
use crate::startup;
use crate::store::repository::Repository;

/// What came of trying something again.
#[derive(Debug, Default, Serialize)]
struct RetryReport {
    retried: Vec<String>,
    refused: Vec<String>,
}

/// Prints what is unsent, or does what is asked with it.
pub(super) async fn run(
    options: &OutboxOptions,
    environment: &Environment,
) -> anyhow::Result<CommandOutcome> {
    let settings = Settings::from_environment(environment)?;
    let repository = match &options.action {
        None => startup::open_store_to_look(&settings).await?,
        Some(_) => startup::open_store(&settings).await?,
    };
    let now = SystemClock.now();
    match &options.action {
        None => {
            let everything = nothing_leaves(environment, &settings, &repository).await;
            let why_nothing_leaves = everything.and_then(setting);
            let limit = startup::mail_limit(&settings);
            let unsent = Unsent { why_nothing_leaves, ..unsent(&repository, everything, &limit, now).await? };
            match options.output.format {
                Format::Json => output::json(&unsent)?,
                Format::Text => {
                    show(&unsent)?;
                    if matches!(&settings.store, StoreLocation::Sqlite(path) if !path.exists()) {
                        super::windows::note_store(&settings.store);
                    }
                }
            }
            Ok(CommandOutcome::Done)
        }
        Some(OutboxAction::Retry(options)) => try_again(&repository, options, now).await,
        Some(OutboxAction::Release) => {
            let held = repository.brake().await?.held;
            repository.update_brake(|brake| brake.release(now)).await?;
            output::note(match held {
                Some(_) => "Released: what is held goes out, and nothing is held for a day.",
                None => "Nothing is held. Nothing will be for a day.",
            });
            Ok(CommandOutcome::Done)
        }
        Some(OutboxAction::Forget { id }) => {
            let Some(parked) = repository.parked_message(id).await? else {
                output::note(&format!("error: nothing parked has the id `{id}`"));
                output::note("hint: `maintenance-notifier outbox` lists what is");
                return Ok(CommandOutcome::Failed);
            };
            unpark(&repository, &parked.value).await?;
            output::note("Forgotten.");
            Ok(CommandOutcome::Done)
        }
    }
}

/// Why nothing leaves at all, in the words of the configuration.
pub(super) fn why_nothing_leaves(safety: &SafetyRules) -> Option<String> {
    held::everything(safety).and_then(setting)
}

fn setting(everything: HeldBy) -> Option<String> {
    match everything {
        HeldBy::DryRun => Some("safety.mode is `dry-run`".to_owned()),
        HeldBy::Pause => Some("safety.pause names `sending`".to_owned()),
        HeldBy::Brake | HeldBy::Repeats | HeldBy::EarlierMessage | HeldBy::MailLimit => None,
    }
}

/// What the configuration says against sending. It may name secrets that only the app can read; what is unsent is
/// shown all the same.
async fn nothing_leaves(
    environment: &Environment,
    settings: &Settings,
    repository: &Repository,
) -> Option<HeldBy> {
    let now = SystemClock.now();
    match startup::configuration_in_force(environment, settings, repository, now).await {
        Ok(configuration) => held::everything(&configuration.safety),
        Err(error) => {
            output::note(&format!("The configuration was not read, so it may hold back everything: {error}"));
            None
        }
    }
}

async fn try_again(
    repository: &Repository,
    options: &RetryOptions,
    now: DateTime<Utc>,
) -> anyhow::Result<CommandOutcome> {
    let ids = match &options.id {
        Some(id) => vec![id.clone()],
        None => {
            let unsent = unsent(repository, None, &MailLimit::default(), now).await?;
            let given_up = unsent.given_up.into_iter().map(|line| line.id.to_string());
            given_up.chain(unsent.parked.into_iter().map(|row| row.id)).collect()
        }
    };
    let mut report = RetryReport::default();
    let mut in_doubt = false;
    for id in &ids {
        match retry(repository, id, options.even_if_in_doubt, now).await {
            Ok(retried) => report.retried.push(said(&retried)),
            Err(RetryError::Store(error)) => return Err(error.into()),
            Err(error) => {
                in_doubt |= matches!(&error, RetryError::NotRetried { reason: NotRetried::InDoubt, .. });
                report.refused.push(error.to_string());
            }
        }
    }
    if options.output.format == Format::Json {
        output::json(&report)?;
    } else {
        for line in &report.retried {
            output::data(line)?;
        }
        for line in &report.refused {
            output::note(&format!("error: {line}"));
        }
        if ids.is_empty() {
            output::note("Nothing was given up or is parked.");
        }
    }
    if in_doubt {
        output::note("hint: `--even-if-in-doubt` sends it all the same: its reader may get it twice");
    } else if !report.refused.is_empty() {
        output::note(
            "hint: `maintenance-notifier outbox` lists what can be tried again; `outbox forget ID` forgets what is parked",
        );
    }
    Ok(if report.refused.is_empty() { CommandOutcome::Done } else { CommandOutcome::Failed })
}

fn said(retried: &Retried) -> String {
    match retried {
        Retried::Message(row) => {
            let copy = if row.doubtful { ", perhaps for a second time" } else { "" };
            format!("{} goes to {} with the next run{copy}.", short(&row.id), row.endpoint)
        }
        Retried::Look(subscription) => {
            format!("The subscription {subscription} is looked at with the next run.")
        }
        Retried::Outcome(parked) => format!("{} is written down with the next run.", parked.id),
        Retried::Settled(parked) => format!("{} is forgotten: its message was settled since.", parked.id),
    }
}
