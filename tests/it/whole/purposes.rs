//! A link and a form are worth what they say: for their purpose, on their page, for their act, in their time.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use maintenance_notifier::domain::action::audit::AuditAction;
use maintenance_notifier::domain::action::form_nonce::FormPage;
use maintenance_notifier::domain::action::link_purpose::LinkPurpose;
use maintenance_notifier::domain::action::link_purpose::LinkPurpose::{
    Drill, Feed, FeedWithNames, Plan, Respond, Unsubscribe,
};
use maintenance_notifier::domain::action::token::Link;
use maintenance_notifier::domain::ids::MessageId;
use maintenance_notifier::domain::message::MessageKind;
use maintenance_notifier::services::drill;
use maintenance_notifier::store::SqliteStore;
use maintenance_notifier::store::document::{Document, export};
use maintenance_notifier::web;
use sha2::Sha256;

use super::pages::{Answer, Reader, audit_actions, notified, to, world};
use super::tenant::TestTenant;

const PURPOSES: [LinkPurpose; 6] = [Respond, Unsubscribe, Drill, Plan, Feed, FeedWithNames];
const ONE_CLICK: &[(&str, &str)] = &[("List-Unsubscribe", "One-Click")];

fn at(tenant: &TestTenant, path: String) -> Reader {
    Reader { pages: web::router(tenant.app.clone()), path }
}

/// A token for the message that `reader` has the link of, as a thief of the bytes wishes it were.
fn token(tenant: &TestTenant, reader: &Reader, purpose: LinkPurpose) -> String {
    let keys = &tenant.app.link_keys;
    let link =
        PURPOSES.iter().find_map(|one| keys.verify(reader.token(), &[*one], tenant.now()).ok()).unwrap();
    keys.sign(&Link { purpose: Some(purpose), ..link }).unwrap()
}

/// The same link as it was signed before links had a purpose and said how a message's id begins, until `expires`.
fn of_before(reader: &Reader, expires: DateTime<Utc>) -> String {
    let newer = URL_SAFE_NO_PAD.decode(reader.token()).unwrap();
    let (body, _) = newer.split_at(newer.len() - 36 - 8);
    let mut bytes = [&[1], &body[2..]].concat();
    bytes.extend(u32::try_from(expires.timestamp()).unwrap().to_be_bytes());
    let mac = Hmac::<Sha256>::new_from_slice(&[7; 32]).unwrap();
    let mac = mac.chain_update(b"maintenance-notifier action link 1\0").chain_update(&bytes);
    bytes.extend(mac.finalize().into_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Lets Jane's messages have the ids that they had before ids said in which life of the state they were made.
async fn of_a_life_of_before(tenant: &mut TestTenant) {
    let mut bytes = Vec::new();
    export(&*tenant.store(), &mut bytes).await.unwrap();
    let mut text = String::from_utf8(bytes).unwrap();
    let jane = "jane.doe@contoso.com".parse().unwrap();
    for message in tenant.repository.state(&jane).await.unwrap().messages() {
        let of_before = MessageId::derive(&jane, message.sequence);
        assert_ne!(of_before, message.id);
        text = text.replace(message.id.as_str(), of_before.as_str());
    }
    let store = Arc::new(SqliteStore::in_memory().unwrap());
    Document::parse(&text).unwrap().import(&*store).await.unwrap();
    tenant.restart(store);
}

/// Jane's link in an announcement, and that in the message of a drill.
async fn announced_and_drilled() -> (TestTenant, Reader, Reader) {
    let (mut tenant, letters) = notified(world()).await;
    let announced = Reader::of(&tenant, to(&letters, "jane.doe")).await;
    let recipients = drill::everybody(&tenant.app).await.unwrap();
    drill::begin(&tenant.app, Default::default(), recipients).await.unwrap();
    tenant.advance(TimeDelta::days(1)).await;
    for letter in tenant.messages().await {
        if letter.to.starts_with("jane.doe") && tenant.read(&letter).await.0.kind == MessageKind::Drill {
            let drilled = Reader::of(&tenant, &letter).await;
            return (tenant, announced, drilled);
        }
    }
    panic!("Jane got no message of the drill");
}

#[tokio::test]
async fn s4_a_link_opens_the_pages_of_its_purpose_and_no_other_address() {
    let (tenant, announced, drilled) = announced_and_drilled().await;
    let mut opened = Vec::new();
    for (kind, reader) in [("message", &announced), ("drill", &drilled)] {
        for purpose in PURPOSES {
            let token = token(&tenant, reader, purpose);
            for path in ["a", "unsubscribe", "calendar.ics", "calendar.atom", "genuine"] {
                let page = at(&tenant, format!("/{path}?t={token}"));
                let shown = page.get().await;
                if path != "genuine" && shown.status == 200 {
                    opened.push(format!("{purpose:?} of a {kind} at /{path}"));
                }
                if (path, purpose) != ("unsubscribe", Unsubscribe) {
                    page.post(ONE_CLICK).await;
                }
            }
        }
    }
    assert_eq!(
        opened,
        [
            "Respond of a message at /a",
            "Unsubscribe of a message at /unsubscribe",
            "Unsubscribe of a drill at /unsubscribe",
            "Drill of a drill at /a"
        ]
    );
    assert_eq!(audit_actions(&tenant).await, []);
}

#[tokio::test]
async fn s15_the_link_of_a_mail_program_cannot_respond_and_never_ends_for_turning_digests_off() {
    let (tenant, announced, _) = announced_and_drilled().await;
    let token = token(&tenant, &announced, Unsubscribe);
    let page = at(&tenant, format!("/a?t={token}"));
    page.get().await.is(404);
    for act in ["start", "acknowledge", "hand-over", "not-mine"] {
        let form = FormPage { purpose: Respond, token: token.clone(), part: String::new() };
        let nonce = tenant.app.link_keys.form_nonce(&form, act, &[], tenant.now()).unwrap();
        page.post(&[("nonce", &nonce), ("do", act), ("m", "0-1"), ("name", "vm-web-01")]).await.is(404);
    }
    let digests = at(&tenant, format!("/unsubscribe?t={token}"));
    digests.post(ONE_CLICK).await.is(200).says("No more digests").says("Turn digests on again");
    tenant.clock.advance(TimeDelta::days(400));
    let page = digests.get().await;
    page.is(200).says("use the link at the end");
    assert!(!page.body.contains("digests-on"));
    let form = FormPage { purpose: Unsubscribe, token: token.clone(), part: String::new() };
    let nonce = tenant.app.link_keys.form_nonce(&form, "digests-on", &[], tenant.now()).unwrap();
    digests.post(&[("nonce", &nonce), ("do", "digests-on")]).await.is(400);
    digests.post(ONE_CLICK).await.is(200);
    assert_eq!(audit_actions(&tenant).await, [AuditAction::Digests { wanted: false }]);
}

#[tokio::test]
async fn s4_a_link_of_before_responds_until_it_ends_and_at_unsubscribe_turns_digests_off_alone() {
    let (mut tenant, announced, drilled) = announced_and_drilled().await;
    let ends = tenant.now() + TimeDelta::days(2);
    let token = of_before(&announced, ends);
    // What is not of that time is nothing that it could lead to.
    at(&tenant, format!("/a?t={token}")).get().await.is(410).says("began anew");
    of_a_life_of_before(&mut tenant).await;
    let page = at(&tenant, format!("/a?t={token}"));
    let shown = page.get().await;
    shown.is(200).says("Start the maintenance");
    let known =
        [("nonce", shown.nonce("acknowledge")), ("do", "acknowledge".to_owned()), ("m", "0-1".to_owned())];
    let known: Vec<(&str, &str)> = known.iter().map(|(name, value)| (*name, value.as_str())).collect();
    page.post(&known).await.is(200).says("acknowledged.");
    at(&tenant, format!("/a?t={}", of_before(&drilled, ends))).get().await.is(200).says("EXERCISE");

    let digests = at(&tenant, format!("/unsubscribe?t={token}"));
    let off = digests.post(ONE_CLICK).await;
    off.is(200).says("No more digests come from now on");
    assert!(!off.body.contains("digests-on"));
    let form = FormPage { purpose: Unsubscribe, token: token.clone(), part: String::new() };
    let nonce = tenant.app.link_keys.form_nonce(&form, "digests-on", &[], tenant.now()).unwrap();
    digests.post(&[("nonce", &nonce), ("do", "digests-on")]).await.is(400);
    for path in ["calendar.ics", "calendar.atom"] {
        at(&tenant, format!("/{path}?t={token}")).get().await.is(404);
    }
    let done = audit_actions(&tenant).await;
    assert!(
        matches!(&done[..], [AuditAction::Responded { .. }, AuditAction::Digests { wanted: false }]),
        "{done:?}"
    );

    // Once its time is over it does nothing anywhere; whoever follows it reads why.
    tenant.clock.set(ends + TimeDelta::seconds(61));
    page.get().await.is(410).says("long over");
    let removal = FormPage { purpose: Respond, token: token.clone(), part: String::new() };
    let nonce = tenant.app.link_keys.form_nonce(&removal, "remove-hours", &[], tenant.now()).unwrap();
    page.post(&[("nonce", &nonce), ("do", "remove-hours"), ("reach", "everything")]).await.is(410);
    digests.get().await.is(404);
    digests.post(ONE_CLICK).await.is(404);
    assert_eq!(audit_actions(&tenant).await.len(), 2);
}

/// The forms of a page: what each does, its nonce and its machines.
fn forms(page: &Answer) -> Vec<(String, String, Vec<String>)> {
    let forms = page.body.split("<form").skip(1).filter_map(|form| form.split("</form>").next());
    let forms = forms.map(|form| Answer { body: form.to_owned(), ..page.clone() });
    forms.map(|form| (form.field("do"), form.field("nonce"), form.fields("m"))).collect()
}

#[tokio::test]
async fn s3_a_nonce_fits_its_own_form_alone() {
    let (tenant, letters) = notified(world()).await;
    let [jane, mei] =
        [Reader::of(&tenant, to(&letters, "jane")).await, Reader::of(&tenant, to(&letters, "mei")).await];
    let hers = forms(&mei.get().await);
    let acts: Vec<&str> = hers.iter().map(|(act, _, _)| act.as_str()).collect();
    assert_eq!(
        acts,
        [
            "start",
            "roll",
            "acknowledge",
            "not-mine",
            "acknowledge",
            "snooze",
            "hand-over",
            "silence",
            "name-hours"
        ]
    );
    let more = [
        "accept",
        "object",
        "remove-hours",
        "end-silence",
        "pause",
        "resume",
        "cancel",
        "confirm",
        "digests-on",
    ];
    let digests = at(&tenant, format!("/unsubscribe?t={}", token(&tenant, &mei, Unsubscribe)));
    let plan = at(&tenant, format!("{}&plan={}", mei.path, "0".repeat(32)));
    let all = acts.iter().copied().chain(more);
    for wanted in all {
        for (act, nonce, machines) in &hers {
            let fields =
                [("nonce", nonce.as_str()), ("do", wanted), ("m", &machines[0]), ("name", "vm-web-02")];
            for reader in [&jane, &plan, &digests] {
                let said = reader.post(&fields).await;
                assert!(
                    [403, 404].contains(&said.status.as_u16()),
                    "{act} as {wanted} at {}: {said:?}",
                    reader.path
                );
            }
            if wanted != act {
                mei.post(&fields).await.is(403).says("Here is a fresh one");
            }
        }
    }
    // Nor does it let anybody choose a machine, or dates, that were not offered.
    for (act, nonce, _) in &hers {
        for machine in ["0-2", "2-1", "7-1"] {
            mei.post(&[("nonce", nonce), ("do", act), ("m", machine)]).await.is(403);
        }
        mei.post(&[("nonce", nonce), ("do", act), ("m", "0-1"), ("m", "2-1")]).await.is(403);
    }
    let json = Request::post(&mei.path).header("content-type", "application/json");
    mei.send(json.body(Body::from("{}")).unwrap()).await.is(415);
    assert_eq!(audit_actions(&tenant).await, []);
    assert!(tenant.simulation.script().starts().is_empty());
}
