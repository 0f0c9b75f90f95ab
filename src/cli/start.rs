//! `start`: the same start as the link in a message, for whoever sits at a terminal.

mod find;
mod report;
mod state_words;

use std::sync::Arc;
use std::time::Duration;

use self::find::{confirmed, find, outlook};
use self::report::report;
use self::state_words::state;
use super::args::StartOptions;
use super::{CommandOutcome, account, listing, moment, output};
use crate::clock::{SharedClock, SystemClock};
use crate::config::Environment;
use crate::domain::action::Actor;
use crate::domain::action::start::{Start, StartOrigin, StartState, loses_only};
use crate::domain::data_loss::DataLoss;
use crate::domain::time_zone::Tz;
use crate::domain::window::MaintenanceWindow;
use crate::http::time_budget;
use crate::services::start::{StartRequest, StartResult, follow_start, release_start, start};
use crate::services::{App, ServiceError};
use crate::startup;

/// How long a start waits for the store in all.
const ANSWER: Duration = Duration::from_secs(9);

/// How long `--follow` rests between two looks: soon after the start, then ever longer.
const RESTS: [u64; 4] = [1, 2, 5, 10];

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
            return report(&StartResult::Refused(refusal), &window, options.output.format, zone);
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
    let answer = time_budget::within(ANSWER, start(&app, &request)).await?;
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
    report(&answer, &window, options.output.format, zone)
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
