//! A wave from its announcement to its end: how many messages it takes, and which of them ends it.

use chrono::{DateTime, Utc};

use super::*;
use crate::domain::config_version::ConfigVersion;
use crate::domain::message_content::WaveEnd;
use crate::domain::planning::content::{TenantFacts, content};
use crate::domain::recipient_settings::SettingAuthor;
use crate::domain::schedule::DigestSchedule;
use crate::domain::window::{Interval, Schedule};

impl Life {
    /// `machines` machines that share their dates: self-service from `from` on for so many days, so many days of
    /// nothing, and a week that is Azure's own.
    fn announce(&mut self, machines: u8, from: DateTime<Utc>, self_service: i64, between: i64) {
        let until = from + TimeDelta::days(self_service);
        let own = until + TimeDelta::days(between);
        for number in 0..machines {
            let mut planned = window(&format!("web-{number:02}"), self.now);
            planned.facts.schedule = Schedule {
                self_service: Interval::new(from, until).ok(),
                scheduled: Interval::new(own, own + TimeDelta::days(7)).ok(),
            };
            planned.history[0].schedule = planned.facts.schedule;
            self.put(planned);
        }
    }

    fn end(&mut self, name: &str, why: EndReason) {
        let at = self.now;
        self.change(name, |window| window.state = WindowState::Ended { at, why });
    }

    /// The ends of waves that were reported, with the message's number.
    fn wave_ends(&self) -> Vec<(u64, WaveEnd)> {
        let version = ConfigVersion("test".to_owned());
        let (assignments, ledger) = (self.copies(), self.shared_ledger());
        let input = PlanningInput {
            recipient: &self.recipient,
            operator: self.operator,
            diverted_to: None,
            assignments: &assignments,
            ledger: &ledger,
            head: &self.head,
            notification_settings: &self.notification_settings,
            paused_channels: &[],
            coverage: None,
            operator_alerts: &[],
            go_live: self.go_live,
            starts_here: true,
            version: &version,
            epoch: None,
        };
        let ends = self.ledger.iter().filter(|message| message.notifies()).filter_map(|message| {
            let content = content(&input, message, TenantFacts::default(), message.moment());
            Some((message.sequence, content.wave?))
        });
        ends.collect()
    }
}

#[test]
fn a_whole_wave_is_reported_within_the_budget() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    let mut planned = window("web-01", utc("2026-12-04T10:00:00Z"));
    planned.facts.self_start_allowed = false;
    life.put(planned);
    life.until("2026-12-04T10:00:00Z").change("web-01", |window| window.facts.self_start_allowed = true);
    life.until("2026-12-17T12:00:00Z")
        .change("web-01", |window| window.facts.last_result = LastResult::MaintenanceCompleted);
    life.until("2026-12-24T12:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced] Request 0
    Fri 04 11:00 alert [web-01 self-service open]
    Mon 07 11:00 alert [web-01 reminder]
    Fri 11 17:00 alert [web-01 reminder]
    Mon 14 11:00 alert [web-01 self-service closed] Request 1
    Fri 18 08:00 digest [web-01 completed]
    ");
}

#[test]
fn an_owner_of_fifty_machines_gets_at_most_eight_messages_in_a_wave_of_35_days() {
    for day in 1..=7 {
        // The hour of the announcement, how long before self-service, self-service, and the pause after it, in days.
        for (hour, before, self_service, between) in
            [(6, 0, 35, 0), (10, 0, 35, 2), (15, 0, 35, 3), (12, 0, 28, 5), (9, 3, 25, 0), (9, 0, 21, 7)]
        {
            let mut life = Life::at(&format!("2026-12-{day:02}T{hour:02}:00:00Z"));
            let from = life.now + TimeDelta::days(before);
            // How many they are changes nothing: one wave of all fifty shows that.
            let machines = if (day, between) == (2, 2) { 50 } else { 2 };
            life.announce(machines, from, self_service, between);
            let own = from + TimeDelta::days(self_service + between);
            life.until(&(own + TimeDelta::days(2)).to_rfc3339());
            for number in 0..machines {
                life.end(&format!("web-{number:02}"), EndReason::Completed);
            }
            life.until(&(own + TimeDelta::days(9)).to_rfc3339());
            let story = life.story();
            assert!(story.lines().count() <= 8, "{story}");
            assert_eq!(life.wave_ends().len(), 1, "{story}");
        }
    }
}

#[test]
fn the_message_with_the_last_outcome_ends_the_wave_with_what_became_of_all() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    let from = life.now;
    life.announce(4, from, 10, 2);
    life.until("2026-12-02T10:00:00Z").end("web-00", EndReason::Cancelled);
    life.until("2026-12-03T10:00:00Z").start("web-01", "jane", "2026-12-03T10:00:00Z");
    life.until("2026-12-03T10:20:00Z").settle("web-01", StartOutcome::Completed { well: true });
    life.end("web-01", EndReason::Completed);
    let id = life.assignments.keys().find(|id| id.resource.name() == "web-02").unwrap().clone();
    let others = WithdrawnTo::Others { recipients: vec!["arjun".parse().unwrap()] };
    life.assignments.get_mut(&id).unwrap().withdrawn = Some(Withdrawn { at: life.now, now: others });
    life.plan();
    life.until("2026-12-14T10:00:00Z").end("web-03", EndReason::Completed);
    life.until("2026-12-18T10:00:00Z");
    let last = life.ledger.last().unwrap().sequence;
    let end = WaveEnd { machines: 4, by_people: 1, by_azure: 1, cancelled: 1, gone: 0, handed_on: 1 };
    assert_eq!(life.wave_ends(), [(last, end)]);
    // What comes later is another wave; one machine's outcome says it all.
    let mut again = window("web-03", life.now);
    again.id.generation = 2;
    life.put(again);
    life.until("2026-12-21T10:00:00Z").end("web-03", EndReason::Cancelled);
    life.until("2026-12-23T10:00:00Z");
    assert_eq!(life.wave_ends(), [(last, end)]);
    assert!(life.story().ends_with("[web-03 cancelled] Cancel 1"), "{}", life.story());
}

#[test]
fn without_digests_the_last_outcomes_are_reported_for_themselves() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.recipient.preferences.digest = DigestSchedule::NEVER;
    let from = life.now;
    life.announce(2, from, 10, 2);
    life.until("2026-12-14T21:00:00Z").end("web-00", EndReason::Completed);
    life.until("2026-12-15T21:00:00Z").end("web-01", EndReason::Completed);
    life.until("2026-12-18T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-00 announced, web-01 announced] Request 0
    Fri 04 11:00 alert [web-00 reminder, web-01 reminder]
    Wed 09 11:00 alert [web-00 reminder, web-01 reminder]
    Fri 11 11:00 alert [web-00 self-service closed, web-01 self-service closed] Request 1
    Wed 16 08:00 alert [web-00 completed, web-01 completed]
    ");
    assert_eq!(life.wave_ends().len(), 1);
}

#[test]
fn a_wave_of_one_machine_ends_for_whoever_has_no_digest_too_and_its_entry_goes() {
    for unsubscribed in [false, true] {
        let mut life = Life::at("2026-12-01T10:00:00Z");
        if unsubscribed {
            let author = SettingAuthor { by: actor("jane"), at: life.now };
            life.notification_settings.without_digests = Some(author);
        } else {
            life.recipient.preferences.digest = DigestSchedule::NEVER;
        }
        let from = life.now;
        life.announce(1, from, 10, 2);
        life.until("2026-12-08T21:00:00Z").end("web-00", EndReason::Completed);
        life.until("2026-12-18T10:00:00Z");
        let story = life.story();
        assert!(story.ends_with("Wed 09 08:00 alert [web-00 completed] Cancel 1"), "{story}");
        assert_eq!(life.wave_ends(), [], "one machine's outcome says it all");
    }
}
