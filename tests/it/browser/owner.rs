//! Owners act from the message: with the keyboard alone, without JavaScript, on a narrow screen, in light and dark.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use maintenance_notifier::clock::{Clock, SystemClock};
use maintenance_notifier::domain::action::link_purpose::LinkPurpose;
use maintenance_notifier::domain::action::token::{Link, LinkKeys};
use serde_json::{Value, json};

use super::Demo;

/// Minutes are three seconds: a start is seen to its end, and a form lies open for three quarters of a minute.
const SPEED: u32 = 20;

#[tokio::test]
async fn owners_act_from_the_mail_and_everybody_can_use_every_page() {
    let demo = Demo::start(SPEED, 30, "error").await;
    let link = demo.link("anna@contoso.com").await;
    let pages = json!({
        "genuine": format!("{}/genuine", demo.base),
        "expired": signed(&demo, &link, |genuine| Link { expires: SystemClock.now() - TimeDelta::hours(1), ..genuine }),
        // What mail programs get as List-Unsubscribe, which a mail has only where pages are reached by https.
        "digests": signed(&demo, &demo.link("hana@contoso.com").await, |genuine| Link {
            purpose: Some(LinkPurpose::Unsubscribe),
            ..genuine
        })
        .replace("/a?", "/unsubscribe?"),
        "forged": format!("{}/a?t=forged", demo.base),
    });
    let seen = demo.browse("owner.js", pages).await;

    // Nothing serious or critical by WCAG 2.2 AA, nothing too wide for a narrow screen, nothing too small for a finger.
    assert_eq!(seen["problems"], json!([]));
    let states = [
        "digests",
        "digests off",
        "expired",
        "finished",
        "forged",
        "fresh",
        "genuine",
        "handed over",
        "hours mistyped",
        "hours named",
        "mistyped",
        "no longer yours",
        "planned",
        "rolling plan",
        "silent",
        "stale",
        "two machines",
        "under way",
    ];
    assert_eq!(seen["states"], json!(states));

    let keyboard = Said(&seen["keyboard"]);
    keyboard.has("before", &["Maintenance of vm-logs-01", "Choose a time"]);
    keyboard.has("started", &["vm-logs-01: started. Azure accepted it."]);
    keyboard.has(
        "underWay",
        &["loads itself again every 15 seconds", "Under way: started by anna@contoso.com at"],
    );
    keyboard.has("done", &["done, and the machine runs"]);
    keyboard.has("again", &["Nothing is left to do here.", "done, and the machine runs"]);
    assert!(seen["keyboard"]["loads"].as_u64().unwrap() >= 1, "the page loaded itself again");
    assert_eq!(seen["keyboard"]["still"], 0, "and it does not when its reader said so");

    let answers = Said(&seen["answers"]);
    answers.has("acknowledged", &["200 vm-dc-01: acknowledged."]);
    answers.has(
        "after",
        &["ben@contoso.com acknowledged it on", "Change CHG-4711.", "“after the <b>release</b>”"],
    );
    answers.has("snoozed", &["200 vm-dc-02: reminders wait until"]);
    answers.has("mistyped", &["422 Nothing was started. Type the name of a machine that you ticked"]);
    assert_eq!(seen["answers"]["kept"], 1, "what was ticked stays ticked");
    answers.has("stale", &["403 Nothing was done", "Here is a fresh one."]);

    let planned = Said(&seen["planned"]);
    planned.has("planned", &["200 vm-search-01: a start is planned for"]);
    planned.has("shown", &["Start planned", "by cleo@contoso.com"]);
    planned.has("calledOff", &["200 vm-search-01: Called off: nothing will be started."]);

    let rolling = Said(&seen["rolling"]);
    rolling.has("made", &["vm-erp-01", "vm-erp-02", "This page loads itself again every 15 seconds."]);
    rolling.has("ended", &["200 Ended: no other machine begins."]);

    let handed = Said(&seen["handedOver"]);
    handed.has("handed", &["200 vm-search-02: you want to hand it over to emil@contoso.com."]);
    handed.has("taken", &["200 vm-search-02: it is yours from now on."]);
    handed.has("old", &["410 ", "You are no longer responsible", "emil@contoso.com"]);
    assert_eq!(seen["handedOver"]["forms"], 0);

    Said(&seen["notMine"]).has("said", &["200 vm-logs-02: it is not yours."]);
    // Azure's portal does not hear from which page its visitor came.
    assert_eq!(seen["notMine"]["away"], json!([{ "url": "https://portal.azure.com/", "referer": null }]));

    let once = Said(&seen["saidOnce"]);
    once.has("unreadable", &["422 No hours were named. `Saturday` is not understood"]);
    once.has(
        "named",
        &[
            "200 vm-web-01: SAT 22:00-04:00 from now on.",
            "vm-web-01: does not start by itself: it is better left",
        ],
    );
    once.has(
        "shown",
        &[
            "named by hana@contoso.com on",
            "vm-web-01: It does not start by itself: it is better left to Azure.",
        ],
    );
    once.has("removed", &["200 Removed: the hours SAT 22:00-04:00 for vm-web-01."]);
    once.has("silent", &["200 vm-web-02: muted until", "for you alone."]);
    once.has("held", &["vm-web-02", "the <b>lab</b> is rebuilt"]);
    once.has("ended", &["200 Ended: you hear of vm-web-02 again"]);
    once.has("off", &["gets no digests since"]);
    once.has("on", &["gets digests: what is open"]);

    let others = Said(&seen["others"]);
    others.has("genuine", &["200 Is this message genuine?", "azure-maintenance@contoso.com"]);
    others.has("expired", &["410 ", "This link could be used until", "use the link in a newer message"]);
    others.has("forged", &["404 This link leads nowhere"]);

    // Of all that was pressed, one thing was started.
    let starts = demo.starts_in_azure().await;
    assert!(matches!(starts.as_slice(), [only] if only.ends_with("/vm-logs-01")), "{starts:?}");
    let mut audit_actions: BTreeMap<String, usize> = BTreeMap::new();
    for action in demo.audit_actions().await {
        *audit_actions.entry(action).or_default() += 1;
    }
    // One machine was started, one planned and called off, and two had their turn in a plan that was ended.
    let expected = [
        ("accepted", 1),
        ("called-off", 1),
        ("claimed", 1),
        ("decided", 4),
        ("digests", 2),
        ("ended-silence", 1),
        ("named-hours", 1),
        ("plan", 2),
        ("removed-hours", 1),
        ("responded", 6),
        ("settled", 3),
        ("silenced", 1),
    ];
    let audit_actions: Vec<(&str, usize)> =
        audit_actions.iter().map(|(action, count)| (action.as_str(), *count)).collect();
    assert_eq!(audit_actions, expected);
}

/// What a scenario saw.
struct Said<'a>(&'a Value);

impl Said<'_> {
    #[track_caller]
    fn has(&self, step: &str, texts: &[&str]) {
        let said = self.0[step].as_str().unwrap_or_else(|| panic!("{step} is missing in {}", self.0));
        for text in texts {
            assert!(said.contains(text), "{step} does not say {text:?}: {said}");
        }
    }
}

/// A link of the demo, signed anew with something about it changed.
fn signed(demo: &Demo, link: &str, change: impl FnOnce(Link) -> Link) -> String {
    let key = std::fs::read_to_string(demo.path("link.key")).unwrap();
    let keys = LinkKeys::new([("demo".to_owned(), STANDARD.decode(key.trim()).unwrap())]);
    let (page, token) = link.split_once("?t=").unwrap();
    let genuine = keys.verify(token, &[LinkPurpose::Respond], SystemClock.now()).unwrap();
    format!("{page}?t={}", keys.sign(&change(genuine)).unwrap())
}
