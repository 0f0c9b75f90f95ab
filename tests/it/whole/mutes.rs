//! Silences: those that people ask for on the page, and the note before one ends.

use chrono::TimeDelta;
use maintenance_notifier::domain::action::audit::AuditAction;
use maintenance_notifier::domain::operator_alert::OperatorAlert;

use super::pages::{Answer, Reader, audit_actions, jane, notified, to, world};
use super::tenant::{CONFIGURATION, Letter, Setup, TestTenant, small_world};

async fn silence(reader: &Reader, scope: &str, until: &str, because: &str) -> Answer {
    let nonce = reader.get().await.nonce("silence");
    let fields = [
        ("nonce", nonce.as_str()),
        ("do", "silence"),
        ("m", "0-1"),
        ("reach", scope),
        ("until", until),
        ("because", because),
    ];
    reader.post(&fields).await
}

fn of<'a>(letters: &'a [Letter], who: &str) -> Vec<&'a Letter> {
    letters.iter().filter(|letter| letter.to.starts_with(who)).collect()
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn two_owners() -> (TestTenant, Reader, Reader) {
    let simulation = small_world(&[("vm-web-01", "jane.doe; mei.lin")]);
    let (tenant, letters) = notified(Setup::new(simulation)).await;
    let jane = Reader::of(&tenant, to(&letters, "jane")).await;
    let mei = Reader::of(&tenant, to(&letters, "mei")).await;
    (tenant, jane, mei)
}

#[tokio::test]
async fn who_mutes_a_machine_gets_nothing_while_the_others_do_and_see_who_and_why() {
    let (mut tenant, jane, mei) = two_owners().await;
    mei.get().await.is(200).says("id=\"silence\"");
    silence(&mei, "machine", "2026-12-05", "").await.is(422).says("Say why");
    silence(&mei, "machine", "2027-03-01", "the lab is rebuilt").await.is(422).says("90 days at most");
    silence(&mei, "machine", "2026-11-20", "the lab is rebuilt").await.is(422).says("has passed");
    silence(&mei, "machine", "soon", "the lab is rebuilt").await.is(422).says("Write the last day");
    silence(&mei, "everything", "2026-12-05", "the lab is rebuilt").await.is(422);
    assert_eq!(audit_actions(&tenant).await, []);
    let done = silence(&mei, "machine", "2026-12-05", "the lab is <b>rebuilt</b>").await;
    // The fifth is a Saturday; Mei may be notified of something again on Monday.
    done.is(200).says("vm-web-01: muted until Mon 7 Dec 2026, 08:00 CET (07:00 UTC), for you alone");
    done.says("What you muted").says("because “the lab is &lt;b&gt;rebuilt&lt;&#x2f;b&gt;”");
    jane.get().await.says("mei.lin@contoso.com: no answer yet; asked on Mon 23 Nov 2026").says("the lab is");

    // Self-service ends on 2 December: both are reminded of it, but for Mei.
    tenant.advance(TimeDelta::days(10)).await;
    let letters = tenant.messages().await;
    let notified = tenant.notified(&letters).await;
    assert!(notified.contains(&"jane.doe@contoso.com vm-web-01 reminder".to_owned()), "{notified:?}");
    assert!(of(&letters, "mei").is_empty(), "{notified:?}");

    // With one click it is over, though the time of the link is too, and what is true by now is notified.
    mei.get().await.is(410);
    let key = mei.get().await.fields("reach").into_iter().find(|key| key.contains('|')).unwrap();
    let nonce = mei.get().await.nonce("end-silence");
    let end = [("nonce", nonce.as_str()), ("do", "end-silence"), ("reach", key.as_str())];
    mei.post(&end).await.is(200).says("Ended: you hear of vm-web-01 again");
    mei.post(&end).await.is(200).says("There is no such mute any more");
    tenant.advance(TimeDelta::days(1)).await;
    let letters = tenant.messages().await;
    assert!(!of(&letters, "mei").is_empty());
    let audit_actions = audit_actions(&tenant).await;
    assert!(
        matches!(&audit_actions[..], [AuditAction::Muted { .. }, AuditAction::MuteEnded { .. }]),
        "{audit_actions:?}"
    );
}

#[tokio::test]
async fn the_first_of_the_owners_gets_the_last_call_and_a_note_before_the_mute_ends() {
    let (mut tenant, reader) = jane(world()).await;
    silence(&reader, "group", "2026-12-03", "moved to another group").await.is(200).says("rg-test");
    tenant.advance(TimeDelta::days(11)).await;
    let letters = tenant.messages().await;
    let letters: Vec<Letter> = letters.into_iter().filter(|letter| letter.to.starts_with("jane")).collect();
    let (mut notes, mut story) = (Vec::new(), Vec::new());
    for letter in &letters {
        let (content, mail) = tenant.read(letter).await;
        let day = content.frozen_at.format("%m-%d");
        let stages = content.items.iter().flat_map(|item| &item.stages);
        story.extend(stages.map(|stage| format!("{day} {stage}")));
        for note in content.operator_alerts.iter().filter(|operator_alert| operator_alert.is_note()) {
            story.push(format!("{day} note"));
            notes.push((note.clone(), mail.clone()));
        }
    }
    story.sort();
    insta::assert_snapshot!(story.join("\n"), @"
    11-30 reminder
    12-02 note
    12-04 self-service closed
    ");
    let [(OperatorAlert::SilenceEnds { reason, open, count, .. }, mail)] = notes.as_slice() else {
        panic!("{notes:?}")
    };
    assert_eq!(
        (reason.as_str(), open.as_slice(), *count),
        ("moved to another group", &["vm-web-01".to_owned()][..], 1)
    );
    assert_eq!(mail.subject, "Your mute of the resource group rg-test ends soon");
    assert!(on_one_line(&mail.text).contains("1 window is open underneath: vm-web-01."), "{}", mail.text);
}

#[tokio::test]
async fn operators_hear_once_that_a_silence_of_the_configuration_ends_and_what_is_open_underneath() {
    let silence = "[[silences]]\nmatch = { name = \"vm-web-0*\" }\nuntil = 2026-12-01T08:00:00Z\nreason = \"a freeze\"\n";
    let configuration = format!("{CONFIGURATION}{silence}");
    let mut tenant = world().configuration(configuration).begin().await;
    tenant.round().await;
    tenant.messages().await;
    assert_eq!(tenant.operator_alerts().await, []);
    tenant.advance(TimeDelta::days(7)).await;
    let letters = tenant.messages().await;
    let mut subjects = Vec::new();
    for letter in of(&letters, "platform") {
        let (content, mail) = tenant.read(letter).await;
        if content.operator_alerts.iter().any(OperatorAlert::is_note) {
            let open = "3 windows are open underneath: vm-web-01, vm-web-02 and vm-web-03.";
            assert!(on_one_line(&mail.text).contains(open), "{}", mail.text);
            subjects.push(mail.subject);
        }
    }
    assert_eq!(subjects, ["A silence of the configuration ends soon: “a freeze”"]);
}

/// Somebody goes back in their browser and sends a form again, as it was.
#[tokio::test]
async fn an_old_form_sent_again_neither_mutes_nor_unmutes_what_was_decided_since() {
    let (tenant, reader) = jane(world()).await;
    let muted = async || {
        tenant.repository.notification_settings(&"jane.doe@contoso.com".parse().unwrap()).await.unwrap()
    };
    let fresh = async |act: &str| {
        // Nonces of one second are the same.
        tenant.clock.advance(TimeDelta::seconds(1));
        reader.get().await.nonce(act)
    };
    let mute = |nonce: &str| {
        [("nonce", nonce), ("do", "silence"), ("m", "0-1"), ("reach", "machine"), ("until", "2026-12-05")]
            .map(|(name, value)| (name, value.to_owned()))
    };
    let send = async |fields: &[(&'static str, String)]| {
        let because = ("because", "the lab is rebuilt".to_owned());
        reader.post(&super::pages::pairs(&[fields, &[because]].concat())).await
    };
    let first = mute(&fresh("silence").await);
    send(&first).await.is(200).says("Undo: unmute");
    // The same form again says nothing new, and is no fault.
    send(&first).await.is(200);
    assert_eq!(muted().await.mutes.len(), 1);
    let key = reader.get().await.fields("reach").into_iter().find(|key| key.contains('|')).unwrap();
    let nonce = fresh("end-silence").await;
    let end = [("nonce", nonce.as_str()), ("do", "end-silence"), ("reach", key.as_str())];
    reader.post(&end).await.is(200).says("Ended:");
    send(&first).await.is(409).says("this form was sent before");
    assert_eq!(muted().await.mutes.len(), 0, "an old form has muted it again");

    send(&mute(&fresh("silence").await)).await.is(200);
    reader.post(&end).await.is(409).says("this form was sent before");
    assert_eq!(muted().await.mutes.len(), 1, "an old form has unmuted it");
    // Whoever goes back and says something else with the form is heard.
    let other = first.map(|(name, value)| (name, value.replace("2026-12-05", "2026-12-09")));
    send(&other).await.is(200);
    assert_eq!(audit_actions(&tenant).await.len(), 4);
}
