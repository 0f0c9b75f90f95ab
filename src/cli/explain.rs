//! `explain`: who hears about a resource, by which rule, and what they were already told.

use std::fmt::Write;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::args::{ExplainOptions, Format};
use super::explain_message::{self, EndpointOutcome};
use super::forecast_line::{ForecastLine, forecast};
use super::{CommandOutcome, listing, output};
use crate::clock::{SharedClock, SystemClock};
use crate::config::Environment;
use crate::domain::action::hours::{OrderedHours, RecipientHours};
use crate::domain::action::response::WindowActions;
use crate::domain::action::standing_order::NotPlanned;
use crate::domain::assignment::Withdrawn;
use crate::domain::directory::People;
use crate::domain::ids::MessageId;
use crate::domain::ledger::RecipientHead;
use crate::domain::message::MessageKind;
use crate::domain::planning::forecast as planned;
use crate::domain::policy::Policy;
use crate::domain::reason::Reason;
use crate::domain::recipient::Recipient;
use crate::domain::recipient_settings::{Mute, SettingAuthor};
use crate::domain::stage::Stage;
use crate::domain::window::{MaintenanceWindow, Revision, WindowState};
use crate::render::sanitize::one_line;
use crate::render::{ordered_sentence, reason_sentence, response_sentences};
use crate::services::planning_input::TenantState;
use crate::services::standing_orders::order_of;
use crate::services::{self, App};
use crate::startup;
use crate::store::repository::{RecipientState, WindowRow};

/// One window with everyone who holds it, as `--format json` prints it.
#[derive(Debug, Serialize)]
pub struct ExplainedWindow {
    window: MaintenanceWindow,
    decided_by: String,
    silenced: Option<String>,
    silenced_until: Option<DateTime<Utc>>,
    /// The maintenance hours that hold for it, and who named them; why none do, where some were named.
    hours: Option<String>,
    /// What happens if nobody acts.
    #[serde(rename = "foreseen")]
    forecast: ForecastLine,
    /// What people said and started.
    actions: WindowActions,
    told: Vec<WindowRecipient>,
}

/// One recipient of a window.
#[derive(Debug, Serialize)]
struct WindowRecipient {
    recipient: String,
    primary: bool,
    since: DateTime<Utc>,
    reasons: Vec<Reason>,
    /// The version of the configuration that found these reasons.
    decided_by: Option<String>,
    withdrawn: Option<Withdrawn>,
    /// That they asked to hear nothing of it, until when and why.
    #[serde(rename = "silence")]
    mute: Option<Mute>,
    /// That they turned digests off.
    without_digests: Option<SettingAuthor>,
    messages: Vec<NotifiedItem>,
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
struct NotifiedItem {
    at: DateTime<Utc>,
    stage: Stage,
    revision: Revision,
    message: MessageId,
    kind: MessageKind,
    /// The version of the configuration that decided to tell it.
    decided_by: String,
    /// Why, as the message says; nothing before it is bound, and when what it said is kept no longer.
    reasons: Vec<Reason>,
    delivered: Vec<String>,
    /// What became of it at each endpoint.
    ways: Vec<EndpointOutcome>,
}

/// Explains the resource with the given id or name.
pub(super) async fn run(
    options: &ExplainOptions,
    environment: &Environment,
) -> anyhow::Result<CommandOutcome> {
    let clock: SharedClock = Arc::new(SystemClock);
    let app = startup::app(startup::load(environment, &clock).await?, clock).await?;
    let repository = &app.repository;
    let wanted = options.resource.trim_end_matches('/');
    if let Some(id) = explain_message::id(wanted) {
        return explain_message::run(repository, &id, options.output.format).await;
    }
    let is_wanted = |row: &WindowRow| listing::is_meant(&row.window.id.resource, wanted);
    let explained = explain_all(&app, is_wanted).await?;
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
        return Ok(CommandOutcome::Failed);
    }
    Ok(CommandOutcome::Done)
}

/// Explains every wanted window: everyone who holds it, why, what they were told of it and what they will be.
///
/// # Errors
/// When the store cannot be read.
pub async fn explain_all(
    app: &App,
    is_wanted: impl Fn(&WindowRow) -> bool,
) -> anyhow::Result<Vec<ExplainedWindow>> {
    let tenant = services::planning_input::read_tenant(app, app.clock.now()).await?;
    let beside = (app.repository.named_hours().await?, services::owner_lookup::known_people(app).await?);
    let rows = listing::stored_windows(&app.repository).await?;
    let mut explained = Vec::new();
    for row in rows.iter().filter(|row| is_wanted(row)) {
        let forecast = forecast(row, &rows, &app.start_rules.cluster_tag, app.clock.now());
        explained.push(explain(app, &tenant, (&beside.0, &beside.1), row.clone(), forecast).await?);
    }
    Ok(explained)
}

async fn explain(
    app: &App,
    tenant: &TenantState,
    beside: (&[RecipientHours], &People),
    row: WindowRow,
    forecast: ForecastLine,
) -> anyhow::Result<ExplainedWindow> {
    let (repository, policy, now) = (&app.repository, app.policy(), app.clock.now());
    let order = row.window.is_open().then(|| order_of(app, &row.window, &row.actions, beside, now));
    let hours = match order {
        Some(Ok(order)) => {
            let ordered = OrderedHours { hours: order.hours(), sources: order.sources() };
            Some(ordered_sentence(&ordered, chrono_tz::UTC))
        }
        None | Some(Err(NotPlanned::NoOrder | NotPlanned::NobodyNotified)) => None,
        Some(Err(reason)) => Some(format!("none, because {reason}")),
    };
    let mut told = Vec::new();
    for holder in &row.holders {
        let state = repository.state(&holder.recipient).await?;
        let assignment = state.assignments.iter().find(|assignment| assignment.window.id == row.window.id);
        let mut messages = Vec::new();
        for message in state.ledger.iter().map(|stored| &stored.value).filter(|message| message.notifies()) {
            let about: Vec<_> = message.items.iter().filter(|item| item.window == row.window.id).collect();
            if about.is_empty() {
                continue;
            }
            let ways = explain_message::ways(repository, message).await?;
            let content = repository.content(&message.recipient, message.sequence).await?;
            let reasons = explain_message::reasons(content.as_ref(), &row.window.id);
            let delivered = ways.iter().filter(|way| way.outcome == "delivered");
            let delivered: Vec<String> = delivered.map(|way| way.endpoint.clone()).collect();
            messages.extend(about.into_iter().map(|item| NotifiedItem {
                at: message.moment(),
                stage: item.stage,
                revision: item.revision,
                message: message.id.clone(),
                kind: message.kind,
                decided_by: message.decided_by.0.clone(),
                reasons: reasons.clone(),
                delivered: delivered.clone(),
                ways: ways.clone(),
            }));
        }
        messages.sort_by_key(|item| (item.at, item.stage));
        let next = match policy.recipient(&holder.recipient) {
            Some(recipient) => next_items(&policy, &recipient, &state, tenant, &row.window, now),
            None => Vec::new(),
        };
        told.push(WindowRecipient {
            recipient: holder.recipient.to_string(),
            primary: assignment.is_some_and(|assignment| assignment.primary),
            since: holder.since,
            reasons: assignment.map(|assignment| assignment.reasons.clone()).unwrap_or_default(),
            decided_by: assignment.map(|assignment| assignment.decided_by.0.clone()),
            withdrawn: holder.withdrawn.clone(),
            mute: state.notification_settings.muted(&row.window.id.resource, now).cloned(),
            without_digests: state.notification_settings.without_digests.clone(),
            messages,
            next,
        });
    }
    Ok(ExplainedWindow {
        decided_by: row.decided_by.0,
        silenced: row.silenced,
        silenced_until: row.silenced_until,
        hours,
        forecast,
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
    tenant: &TenantState,
    window: &MaintenanceWindow,
    now: DateTime<Utc>,
) -> Vec<NextItem> {
    let ledger = state.messages();
    let head = state.head.as_ref().map_or_else(RecipientHead::default, |stored| stored.value.head.clone());
    let diverted_to = policy.diverted(&recipient.name);
    let input = services::planning_input::planning_input(
        policy,
        (recipient, diverted_to.as_deref()),
        state,
        &ledger,
        &head,
        tenant,
    );
    let horizon = window.facts.schedule.end().unwrap_or(now);
    let messages = planned::forecast(&input, now, horizon);
    let items = messages.iter().flat_map(|message| {
        let of_window = message.items.iter().filter(|item| item.window == window.id);
        of_window.map(|item| NextItem { at: message.moment(), stage: item.stage })
    });
    items.collect()
}

fn text(explained: &ExplainedWindow, now: DateTime<Utc>) -> String {
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
    if let Some(tenant) = &window.machine.tenant {
        let name = one_line(tenant.display_name(), 90);
        let _ = writeln!(text, "  tenant        {name} ({}); nothing is started there from here", tenant.id);
    }
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
        let until = explained.silenced_until.map(|until| format!(" until {}", moment(until)));
        let _ = writeln!(text, "  silenced      nobody is told{}: {reason}", until.unwrap_or_default());
    }
    if let Some(hours) = &explained.hours {
        let _ = writeln!(text, "  hours         {hours}");
    }
    for (number, sentence) in explained.forecast.lines().iter().enumerate() {
        let _ = writeln!(text, "  {:<13} {sentence}", if number == 0 { "forecast" } else { "" });
    }
    let acts = response_sentences(&explained.actions, window.revision, chrono_tz::UTC);
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
        if let Some(mute) = &told.mute {
            let _ = writeln!(
                text,
                "    silent until {}: {} asked for it on {}, because “{}”",
                moment(mute.until),
                mute.by.name(),
                moment(mute.at),
                mute.reason
            );
        }
        if let Some(said) = &told.without_digests {
            let _ = writeln!(text, "    gets no digests since {}", moment(said.at));
        }
        if told.messages.is_empty() {
            let _ = writeln!(text, "    was not told anything yet");
        }
        for item in &told.messages {
            let _ = writeln!(
                text,
                "    {}  {} (revision {}) in {} · {} · configuration {} · {}",
                moment(item.at),
                item.stage,
                item.revision.0,
                item.message,
                item.kind.as_str(),
                item.decided_by,
                explain_message::ways_sentence(&item.ways)
            );
            // What is true now was said above.
            if !item.reasons.is_empty() && item.reasons != told.reasons {
                for reason in &item.reasons {
                    let _ = writeln!(text, "      it said why: {}", reason_sentence(reason));
                }
            }
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

pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}
