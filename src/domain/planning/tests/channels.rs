//! A channel beside a mailbox mirrors what changes, and is spared what comes with time.

use super::*;
use crate::domain::ledger::MessageRecord;

fn with_channel() -> Life {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.recipient.teams = true;
    // No sign of life is due yet.
    life.go_live = GoLive::Since(life.now);
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life
}

/// For each message whether the channel got it.
fn mirrored(life: &Life) -> Vec<(String, bool)> {
    let channel = life.recipient.channel().unwrap();
    let line = |message: &MessageRecord| {
        let stages: Vec<&str> = message.items.iter().map(|item| item.stage.as_str()).collect();
        (stages.join(", "), message.endpoints.contains(&channel))
    };
    life.ledger.iter().map(line).collect()
}

fn expected(lines: &[(&str, bool)]) -> Vec<(String, bool)> {
    lines.iter().map(|(stages, notified)| ((*stages).to_owned(), *notified)).collect()
}

#[test]
fn a_channel_beside_a_mailbox_gets_changes_and_no_reminders() {
    let mut life = with_channel();
    life.until("2026-12-02T10:00:00Z").reschedule("web-01", "2026-12-03T10:00:00Z");
    life.until("2026-12-16T10:00:00Z");
    life.change("web-01", |window| window.facts.last_result = LastResult::MaintenanceCompleted);
    life.until("2026-12-18T10:00:00Z");
    let lines = [
        ("announced", true),
        ("rescheduled", true),
        ("self-service open", false),
        ("reminder", false),
        ("reminder", false),
        ("self-service closed", false),
        ("completed", true),
    ];
    assert_eq!(mirrored(&life), expected(&lines));
}

#[test]
fn a_channel_alone_or_beside_a_mailbox_that_refused_gets_everything() {
    let mut alone = with_channel();
    alone.recipient.emails.clear();
    alone.until("2026-12-05T10:00:00Z");
    let mut refused = with_channel();
    let mailbox = refused.recipient.mailboxes().next().unwrap();
    refused.paused_channels = vec![PausedChannel::after(mailbox, utc("2026-12-02T10:00:00Z"))];
    refused.until("2026-12-05T10:00:00Z");
    for life in [alone, refused] {
        assert_eq!(mirrored(&life), expected(&[("announced", true), ("reminder", true)]));
    }
}
