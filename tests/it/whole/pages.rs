//! The page behind the link in a message: what it shows, what it takes, and what it withstands.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use futures::future::join_all;
use futures::{StreamExt as _, stream};
use http_body_util::BodyExt as _;
use maintenance_notifier::demo::{SimulatedTags, SimulatedWindow, Wave, person_token};
use maintenance_notifier::domain::action::audit::AuditAction;
use maintenance_notifier::domain::action::form_nonce::FormPage;
use maintenance_notifier::domain::action::link_purpose::LinkPurpose;
use maintenance_notifier::domain::action::response::Response;
use maintenance_notifier::domain::action::token::LinkKeys;
use maintenance_notifier::domain::policy::Diversion;
use maintenance_notifier::domain::window::{MaintenanceWindow, Revision};
use maintenance_notifier::store::{SharedStore, SqliteStore};
use maintenance_notifier::web;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tower::ServiceExt as _;
use url::Url;

use super::failing_store::{FailingStore, Failure};
use super::log::Log;
use super::tenant::{
    CONFIGURATION, Letter, SUBSCRIPTION, Setup, TestTenant, WAVE, add_machine, empty_world, small_world,
    start as beginning, subscription,
};

const MACHINES: &[(&str, &str)] =
    &[("vm-web-01", "jane.doe"), ("vm-web-02", "mei.lin"), ("vm-web-03", "mei.lin")];
pub(super) const ORIGIN: &str = "https://maintenance.contoso.com";

/// What a page answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    #[track_caller]
    pub(super) fn says(&self, text: &str) -> &Self {
        assert!(self.body.contains(text), "{text:?} is not in {self:?}");
        self
    }

    #[track_caller]
    pub(super) fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    /// The first value of the field `name`.
    pub(super) fn field(&self, name: &str) -> String {
        self.fields(name).into_iter().next().unwrap_or_else(|| panic!("no field {name} in {}", self.body))
    }

    /// Every value that the page gives the field `name`.
    pub(super) fn fields(&self, name: &str) -> Vec<String> {
        let mark = format!("name=\"{name}\" value=\"");
        let values =
            self.body.split(&mark).skip(1).map(|rest| rest.split('"').next().unwrap().replace("&#x2f;", "/"));
        values.collect()
    }

    /// The nonce of the form that does `act`.
    #[track_caller]
    pub(super) fn nonce(&self, act: &str) -> String {
        let forms = self.body.split("<form").skip(1).filter_map(|form| form.split("</form>").next());
        let form = forms.into_iter().find(|form| form.contains(&format!("name=\"do\" value=\"{act}\"")));
        let form = form.unwrap_or_else(|| panic!("nothing does {act} in {}", self.body));
        Self { body: form.to_owned(), ..self.clone() }.field("nonce")
    }
}

/// A genuine nonce of the page for a form that it does not show: what could be done with it is up to the other checks.
pub(super) fn minted(tenant: &TestTenant, reader: &Reader, act: &str) -> String {
    let (token, part) = reader.token().split_once("&plan=").unwrap_or((reader.token(), ""));
    let purpose = if part.is_empty() { LinkPurpose::Respond } else { LinkPurpose::Plan };
    let page = FormPage { purpose, token: token.to_owned(), part: part.to_owned() };
    let machines = [1, 2, 3].map(|revision| [0, 1, 2].map(|index| (index, Revision(revision)))).concat();
    tenant.app.link_keys.form_nonce(&page, act, &machines, tenant.now()).unwrap()
}

/// Somebody with the link of a mail and a browser.
#[derive(Clone)]
pub(crate) struct Reader {
    pub(super) pages: Router,
    pub(super) path: String,
}

impl Reader {
    pub(crate) async fn of(tenant: &TestTenant, letter: &Letter) -> Self {
        let (content, mail) = tenant.read(letter).await;
        let url = content.link.expect("the mail has a link").url;
        assert!(mail.text.contains(&url) && mail.html.contains(&url));
        let path = url.strip_prefix(ORIGIN).expect("links lead to the configured base").to_owned();
        Self { pages: web::router(tenant.app.clone()), path }
    }

    pub(super) fn token(&self) -> &str {
        self.path.strip_prefix("/a?t=").unwrap()
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.pages.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(super) async fn get_as(&self, headers: &[(&str, &str)]) -> Answer {
        let request =
            headers.iter().fold(Request::get(&self.path), |it, (name, value)| it.header(*name, *value));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn get(&self) -> Answer {
        self.get_as(&[]).await
    }

    pub(super) async fn post_as(&self, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = Request::post(&self.path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("user-agent", "a browser");
        if !headers.iter().any(|(name, _)| *name == "origin") {
            request = request.header("origin", ORIGIN);
        }
        let request = headers.iter().fold(request, |it, (name, value)| it.header(*name, *value));
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub(super) async fn post(&self, fields: &[(&str, &str)]) -> Answer {
        self.post_as(fields, &[]).await
    }

    /// The fields that start the first machine now, as a person fills them in on a fresh page.
    pub(super) async fn filled(&self) -> [(&'static str, String); 5] {
        Self::filled_with(self.get().await.nonce("start"))
    }

    pub(super) fn filled_with(nonce: String) -> [(&'static str, String); 5] {
        [
            ("nonce", nonce),
            ("do", "start".to_owned()),
            ("m", "0-1".to_owned()),
            ("when", "now".to_owned()),
            ("name", "VM-WEB-01 ".to_owned()),
        ]
    }
}

/// The headers with which the platform's guard lets a member of the home tenant through.
pub(super) async fn signed_in(tenant: &TestTenant, name: &str) -> Vec<(&'static str, String)> {
    let token = person_token(name, tenant.now());
    let token = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let token: serde_json::Value = serde_json::from_slice(&token).unwrap();
    let home = tenant.repository.tenant().await.unwrap().0.home.expect("Azure was asked");
    with_claims(&[
        ("http://schemas.microsoft.com/identity/claims/tenantid", &home),
        ("http://schemas.microsoft.com/identity/claims/objectidentifier", token["oid"].as_str().unwrap()),
        ("preferred_username", name),
        ("name", "Whatever They Like"),
    ])
}

/// The headers for these claims.
pub(super) fn with_claims(claims: &[(&str, &str)]) -> Vec<(&'static str, String)> {
    let claims: Vec<_> = claims.iter().map(|(typ, val)| json!({ "typ": typ, "val": val })).collect();
    let principal = json!({ "auth_typ": "aad", "claims": claims, "name_typ": "name", "role_typ": "roles" });
    vec![
        ("x-ms-client-principal", STANDARD.encode(principal.to_string())),
        ("x-ms-client-principal-idp", "aad".to_owned()),
        ("x-ms-client-principal-name", "jane.doe@contoso.com".to_owned()),
    ]
}

pub(super) fn pairs<'a>(fields: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// A tenant whose owners were notified, with the mails to them.
pub(super) async fn notified(setup: Setup) -> (TestTenant, Vec<Letter>) {
    let mut tenant = setup.begin().await;
    tenant.round().await;
    let letters = tenant.messages().await;
    (tenant, letters)
}

pub(super) async fn jane(setup: Setup) -> (TestTenant, Reader) {
    let (tenant, letters) = notified(setup).await;
    let reader = Reader::of(&tenant, to(&letters, "jane.doe")).await;
    (tenant, reader)
}

pub(super) fn to<'a>(letters: &'a [Letter], who: &str) -> &'a Letter {
    letters.iter().find(|letter| letter.to.starts_with(who)).unwrap()
}

pub(super) fn world() -> Setup {
    Setup::new(small_world(MACHINES))
}

fn starts(tenant: &TestTenant) -> usize {
    tenant.simulation.script().starts().len()
}

pub(super) async fn window(tenant: &TestTenant, name: &str) -> MaintenanceWindow {
    let rows = tenant.windows().await;
    rows.into_iter().map(|row| row.window).find(|window| window.id.resource.name() == name).unwrap()
}

pub(super) async fn audit_actions(tenant: &TestTenant) -> Vec<AuditAction> {
    let trail = tenant.repository.audit_trail(1).await.unwrap();
    trail.values().map(|entry| entry.event.action.clone()).collect()
}

#[tokio::test]
async fn a_start_from_the_page_is_shown_until_it_is_done() {
    let (tenant, reader) = jane(world()).await;
    let page = reader.get().await;
    page.is(200).says("vm-web-01").says("Start the maintenance").says("its temporary disk is lost");
    assert!(!page.headers.contains_key("refresh") && !page.body.contains("<script"));

    let done = reader.post(&pairs(&reader.filled().await)).await;
    done.is(200).says("vm-web-01: started. Azure accepted it.").says("loads itself again every 15 seconds");
    assert_eq!(done.headers["refresh"], "15");
    // Whoever reads slowly keeps the page as it is.
    let still = Reader { path: format!("{}&still=1", reader.path), pages: reader.pages.clone() }.get().await;
    assert!(!still.headers.contains_key("refresh") && !still.body.contains("loads itself again"));
    assert_eq!(starts(&tenant), 1);
    for _ in 0..8 {
        tenant.clock.advance(TimeDelta::minutes(1));
        tenant.follow().await;
    }
    tenant.look().await;
    let page = reader.get().await;
    page.is(200).says("done, and the machine runs");
    assert!(!page.headers.contains_key("refresh") && !page.body.contains("<form"));
}

#[tokio::test]
async fn every_answer_is_kept_shown_to_the_others_and_recorded() {
    let configuration = CONFIGURATION.replace("[\"owner\"]", "[\"owner\", \"second\"]");
    let simulation = small_world(&[("vm-web-01", "jane.doe; mei.lin")]);
    let (tenant, letters) = notified(Setup::new(simulation).configuration(configuration)).await;
    let [jane, mei] =
        [Reader::of(&tenant, to(&letters, "jane")).await, Reader::of(&tenant, to(&letters, "mei")).await];
    let page = jane.get().await;
    let with = async |fields: &[(&str, &str)]| {
        let act = fields.first().map(|(_, act)| *act).unwrap_or_default();
        let shown = !["", "dance"].contains(&act);
        let nonce = if shown { page.nonce(act) } else { minted(&tenant, &jane, act) };
        let mut all = vec![("nonce", nonce.as_str()), ("m", "0-1"), ("unknown", "ignored")];
        all.extend(fields);
        jane.post(&all).await
    };
    let known = [("do", "acknowledge"), ("note", "<b>after\r\nthe release</b>"), ("change", "CHG-7")];
    with(&known).await.is(200).says("acknowledged.");
    // Said twice, it is written once.
    with(&known).await.is(200).says("acknowledged.");
    mei.get().await.is(200).says("Change CHG-7.").says("&lt;b&gt;after the release");
    let until =
        jane.get().await.body.split("<option value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    with(&[("do", "snooze"), ("until", &until)]).await.is(200).says("reminders wait until");
    with(&[("do", "snooze"), ("until", "2027-01-01T00:00:00Z")]).await.is(422).says("after the last moment");
    with(&[("do", "hand-over"), ("to", "someone@elsewhere.example"), ("name", "vm-web-01")])
        .await
        .is(422)
        .says("we don’t know");
    with(&[("do", "hand-over"), ("to", "ops@contoso.com"), ("name", "vm-web-01")])
        .await
        .is(200)
        .says("hand it over to ops@contoso.com");
    with(&[("do", "dance")]).await.is(400);
    with(&[]).await.is(400);
    with(&[("do", "not-mine")]).await.is(200).says("it is not yours");

    let window = window(&tenant, "vm-web-01").await;
    let actions = tenant.repository.actions(&window.id).await.unwrap();
    let said: Vec<&str> = actions.responses.iter().map(|record| record.response.as_str()).collect();
    assert_eq!(said, ["acknowledge", "snooze", "hand over", "not mine"]);
    let by = &actions.responses[0].by;
    assert_eq!(by.recipient.as_ref().unwrap().as_str(), "jane.doe@contoso.com");
    assert_eq!(by.agent.as_deref(), Some("a browser"));
    assert_eq!(audit_actions(&tenant).await.len(), 4);
    assert_eq!(starts(&tenant), 0);
}

#[tokio::test]
async fn s9_what_is_handed_over_is_taken_by_whoever_gets_it_and_the_old_link_explains() {
    let (mut tenant, jane) = jane(world()).await;
    let nonce = jane.get().await.nonce("hand-over");
    let hand_over = [
        ("nonce", nonce.as_str()),
        ("m", "0-1"),
        ("do", "hand-over"),
        ("to", "mei.lin@contoso.com"),
        ("name", "vm-web-01"),
    ];
    jane.post(&hand_over).await.is(200);
    // Nobody asked Jane to take anything.
    let nonce = minted(&tenant, &jane, "accept");
    jane.post(&[("nonce", nonce.as_str()), ("m", "0-1"), ("do", "accept")]).await.is(409);
    // Mei had her mail of the day.
    tenant.advance(TimeDelta::days(1)).await;
    let letters = tenant.messages().await;
    let mei = Reader::of(&tenant, to(&letters, "mei")).await;
    let page = mei.get().await;
    page.is(200).says("it was handed to you").says("vm-web-01");
    let form = page.body.split("value=\"accept\"").nth(1).unwrap();
    let machine = form.split("name=\"m\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let fields = [
        ("nonce", page.nonce("accept")),
        ("do", "accept".to_owned()),
        ("m", machine),
        ("name", "vm-web-01".to_owned()),
    ];
    mei.post(&pairs(&fields)).await.is(200).says("it is yours from now on");
    let row = tenant.windows().await.into_iter().find(|row| row.window.id.resource.name() == "vm-web-01");
    let holders = row.unwrap().holders;
    let current = holders.iter().filter(|holder| holder.withdrawn.is_none());
    assert_eq!(current.map(|holder| holder.recipient.as_str()).collect::<Vec<_>>(), ["mei.lin@contoso.com"]);
    assert!(!mei.get().await.body.contains("it was handed to you"));
    let old = jane.get().await;
    old.is(410).says("You are no longer responsible").says("it is with mei.lin@contoso.com");
    assert!(!old.body.contains("<form"));
    let nonce = minted(&tenant, &jane, "start");
    let start =
        [("nonce", nonce.as_str()), ("m", "0-1"), ("do", "start"), ("when", "now"), ("name", "vm-web-01")];
    jane.post(&start).await.is(410).says("Nothing was done: you are no longer responsible");
    assert_eq!(starts(&tenant), 0);
}

#[tokio::test]
async fn a_planned_start_is_shown_and_called_off_with_one_click() {
    let (tenant, reader) = jane(world()).await;
    let mut fields = reader.filled().await.to_vec();
    fields[3].1 = "at".to_owned();
    for (at, status, answer) in [
        ("2026-11-22T22:00", 422, "has passed"),
        ("2027-03-28T02:30", 422, "does not exist that night"),
        ("2026-12-24T22:00", 200, "outside the window"),
        ("2026-11-28T22:00", 200, "is planned for Sat 28 Nov 2026, 22:00 CET"),
    ] {
        let mut fields = pairs(&fields);
        fields.push(("at", at));
        reader.post(&fields).await.is(status).says(answer);
    }
    let page = reader.get().await;
    page.says("Call off the planned start of vm-web-01");
    let (start, nonce) = (page.field("start"), page.nonce("object"));
    let off = [("nonce", nonce.as_str()), ("do", "object"), ("m", "0-1"), ("start", start.as_str())];
    reader.post(&off).await.is(200).says("Called off");
    reader.post(&off).await.is(200).says("called off before it began");
    tenant.clock.set(beginning() + TimeDelta::days(6));
    tenant.follow().await;
    assert_eq!(starts(&tenant), 0);
    let window = window(&tenant, "vm-web-01").await;
    let actions = tenant.repository.actions(&window.id).await.unwrap();
    assert!(matches!(actions.responses[0].response, Response::Object { .. }));
    assert!(actions.open_start().is_none());
}

#[tokio::test]
async fn several_machines_are_started_one_by_one_and_each_is_answered() {
    let (tenant, letters) = notified(world()).await;
    let reader = Reader::of(&tenant, to(&letters, "mei.lin")).await;
    let page = reader.get().await;
    tenant.simulation.script().set_allowed(
        WAVE,
        window(&tenant, "vm-web-03").await.id.resource.as_str(),
        Some(false),
    );
    let nonce = page.nonce("start");
    let fields = [("nonce", nonce.as_str()), ("do", "start"), ("m", "0-1"), ("m", "1-1"), ("when", "now")];
    reader.post(&[&fields[..], &[("name", "vm-web-01")]].concat()).await.is(422).says("Type the name");
    let done = reader.post(&[&fields[..], &[("name", "vm-web-03")]].concat()).await;
    done.is(200).says("vm-web-02: started").says("vm-web-03: not started, Azure does not accept a start");
    assert_eq!(starts(&tenant), 1);
}

#[tokio::test]
async fn a_form_that_was_refused_is_shown_again_as_it_was_filled_in() {
    let (tenant, letters) = notified(world()).await;
    let reader = Reader::of(&tenant, to(&letters, "mei.lin")).await;
    let page = reader.get().await;
    let nonce = page.nonce("start");
    let start =
        [("do", "start"), ("m", "1-1"), ("when", "at"), ("at", "2026-11-28T22:00"), ("name", "vm-web-02")];
    let again = reader.post(&[&[("nonce", nonce.as_str())], &start[..]].concat()).await;
    again
        .is(422)
        .says("<details class=\"primary\" name=\"act\" open>\n<summary>Choose a time")
        .says("value=\"1-1\" checked");
    again.says("value=\"at\" checked").says("value=\"2026-11-28T22:00\"");
    assert_eq!(again.body.matches("name=\"act\" open>").count(), 1);
    // Nobody has to write a note twice because they were slow.
    let known = [
        ("nonce", "old"),
        ("do", "acknowledge"),
        ("m", "0-1"),
        ("change", "CHG-7"),
        ("note", "</textarea><b>x"),
    ];
    let again = reader.post(&known).await;
    again.is(403).says("<details name=\"more\" open>\n<summary>Acknowledge").says("value=\"CHG-7\"");
    again.says("maxlength=\"300\">&lt;&#x2f;textarea&gt;&lt;b&gt;x</textarea>");
    let nonce = page.nonce("hand-over");
    let hand_over = [
        ("nonce", nonce.as_str()),
        ("do", "hand-over"),
        ("m", "0-1"),
        ("to", "\"x@elsewhere.example"),
        ("name", "vm-web-02"),
    ];
    reader.post(&hand_over).await.is(422).says("value=\"&quot;x@elsewhere.example\"");
    assert_eq!((starts(&tenant), audit_actions(&tenant).await), (0, Vec::new()));
}

/// A digest of every row of the store, with its version.
fn state(file: &Path) -> String {
    let store = rusqlite::Connection::open(file).unwrap();
    let mut rows =
        store.prepare("SELECT partition, row, etag, value FROM rows ORDER BY partition, row").unwrap();
    let rows = rows.query_map([], |row| {
        let (partition, key, etag, value): (String, String, i64, String) = row.try_into()?;
        Ok(format!("{partition}\n{key}\n{etag}\n{value}\n"))
    });
    let mut digest = Sha256::new();
    let mut count = 0;
    for row in rows.unwrap() {
        digest.update(row.unwrap());
        count += 1;
    }
    format!("{count} rows, {:?}", digest.finalize())
}

#[tokio::test]
async fn s1_whatever_only_looks_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.db");
    let healthy: SharedStore = Arc::new(SqliteStore::open(&file).await.unwrap());
    let (mut tenant, letters) = notified(world().store(healthy.clone())).await;
    let before = state(&file);
    assert!(!before.starts_with("0 "), "{before}");
    let counting = Arc::new(FailingStore::new(healthy, 0, Failure::Refused));
    tenant.restart(counting.clone());
    let reader = Reader::of(&tenant, to(&letters, "jane.doe")).await;
    let forged = format!("/a?t={}x", reader.token());
    let methods = [Method::GET, Method::HEAD, Method::OPTIONS, Method::from_bytes(b"PROPFIND").unwrap()];
    for number in 0..10_000 {
        // Every tenth request is for the genuine link, with each method in turn.
        let path = if number % 10 == 0 { &reader.path } else { &forged };
        let path = format!("{path}&do=start&m=0-1&when=now&name=vm-web-01&n={number}");
        let request = Request::builder().method(&methods[(number + number / 10) % methods.len()]).uri(path);
        let answer = reader.send(request.header("origin", ORIGIN).body(Body::empty()).unwrap()).await;
        assert!([200, 404, 405].contains(&answer.status.as_u16()), "{answer:?}");
    }
    assert_eq!(counting.writes(), 0);
    assert_eq!(state(&file), before);
    assert_eq!((starts(&tenant), audit_actions(&tenant).await), (0, Vec::new()));
    // The digest sees what a form does.
    let nonce = reader.get().await.nonce("acknowledge");
    reader.post(&[("nonce", &nonce), ("do", "acknowledge"), ("m", "0-1")]).await.is(200);
    assert_ne!(state(&file), before);
}

/// Presses every button: with what the page filled in, and with every first choice taken.
#[tokio::test]
async fn s2_a_scanner_that_submits_every_form_starts_nothing() {
    let (tenant, letters) = notified(world()).await;
    for who in ["jane.doe", "mei.lin"] {
        let reader = Reader::of(&tenant, to(&letters, who)).await;
        let page = reader.get().await;
        assert!(page.body.matches("<form").count() >= 5);
        for form in page.body.split("<form").skip(1) {
            let form = Answer { body: form.split("</form>").next().unwrap().to_owned(), ..page.clone() };
            let mut fields = Vec::new();
            for name in ["nonce", "do", "m", "when", "at", "start", "change", "note", "to", "until"] {
                fields.extend(form.fields(name).into_iter().map(|value| (name, value)));
            }
            for typed in ["", "test", "vm", "test@example.com", "on"] {
                let mut fields = pairs(&fields);
                fields.extend([("name", typed), ("note", typed), ("to", typed), ("change", typed)]);
                reader.post(&fields).await;
            }
        }
    }
    assert_eq!(starts(&tenant), 0);
    let decided =
        audit_actions(&tenant).await.into_iter().any(|action| matches!(action, AuditAction::Decided { .. }));
    assert!(!decided);
}

#[tokio::test]
async fn s3_a_form_of_another_site_or_time_does_nothing() {
    let (tenant, letters) = notified(world()).await;
    let [jane, mei] =
        [Reader::of(&tenant, to(&letters, "jane")).await, Reader::of(&tenant, to(&letters, "mei")).await];
    let fields = jane.filled().await;
    let all = pairs(&fields);
    jane.post(&all[1..]).await.is(403);
    let hers = mei.get().await.nonce("start");
    jane.post(&[&[("nonce", hers.as_str())], &all[1..]].concat()).await.is(403);
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("origin", "null")],
        &[("origin", "http://maintenance.contoso.com")],
        &[("origin", "https://maintenance.contoso.com.evil.example")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
    ] {
        jane.post_as(&all, headers).await.is(403).says("another site");
    }
    let without_origin =
        Request::post(&jane.path).header("content-type", "application/x-www-form-urlencoded");
    jane.send(without_origin.body(Body::empty()).unwrap()).await.is(403);
    tenant.clock.advance(TimeDelta::minutes(16));
    jane.post(&all).await.is(403).says("Here is a fresh one");
    assert_eq!((starts(&tenant), audit_actions(&tenant).await), (0, Vec::new()));
    jane.post_as(&pairs(&jane.filled().await), &[("sec-fetch-site", "same-origin")]).await.is(200);
    assert_eq!(starts(&tenant), 1);
}

#[tokio::test]
async fn s5_after_a_move_the_old_form_does_nothing_and_the_page_offers_a_fresh_one() {
    let (tenant, reader) = jane(world()).await;
    let old = reader.filled().await;
    let noted = reader.get().await.nonce("acknowledge");
    let day = |day: i64| beginning() + TimeDelta::days(day);
    let script = tenant.simulation.script();
    script.reschedule(
        WAVE,
        Some(SimulatedWindow::new(day(-2), day(5))),
        SimulatedWindow::new(day(12), day(19)),
    );
    tenant.look().await;
    reader
        .post(&pairs(&old))
        .await
        .is(200)
        .says("not started, its dates have changed")
        .says("in the message:");
    let known = [("nonce", noted.as_str()), ("do", "acknowledge"), ("m", "0-1")];
    reader.post(&known).await.says("nothing was noted, its dates have changed");
    assert_eq!(starts(&tenant), 0);
    let page = reader.get().await;
    page.is(200).says("Azure moved this maintenance");
    let mut fresh = reader.filled().await;
    fresh[2].1 = page.field("m");
    assert_eq!(fresh[2].1, "0-2");
    reader.post(&pairs(&fresh)).await.is(200).says("vm-web-01: started");
}

#[tokio::test]
async fn s6_a_second_use_shows_the_outcome() {
    let (tenant, reader) = jane(world()).await;
    let fields = reader.filled().await;
    reader.post(&pairs(&fields)).await.is(200).says("vm-web-01: started");
    for _ in 0..3 {
        let again = reader.post(&pairs(&fields)).await;
        again
            .is(200)
            .says("vm-web-01: Under way: started by jane.doe@contoso.com at Mon 23 Nov 2026, 10:00 CET");
    }
    assert_eq!(starts(&tenant), 1);
}

#[tokio::test]
async fn f13_of_many_confirmations_one_starts_and_the_others_hear_of_it() {
    let (tenant, reader) = jane(world()).await;
    let fields = reader.filled().await;
    let fields = pairs(&fields);
    let answers = join_all((0..200).map(|_| reader.post(&fields))).await;
    let counts = ["vm-web-01: started.", "Under way: started by jane.doe@contoso.com"]
        .map(|text| answers.iter().filter(|answer| answer.body.contains(&format!("<p>{text}"))).count());
    let late =
        answers.iter().filter(|answer| answer.body.contains("<p>vm-web-01: Under way: started by")).count();
    assert_eq!((counts[0], late), (1, 199));
    assert_eq!(starts(&tenant), 1);
}

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
async fn s8_to_start_one_signs_in_as_the_recipient_or_a_deputy() {
    let deputies = "[[recipients]]\nname = \"jane.doe@contoso.com\"\nemail = [\"jane.doe@contoso.com\"]\n\
                    deputies = [\"ops@contoso.com\"]\n";
    let configuration = format!("{CONFIGURATION}{deputies}");
    let (tenant, reader) = jane(world().easy_auth().configuration(configuration)).await;
    let page = reader.get().await;
    page.is(200).says(&format!("login&#x2f;aad?post_login_redirect_uri=%2Fa%3Ft%3D{}", reader.token()));
    assert!(!page.body.contains("value=\"start\""));
    let fields = Reader::filled_with(minted(&tenant, &reader, "start"));
    let fields = pairs(&fields);
    reader.post(&fields).await.is(403).says("sign in");
    let arjun = signed_in(&tenant, "arjun.rao@contoso.com").await;
    reader.post_as(&fields, &pairs(&arjun)).await.is(403).says("signed in as arjun.rao");
    // The name header alone is anybody's, and so are another provider's names.
    for provider in ["aad", "github"] {
        let other = [
            ("x-ms-client-principal-idp", provider),
            ("x-ms-client-principal-name", "jane.doe@contoso.com"),
            ("x-ms-client-principal-id", "461e8683-5575-4561-ac7f-899cc907d62a"),
        ];
        reader.post_as(&fields, &other).await.is(403).says("sign in");
    }
    let object = ("oid", "461e8683-5575-4561-ac7f-899cc907d62a");
    let jane = ("preferred_username", "jane.doe@contoso.com");
    let home = tenant.repository.tenant().await.unwrap().0.home.unwrap();
    for (claims, says) in [
        (vec![("tid", "aaaabbbb-0000-cccc-1111-dddd2222eeee"), object, jane], "another organisation"),
        (vec![("tid", "9188040d-6c67-4c5b-b112-36a304b66dad"), object, jane], "another organisation"),
        (vec![("tid", home.as_str()), object, jane, ("acct", "1")], "as a guest"),
        (vec![("tid", home.as_str()), object, ("email", "jane.doe@contoso.com")], "no person’s account"),
        (
            vec![("tid", home.as_str()), object, jane, ("upn", "arjun.rao@contoso.com")],
            "signed in as arjun.rao",
        ),
        (vec![("tid", home.as_str()), object, jane, ("tid", "another")], "not clear who is signed in"),
        (vec![object, jane], "not clear who is signed in"),
    ] {
        reader.post_as(&fields, &pairs(&with_claims(&claims))).await.is(403).says(says);
    }
    assert_eq!(starts(&tenant), 0);
    // Answering needs the link alone.
    let nonce = page.nonce("acknowledge");
    reader
        .post(&[("nonce", &nonce), ("do", "acknowledge"), ("m", "0-1")])
        .await
        .is(200)
        .says("acknowledged.");

    let ops = signed_in(&tenant, "OPS@contoso.com").await;
    let deputy = [&pairs(&ops)[..], &[("x-forwarded-for", "203.0.113.9, 198.51.100.7:50123")]].concat();
    reader.get_as(&deputy).await.is(200).says("value=\"start\"");
    reader.post_as(&fields, &deputy).await.is(200).says("vm-web-01: started");
    let trail = tenant.repository.audit_trail(1).await.unwrap();
    let actor = trail.values().last().unwrap().event.actor.clone();
    assert_eq!(actor.recipient.unwrap().as_str(), "jane.doe@contoso.com");
    assert_eq!(actor.principal.as_deref(), Some("OPS@contoso.com"));
    assert_eq!(actor.tenant, Some(home));
    let object = actor.object.unwrap();
    assert!(String::from_utf8(STANDARD.decode(&ops[0].1).unwrap()).unwrap().contains(&object), "{object}");
    assert_eq!(actor.address.as_deref(), Some("198.51.100.7"));
}

#[tokio::test]
async fn s8_without_the_platforms_guard_nobody_is_believed_to_be_signed_in() {
    let configuration = format!("{CONFIGURATION}[start]\nrequire_login = true\n");
    let (tenant, reader) = jane(world().configuration(configuration)).await;
    let fields = Reader::filled_with(minted(&tenant, &reader, "start"));
    let spoofed = signed_in(&tenant, "jane.doe@contoso.com").await;
    reader.post_as(&pairs(&fields), &pairs(&spoofed)).await.is(403).says("sign-in is not set up");
    assert_eq!(starts(&tenant), 0);
}

#[tokio::test]
async fn starts_that_are_switched_off_leave_the_answers() {
    let configuration = format!("{CONFIGURATION}[start]\nenabled = false\n");
    let (tenant, reader) = jane(world().configuration(configuration)).await;
    let page = reader.get().await;
    page.is(200).says("Maintenance is not started from here").says("value=\"acknowledge\"");
    assert!(!page.body.contains("value=\"start\""));
    reader.post(&pairs(&Reader::filled_with(minted(&tenant, &reader, "start")))).await.is(403);
    assert_eq!(starts(&tenant), 0);
}

#[tokio::test]
async fn s23_without_the_right_to_start_page_and_mail_point_to_the_portal() {
    let (mut tenant, reader) = jane(world()).await;
    tenant.simulation.script().forbid_starts(SUBSCRIPTION, true);
    let refused = reader.post(&pairs(&reader.filled().await)).await;
    refused
        .is(200)
        .says("Azure does not let whoever asked start it (AuthorizationFailed)")
        .says("To start it in Azure’s portal");
    assert_eq!(starts(&tenant), 0);
    let posts = tenant.simulation.script().requests();
    let posts = posts.iter().filter(|request| request.path.ends_with("/performMaintenance"));
    assert_eq!(posts.map(|request| request.status).collect::<Vec<_>>(), [403]);
    tenant.advance(TimeDelta::days(1)).await;
    let letters = tenant.messages().await;
    let (_, mail) = tenant.read(to(&letters, "jane.doe")).await;
    let text = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("It can be started in Azure’s portal."), "{text}");
    // Nothing stands in the way once the role is there.
    tenant.simulation.script().forbid_starts(SUBSCRIPTION, false);
    reader.post(&pairs(&reader.filled().await)).await.is(200).says("vm-web-01: started");
}

#[tokio::test]
async fn s9_who_is_no_longer_responsible_reads_so_and_changes_nothing() {
    let (tenant, reader) = jane(world()).await;
    let fields = reader.filled().await;
    let id = window(&tenant, "vm-web-01").await.id.resource;
    let tags = SimulatedTags::from([("owner".to_owned(), "mei.lin".to_owned())]);
    tenant.simulation.script().set_machine_tags(id.as_str(), tags);
    tenant.look().await;
    let page = reader.get().await;
    page.is(410).says("it is with mei.lin@contoso.com");
    assert!(!page.body.contains("<form"));
    reader.post(&pairs(&fields)).await.is(410).says("Nothing was done: you are no longer responsible");
    assert_eq!((starts(&tenant), audit_actions(&tenant).await), (0, Vec::new()));
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

#[tokio::test]
async fn s12_what_is_too_long_no_form_or_too_often_is_refused_but_who_is_late_is_answered() {
    let (tenant, reader) = jane(world()).await;
    let fields = reader.filled().await;
    let nonce = reader.get().await.nonce("acknowledge");
    let long = "x".repeat(4096);
    reader.post(&[&pairs(&fields)[..], &[("note", long.as_str())]].concat()).await.is(413);
    reader.post_as(&pairs(&fields), &[]).await.is(200).says("started");
    let json =
        Request::post(&reader.path).header("origin", ORIGIN).header("content-type", "application/json");
    reader.send(json.body(Body::from("{}")).unwrap()).await.is(415);
    let note = |note: usize| note.to_string();
    let mut refused = 0;
    for number in 0..60 {
        let note = note(number);
        let known = [("nonce", nonce.as_str()), ("do", "acknowledge"), ("m", "0-1"), ("note", &note)];
        let answer = reader.post(&known).await;
        refused += usize::from(answer.status == 429);
    }
    assert!(refused > 0 && refused < 60, "{refused}");
    reader.post(&pairs(&fields)).await.is(200).says("Under way: started by");
    assert_eq!(starts(&tenant), 1);
}

#[tokio::test]
async fn s12_a_form_that_comes_drop_by_drop_is_given_up_and_holds_up_nobody() {
    let (tenant, reader) = jane(world()).await;
    let fields = reader.filled().await;
    let begun = || Request::post(&reader.path).header("origin", ORIGIN);
    let slow = (0..50).map(|_| {
        let drops =
            stream::once(async { Ok::<_, std::io::Error>("nonce=".to_owned()) }).chain(stream::pending());
        reader.send(begun().body(Body::from_stream(drops)).unwrap())
    });
    let mut slow = Box::pin(join_all(slow));
    assert!(futures::poll!(&mut slow).is_pending());
    reader.post(&pairs(&fields)).await.is(200).says("vm-web-01: started");
    tokio::time::pause();
    let answers = tokio::time::timeout(Duration::from_secs(11), slow).await.expect("they are given up");
    assert!(answers.iter().all(|answer| answer.status == 408 && answer.body.contains("within ten seconds")));
    assert_eq!(starts(&tenant), 1);
}

#[tokio::test]
async fn s12_looking_has_a_limit_too_and_what_leads_nowhere_does_not_count() {
    let (_tenant, mut reader) = jane(world()).await;
    let genuine = reader.path.clone();
    let long = Reader { path: format!("{genuine}&x={}", "x".repeat(8192)), ..reader.clone() };
    long.get().await.is(414);
    let from = |address: &'static str| [("x-forwarded-for", address)];
    reader.path = format!("{genuine}x");
    for _ in 0..700 {
        reader.get_as(&from("203.0.113.7:1")).await.is(404);
    }
    reader.path = genuine.clone();
    let mut looks = 0;
    while reader.get_as(&from("203.0.113.7:1")).await.status == 200 {
        looks += 1;
        assert!(looks < 2000, "there is no limit");
    }
    // A page on which something is under way loads itself again twenty times in five minutes.
    assert!(looks > 200, "{looks}");
    let refused = reader.get_as(&from("203.0.113.8:1")).await;
    assert_eq!(refused.is(429).headers["retry-after"], "300");
    // Whatever stands behind the link is the same link.
    reader.path = format!("{genuine}&n=1");
    reader.get().await.is(429);
}

#[tokio::test]
async fn s12_one_address_cannot_fill_the_place_with_bodies_that_do_not_come() {
    let (tenant, reader) = jane(world()).await;
    let fields = reader.filled().await;
    let slow = (0..100).map(|_| {
        let request = Request::post(&reader.path).header("x-forwarded-for", "198.51.100.1, 203.0.113.7:4711");
        reader.send(request.body(Body::from_stream(stream::pending::<std::io::Result<String>>())).unwrap())
    });
    let mut slow = Box::pin(join_all(slow));
    assert!(futures::poll!(&mut slow).is_pending());
    let mine = [("x-forwarded-for", "203.0.113.8:4711")];
    reader.post_as(&pairs(&fields), &mine).await.is(200).says("vm-web-01: started");
    let theirs = [("x-forwarded-for", "203.0.113.7:4712")];
    reader.post_as(&pairs(&fields), &theirs).await.is(429);
    tokio::time::pause();
    let answers = tokio::time::timeout(Duration::from_secs(11), slow).await.expect("they are given up");
    tokio::time::resume();
    assert_eq!(answers.iter().filter(|answer| answer.status == 408).count(), 64);
    assert_eq!(answers.iter().filter(|answer| answer.status == 429).count(), 36);
    assert!(answers.iter().all(|answer| answer.headers["connection"] == "close"));
    assert_eq!(starts(&tenant), 1);
    reader.post_as(&pairs(&fields), &theirs).await.is(200).says("Under way");
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
