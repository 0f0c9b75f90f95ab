//! What gives somebody rights takes the proof that a start takes: tried as whoever holds a link that leaked.

use chrono::TimeDelta;
use maintenance_notifier::domain::action::audit::AuditAction;
use maintenance_notifier::domain::action::rolling::PlanState;
use maintenance_notifier::domain::stage::Stage;

use super::pages::{Answer, Reader, audit_actions, jane, minted, notified, pairs, signed_in, to, world};
use super::rolling::sets;
use super::rolling_pages::agreed;
use super::tenant::{CONFIGURATION, Letter, Setup, TestTenant, small_world};

const THIEF: &str = "arjun.rao@contoso.com";

/// Everything that grants, with the fields that it takes beside the name.
const GRANTS: [(&str, &[(&str, &str)]); 4] = [
    ("hand-over", &[("to", THIEF)]),
    ("accept", &[]),
    ("name-hours", &[("hours", "always"), ("reach", "machine")]),
    ("roll", &[("m", "1-1"), ("hours", "always")]),
];

async fn send(
    tenant: &TestTenant,
    reader: &Reader,
    act: &str,
    fields: &[(&str, &str)],
    headers: &[(&str, &str)],
) -> Answer {
    let nonce = minted(tenant, reader, act);
    let all = [&[("nonce", nonce.as_str()), ("do", act), ("m", "0-1")], fields].concat();
    reader.post_as(&all, headers).await
}

async fn stages(tenant: &TestTenant, letters: &[Letter], who: &str) -> Vec<Stage> {
    let mut stages = Vec::new();
    for letter in letters.iter().filter(|letter| letter.to.starts_with(who)) {
        stages.extend(tenant.read(letter).await.0.items.into_iter().flat_map(|item| item.stages));
    }
    stages
}

#[tokio::test]
async fn s8_behind_the_guard_a_leaked_link_gives_nobody_anything() {
    let machines = &[("vm-web-01", "jane.doe"), ("vm-web-02", "jane.doe")];
    let (tenant, reader) = jane(Setup::new(small_world(machines)).easy_auth()).await;
    let page = reader.get().await;
    page.is(200).says("To hand it over or to take it, sign in").says("login&#x2f;aad");
    assert!(!page.body.contains("value=\"hand-over\""));
    let thief = signed_in(&tenant, THIEF).await;
    for (act, fields) in GRANTS.into_iter().filter(|(act, _)| *act != "accept") {
        let fields = [fields, &[("name", "vm-web-01")]].concat();
        send(&tenant, &reader, act, &fields, &[]).await.is(403).says("sign in");
        send(&tenant, &reader, act, &fields, &pairs(&thief)).await.is(403).says("You are signed in as");
        let spoofed =
            [("x-ms-client-principal-name", "jane.doe@contoso.com"), ("x-ms-client-principal-idp", "aad")];
        send(&tenant, &reader, act, &fields, &spoofed).await.is(403).says("sign in");
    }
    assert_eq!(audit_actions(&tenant).await, []);
    // She herself does, with a name typed: signing in alone is no proof that a person wants it.
    let jane = signed_in(&tenant, "jane.doe@contoso.com").await;
    reader.get_as(&pairs(&jane)).await.is(200).says("value=\"hand-over\"");
    for (act, fields) in GRANTS.into_iter().filter(|(act, _)| *act != "accept") {
        let answer = send(&tenant, &reader, act, fields, &pairs(&jane)).await;
        // A plan is read first: what begins it takes the name.
        let agreed = if act == "roll" { agreed(answer.is(200), "") } else { Vec::new() };
        let answer =
            if act == "roll" { reader.post_as(&pairs(&agreed), &pairs(&jane)).await } else { answer };
        answer.is(422).says("Type the name");
    }
    assert_eq!(audit_actions(&tenant).await, []);
    let over = [("to", "mei.lin@contoso.com"), ("name", "vm-web-01")];
    send(&tenant, &reader, "hand-over", &over, &pairs(&jane)).await.is(200).says("hand it over to mei.lin");
}

#[tokio::test]
async fn s8_whoever_is_asked_starts_nothing_and_hands_nothing_on_before_they_take_it() {
    for guarded in [false, true] {
        let setup = if guarded { world().easy_auth() } else { world() };
        let (mut tenant, jane) = jane(setup).await;
        let her = signed_in(&tenant, "jane.doe@contoso.com").await;
        let over = [("to", "zoe@contoso.com"), ("name", "vm-web-01")];
        send(&tenant, &jane, "hand-over", &over, &pairs(&her)).await.is(200);
        tenant.advance(TimeDelta::hours(4)).await;
        let letters = tenant.messages().await;
        let zoe = Reader::of(&tenant, to(&letters, "zoe")).await;
        let content = tenant.read(to(&letters, "zoe")).await.0;
        assert!(!content.link.unwrap().starts, "no button speaks of starting");
        let who = signed_in(&tenant, "zoe@contoso.com").await;
        let who = pairs(&who);
        let page = zoe.get_as(&who).await;
        page.is(200).says("take it before you start it").says("value=\"accept\"");
        for act in ["start", "roll", "name-hours", "hand-over"] {
            assert!(!page.body.contains(&format!("name=\"do\" value=\"{act}\"")), "{act}");
        }
        let named = [("name", "vm-web-01"), ("when", "now")];
        send(&tenant, &zoe, "start", &named, &who).await.is(409).says("you have not taken it");
        let later = [("name", "vm-web-01"), ("when", "at"), ("at", "2026-11-28T22:00")];
        send(&tenant, &zoe, "start", &later, &who).await.is(409).says("you have not taken it");
        send(&tenant, &zoe, "roll", &named, &who).await.is(409);
        let hours = [("hours", "always"), ("reach", "everything"), ("name", "vm-web-01")];
        send(&tenant, &zoe, "name-hours", &hours, &who).await.is(422).says("whoever owns a machine");
        let on = [("to", THIEF), ("name", "vm-web-01")];
        send(&tenant, &zoe, "hand-over", &on, &who).await.is(409).says("you have not taken it");
        assert!(tenant.simulation.script().starts().is_empty());

        if guarded {
            let thief = signed_in(&tenant, THIEF).await;
            let name = [("name", "vm-web-01")];
            send(&tenant, &zoe, "accept", &name, &[]).await.is(403).says("sign in");
            send(&tenant, &zoe, "accept", &name, &pairs(&thief)).await.is(403);
        }
        send(&tenant, &zoe, "accept", &[], &who).await.is(422).says("Type the name");
        send(&tenant, &zoe, "accept", &[("name", "vm-web-01")], &who).await.is(200).says("it is yours");
        send(&tenant, &zoe, "start", &named, &who).await.is(200).says("vm-web-01: started");
    }
}

#[tokio::test]
async fn s17_a_machine_is_handed_to_people_of_the_organisation_alone() {
    let partner = "[[recipients]]\nname = \"dba\"\nemail = [\"dba@fabrikam.com\"]\n";
    let set = format!("{CONFIGURATION}{partner}");
    let unset = set.replace("allowed_domains = [\"contoso.com\"]", "");
    assert_ne!(set, unset);
    // Where no domains are allowed by name, those of the recipients and of the sender are.
    for (configuration, inside, outside) in [
        (set, &["zoe@contoso.com", "dba", "platform"][..], &["zoe@fabrikam.com"][..]),
        (unset, &["zoe@contoso.com", "dba", "zoe@fabrikam.com"], &[]),
    ] {
        let (tenant, jane) = jane(world().configuration(configuration)).await;
        let never = [
            "x@elsewhere.example",
            "x@contoso.com.elsewhere.example",
            "x@sub.contoso.com",
            "x@gmail.com",
            "nobody",
        ];
        for to in never.iter().chain(outside) {
            let over = [("to", *to), ("name", "vm-web-01")];
            let refused = send(&tenant, &jane, "hand-over", &over, &[]).await;
            refused.is(422).says("we don’t know").says("contoso.com");
        }
        assert_eq!(audit_actions(&tenant).await, []);
        for to in inside {
            let over = [("to", *to), ("name", "vm-web-01")];
            send(&tenant, &jane, "hand-over", &over, &[]).await.is(200).says("you want to hand it over");
        }
    }
}

#[tokio::test]
async fn every_owner_hears_at_once_of_a_hand_over_whatever_the_hour() {
    let (mut tenant, letters) =
        notified(Setup::new(small_world(&[("vm-web-01", "jane.doe; mei.lin")]))).await;
    let jane = Reader::of(&tenant, to(&letters, "jane")).await;
    // In the middle of the night.
    tenant.clock.set("2026-11-24T02:00:00Z".parse().unwrap());
    let over = [("to", "zoe@contoso.com"), ("name", "vm-web-01")];
    send(&tenant, &jane, "hand-over", &over, &[]).await.is(200);
    tenant.advance(TimeDelta::minutes(5)).await;
    let letters = tenant.messages().await;
    for who in ["jane", "mei"] {
        assert!(stages(&tenant, &letters, who).await.contains(&Stage::HandedOver), "{who}");
    }
    assert!(!stages(&tenant, &letters, "zoe").await.contains(&Stage::HandedOver));
    let (_, mail) = tenant.read(to(&letters, "jane")).await;
    let text = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("jane.doe@contoso.com asked zoe@contoso.com to take over vm-web-01"), "{text}");
    tenant.advance(TimeDelta::hours(3)).await;
    let letters = tenant.messages().await;
    assert!(!stages(&tenant, &letters, "jane").await.contains(&Stage::HandedOver), "once");
    let done = audit_actions(&tenant).await;
    assert!(matches!(&done[..], [AuditAction::Responded { .. }]), "{done:?}");
}

#[tokio::test]
async fn a_plan_is_resumed_with_a_name_typed() {
    let (tenant, mut reader) = jane(Setup::new(sets(1, 3))).await;
    let boxes = [("m", "1-1"), ("m", "2-1"), ("hours", "always"), ("name", "vm-a-0")];
    let review = send(&tenant, &reader, "roll", &boxes, &[]).await;
    let made = reader.post(&pairs(&agreed(&review, "vm-a-0"))).await;
    assert_eq!(made.status, 303, "{}", made.body);
    reader.path = made.headers["location"].to_str().unwrap().to_owned();
    send(&tenant, &reader, "pause", &[], &[]).await.is(200);
    for typed in ["", "vm-b-0"] {
        send(&tenant, &reader, "resume", &[("name", typed)], &[]).await.is(422).says("Type the name");
    }
    let plans = tenant.repository.open_plans().await.unwrap();
    assert!(matches!(plans.values().next().unwrap().state, PlanState::Paused { .. }));
    send(&tenant, &reader, "resume", &[("name", "VM-A-1")], &[]).await.is(200).says("Resumed");
}
