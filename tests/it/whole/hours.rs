//! Maintenance hours that people name on the page behind a message's link.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use maintenance_notifier::demo::{OsDiskPlacement, SimulatedMachine};
use maintenance_notifier::domain::action::audit::AuditAction;
use maintenance_notifier::domain::action::hours::HoursSource;
use maintenance_notifier::domain::action::response::{StartStatus, StartSummary};
use maintenance_notifier::domain::action::start::{StartOrigin, StartOutcome, StartRefusal};

use super::pages::{
    Answer, Reader, audit_actions, jane, minted, notified, pairs, signed_in, to, window, world,
};
use super::tenant::{CONFIGURATION, Setup, TestTenant, small_world};

fn saturday() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 28, 21, 0, 0).unwrap()
}

/// The starts of a machine's window, oldest first.
/// Machines of Jane's, of which only two start by themselves.
const MACHINES_OF_JANE: &[(&str, &str)] =
    &[("vm-plain", "jane.doe"), ("vm-second", "jane.doe"), ("vm-lost", "jane.doe"), ("vm-set", "jane.doe")];

type Change = fn(&mut SimulatedMachine);

const CHANGES: [(&str, Change); 2] = [
    ("vm-lost", |machine| machine.os_disk = OsDiskPlacement::EphemeralCache),
    ("vm-set", |machine| {
        let set = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-test/providers/Microsoft.Compute/availabilitySets/a";
        machine.availability_set = Some(set.to_owned());
    }),
];

async fn starts(tenant: &TestTenant, name: &str) -> Vec<StartSummary> {
    tenant.repository.actions(&window(tenant, name).await.id).await.unwrap().starts
}

async fn planned(tenant: &TestTenant, name: &str) -> Option<DateTime<Utc>> {
    let starts = starts(tenant, name).await;
    starts.iter().find(|start| start.status == StartStatus::Planned).map(|start| start.begins)
}

/// Names hours for the machine at the first place, as a person fills in the form.
async fn name(tenant: &TestTenant, reader: &Reader, scope: &str, hours: &str, typed: &str) -> Answer {
    let nonce = minted(tenant, reader, "name-hours");
    let fields = [
        ("nonce", nonce.as_str()),
        ("do", "name-hours"),
        ("m", "0-1"),
        ("reach", scope),
        ("hours", hours),
        ("name", typed),
    ];
    reader.post(&fields).await
}

async fn remove(tenant: &TestTenant, reader: &Reader, key: &str) -> Answer {
    let nonce = minted(tenant, reader, "remove-hours");
    reader.post(&[("nonce", nonce.as_str()), ("do", "remove-hours"), ("reach", key)]).await
}

#[tokio::test]
async fn hours_that_are_named_on_the_page_start_it_by_themselves_until_they_are_removed() {
    let (mut tenant, reader) = jane(world()).await;
    reader.get().await.is(200).says("Auto-start in my maintenance window").says("vm-web-01");
    name(&tenant, &reader, "machine", "SAT 22:00-04:00", "vm-web-02").await.is(422).says("Type the name");
    name(&tenant, &reader, "machine", "Saturday night", "vm-web-01")
        .await
        .is(422)
        .says("`Saturday` is no day")
        .says("Write them like SAT 22:00-04:00");
    name(&tenant, &reader, "planet", "SAT 22:00-04:00", "vm-web-01")
        .await
        .is(422)
        .says("Choose what they are for");
    assert_eq!(audit_actions(&tenant).await, []);

    let done = name(&tenant, &reader, "machine", "sat 22:00-04:00", "vm-web-01").await;
    done.is(200).says("vm-web-01: SAT 22:00-04:00 from now on.");
    done.says("vm-web-01: starts by itself on Sat 28 Nov 2026, 22:00 CET");
    done.says("Your maintenance hours").says("named by jane.doe@contoso.com on Mon 23 Nov 2026");
    // Saying it again changes nothing.
    name(&tenant, &reader, "machine", "SAT 22:00-04:00", "vm-web-01").await.is(200);
    assert_eq!(audit_actions(&tenant).await.len(), 1);
    tenant.look().await;
    assert_eq!(planned(&tenant, "vm-web-01").await, Some(saturday()));
    let id = starts(&tenant, "vm-web-01").await[0].id.clone();
    let start = tenant.repository.start(&id).await.unwrap().unwrap();
    let StartOrigin::StandingOrder { hours, sources } = &start.origin else { panic!("{start:?}") };
    assert_eq!(hours, "SAT 22:00-04:00 (Europe/Berlin)");
    assert!(
        matches!(&sources[..], [HoursSource::Page { by, .. }] if by == "jane.doe@contoso.com"),
        "{sources:?}"
    );
    let page = reader.get().await;
    page.says("It starts by itself on Sat 28 Nov 2026, 22:00 CET");
    page.says("jane.doe@contoso.com named them on Mon 23 Nov for this machine");
    tenant.advance(TimeDelta::hours(1)).await;
    let letters = tenant.messages().await;
    let (_, mail) = tenant.read(to(&letters, "jane")).await;
    let text = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("Planned by itself for Sat 28 Nov 2026, 22:00 CET"), "{text}");

    let key = reader.get().await.fields("reach").into_iter().find(|key| key.contains('|')).unwrap();
    remove(&tenant, &reader, &key).await.is(200).says("Removed: the hours SAT 22:00-04:00 for vm-web-01");
    remove(&tenant, &reader, &key).await.is(200).says("There are no such hours any more");
    tenant.look().await;
    let ended = &starts(&tenant, "vm-web-01").await[0].status;
    let outcome = StartOutcome::NotBegun { reason: StartRefusal::NotOrdered };
    assert!(matches!(ended, StartStatus::Settled { outcome: known, .. } if *known == outcome), "{ended:?}");
    let audit_actions = audit_actions(&tenant).await;
    assert!(matches!(&audit_actions[0], AuditAction::NamedHours { hours, .. } if hours == "SAT 22:00-04:00"));
    assert_eq!(
        audit_actions.iter().filter(|action| matches!(action, AuditAction::RemovedHours { .. })).count(),
        1
    );
}

#[tokio::test]
async fn hours_for_a_group_or_for_everything_reach_the_recipients_own_machines_only() {
    let (tenant, letters) = notified(world()).await;
    let mei = Reader::of(&tenant, to(&letters, "mei.lin")).await;
    name(&tenant, &mei, "group", "SAT 22:00-04:00", "vm-web-02")
        .await
        .is(200)
        .says("the resource group rg-test");
    tenant.look().await;
    assert_eq!(planned(&tenant, "vm-web-02").await, Some(saturday()));
    assert!(planned(&tenant, "vm-web-03").await.is_some());
    // Jane's machine lies in the same group.
    assert_eq!(starts(&tenant, "vm-web-01").await, []);
    // What is named for the machine is more specific than for everything, and for its group too.
    name(&tenant, &mei, "everything", "SUN 01:00-05:00", "vm-web-02")
        .await
        .is(200)
        .says("everything of yours");
    let page = name(&tenant, &mei, "machine", "SUN 02:00-05:00", "vm-web-02").await;
    page.is(200).says("vm-web-02: SUN 02:00-05:00").says("vm-web-03: SAT 22:00-04:00");
    tenant.look().await;
    assert_eq!(planned(&tenant, "vm-web-02").await, Some(saturday() + TimeDelta::hours(4)));
}

#[tokio::test]
async fn whoever_is_notified_because_nobody_owns_a_machine_names_no_hours_for_it() {
    let (tenant, letters) = notified(Setup::new(small_world(&[("vm-web-01", "")]))).await;
    let platform = Reader::of(&tenant, to(&letters, "platform")).await;
    assert!(!platform.get().await.body.contains("name-hours"));
    name(&tenant, &platform, "everything", "always", "vm-web-01")
        .await
        .is(422)
        .says("whoever owns a machine");
    assert_eq!(audit_actions(&tenant).await, []);
}

#[tokio::test]
async fn naming_hours_has_the_guards_of_a_start_and_removing_them_those_of_an_answer() {
    let off = world().configuration(format!("{CONFIGURATION}[start]\nenabled = false\n"));
    let (tenant, reader) = jane(off).await;
    assert!(!reader.get().await.body.contains("name-hours"));
    name(&tenant, &reader, "machine", "always", "vm-web-01").await.is(403).says("No hours were named");
    assert_eq!(audit_actions(&tenant).await, []);

    let (tenant, reader) = jane(world().easy_auth()).await;
    name(&tenant, &reader, "machine", "always", "vm-web-01").await.is(403).says("sign in");
    let nonce = minted(&tenant, &reader, "name-hours");
    let fields = [
        ("nonce", nonce.as_str()),
        ("do", "name-hours"),
        ("m", "0-1"),
        ("reach", "machine"),
        ("hours", "always"),
        ("name", "vm-web-01"),
    ];
    let arjun = signed_in(&tenant, "arjun.rao@contoso.com").await;
    reader.post_as(&fields, &pairs(&arjun)).await.is(403).says("You are signed in as");
    let jane = signed_in(&tenant, "Jane.Doe@contoso.com").await;
    let foreign = [&pairs(&jane)[..], &[("origin", "https://elsewhere.example")]].concat();
    reader.post_as(&fields, &foreign).await.is(403).says("another site");
    assert_eq!(audit_actions(&tenant).await, []);
    reader.post_as(&fields, &pairs(&jane)).await.is(200).says("vm-web-01: always from now on");
    assert_eq!(audit_actions(&tenant).await.len(), 1);
    // Without a sign-in nothing can be named, but everything can be taken back.
    let key = reader.get().await.fields("reach").into_iter().find(|key| key.contains('|')).unwrap();
    remove(&tenant, &reader, &key).await.is(200).says("Removed");
}

#[tokio::test]
async fn the_page_says_who_else_is_notified_what_they_answered_and_who_of_the_group_is_under_way() {
    let configuration = format!("{CONFIGURATION}[start]\ncluster_tag = \"cluster\"\n");
    let world = small_world(&[("vm-web-01", "jane.doe; mei.lin"), ("vm-web-02", "jane.doe; mei.lin")]);
    for machine in world.script().machines() {
        let mut tags = machine.tags.clone();
        tags.insert("cluster".to_owned(), "sql".to_owned());
        assert!(world.script().set_machine_tags(&machine.id(), tags));
    }
    let (tenant, letters) = notified(Setup::new(world).configuration(configuration)).await;
    let readers =
        [Reader::of(&tenant, to(&letters, "jane")).await, Reader::of(&tenant, to(&letters, "mei")).await];
    let [jane, mei] = &readers;
    jane.get().await.says("Who else is notified:").says("mei.lin@contoso.com: no answer yet");
    let nonce = mei.get().await.nonce("acknowledge");
    let known = [("nonce", nonce.as_str()), ("do", "acknowledge"), ("m", "0-1")];
    mei.post(&known).await.is(200).says("jane.doe@contoso.com: no answer yet");
    jane.get().await.says("mei.lin@contoso.com: acknowledged it (Mon 23 Nov 2026");

    let fields = jane.filled().await;
    jane.post(&super::pages::pairs(&fields)).await.is(200).says("vm-web-01: started");
    jane.get().await.says("Not at once: vm-web-01, another member of its group, is under way");
    mei.get().await.says("jane.doe@contoso.com: started it");
    for _ in 0..10 {
        tenant.clock.advance(TimeDelta::minutes(1));
        tenant.follow().await;
    }
    jane.get().await.says("Not at once: another member of its group was just started");
}

#[tokio::test]
async fn the_answer_and_the_page_say_when_each_machine_really_starts_by_itself_or_why_it_does_not() {
    let world = small_world(MACHINES_OF_JANE);
    for (name, change) in CHANGES {
        let id = world.script().machine(name).unwrap().id();
        world.script().change_machine(&id, change);
    }
    let (mut tenant, reader) = jane(Setup::new(world)).await;
    let answer = name(&tenant, &reader, "everything", "SAT 22:00-04:00", "vm-plain").await;
    let says = |answer: &Answer| {
        answer
            .says("starts by itself on Sat 28 Nov 2026, 22:00 CET")
            .says("does not start by itself: a start loses data")
            .says("does not start by itself: it is better left to Azure. In the availability set");
    };
    says(answer.is(200));
    says(&reader.get().await);
    // What was handed over waits for the answer.
    let nonce = minted(&tenant, &reader, "hand-over");
    let to_mei = [("m", "0-1"), ("to", "mei.lin@contoso.com"), ("name", MACHINES_OF_JANE[0].0)];
    let over = [&[("nonce", nonce.as_str()), ("do", "hand-over")], &to_mei[..]].concat();
    reader.post(&over).await.is(200);
    reader.get().await.says("does not start by itself: it was handed over");
    // With less than a day of notice nothing is promised.
    tenant.clock.set(saturday() - TimeDelta::hours(12));
    let nonce = minted(&tenant, &reader, "name-hours");
    let hours = [
        ("nonce", nonce.as_str()),
        ("do", "name-hours"),
        ("m", "1-1"),
        ("reach", "everything"),
        ("hours", "SAT 22:00-04:00"),
        ("name", "vm-second"),
    ];
    reader.post(&hours).await.says("is less than a day away, and a start is announced a day ahead");
    // What does begin is what was said.
    assert_eq!(planned(&tenant, "vm-lost").await, None);
    // So does the next message about a machine that they count on.
    tenant.clock.set(saturday() + TimeDelta::hours(60));
    tenant.advance(TimeDelta::days(2)).await;
    let mut said = 0;
    for letter in tenant.messages().await {
        let (_, mail) = tenant.read(&letter).await;
        let text = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
        said += text.matches("It does not start by itself: none of the hours lie in self-service").count();
    }
    assert!(said > 0, "nobody read it");
}

/// Somebody goes back in their browser and sends a form again, as it was.
#[tokio::test]
async fn an_old_form_sent_again_neither_names_nor_removes_hours_that_were_decided_since() {
    let (tenant, reader) = jane(world()).await;
    let named = async || {
        let hours = tenant.repository.hours_of(&"jane.doe@contoso.com".parse().unwrap()).await.unwrap();
        hours.named.iter().map(|named| named.hours.to_string()).collect::<Vec<_>>()
    };
    let fields = |nonce: String, hours: &str| {
        let fields = [
            ("do", "name-hours"),
            ("m", "0-1"),
            ("reach", "machine"),
            ("hours", hours),
            ("name", "vm-web-01"),
        ];
        let mut fields: Vec<_> = fields.map(|(name, value)| (name, value.to_owned())).into();
        fields.push(("nonce", nonce));
        fields
    };
    let fresh = |act: &str| {
        // Nonces of one second are the same.
        tenant.clock.advance(TimeDelta::seconds(1));
        minted(&tenant, &reader, act)
    };
    let first = fields(fresh("name-hours"), "SAT 22:00-04:00");
    reader.post(&pairs(&first)).await.is(200).says("Undo: remove these hours");
    reader.post(&pairs(&first)).await.is(200);
    let second = fields(fresh("name-hours"), "SUN 02:00-05:00");
    reader.post(&pairs(&second)).await.is(200);
    reader.post(&pairs(&first)).await.is(409).says("this form was sent before");
    assert_eq!(named().await, ["SUN 02:00-05:00"], "an old form has named its hours again");

    let key = reader.get().await.fields("reach").into_iter().find(|key| key.contains('|')).unwrap();
    let remove = [("nonce", fresh("remove-hours")), ("do", "remove-hours".to_owned()), ("reach", key)];
    reader.post(&pairs(&remove)).await.is(200).says("Removed");
    reader.post(&pairs(&second)).await.is(409);
    assert_eq!(named().await, [] as [&str; 0]);
    reader.post(&pairs(&fields(fresh("name-hours"), "SAT 22:00-04:00"))).await.is(200);
    reader.post(&pairs(&remove)).await.is(409);
    assert_eq!(named().await, ["SAT 22:00-04:00"], "an old form has removed them");
    assert_eq!(audit_actions(&tenant).await.len(), 4);
}
