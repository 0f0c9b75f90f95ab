//! The page of a rolling plan: how a plan is made, shown, paused, resumed and ended from the link in a message.

use std::sync::Arc;

use chrono::TimeDelta;
use maintenance_notifier::demo::OsDiskPlacement;
use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::domain::action::rolling::{MemberState, PlanState, RollingPlan};
use maintenance_notifier::domain::action::start::StartOrigin;
use maintenance_notifier::services::start::{StartRequest, StartResult, start};
use maintenance_notifier::store::{SharedStore, SqliteStore};
use maintenance_notifier::web;

use super::failing_store::{FailingStore, Failure};
use super::pages::{Answer, Reader, minted, notified, pairs, signed_in, to};
use super::rolling::{sets, undone};
use super::tenant::{CONFIGURATION, Setup, TestTenant};

/// Jane may have her machines restarted at night, but not on the 24th.
const JANE: &str = r#"
[[recipients]]
name     = "jane.doe"
email    = ["jane.doe@contoso.com"]
holidays = [2026-11-24]
"#;

async fn jane(setup: Setup) -> (TestTenant, Reader) {
    let (tenant, letters) = notified(setup.configuration(format!("{CONFIGURATION}{JANE}"))).await;
    let reader = Reader::of(&tenant, to(&letters, "jane.doe")).await;
    (tenant, reader)
}

/// The form that makes a plan of everything, as a person fills it in on a fresh page.
async fn filled(reader: &Reader) -> Vec<(&'static str, String)> {
    let page = reader.get().await;
    page.is(200).says("Start several of them one after the other");
    let form = page.body.split("value=\"roll\"").nth(1).unwrap().split("</form>").next().unwrap();
    let form = Answer { body: form.to_owned(), ..page.clone() };
    let mut fields = vec![("nonce", page.nonce("roll")), ("do", "roll".to_owned())];
    fields.extend(form.fields("m").into_iter().map(|machine| ("m", machine)));
    fields.extend([("hours", "MON-FRI 22:00-23:30".to_owned())]);
    fields
}

/// The form that begins a plan, as it stands on the page that shows what the plan would do.
pub(super) fn agreed(review: &Answer, name: &str) -> Vec<(&'static str, String)> {
    review.says("Nothing has begun").says("Begin?");
    let mut fields = vec![("do", "begin-plan".to_owned()), ("name", name.to_owned())];
    fields.push(("nonce", review.nonce("begin-plan")));
    for field in ["review", "hours", "first"] {
        fields.push((field, review.field(field).replace("&#x2b;", "+")));
    }
    fields.extend(review.fields("m").into_iter().map(|machine| ("m", machine)));
    fields
}

/// Reads the plan, begins it, and goes where that leads.
async fn make(reader: &mut Reader) -> Answer {
    let review = reader.post(&pairs(&filled(reader).await)).await;
    let made = reader.post(&pairs(&agreed(review.is(200), "vm-a-0"))).await;
    assert_eq!(made.status, 303, "{}", made.body);
    let path = made.headers["location"].to_str().unwrap().to_owned();
    assert!(path.starts_with(&reader.path) && path.contains("&plan="), "{path}");
    reader.path = path;
    reader.get().await
}

async fn plan(tenant: &TestTenant) -> RollingPlan {
    let open = tenant.repository.open_plans().await.unwrap();
    open.values().next().unwrap().clone()
}

#[tokio::test]
async fn a_plan_is_made_from_a_message_and_its_page_says_when_each_has_its_turn_and_what_does_not_fit() {
    let (tenant, mut reader) = jane(Setup::new(sets(1, 3))).await;
    let page = make(&mut reader).await;
    page.is(200)
        .says("Maintenance of 3 machines, one after the other")
        .says("loads itself again every 15 seconds")
        .says("Machines begin in these hours: MON-FRI 22:00-23:30 (Europe&#x2f;Berlin).")
        .says("None begins on 2026-11-24.")
        .says("planned for Mon 23 Nov 2026, 22:00 CET");
    assert!(!page.body.contains("<script"));
    let order: Vec<usize> =
        ["vm-a-1", "vm-a-0", "vm-a-2"].map(|name| page.body.find(&format!(">{name}<")).unwrap()).into();
    assert!(order.is_sorted(), "{}", page.body);
    // The first night has room for two; the third machine has its turn two days later, for the next is a day off.
    page.says("planned for Wed 25 Nov 2026, 22:00 CET");
    tenant.clock.set("2026-11-23T21:00:30Z".parse().unwrap());
    tenant.follow().await;
    reader.get().await.says("Under way");
    for _ in 0..10 {
        tenant.clock.advance(TimeDelta::minutes(1));
        tenant.follow().await;
    }
    reader.get().await.says("Done: 1 of 3 machines").says("well since");
    // The message leads to it too.
    let message = reader.path.split("&plan=").next().unwrap().to_owned();
    let plan = std::mem::replace(&mut reader.path, message);
    let page = reader.get().await;
    page.says(&format!("<a href=\"{}\">Its rolling plan", plan.replace('&', "&amp;").replace('/', "&#x2f;")));
}

#[tokio::test]
async fn it_is_paused_resumed_and_ended_on_its_page() {
    let (tenant, mut reader) = jane(Setup::new(sets(1, 3))).await;
    make(&mut reader).await;
    let send = async |what: &str| {
        let nonce = minted(&tenant, &reader, what);
        reader.post(&[("nonce", &nonce), ("do", what), ("name", "vm-a-0")]).await
    };
    send("dance").await.is(400).says("did not say what to do");
    let paused = send("pause").await;
    paused.is(200).says("Paused: no machine begins").says("waits until the plan is resumed");
    assert!(!paused.headers.contains_key("refresh"), "nothing goes on");
    send("pause").await.is(200).says("That changed nothing");
    assert!(plan(&tenant).await.members.iter().all(|member| member.state == MemberState::Waiting));
    send("resume").await.is(200).says("Resumed").says("planned for");
    send("cancel")
        .await
        .is(200)
        .says("Ended: no other machine begins")
        .says("The plan ended before its turn");
    assert_eq!(tenant.repository.open_plans().await.unwrap().rows.len(), 0);
    assert_eq!(tenant.repository.open_starts().await.unwrap().rows.len(), 0);
    send("resume").await.is(200).says("That changed nothing");
}

#[tokio::test]
async fn a_wrong_form_makes_no_plan_and_says_what_is_wrong() {
    let (tenant, reader) = jane(Setup::new(sets(1, 3))).await;
    let fields = filled(&reader).await;
    let with = |name: &str, value: &str| {
        let mut fields = fields.clone();
        fields.retain(|(known, _)| *known != name);
        fields.push((Box::leak(name.to_owned().into_boxed_str()), value.to_owned()));
        fields
    };
    reader.post(&pairs(&with("hours", "at night"))).await.is(422).says("Nothing was planned: the hours");
    reader.post(&pairs(&with("at", "2026-11-01T08:00"))).await.is(422).says("that time has passed");
    reader.post(&pairs(&with("m", "0-1"))).await.is(422).says("choose two machines at least");
    let review = reader.post(&pairs(&fields)).await;
    reader.post(&pairs(&agreed(&review, "vm-b-0"))).await.is(422).says("Type the name").says("Begin?");
    let foreign = [("origin", "https://elsewhere.example")];
    reader.post_as(&pairs(&fields), &foreign).await.is(403);
    assert_eq!(tenant.repository.open_plans().await.unwrap().rows.len(), 0);
    assert_eq!(tenant.repository.audit_head().await.unwrap().sequence, 0);
}

#[tokio::test]
async fn only_the_links_of_whoever_made_it_lead_to_a_plan_and_looking_changes_nothing() {
    let world = sets(1, 3);
    super::tenant::add_machine(&world, super::tenant::SUBSCRIPTION, "vm-mei", "mei.lin");
    let id = world.script().machine("vm-mei").unwrap().id();
    world.script().join_wave(super::tenant::WAVE, &id);
    let healthy: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
    let setup = Setup::new(world).configuration(format!("{CONFIGURATION}{JANE}")).store(healthy.clone());
    let (mut tenant, letters) = notified(setup).await;
    let mut reader = Reader::of(&tenant, to(&letters, "jane.doe")).await;
    make(&mut reader).await;
    let id = plan(&tenant).await.id;
    let counting = Arc::new(FailingStore::new(healthy, 0, Failure::Refused));
    tenant.restart(counting.clone());
    let mut others = Reader::of(&tenant, to(&letters, "mei.lin")).await;
    others.path = format!("{}&plan={id}", others.path);
    others.get().await.is(404);
    let page = Reader { path: others.path.split("&plan=").next().unwrap().to_owned(), ..others.clone() };
    for nonce in [page.get().await.nonce("acknowledge"), minted(&tenant, &page, "cancel")] {
        others.post(&[("nonce", &nonce), ("do", "cancel")]).await.is(404);
    }
    let nonce = minted(&tenant, &others, "cancel");
    others.post(&[("nonce", &nonce), ("do", "cancel")]).await.is(404);
    let path = Reader::of(&tenant, to(&letters, "jane.doe")).await.path;
    for forged in ["", "0123", "../../x", &format!("{id}0"), &id.as_str().to_uppercase()] {
        let reader = Reader { path: format!("{path}&plan={forged}"), ..others.clone() };
        reader.get().await.is(404);
    }
    let reader = Reader { path: format!("{path}&plan={id}&do=cancel"), ..others.clone() };
    reader.get().await.is(200);
    assert_eq!(counting.writes(), 0);
    assert_eq!(plan(&tenant).await.state, PlanState::Running);
}

#[tokio::test]
async fn behind_the_platforms_guard_pausing_takes_no_sign_in_and_resuming_does() {
    let (tenant, reader) = jane(Setup::new(sets(1, 3)).easy_auth()).await;
    let signed_in = signed_in(&tenant, "jane.doe@contoso.com").await;
    let signed_in = pairs(&signed_in);
    let page = reader.get_as(&signed_in).await;
    let mut fields = vec![("nonce", page.nonce("roll")), ("do", "roll".to_owned())];
    fields.extend(["0-1", "1-1", "2-1"].map(|machine| ("m", machine.to_owned())));
    reader.post(&pairs(&fields)).await.is(403).says("sign in");
    let review = reader.post_as(&pairs(&fields), &signed_in).await;
    let agreed = agreed(&review, "vm-a-0");
    reader.post(&pairs(&agreed)).await.is(403).says("sign in");
    let made = reader.post_as(&pairs(&agreed), &signed_in).await;
    assert_eq!(made.status, 303, "{}", made.body);
    let reader = Reader { path: made.headers["location"].to_str().unwrap().to_owned(), ..reader };
    let nonce = reader.get().await.nonce("pause");
    reader.post(&[("nonce", &nonce), ("do", "pause")]).await.is(200).says("Paused");
    let nonce = minted(&tenant, &reader, "resume");
    reader.post(&[("nonce", &nonce), ("do", "resume")]).await.is(403).says("sign in");
    reader.get().await.says("aad?post_login_redirect_uri=%2Fa%3Ft%3D").says("%26plan%3D");
    assert!(matches!(plan(&tenant).await.state, PlanState::Paused { .. }));
    reader
        .post_as(&[("nonce", &nonce), ("do", "resume"), ("name", "vm-a-0")], &signed_in)
        .await
        .is(200)
        .says("Resumed");
}

#[tokio::test]
async fn a_plan_is_read_first_and_reading_it_writes_nothing() {
    let world = sets(1, 3);
    world.script().change_machine(&world.script().machine("vm-a-2").unwrap().id(), |machine| {
        machine.os_disk = OsDiskPlacement::EphemeralCache;
    });
    let healthy: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
    let (mut tenant, reader) = jane(Setup::new(world).store(healthy.clone())).await;
    let counting = Arc::new(FailingStore::new(healthy, 0, Failure::Refused));
    tenant.restart(counting.clone());
    let reader = Reader { pages: web::router(tenant.app.clone()), ..reader };
    let mut fields = filled(&reader).await;
    // Whatever a form says, what loses data is shown among those that no plan starts.
    fields.retain(|(name, _)| *name != "nonce");
    fields.push(("nonce", minted(&tenant, &reader, "roll")));
    fields.extend(["0-1", "1-1", "2-1"].map(|machine| ("m", machine.to_owned())));
    let review = reader.post(&pairs(&fields)).await;
    review
        .is(200)
        .says("2 machines, one after the other")
        .says("begins Mon 23 Nov 2026, 22:00 CET")
        .says("In the availability set")
        .says("waits another 30 minutes")
        .says("about 25 minutes")
        .says("Not started by this plan")
        .says("it wipes the operating system disk");
    assert_eq!(counting.writes(), 0);
    assert_eq!(tenant.repository.open_plans().await.unwrap().rows.len(), 0);
    // What does not fit is said before, not found out after.
    let short = tenant.now() + TimeDelta::minutes(70);
    let mut hurried = fields.clone();
    hurried.retain(|(name, _)| *name != "hours");
    hurried.push(("hours", format!("MON {}-{}", tenant.now().format("%H:%M"), short.format("%H:%M"))));
    reader.post(&pairs(&hurried)).await.is(200).says("begins ");
}

#[tokio::test]
async fn a_plan_begins_once_and_exactly_as_it_was_read() {
    let (tenant, reader) = jane(Setup::new(sets(1, 3))).await;
    let show = async || reader.post(&pairs(&filled(&reader).await)).await;
    let read = async || agreed(show().await.is(200), "vm-a-0");
    let without = |form: &[(&'static str, String)], name: &str, value: &str| {
        let mut form = form.to_vec();
        for field in form.iter_mut().filter(|(known, _)| *known == name) {
            field.1 = value.to_owned();
        }
        form
    };
    let nothing = async |form: &[(&'static str, String)]| {
        reader.post(&pairs(form)).await.is(409).says("Nothing has begun").says("Begin?");
        assert_eq!(tenant.repository.open_plans().await.unwrap().rows.len(), 0);
    };
    let form = read().await;
    // Another hour, another first moment, fewer machines or another review are not what was read.
    nothing(&without(&form, "hours", "always")).await;
    nothing(&without(&form, "first", "2026-11-25T08:00:00+00:00")).await;
    nothing(&without(&form, "review", &reader.get().await.nonce("roll"))).await;
    nothing(&without(&form, "review", "")).await;
    let mut fewer = form.clone();
    fewer.pop();
    nothing(&fewer).await;
    // What somebody else decided since is shown anew.
    let machine = undone(&tenant).await.swap_remove(0);
    let at = Some(tenant.now() + TimeDelta::days(2));
    let request = StartRequest {
        window: machine.id.clone(),
        revision: machine.revision,
        by: Actor { principal: Some("mei".to_owned()), ..Actor::default() },
        origin: StartOrigin::CommandLine,
        accepts: None,
        begins: at,
    };
    assert!(matches!(start(&tenant.app, &request).await.unwrap(), StartResult::Planned(_)));
    let again = reader.post(&pairs(&form)).await;
    again.is(409).says("planned or begun by other means");
    // Nobody agrees to what they read long ago.
    let form = agreed(&again, "vm-a-0");
    tenant.clock.advance(TimeDelta::minutes(16));
    reader.post(&pairs(&form)).await.is(403);

    let form = read().await;
    tenant.clock.advance(TimeDelta::minutes(9));
    let expected = show().await;
    let made = reader.post(&pairs(&form)).await;
    assert_eq!(made.status, 303, "{}", made.body);
    let begun = plan(&tenant).await;
    let planned = begun.members.iter().filter_map(|member| match &member.state {
        MemberState::Planned { begins, .. } => Some(*begins),
        _ => None,
    });
    for begins in planned {
        expected.says(&begins.with_timezone(&begun.times.zone).format("%a %-d %b %Y, %H:%M").to_string());
    }
    // The same form again leads to what became of it.
    let second = reader.post(&pairs(&form)).await;
    assert_eq!((second.status, &second.headers["location"]), (made.status, &made.headers["location"]));
    assert_eq!(tenant.repository.open_plans().await.unwrap().rows.len(), 1);
}
