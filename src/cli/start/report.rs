//! What is printed of a start, and with which exit code.

use serde::Serialize;

use super::state_words::{detail, state};
use crate::cli::args::Format;
use crate::cli::words::plain;
use crate::cli::{CommandOutcome, moment, output};
use crate::domain::action::response::{StartStatus, StartSummary};
use crate::domain::action::start::{Start, StartOutcome as End, StartRefusal, StartState};
use crate::domain::machine::Machine;
use crate::domain::time_zone::Tz;
use crate::domain::window::MaintenanceWindow;
use crate::render::planned_loss;
use crate::services::start::StartResult;

/// What became of it, for programs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case", tag = "answer")]
enum StartReport<'a> {
    Begun { resource: &'a str, start: &'a Start },
    Planned { resource: &'a str, start: &'a Start },
    Already { resource: &'a str, start: &'a StartSummary },
    Refused { resource: &'a str, refusal: &'a StartRefusal, reason: String },
    SentBefore { resource: &'a str },
}

/// Prints what became of it.
pub(super) fn report(
    answer: &StartResult,
    window: &MaintenanceWindow,
    format: Format,
    zone: Tz,
) -> anyhow::Result<CommandOutcome> {
    let resource = window.place().as_str();
    if format == Format::Json {
        output::json(&match answer {
            StartResult::Begun(start) => StartReport::Begun { resource, start },
            StartResult::Planned(start) => StartReport::Planned { resource, start },
            StartResult::Already(start) => StartReport::Already { resource, start },
            StartResult::Refused(refusal) => {
                StartReport::Refused { resource, refusal, reason: refusal.to_string() }
            }
            StartResult::SentBefore => StartReport::SentBefore { resource },
        })?;
    }
    let (outcome, words) = match answer {
        StartResult::Begun(start) | StartResult::Planned(start) => (of_start(start), state(start, zone)),
        StartResult::Already(start) => (CommandOutcome::Failed, already(start, &window.machine, zone)),
        StartResult::Refused(refusal) => (
            CommandOutcome::Failed,
            format!(
                "error: not started: {}{}",
                plain(&refusal.to_string()),
                detail(refusal, window.place(), zone)
            ),
        ),
        StartResult::SentBefore => {
            (CommandOutcome::Failed, "error: not started: it was asked for and refused before".to_owned())
        }
    };
    match (format, outcome) {
        (Format::Text, CommandOutcome::Done) => output::data(&words)?,
        _ => output::note(&words),
    }
    Ok(outcome)
}

/// Whether what was asked for was done, as far as that is known.
fn of_start(start: &Start) -> CommandOutcome {
    match &start.state {
        StartState::Settled { outcome: End::Completed { .. }, .. } => CommandOutcome::Done,
        StartState::Settled { .. } | StartState::Claimed { .. } => CommandOutcome::Failed,
        StartState::Planned | StartState::Accepted { .. } | StartState::Recovering { .. } => {
            CommandOutcome::Done
        }
    }
}

fn already(start: &StartSummary, machine: &Machine, zone: Tz) -> String {
    let who = plain(start.by.name());
    let at = moment::in_zone(start.begins, zone);
    match start.status {
        StartStatus::Planned => {
            let loss = planned_loss(machine, start).map(|loss| format!(". {}", plain(&loss)));
            format!("error: {who} planned it already: it begins at {at}{}", loss.unwrap_or_default())
        }
        _ => format!("error: {who} started it already, at {at}"),
    }
}
