//! Mails by a live-like stand-in for Communication Services: it takes a mail as an operation, repeats its answer to an
//! operation that it knows, ends operations when it likes, and reports in any order.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::domain::endpoint::Endpoint;
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::domain::outbox::{OutboxRow, OutboxState};
use maintenance_notifier::services::retry::retry;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::events::{Tenant, disordered, mail_report};

/// The stand-in. Clones share it.
#[derive(Clone, Default)]
struct Service(Arc<Mutex<Inside>>);

#[derive(Default)]
struct Inside {
    /// What is said of each operation that was taken.
    operations: BTreeMap<Uuid, Value>,
    /// Every mail that was taken: to whom, by which operation. One that is repeated is no second mail.
    mails: Vec<(String, Uuid)>,
    questions: Vec<Uuid>,
    texts: Vec<(String, String)>,
    /// What posts are answered with instead of a 202, after the mail was taken or not.
    answers: Option<(u16, bool)>,
}

impl Service {
    fn router(&self) -> axum::Router {
        axum::Router::new().fallback(answer).with_state(self.clone())
    }

    fn to(&self, address: &str) -> Vec<Uuid> {
        let inside = self.0.lock().unwrap();
        inside.mails.iter().filter(|(to, _)| to == address).map(|(_, operation)| *operation).collect()
    }

    fn says(&self, operation: Uuid, status: &str, code: &str) {
        let error = json!({ "code": code, "message": code });
        let said = json!({ "id": operation.to_string(), "status": status, "error": error });
        self.0.lock().unwrap().operations.insert(operation, said);
    }

    fn all_end(&self, status: &str) {
        let operations: Vec<Uuid> = self.0.lock().unwrap().operations.keys().copied().collect();
        operations.into_iter().for_each(|operation| self.says(operation, status, ""));
    }

    fn answers(&self, answer: Option<(u16, bool)>) {
        self.0.lock().unwrap().answers = answer;
    }

    fn questions(&self, operation: Uuid) -> usize {
        self.0.lock().unwrap().questions.iter().filter(|asked| **asked == operation).count()
    }

    /// How many mails to `address` say this.
    fn say(&self, address: &str, words: &str) -> usize {
        let inside = self.0.lock().unwrap();
        inside.texts.iter().filter(|(to, text)| to == address && text.contains(words)).count()
    }
}

async fn answer(State(service): State<Service>, headers: HeaderMap, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if parts.method == Method::GET {
        let id: Uuid = parts.uri.path().rsplit('/').next().unwrap().parse().unwrap();
        let mut inside = service.0.lock().unwrap();
        inside.questions.push(id);
        return match inside.operations.get(&id) {
            Some(said) => axum::Json(said.clone()).into_response(),
            None => (StatusCode::NOT_FOUND, "{}").into_response(),
        };
    }
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    let to = body["recipients"]["to"][0]["address"].as_str().unwrap().to_owned();
    let id: Uuid = headers["operation-id"].to_str().unwrap().parse().unwrap();
    let mut kept = service.0.lock().unwrap();
    let answers = kept.answers;
    let running = json!({ "id": id.to_string(), "status": "Running" });
    if answers.is_none_or(|(_, takes)| takes) && !kept.operations.contains_key(&id) {
        kept.texts.push((to.clone(), body["content"]["plainText"].as_str().unwrap().replace('\n', " ")));
        kept.mails.push((to, id));
        kept.operations.insert(id, running);
    }
    match answers {
        Some((status, _)) => (StatusCode::from_u16(status).unwrap(), "{}").into_response(),
        None => (StatusCode::ACCEPTED, axum::Json(kept.operations[&id].clone())).into_response(),
    }
}

/// Somebody who is named in a tag, gets one mail at once and no other for two days.
const OWNER: &str = "identity-team@contoso.com";

/// A tenant whose mails leave by the stand-in, and an owner who got one mail.
async fn tenant(service: &Service) -> (Tenant, String) {
    let tenant = Tenant::start_by(Some(service.router())).await;
    tenant.row(OWNER).await;
    (tenant, OWNER.to_owned())
}

impl Tenant {
    async fn row(&self, address: &str) -> OutboxRow {
        let rows = self.app.repository.outbox_rows().await.unwrap().rows;
        let mut rows = rows.into_iter().map(|row| row.value).filter(
            |row| matches!(&row.endpoint, Endpoint::Email { address: other } if other.as_str() == address),
        );
        rows.next().unwrap()
    }

    /// Plans every few minutes for so long.
    pub(crate) async fn live(&self, time: TimeDelta) {
        let until = self.now() + time;
        while self.now() < until {
            self.clock.advance(TimeDelta::minutes(10));
            self.plan().await;
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    pub(crate) async fn undeliverable(&self) -> Vec<OperatorAlert> {
        let mut alerts = self.operator_alerts().await;
        alerts.retain(|alert| matches!(alert, OperatorAlert::Undeliverable { .. }));
        alerts
    }

    async fn is_dead(&self, address: &str) -> bool {
        let dead = self.app.repository.dead_endpoints().await.unwrap();
        dead.iter().any(|row| row.endpoint.key() == format!("email:{address}"))
    }
}

fn is_delivered(row: &OutboxRow) -> bool {
    matches!(row.state, OutboxState::Delivered { .. })
}

#[tokio::test]
async fn an_operation_is_followed_to_an_end_that_comes_hours_later() {
    let service = Service::default();
    let (tenant, owner) = tenant(&service).await;
    let [operation] = service.to(&owner)[..] else { panic!("one mail") };
    tenant.live(TimeDelta::hours(5)).await;
    assert!(tenant.row(&owner).await.next_question().is_some(), "it is asked for still");
    service.says(operation, "Failed", "EmailDroppedAllRecipientsSuppressed");
    tenant.live(TimeDelta::hours(2)).await;
    let row = tenant.row(&owner).await;
    assert!(
        matches!(&row.state, OutboxState::Failed { error, .. } if error.contains("Suppressed")),
        "{row:?}"
    );
    assert!(tenant.is_dead(&owner).await, "the late failure is not lost");
    assert_eq!(tenant.undeliverable().await.len(), 1);
}

#[tokio::test]
async fn an_operation_that_ends_well_is_asked_for_once_more_and_never_again() {
    let service = Service::default();
    let (tenant, owner) = tenant(&service).await;
    service.all_end("Succeeded");
    tenant.live(TimeDelta::hours(3)).await;
    assert!(is_delivered(&tenant.row(&owner).await));
    assert_eq!(tenant.row(&owner).await.next_question(), None);
    assert_eq!(service.questions(service.to(&owner)[0]), 1);
}

#[tokio::test]
async fn an_operation_without_an_end_is_unknown_after_a_day_and_operators_hear_so() {
    let service = Service::default();
    let (tenant, owner) = tenant(&service).await;
    tenant.live(TimeDelta::hours(26)).await;
    let row = tenant.row(&owner).await;
    assert!(row.is_unknown(), "{row:?}");
    let alerts = tenant.undeliverable().await;
    let of_owner = alerts.iter().filter(|alert| matches!(alert, OperatorAlert::Undeliverable { recipient, unknown: true, .. } if recipient.as_str() == owner));
    assert_eq!(of_owner.count(), 1, "{alerts:?}");
    assert!(!tenant.is_dead(&owner).await, "nobody said anything of the address");
    assert_eq!(service.to(&owner).len(), 1, "and no copy was sent");
    // A report that comes after all is the last word.
    let report = mail_report(&owner, Some(service.to(&owner)[0]), "Delivered", tenant.now());
    tenant.events(&[report]).await;
    assert!(is_delivered(&tenant.row(&owner).await));
}

#[tokio::test]
async fn an_operation_that_failed_by_the_services_own_fault_is_sent_anew_under_another_id() {
    let service = Service::default();
    let (tenant, owner) = tenant(&service).await;
    let [first] = service.to(&owner)[..] else { panic!("one mail") };
    service.says(first, "Failed", "InternalServerError");
    tenant.live(TimeDelta::hours(2)).await;
    let [_, second] = service.to(&owner)[..] else { panic!("once more: {:?}", service.to(&owner)) };
    assert_ne!(first, second);
    service.says(second, "Succeeded", "");
    tenant.live(TimeDelta::hours(2)).await;
    assert!(is_delivered(&tenant.row(&owner).await));
    assert!(!tenant.is_dead(&owner).await, "the address is not to blame");
    assert_eq!(service.to(&owner).len(), 2);
}

#[tokio::test]
async fn a_failed_operation_that_an_operator_retries_is_another_one() {
    let service = Service::default();
    let (tenant, owner) = tenant(&service).await;
    let [first] = service.to(&owner)[..] else { panic!("one mail") };
    service.says(first, "Failed", "EmailDroppedAllRecipientsSuppressed");
    tenant.live(TimeDelta::hours(1)).await;
    let id = tenant.row(&owner).await.id;
    retry(&tenant.app.repository, id.as_str(), false, tenant.now()).await.unwrap();
    tenant.live(TimeDelta::minutes(20)).await;
    assert_eq!(service.to(&owner).len(), 2, "{:?}", tenant.row(&owner).await);
    assert!(is_delivered(&tenant.row(&owner).await));
}

#[tokio::test]
async fn a_lost_answer_keeps_its_id_so_that_nobody_gets_a_copy() {
    let service = Service::default();
    service.answers(Some((504, true)));
    let (tenant, owner) = tenant(&service).await;
    tenant.live(TimeDelta::hours(8)).await;
    let [operation] = service.to(&owner)[..] else { panic!("one mail: {:?}", service.to(&owner)) };
    assert!(tenant.row(&owner).await.is_in_doubt());
    service.answers(None);
    service.says(operation, "Succeeded", "");
    tenant.live(TimeDelta::hours(3)).await;
    let row = tenant.row(&owner).await;
    assert!(is_delivered(&row) && !row.is_in_doubt(), "{row:?}");
    assert_eq!(service.to(&owner), [operation]);
}

#[tokio::test]
async fn a_service_that_never_answers_keeps_what_comes_after_waiting_for_a_day_at_most() {
    let service = Service::default();
    service.answers(Some((504, true)));
    let (tenant, owner) = tenant(&service).await;
    tenant.live(TimeDelta::hours(30)).await;
    let row = tenant.row(&owner).await;
    assert!(row.is_unknown() && matches!(row.state, OutboxState::Failed { .. }), "{row:?}");
    assert_eq!(service.to(&owner).len(), 1, "it was one operation throughout");
}

#[tokio::test]
async fn taken_is_not_arrived_and_only_a_later_delivery_shows_that_an_address_is_well() {
    let service = Service::default();
    let (tenant, owner) = tenant(&service).await;
    let operation = service.to(&owner)[0];
    let bounced = tenant.now();
    tenant.clock.advance(TimeDelta::minutes(10));
    tenant.events(&[mail_report(&owner, Some(operation), "Bounced", bounced)]).await;
    // The operation itself ends well: the service has sent the mail on.
    service.all_end("Succeeded");
    tenant.live(TimeDelta::hours(1)).await;
    assert!(tenant.is_dead(&owner).await);
    assert!(matches!(tenant.row(&owner).await.state, OutboxState::Failed { .. }));
    // More mails are taken there, and operators hear of the one address once.
    let id = tenant.row(&owner).await.id;
    retry(&tenant.app.repository, id.as_str(), false, tenant.now()).await.unwrap();
    tenant.live(TimeDelta::hours(1)).await;
    let again = *service.to(&owner).last().unwrap();
    assert!(tenant.is_dead(&owner).await, "an acceptance revives nobody");
    let since = tenant.operator_alerts().await;
    tenant.events(&[mail_report(&owner, Some(again), "Bounced", tenant.now())]).await;
    assert_eq!(tenant.operator_alerts().await, since);
    tenant.clock.advance(TimeDelta::minutes(1));
    tenant.events(&[mail_report(&owner, Some(again), "Delivered", tenant.now())]).await;
    assert!(!tenant.is_dead(&owner).await);
    assert_eq!(tenant.undeliverable().await, []);
}

#[tokio::test]
async fn a_repeated_old_bounce_after_a_newer_delivery_counts_for_nothing() {
    let service = Service::default();
    let (tenant, owner) = tenant(&service).await;
    let operation = service.to(&owner)[0];
    let sent = tenant.now();
    let bounced = mail_report(&owner, Some(operation), "Bounced", sent);
    let delivered = mail_report(&owner, Some(operation), "Delivered", sent + TimeDelta::minutes(5));
    tenant.clock.advance(TimeDelta::minutes(10));
    tenant.events(std::slice::from_ref(&delivered)).await;
    for report in disordered(&[bounced, delivered]) {
        tenant.events(&[report]).await;
    }
    assert!(!tenant.is_dead(&owner).await);
    assert_eq!(tenant.undeliverable().await, []);
    assert!(is_delivered(&tenant.row(&owner).await));
}

#[tokio::test]
async fn what_is_taken_for_spam_or_put_into_quarantine_is_somebodys_matter_once() {
    for status in ["FilteredSpam", "Quarantined"] {
        let service = Service::default();
        let (tenant, owner) = tenant(&service).await;
        let report = mail_report(&owner, Some(service.to(&owner)[0]), status, tenant.now());
        tenant.clock.advance(TimeDelta::minutes(10));
        tenant.events(&disordered(&[report])).await;
        assert_eq!(tenant.undeliverable().await.len(), 1, "{status}");
        let platform = tenant.app.repository.state(&"platform".parse().unwrap()).await.unwrap();
        let instead = platform.assignments.iter().flat_map(|assignment| &assignment.reasons);
        let instead = instead.filter(|reason| format!("{reason:?}").contains(&owner));
        assert!(instead.count() > 0, "{status}: the fallback has the machines");
    }
}

#[tokio::test]
async fn a_bounce_for_dmarc_or_our_reputation_blames_no_address_and_goes_out_once_it_is_mended() {
    let service = Service::default();
    let (tenant, owner) = tenant(&service).await;
    service.all_end("Succeeded");
    let first = service.to(&owner)[0];
    let mut report = mail_report(&owner, Some(first), "Bounced", tenant.now());
    report["data"]["deliveryStatusDetails"]["statusMessage"] =
        "550 5.7.26 Unauthenticated mail is not accepted due to the domain's DMARC policy".into();
    tenant.clock.advance(TimeDelta::minutes(10));
    tenant.events(&disordered(&[report])).await;
    assert!(!tenant.is_dead(&owner).await);
    let services = tenant.operator_alerts().await;
    assert!(
        services
            .iter()
            .any(|alert| matches!(alert, OperatorAlert::Service { error, .. } if error.contains("5.7.26")))
    );
    tenant.live(TimeDelta::hours(5)).await;
    let [_, second] = service.to(&owner)[..] else { panic!("sent anew: {:?}", service.to(&owner)) };
    assert_ne!(first, second);
    tenant.events(&[mail_report(&owner, Some(second), "Delivered", tenant.now())]).await;
    assert!(is_delivered(&tenant.row(&owner).await));
}

#[tokio::test]
async fn an_address_of_operators_that_bounces_is_told_once_however_often_it_is_taken() {
    let service = Service::default();
    let (tenant, _) = tenant(&service).await;
    let operators = "platform@contoso.com";
    tenant.live(TimeDelta::hours(4)).await;
    for _ in 0..4 {
        let operation = *service.to(operators).last().expect("operators get mail");
        tenant.events(&[mail_report(operators, Some(operation), "Bounced", tenant.now())]).await;
        service.all_end("Succeeded");
        tenant.live(TimeDelta::days(1)).await;
    }
    assert!(service.to(operators).len() > 3, "they get others: {:?}", service.to(operators));
    assert!(tenant.is_dead(operators).await);
    assert_eq!(service.say(operators, "platform cannot be reached"), 1);
}
