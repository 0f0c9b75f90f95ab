//! The window that is meant, and whether it is.

use std::io::BufRead as _;

use chrono::{DateTime, Utc};

use crate::cli::{listing, moment, output};
use crate::domain::start_cautions::start_cautions;
use crate::domain::time_zone::Tz;
use crate::domain::window::{Interval, MaintenanceWindow};
use crate::render::caution_sentence;
use crate::services::App;

/// The one window that is meant.
pub(super) async fn find(app: &App, wanted: &str) -> anyhow::Result<Option<MaintenanceWindow>> {
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
pub(super) fn outlook(
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
    let against = start_cautions(&window.machine)
        .into_iter()
        .map(|one| format!("\n  against it    {}", caution_sentence(&one)));
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
pub(super) async fn confirmed(name: &str) -> anyhow::Result<bool> {
    output::note(&format!("Type {name} to go on:"));
    let line = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    Ok(line.await??.trim().eq_ignore_ascii_case(name))
}
