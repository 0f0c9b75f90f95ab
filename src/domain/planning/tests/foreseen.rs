//! The forecast of messages against what comes to pass.

use super::*;
use crate::domain::config_version::ConfigVersion;
use crate::domain::ledger::RecipientHead;

#[test]
fn the_forecast_is_what_comes_to_pass_when_nothing_changes() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.mail_works = false;
    life.put(window("web-01", utc("2026-12-04T10:00:00Z")));
    life.put(window("web-02", utc("2026-12-08T10:00:00Z")));
    life.ledger.clear();
    life.head = RecipientHead::default();
    let assignments = life.copies();
    let version = ConfigVersion("test".to_owned());
    let input = PlanningInput {
        recipient: &life.recipient,
        operator: false,
        diverted_to: None,
        assignments: &assignments,
        ledger: &[],
        head: &life.head,
        notification_settings: NotificationSettings::NOTHING,
        paused_channels: &[],
        coverage: None,
        operator_alerts: &[],
        go_live: life.go_live,
        starts_here: true,
        version: &version,
        epoch: None,
    };
    let forecast = forecast::forecast(&input, life.now, utc("2026-12-31T00:00:00Z"));
    let foreseen: Vec<_> = forecast.iter().map(|message| (message.moment(), message.items.clone())).collect();
    life.mail_works = true;
    life.plan();
    life.until("2026-12-31T00:00:00Z");
    let happened: Vec<_> =
        life.ledger.iter().map(|message| (message.moment(), message.items.clone())).collect();
    assert!(happened.len() > 4);
    assert_eq!(foreseen, happened);
}
