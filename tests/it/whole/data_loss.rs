//! Starts that lose data: nothing begins, is planned or goes on that nobody agreed to, for that machine.

use chrono::TimeDelta;
use maintenance_notifier::demo::{OsDiskPlacement, SimulatedMachine, Simulation};
use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::domain::action::response::{StartStatus, StartSummary};
use maintenance_notifier::domain::action::rolling::{ExclusionReason, MemberState};
use maintenance_notifier::domain::action::start::{StartOrigin, StartOutcome, StartRefusal};
use maintenance_notifier::domain::data_loss::DataLoss;
use maintenance_notifier::domain::ids::{MessageId, PlanId};
use maintenance_notifier::domain::window::MaintenanceWindow;
use maintenance_notifier::services::rolling_plans::make_plan;
use maintenance_notifier::services::start::{StartRequest, StartResult, start};

use super::pages::{Answer, Reader, notified, to, window};
use super::rolling::{plan_of, windows};
use super::tenant::{CONFIGURATION, SUBSCRIPTION, Setup, TestTenant, WAVE, small_world, start as beginning};

const REFUSED: StartResult = StartResult::Refused(StartRefusal::DataLoss { loss: DataLoss::OsDisk });

/// Two plain machines of Jane's and two with their operating system on the host.
fn world() -> Simulation {
    let world = small_world(&[("vm-plain-1", "jane.doe"), ("vm-plain-2", "jane.doe")]);
    for (name, os_disk) in
        [("vm-wiped-1", OsDiskPlacement::EphemeralCache), ("vm-wiped-2", OsDiskPlacement::EphemeralResource)]
    {
        let mut machine = SimulatedMachine::new(SUBSCRIPTION, "rg-test", name, "westeurope", beginning());
        machine.tags.insert("owner".to_owned(), "jane.doe".to_owned());
        machine.os_disk = os_disk;
        let id = world.script().add_machine(machine);
        world.script().join_wave(WAVE, &id);
    }
    world
}

async fn tenant() -> (TestTenant, Reader) {
    let (tenant, letters) = notified(Setup::new(world())).await;
    let reader = Reader::of(&tenant, to(&letters, "jane.doe")).await;
    (tenant, reader)
}

fn request(window: &MaintenanceWindow, accepts: Option<DataLoss>, origin: StartOrigin) -> StartRequest {
    StartRequest {
        window: window.id.clone(),
        revision: window.revision,
        by: Actor { principal: Some("jane".to_owned()), ..Actor::default() },
        origin,
        accepts,
        begins: None,
    }
}

async fn ask(tenant: &TestTenant, request: &StartRequest) -> StartResult {
    start(&tenant.app, request).await.unwrap()
}

fn starts(tenant: &TestTenant) -> usize {
    tenant.simulation.script().starts().len()
}

async fn last_start(tenant: &TestTenant, name: &str) -> StartSummary {
    let window = window(tenant, name).await;
    tenant.repository.actions(&window.id).await.unwrap().starts.pop().unwrap()
}

fn outcome(start: StartSummary) -> StartOutcome {
    match start.status {
        StartStatus::Settled { outcome, .. } => outcome,
        status => panic!("{status:?}"),
    }
}

/// The part of a page that is one form.
fn form(page: &Answer, what: &str) -> Answer {
    let mark = format!("name=\"do\" value=\"{what}\"");
    let form = page.body.split(&mark).nth(1).unwrap().split("</form>").next().unwrap();
    Answer { body: form.to_owned(), ..page.clone() }
}

#[tokio::test]
async fn the_service_begins_and_plans_nothing_that_loses_what_nobody_agreed_to() {
    let (tenant, _) = tenant().await;
    let window = window(&tenant, "vm-wiped-1").await;
    let link = StartOrigin::Link { message: MessageId::derive(&"jane.doe".parse().unwrap(), 1), form: None };
    let order = StartOrigin::StandingOrder { hours: "SAT 22:00-04:00".to_owned(), sources: Vec::new() };
    let plan = PlanId::new(&"jane.doe".parse().unwrap(), "sheet", [&window.id].into_iter());
    let rolling = StartOrigin::RollingPlan { plan };
    let later = Some(tenant.now() + TimeDelta::days(1));
    for begins in [None, later] {
        for origin in [&link, &StartOrigin::CommandLine] {
            for accepts in [None, Some(DataLoss::PerhapsOsDisk)] {
                let request = StartRequest { begins, ..request(&window, accepts, origin.clone()) };
                assert_eq!(ask(&tenant, &request).await, REFUSED);
            }
        }
        // Hours and plans are about many machines, and agree to nothing.
        for origin in [&order, &rolling] {
            let request = StartRequest { begins, ..request(&window, Some(DataLoss::OsDisk), origin.clone()) };
            assert_eq!(ask(&tenant, &request).await, REFUSED);
        }
    }
    assert_eq!(starts(&tenant), 0);
    let agreed = request(&window, Some(DataLoss::OsDisk), StartOrigin::CommandLine);
    let StartResult::Begun(begun) = ask(&tenant, &agreed).await else { panic!() };
    assert_eq!((begun.accepts, starts(&tenant)), (Some(DataLoss::OsDisk), 1));
}

#[tokio::test]
async fn what_loses_data_stands_apart_unticked_and_each_machine_needs_its_own_tick() {
    let (tenant, reader) = tenant().await;
    let page = reader.get().await;
    let [start_form, roll_form] = ["start", "roll"].map(|what| form(&page, what));
    assert_eq!(start_form.fields("m").len(), 4);
    assert_eq!(start_form.fields("loss").len(), 2);
    assert!(!start_form.body.contains(" checked> <span>vm-"), "{}", start_form.body);
    // A plan has no box for them at all.
    assert_eq!(roll_form.fields("m").len(), 2);
    roll_form.says("No plan starts vm-wiped-1, vm-wiped-2");

    let nonce = page.nonce("start");
    let (boxes, losses) = (start_form.fields("m"), start_form.fields("loss"));
    let mut fields =
        vec![("nonce", nonce.as_str()), ("do", "start"), ("when", "now"), ("name", "vm-plain-1")];
    fields.extend(boxes.iter().map(|machine| ("m", machine.as_str())));
    // One name does not start them all, nor does one tick, nor a tick for another machine or loss.
    let perhaps = losses.iter().map(|loss| loss.replace("-os-disk", "-perhaps-os-disk")).collect::<Vec<_>>();
    let wrong: [&[&str]; 4] =
        [&[], &[losses[0].as_str()], &[losses[1].as_str()], &[losses[0].as_str(), perhaps[1].as_str()]];
    for ticked in wrong {
        let mut fields = fields.clone();
        fields.extend(ticked.iter().map(|loss| ("loss", *loss)));
        reader.post(&fields).await.is(422).says("Nothing was started. Data would be lost");
    }
    assert_eq!(starts(&tenant), 0);
    fields.extend(losses.iter().map(|loss| ("loss", loss.as_str())));
    reader.post(&fields).await.is(200).says("vm-wiped-1, vm-wiped-2: started");
    assert_eq!(starts(&tenant), 4);
}

#[tokio::test]
async fn a_rolling_plan_and_named_hours_leave_out_what_loses_data_whatever_a_form_or_a_plan_says() {
    let hours = "[[recipients]]\nname = \"jane.doe\"\nemail = [\"jane.doe@contoso.com\"]\n\
                 maintenance_hours = \"always\"\n";
    let setup = Setup::new(world()).configuration(format!("{CONFIGURATION}{hours}"));
    let mut tenant = setup.begin().await;
    tenant.round().await;
    tenant.messages().await;
    assert_eq!(last_start(&tenant, "vm-plain-1").await.status, StartStatus::Planned);
    for name in ["vm-wiped-1", "vm-wiped-2"] {
        let window = window(&tenant, name).await;
        assert_eq!(tenant.repository.actions(&window.id).await.unwrap().starts, []);
    }

    let (tenant, _) = self::tenant().await;
    let plan = plan_of(&tenant, &windows(&tenant).await, "always", 0);
    make_plan(&tenant.app, &plan).await.unwrap();
    for _ in 0..240 {
        tenant.clock.advance(TimeDelta::minutes(1));
        tenant.follow().await;
    }
    let plan = tenant.repository.plan(&plan.id).await.unwrap().unwrap();
    for member in &plan.members {
        let why = ExclusionReason::NotBegun { reason: StartRefusal::DataLoss { loss: DataLoss::OsDisk } };
        match &member.state {
            MemberState::LeftOut { why: found, .. }
                if member.window.resource.name().starts_with("vm-wiped") =>
            {
                assert_eq!(*found, why);
            }
            state => assert!(matches!(state, MemberState::Done { .. }), "{state:?}"),
        }
    }
    assert_eq!(starts(&tenant), 2);
}

#[tokio::test]
async fn a_machine_whose_disk_moved_to_the_host_since_somebody_planned_its_start_does_not_begin_and_says_so()
{
    let (mut tenant, _) = tenant().await;
    let window = window(&tenant, "vm-plain-1").await;
    let at = tenant.now() + TimeDelta::hours(30);
    let planned = StartRequest { begins: Some(at), ..request(&window, None, StartOrigin::CommandLine) };
    assert!(matches!(ask(&tenant, &planned).await, StartResult::Planned(_)));
    tenant.advance(TimeDelta::hours(1)).await;
    tenant.messages().await;
    tenant.simulation.script().change_machine(window.id.resource.as_str(), |machine| {
        machine.os_disk = OsDiskPlacement::EphemeralCache;
    });
    // Nobody looked since: only the read just before shows it.
    tenant.clock.set(at);
    tenant.follow().await;
    let lost = StartOutcome::NotBegun { reason: StartRefusal::DataLoss { loss: DataLoss::OsDisk } };
    assert_eq!((outcome(last_start(&tenant, "vm-plain-1").await), starts(&tenant)), (lost, 0));
    tenant.advance(TimeDelta::hours(1)).await;
    let letters = tenant.messages().await;
    let (_, mail) = tenant.read(to(&letters, "jane.doe")).await;
    let text = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("wipes the operating system disk, which lives on the host, and nobody has agreed"),
        "{text}"
    );
}

#[tokio::test]
async fn the_warning_stays_with_a_planned_start_on_the_page_in_mails_and_in_the_calendar_until_it_is_called_off()
 {
    let (mut tenant, reader) = tenant().await;
    let machine = window(&tenant, "vm-wiped-1").await;
    let at = tenant.now() + TimeDelta::days(3);
    let accepts = Some(DataLoss::OsDisk);
    let request = StartRequest { begins: Some(at), ..request(&machine, accepts, StartOrigin::CommandLine) };
    assert!(matches!(ask(&tenant, &request).await, StartResult::Planned(_)));
    let warning = "wipes the operating system disk, which lives on the host";
    reader.get().await.is(200).says("Start planned").says(warning);
    // The announcement of the plan, and the reminders two days and an hour before.
    let mut warned = 0;
    for moment in
        [tenant.now() + TimeDelta::minutes(5), at - TimeDelta::hours(47), at - TimeDelta::minutes(50)]
    {
        tenant.clock.set(moment);
        tenant.plan().await;
        for letter in tenant.messages().await {
            let (content, mail) = tenant.read(&letter).await;
            if !content.items.iter().any(|item| item.window.id == machine.id) {
                continue;
            }
            let text = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(text.contains("Data is lost") && text.contains(warning), "{text}");
            assert!(!text.contains("You need not do anything"), "{text}");
            for entry in content.calendar.iter().filter(|entry| entry.planned) {
                assert_eq!(entry.loses, std::slice::from_ref(&machine.id));
            }
            warned += 1;
        }
    }
    assert!(warned >= 2, "{warned}");
    reader.get().await.says(warning);
}
