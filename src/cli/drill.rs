//! `drill`: a labelled exercise through the real chain, and what came of it.

use std::collections::BTreeSet;
use std::io::{BufRead as _, Read as _};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::args::{DrillAction, DrillOptions, Format};
use super::explain::{EndpointOutcome, endpoint_outcomes, outcomes_sentence};
use super::outbox::why_nothing_leaves;
use super::tables::{table, text as table_text};
use super::words::{counted, moment};
use super::{CommandOutcome, account, output};
use crate::clock::{Clock, SharedClock, SystemClock};
use crate::config::{Environment, Settings};
use crate::domain::action::Actor;
use crate::domain::drill::Drill;
use crate::domain::ledger::MessageState;
use crate::domain::recipient_name::RecipientName;
use crate::services::drill::{begin, everybody};
use crate::startup;
use crate::store::repository::Repository;

/// How many recipients are named before somebody is asked.
const NAMED: usize = 30;

/// How much of an answer is read.
const LONGEST_ANSWER: u64 = 64;

/// What came of a drill.
#[derive(Debug, Serialize)]
struct DrillReport {
    began: DateTime<Utc>,
    ends: DateTime<Utc>,
    by: String,
    open: bool,
    recipients: Vec<DrillLine>,
}

/// What came of it for one recipient.
#[derive(Debug, Serialize)]
struct DrillLine {
    recipient: String,
    state: DrillState,
    sent: Option<DateTime<Utc>>,
    /// What became of the message at each endpoint.
    #[serde(rename = "ways")]
    outcomes: Vec<EndpointOutcome>,
    confirmed: Option<DateTime<Utc>>,
    confirmed_by: Option<String>,
    /// From the message to its confirmation.
    seconds_to_confirm: Option<i64>,
}

/// Where one recipient stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum DrillState {
    /// They said that they got it.
    Confirmed,
    /// It was delivered, and nothing was heard.
    Silent,
    OnItsWay,
    Refused,
    /// It waits for the recipient's hours, or for the next run.
    NotSentYet,
    /// Nothing was sent while the drill was open.
    NotSent,
}

impl DrillState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Silent => "silent",
            Self::OnItsWay => "on its way",
            Self::Refused => "refused",
            Self::NotSentYet => "not sent yet",
            Self::NotSent => "not sent",
        }
    }
}

/// Begins a drill, ends one, or says what came of it.
pub(super) async fn run(options: &DrillOptions, environment: &Environment) -> anyhow::Result<CommandOutcome> {
    let settings = Settings::from_environment(environment)?;
    let now = SystemClock.now();
    match &options.action {
        None => {}
        Some(DrillAction::End) => return end(&startup::open_store(&settings).await?, now).await,
        Some(DrillAction::Report { output }) => {
            return report(&startup::open_store(&settings).await?, output.format, now).await;
        }
    }
    let clock: SharedClock = std::sync::Arc::new(SystemClock);
    let loaded = startup::load(environment, &clock).await?;
    let why_nothing_leaves = why_nothing_leaves(&loaded.configuration.safety);
    let app = startup::app(loaded, clock).await?;
    let mut names = everybody(&app).await?;
    if !options.recipient.is_empty() {
        let Some(chosen) = chosen(&names, &options.recipient) else { return Ok(CommandOutcome::Failed) };
        names = chosen;
    }
    // One that is open stays, whatever is answered.
    let is_open = app.repository.drill().await?.is_some_and(|drill| drill.is_open(now));
    if !options.yes && !is_open && !confirmed(&names).await? {
        output::note("Nothing was done: `yes` was not typed. `--yes` goes on without asking.");
        return Ok(CommandOutcome::Failed);
    }
    let by = Actor { principal: Some(account::name(&settings, environment).await), ..Actor::default() };
    let Some(drill) = begin(&app, by, names).await? else {
        output::note("error: a drill is open already");
        output::note(
            "hint: `maintenance-notifier drill report` shows it, `maintenance-notifier drill end` ends it",
        );
        return Ok(CommandOutcome::Failed);
    };
    if options.output.format == Format::Json {
        return report(&app.repository, Format::Json, now).await;
    }
    output::data(&format!(
        "The exercise concerns {}. They are written to within their hours, until {}.",
        counted(drill.recipients.len(), "recipient"),
        moment(drill.until)
    ))?;
    output::note("Nothing is sent by this command: the next run of `local`, or of the deployed app, does.");
    if let Some(why) = why_nothing_leaves {
        output::note(&why);
    }
    if app.link_keys.is_empty() || app.deployment.public_url.is_none() {
        output::note(
            "Nobody can confirm: without NOTIFIER_LINK_KEYS and NOTIFIER_PUBLIC_URL messages have no link.",
        );
    }
    output::note("hint: `maintenance-notifier drill report` says what came of it");
    Ok(CommandOutcome::Done)
}

/// Whether the person types `yes` after reading whom the exercise would write to.
async fn confirmed(names: &BTreeSet<RecipientName>) -> anyhow::Result<bool> {
    output::note(&format!(
        "A message marked as an exercise would go to {}:",
        counted(names.len(), "recipient")
    ));
    for name in names.iter().take(NAMED) {
        output::note(&format!("  {name}"));
    }
    if names.len() > NAMED {
        output::note(&format!("  … and {} more", names.len() - NAMED));
    }
    output::note("Type yes to go on:");
    let line = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().lock().take(LONGEST_ANSWER).read_line(&mut line).map(|_| line)
    });
    Ok(line.await??.trim().eq_ignore_ascii_case("yes"))
}

/// Those of `names` that are wanted; nothing, after saying so, when one of the wanted is none of them.
fn chosen(names: &BTreeSet<RecipientName>, wanted: &[String]) -> Option<BTreeSet<RecipientName>> {
    let mut chosen = BTreeSet::new();
    for wanted in wanted {
        match names.iter().find(|name| name.as_str().eq_ignore_ascii_case(wanted)) {
            Some(name) => _ = chosen.insert(name.clone()),
            None => {
                output::note(&format!("error: nobody called `{wanted}` is configured or told of anything"));
                output::note(
                    "hint: name a recipient of the configuration, or a person whom a tag names by address",
                );
                return None;
            }
        }
    }
    Some(chosen)
}

async fn end(repository: &Repository, now: DateTime<Utc>) -> anyhow::Result<CommandOutcome> {
    let Some(drill) = repository.drill().await?.filter(|drill| drill.is_open(now)) else {
        output::note("error: no drill is open");
        return Ok(CommandOutcome::Failed);
    };
    repository.update_drill(&drill, |drill| drill.ended = Some(now)).await?;
    output::data("The exercise is over. What was not sent yet will not be.")?;
    Ok(CommandOutcome::Done)
}

async fn report(
    repository: &Repository,
    format: Format,
    now: DateTime<Utc>,
) -> anyhow::Result<CommandOutcome> {
    let Some(drill) = repository.drill().await? else {
        output::note("error: there was no drill yet");
        output::note("hint: `maintenance-notifier drill` begins one");
        return Ok(CommandOutcome::Failed);
    };
    let mut recipients = Vec::new();
    for name in &drill.recipients {
        recipients.push(line(repository, &drill, name, now).await?);
    }
    let by = drill.by.name().to_owned();
    let report = DrillReport { began: drill.at, ends: drill.end(), by, open: drill.is_open(now), recipients };
    match format {
        Format::Json => output::json(&report)?,
        Format::Text => output::data(&text(&report))?,
    }
    Ok(CommandOutcome::Done)
}

async fn line(
    repository: &Repository,
    drill: &Drill,
    name: &RecipientName,
    now: DateTime<Utc>,
) -> anyhow::Result<DrillLine> {
    let state = repository.state(name).await?;
    let message = drill.message(state.ledger.iter().map(|message| &*message.value)).cloned();
    let confirmation = repository.drill_confirmation(drill, name).await?;
    let outcomes = match &message {
        Some(message) => endpoint_outcomes(repository, message).await?,
        None => Vec::new(),
    };
    let all = |outcome: &str| !outcomes.is_empty() && outcomes.iter().all(|one| one.outcome == outcome);
    let any = |outcome: &str| outcomes.iter().any(|one| one.outcome == outcome);
    let state = match &message {
        _ if confirmation.is_some() => DrillState::Confirmed,
        None if drill.is_open(now) => DrillState::NotSentYet,
        None => DrillState::NotSent,
        Some(message) if message.state == MessageState::Withdrawn || all("dropped") => DrillState::NotSent,
        Some(_) if any("delivered") => DrillState::Silent,
        Some(_) if any("waiting") => DrillState::OnItsWay,
        Some(_) => DrillState::Refused,
    };
    let sent = message.and_then(|message| message.notified_at);
    let confirmed = confirmation.as_ref().map(|confirmation| confirmation.at);
    Ok(DrillLine {
        recipient: name.to_string(),
        state,
        sent,
        outcomes,
        confirmed,
        confirmed_by: confirmation.map(|confirmation| confirmation.by.name().to_owned()),
        seconds_to_confirm: confirmed.zip(sent).map(|(confirmed, sent)| (confirmed - sent).num_seconds()),
    })
}

fn text(report: &DrillReport) -> String {
    let verb = if report.open { "ends" } else { "ended" };
    let (began, ends) = (moment(report.began), moment(report.ends));
    let head = format!("Exercise of {began}, asked for by {}; it {verb} {ends}", report.by);
    let mut rows = table(&["Recipient", "State", "Confirmed after", "Where"]);
    for line in &report.recipients {
        rows.add_row([
            line.recipient.clone(),
            line.state.as_str().to_owned(),
            line.seconds_to_confirm.map(length).unwrap_or_default(),
            outcomes_sentence(&line.outcomes),
        ]);
    }
    let count = |state| report.recipients.iter().filter(|line| line.state == state).count();
    let counts = [
        DrillState::Confirmed,
        DrillState::Silent,
        DrillState::OnItsWay,
        DrillState::Refused,
        DrillState::NotSentYet,
        DrillState::NotSent,
    ]
    .into_iter()
    .map(|state| (count(state), state))
    .filter(|(count, _)| *count > 0)
    .map(|(count, state)| format!("{count} {}", state.as_str()));
    format!("{head}\n\n{}\n\n{}", table_text(&rows), counts.collect::<Vec<_>>().join(", "))
}

/// A length of time as people say it: `2 h 5 min`.
fn length(seconds: i64) -> String {
    let length = TimeDelta::seconds(seconds.max(0));
    match (length.num_days(), length.num_hours() % 24, length.num_minutes() % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}
