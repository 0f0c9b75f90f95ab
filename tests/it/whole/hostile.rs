//! Names and tags that try to become more than text, through the whole program.

use std::collections::BTreeSet;

use maintenance_notifier::demo::SimulatedMachine;

use super::binary::read_mails;
use super::tenant::{
    CONFIGURATION, SUBSCRIPTION, Setup, WAVE, add_machine, addresses, small_world, start, subscription,
};

const ATTACKS: [&str; 8] = [
    "<script>alert(1)</script>",
    "x\r\nBcc: all@contoso.com",
    "x\nBEGIN:VALARM\nACTION:AUDIO\nEND:VALARM",
    "[x](javascript:alert(1))<at>everyone</at>",
    "' or 1==1 | union resources //",
    "\") | project id //",
    "{{ 7 * 7 }}{% raw %}",
    "jane.doe@contoso.com\r\nRCPT TO:<evil@evil.example>",
];

#[tokio::test]
async fn s16_s17_s25_hostile_names_and_tags_stay_text_in_mails_cards_and_questions() {
    let simulation = small_world(&[("vm-web-01", "jane.doe")]);
    let script = simulation.script();
    script.add_subscription(subscription(SUBSCRIPTION, &ATTACKS.join(" ")));
    for (number, attack) in ATTACKS.into_iter().enumerate() {
        // Azure takes neither a slash nor a line end in a name; all the rest is tried.
        let plain: String = attack.chars().filter(|c| !c.is_control() && *c != '/').collect();
        let mut machine = SimulatedMachine::new(
            SUBSCRIPTION,
            &format!("rg {plain}"),
            &format!("vm-{number} {plain}"),
            "westeurope",
            start(),
        );
        machine.tags.insert(
            "owner".to_owned(),
            format!("mei.lin, {attack}, evil@evil.example; boss@contoso.com.evil.example"),
        );
        machine.tags.insert(attack.to_owned(), attack.to_owned());
        let id = script.add_machine(machine);
        assert!(script.join_wave(WAVE, &id));
    }
    let configuration = format!(
        "{CONFIGURATION}\n[[recipients]]\nname = \"channel\"\nteams = {{ webhook = \"https://example.invalid/flow\" }}\n\n\
         [[routes]]\nmatch = {{ resource_group = \"rg*\" }}\nto = [\"channel\"]\n"
    );
    let mut tenant = Setup::new(simulation).configuration(configuration).begin().await;
    tenant.round().await;

    let letters = tenant.messages().await;
    assert_eq!(
        addresses(&letters),
        BTreeSet::from(["jane.doe@contoso.com", "mei.lin@contoso.com", "platform@contoso.com"]),
        "a tag adds no outside address, and no scrap of one"
    );
    let folder = tempfile::tempdir().unwrap();
    for (number, letter) in letters.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{number}-{}.eml", letter.to)), &letter.bytes).unwrap();
    }
    read_mails(folder.path());

    let cards = tenant.cards();
    assert!(!cards.is_empty());
    for card in &cards {
        let card: serde_json::Value = serde_json::from_str(&card.json).unwrap();
        let mut links = Vec::new();
        collect_links(&card, &mut links);
        assert!(links.iter().all(|link| link.starts_with("https://")), "{links:?}");
        // What others wrote stands in plain runs; elements that read Markdown hold our own words only.
        let mut marked = Vec::new();
        collect_marked(&card, &mut marked);
        assert!(
            marked.iter().all(|text| !text.contains("javascript") && !text.contains("<at>")),
            "{marked:?}"
        );
    }

    // The questions are the same as for a tenant in which nobody wrote anything of the kind.
    let asked = questions(&tenant.simulation);
    let mut plain = Setup::new(small_world(&[("vm-web-01", "jane.doe")])).begin().await;
    plain.round().await;
    plain.messages().await;
    assert_eq!(asked, questions(&plain.simulation));
    for attack in ATTACKS {
        assert!(asked.iter().all(|question| !question.contains(attack)));
    }
}

/// Every query that Resource Graph was asked, without the ids in it.
fn questions(simulation: &maintenance_notifier::demo::Simulation) -> BTreeSet<String> {
    let requests = simulation.script().requests();
    let questions = requests.iter().filter(|request| request.path.contains("ResourceGraph"));
    questions
        .map(|request| {
            let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
            body["query"].as_str().unwrap().to_owned()
        })
        .collect()
}

/// The texts of elements that read Markdown.
fn collect_marked(value: &serde_json::Value, marked: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            if fields.get("type").is_some_and(|it| it == "TextBlock" || it == "FactSet") {
                marked.push(value.to_string());
            }
            fields.values().for_each(|value| collect_marked(value, marked));
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| collect_marked(value, marked)),
        _ => {}
    }
}

fn collect_links(value: &serde_json::Value, links: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(link) if name == "url" => links.push(link.to_owned()),
                    _ => collect_links(value, links),
                }
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| collect_links(value, links)),
        _ => {}
    }
}

#[tokio::test]
async fn s17_an_outside_owner_is_refused_reported_once_and_the_machine_goes_to_the_fallback() {
    let mut tenant = Setup::new(small_world(&[("vm-web-01", "evil@evil.example")])).begin().await;
    tenant.round().await;
    let letters = tenant.messages().await;
    assert_eq!(addresses(&letters), BTreeSet::from(["platform@contoso.com"]));
    assert_eq!(tenant.notified(&letters).await, ["platform@contoso.com vm-web-01 announced"]);
    assert_eq!(tenant.operator_alerts().await.len(), 1);
    let id = add_machine(&tenant.simulation, SUBSCRIPTION, "vm-web-02", "jane.doe@contoso.com");
    tenant.simulation.script().join_wave(WAVE, &id);
    tenant.round().await;
    let later = tenant.messages().await;
    assert_eq!(tenant.notified(&later).await, ["jane.doe@contoso.com vm-web-02 announced"]);
}
