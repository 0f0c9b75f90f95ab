//! Links: how long they are good, and what they give away.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use maintenance_notifier::demo::{SimulatedWindow, Wave};
use maintenance_notifier::domain::action::link_purpose::LinkPurpose;
use maintenance_notifier::domain::action::token::LinkKeys;
use maintenance_notifier::domain::policy::Diversion;
use url::Url;

use super::{ORIGIN, Reader, audit_actions, jane, notified, pairs, starts, to, world};
use crate::whole::log::Log;
use crate::whole::tenant::{
    SUBSCRIPTION, Setup, WAVE, add_machine, empty_world, small_world, start as beginning, subscription,
};

#[tokio::test]
async fn s7_it_expires_with_self_service_and_then_explains() {
    let (tenant, reader) = jane(world()).await;
    let ends = beginning() + TimeDelta::days(9);
    tenant.clock.set(ends + TimeDelta::seconds(60));
    let page = reader.get().await;
    page.is(200);
    tenant.clock.set(ends + TimeDelta::seconds(61));
    let over = reader.get().await;
    over.is(410).says("This link could be used until").says("vm-web-01");
    assert!(!over.body.contains("<form"));
    let fields = [("nonce", page.nonce("not-mine")), ("do", "not-mine".to_owned()), ("m", "0-1".to_owned())];
    reader.post(&pairs(&fields)).await.is(410);
    assert_eq!(audit_actions(&tenant).await, []);
}

#[tokio::test]
async fn s7_no_link_is_good_for_longer_than_forty_days() {
    let simulation = empty_world();
    let script = simulation.script();
    script.add_subscription(subscription(SUBSCRIPTION, "Contoso Test"));
    let id = add_machine(&simulation, SUBSCRIPTION, "vm-web-01", "jane.doe");
    let day = |day: i64| beginning() + TimeDelta::days(day);
    let self_service = Some(SimulatedWindow::new(day(-2), day(60)));
    let wave = Wave::new(WAVE, "westeurope", day(-3), self_service, SimulatedWindow::new(day(70), day(80)));
    script.announce(wave.with_targets([id]));
    let (tenant, reader) = jane(Setup::new(simulation)).await;
    tenant.clock.set(day(40) + TimeDelta::seconds(60));
    reader.get().await.is(200);
    tenant.clock.set(day(40) + TimeDelta::seconds(61));
    reader.get().await.is(410).says("This link could be used until");
}

#[tokio::test]
async fn s10_the_token_is_in_no_log_and_no_header() {
    let (log, guard) = Log::listen();
    let (tenant, reader) = jane(world()).await;
    let fields = reader.filled().await;
    let page = reader.get().await;
    reader.post(&pairs(&fields)[1..]).await.is(403);
    reader.post(&pairs(&fields)).await.is(200);
    tenant.clock.set(beginning() + TimeDelta::days(10));
    reader.get().await.is(410);
    drop(guard);
    let log = log.text();
    assert!(log.contains("refused a form") && log.contains("a start was posted"), "{log}");
    assert!(!log.contains(reader.token()));
    let header = |name: &str| page.headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("referrer-policy"), "same-origin");
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("x-robots-tag"), "noindex");
    assert!(header("content-security-policy").starts_with("default-src 'none'"));
    assert!(header("content-security-policy").contains("frame-ancestors 'none'"));
    assert!(page.headers.values().all(|value| !value.to_str().unwrap().contains(reader.token())));
}

#[tokio::test]
async fn s11_a_forged_token_and_an_unknown_key_get_the_same_bytes() {
    let (_tenant, mut reader) = jane(world()).await;
    let genuine = reader.token().to_owned();
    let unknown = {
        let keys = LinkKeys::new([("test".to_owned(), vec![7; 32])]);
        let link = keys.verify(&genuine, &[LinkPurpose::Respond], beginning()).unwrap();
        LinkKeys::new([("gone".to_owned(), vec![8; 32])]).sign(&link).unwrap()
    };
    let mut flipped = URL_SAFE_NO_PAD.decode(&genuine).unwrap();
    flipped[10] ^= 1;
    let mut answers = Vec::new();
    for token in [unknown, URL_SAFE_NO_PAD.encode(flipped), String::new(), "x".repeat(5000)] {
        reader.path = format!("/a?t={token}");
        answers.push(reader.get().await);
        answers.push(reader.post(&[("do", "start")]).await);
    }
    answers[0].is(404);
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

/// What a page costs does not grow with the message: it has a hundred machines, and so have the others.
#[tokio::test]
async fn a_long_message_comes_in_pages_that_lead_to_each_other() {
    let names: Vec<String> = (0..230).map(|number| format!("vm-long-{number:03}")).collect();
    let machines: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "jane.doe")).collect();
    let (tenant, mut reader) = jane(Setup::new(small_world(&machines))).await;
    let first = reader.get().await;
    first.is(200).says("Maintenance of 230 machines").says("Machines 1 to 100 of 230.");
    let token = reader.token().to_owned();
    let mut seen = BTreeSet::new();
    for (page, count) in [(1, 100), (2, 100), (3, 30)] {
        reader.path = format!("/a?t={token}&page={page}");
        let answer = reader.get().await;
        answer.is(200);
        assert_eq!(answer.body.matches("<tr role=\"row\" class=\"machine\"").count(), count);
        assert!(answer.body.len() < 2 * first.body.len(), "{}", answer.body.len());
        seen.extend(names.iter().filter(|name| answer.body.contains(&format!(">{name}</a>"))));
        assert_eq!(answer.body.contains("Those after"), page < 3);
        assert_eq!(answer.body.contains("Those before"), page > 1);
    }
    assert_eq!(seen.len(), 230);
    for beyond in ["4", "0", "-1", "x", "99999999999999999999"] {
        reader.path = format!("/a?t={token}&page={beyond}");
        reader.get().await.is(200).says("Machines ");
    }
    // A form comes back to its page, and what stands there can be answered.
    reader.path = format!("/a?t={token}&page=3");
    let page = reader.get().await;
    let action =
        page.body.split("<form method=\"post\" action=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(action.replace("&amp;", "&"), format!("?t={token}&page=3"));
    let nonce = page.nonce("acknowledge");
    let machine = page.fields("m").pop().unwrap();
    let known = [("nonce", nonce.as_str()), ("do", "acknowledge"), ("m", machine.as_str())];
    reader.post(&known).await.is(200).says("acknowledged.").says("Machines 201 to 230 of 230.");
    assert_eq!(audit_actions(&tenant).await.len(), 1);
}

#[tokio::test]
async fn s13_the_address_survives_a_mail_and_what_scanners_make_of_it() {
    let (tenant, letters) = notified(world()).await;
    let letter = to(&letters, "jane.doe");
    let mut reader = Reader::of(&tenant, letter).await;
    assert!(ORIGIN.len() + reader.path.len() < 300);
    let parsed = tenant.read(letter).await.1;
    let line = parsed.text.lines().find(|line| line.contains("/a?t=")).unwrap();
    assert_eq!(line.trim(), format!("{ORIGIN}{}", reader.path));
    let (page, token) =
        reader.path.split_once("?t=").map(|(page, token)| (page.to_owned(), token.to_owned())).unwrap();
    // A rewriting service carries the address as a value of its own.
    let address = format!("{ORIGIN}{page}?t={token}");
    let rewritten = Url::parse_with_params(
        "https://eur01.safelinks.protection.outlook.com/?data=05%7C02%7Cjane.doe&sdata=x%3D&reserved=0",
        [("url", &address)],
    );
    let carried = rewritten.unwrap().query_pairs().find(|(name, _)| name == "url").unwrap().1.into_owned();
    assert_eq!(carried, address);
    // A line of a mail has 76 characters, so the address breaks within the token.
    let (first, rest) = token.split_at(76 - ORIGIN.len() - page.len() - 3);
    let tails = [
        format!("?t={token}&data=05%7C02"),
        format!("?t={token}%3E"),
        format!("?t={token}."),
        format!("?t={first}%0D%0A{rest}"),
        format!("?t={first}%20{rest}"),
        format!("?t={first}+{rest}"),
        // `=` as it is encoded in a query, in quoted-printable text, and twice.
        format!("?t%3D{token}"),
        format!("?t=3D{token}"),
        format!("?t=%3D{token}"),
    ];
    for tail in tails {
        reader.path = format!("{page}{tail}");
        let head = Request::head(&reader.path).body(Body::empty()).unwrap();
        reader.send(head).await.is(200);
        reader.get().await.is(200);
        // It is looked at again when somebody clicks, much later.
        tenant.clock.advance(TimeDelta::hours(3));
        reader.get().await.is(200).says("Start the maintenance");
    }
    assert_eq!((starts(&tenant), audit_actions(&tenant).await), (0, Vec::new()));
}

#[tokio::test]
async fn s14_no_header_decides_where_links_lead() {
    let (_tenant, reader) = jane(world()).await;
    let headers = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-original-host", "evil.example"),
        ("forwarded", "host=evil.example"),
    ];
    let page = reader.get_as(&headers).await;
    page.is(200);
    assert!(!page.body.contains("evil.example"));
    let with_origin = [&headers[..], &[("origin", "https://evil.example")]].concat();
    reader.post_as(&pairs(&reader.filled().await), &with_origin).await.is(403);
}

#[tokio::test]
async fn a_diverted_message_has_no_link() {
    let mut tenant = world().begin().await;
    let mut policy = (*tenant.app.policy()).clone();
    let divert_to = vec!["platform".parse().unwrap()];
    policy.diversion =
        Some(Diversion { pilot: BTreeSet::from(["jane.doe@contoso.com".parse().unwrap()]), divert_to });
    tenant.app.set_policy(policy);
    tenant.round().await;
    let mut diverted = Vec::new();
    for letter in &tenant.messages().await {
        let (content, mail) = tenant.read(letter).await;
        assert_eq!(mail.text.contains("/a?t="), content.link.is_some());
        diverted.extend((!content.items.is_empty()).then_some((content.diverted, content.link.is_some())));
    }
    diverted.sort();
    assert_eq!(diverted, [(false, true), (true, false)]);
}
