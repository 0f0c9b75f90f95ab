//! Communication Services' answers and what they mean, against a stand-in on this machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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
    services.send(&mail(), &sender(), &"jane@contoso.com".parse().unwrap()).await
}

/// An outcome without its words.
fn kind(delivery: &Delivery) -> String {
    match delivery {
        Delivery::Accepted { .. } => "accepted".to_owned(),
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

/// A stand-in whose operations go through `states`, the last of which stays.
async fn service(states: &'static [&'static str]) -> Fake {
    let asked = AtomicUsize::new(0);
    Fake::start(move |seen| match seen.method.as_str() {
        "POST" => taken(seen),
        _ => {
            let state = states[asked.fetch_add(1, Ordering::SeqCst).min(states.len() - 1)];
            let mut body = json!({"id": "x", "status": state});
            if state == "Failed" {
                body["error"] = json!({"code": "EmailDropped", "message": "Email was dropped."});
            }
            body.into()
        }
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn the_mail_goes_out_with_its_calendar_entry_attached() {
    let fake = service(&["Succeeded"]).await;
    let delivery = send(&services(&fake, identity())).await;
    let seen = fake.seen();
    let operation = seen[0].header("operation-id").unwrap().to_owned();
    assert_eq!(delivery, Delivery::Accepted { reference: format!("127.0.0.1 operation {operation}") });
    assert_eq!(seen[0].path, "/emails:send");
    assert_eq!(seen[0].query("api-version"), Some("2025-09-01"));
    assert_eq!(seen[0].header("content-type"), Some("application/json"));
    assert_eq!(seen[0].header("authorization"), Some("Bearer S3cretT0ken"));
    assert!(seen[0].header("x-ms-client-request-id").is_some());
    assert_eq!(seen[1].path, format!("//emails/operations/{operation}"));
    assert_eq!(seen.len(), 2);
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

#[tokio::test(start_paused = true)]
async fn a_repeated_attempt_is_the_same_operation_with_the_same_body() {
    let fake = service(&["Succeeded"]).await;
    let services = services(&fake, identity());
    send(&services).await;
    send(&services).await;
    let sent: Vec<Seen> = fake.seen().into_iter().filter(|seen| seen.method == "POST").collect();
    assert_eq!(sent[0].header("operation-id"), sent[1].header("operation-id"));
    assert_eq!(sent[0].body, sent[1].body);
}

#[tokio::test(start_paused = true)]
async fn with_a_key_every_request_is_signed_over_its_body() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest, Sha256};

    let fake = service(&["Running", "Succeeded"]).await;
    let access = CommunicationAccess::Key("a2V5IG9mIHRoZSByZXNvdXJjZQ==".into());
    assert!(send(&services(&fake, access)).await.is_accepted());
    let key = AccessKey::parse(&"a2V5IG9mIHRoZSByZXNvdXJjZQ==".into()).unwrap();
    let seen = fake.seen();
    assert_eq!(seen.iter().map(|seen| seen.method.as_str()).collect::<Vec<_>>(), ["POST", "GET", "GET"]);
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

#[tokio::test(start_paused = true)]
async fn the_outcome_is_asked_for_a_few_times_and_then_left_to_the_service() {
    for (states, expected, questions) in [
        (&["Succeeded"][..], "accepted", 1),
        (&["NotStarted", "Succeeded"], "accepted", 2),
        (&["Running"], "accepted", 2),
        (&["a new word"], "accepted", 2),
        (&["Running", "Failed"], "rejected Endpoint", 2),
        (&["Canceled"], "rejected Endpoint", 1),
    ] {
        let fake = service(states).await;
        let before = tokio::time::Instant::now();
        let delivery = send(&services(&fake, identity())).await;
        assert_eq!(kind(&delivery), expected, "{states:?}");
        assert_eq!(fake.seen().len(), 1 + questions, "{states:?}");
        let waited = before.elapsed();
        assert!(waited >= Duration::from_secs(20), "the service named the wait: {waited:?}");
        if expected != "accepted" && states.len() == 2 {
            assert!(
                delivery.error().unwrap().ends_with("failed: EmailDropped: Email was dropped."),
                "{delivery:?}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn s22_the_outcome_is_asked_for_at_the_service_only() {
    let elsewhere = Fake::start(|_| json!({"status": "Failed"}).into()).await;
    let target = elsewhere.url("/emails/operations/1").to_string();
    let fake = Fake::start(move |_| {
        Reply::from((202, r#"{"status":"Running"}"#)).with("Operation-Location", target.clone())
    })
    .await;
    assert!(send(&services(&fake, identity())).await.is_accepted());
    assert!(elsewhere.seen().is_empty());
    assert_eq!(fake.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_answer_about_the_outcome_that_helps_nobody_changes_nothing() {
    for status in [401, 404, 429, 500] {
        let fake = Fake::start(move |seen| match seen.method.as_str() {
            "POST" => taken(seen),
            _ => (status, "no").into(),
        })
        .await;
        assert!(send(&services(&fake, identity())).await.is_accepted());
        assert_eq!(fake.seen().len(), 2, "one refusal is enough");
    }
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
        (503, "later", "deferred unsent=false"),
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

#[test]
fn an_attempt_ends_before_its_lease_does() {
    let request = crate::http::client::ClientOptions::default().timeout.unwrap();
    // A token, the mail, and each question with its wait.
    let longest = request * 2 + (LONGEST_WAIT + request) * QUESTIONS;
    assert!(longest < crate::domain::outbox::LEASE.to_std().unwrap());
}
