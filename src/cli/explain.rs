//! `explain`: who hears about a resource, by which rule, and what they were already told.

use std::fmt::Write;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::args::{ExplainOptions, Format};
use super::{Outcome, listing, output};
use crate::clock::{SharedClock, SystemClock};
use crate::config::Environment;
use crate::domain::action::response::WindowActions;
use crate::domain::assignment::{Reason, Withdrawn};
use crate::domain::ledger::{MessageRecord, RecipientHead};
use crate::domain::message::MessageId;
use crate::domain::outbox::OutboxState;
use crate::domain::plan::forecast::forecast;
use crate::domain::recipient::Recipient;
use crate::domain::routing::Policy;
use crate::domain::stage::Stage;
use crate::domain::window::{MaintenanceWindow, Revision, WindowState};
use crate::jobs::plan::Tenant;
use crate::jobs::{self, App};
use crate::render::{acts_sentences, reason_sentence};
use crate::startup;
use crate::store::repository::{RecipientState, WindowRow};

/// One window with everyone who holds it, as `--format json` prints it.
#[derive(Debug, Serialize)]
pub struct Explained {
    window: MaintenanceWindow,
    decided_by: String,
    silenced: Option<String>,
    /// What people said and started.
    actions: WindowActions,
    told: Vec<ToldTo>,
}

/// One recipient of a window.
#[derive(Debug, Serialize)]
struct ToldTo {
    recipient: String,
    primary: bool,
    since: DateTime<Utc>,
    reasons: Vec<Reason>,
    withdrawn: Option<Withdrawn>,
    messages: Vec<ToldItem>,
    /// What they will hear of this window if nothing changes.
    next: Vec<NextItem>,
}

/// One thing that a recipient is going to be told.
#[derive(Debug, Serialize)]
struct NextItem {
    at: DateTime<Utc>,
    stage: Stage,
}

/// One thing that a recipient was told.
#[derive(Debug, Serialize)]
struct ToldItem {
    at: DateTime<Utc>,
    stage: Stage,
    revision: Revision,
    message: MessageId,
    delivered: Vec<String>,
}

/// Explains the resource with the given id or name.
pub(super) async fn run(options: &ExplainOptions, environment: &Environment) -> anyhow::Result<Outcome> {
    let clock: SharedClock = Arc::new(SystemClock);
    let app = startup::app(startup::load(environment, &clock).await?, clock).await?;
    let repository = &app.repository;
    let wanted = options.resource.trim_end_matches('/');
    let is_wanted = |row: &WindowRow| listing::is_meant(&row.window.id.resource, wanted);
    let mut explained = Vec::new();
    let tenant = jobs::plan::tenant(&app, app.clock.now()).await?;
    for row in listing::stored_windows(repository).await?.into_iter().filter(is_wanted) {
        explained.push(explain(&app, &tenant, row).await?);
    }
    if options.output.format == Format::Json {
        output::json(&explained)?;
    } else if !explained.is_empty() {
        let parts: Vec<String> = explained.iter().map(|explained| text(explained, app.clock.now())).collect();
        output::data(parts.join("\n").trim_end())?;
    }
    if explained.is_empty() {
        output::note(&format!("error: no maintenance of `{wanted}` is known"));
        output::note(
            "hint: `maintenance-notifier windows` lists what is; a resource can be given by id or by name",
        );
        return Ok(Outcome::Failed);
    }
    Ok(Outcome::Done)
}

/// Explains one window: everyone who holds it, why, what they were told of it and what they will be.
///
/// # Errors
/// When the store cannot be read.
pub async fn explain(app: &App, tenant: &Tenant, row: WindowRow) -> anyhow::Result<Explained> {
    let (repository, policy, now) = (&app.repository, app.policy(), app.clock.now());
    let mut told = Vec::new();
    for holder in &row.holders {
        let state = repository.state(&holder.recipient).await?;
        let assignment = state.assignments.iter().find(|assignment| assignment.window.id == row.window.id);
        let mut messages = Vec::new();
        for message in state.ledger.iter().map(|stored| &stored.value).filter(|message| message.tells()) {
            let outbox = repository.outbox_of_message(&message.id).await?;
            let delivered: Vec<String> = outbox
                .rows
                .iter()
                .filter(|row| matches!(row.value.state, OutboxState::Delivered { .. }))
                .map(|row| row.value.endpoint.key())
                .collect();
            messages.extend(message.items.iter().filter(|item| item.window == row.window.id).map(|item| {
                ToldItem {
                    at: message.moment(),
                    stage: item.stage,
                    revision: item.revision,
                    message: message.id.clone(),
                    delivered: delivered.clone(),
                }
            }));
        }
        messages.sort_by_key(|item| (item.at, item.stage));
        let next = match policy.recipient(&holder.recipient) {
            Some(recipient) => next_items(&policy, &recipient, &state, tenant, &row.window, now),
            None => Vec::new(),
        };
        told.push(ToldTo {
            recipient: holder.recipient.to_string(),
            primary: assignment.is_some_and(|assignment| assignment.primary),
            since: holder.since,
            reasons: assignment.map(|assignment| assignment.reasons.clone()).unwrap_or_default(),
            withdrawn: holder.withdrawn.clone(),
            messages,
            next,
        });
    }
    Ok(Explained {
        decided_by: row.decided_by.0,
        silenced: row.silenced,
        actions: row.actions,
        window: row.window,
        told,
    })
}

/// What the recipient will hear of `window` until its dates are over.
fn next_items(
    policy: &Policy,
    recipient: &Recipient,
    state: &RecipientState,
    tenant: &Tenant,
    window: &MaintenanceWindow,
    now: DateTime<Utc>,
) -> Vec<NextItem> {
    let ledger: Vec<MessageRecord> = state.ledger.iter().map(|stored| stored.value.clone()).collect();
    let head = state.head.as_ref().map_or_else(RecipientHead::default, |stored| stored.value.head.clone());
    let diverted_to = policy.diverted(&recipient.name);
    let situation =
        jobs::plan::situation(policy, (recipient, diverted_to.as_deref()), state, &ledger, &head, tenant);
    let horizon = window.facts.schedule.end().unwrap_or(now);
    let messages = forecast(&situation, now, horizon);
    let items = messages.iter().flat_map(|message| {
        let of_window = message.items.iter().filter(|item| item.window == window.id);
        of_window.map(|item| NextItem { at: message.moment(), stage: item.stage })
    });
    items.collect()
}

fn text(explained: &Explained, now: DateTime<Utc>) -> String {
    let mut text = String::new();
    let window = &explained.window;
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{}", window.id.resource);
    let state = match window.state {
        WindowState::Open => format!("{} ({})", window.status(), window.impact.as_str()),
        WindowState::Ended { at, why } => format!("ended {}: {why:?}", moment(at)),
    };
    let _ = writeln!(
        text,
        "  maintenance   {} of this resource, revision {}",
        ordinal(window.id.generation),
        window.revision.0
    );
    let _ = writeln!(text, "  status        {state}");
    for (name, interval) in
        [("self-service", window.facts.schedule.self_service), ("scheduled", window.facts.schedule.scheduled)]
    {
        if let Some(interval) = interval {
            let _ = writeln!(text, "  {name:<13} {} to {}", moment(interval.start()), moment(interval.end()));
        }
    }
    if let Some(deadline) = window.deadline(now).filter(|_| window.is_open()) {
        let _ = writeln!(text, "  deadline      {}", moment(deadline));
    }
    let _ = writeln!(text, "  decided by    configuration {}", explained.decided_by);
    if let Some(reason) = &explained.silenced {
        let _ = writeln!(text, "  silenced      nobody is told: {reason}");
    }
    let acts = acts_sentences(&explained.actions, window.revision, chrono_tz::UTC);
    for (number, act) in acts.iter().enumerate() {
        let _ = writeln!(text, "  {:<13} {act}", if number == 0 { "done" } else { "" });
    }
    for told in &explained.told {
        let role = if told.withdrawn.is_some() {
            " (no longer)"
        } else if told.primary {
            " (primary)"
        } else {
            ""
        };
        let _ = writeln!(text, "\n  {}{role}, since {}", told.recipient, moment(told.since));
        for reason in &told.reasons {
            let _ = writeln!(text, "    why: {}", reason_sentence(reason));
        }
        if told.messages.is_empty() {
            let _ = writeln!(text, "    was not told anything yet");
        }
        for item in &told.messages {
            let delivered = if item.delivered.is_empty() {
                "not delivered yet".to_owned()
            } else {
                item.delivered.join(", ")
            };
            let _ = writeln!(
                text,
                "    {}  {} (revision {}) in {} · {delivered}",
                moment(item.at),
                item.stage,
                item.revision.0,
                item.message
            );
        }
        for item in &told.next {
            let _ = writeln!(text, "    {}  {} (if nothing changes)", moment(item.at), item.stage);
        }
    }
    text
}

fn ordinal(number: u32) -> String {
    match number {
        1 => "first".to_owned(),
        2 => "second".to_owned(),
        3 => "third".to_owned(),
        other => format!("number {other}"),
    }
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}
