//! What people answer and start on the page.

use chrono::TimeDelta;
use maintenance_notifier::domain::action::response::Response;

use super::{Reader, audit_actions, jane, minted, notified, pairs, starts, to, window, world};
use crate::whole::tenant::{CONFIGURATION, Setup, WAVE, small_world, start as beginning};

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
    for (at, status, answer) in [
        ("2026-11-22T22:00", 422, "has passed"),
        ("2027-03-28T02:30", 422, "does not exist that night"),
        ("2026-12-24T22:00", 200, "outside the window"),
        ("2026-11-28T22:00", 200, "is planned for Sat 28 Nov 2026, 22:00 CET"),
    ] {
        // What was refused needs a new form.
        let mut fields = reader.filled().await.to_vec();
        fields[3].1 = "at".to_owned();
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
