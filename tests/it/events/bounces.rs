//! What the mail service says of addresses.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::clock::ManualClock;
use maintenance_notifier::deliver::{CommunicationAccess, CommunicationServices, MailTransport};
use maintenance_notifier::domain::endpoint::Endpoint;
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::http::client::{ClientOptions, client};
use serde_json::json;
use uuid::Uuid;

use super::{Tenant, disordered, mail_report};

/// Communication Services that takes every mail and says no more of it.
fn takes_everything() -> axum::Router {
    axum::Router::new().fallback(|| async {
        let body = json!({ "id": "x", "status": "Running" }).to_string();
        (axum::http::StatusCode::ACCEPTED, body)
    })
}

/// The way to a stand-in for Communication Services.
pub(super) async fn communication_services(clock: &Arc<ManualClock>, takes: axum::Router) -> MailTransport {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address: url::Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, takes).await });
    let key = CommunicationAccess::Key("a2V5IG9mIHRoZSByZXNvdXJjZQ==".into());
    let client = client(&ClientOptions::default()).unwrap();
    let services = CommunicationServices::new(client, &address, key, clock.clone()).unwrap();
    MailTransport::CommunicationServices(services)
}

/// A tenant whose mails leave by Communication Services, somebody named in a tag, and the operation of their mail.
async fn with_communication_services() -> (Tenant, String, Uuid) {
    let tenant = Tenant::start_by(Some(takes_everything())).await;
    let rows = tenant.app.repository.outbox_rows().await.unwrap().rows;
    let mut mails = rows.iter().filter_map(|row| match &row.value.endpoint {
        Endpoint::Email { address } if row.value.recipient.as_str().contains('@') => {
            Some((address.clone(), row.value.message.clone()))
        }
        _ => None,
    });
    let (address, message) = mails.next().expect("someone is named in a tag");
    let operation = tenant.app.deliverers.operation(&message, &address, 0).unwrap();
    (tenant, address.to_string(), operation)
}

#[tokio::test]
async fn f7_an_address_that_bounces_is_routed_around_until_it_takes_mail_again() {
    let (tenant, owner, operation) = with_communication_services().await;
    let report = |status: &str, at: DateTime<Utc>| mail_report(&owner, Some(operation), status, at);
    let bounced = tenant.app.clock.now();
    tenant.clock.advance(TimeDelta::minutes(10));
    let earlier = report("Delivered", bounced - TimeDelta::minutes(1));
    tenant.events(&disordered(&[report("Bounced", bounced), earlier.clone()])).await;
    tenant.events(&[earlier]).await;
    let dead = tenant.app.repository.dead_endpoints().await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!(
        dead[0].error,
        "the mail service reports that the address refused the mail (bounced), status 5.1.1: there is no such address"
    );
    let undeliverable = |operator_alerts: Vec<OperatorAlert>| {
        operator_alerts.iter().filter(|it| matches!(it, OperatorAlert::Undeliverable { .. })).count()
    };
    assert_eq!(undeliverable(tenant.operator_alerts().await), 1);
    let instead = tenant.app.repository.state(&"platform".parse().unwrap()).await.unwrap();
    let because = instead.assignments.iter().flat_map(|assignment| &assignment.reasons);
    let in_place = because
        .filter(|reason| format!("{reason:?}").contains(&format!("instead_of: RecipientName(\"{owner}\")")));
    assert!(in_place.count() > 0);

    tenant.events(&[report("Delivered", bounced + TimeDelta::minutes(5))]).await;
    assert_eq!(tenant.app.repository.dead_endpoints().await.unwrap(), []);
}

#[tokio::test]
async fn s20_a_forged_bounce_diverts_nothing_and_its_text_reaches_nobody() {
    let (tenant, owner, operation) = with_communication_services().await;
    let other = tenant.app.repository.outbox_rows().await.unwrap().rows.into_iter().find_map(|row| {
        let Endpoint::Email { address } = row.value.endpoint else { return None };
        (address.as_str() != owner).then(|| address.to_string())
    });
    let (other, now) = (other.expect("two get mail"), tenant.app.clock.now());
    let forged = [
        mail_report(&owner, None, "Bounced", now),
        mail_report(&owner, Some(Uuid::from_u128(7)), "Bounced", now),
        mail_report(&other, Some(operation), "Bounced", now),
        mail_report("stranger@contoso.com", Some(operation), "Suppressed", now),
    ];
    tenant.events(&disordered(&forged)).await;
    assert_eq!(tenant.app.repository.dead_endpoints().await.unwrap(), []);
    let alerts = tenant.operator_alerts().await;
    assert!(!alerts.iter().any(|alert| matches!(alert, OperatorAlert::Undeliverable { .. })), "{alerts:?}");
    // Nor does a true number bring foreign words along, or wake an address that refuses.
    tenant.events(&[mail_report(&owner, Some(operation), "Bounced", now)]).await;
    tenant.events(&[mail_report(&owner, None, "Delivered", now + TimeDelta::minutes(1))]).await;
    assert_eq!(tenant.app.repository.dead_endpoints().await.unwrap().len(), 1);
    assert!(!format!("{:?}", tenant.app.repository.dead_endpoints().await).contains("+49"));
    assert!(!format!("{:?}", tenant.operator_alerts().await).contains("+49"));
    // Mail that left by another way is none that Communication Services can report on.
    let folder = Tenant::start().await;
    let row = folder.app.repository.outbox_rows().await.unwrap().rows.remove(0).value;
    assert_eq!(folder.app.deliverers.operation(&row.message, &owner.parse().unwrap(), 0), None);
    folder.events(&[mail_report(&owner, Some(operation), "Bounced", now)]).await;
    assert_eq!(folder.app.repository.dead_endpoints().await.unwrap(), []);
}
