//! Timers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::advance;
use tokio_util::sync::CancellationToken;

use super::{TICK, WORK, clock, host, keeping, sending_one, start};
use crate::clock::ScaledClock;
use crate::functions::{Function, Functions, Invocation, Outputs, TimerTrigger};
use crate::local::*;

#[tokio::test(start_paused = true)]
async fn a_timer_runs_at_its_times_never_twice_at_once_and_says_when_it_is_late() {
    let gate = Arc::new(Semaphore::new(0));
    let started = Arc::new(Mutex::new(Vec::new()));
    let tick = {
        let (gate, started) = (Arc::clone(&gate), Arc::clone(&started));
        Function::timer("Tick", move |_: Invocation, timer: TimerTrigger| {
            let gate = Arc::clone(&gate);
            started.lock().unwrap().push(timer);
            async move {
                gate.acquire().await.unwrap().forget();
                Ok(Outputs::none())
            }
        })
    };
    let clock = clock();
    let (host, mut events) = host(Functions::new().register(tick), &clock);
    let cancel = CancellationToken::new();
    let running = tokio::spawn({
        let (host, cancel) = (host.clone(), cancel.clone());
        async move { host.run(cancel).await }
    });
    let count = || started.lock().unwrap().len();
    advance(Duration::from_secs(1)).await;
    assert_eq!(count(), 0, "nothing is due at the start");

    clock.set(start() + TimeDelta::minutes(5));
    for minutes in [5, 10, 15] {
        // The first run is still under way while two more times pass.
        clock.set(start() + TimeDelta::minutes(minutes));
        for _ in 0..20 {
            advance(Duration::from_millis(50)).await;
            tokio::task::yield_now().await;
        }
        assert_eq!(count(), 1);
    }
    gate.add_permits(1);
    events.recv().await.unwrap();
    clock.set(start() + TimeDelta::minutes(20));
    gate.add_permits(1);
    events.recv().await.unwrap();
    // The clock jumps over several times: one run makes up for all.
    clock.set(start() + TimeDelta::minutes(61));
    gate.add_permits(1);
    events.recv().await.unwrap();
    cancel.cancel();
    running.await.unwrap();

    let runs: Vec<_> = started
        .lock()
        .unwrap()
        .iter()
        .map(|timer| {
            let status = timer.schedule_status.as_ref().unwrap();
            let minute = |time: Option<DateTime<Utc>>| time.map(|time| (time - start()).num_minutes());
            (minute(status.last), minute(status.next), timer.is_past_due)
        })
        .collect();
    assert_eq!(runs, [(None, Some(5), false), (Some(5), Some(20), false), (Some(20), Some(25), true)]);
}

#[tokio::test(start_paused = true)]
async fn on_a_faster_clock_the_schedule_runs_faster() {
    let (sender, mut events) = unbounded_channel();
    let manual = clock();
    let fast = Arc::new(ScaledClock::new(manual.clone(), 60));
    let options = LocalHostOptions::new(fast, |_| Some("0 */5 * * * *".into()))
        .folders([("Tick", TICK), ("Work", WORK)])
        .observer(move |event: &HostEvent| sender.send(event.function.clone()).unwrap());
    let functions = Functions::new().register(sending_one("x")).register(keeping(&Arc::default()));
    let host = LocalHost::new(functions.into_router().unwrap(), options).unwrap();
    let cancel = CancellationToken::new();
    let running = tokio::spawn({
        let (host, cancel) = (host.clone(), cancel.clone());
        async move { host.run(cancel).await }
    });
    tokio::task::yield_now().await;
    manual.advance(TimeDelta::seconds(5));
    assert_eq!(events.recv().await.as_deref(), Some("Tick"));
    assert_eq!(events.recv().await.as_deref(), Some("Work"));
    cancel.cancel();
    running.await.unwrap();
}
