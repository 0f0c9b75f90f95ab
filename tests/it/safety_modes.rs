//! `[safety] mode`: what a dry run and a pilot keep from going out, and what goes out when they are over.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use maintenance_notifier::clock::{Clock, ManualClock, SharedClock};
use maintenance_notifier::config::Environment;
use maintenance_notifier::demo::{Simulation, SimulationOptions, configuration};
use maintenance_notifier::domain::message::MessageKind;
use maintenance_notifier::domain::message_content::GoLiveReport;
use maintenance_notifier::domain::planning::Pace;
use maintenance_notifier::services::delivery::deliver;
use maintenance_notifier::services::emit::emit;
use maintenance_notifier::services::observe_and_assign::observe_and_assign;
use maintenance_notifier::services::plan_round::plan_round;
use maintenance_notifier::services::planning::plan_due;
use maintenance_notifier::startup::{self, WhenUnusable};
use maintenance_notifier::store::repository::{GoLiveRow, WindowRow};
use maintenance_notifier::store::{Repository, SqliteStore};
use tokio::net::TcpListener;

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 23, 9, 0, 0).unwrap()
}

/// A simulated Azure, and a deployment whose state and outbox are in a folder.
struct Deployment {
    folder: tempfile::TempDir,
    clock: Arc<ManualClock>,
    azure: String,
}

/// One mail in the outbox folder: to whom, and its subject.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Mail {
    to: String,
    subject: String,
}

impl Deployment {
    async fn new() -> Self {
        let clock = Arc::new(ManualClock::new(start()));
        let mut options = SimulationOptions::new(start());
        options.machines = 12;
        options.switches.throttling = false;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let azure = format!("http://{}", listener.local_addr().unwrap());
        let (simulation, time) = (Simulation::new(options), clock.clone());
        tokio::spawn(async move { simulation.serve(listener, time).await });
        Self { folder: tempfile::tempdir().unwrap(), clock, azure }
    }

    /// A whole round under the demo's configuration in this mode, by a process of its own. Returns how many attempts
    /// were made.
    async fn round(&self, safety: &str) -> usize {
        self.configure(safety);
        self.process(Pace::Immediate).await
    }

    /// Writes the demo's configuration in this mode.
    fn configure(&self, safety: &str) {
        let text = format!("{}\n[safety]\n{safety}\n", configuration(start()));
        std::fs::write(self.folder.path().join("notifier.toml"), text).unwrap();
    }

    /// A whole round of the handler, under whatever is in force.
    async fn process(&self, pace: Pace) -> usize {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let environment = Environment::from_pairs([
            ("NOTIFIER_CONFIG", path("notifier.toml")),
            ("NOTIFIER_STORE", format!("sqlite:{}", path("state.db"))),
            ("NOTIFIER_OUTBOX", path("outbox")),
            ("NOTIFIER_OPERATORS", "operators@contoso.com".to_owned()),
            ("NOTIFIER_ARM_ENDPOINT", self.azure.clone()),
            ("NOTIFIER_ARM_AUDIENCE", self.azure.clone()),
            ("IDENTITY_ENDPOINT", format!("{}/msi/token", self.azure)),
            ("IDENTITY_HEADER", "simulated-identity".to_owned()),
            ("NOTIFIER_MAIL_FROM", "Azure maintenance <azure-maintenance@contoso.com>".to_owned()),
        ]);
        let clock: SharedClock = self.clock.clone();
        let current = startup::start(&environment, clock, WhenUnusable::LastValid).await.unwrap();
        let app = current.app();
        app.set_pace(pace);
        for subscription in plan_round(&app).await.unwrap().look_at {
            observe_and_assign(&app, &subscription).await.unwrap();
        }
        plan_due(&app).await.unwrap();
        let tickets = emit(&app).await.unwrap();
        for ticket in &tickets {
            deliver(&app, ticket).await.unwrap();
        }
        tickets.len()
    }

    async fn repository(&self) -> Repository {
        Repository::new(Arc::new(SqliteStore::open(&self.folder.path().join("state.db")).await.unwrap()))
    }

    /// Every mail that went out so far.
    fn mails(&self) -> BTreeSet<Mail> {
        let Ok(files) = std::fs::read_dir(self.folder.path().join("outbox")) else { return BTreeSet::new() };
        let paths = files.map(|file| file.unwrap().path());
        paths.filter(|path| path.extension().is_some_and(|it| it == "eml")).map(|path| mail(&path)).collect()
    }
}

fn mail(path: &Path) -> Mail {
    let text = std::fs::read_to_string(path).unwrap();
    let header = |name: &str| {
        let mut lines = text.lines().skip_while(|line| !line.starts_with(name));
        let first = lines.next().unwrap().strip_prefix(name).unwrap().trim().to_owned();
        lines.take_while(|line| line.starts_with(' ')).fold(first, |whole, more| whole + more)
    };
    Mail { to: header("To:"), subject: header("Subject:") }
}

fn addresses(mails: &BTreeSet<Mail>) -> BTreeSet<&str> {
    mails.iter().map(|mail| mail.to.as_str()).collect()
}

#[tokio::test]
async fn a_dry_run_plans_everything_and_sends_nothing_until_it_is_over() {
    let deployment = Deployment::new().await;
    assert_eq!(deployment.round("mode = \"dry-run\"").await, 0);
    assert_eq!(deployment.mails(), BTreeSet::new());
    let sent = deployment.round("mode = \"live\"").await;
    let mails = deployment.mails();
    assert!(sent > 5 && addresses(&mails).len() > 5, "{mails:?}");
    assert_eq!(deployment.round("mode = \"live\"").await, 0, "nobody is told twice");
}

/// Everything of the dry run is days old by then. Nothing of it is reported.
#[tokio::test]
async fn going_live_after_days_on_the_built_in_configuration_tells_each_once_what_is_open_then() {
    let deployment = Deployment::new().await;
    for _ in 0..6 {
        assert_eq!(deployment.process(Pace::Immediate).await, 0);
        deployment.clock.advance(TimeDelta::days(4));
    }
    let repository = deployment.repository().await;
    let then = repository.tenant().await.unwrap().0.go_live.unwrap().report;
    assert!(deployment.round("mode = \"live\"").await > 0);
    let summaries = repository.subscription_rows().await.unwrap();
    let subscriptions: Vec<_> = summaries.values().map(|summary| summary.subscription.clone()).collect();
    let windows = repository.windows_everywhere(&subscriptions).await.unwrap();
    let now = deployment.clock.now();
    // Days have passed: of some the last date is over.
    let ahead = |row: &&WindowRow| {
        !row.window.is_over() && row.window.facts.schedule.end().is_none_or(|end| end > now)
    };
    let open = windows.values().filter(ahead).count();
    assert_ne!(open, then.machines, "the simulation went on meanwhile");
    let mails = deployment.mails();
    let live: Vec<&Mail> = mails.iter().filter(|mail| mail.subject.contains("is live")).collect();
    let [live] = &live[..] else { panic!("operators hear of it once: {mails:?}") };
    assert!(live.subject.contains(&format!("is live: {open} machine")), "{open}: {live:?}");
    assert_eq!(addresses(&mails).len(), mails.len(), "each hears once: {mails:?}");
    let mut responsible = BTreeSet::new();
    for row in windows.values().filter(ahead) {
        for holder in row.holders.iter().filter(|it| it.withdrawn.is_none() && !it.escalated) {
            let ledger = repository.state(&holder.recipient).await.unwrap().messages();
            let told = ledger.iter().filter(|message| message.notified_at.is_some());
            let of_it = told.flat_map(|message| &message.items).filter(|item| item.window == row.window.id);
            assert!(of_it.count() > 0, "{} was not told of {}", holder.recipient, row.window.id.resource);
            responsible.insert(holder.recipient.clone());
        }
    }
    let platform = "platform".parse().unwrap();
    let ledger = repository.state(&platform).await.unwrap().messages();
    let message = ledger.iter().find(|message| message.kind == MessageKind::GoLive).unwrap();
    let content = repository.content(&platform, message.sequence).await.unwrap().unwrap();
    assert_eq!(content.go_live.unwrap().recipients, responsible.len());
    assert_eq!(deployment.round("mode = \"live\"").await, 0);
}

/// Of two instances one notes the first look, and the other plans by a clock that is behind: what else is due then must
/// not go out before the message of going live that it belongs in.
#[tokio::test]
async fn operators_hear_of_going_live_at_once_when_another_clock_is_ahead() {
    let deployment = Deployment::new().await;
    let noted = GoLiveRow { at: start() + TimeDelta::seconds(2), report: GoLiveReport::default() };
    let repository = deployment.repository().await;
    repository.update_tenant(|tenant| tenant.go_live = Some(noted.clone())).await.unwrap();
    deployment.configure("mode = \"live\"");
    deployment.process(Pace::Considerate).await;
    let mails = deployment.mails();
    assert!(mails.iter().any(|mail| mail.subject.contains("is live")), "{mails:?}");
}

#[tokio::test]
async fn a_pilot_notifies_its_own_and_marks_the_rest_and_when_it_is_over_the_rest_is_notified() {
    let deployment = Deployment::new().await;
    deployment.round("mode = \"pilot\"\npilot = [\"sap-basis\"]\ndivert_to = [\"platform\"]").await;
    let piloted = deployment.mails();
    let expected = BTreeSet::from(["sap-basis@contoso.com", "platform@contoso.com"]);
    assert_eq!(addresses(&piloted), expected);
    let marked = |mail: &&Mail| mail.subject.contains("[for ");
    assert!(piloted.iter().filter(marked).count() > 3, "{piloted:?}");
    assert!(piloted.iter().filter(|mail| mail.to.starts_with("sap")).all(|mail| !marked(&mail)));

    deployment.round("mode = \"live\"").await;
    let new: BTreeSet<Mail> = deployment.mails().difference(&piloted).cloned().collect();
    assert!(addresses(&new).len() > 3 && addresses(&new).is_disjoint(&expected), "{new:?}");
    assert!(!new.iter().any(|mail| marked(&mail)));
}
