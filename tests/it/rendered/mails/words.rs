//! Sentences and subjects, each stage by itself.

use maintenance_notifier::domain::assignment::WithdrawnTo;
use maintenance_notifier::domain::message::MessageKind;
use maintenance_notifier::domain::stage::Stage;
use maintenance_notifier::domain::window::{Elsewhere, EndReason, Impact, LastResult, Schedule};

use super::rendered;
use crate::rendered::samples;

#[test]
fn every_stage_has_its_own_words() {
    let words: Vec<String> = Stage::ALL
        .into_iter()
        .map(|stage| {
            let schedule = match stage {
                Stage::SelfServiceClosed | Stage::ScheduledSoon => samples::schedule(Some((0, 1)), (5, 12)),
                Stage::ScheduledOpen | Stage::Imminent | Stage::Started => {
                    samples::schedule(Some((0, 1)), (1, 12))
                }
                Stage::Announced => samples::schedule(Some((5, 12)), (15, 22)),
                Stage::Passed => samples::schedule(Some((0, 1)), (1, 2)),
                Stage::AnnouncedElsewhere => Schedule::default(),
                _ => samples::usual(),
            };
            let mut item = samples::item("web-01", stage, schedule);
            item.ended = match stage {
                Stage::Completed => Some(EndReason::Completed),
                Stage::Cancelled => Some(EndReason::Cancelled),
                Stage::NoLongerPlanned => Some(EndReason::NoLongerPlanned),
                _ => None,
            };
            item.withdrawn = (stage == Stage::Reassigned).then(|| WithdrawnTo::Silenced {
                reason: "lab is being closed".to_owned(),
                until: Some("2027-01-30T23:00:00Z".parse().unwrap()),
            });
            if stage == Stage::AnnouncedElsewhere {
                item.window.elsewhere = Some(Elsewhere {
                    since: "2025-12-01T10:00:00Z".parse().unwrap(),
                    from: Some("2025-12-10T17:00:00Z".parse().unwrap()),
                    until: Some("2025-12-20T17:00:00Z".parse().unwrap()),
                });
                item.window.facts.self_start_allowed = false;
            }
            if stage == Stage::Skipped {
                item.window.facts.self_start_allowed = false;
                item.window.facts.last_result = LastResult::MaintenanceAborted;
            }
            let mail = rendered(&samples::message(MessageKind::Alert, vec![item]));
            let lead = mail.text.split("\n\n").next().unwrap_or_default();
            format!("[{stage}]\n{}\n{lead}\n", mail.subject)
        })
        .collect();
    insta::assert_snapshot!(words.join("\n"), @"
    [announced]
    Act by Fri 12 Dec: web-01 will be restarted
    Choose a time for web-01 by Fri 12 Dec; the earliest is Fri 5 Dec. If you do
    nothing, Azure restarts it any time between Mon 15 Dec and Mon 22 Dec.

    [rescheduled]
    Act by Fri 12 Dec: web-01 will be restarted (new dates)
    Azure moved the dates for web-01. Start the maintenance of web-01 in Azure’s
    portal by Fri 12 Dec. If you do nothing, Azure restarts it any time between
    Mon 15 Dec and Mon 22 Dec.

    [self-service open]
    Act by Fri 12 Dec: web-01 will be restarted
    Start the maintenance of web-01 in Azure’s portal by Fri 12 Dec. If you do
    nothing, Azure restarts it any time between Mon 15 Dec and Mon 22 Dec.

    [reminder]
    Act by Fri 12 Dec: web-01 will be restarted (reminder)
    Start the maintenance of web-01 in Azure’s portal by Fri 12 Dec. If you do
    nothing, Azure restarts it any time between Mon 15 Dec and Mon 22 Dec.

    [escalated]
    Act by Fri 12 Dec: web-01 will be restarted (nobody has responded)
    Nobody has chosen a time for web-01 yet. Start the maintenance of web-01 in
    Azure’s portal by Fri 12 Dec. If you do nothing, Azure restarts it any time
    between Mon 15 Dec and Mon 22 Dec.

    [self-service closed]
    No action needed: web-01 will be restarted from Fri 5 Dec
    Time to choose is over for web-01. Azure restarts web-01 any time between
    Fri 5 Dec and Fri 12 Dec. You need not do anything.

    [scheduled soon]
    No action needed: web-01 will be restarted from Fri 5 Dec
    Azure restarts web-01 any time between Fri 5 Dec and Fri 12 Dec. You need
    not do anything.

    [scheduled open]
    No action needed: web-01 will be restarted by Fri 12 Dec
    Azure restarts web-01 any time from now until Fri 12 Dec. You need not do
    anything.

    [passed]
    Date passed, nothing known: maintenance of web-01
    Azure restarts web-01 any time from now until Tue 2 Dec. You need not do
    anything.

    [announced elsewhere]
    No action needed yet: Azure announced maintenance of web-01
    Azure announced maintenance of web-01 between Wed 10 Dec 2025, 18:00 CET
    (17:00 UTC) and Sat 20 Dec 2025, 18:00 CET (17:00 UTC) under PYN_-ZL8, but
    the machine itself has shown no dates for a day. You need not do anything
    yet: dates that appear are sent to you. A machine that was stopped, moved or
    redeployed lately may not need it any more.

    [imminent]
    Within minutes: web-01 will be restarted
    Azure restarts web-01 within minutes. Nothing can be chosen any more.

    [notice]
    Act by Fri 12 Dec: web-01 will be restarted
    Azure will restart web-01. You need not do anything.

    [unconfirmed]
    Reported by an event, not yet confirmed by Azure: web-01 will be restarted
    Reported by an event, not yet confirmed by Azure: web-01 will be restarted.
    You need not do anything; if Azure confirms it, we tell you.

    [planned]
    Act by Fri 12 Dec: web-01 will be restarted
    Start the maintenance of web-01 in Azure’s portal by Fri 12 Dec. If you do
    nothing, Azure restarts it any time between Mon 15 Dec and Mon 22 Dec.

    [called off]
    Act by Fri 12 Dec: web-01 will be restarted (start cancelled)
    The planned start of web-01 was cancelled. Start the maintenance of web-01
    in Azure’s portal by Fri 12 Dec. If you do nothing, Azure restarts it any
    time between Mon 15 Dec and Mon 22 Dec.

    [started]
    Under way: maintenance of web-01
    Maintenance of web-01 is under way.

    [completed]
    Done: maintenance of web-01
    Maintenance of web-01 is done. Nothing is left to do.

    [skipped]
    Start failed: Azure skips web-01 and will plan new dates
    The start of web-01 failed. Azure leaves it out of this window and plans new
    dates; we will send them to you.

    [failed]
    Act by Fri 12 Dec: web-01 will be restarted (start failed)
    The start of web-01 failed. Start the maintenance of web-01 in Azure’s
    portal by Fri 12 Dec. If you do nothing, Azure restarts it any time between
    Mon 15 Dec and Mon 22 Dec.

    [cancelled]
    No action needed: maintenance of web-01 is cancelled
    Azure cancelled the maintenance of web-01. Nothing is left to do.

    [no longer planned]
    No action needed: maintenance of web-01 is no longer planned
    Azure no longer lists maintenance of web-01 and does not say why. Nothing is
    left to do.

    [reassigned]
    No action needed: web-01 no longer with you
    The configuration silences messages about web-01 until Sun 31 Jan 2027,
    00:00 CET (Sat 30 Jan 2027, 23:00 UTC) (“lab is being closed”). You need not
    do anything.

    [handed over]
    Act by Fri 12 Dec: web-01 will be restarted (hand-over not yet accepted)
    Somebody was asked to take over web-01. Until they accept, you stay
    responsible; to take it back, hand it over to somebody else and tell the
    operators of this service. Start the maintenance of web-01 in Azure’s portal
    by Fri 12 Dec. If you do nothing, Azure restarts it any time between Mon 15
    Dec and Mon 22 Dec.

    [handed back]
    Act by Fri 12 Dec: web-01 will be restarted (still yours)
    Whom you asked did not take over web-01: you stay responsible. Start the
    maintenance of web-01 in Azure’s portal by Fri 12 Dec. If you do nothing,
    Azure restarts it any time between Mon 15 Dec and Mon 22 Dec.
    ");
}

#[test]
fn subjects_say_the_action() {
    let mut tomorrow = samples::digest();
    tomorrow.items.remove(0);
    tomorrow.kind = MessageKind::Alert;
    tomorrow.frozen_at = samples::utc("2025-12-03T12:00:00Z");
    let mut nothing_new = samples::message(MessageKind::Digest, Vec::new());
    nothing_new.unchanged = 3;
    nothing_new.unchanged_deadline = Some(samples::utc("2025-12-12T17:00:00Z"));
    let mut pause = samples::closed();
    pause.items[0].window.impact = Impact::Freeze;
    let mut unsaid = samples::imminent();
    unsaid.items[0].window.impact = Impact::Unknown;
    unsaid.items[0].stages = vec![Stage::ScheduledSoon];
    let done = samples::message(MessageKind::Alert, vec![samples::over().items[4].clone()]);
    let mut one_trouble = samples::operator();
    one_trouble.operator_alerts.truncate(1);
    let mut some = samples::two_groups();
    some.items[0] = samples::in_set(some.items[0].clone(), "as-shop");
    let others = samples::all().into_iter().map(|(_, content)| content);
    let subjects: Vec<String> = others
        .chain([tomorrow, nothing_new, pause, unsaid, done, one_trouble, some])
        .map(|content| rendered(&content).subject)
        .collect();
    insta::assert_snapshot!(subjects.join("\n"), @"
    Act by Fri 12 Dec: web-01 will be restarted
    Act by Fri 12 Dec: 4 of your machines will be restarted
    Act by Wed 17 Dec: sql-01 will be restarted (new dates)
    No action needed: news of 5 of your machines
    Act by Fri 12 Dec: web-02 will be restarted (start failed)
    Act by Thu 4 Dec: 2 of your machines will be restarted (reminder)
    No action needed: 2 of your machines will be restarted from Mon 15 Dec
    No action needed: web-01 will be restarted from Sat 6 Dec
    Within minutes, not before 09:44 CET: web-01 will be restarted
    Within minutes: web-01 will be restarted
    Not before Fri 5 Dec 09:30 CET: web-01 will be restarted
    Reported by an event, not yet confirmed by Azure: web-01 will be restarted
    Azure maintenance: nothing is planned at the moment
    Azure maintenance notifier is live: 42 machines with planned maintenance, 25 without an owner
    Notifier: 8 problems to look at
    Maintenance this week: 12 machines to come, 5 without an answer
    Act by Fri 12 Dec: 2 of your machines will be restarted
    Done: 11 of your 12 machines, and nothing is left to do
    Act by Fri 12 Dec: 34 of your machines will be restarted
    Act by Fri 12 Dec: 80 of your machines will be restarted
    Act by Thu 4 Dec 18:00 CET: 2 of your machines will be restarted (reminder)
    Still open: 3 machines, next deadline Fri 12 Dec
    No action needed: web-01 will be paused for seconds from Sat 6 Dec
    No action needed: web-01 may be restarted by Mon 8 Dec
    Done: maintenance of app-01
    Notifier: Contoso Sandbox can no longer be read
    Act by Fri 12 Dec: 3 of your machines will be restarted
    ");
}

#[test]
fn machines_that_are_left_to_azure_are_counted_with_those_that_can_be_started() {
    let mut some = samples::two_groups();
    some.items.truncate(3);
    some.items[0] = samples::in_set(some.items[0].clone(), "as-shop");
    let text = rendered(&some).text;
    let lead: Vec<&str> = text.lines().take(12).collect();
    insta::assert_snapshot!(lead.join("\n"), @"
    Start the maintenance of 2 of your machines in Azure’s portal by Fri 12 Dec.
    If you do nothing, Azure restarts them any time between Mon 15 Dec and Mon
    22 Dec. For 1 of them this is a new plan: an earlier one has already ended.
    News of 1 more machine follows below.

    ============================================================================
    YOURS TO CHOOSE · 2 MACHINES

    Self-service: until Fri 12 Dec 2025, 18:00 CET (17:00 UTC)
    Azure’s window: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET (17:00
        to 17:00 UTC)
    What happens: Restart on an updated host, usually about 25 minutes; the
    ");
}
