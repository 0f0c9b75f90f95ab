//! `start`: the same start as the link in a message, for whoever sits at a terminal.

use std::io::BufRead;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::time_zone::Tz;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::args::{Format, StartOptions};
use super::words::plain;
use super::{CommandOutcome, account, listing, moment, output};
use crate::clock::{SharedClock, SystemClock};
use crate::config::Environment;
use crate::domain::action::Actor;
use crate::domain::action::anti_affinity::WaitReason;
use crate::domain::action::response::{StartStatus, StartSummary};
use crate::domain::action::start::{
    Start, StartOrigin, StartOutcome as End, StartPhase, StartRefusal, StartState, loses_only,
};
use crate::domain::advice::advice;
use crate::domain::data_loss::DataLoss;
use crate::domain::machine::Machine;
use crate::domain::resource::ResourceId;
use crate::domain::window::{Interval, MaintenanceWindow};
use crate::http::patience;
use crate::render::{advice_sentence, loss_sentence, planned_loss};
use crate::services::start::{StartRequest, StartResult, follow_start, release_start, start};
use crate::services::{App, ServiceError};
use crate::startup;

/// How long a start waits for the store in all.
const ANSWER: Duration = Duration::from_secs(9);

/// How long `--follow` rests between two looks: soon after the start, then ever longer.
const RESTS: [u64; 4] = [1, 2, 5, 10];

/// What became of it, for programs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case", tag = "answer")]
enum StartReport<'a> {
    Begun { resource: &'a str, start: &'a Start },
    Planned { resource: &'a str, start: &'a Start },
    Already { resource: &'a str, start: &'a StartSummary },
    Refused { resource: &'a str, refusal: &'a StartRefusal, reason: String },
}

/// Starts the maintenance of the resource that is named.
pub(super) async fn run(options: &StartOptions, environment: &Environment) -> anyhow::Result<CommandOutcome> {
    let clock: SharedClock = Arc::new(SystemClock);
    let loaded = startup::load(environment, &clock).await?;
    let person = account::name(&loaded.settings, environment).await;
    let app = startup::app(loaded, clock).await?;
    let zone = app.policy().defaults.timezone;
    let begins = match options.at.as_deref().map(|text| moment::parse(text, zone)).transpose() {
        Ok(begins) => begins,
        Err(problem) => {
            output::note(&format!("error: --at: {problem}"));
            return Ok(CommandOutcome::Invalid);
        }
    };
    let Some(window) = find(&app, &options.resource).await? else { return Ok(CommandOutcome::Failed) };
    if options.release {
        return release(&app, &window, &person, zone).await;
    }
    let id = window.place();
    if let Some(other) = options.accept_data_loss.iter().find(|name| !listing::is_meant(id, name)) {
        output::note(&format!(
            "error: --accept-data-loss: `{other}` is not the machine that is to be started"
        ));
        return Ok(CommandOutcome::Invalid);
    }
    // Whoever names the machine agrees to whatever a start of it loses, also to what only the read before it shows.
    let accepts = options.accept_data_loss.first().map(|_| DataLoss::OsDisk);
    // Whoever comes late only hears of it: there is nothing to agree to.
    let is_open = app.repository.actions(&window.id).await?.open_start().is_some();
    if !is_open {
        output::note(&outlook(&window, begins, zone, app.clock.now()));
        if let Err(refusal) = loses_only(&window.machine, accepts) {
            return tell(&StartResult::Refused(refusal), &window, options.output.format, zone);
        }
        if !options.yes && !confirmed(&window.place().display_name()).await? {
            output::note("Nothing was started; `--yes` does not ask.");
            return Ok(CommandOutcome::Failed);
        }
    }
    let request = StartRequest {
        window: window.id.clone(),
        revision: window.revision,
        by: Actor { principal: Some(format!("command line: {person}")), ..Actor::default() },
        origin: StartOrigin::CommandLine,
        accepts,
        begins,
    };
    // Whoever sits here is answered; what Azure said and the store does not take in time is found out.
    let answer = patience::within(ANSWER, start(&app, &request)).await?;
    let answer = match answer {
        StartResult::Begun(start) if options.follow => {
            if !settled(&start) {
                output::note(&state(&start, zone));
            }
            StartResult::Begun(Box::new(follow(&app, *start).await?))
        }
        StartResult::Planned(start) if options.follow => {
            output::note(&state(&start, zone));
            StartResult::Begun(Box::new(follow(&app, *start).await?))
        }
        answer => answer,
    };
    tell(&answer, &window, options.output.format, zone)
}

/// Counts a start as over of which it is not known what became.
async fn release(
    app: &App,
    window: &MaintenanceWindow,
    person: &str,
    zone: Tz,
) -> anyhow::Result<CommandOutcome> {
    let by = Actor { principal: Some(format!("command line: {person}")), ..Actor::default() };
    match release_start(app, &window.id, &by).await? {
        Some(start) => {
            output::note(&state(&start, zone));
            Ok(CommandOutcome::Done)
        }
        None => {
            output::note("error: no start of it is waited for of which it is not known what became");
            output::note("hint: a start counts as not known a day after it was sent without a word of Azure");
            Ok(CommandOutcome::Failed)
        }
    }
}

/// The one window that is meant.
async fn find(app: &App, wanted: &str) -> anyhow::Result<Option<MaintenanceWindow>> {
    let wanted = wanted.trim_end_matches('/');
    let stored = listing::stored_windows(&app.repository).await?.into_iter().map(|row| row.window);
    let of_set = |window: &MaintenanceWindow| {
        window.place().scale_set().is_some_and(|set| listing::is_meant(&set, wanted))
    };
    let (mut meant, mut instances) = (Vec::new(), Vec::new());
    for window in stored {
        if listing::is_meant(window.place(), wanted) {
            meant.push(window);
        } else if of_set(&window) {
            instances.push(window);
        }
    }
    let known = !meant.is_empty() || !instances.is_empty();
    meant.retain(|window| !window.is_over());
    instances.retain(|window| !window.is_over());
    instances.sort_by(|a, b| a.id.cmp(&b.id));
    // A scale set stands for its instances, and which of them is meant has to be said, be it the only one.
    let choice = if meant.is_empty() { &instances } else { &meant };
    if meant.len() != 1 && !choice.is_empty() {
        output::note(&format!("error: `{wanted}` may be each of these"));
        for window in choice {
            output::note(&format!("  {}", window.place()));
        }
        output::note("hint: give the id of one of them");
        return Ok(None);
    }
    let found = meant.pop();
    match (&found, known) {
        (Some(_), _) => {}
        (None, true) => output::note(&format!("error: the maintenance of `{wanted}` is over")),
        (None, false) => {
            output::note(&format!("error: no maintenance of `{wanted}` is known"));
            output::note("hint: `maintenance-notifier windows` lists what is");
        }
    }
    Ok(found)
}

/// What will happen.
fn outlook(
    window: &MaintenanceWindow,
    begins: Option<DateTime<Utc>>,
    zone: Tz,
    now: DateTime<Utc>,
) -> String {
    let span = |interval: Option<Interval>| match interval {
        Some(it) => {
            let said = |at: Option<_>| {
                at.map_or_else(|| "a moment not said".to_owned(), |at| moment::in_zone(at, zone))
            };
            format!("{} to {}", said(it.said_start()), said(it.said_end()))
        }
        None => "none".to_owned(),
    };
    let schedule = &window.facts.schedule;
    let against =
        advice(&window.machine).into_iter().map(|one| format!("\n  against it    {}", advice_sentence(&one)));
    let against: Vec<String> = against.collect();
    let when = begins.map_or("now".to_owned(), |at| moment::in_zone(at, zone));
    format!(
        "{}\n  status        {}\n  self-service  {}\n  Azure's own   {}\n  begins        {when}\n\
         Azure moves the machine to updated hardware: it restarts and is away for several minutes, its temporary disk \
         is lost, and a dynamic address may change.{}",
        window.place(),
        window.word(now),
        span(schedule.self_service),
        span(schedule.scheduled),
        against.join("")
    )
}

/// Whether the person types the machine's name.
async fn confirmed(name: &str) -> anyhow::Result<bool> {
    output::note(&format!("Type {name} to go on:"));
    let line = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    Ok(line.await??.trim().eq_ignore_ascii_case(name))
}

/// Looks until the start has come to its end. It is safe to stop at any time: the timer goes on.
async fn follow(app: &App, mut start: Start) -> Result<Start, ServiceError> {
    let mut rests = RESTS.iter().copied();
    let mut rest = 0;
    while !settled(&start) {
        rest = rests.next().unwrap_or(rest);
        tokio::time::sleep(Duration::from_secs(rest)).await;
        start = follow_start(app, &start.id).await?.unwrap_or(start);
    }
    Ok(start)
}

fn settled(start: &Start) -> bool {
    matches!(start.state, StartState::Settled { .. })
}

/// Prints what became of it.
fn tell(
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

/// Where a start stands, in words.
fn state(start: &Start, zone: Tz) -> String {
    if let StartPhase::NotKnown { since } = start.phase() {
        return format!(
            "error: what became of it is not known since {}; Azure is asked on. `maintenance-notifier start {} --release` \
             counts it as over",
            moment::in_zone(since, zone),
            start.window.resource.display_name()
        );
    }
    match &start.state {
        StartState::Planned => format!(
            "Planned: it begins at {}. The deployed app or `local` must run then; everything is checked again.{}",
            moment::in_zone(start.begins, zone),
            start.accepts.map(|loss| format!(" {}", loss_sentence(loss))).unwrap_or_default()
        ),
        StartState::Accepted { .. } if start.phase() == StartPhase::Running => {
            "Azure works on it; it takes several minutes.".to_owned()
        }
        StartState::Claimed { .. } => {
            "Azure did not answer. What became of it is found out by looking; it is not sent again."
                .to_owned()
        }
        StartState::Accepted { .. } => "Azure accepted the start; it takes several minutes.".to_owned(),
        StartState::Recovering { .. } => {
            "Azure is done; the machine is not seen running and well yet.".to_owned()
        }
        StartState::Settled { outcome, .. } => end(outcome, &start.window.resource, zone),
    }
}

/// How a start ended, in words. What Azure says is foreign text.
fn end(outcome: &End, machine: &ResourceId, zone: Tz) -> String {
    let quoted = |message: &Option<String>| {
        message.as_deref().map(|text| format!(" Azure says: {}", plain(text))).unwrap_or_default()
    };
    match outcome {
        End::Completed { well: true } => {
            "Completed: the maintenance is done and the machine is running.".to_owned()
        }
        End::Completed { well: false } => {
            "Completed, but the machine was not seen running and well within half an hour: look at it."
                .to_owned()
        }
        End::Unconfirmed => {
            "error: Azure says that it is done; the machine does not show it yet: look at it.".to_owned()
        }
        End::RetryLater { message, again } => {
            let again = match (again.at_once, again.until) {
                (true, Some(until)) => {
                    format!("it can be tried again until {}", moment::in_zone(until, zone))
                }
                (false, Some(until)) => {
                    format!(
                        "it may be tried again once Azure accepts that, until {}",
                        moment::in_zone(until, zone)
                    )
                }
                (_, None) => "it may be tried again later".to_owned(),
            };
            format!("error: Azure could not do it now; {again}.{}", quoted(message))
        }
        End::Skipped { message } => format!(
            "error: Azure broke it off, leaves this machine out of its own window and plans anew.{}",
            quoted(message)
        ),
        End::Forbidden { code, message } => format!(
            "error: Azure does not let this identity start it: {}: {}\nhint: it needs \
             Microsoft.Compute/virtualMachines/performMaintenance/action on the machine; docs/DEPLOYING.md has the role. \
             Azure's portal starts it with your own rights",
            plain(code),
            plain(message)
        ),
        End::Refused { code, message } => {
            format!("error: Azure refused the start: {}: {}", plain(code), plain(message))
        }
        End::NotBegun { reason } => {
            format!("error: not started: {}{}", plain(&reason.to_string()), detail(reason, machine, zone))
        }
        End::CalledOff => "error: somebody called it off before it began.".to_owned(),
        End::NeverReceived => {
            "error: Azure never got the start: nothing was begun, and it can be started again.".to_owned()
        }
        End::Gone => "error: the machine is gone.".to_owned(),
        End::NotKnown { .. } => {
            "error: it is not known what became of it, and nobody waits for it any more; look at the machine."
                .to_owned()
        }
        End::Unknown => {
            "error: what became of it was not to be found out in six hours; look at the machine.".to_owned()
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

/// What a refusal leaves open.
fn detail(refusal: &StartRefusal, machine: &ResourceId, zone: Tz) -> String {
    match refusal {
        StartRefusal::Gap { wait: WaitReason::Member { resource } } => {
            format!(": {} is on its way", resource.display_name())
        }
        StartRefusal::Gap { wait: WaitReason::Until { at } } => {
            format!("; the pause ends at {}", moment::in_zone(*at, zone))
        }
        StartRefusal::Limit { until } => format!("; the next may begin at {}", moment::in_zone(*until, zone)),
        StartRefusal::Unseen { problem } => format!(": {}", plain(problem)),
        StartRefusal::DataLoss { .. } => {
            let name = machine.display_name();
            format!("\nhint: `--accept-data-loss {name}` agrees to it, for {name} alone")
        }
        StartRefusal::Moved { .. } => "; `maintenance-notifier local --once` reads them".to_owned(),
        _ => String::new(),
    }
}
