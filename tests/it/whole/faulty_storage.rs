//! The whole program on Azure Tables behind a line on which requests fail, hang, are refused without cause and lose their
//! answers: nobody is told twice, and nobody is left out.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use maintenance_notifier::domain::outbox::OutboxState;
use maintenance_notifier::domain::planning::Pace;
use maintenance_notifier::store::SqliteStore;

use super::pages::{Reader, pairs, to};
use super::tenant::{Setup, TestTenant, WAVE, small_world};
use crate::azurite::Azurite;
use crate::faulty_line::FaultyLine;

const MACHINES: &[(&str, &str)] =
    &[("vm-web-01", "jane.doe"), ("vm-web-02", "jane.doe,mei.lin"), ("vm-web-03", "arjun"), ("vm-lost", "")];

/// Two days: a first look, a start from a page, dates that move, a machine that leaves.
async fn days(tenant: &mut TestTenant, line: Option<&FaultyLine>) -> Vec<String> {
    tenant.poison_is_fine();
    tenant.round().await;
    tenant.app.set_pace(Pace::Immediate);
    tenant.advance(TimeDelta::minutes(20)).await;
    let mut letters = tenant.messages().await;

    let reader = Reader::of(tenant, to(&letters, "arjun")).await;
    let mut fields = Reader::filled_with(shown(&reader).await);
    fields[4].1 = "vm-web-03".to_owned();
    // A page says what it did or that it could not; sending the form again is safe.
    for _ in 0..5 {
        if reader.post(&pairs(&fields)).await.status.is_success() {
            break;
        }
    }
    for _ in 0..12 {
        tenant.clock.advance(TimeDelta::minutes(1));
        tenant.follow().await;
    }
    let script = tenant.simulation.script();
    assert_eq!(script.starts().len(), 1, "a start is posted once");
    script.change_wave(WAVE, |wave| {
        wave.scheduled.start += TimeDelta::days(1);
        wave.scheduled.end += TimeDelta::days(1);
    });
    script.leave_wave(WAVE, &script.machine("vm-web-01").unwrap().id());
    tenant.advance(TimeDelta::hours(2)).await;
    if let Some(line) = line {
        line.fails(0);
    }
    tenant.advance(TimeDelta::hours(2)).await;
    letters.extend(tenant.messages().await);
    assert!(tenant.is_settled().await);
    assert!(tenant.app.live.unwritten().is_empty(), "what was known is written");
    assert!(tenant.repository.parked().await.unwrap().rows.is_empty(), "what is not needed is not kept");
    let rows = tenant.repository.outbox_rows().await.unwrap();
    assert!(rows.values().all(|row| matches!(row.state, OutboxState::Delivered { .. })), "{:?}", rows.rows);
    let mut sent: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for letter in &letters {
        *sent.entry((&letter.to, &letter.message_id)).or_default() += 1;
    }
    assert!(sent.values().all(|times| *times == 1), "sent twice: {sent:?}");
    // How things are put together depends on when they are known; that everybody hears of everything once does not.
    let mut notified = tenant.notified(&letters).await;
    notified.retain(|line| !line.starts_with("platform@"));
    notified
}

/// The nonce of the form that starts, once the page can be shown.
async fn shown(reader: &Reader) -> String {
    for _ in 0..20 {
        let page = reader.get().await;
        if page.status.is_success() {
            return page.nonce("start");
        }
    }
    panic!("the page cannot be shown")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_line_that_fails_everybody_hears_of_everything_exactly_once() {
    let azurite = Azurite::start().await;
    let sqlite = Arc::new(SqliteStore::in_memory().unwrap());
    let mut calm = Setup::new(small_world(MACHINES)).store(sqlite).begin().await;
    let expected = days(&mut calm, None).await;
    assert!(expected.len() >= 8, "{expected:?}");
    for (percent, seed) in [(5, 1), (20, 2)] {
        let line = FaultyLine::to(&azurite, percent, seed).await;
        let store = line.store(&format!("line{percent}"));
        let mut tenant = Setup::new(small_world(MACHINES)).store(store).begin().await;
        let notified = days(&mut tenant, Some(&line)).await;
        assert_eq!(notified, expected, "{percent} %, {:?}", line.happened());
        assert!(line.happened().len() >= 6, "{:?}", line.happened());
    }
}
