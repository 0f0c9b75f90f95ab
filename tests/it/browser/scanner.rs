//! Whatever reads mails for people, and presses what it finds there.

use super::Demo;

#[tokio::test]
async fn s2_a_scanner_that_follows_links_runs_scripts_and_sends_every_form_starts_nothing() {
    let demo = Demo::start(1, 12, "error").await;
    let seen = demo.browse("scanner.js", serde_json::json!({})).await["scanned"].clone();
    let counted = |what: &str| -> u64 {
        let answers = seen["answers"].as_object().unwrap();
        answers
            .iter()
            .filter(|(answer, _)| answer.starts_with(what))
            .map(|(_, count)| count.as_u64().unwrap())
            .sum()
    };
    // It was thorough: it saw whatever every mail links to, and its forms arrived.
    let [mails, links] = ["mails", "links"].map(|what| seen[what].as_u64().unwrap());
    assert!(mails >= 8 && links > mails, "{seen}");
    assert_eq!(
        (counted("HEAD 200"), counted("GET 200"), counted("first button")),
        (links, links, links),
        "{seen}"
    );
    assert!(counted("start") >= mails && counted("acknowledge 200") >= mails, "{seen}");
    assert!(
        counted("snooze 200") > 0 && counted("hand-over 422") > 0 && counted("not-mine 200") >= mails,
        "{seen}"
    );
    // Every form that starts was refused for want of the name.
    for what in ["start", "name-hours", "begin-plan"] {
        assert_eq!(
            counted(&format!("{what} 422")) + counted(&format!("{what} 400")),
            counted(what),
            "{seen}"
        );
    }

    // A plan is only shown: what begins it stands in the answer, and wants the name too.
    let shown = counted("roll 200") + counted("roll 422") + counted("roll 400");
    assert_eq!(shown, counted("roll"), "{seen}");

    assert_eq!(demo.starts_in_azure().await, Vec::<String>::new());
    let audit_actions = demo.audit_actions().await;
    assert!(audit_actions.iter().any(|action| action == "responded"), "{audit_actions:?}");
    let starting = ["decided", "claimed", "accepted", "plan"];
    assert!(audit_actions.iter().all(|action| !starting.contains(&action.as_str())), "{audit_actions:?}");
}
