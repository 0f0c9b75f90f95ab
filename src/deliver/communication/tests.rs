//! Communication Services' answers and what they mean, against a stand-in on this machine.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::*;
use crate::azure::testing::{Fake, Reply, Seen};
use crate::clock::ManualClock;
use crate::domain::calendar_entry::CalendarMethod;
use crate::render::{Attachment, CalendarPart, Mailbox};

fn now() -> DateTime<Utc> {
    "2026-12-01T08:05:09Z".parse().unwrap()
}

fn services(fake: &Fake, access: CommunicationAccess) -> CommunicationServices {
    let clock = Arc::new(ManualClock::new(now()));
    CommunicationServices::new(fake.http(), &fake.url("/"), access, clock).unwrap()
}

fn identity() -> CommunicationAccess {
    let clock = Arc::new(ManualClock::new(now()));
    let audience = COMMUNICATION_AUDIENCE.parse().unwrap();
    CommunicationAccess::Identity(TokenSource::fixed("S3cretT0ken".into(), &audience, clock))
}

fn mail() -> RenderedMail {
    RenderedMail {
        conversation: None,
        unsubscribe: None,
        message_id: "0a1b2c3d4e5f60718293a4b5c6d7e8f9@contoso.com".to_owned(),
        date: now(),
        subject: "Act by Fri 12 Dec: web-01".to_owned(),
        text: "web-01 will be restarted.\n".to_owned(),
        html: "<p>web-01 will be restarted.</p>\n".to_owned(),
        calendar: Some(CalendarPart {
            method: CalendarMethod::Request,
            text: "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n".to_owned(),
        }),
        attachments: vec![Attachment {
            name: "machines.csv".to_owned(),
            content_type: "text/csv; charset=utf-8".to_owned(),
            bytes: b"name\nweb-01\n".to_vec(),
        }],
    }
}

fn sender() -> Sender {
    Sender {
        from: Mailbox {
            name: Some("Azure maintenance".to_owned()),
            address: "maintenance@contoso.com".parse().unwrap(),
        },
        reply_to: Some(Mailbox { name: Some("Ops".to_owned()), address: "ops@contoso.com".parse().unwrap() }),
    }
}

async fn send(services: &CommunicationServices) -> Delivery {
    services.send(&mail(), &sender(), &"jane@contoso.com".parse().unwrap(), 0).await
}

/// An outcome without its words.
fn kind(delivery: &Delivery) -> String {
    match delivery {
        Delivery::Accepted { .. } => "accepted".to_owned(),
        Delivery::Taken { .. } => "taken".to_owned(),
        Delivery::Rejected { cause, .. } => format!("rejected {cause:?}"),
        Delivery::Ours { .. } => "ours".to_owned(),
        Delivery::Deferred { certainly_unsent, .. } => format!("deferred unsent={certainly_unsent}"),
    }
}

fn taken(seen: &Seen) -> Reply {
    let id = seen.header("operation-id").unwrap();
    let host = seen.header("host").unwrap();
    Reply::from((202, json!({"id": id, "status": "Running"}).to_string()))
        .with("Operation-Location", format!("http://{host}//emails/operations/{id}?api-version=2025-09-01"))
        .with("retry-after", "20")
}

/// A stand-in that takes everything and says this of each operation.
async fn service(state: &'static str) -> Fake {
    Fake::start(move |seen| match seen.method.as_str() {
        "POST" => taken(seen),
        _ => json!({"id": "x", "status": state}).into(),
    })
    .await
}

/// What is heard of an operation that is answered like this.
async fn asked(status: u16, body: Value) -> OperationStatus {
    let fake = Fake::start(move |_| Reply::from((status, body.to_string())).with("Retry-After", "90")).await;
    services(&fake, identity()).ask_after(Uuid::from_u128(7)).await
}

#[tokio::test]
async fn the_mail_goes_out_with_its_calendar_entry_attached() {
    let fake = service("Succeeded").await;
    let delivery = send(&services(&fake, identity())).await;
    let seen = fake.seen();
    let operation = seen[0].header("operation-id").unwrap().to_owned();
    let reference = format!("127.0.0.1 operation {operation}");
    assert_eq!(delivery, Delivery::Taken { reference, wait: Some(TimeDelta::seconds(20)) });
    assert_eq!(seen[0].path, "/emails:send");
    assert_eq!(seen[0].query("api-version"), Some("2025-09-01"));
    assert_eq!(seen[0].header("content-type"), Some("application/json"));
    assert_eq!(seen[0].header("authorization"), Some("Bearer S3cretT0ken"));
    assert!(seen[0].header("x-ms-client-request-id").is_some());
    assert_eq!(seen.len(), 1, "what becomes of it is asked later");
    insta::assert_json_snapshot!(seen[0].json(), @r#"
    {
      "attachments": [
        {
          "contentInBase64": "QkVHSU46VkNBTEVOREFSDQpNRVRIT0Q6UkVRVUVTVA0KRU5EOlZDQUxFTkRBUg0K",
          "contentType": "text/calendar; charset=utf-8; method=REQUEST",
          "name": "maintenance.ics"
        },
        {
          "contentInBase64": "bmFtZQp3ZWItMDEK",
          "contentType": "text/csv; charset=utf-8",
          "name": "machines.csv"
        }
      ],
      "content": {
        "html": "<p>web-01 will be restarted.</p>\n",
        "plainText": "web-01 will be restarted.\n",
        "subject": "Act by Fri 12 Dec: web-01"
      },
      "headers": {
        "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply"
      },
      "recipients": {
        "to": [
          {
            "address": "jane@contoso.com"
          }
        ]
      },
      "replyTo": [
        {
          "address": "ops@contoso.com",
          "displayName": "Ops"
        }
      ],
      "senderAddress": "maintenance@contoso.com",
      "userEngagementTrackingDisabled": true
    }
    "#);
}

#[tokio::test]
async fn a_repeated_attempt_is_the_same_operation_with_the_same_body() {
    let fake = service("Succeeded").await;
    let services = services(&fake, identity());
    send(&services).await;
    send(&services).await;
    let sent: Vec<Seen> = fake.seen().into_iter().filter(|seen| seen.method == "POST").collect();
    assert_eq!(sent[0].header("operation-id"), sent[1].header("operation-id"));
    assert_eq!(sent[0].body, sent[1].body);
}

#[tokio::test]
async fn with_a_key_every_request_is_signed_over_its_body() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest, Sha256};

    let fake = service("Succeeded").await;
    let access = CommunicationAccess::Key("a2V5IG9mIHRoZSByZXNvdXJjZQ==".into());
    let services = services(&fake, access);
    assert!(send(&services).await.is_accepted());
    assert_eq!(services.ask_after(Uuid::from_u128(7)).await, OperationStatus::Succeeded);
    let key = AccessKey::parse(&"a2V5IG9mIHRoZSByZXNvdXJjZQ==".into()).unwrap();
    let seen = fake.seen();
    assert_eq!(seen.iter().map(|seen| seen.method.as_str()).collect::<Vec<_>>(), ["POST", "GET"]);
    for seen in seen {
        let address = fake.url("/").join(&format!(
            "http://{}{}?api-version=2025-09-01",
            seen.header("host").unwrap(),
            seen.path
        ));
        let signed = key.sign(&seen.method, &address.unwrap(), seen.body.as_bytes(), now()).unwrap();
        assert_eq!(seen.header("authorization"), Some(signed.authorization.expose_secret()));
        assert_eq!(seen.header("x-ms-date"), Some("Tue, 01 Dec 2026 08:05:09 GMT"));
        let content = STANDARD.encode(Sha256::digest(seen.body.as_bytes()));
        assert_eq!(seen.header("x-ms-content-sha256"), Some(content.as_str()));
    }
}

#[tokio::test]
async fn what_became_of_an_operation_is_understood_or_asked_again() {
    let id = "00000000-0000-0000-0000-000000000007";
    assert_eq!(asked(200, json!({"id": id, "status": "Succeeded"})).await, OperationStatus::Succeeded);
    for (status, body) in [
        (200, json!({"id": id, "status": "NotStarted"})),
        (200, json!({"id": id, "status": "Running"})),
        (200, json!({"id": id, "status": "a new word"})),
        (200, json!({})),
        (404, json!({"error": {"code": "NotFound", "message": "The message could not be located"}})),
        (401, json!({})),
        (429, json!({})),
        (500, json!({})),
    ] {
        match asked(status, body.clone()).await {
            OperationStatus::UnderWay { wait, .. } => {
                assert_eq!(wait, Some(TimeDelta::seconds(90)), "{body}")
            }
            other => panic!("{status} {body}: {other:?}"),
        }
    }
    let page = Fake::start(|_| (200, "<html><title>Sign in</title></html>").into()).await;
    let heard = services(&page, identity()).ask_after(Uuid::from_u128(7)).await;
    assert!(matches!(heard, OperationStatus::UnderWay { .. }), "{heard:?}");
}

#[tokio::test]
async fn an_operation_that_failed_blames_the_recipient_only_in_clear_words_about_the_address() {
    for (code, message, expected) in [
        (
            "EmailDroppedAllRecipientsSuppressed",
            "Message dropped because all recipients were suppressed",
            "rejected Endpoint",
        ),
        ("InvalidEmailAddress", "Invalid format for email address", "rejected Endpoint"),
        ("InvalidEmailAddress", "Invalid format for email address of the sender", "ours"),
        ("EmailDropped", "Email was dropped.", "ours"),
        ("InternalServerError", "Something went wrong", "ours"),
        ("", "", "ours"),
        ("SubscriptionBlocked", "Blocked for the reputation of your sender with recipients", "ours"),
        ("DomainNotLinked", "The domain is not linked", "ours"),
        ("TooManyRequests", "The limit of recipients in an hour is exceeded", "ours"),
    ] {
        for status in ["Failed", "Canceled"] {
            let body = json!({"id": "7", "status": status, "error": {"code": code, "message": message}});
            let OperationStatus::Failed(delivery) = asked(200, body).await else {
                panic!("{code} is an end")
            };
            assert_eq!(kind(&delivery), expected, "{code} {message}");
            assert!(
                delivery.error().unwrap().contains(&format!("{}: {code}", status.to_lowercase()))
                    || code.is_empty()
            );
        }
    }
}

#[tokio::test]
async fn a_success_is_believed_only_with_the_services_own_answer() {
    let page = "<!doctype html><html><title>Sign in to your account</title></html>";
    for (status, body, expected) in [
        (202, r#"{"id":"1","status":"Running"}"#, "taken"),
        (200, r#"{"id":"1","status":"Succeeded"}"#, "taken"),
        (202, r#"{"id":"1","status":"Failed","error":{"code":"InternalServerError"}}"#, "ours"),
        (200, page, "ours"),
        (202, page, "ours"),
        (202, "", "deferred unsent=false"),
        (200, "{}", "deferred unsent=false"),
        (200, "OK", "deferred unsent=false"),
    ] {
        let fake = Fake::start(move |_| (status, body).into()).await;
        assert_eq!(kind(&send(&services(&fake, identity())).await), expected, "{status} {body}");
    }
}

#[tokio::test]
async fn a_token_that_has_run_out_is_renewed_within_the_attempt() {
    let issued = std::sync::atomic::AtomicUsize::new(0);
    let fake = Fake::start(move |seen| match (seen.path.as_str(), seen.header("authorization")) {
        ("/msi/token", _) => {
            let number = issued.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let expires = (now() + TimeDelta::hours(24)).timestamp();
            json!({"access_token": format!("token-{number}"), "expires_on": expires.to_string()}).into()
        }
        (_, Some("Bearer token-0")) => (401, "").into(),
        _ => taken(seen),
    })
    .await;
    let endpoint = crate::http::token::IdentityEndpoint {
        address: fake.url("/msi/token"),
        header: "s3cret".into(),
        client_id: None,
    };
    let clock = Arc::new(ManualClock::new(now()));
    let audience = COMMUNICATION_AUDIENCE.parse().unwrap();
    let tokens = TokenSource::identity_endpoint(fake.http(), endpoint, &audience, clock);
    assert_eq!(kind(&send(&services(&fake, CommunicationAccess::Identity(tokens))).await), "taken");
    let sent: Vec<Seen> = fake.seen().into_iter().filter(|seen| seen.method == "POST").collect();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].header("operation-id"), sent[1].header("operation-id"));
}

#[tokio::test]
async fn every_refusal_is_blamed_on_whom_it_concerns() {
    let refuse = async |status: u16, message: &'static str, access: CommunicationAccess| {
        let fake = Fake::start(move |_| {
            let body: Value = json!({"error": {"code": "Refused", "message": message}});
            Reply::from((status, body.to_string())).with("Retry-After", "60")
        })
        .await;
        send(&services(&fake, access)).await
    };
    for (status, message, expected) in [
        (400, "See property 'Recipients.To[0].Address'", "rejected Endpoint"),
        (400, "See property 'senderAddress'", "ours"),
        (401, "Denied", "ours"),
        (403, "Denied", "ours"),
        (404, "DomainNotLinked", "ours"),
        (307, "", "ours"),
        (413, "too large", "rejected TooLarge"),
        (429, "slow down", "deferred unsent=true"),
        (500, "oops", "deferred unsent=false"),
        (502, "proxy", "deferred unsent=false"),
        (503, "later", "deferred unsent=true"),
    ] {
        let delivery = refuse(status, message, identity()).await;
        assert_eq!(kind(&delivery), expected, "{status} {delivery:?}");
        if let Delivery::Deferred { retry_after, .. } = &delivery {
            assert_eq!(retry_after.map(|wait| wait.num_seconds()), Some(60), "{status}");
        }
    }
    let by_key = refuse(401, "Denied", CommunicationAccess::Key("a2V5".into())).await;
    assert!(by_key.error().unwrap().contains("NOTIFIER_ACS_KEY"), "{by_key:?}");
}

#[tokio::test]
async fn s22_nothing_shows_the_token_or_the_signature_even_if_the_service_repeats_it() {
    let fake = Fake::start(|seen| {
        let words = seen.header("authorization").unwrap().to_owned();
        (400, json!({"error": {"code": "BadRequest", "message": words}}).to_string()).into()
    })
    .await;
    let services_by_token = services(&fake, identity());
    let delivery = send(&services_by_token).await;
    assert!(!format!("{delivery:?} {services_by_token:?}").contains("S3cretT0ken"), "{delivery:?}");
    let by_key = send(&services(&fake, CommunicationAccess::Key("a2V5".into()))).await;
    assert!(!format!("{by_key:?}").contains("Signature"), "{by_key:?}");
}
