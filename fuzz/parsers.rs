//! Every parser of bytes that others write, each with what must hold of whatever it makes of them. `make fuzz` looks for
//! bytes that break one; the tests replay those that were interesting so far.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Datelike, Utc};
use maintenance_notifier::azure::compute::{
    log_entry_of, parse_instance_view, parse_machine, parse_maintenance,
};
use maintenance_notifier::azure::events::{read_alert, read_event};
use maintenance_notifier::azure::graph::{annotations_of, candidates_of, parse_page, scheduled_notices};
use maintenance_notifier::azure::storage::AccountKey;
use maintenance_notifier::azure::subscriptions::parse_subscription;
use maintenance_notifier::azure::time::{parse_graph_time, parse_timestamp};
use maintenance_notifier::config::load::examine;
use maintenance_notifier::config::parse::Secrets;
use maintenance_notifier::deliver::{SmtpUrl, Webhook, WebhookPolicy, classify, read_reply};
use maintenance_notifier::domain::action::health::HealthAddress;
use maintenance_notifier::domain::action::link_purpose::LinkPurpose;
use maintenance_notifier::domain::action::start::LogEntry;
use maintenance_notifier::domain::action::token::LinkKeys;
use maintenance_notifier::domain::directory::{DirectoryQuery, People};
use maintenance_notifier::domain::email_address::EmailAddress;
use maintenance_notifier::domain::machine::Machine;
use maintenance_notifier::domain::owner_tags;
use maintenance_notifier::domain::policy::Policy;
use maintenance_notifier::domain::rate_limit::RateLimit;
use maintenance_notifier::domain::recipient_name::RecipientName;
use maintenance_notifier::domain::resource::{ResourceId, SubscriptionId};
use maintenance_notifier::domain::routing::finds_nobody;
use maintenance_notifier::domain::sanitize::one_line;
use maintenance_notifier::domain::schedule::{DailyRange, DigestSchedule, Hours, TimerSchedule, parse_span};
use maintenance_notifier::domain::sign_in_rules::SignInRules;
use maintenance_notifier::domain::tags::{TagChain, Tags};
use maintenance_notifier::domain::time_zone::Tz;
use maintenance_notifier::domain::window::Impact;
use maintenance_notifier::functions::{
    Anything, EventGridTrigger, FromText, FunctionJson, HttpTrigger, InvocationEnvelope, QueueTrigger,
    TimerTrigger, TraceContext, Trigger,
};
use maintenance_notifier::http::refusal::Refusal;
use maintenance_notifier::jobs::deliver_message::Errand;
use maintenance_notifier::store::document::Document;
use maintenance_notifier::web::{address_again, name_of_sign_in, texts_of_a_visit};
use secrecy::SecretString;
use serde_json::Value;

pub(crate) type Parser = fn(&[u8]);

/// The parsers, by the names of their folders in `fuzz/corpus`.
pub(crate) const PARSERS: &[(&str, Parser)] = &[
    ("activity-log", activity_log),
    ("alert", alert),
    ("announcement", announcement),
    ("configuration", configuration),
    ("event", event),
    ("graph-page", graph_page),
    ("instance-view", instance_view),
    ("invocation", invocation),
    ("line", line),
    ("link", link),
    ("machine", machine),
    ("refusal", refusal),
    ("resource-id", resource_id),
    ("schedule", schedule),
    ("secret-address", secret_address),
    ("sign-in", sign_in),
    ("smtp-reply", smtp_reply),
    ("state", state),
    ("tag", tag),
    ("time", time),
    ("visit", visit),
];

fn now() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().expect("a time")
}

fn asked() -> ResourceId {
    let text = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm-1";
    ResourceId::parse(text).expect("an id")
}

fn text(bytes: &[u8], mut parse: impl FnMut(&str)) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        parse(text);
    }
}

fn json(bytes: &[u8], mut parse: impl FnMut(&Value)) {
    if let Ok(value) = serde_json::from_slice(bytes) {
        parse(&value);
    }
}

fn activity_log(bytes: &[u8]) {
    json(bytes, |value| {
        let numbers = ["11111111-1111-1111-1111-111111111111".to_owned()];
        let entries = value.as_array().map_or_else(|| vec![value.clone()], Clone::clone);
        let said = log_entry_of(&entries, &asked(), &numbers);
        assert!(!entries.is_empty() || said == LogEntry::Nothing);
    });
}

fn announcement(bytes: &[u8]) {
    json(bytes, |value| {
        let rows: Vec<_> =
            value.as_array().into_iter().flatten().filter_map(|row| row.as_object().cloned()).collect();
        let found = candidates_of(&rows, &rows, &rows);
        assert!(found.unreadable.iter().all(|one| one.excerpt.len() < 4000), "what is quoted is bounded");
        let notices = scheduled_notices(&rows, now());
        for notice in &notices {
            let _ = (notice.likely(), notice.event.ahead_until(now()), notice.event.news(now()));
        }
        for annotation in annotations_of(&rows, now()) {
            assert!(annotation.at <= now(), "nothing was annotated that is to come");
        }
    });
}

fn alert(bytes: &[u8]) {
    text(bytes, |body| {
        if let Err(unreadable) = read_alert(body, now()) {
            assert!(unreadable.excerpt.len() < 4000, "what is quoted is bounded");
        }
    });
}

fn configuration(bytes: &[u8]) {
    text(bytes, |file| {
        let examined = examine(file, Secrets::Leave, now());
        let refused = examined.configuration.is_none();
        assert!(!refused || !examined.findings.is_empty(), "whoever is refused hears why");
        for finding in &examined.findings {
            let _ = finding.render(Some("notifier.toml"));
        }
    });
}

fn event(bytes: &[u8]) {
    json(bytes, |value| {
        let _ = read_event(value, now());
    });
}

fn graph_page(bytes: &[u8]) {
    json(bytes, |value| {
        let _ = parse_page(value);
        let _ = parse_subscription(value);
    });
}

fn instance_view(bytes: &[u8]) {
    json(bytes, |value| {
        let _ = parse_instance_view(&asked(), value);
        if let Some(facts) = parse_maintenance(value).ok().and_then(|read| read.facts) {
            for window in [facts.schedule.self_service, facts.schedule.scheduled].into_iter().flatten() {
                assert!(window.start() <= window.end(), "a window ends after it begins");
            }
        }
    });
}

fn invocation(bytes: &[u8]) {
    if let Ok(envelope) = InvocationEnvelope::from_slice(bytes) {
        let _ = QueueTrigger::<FromText<Errand>>::decode(&envelope);
        let _ = TimerTrigger::decode(&envelope);
        let _ = HttpTrigger::decode(&envelope);
        let _ = EventGridTrigger::<Value>::decode(&envelope);
        assert!(QueueTrigger::<Anything>::decode(&envelope).is_ok(), "what is parked is never refused");
    }
    text(bytes, |text| {
        let _ = serde_json::from_str::<FunctionJson>(text);
        if let Some(trace) = TraceContext::parse(text) {
            let _ = format!("{trace:?}");
        }
    });
}

fn line(bytes: &[u8]) {
    text(bytes, |foreign| {
        let line = one_line(foreign, 80);
        assert!(line.chars().count() <= 80, "{line:?}");
        assert!(!line.chars().any(|c| c.is_control() || ('\u{202A}'..='\u{202E}').contains(&c)), "{line:?}");
        assert_eq!(one_line(&line, 80), line, "what is clean stays");
        let _ = foreign.parse::<RecipientName>();
        if let Ok(address) = foreign.parse::<EmailAddress>() {
            assert!(!address.as_str().contains(char::is_whitespace), "{address:?}");
            assert!(address.as_str().ends_with(address.domain()));
        }
    });
}

fn link(bytes: &[u8]) {
    let keys = LinkKeys::new([("2026a".to_owned(), b"0123456789abcdef0123456789abcdef".to_vec())]);
    text(bytes, |token| {
        for purpose in [LinkPurpose::Respond, LinkPurpose::Unsubscribe, LinkPurpose::Plan] {
            assert!(keys.verify(token, &[purpose], now()).is_err(), "nobody guesses a link");
        }
    });
}

fn machine(bytes: &[u8]) {
    json(bytes, |value| {
        let _ = parse_machine(&asked(), value);
    });
}

fn refusal(bytes: &[u8]) {
    let refusal = Refusal::read(403, bytes);
    assert!(refusal.message.is_none_or(|message| message.chars().count() <= 300 && !message.contains('\n')));
}

fn resource_id(bytes: &[u8]) {
    text(bytes, |id| {
        if let Ok(parsed) = ResourceId::parse(id) {
            assert_eq!(
                ResourceId::parse(parsed.as_str()).as_ref(),
                Ok(&parsed),
                "it is read as it is written"
            );
        }
        let _ = id.parse::<SubscriptionId>();
    });
}

fn schedule(bytes: &[u8]) {
    text(bytes, |words| {
        let _ =
            (parse_span(words), words.parse::<DailyRange>(), words.parse::<RateLimit>(), words.parse::<Tz>());
        if let Ok(timer) = words.parse::<TimerSchedule>() {
            let _ = timer.next_after(now());
        }
        if let Ok(digest) = words.parse::<DigestSchedule>()
            && let Some(next) = digest.next_after("Europe/Berlin".parse().unwrap_or(Tz::UTC), now())
        {
            assert!(next > now(), "{words}: {next}");
        }
        if let Ok(hours) = words.parse::<Hours>() {
            let _ = hours.to_string();
        }
    });
}

fn secret_address(bytes: &[u8]) {
    text(bytes, |address| {
        let secret = SecretString::from(address);
        let webhook = Webhook::parse(&secret, WebhookPolicy::PublicOnly);
        assert!(
            webhook.is_err() || address.trim().get(..8).is_some_and(|it| it.eq_ignore_ascii_case("https://"))
        );
        let _ = SmtpUrl::parse(&secret);
        let _ = AccountKey::from_connection_string(&secret);
        let _ = address.parse::<HealthAddress>();
    });
}

fn state(bytes: &[u8]) {
    text(bytes, |document| {
        let _ = Document::parse(document);
    });
}

fn time(bytes: &[u8]) {
    let sane = |time: Result<Option<DateTime<Utc>>, _>| {
        if let Ok(Some(time)) = time {
            assert!((1970..=2999).contains(&time.year()), "{time}");
        }
    };
    text(bytes, |text| sane(parse_timestamp(text)));
    json(bytes, |value| sane(parse_graph_time(value)));
}

/// The example's rules, with a directory behind them.
fn policy() -> &'static Policy {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    POLICY.get_or_init(|| {
        let file =
            include_str!("../notifier.example.toml").replacen("[owners]", "[owners]\ndirectory = true", 1);
        let examined = examine(&file, Secrets::Leave, now());
        examined.configuration.expect("the example is one").policy
    })
}

fn tag(bytes: &[u8]) {
    text(bytes, |value| {
        let tags = TagChain { resource: Tags::from_iter([("owner", value)]), ..TagChain::default() };
        let machine = Machine { tags, ..Machine::bare(asked()) };
        for question in owner_tags::questions(policy(), &machine) {
            if let DirectoryQuery::Name { name } = question {
                assert!(!name.contains(char::is_control), "whoever is asked for is one line: {name:?}");
            }
        }
        let _ = finds_nobody(policy(), &machine, &Impact::Unknown, &People::default());
        let _ = value.parse::<Hours>();
    });
}

fn smtp_reply(bytes: &[u8]) {
    if let Some((code, words)) = read_reply(bytes) {
        assert!((200..600).contains(&code), "{code}");
        let _ = classify(code, &words);
    }
}

fn sign_in(bytes: &[u8]) {
    let claims: Vec<u8> = bytes.iter().copied().take_while(|byte| *byte != b'\n').collect();
    let token =
        bytes.get(claims.len() + 1..).and_then(|rest| std::str::from_utf8(rest).ok()).unwrap_or_default();
    let home = "11111111-1111-1111-1111-111111111111";
    for guests in [false, true] {
        let rules = SignInRules { guests, ..SignInRules::default() };
        for principal in [claims.clone(), STANDARD.encode(&claims).into_bytes()] {
            if let Some(name) = name_of_sign_in(&principal, token, &rules, home) {
                assert_eq!(one_line(&name, 254), name);
            }
        }
    }
}

fn visit(bytes: &[u8]) {
    text(bytes, |query| {
        let texts = texts_of_a_visit(query, bytes);
        assert!(texts.iter().skip(1).all(|text| !text.contains(char::is_control)), "{texts:?}");
        let address = address_again(query);
        assert_eq!(
            address_again(address.trim_start_matches('?')),
            address,
            "what is asked for is asked for again"
        );
    });
}
