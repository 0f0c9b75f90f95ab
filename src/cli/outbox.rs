//! `outbox`: what is unsent and why, and what an operator can do about it.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::args::{Format, OutboxAction, OutboxOptions, RetryOptions};
use super::held::{self, HeldBy, Holds};
use super::tables::{table, text};
use super::words::{counted, day_and_time, plain};
use super::{CommandOutcome, output};
use crate::clock::{Clock, SystemClock};
use crate::config::configuration::SafetyRules;
use crate::config::{Environment, Settings};
use crate::domain::brake::Hold;
use crate::domain::ids::OutboxId;
use crate::domain::mail_limit::MailLimit;
use crate::domain::outbox::{NotRetried, OutboxRow, OutboxState};
use crate::services::parked::unpark;
use crate::services::retry::{Retried, RetryError, retry};
use crate::startup;
use crate::store::StoreError;
use crate::store::repository::{ParkedRow, Repository};

/// Everything that is unsent.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Unsent {
    /// Why nothing leaves at all, where the configuration says so.
    #[serde(rename = "standing_still")]
    why_nothing_leaves: Option<String>,
    held: Option<Hold>,
    waiting: Vec<UnsentLine>,
    given_up: Vec<UnsentLine>,
    parked: Vec<Parked>,
}

/// One message on its way to one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct UnsentLine {
    id: OutboxId,
    recipient: String,
    endpoint: String,
    kind: &'static str,
    machines: usize,
    since: DateTime<Utc>,
    attempts: u32,
    next_attempt: Option<DateTime<Utc>>,
    deadline: Option<DateTime<Utc>>,
    in_doubt: bool,
    held: bool,
    /// Everything that holds it back now.
    held_by: Vec<HeldBy>,
    state: &'static str,
    last_error: Option<String>,
}

/// One queue message on which a function failed too often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Parked {
    id: String,
    function: String,
    message: String,
    since: DateTime<Utc>,
    asked: Option<DateTime<Utc>>,
}

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
            let unsent =
                Unsent { why_nothing_leaves, ..unsent(&repository, (everything, &limit), now).await? };
            match options.output.format {
                Format::Json => output::json(&unsent)?,
                Format::Text => show(&unsent)?,
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
        HeldBy::Brake | HeldBy::EarlierMessage | HeldBy::MailLimit => None,
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

async fn unsent(
    repository: &Repository,
    (everything, limit): (Option<HeldBy>, &MailLimit),
    now: DateTime<Utc>,
) -> Result<Unsent, StoreError> {
    let mut unsent = Unsent { held: repository.brake().await?.held, ..Unsent::default() };
    let rows = repository.outbox_rows().await?;
    for error in &rows.unreadable {
        output::note(&format!("Set aside: {error}"));
    }
    let allowance = repository.send_log().await?.0.allowance(limit, now);
    let all: Vec<&OutboxRow> = rows.values().collect();
    let holds = Holds::new(&all, (everything, unsent.held.is_some()), allowance, now);
    for row in all {
        match row.state {
            OutboxState::Failed { .. } => unsent.given_up.push(line(repository, row, Vec::new()).await?),
            _ if row.is_settled() => {}
            _ => unsent.waiting.push(line(repository, row, holds.of(row, now)).await?),
        }
    }
    let order = |line: &UnsentLine| (line.deadline.is_none(), line.deadline, line.since, line.id.clone());
    unsent.waiting.sort_by_key(order);
    unsent.given_up.sort_by_key(|line| (line.since, line.id.clone()));
    let parked = repository.parked().await?;
    for error in &parked.unreadable {
        output::note(&format!("Set aside: {error}"));
    }
    unsent.parked.extend(parked.rows.into_iter().map(|row| row.value.into()));
    Ok(unsent)
}

async fn line(
    repository: &Repository,
    row: &OutboxRow,
    held_by: Vec<HeldBy>,
) -> Result<UnsentLine, StoreError> {
    let message = repository.message(&row.recipient, row.sequence).await?.map(|stored| stored.value);
    let windows: std::collections::BTreeSet<_> =
        message.iter().flat_map(|message| &message.items).map(|item| &item.window).collect();
    Ok(UnsentLine {
        id: row.id.clone(),
        recipient: row.recipient.to_string(),
        endpoint: row.endpoint.key(),
        kind: message.as_ref().map_or("", |message| message.kind.as_str()),
        machines: windows.len(),
        since: row.created,
        attempts: row.attempt,
        next_attempt: (!row.is_settled()).then_some(row.next_attempt),
        deadline: row.deadline,
        in_doubt: row.is_in_doubt(),
        held: held_by.contains(&HeldBy::Brake),
        held_by,
        state: match row.state {
            OutboxState::Emitted => "in the queue",
            OutboxState::Sending { .. } => "being sent",
            OutboxState::Failed { .. } => "given up",
            _ => "waiting",
        },
        last_error: row.last_error.clone(),
    })
}

impl From<ParkedRow> for Parked {
    fn from(row: ParkedRow) -> Self {
        // As foreign as any text that came over a queue: nothing in it may steer a terminal.
        let message = row.payload.chars().filter(|c| !c.is_control()).take(80).collect();
        Self { id: row.id, function: row.function, message, since: row.first_seen, asked: row.asked }
    }
}

fn show(unsent: &Unsent) -> anyhow::Result<()> {
    let mut parts = Vec::new();
    if !unsent.waiting.is_empty() {
        parts.push(format!("{}\n{}", title(&unsent.waiting, "Unsent"), messages(&unsent.waiting)));
    }
    if !unsent.given_up.is_empty() {
        parts.push(format!("{}\n{}", title(&unsent.given_up, "Given up"), messages(&unsent.given_up)));
    }
    if !unsent.parked.is_empty() {
        let count = counted(unsent.parked.len(), "queue message");
        parts.push(format!("Parked: {count}\n{}", parked(&unsent.parked)));
    }
    if parts.is_empty() {
        output::note("Nothing is unsent, given up or parked.");
    } else {
        output::data(&parts.join("\n\n"))?;
    }
    if let Some(why) = &unsent.why_nothing_leaves {
        output::note(&format!("Nothing is sent at the moment: {why}."));
    }
    if let Some(hold) = &unsent.held {
        output::note(&format!(
            "The brake holds what can wait since {} UTC: {} were waiting and {} sent within a day, {} are allowed.",
            day_and_time(hold.since),
            hold.waiting,
            hold.sent,
            hold.allowed
        ));
        output::note("hint: `maintenance-notifier outbox release` lets them go");
    }
    if !unsent.given_up.is_empty() || !unsent.parked.is_empty() {
        output::note(
            "hint: `maintenance-notifier outbox retry ID` has one tried again, `--all` everything given up or parked",
        );
    }
    Ok(())
}

fn title(lines: &[UnsentLine], what: &str) -> String {
    let recipients: std::collections::BTreeSet<&str> =
        lines.iter().map(|line| line.recipient.as_str()).collect();
    format!("{what}: {} to {}", counted(lines.len(), "message"), counted(recipients.len(), "recipient"))
}

fn messages(lines: &[UnsentLine]) -> String {
    let mut table = table(&[
        "ID",
        "Where",
        "Kind",
        "Machines",
        "Since (UTC)",
        "Tried",
        "Next (UTC)",
        "Deadline (UTC)",
        "Why",
    ]);
    let at = |at: Option<DateTime<Utc>>| at.map_or("–".to_owned(), |at| day_and_time(at).to_string());
    for line in lines {
        table.add_row([
            short(&line.id),
            place(line),
            line.kind.to_owned(),
            line.machines.to_string(),
            at(Some(line.since)),
            line.attempts.to_string(),
            at(line.next_attempt),
            at(line.deadline),
            why(line),
        ]);
    }
    text(&table)
}

/// The recipient, with the address where the name is not that already.
fn place(line: &UnsentLine) -> String {
    match line.endpoint.split_once(':') {
        Some(("email", address)) if address == line.recipient => line.recipient.clone(),
        _ => format!("{} {}", line.recipient, line.endpoint),
    }
}

fn why(line: &UnsentLine) -> String {
    let mut words: Vec<String> = line.held_by.iter().map(|by| by.words().to_owned()).collect();
    if words.is_empty() && line.state != "given up" && (line.state != "waiting" || line.last_error.is_none())
    {
        words.push(line.state.to_owned());
    }
    if line.in_doubt {
        words.push("may have arrived".to_owned());
    }
    // An error may quote what a server said.
    words.extend(line.last_error.as_deref().map(plain));
    words.join("; ")
}

fn parked(rows: &[Parked]) -> String {
    let mut table = table(&["ID", "Function", "Since (UTC)", "Message"]);
    for row in rows {
        let asked = row.asked.map_or(String::new(), |at| format!(" (put back at {})", day_and_time(at)));
        table.add_row([
            row.id.clone(),
            row.function.clone(),
            day_and_time(row.since).to_string(),
            format!("{}{asked}", row.message),
        ]);
    }
    text(&table)
}

/// Enough of an id to type, and almost surely of one message only.
fn short(id: &OutboxId) -> String {
    let cut = |text: &str, length: usize| text.chars().take(length).collect::<String>();
    match id.as_str().split_once('-') {
        Some((message, endpoint)) => format!("{}-{}", cut(message, 8), cut(endpoint, 4)),
        None => id.to_string(),
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
            let unsent = unsent(repository, (None, &MailLimit::default()), now).await?;
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
        Retried::Settled(parked) => format!("{} is forgotten: its message was settled since.", parked.id),
    }
}
