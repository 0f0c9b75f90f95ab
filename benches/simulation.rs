//! The whole simulation: 40 days of a tenant with 2,000 recipients and 10,000 windows, compared with the model, and
//! what it cost. `make simulation ARGS="SEED PEOPLE MACHINES"` plays another one, `make simulation SEEDS=1-5` several.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "it fails like a test, and says what it found"
)]

#[path = "../tests/it/simulation/mod.rs"]
mod simulation;

use std::sync::Arc;
use std::time::Instant;

use chrono::{TimeDelta, TimeZone, Utc};

use simulation::budget::budget;
use simulation::driver::{Peace, play};
use simulation::generate::{Size, generate};
use simulation::model::check;
use simulation::store::MemoryStore;

/// In larger tenants than this only those are escalated to whom owners name: one fallback for all of them is planned for
/// at every look, and that is most of the time.
const SMALL: usize = 2_000;

#[tokio::main(worker_threads = 2)]
async fn main() {
    // Cargo adds an option of its own.
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let count = |place: usize, usual: usize| arguments.get(place).map_or(usual, |text| text.parse().unwrap());
    let seeds = arguments.first().map_or(1..=1, |text| match text.split_once('-') {
        Some((first, last)) => first.parse().unwrap()..=last.parse().unwrap(),
        None => text.parse().map(|seed: u64| seed..=seed).unwrap(),
    });
    let mut wrong = Vec::new();
    for seed in seeds {
        if !is_right(seed, count(1, 2_000), count(2, 9_600)).await {
            wrong.push(seed);
        }
    }
    assert_eq!(wrong, [] as [u64; 0], "what was told is not what had to be told, with these seeds");
}

/// Plays one tenant, and says what was found.
async fn is_right(seed: u64, people: usize, machines: usize) -> bool {
    let size = Size {
        people,
        machines,
        subscriptions: machines.div_ceil(50),
        // Clocks change in New York, Casablanca, Berlin, London, on Lord Howe Island and in Auckland.
        from: Utc.with_ymd_and_hms(2027, 3, 1, 0, 0, 0).unwrap(),
        days: 40,
        fallback_is_escalated_to: machines <= SMALL,
    };
    let begun = Instant::now();
    let history = generate(seed, &size);
    let store = Arc::new(MemoryStore::default());
    let log = play(&history, store.clone(), &Peace).await;
    let played = begun.elapsed();
    let verdict = check(&history, &log, TimeDelta::minutes(2));
    let (rows, bytes) = store.size();

    let Size { people, machines, days, .. } = size;
    let (seed, windows) = (history.seed, verdict.windows);
    println!("seed {seed}: {people} people, {machines} machines with {windows} windows, {days} days");
    println!("played in {played:.1?}, compared in {:.1?}", begun.elapsed() - played);
    for (part, times, spent) in &log.parts {
        println!("  {part:16} {times:8} times {spent:.1?}");
    }
    println!("{} messages, {} mails, {} of them twice", log.messages.len(), log.handed_over, log.twice);
    println!("{rows} rows with {} MiB in the store; {} messages left unsent", bytes >> 20, log.unsettled);
    println!("told: {:?}; named again: {}", verdict.notified, verdict.named_again);
    println!("{}", budget(&history, &log));
    for problem in verdict.problems.iter().chain(&log.unexplained).take(20) {
        println!("{problem}");
    }
    let wrong = verdict.problems.len() + log.unexplained.len() + log.twice + log.unsettled;
    println!("seed {seed}: {wrong} deviations");
    wrong == 0
}
