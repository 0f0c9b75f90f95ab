//! "It is not mine": who has it then, what the next message says of it, and how that is taken back.

use chrono::TimeDelta;
use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::domain::action::response::Response;
use maintenance_notifier::domain::action::start::StartOrigin;
use maintenance_notifier::services::respond::{ResponseRequest, ResponseResult, respond};

use super::pages::{Answer, Reader, minted, notified, to, window};
use super::tenant::{Setup, TestTenant, small_world};

const TWO: &[(&str, &str)] = &[("vm-web-01", "jane.doe"), ("vm-web-02", "jane.doe")];

async fn jane() -> (TestTenant, Reader) {
    let (tenant, letters) = notified(Setup::new(small_world(TWO))).await;
    let reader = Reader::of(&tenant, to(&letters, "jane.doe")).await;
    (tenant, reader)
}

/// Sends what a page offers for its machines.
async fn say(
    tenant: &TestTenant,
    reader: &Reader,
    what: &str,
    machines: &[&str],
    beside: &[(&str, &str)],
) -> Answer {
    let nonce = minted(tenant, reader, what);
    let mut fields = vec![("nonce", nonce.as_str()), ("do", what)];
    fields.extend(machines.iter().map(|machine| ("m", *machine)));
    fields.extend(beside);
    reader.post(&fields).await
}

/// Who is responsible for the machine called `name`.
async fn owners(tenant: &TestTenant, name: &str) -> Vec<String> {
    let rows = tenant.windows().await;
    let row = rows.into_iter().find(|row| row.window.id.resource.name() == name).unwrap();
    let current = row.holders.into_iter().filter(|holder| holder.withdrawn.is_none() && !holder.escalated);
    current.map(|holder| holder.recipient.to_string()).collect()
}

#[tokio::test]
async fn the_answer_and_the_next_message_say_who_has_it_now_and_thank_nobody() {
    let (mut tenant, reader) = jane().await;
    let said = say(&tenant, &reader, "not-mine", &["0-1", "1-1"], &[]).await;
    said.says("vm-web-01, vm-web-02: it is not yours.").says("vm-web-01, vm-web-02: platform has it now.");
    said.says("You can take that back below until Tue 24 Nov 2026");
    assert_eq!(owners(&tenant, "vm-web-01").await, ["platform"]);
    tenant.advance(TimeDelta::days(2)).await;
    let letters = tenant.messages().await;
    let mut told = 0;
    for letter in letters.iter().filter(|letter| letter.to.starts_with("jane.doe")) {
        let (content, mail) = tenant.read(letter).await;
        let text = format!("{} {}", mail.subject, mail.text.split_whitespace().collect::<Vec<_>>().join(" "));
        assert!(
            text.contains("platform will be told about 2 of your machines from now on, instead of you"),
            "{text}"
        );
        for untrue in ["Thank you", "is over", "Nothing is left to do", "taken over by"] {
            assert!(!text.contains(untrue), "{untrue}: {text}");
        }
        assert_eq!(content.wave, None);
        told += 1;
    }
    assert_eq!(told, 1);
    // A day later nothing can be taken back any more.
    reader.get().await.is(410);
    let late = say(&tenant, &reader, "take-back", &["0-1"], &[]).await;
    late.says("vm-web-01: that cannot be taken back any more");
    assert_eq!(owners(&tenant, "vm-web-01").await, ["platform"]);
}

#[tokio::test]
async fn it_is_taken_back_within_a_day_and_everything_is_as_before() {
    let (tenant, reader) = jane().await;
    let nothing = say(&tenant, &reader, "take-back", &["0-1"], &[]).await;
    nothing.is(409).says("there is nothing to take back");
    say(&tenant, &reader, "not-mine", &["0-1"], &[]).await.is(200);
    assert_eq!(owners(&tenant, "vm-web-01").await, ["platform"]);
    // What is given away can only be taken back.
    for what in ["acknowledge", "start"] {
        let nothing = say(&tenant, &reader, what, &["0-1"], &[("name", "vm-web-01"), ("when", "now")]).await;
        nothing.is(400).says("no machine of yours was chosen");
    }
    tenant.clock.advance(TimeDelta::hours(23));
    reader.get().await.says("It is mine after all: vm-web-01");
    let back = say(&tenant, &reader, "take-back", &["0-1"], &[]).await;
    back.is(200).says("vm-web-01: it is yours, as before.").says("it is theirs after all");
    assert_eq!(owners(&tenant, "vm-web-01").await, ["jane.doe@contoso.com"]);
    assert!(!back.body.contains("It is mine after all"), "{}", back.body);
    // Who never gave it away takes nothing by it, and neither does the same form again.
    assert_eq!(owners(&tenant, "vm-web-02").await, ["jane.doe@contoso.com"]);
    say(&tenant, &reader, "take-back", &["0-1", "1-1"], &[]).await.is(409);
}

#[tokio::test]
async fn what_somebody_else_accepted_since_is_not_taken_back() {
    let (tenant, jane) = jane().await;
    say(&tenant, &jane, "not-mine", &["0-1"], &[]).await.is(200);
    let window = window(&tenant, "vm-web-01").await;
    let mei = "mei.lin@contoso.com";
    let said = [("platform", Response::HandOver { to: mei.parse().unwrap() }), (mei, Response::Accept)];
    for (who, response) in said {
        jane.get().await.says("It is mine after all: vm-web-01");
        let request = ResponseRequest {
            window: window.id.clone(),
            revision: window.revision,
            by: Actor { recipient: Some(who.parse().unwrap()), ..Actor::default() },
            origin: StartOrigin::CommandLine,
            response,
        };
        assert_eq!(respond(&tenant.app, &request).await.unwrap(), ResponseResult::Noted);
    }
    assert!(!jane.get().await.body.contains("It is mine after all: vm-web-01"));
    say(&tenant, &jane, "take-back", &["0-1"], &[]).await.says("cannot be taken back any more");
    assert_eq!(owners(&tenant, "vm-web-01").await, [mei]);
}
