//! T4 whole: the deployment as Azure has it, over Azurite, with ways out that are real. It sends what `demo` sends
//! and keeps what `demo` keeps.

pub(super) mod demo;
mod deployment;
mod flow;
mod gate;
mod graph;
mod messages;
mod names;
mod state;
mod storage;

use chrono::TimeDelta;
use maintenance_notifier::clock::{Clock, SystemClock};
use maintenance_notifier::domain::outbox::OutboxRow;
use maintenance_notifier::domain::transport_health::TransportHealth;
use maintenance_notifier::store::Repository;
use maintenance_notifier::store::repository::Stored;
use serde_json::Value;

use self::demo::Demo;
use self::deployment::{Deployment, drain, persist, plan_and_deliver, settings, staged, tick};
use self::flow::Flow;
use self::gate::Gate;
use self::graph::Graph;
use self::storage::BadStorage;
use super::processes::Staged;
use crate::azurite::{self, Azurite};
use crate::mail_server::MailServer;

/// What every round needs, wherever its mails go.
struct Environment {
    azurite: Azurite,
    flow: Flow,
    demo: Demo,
    azure: Gate,
    staged: Staged,
}

impl Environment {
    async fn new() -> Self {
        let (azurite, flow, demo) = tokio::join!(Azurite::start(), Flow::start(), Demo::run());
        let azure = Gate::before(demo.world()).await;
        let staged = staged(&demo.configuration(&flow.address));
        Self { azurite, flow, demo, azure, staged }
    }

    fn settings(&self, mail: &[(&'static str, String)]) -> Vec<(&'static str, String)> {
        let mut settings = settings(&self.azure.address, self.azurite.connection_string());
        settings.push(("NOTIFIER_LINK_KEYS", self.demo.link_keys()));
        settings.extend_from_slice(mail);
        settings
    }

    fn repository(&self) -> Repository {
        Repository::new(azurite::open(&self.azurite.connection_string(), "round"))
    }

    /// The same mails and cards as the demo's, and where `is_counted` holds the same rows.
    async fn assert_as_in_the_demo(&self, mails: &std::path::Path, is_counted: impl Fn(&str) -> bool) {
        self.assert_same_messages(mails).await;
        let elapsed = SystemClock.now() - self.demo.start;
        let kept = state::of_tables(&self.azurite, "round").await;
        let expected = state::of_sqlite(&self.demo.database()).await;
        let of_state = state::differences(&state::meant(&expected), &state::meant(&kept), elapsed);
        // The text of the configuration names its own flow, and so does what is known of channels; that it is kept in
        // both is counted.
        let own = [
            "configuration/valid|000[0].document.text: ",
            "outbox/w|",
            "tenant/recipients[0].document.known[1].addresses: ",
        ];
        let is_text = |difference: &str| own.iter().any(|own| difference.starts_with(own));
        let counted =
            of_state.into_iter().filter(|difference| is_counted(difference) && !is_text(difference));
        let differences: Vec<String> = counted.collect();
        assert!(differences.is_empty(), "{differences:#?}");
    }

    /// The same mails and cards as the demo's, each of them once.
    async fn assert_same_messages(&self, mails: &std::path::Path) {
        let outbox = self.demo.outbox();
        let (sent, expected) = tokio::join!(messages::mails(mails), messages::mails(&outbox));
        let differences = messages::differences(&expected, &sent);
        assert!(differences.is_empty(), "{differences:#?}");
        messages::assert_same_cards(&self.demo.cards(), &self.flow.cards());
    }
}

fn by_smtp(server: &MailServer) -> [(&'static str, String); 1] {
    [("NOTIFIER_SMTP_URL", format!("smtp://127.0.0.1:{}?tls=none", server.port))]
}

#[tokio::test]
async fn t4_the_deployment_sends_by_smtp_and_keeps_in_tables_what_the_demo_sends_and_keeps() {
    let (around, server) = tokio::join!(Environment::new(), MailServer::start(&[]));
    let mut deployment = Deployment::start(&around.staged, &around.settings(&by_smtp(&server))).await;

    tick(&[&deployment.host; 2], "CollectMaintenance").await;
    // Killed while Azure has its question: nothing of this look is lost.
    let asked = around.azure.hold("/virtualMachines/");
    deployment.kill_while_working("CollectSubscription", asked).await;
    drain(&[&deployment.host; 2]).await;
    state::let_alerts_settle(&around.azurite, "round").await;
    for _ in 0..2 {
        plan_and_deliver(&[&deployment.host; 2]).await;
    }

    assert_eq!(deployment.errors().await, Vec::<Value>::new());
    around.assert_as_in_the_demo(server.folder(), |_| true).await;
}

#[tokio::test]
async fn t4_f5_the_deployment_sends_the_same_by_graph_and_waits_when_graph_asks_for_it() {
    let (around, graph) = tokio::join!(Environment::new(), Graph::start());
    let mail = [
        ("NOTIFIER_GRAPH_SENDER", graph::SENDER.to_owned()),
        ("NOTIFIER_GRAPH_ENDPOINT", graph.origin.clone()),
    ];
    let deployment = Deployment::start(&around.staged, &around.settings(&mail)).await;
    tick(&[&deployment.host; 2], "CollectMaintenance").await;
    drain(&[&deployment.host; 2]).await;
    state::let_alerts_settle(&around.azurite, "round").await;
    let begun = SystemClock.now();
    plan_and_deliver(&[&deployment.host; 2]).await;

    let waiting = around.repository().unsettled_outbox().await.unwrap();
    let tried = waiting.rows.iter().filter(|row| row.value.attempt > 0).count();
    assert_eq!(tried, 1, "one was asked to wait: {waiting:?}");
    // Their time comes: those that waited along with it, too.
    for row in &waiting.rows {
        assert!(row.value.next_attempt - begun >= TimeDelta::seconds(graph::RETRY_AFTER_SECONDS), "{row:?}");
        let due = OutboxRow { next_attempt: SystemClock.now(), ..row.value.clone() };
        around.repository().replace_outbox(row, &due).await.unwrap();
    }
    around
        .repository()
        .update_transport("mail", |health| *health = TransportHealth::default())
        .await
        .unwrap();
    for _ in 0..2 {
        plan_and_deliver(&[&deployment.host; 2]).await;
    }

    assert_eq!(deployment.errors().await, Vec::<Value>::new());
    // Their rows remember what the others never met.
    let names = state::names(&state::of_tables(&around.azurite, "round").await);
    let of =
        |row: &Stored<OutboxRow>| format!("outbox/o|{}[0].document: ", names.text(row.value.id.as_str()));
    let rows: Vec<String> = waiting.rows.iter().map(of).collect();
    let is_counted = |difference: &str| !rows.iter().any(|row| difference.starts_with(row));
    around.assert_as_in_the_demo(graph.folder(), is_counted).await;
}

#[tokio::test]
async fn f6_two_instances_of_everything_double_nothing() {
    let (around, server) = tokio::join!(Environment::new(), MailServer::start(&[]));
    let settings = around.settings(&by_smtp(&server));
    let one = Deployment::start(&around.staged, &settings).await;
    let other = one.another(&around.staged, &settings).await;
    let both = [&one.host, &other.host];
    tick(&both, "CollectMaintenance").await;
    drain(&both).await;
    state::let_alerts_settle(&around.azurite, "round").await;
    for _ in 0..2 {
        plan_and_deliver(&both).await;
    }
    around.assert_as_in_the_demo(server.folder(), |_| true).await;
}

/// Storage that is busy, loses answers and takes requests twice costs time, and no mail or card: nothing is lost, and
/// nothing comes twice.
#[tokio::test]
async fn f6_a_bad_day_of_the_storage_loses_and_doubles_nothing() {
    let (around, server) = tokio::join!(Environment::new(), MailServer::start(&[]));
    let storage = BadStorage::before(&around.azurite).await;
    let mut settings = around.settings(&by_smtp(&server));
    settings.retain(|(name, _)| *name != "AzureWebJobsStorage");
    settings.push(("AzureWebJobsStorage", storage.connection_string.clone()));
    let deployment = Deployment::start(&around.staged, &settings).await;
    let host = [&deployment.host];
    persist(&deployment.host, "CollectMaintenance").await;
    drain(&host).await;
    state::let_alerts_settle(&around.azurite, "round").await;
    // What was leased, and not handed out because an answer was lost, has its time again after ten minutes.
    let repository = around.repository();
    let mut quiet = 0;
    while quiet < 2 {
        persist(&deployment.host, "PlanNotifications").await;
        drain(&host).await;
        let waiting = repository.unsettled_outbox().await.unwrap().rows;
        quiet = if waiting.is_empty() { quiet + 1 } else { 0 };
        for row in waiting {
            let due = OutboxRow { next_attempt: SystemClock.now(), ..row.value.clone() };
            repository.replace_outbox(&row, &due).await.unwrap();
        }
    }
    storage.faults.assert_many();
    around.assert_same_messages(server.folder()).await;
}
