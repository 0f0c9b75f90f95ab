//! Starts with the rights of whoever clicks (`[start] as = "user"`), and what is offered where the notifier has none.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use chrono::TimeDelta;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::log::Log;
use super::tenant::{CONFIGURATION, Letter, Setup, TestTenant, small_world};
use maintenance_notifier::demo::{Fault, FaultAnswer, person_token};
use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::domain::action::form_nonce::FormPage;
use maintenance_notifier::domain::action::link_purpose::LinkPurpose;
use maintenance_notifier::domain::action::start::{StartOrigin, StartOutcome, StartRefusal, StartState};
use maintenance_notifier::domain::ids::PlanId;
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::domain::window::Revision;
use maintenance_notifier::services::start::{StartRequest, StartResult, start};
use maintenance_notifier::web;

const ORIGIN: &str = "https://maintenance.contoso.com";
const MACHINES: &[(&str, &str)] = &[("vm-web-01", "jane.doe"), ("vm-web-02", "jane.doe")];
/// The name for which the notifier's own tokens speak.
const OPS: &str = "ops@contoso.com";
const JANE: &str = "jane.doe@contoso.com";

struct Page {
    status: StatusCode,
    body: String,
}

impl Page {
    #[track_caller]
    fn says(&self, status: u16, text: &str) -> &Self {
        assert_eq!(self.status, status, "{}", self.body);
        assert!(self.body.contains(text), "{text:?} is not in {}", self.body);
        self
    }

    fn field(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        self.body.split(&mark).nth(1).unwrap().split('"').next().unwrap().to_owned()
    }
}

/// Jane's link, and whoever uses it.
struct Browser<'a> {
    tenant: &'a TestTenant,
    path: String,
}

impl<'a> Browser<'a> {
    async fn of(tenant: &'a TestTenant, letters: &[Letter]) -> Self {
        let letter = letters.iter().find(|letter| letter.to.starts_with("jane")).unwrap();
        let url = tenant.read(letter).await.0.link.expect("the mail has a link").url;
        Self { tenant, path: url.strip_prefix(ORIGIN).unwrap().to_owned() }
    }

    async fn send(
        &self,
        request: axum::http::request::Builder,
        body: Body,
        headers: &[(&str, String)],
    ) -> Page {
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        let pages = web::router(self.tenant.app.clone());
        let (parts, body) = pages.oneshot(request.body(body).unwrap()).await.unwrap().into_parts();
        let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Page { status: parts.status, body }
    }

    async fn get(&self, headers: &[(&str, String)]) -> Page {
        self.send(Request::get(&self.path), Body::empty(), headers).await
    }

    /// Starts the first machine of the page.
    async fn start(&self, when: &[(&str, &str)], headers: &[(&str, String)]) -> Page {
        let page = self.get(headers).await;
        let machine = page.field("m");
        let token = self.path.strip_prefix("/a?t=").unwrap().to_owned();
        let form = FormPage { purpose: LinkPurpose::Respond, token, part: String::new() };
        let offered = [(0, Revision(1)), (0, Revision(2))];
        let nonce =
            self.tenant.app.link_keys.form_nonce(&form, "start", &offered, self.tenant.now()).unwrap();
        let fields = [("nonce", nonce.as_str()), ("do", "start"), ("m", &machine), ("name", "vm-web-01")];
        let fields = fields.iter().chain(when).copied();
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(&self.path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", ORIGIN);
        self.send(request, Body::from(body), headers).await
    }
}

/// The headers with which the platform's guard lets somebody through, with their token for Azure.
async fn signed_in(tenant: &TestTenant, name: &str, token: Option<String>) -> Vec<(&'static str, String)> {
    let mut headers = super::pages::signed_in(tenant, name).await;
    headers.extend(token.map(|token| ("x-ms-token-aad-access-token", token)));
    headers
}

async fn notified(setup: Setup) -> (TestTenant, Vec<Letter>) {
    let mut tenant = setup.begin().await;
    tenant.round().await;
    let letters = tenant.messages().await;
    (tenant, letters)
}

fn as_user() -> Setup {
    let configuration = format!("{CONFIGURATION}[start]\nas = \"user\"\n");
    Setup::new(small_world(MACHINES)).configuration(configuration).easy_auth()
}

fn starts(tenant: &TestTenant) -> usize {
    tenant.simulation.script().starts().len()
}

const NOW: &[(&str, &str)] = &[("when", "now")];

#[tokio::test]
async fn s8_azure_decides_whether_whoever_clicks_may_start_and_learns_who_they_are() {
    let (tenant, letters) = notified(as_user()).await;
    let browser = Browser::of(&tenant, &letters).await;
    let script = tenant.simulation.script();
    script.forbid_starts_to("arjun.rao@contoso.com", true);
    let now = tenant.now();
    // Whoever Azure lets may, whose link it is or not.
    let arjun =
        signed_in(&tenant, "arjun.rao@contoso.com", Some(person_token("arjun.rao@contoso.com", now))).await;
    let refused = browser.start(NOW, &arjun).await;
    refused
        .says(200, "Azure does not let whoever asked start it (AuthorizationFailed)")
        .says(200, "The client &#x27;arjun.rao@contoso.com&#x27;")
        .says(200, "To start it in Azure’s portal");
    assert_eq!(starts(&tenant), 0);
    // That somebody may not says nothing of others.
    let ops = signed_in(&tenant, OPS, Some(person_token(OPS, now))).await;
    browser.get(&ops).await.says(200, "with your own rights in Azure");
    browser.start(NOW, &ops).await.says(200, "vm-web-01: started. Azure accepted it.");
    assert_eq!(starts(&tenant), 1);
    let trail = tenant.repository.audit_trail(1).await.unwrap();
    let who: Vec<(String, &str)> = trail
        .values()
        .map(|entry| {
            (
                entry.event.actor.principal.clone().unwrap(),
                entry.event.actor.recipient.as_ref().unwrap().as_str(),
            )
        })
        .collect();
    assert_eq!(who.first().unwrap(), &("arjun.rao@contoso.com".to_owned(), JANE));
    assert_eq!(who.last().unwrap(), &(OPS.to_owned(), JANE));
    // Following goes by the app's own identity.
    for _ in 0..8 {
        tenant.clock.advance(TimeDelta::minutes(1));
        tenant.follow().await;
    }
    tenant.look().await;
    browser.get(&ops).await.says(200, "done, and the machine runs");
    assert!(tenant.operator_alerts().await.is_empty(), "{:?}", tenant.operator_alerts().await);
}

#[tokio::test]
async fn without_a_fresh_token_of_ones_own_one_signs_in_again() {
    let (tenant, letters) = notified(as_user()).await;
    let browser = Browser::of(&tenant, &letters).await;
    let now = tenant.now();
    let link = format!(
        "login&#x2f;aad?post_login_redirect_uri=%2Fa%3Ft%3D{}",
        browser.path.strip_prefix("/a?t=").unwrap()
    );
    let for_graph = person_token(JANE, now).replacen(
        '.',
        ".eyJhdWQiOiJodHRwczovL2dyYXBoLm1pY3Jvc29mdC5jb20iLCJleHAiOjk5OTk5OTk5OTl9.",
        1,
    );
    let for_graph: Vec<&str> = for_graph.split('.').collect();
    let for_graph = format!("{}.{}.{}", for_graph[0], for_graph[1], for_graph[3]);
    for (headers, says) in [
        (vec![], "sign in: it is started with your own rights in Azure"),
        (signed_in(&tenant, JANE, None).await, "your sign-in brought no token for that"),
        (signed_in(&tenant, JANE, Some("opaque".to_owned())).await, "is not for Azure"),
        (signed_in(&tenant, JANE, Some(for_graph)).await, "is not for Azure"),
        (signed_in(&tenant, JANE, Some(person_token(JANE, now - TimeDelta::hours(1)))).await, "has run out"),
        (signed_in(&tenant, JANE, Some(person_token(OPS, now))).await, "is somebody else’s"),
    ] {
        let page = browser.get(&headers).await;
        page.says(200, says).says(200, &link);
        assert!(!page.body.contains("value=\"start\""));
        browser.start(NOW, &headers).await.says(403, "Nothing was started");
    }
    assert_eq!(starts(&tenant), 0);
    // What Azure itself does not take is passed on in its words.
    let jane = signed_in(&tenant, JANE, Some(person_token(JANE, now))).await;
    tenant.simulation.script().fail(Fault {
        path: "performMaintenance".to_owned(),
        graph_page: None,
        times: 1,
        answer: FaultAnswer::Status {
            status: 401,
            code: "InvalidAuthenticationToken".to_owned(),
            retry_after: None,
        },
    });
    browser.start(NOW, &jane).await.says(200, "start it (InvalidAuthenticationToken)");
    assert_eq!(starts(&tenant), 0);
}

#[tokio::test]
async fn with_a_persons_rights_nothing_is_planned_and_nothing_starts_without_them() {
    let configuration = format!(
        "{CONFIGURATION}[[recipients]]\nname = \"jane.doe\"\nemail = [\"{JANE}\"]\nmaintenance_hours = \"SAT 22:00-04:00\"\n\
         [start]\nas = \"user\"\n"
    );
    let (tenant, letters) = notified(as_user().configuration(configuration)).await;
    let browser = Browser::of(&tenant, &letters).await;
    let jane = signed_in(&tenant, JANE, Some(person_token(JANE, tenant.now()))).await;
    let page = browser.get(&jane).await;
    page.says(200, "a start at another time cannot be planned");
    assert!(!page.body.contains("datetime-local"));
    let at = [("when", "at"), ("at", "2026-11-28T22:00")];
    browser.start(&at, &jane).await.says(422, "Nothing was planned.");
    let window = tenant.windows().await.remove(0).window;
    let start_request = |origin: StartOrigin, begins| StartRequest {
        window: window.id.clone(),
        revision: window.revision,
        by: Actor::default(),
        origin,
        begins,
        accepts: None,
    };
    let message = tenant.repository.outbox_rows().await.unwrap().rows[0].value.message.clone();
    let later = tenant.now() + TimeDelta::days(1);
    for start_request in [
        start_request(StartOrigin::Link { message, form: None }, None),
        start_request(StartOrigin::CommandLine, Some(later)),
        start_request(
            StartOrigin::StandingOrder { hours: "always".to_owned(), sources: Vec::new() },
            Some(later),
        ),
        start_request(
            StartOrigin::RollingPlan {
                plan: PlanId::new(&"jane.doe".parse().unwrap(), "sheet", [&window.id]),
            },
            None,
        ),
    ] {
        let answer = start(&tenant.app, &start_request).await.unwrap();
        assert_eq!(answer, StartResult::Refused(StartRefusal::OwnRights), "{start_request:?}");
    }
    assert_eq!(starts(&tenant), 0);
    assert!(tenant.repository.open_starts().await.unwrap().rows.is_empty(), "hours plan nothing either");
}

#[tokio::test]
async fn what_was_planned_before_the_rights_changed_is_not_begun_with_the_notifiers_own() {
    let (mut tenant, _) = notified(as_user().configuration(CONFIGURATION)).await;
    let window = tenant.windows().await.remove(0).window;
    let at = tenant.now() + TimeDelta::hours(1);
    let start_request = StartRequest {
        window: window.id.clone(),
        revision: window.revision,
        by: Actor::default(),
        origin: StartOrigin::CommandLine,
        begins: Some(at),
        accepts: None,
    };
    let StartResult::Planned(planned) = start(&tenant.app, &start_request).await.unwrap() else { panic!() };
    tenant.configure(format!("{CONFIGURATION}[start]\nas = \"user\"\n"));
    let store = tenant.store();
    tenant.restart(store);
    tenant.clock.set(at);
    tenant.follow().await;
    assert_eq!(starts(&tenant), 0);
    let settled = tenant.repository.start(&planned.id).await.unwrap().unwrap();
    let not_begun = StartOutcome::NotBegun { reason: StartRefusal::OwnRights };
    assert!(matches!(settled.state, StartState::Settled { outcome, .. } if outcome == not_begun));
}

#[tokio::test]
async fn s8_headers_name_nobody_and_carry_no_rights_without_the_platforms_guard() {
    let mut setup = as_user();
    setup.easy_auth = false;
    let (tenant, letters) = notified(setup).await;
    let browser = Browser::of(&tenant, &letters).await;
    let spoofed = signed_in(&tenant, JANE, Some(person_token(JANE, tenant.now()))).await;
    browser.get(&spoofed).await.says(200, "sign-in is not set up");
    browser.start(NOW, &spoofed).await.says(403, "Nothing was started");
    assert_eq!(starts(&tenant), 0);
}

#[tokio::test]
async fn s23_where_the_notifier_may_not_start_links_lead_to_the_portal_until_it_may() {
    let (mut tenant, letters) = notified(Setup::new(small_world(MACHINES))).await;
    let simulation = tenant.simulation.clone();
    let browser = Browser::of(&tenant, &letters).await;
    let script = simulation.script();
    script.forbid_starts(super::tenant::SUBSCRIPTION, true);
    browser
        .start(NOW, &[])
        .await
        .says(200, "Azure does not let whoever asked start it (AuthorizationFailed)");
    let page = browser.get(&[]).await;
    page.says(200, "Azure lately did not let this service do that").says(200, "press “Start maintenance”");
    assert!(!page.body.contains("value=\"start\"") && page.body.contains("value=\"acknowledge\""));
    let operator_alerts = tenant.operator_alerts().await;
    assert!(
        matches!(&operator_alerts[..], [OperatorAlert::NoStarts { scope, .. }] if scope.contains("resource group rg-test")),
        "{operator_alerts:?}"
    );
    // New messages do not speak of starting there either.
    let day = |day: i64| super::tenant::start() + TimeDelta::days(day);
    let window = maintenance_notifier::demo::SimulatedWindow::new;
    script.reschedule(super::tenant::WAVE, Some(window(day(-2), day(6))), window(day(12), day(19)));
    tenant.clock.advance(TimeDelta::hours(2));
    tenant.round().await;
    let letters = tenant.messages().await;
    let jane = letters.iter().find(|letter| letter.to.starts_with("jane")).unwrap();
    assert!(!tenant.read(jane).await.0.link.unwrap().starts);
    // A role that was assigned since is tried a day later.
    script.forbid_starts(super::tenant::SUBSCRIPTION, false);
    tenant.clock.advance(TimeDelta::days(1));
    let browser = Browser::of(&tenant, &letters).await;
    browser.start(NOW, &[]).await.says(200, "vm-web-01: started");
    let summary = tenant.repository.subscription_rows().await.unwrap();
    assert!(summary.values().all(|summary| summary.starts_forbidden.is_empty()));
}

#[tokio::test]
async fn s10_a_persons_token_is_in_no_log_page_or_row() {
    let (log, guard) = Log::listen();
    let (tenant, letters) = notified(as_user()).await;
    let browser = Browser::of(&tenant, &letters).await;
    let token = person_token(JANE, tenant.now());
    let jane = signed_in(&tenant, JANE, Some(token.clone())).await;
    let page = browser.get(&jane).await;
    let done = browser.start(NOW, &jane).await;
    done.says(200, "vm-web-01: started");
    drop(guard);
    let log = log.text();
    assert!(log.contains("a start was posted"));
    let claims = token.split('.').nth(1).unwrap();
    for text in [&log, &page.body, &done.body] {
        assert!(!text.contains(claims), "{text}");
    }
    let store = tenant.store();
    for partition in ["actions", "outbox", "troubles", "tenant"] {
        let partition = maintenance_notifier::store::PartitionKey::new(partition).unwrap();
        let rows = maintenance_notifier::store::scan(&*store, &partition, Default::default()).await.unwrap();
        assert!(rows.iter().all(|row| !row.value.contains(claims)));
    }
}
