//! Property tests: whatever others wrote into names, tags and reasons, it stays text.

use maintenance_notifier::domain::action::response::{Response, StartStatus};
use maintenance_notifier::domain::action::start::StartOutcome;
use maintenance_notifier::domain::assignment::WithdrawnTo;
use maintenance_notifier::domain::calendar_entry::CalendarMethod;
use maintenance_notifier::domain::forecast::ClusterOverlap;
use maintenance_notifier::domain::machine::Machine;
use maintenance_notifier::domain::message::MessageKind;
use maintenance_notifier::domain::message_content::{ContentItem, GoLiveReport, MessageContent};
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::domain::reason::Reason;
use maintenance_notifier::domain::recipient_name::RecipientName;
use maintenance_notifier::domain::refused_owner::RefusedOwner;
use maintenance_notifier::domain::resource::ResourceId;
use maintenance_notifier::domain::stage::Stage;
use maintenance_notifier::domain::start_cautions::StartCaution;
use maintenance_notifier::domain::summary::Summary;
use maintenance_notifier::domain::tags::TagLevel;
use maintenance_notifier::domain::window::{Impact, LastResult};
use maintenance_notifier::render::{RenderedMail, card, mail};
use proptest::prelude::*;
use serde_json::Value;

use super::{budget, samples};

/// Texts that try to become more than text, some with noise around them.
fn foreign() -> impl Strategy<Value = String> {
    let attacks = prop::sample::select(vec![
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='x",
        "</td></tr></table><h1>Reset your password</h1>",
        "<!-- ",
        "{{ 7 * 7 }}{% raw %}",
        "\r\nBcc: all@contoso.com\r\n\r\n",
        "\nBEGIN:VALARM\nACTION:AUDIO\nEND:VALARM",
        "\rATTENDEE:mailto:x@y.z",
        "a;VALUE=URI:b,c\\n\\,\"",
        "[x](javascript:alert(1))",
        "![x](https://x.invalid/a.png)",
        "<at>everyone</at>",
        "**bold** _it_ `code` # h1",
        "\u{202E}gpj.exe\u{202C}\u{200B}\u{FEFF}",
        "\u{0}\u{7}\u{1b}[31m\u{85}\u{2028}\u{2029}",
        "=cmd|' /C calc'!A0",
        "日本語 🧨 é",
        "",
        " ",
    ]);
    prop_oneof![
        3 => attacks.prop_map(str::to_owned),
        1 => ".{0,300}",
        1 => ("\\PC{0,20}", "\\PC{0,400}").prop_map(|(a, b)| format!("{a}<b>{b}")),
    ]
}

/// The same, as a resource's name: Azure's ids have no slashes and no control characters inside names.
fn id_of(group: &str, name: &str) -> ResourceId {
    let part = |text: &str| {
        let kept: String = text.chars().filter(|c| !c.is_control() && *c != '/').take(200).collect();
        let kept = kept.trim().to_owned();
        if kept.is_empty() { "x".to_owned() } else { kept }
    };
    format!(
        "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/{}/providers/Microsoft.Compute/virtualMachines/{}",
        part(group),
        part(name)
    )
    .parse()
    .unwrap()
}

fn recipient(text: &str) -> RecipientName {
    let plain: String =
        text.chars().filter(|c| !c.is_control() && *c != ',' && *c != ';').take(200).collect();
    plain.parse().unwrap_or_else(|_| "someone".parse().unwrap())
}

prop_compose! {
    fn machine()(
        stage in prop::sample::select(Stage::ALL.to_vec()),
        texts in prop::collection::vec(foreign(), 12),
        availability in any::<bool>(),
        moved in any::<bool>(),
        self_service in any::<bool>(),
        result in 0..4,
    ) -> ContentItem {
        let schedule = samples::schedule(self_service.then_some((1, 12)), (15, 22));
        let mut item = samples::item("x", stage, schedule);
        let id = id_of(&texts[0], &texts[1]);
        item.window.id.resource = id.clone();
        item.window.machine = Machine {
            subscription_name: Some(texts[2].clone()),
            region: Some(texts[3].clone()),
            zones: vec![texts[4].clone()],
            ..Machine::bare(id.clone())
        };
        item.window.impact = Impact::Other(texts[5].clone());
        item.window.facts.last_message = Some(texts[6].clone());
        item.window.facts.last_result = match result {
            0 => LastResult::None,
            1 => LastResult::MaintenanceAborted,
            2 => LastResult::MaintenanceCompleted,
            _ => LastResult::Other(texts[7].clone()),
        };
        item.previous = moved.then(samples::usual);
        item.withdrawn = (stage == Stage::Reassigned).then(|| WithdrawnTo::Silenced { reason: texts[8].clone(), until: None });
        if availability {
            item.cautions = vec![StartCaution::AvailabilitySet { set: id }];
        }
        item.reasons = vec![
            Reason::Tag { tag: texts[8].clone(), level: TagLevel::Resource, value: texts[9].clone() },
            Reason::Route { number: 1, matches: texts[10].clone() },
            Reason::Fallback { tried: vec![texts[11].clone()] },
        ];
        item.others = vec![recipient(&texts[9])];
        let (note, change) = (Some(texts[6].clone()), Some(texts[7].clone()));
        item = samples::said(item, &texts[10], Response::Acknowledge { note, change });
        let status = match result {
            0 => StartStatus::Planned,
            1 => StartStatus::UnderWay,
            _ => StartStatus::Settled {
                at: samples::now(),
                outcome: StartOutcome::Refused { code: texts[7].clone(), message: texts[6].clone() },
            },
        };
        samples::started(item, &texts[11], samples::now(), status)
    }
}

prop_compose! {
    fn content()(
        kind in prop::sample::select(vec![
            MessageKind::Alert, MessageKind::Digest, MessageKind::GoLive, MessageKind::Operator,
            MessageKind::Heartbeat, MessageKind::Summary,
        ]),
        items in prop::collection::vec(machine(), 0..7),
        texts in prop::collection::vec(foreign(), 6),
        introduce in any::<bool>(),
    ) -> MessageContent {
        let calendar = if items.is_empty() {
            Vec::new()
        } else {
            vec![samples::entry(&items, CalendarMethod::Request)]
        };
        let mut content = MessageContent { introduce, calendar, ..samples::message(kind, items) };
        content.recipient = recipient(&texts[0]);
        content.operator_alerts = vec![
            OperatorAlert::Unseen { scope: texts[0].clone(), reason: texts[1].clone(), cause: Default::default() },
            OperatorAlert::Poisoned { function: texts[2].clone(), payload: texts[3].clone() },
            OperatorAlert::RefusedOwner {
                resource: texts[4].clone(),
                owner: RefusedOwner::NotAnAddress {
                    tag: texts[5].clone(),
                    level: TagLevel::Subscription,
                    value: texts[1].clone(),
                },
            },
        ];
        content.overlaps = vec![ClusterOverlap { cluster: texts[1].clone(), ..samples::overlap("m") }];
        content.overlaps[0].members = vec![id_of(&texts[2], &texts[3]), id_of(&texts[4], &texts[5])];
        content.summary = (kind == MessageKind::Summary).then(|| {
            let mut summary = samples::status();
            for (line, text) in summary.teams.iter_mut().zip(&texts) {
                line.team = Some(recipient(text));
            }
            for (line, text) in summary.restarts.iter_mut().zip(&texts) {
                (line.name, line.team) = (text.clone(), Some(recipient(text)));
            }
            summary.overlaps.clone_from(&content.overlaps);
            summary
        });
        content.go_live = (kind == MessageKind::GoLive).then(|| GoLiveReport {
            machines: 3,
            unowned: texts.clone(),
            ..GoLiveReport::default()
        });
        content
    }
}

/// The same message with plain words in place of everything foreign: what its structure should be.
fn harmless(content: &MessageContent) -> MessageContent {
    let mut plain = content.clone();
    for (index, item) in plain.items.iter_mut().enumerate() {
        let id = id_of("group", &format!("vm-{index}"));
        item.window.id.resource = id.clone();
        item.window.machine = Machine {
            subscription_name: Some("s".to_owned()),
            region: Some("r".to_owned()),
            ..Machine::bare(id.clone())
        };
        item.window.facts.last_message = Some("m".to_owned());
        for caution in &mut item.cautions {
            *caution = StartCaution::AvailabilitySet { set: id.clone() };
        }
        item.reasons = vec![Reason::Route { number: index, matches: "m".to_owned() }];
        item.others = Vec::new();
    }
    plain.calendar = content.calendar.clone();
    plain.overlaps = vec![samples::overlap("m")];
    plain.summary =
        content.summary.as_ref().map(|_| Summary { overlaps: plain.overlaps.clone(), ..samples::status() });
    plain
}

fn rendered(content: &MessageContent) -> RenderedMail {
    mail(content, &samples::deployment(), &samples::jane()).unwrap()
}

/// Every tag of a page in order, with the names of its attributes. Fails on what a browser would have to guess.
fn tags(html: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        if let Some(comment) = after.strip_prefix("!--") {
            let (inside, after) = comment.split_once("-->").unwrap();
            assert!(inside.starts_with("[if mso]>"), "a comment that is not ours: {inside}");
            rest = after;
            continue;
        }
        let mut tag = String::new();
        let mut quoted = false;
        let mut end = after.len();
        for (index, character) in after.char_indices() {
            match character {
                '"' => quoted = !quoted,
                '>' if !quoted => {
                    end = index;
                    break;
                }
                _ if !quoted => tag.push(character),
                _ => {}
            }
        }
        tags.push(tag);
        rest = after.get(end..).unwrap_or_default();
    }
    tags
}

fn property_names(ics: &str) -> Vec<String> {
    let unfolded = ics.replace("\r\n ", "");
    assert!(!unfolded.replace("\r\n", "").contains(['\r', '\n']), "a bare line end");
    unfolded
        .split("\r\n")
        .map(|line| match line.split_once(':') {
            Some((name @ ("BEGIN" | "END"), value)) => format!("{name}:{value}"),
            Some((name, _)) => name.split(';').next().unwrap().to_owned(),
            None => line.to_owned(),
        })
        .collect()
}

/// Every text of a card with the path of element types that leads to it.
fn texts<'a>(value: &'a Value, kind: &str, found: &mut Vec<(String, &'a str)>) {
    match value {
        Value::Object(object) => {
            let kind = object.get("type").and_then(Value::as_str).unwrap_or(kind);
            for (key, value) in object {
                match value {
                    Value::String(text) => found.push((format!("{kind}.{key}"), text)),
                    other => texts(other, kind, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| texts(value, kind, found)),
        _ => {}
    }
}

/// The cells of one line of comma-separated values, without their quotation marks.
fn cells(row: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut characters = row.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            // Within quotes, two of them stand for one.
            '"' if quoted && characters.next_if_eq(&'"').is_some() => cells.last_mut().unwrap().push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            other => cells.last_mut().unwrap().push(other),
        }
    }
    cells
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn s16_foreign_text_adds_no_element_to_a_page(content in content()) {
        let (page, expected) = (rendered(&content).html, rendered(&harmless(&content)).html);
        let count = |html: &str, name: &str| tags(html).iter().filter(|tag| tag.starts_with(name)).count();
        for known in tags(&page) {
            let name = known.split_whitespace().next().unwrap().trim_start_matches('/').to_owned();
            prop_assert!(
                ["html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td", "th", "h1", "h2", "h3",
                 "p", "span", "strong", "del", "br", "a", "code", "ul", "li", "!DOCTYPE"].contains(&name.as_str()),
                "{known}"
            );
            prop_assert!(!known.contains(" on") && !known.contains("src="), "{}", known);
        }
        for name in ["h1", "h3", "a ", "style", "title"] {
            prop_assert_eq!(count(&page, name), count(&expected, name), "{}", name);
        }
        for (_, link) in page.match_indices("href=\"").map(|(at, found)| page.split_at(at + found.len())) {
            prop_assert!(link.starts_with("https://portal.azure.com/#@/resource/subscriptions/")
                || link.starts_with("https://maintenance.contoso.com/genuine\""));
        }
    }

    #[test]
    fn s16_foreign_text_adds_no_line_to_a_text_and_hides_nothing(content in content()) {
        let text = rendered(&content).text;
        let rule = "=".repeat(76);
        let rules = text.lines().filter(|line| **line == *rule).count();
        let expected = rendered(&harmless(&content)).text;
        prop_assert_eq!(rules, expected.lines().filter(|line| **line == *rule).count());
        prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
        let hidden = text.contains(['\u{202E}', '\u{200B}', '\u{FEFF}', '\u{2028}', '\u{2029}']);
        prop_assert!(!hidden);
    }

    #[test]
    fn s16_foreign_text_adds_no_property_to_a_calendar(content in content()) {
        let parts = |content: &MessageContent| rendered(content).calendar.map(|part| property_names(&part.text));
        let mut plain = harmless(&content);
        for entry in &mut plain.calendar {
            entry.windows = (0..entry.windows.len())
                .map(|index| {
                    let mut window = content.calendar[0].windows[index].clone();
                    window.resource = id_of("group", &format!("vm-{index}"));
                    window
                })
                .collect();
        }
        prop_assert_eq!(parts(&content), parts(&plain));
    }

    #[test]
    fn s16_foreign_text_adds_no_link_and_no_mention_to_a_card(content in content()) {
        let json = card(&content, &samples::deployment()).unwrap().json;
        let card: Value = serde_json::from_str(&json).unwrap();
        let mut found = Vec::new();
        texts(&card, "", &mut found);
        for (place, text) in found {
            prop_assert!(!text.contains('<'), "{}: {}", place, text);
            match place.as_str() {
                "Action.OpenUrl.url" => prop_assert!(
                    text.starts_with("https://portal.azure.com/#@/resource/subscriptions/")
                        || text == "https://maintenance.contoso.com/genuine"
                ),
                // Text runs know no markdown, and the fallback text is shown as it is.
                "TextRun.text" | "AdaptiveCard.fallbackText" => {}
                _ => prop_assert!(!text.contains(['[', ']', '*', '_', '`']), "{}: {}", place, text),
            }
        }
    }

    #[test]
    fn s16_no_cell_of_a_list_is_a_formula(name in foreign(), group in foreign()) {
        let mut content = samples::many(51);
        content.items[0].window.id.resource = id_of(&group, &name);
        content.items[0].window.machine.subscription_name = Some(name);
        let csv = String::from_utf8(rendered(&content).attachments.pop().unwrap().bytes).unwrap();
        let row = csv.split("\r\n").nth(1).unwrap();
        prop_assert_eq!(csv.split("\r\n").count(), 53);
        let cells = cells(row);
        prop_assert_eq!(cells.len(), 19);
        for cell in cells {
            prop_assert!(!cell.starts_with(['=', '@', '+', '-']), "{}", cell);
        }
    }

    #[test]
    fn s17_subjects_are_one_short_line_and_addresses_are_ours(content in content()) {
        let mail = rendered(&content);
        prop_assert!(!mail.subject.chars().any(char::is_control));
        prop_assert!(mail.subject.chars().count() <= 120);
        prop_assert!(!mail.subject.trim().is_empty());
        prop_assert!(mail.message_id.ends_with("@contoso.com"));
        prop_assert!(mail.message_id.chars().all(|c| c.is_ascii_alphanumeric() || "@.".contains(c)));
        if let Some(part) = mail.calendar {
            let unfolded = part.text.replace("\r\n ", "");
            let people: Vec<&str> = unfolded
                .lines()
                .filter(|line| line.starts_with("ATTENDEE") || line.starts_with("ORGANIZER"))
                .collect();
            prop_assert_eq!(people, [
                "ORGANIZER;CN=Azure maintenance:mailto:azure-maintenance@contoso.com",
                "ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;ROLE=OPT-PARTICIPANT;RSVP=FALSE:mailto:jane.doe@contoso.com",
            ]);
        }
    }

    #[test]
    fn rendering_twice_gives_the_same_bytes(content in content()) {
        let stored: MessageContent = serde_json::from_str(&serde_json::to_string(&content).unwrap()).unwrap();
        prop_assert_eq!(rendered(&content), rendered(&stored));
        let card_of = |content| card(content, &samples::deployment()).unwrap();
        prop_assert_eq!(card_of(&content), card_of(&stored));
    }

    #[test]
    fn a_card_always_fits(content in content(), copies in 1_usize..60) {
        let mut content = content;
        let items = content.items.clone();
        for number in 0..copies {
            content.items.extend(items.iter().cloned().map(|mut item| {
                item.window.facts.schedule = samples::schedule(Some((1, 12)), (15, 16 + number as u32));
                item
            }));
        }
        let json = card(&content, &samples::deployment()).unwrap().json;
        prop_assert!(budget::as_a_flow_escapes(&json) < 20_000 - 300, "with a person's address: {}", json.len());
    }
}
