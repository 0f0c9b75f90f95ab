//! What mail programs show, and what mail services and flows take: a budget in bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maintenance_notifier::deliver::{Sender, compose};
use maintenance_notifier::domain::message::MessageKind;
use maintenance_notifier::domain::message_content::{GoLiveReport, MessageContent};
use maintenance_notifier::domain::message_size::MessageSize;
use maintenance_notifier::domain::stage::Stage;
use maintenance_notifier::render::{RenderedMail, card, mail, mail_if_smaller, mail_of};

use super::samples;

/// How many bytes a card has once a flow has put it into a string of ASCII.
pub(crate) fn as_a_flow_escapes(json: &str) -> usize {
    let mut bytes = 0;
    for unit in json.encode_utf16() {
        bytes += match unit {
            0x22 | 0x5C => 2,
            0x20..=0x7E => 1,
            _ => 6,
        };
    }
    bytes
}

/// A name as long as Azure allows, in letters beyond ASCII where there is room for words.
fn long(number: usize) -> String {
    format!("vm-production-sap-application-server-westeurope-{number:04}-abcdefghij")
}

fn deadlines(machines: usize, deadlines: usize) -> MessageContent {
    let items = (0..machines).map(|number| {
        let day = 12 + u32::try_from(number % deadlines).unwrap();
        let mut item = samples::item(
            &long(number),
            Stage::Announced,
            samples::schedule(Some((1, day)), (day + 3, day + 10)),
        );
        item.window.machine.subscription_name = Some("Überregionale Größenordnung – Produktion".to_owned());
        item
    });
    samples::message(MessageKind::Digest, items.collect())
}

fn without_owner(count: usize) -> MessageContent {
    let report = GoLiveReport {
        subscriptions: 40,
        machines: count,
        owned: 0,
        unowned: (0..count).map(|number| samples::vm_id(&long(number)).as_str().to_owned()).collect(),
        recipients: 1,
    };
    MessageContent { go_live: Some(report), ..samples::go_live() }
}

/// The mail, with what a request to Graph for it has in bytes.
fn sized(content: &MessageContent) -> (RenderedMail, usize) {
    let mail = mail(content, &samples::deployment(), &samples::jane()).unwrap();
    let sender = Sender { from: samples::deployment().from, reply_to: None };
    let bytes = compose(&mail, &sender, &samples::jane()).unwrap().bytes;
    let request = STANDARD.encode(bytes).len();
    (mail, request)
}

fn file<'a>(mail: &'a RenderedMail, name: &str) -> &'a str {
    let file = mail.attachments.iter().find(|file| file.name == name).unwrap();
    std::str::from_utf8(&file.bytes).unwrap()
}

#[test]
fn fifty_machines_with_twenty_five_deadlines_fit_and_read_well() {
    let (mail, request) = sized(&deadlines(50, 25));
    assert!(mail.html.len() < 100_000, "{}", mail.html.len());
    assert!(request < 2_000_000);
    // Each deadline is told in a group of its own, and every machine stands in both parts, or in the file.
    let list = mail.attachments.iter().any(|file| file.name == "machines.csv");
    let list = if list { file(&mail, "machines.csv") } else { &mail.html };
    assert!((0..50).all(|number| list.contains(&long(number))));
    assert!((0..50).all(|number| mail.text.contains(&long(number)) || list != mail.html));
    // The control: few machines stand in the mail itself.
    let (few, _) = sized(&deadlines(5, 5));
    assert!(few.attachments.is_empty() && (0..5).all(|number| few.html.contains(&long(number))));
}

#[test]
fn three_thousand_machines_without_an_owner_fit_and_none_is_missing() {
    let (mail, request) = sized(&without_owner(3_000));
    assert!(mail.html.len() < 100_000 && request < 2_000_000, "{} {request}", mail.html.len());
    let list = file(&mail, "machines-without-owner.csv");
    assert_eq!(list.lines().count(), 3_001);
}

#[test]
fn a_list_without_end_is_cut_and_says_so() {
    for content in [deadlines(9_000, 20), without_owner(40_000)] {
        let (mail, request) = sized(&content);
        assert!(mail.html.len() < 100_000 && request < 2_000_000, "{} {request}", mail.html.len());
        let list = std::str::from_utf8(&mail.attachments[0].bytes).unwrap();
        let told: usize = list.lines().count() - 2;
        let last = list.lines().last().unwrap();
        let all = content.go_live.map_or(content.items.len(), |report| report.unowned.len());
        assert!(last.replace(',', "").contains(&format!("and {} more", all - told)), "{last} {all} {told}");
        assert!(told > 1_000, "{told}");
    }
}

#[test]
fn every_sample_keeps_its_budget_in_every_size() {
    for (name, content) in samples::all() {
        for size in [MessageSize::Whole, MessageSize::Short, MessageSize::Bare] {
            let mail = mail_of(&content, &samples::deployment(), &samples::jane(), size).unwrap();
            assert!(mail.html.len() < 100_000, "{name} {size:?}");
            if size == MessageSize::Bare {
                assert!(mail.attachments.is_empty() && mail.calendar.is_none(), "{name}");
            }
        }
        let json = card(&content, &samples::deployment()).unwrap().json;
        assert!(as_a_flow_escapes(&json) < 20_000, "{name}");
    }
}

#[test]
fn every_size_that_is_tried_is_smaller_than_the_one_before_and_names_few_machines() {
    let mut contents: Vec<(String, MessageContent)> =
        samples::all().into_iter().map(|(name, content)| (name.to_owned(), content)).collect();
    contents
        .extend([1, 2, 3, 5, 6, 40, 60, 900].map(|machines| (machines.to_string(), deadlines(machines, 5))));
    for (name, content) in contents {
        let mut least = usize::MAX;
        for size in [MessageSize::Whole, MessageSize::Short, MessageSize::Bare] {
            let (deployment, jane) = (samples::deployment(), samples::jane());
            let Some(mail) = mail_if_smaller(&content, &deployment, &jane, size).unwrap() else { continue };
            let sender = Sender { from: deployment.from.clone(), reply_to: None };
            let bytes = compose(&mail, &sender, &jane).unwrap().bytes.len();
            assert!(bytes < least, "{name} {size:?}: {bytes} after {least}");
            least = bytes;
            if content.items.len() == 1 {
                let machine = content.items[0].window.machine.id.display_name();
                assert!(mail.html.contains(&machine), "{name} {size:?}: {machine}");
                assert!(mail.attachments.iter().all(|file| file.name != "machines.csv"), "{name} {size:?}");
            }
        }
    }
}

#[test]
fn a_shorter_mail_says_why_it_is_short() {
    let content = deadlines(50, 25);
    let of = |size| mail_of(&content, &samples::deployment(), &samples::jane(), size).unwrap();
    let (whole, short, bare) = (of(MessageSize::Whole), of(MessageSize::Short), of(MessageSize::Bare));
    assert!(short.html.len() < whole.html.len() && bare.html.len() < short.html.len());
    let words = |mail: &RenderedMail| mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&short).contains("took no larger message") && words(&short).contains("machines.csv"));
    assert!(words(&bare).contains("without its attachments") && !words(&bare).contains("machines.csv"));
    assert_eq!(short.message_id, whole.message_id);
}
