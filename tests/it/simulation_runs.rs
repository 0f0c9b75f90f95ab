//! A small tenant, lived through for forty days: what was told is what the model says had to be told.

use std::sync::Arc;

use chrono::{TimeDelta, TimeZone, Utc};

use crate::simulation::budget::budget;
use crate::simulation::driver::{Peace, play};
use crate::simulation::generate::{Size, generate};
use crate::simulation::model::check;
use crate::simulation::store::MemoryStore;

#[tokio::test]
async fn f10_f17_forty_days_with_changes_of_the_clock_are_told_as_the_model_says() {
    let from = Utc.with_ymd_and_hms(2027, 3, 1, 0, 0, 0).unwrap();
    let history = generate(5, &Size { people: 16, machines: 20, subscriptions: 1, from, days: 40 });
    let store = Arc::new(MemoryStore::default());
    let log = play(&history, store.clone(), &Peace).await;
    // Planning looks at whole minutes.
    let verdict = check(&history, &log, TimeDelta::minutes(2));
    assert!(verdict.problems.is_empty(), "{}", verdict.problems.join("\n"));
    assert_eq!(log.unexplained, [""; 0]);
    assert_eq!((log.twice, log.unsettled), (0, 0));
    for stage in ["announced", "rescheduled", "reminder", "completed", "no longer planned", "planned"] {
        assert!(verdict.told.contains_key(stage), "{stage}: {:?}", verdict.told);
    }
    let (rows, _) = store.size();
    assert!(rows < 4 * log.messages.len() + 200, "{rows} rows for {} messages", log.messages.len());
    let budget = budget(&history, &log);
    assert!(budget.calm.most() * 10 < budget.alertmanager_calm.most(), "{budget}");
}
