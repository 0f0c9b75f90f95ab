//! The whole program around a simulated tenant, on a clock that the test moves.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, DurationRound, TimeDelta, TimeZone, Utc};
use url::Url;

use crate::mail_server::MailServer;
use maintenance_notifier::azure::arm::{ArmClient, ArmOptions};
use maintenance_notifier::azure::directory::DirectoryClient;
use maintenance_notifier::clock::{Clock, ManualClock};
use maintenance_notifier::config::parse::Secrets;
use maintenance_notifier::config::vault_secret::VaultSecrets;
use maintenance_notifier::config::{Environment, Settings, load};
use maintenance_notifier::deliver::{
    ComposedMail, Deliverers, MailTransport, Memory, Sender, SentCard, SmtpOptions, SmtpTransport, SmtpUrl,
    TeamsTransport, Webhook, WebhookPolicy, Workflows, compose,
};
use maintenance_notifier::demo::{
    SimulatedMachine, SimulatedSubscription, SimulatedTags, SimulatedWindow, Simulation, SimulationOptions,
    Wave,
};
use maintenance_notifier::domain::action::token::LinkKeys;
use maintenance_notifier::domain::email_address::EmailAddress;
use maintenance_notifier::domain::mail_limit::MailLimit;
use maintenance_notifier::domain::message_content::MessageContent;
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::domain::outbox::OutboxRow;
use maintenance_notifier::domain::planning::Pace;
use maintenance_notifier::http::client::{ClientOptions, client};
use maintenance_notifier::http::token::{IdentityEndpoint, TokenSource};
use maintenance_notifier::local::{LocalHost, LocalHostOptions};
use maintenance_notifier::probe::Probe;
use maintenance_notifier::render::{DeploymentInfo, Mailbox, RenderedMail};
use maintenance_notifier::services::rate_limit::RateLimiter;
use maintenance_notifier::services::{App, LiveState};
use maintenance_notifier::store::repository::{Repository, WindowRow};
use maintenance_notifier::store::{SharedStore, SqliteStore};
use maintenance_notifier::{render, startup};

/// A Monday morning in Berlin, within everybody's hours.
pub(crate) fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 23, 9, 0, 0).unwrap()
}

pub(crate) const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";
pub(crate) const WAVE: &str = "TEST-100";

/// How often the tests look at Azure while time passes.
const LOOK_EVERY: TimeDelta = TimeDelta::minutes(15);

/// Who hears of what in a small tenant: owners by tag, and the platform team.
pub(crate) const CONFIGURATION: &str = r#"
[defaults]
timezone = "Europe/Berlin"
fallback = ["platform"]

[owners]
tags            = ["owner"]
allowed_domains = ["contoso.com"]
suffix          = "@contoso.com"

[[recipients]]
name  = "platform"
email = ["platform@contoso.com"]
"#;

/// A subscription with everything allowed.
pub(crate) fn subscription(id: &str, name: &str) -> SimulatedSubscription {
    SimulatedSubscription {
        id: id.to_owned(),
        name: name.to_owned(),
        state: "Enabled".to_owned(),
        tags: SimulatedTags::new(),
        hidden_from_resource_graph: false,
        forbidden: false,
        starts_forbidden: false,
    }
}

/// A tenant with these machines in one wave: name and owner. Self-service closes in nine days, Azure comes in twelve.
pub(crate) fn small_world(machines: &[(&str, &str)]) -> Simulation {
    let simulation = empty_world();
    let script = simulation.script();
    script.add_subscription(subscription(SUBSCRIPTION, "Contoso Test"));
    let ids: Vec<String> =
        machines.iter().map(|(name, owner)| add_machine(&simulation, SUBSCRIPTION, name, owner)).collect();
    script.announce(wave(WAVE).with_targets(ids));
    simulation
}

/// A wave that is open for self-service.
pub(crate) fn wave(tracking_id: &str) -> Wave {
    let days = |days: i64| start() + TimeDelta::days(days);
    let self_service = Some(SimulatedWindow::new(days(-2), days(9)));
    Wave::new(tracking_id, "westeurope", days(-3), self_service, SimulatedWindow::new(days(12), days(19)))
}

/// A machine with an owner's tag; without one where it is empty.
pub(crate) fn add_machine(simulation: &Simulation, subscription: &str, name: &str, owner: &str) -> String {
    let mut machine = SimulatedMachine::new(subscription, "rg-test", name, "westeurope", start());
    if !owner.is_empty() {
        machine.tags.insert("owner".to_owned(), owner.to_owned());
    }
    simulation.script().add_machine(machine)
}

/// Azure without anything in it, and without quotas: they pass in real time.
pub(crate) fn empty_world() -> Simulation {
    let simulation = default_world();
    for subscription in simulation.script().subscriptions() {
        simulation.script().remove_subscription(&subscription.id);
    }
    for wave in simulation.script().waves() {
        simulation.script().change_wave(&wave.tracking_id.clone(), |wave| {
            *wave = Wave::new(&wave.tracking_id, &wave.region, wave.announced, None, wave.scheduled);
        });
    }
    simulation
}

/// The demo's world, without quotas.
pub(crate) fn default_world() -> Simulation {
    let mut options = SimulationOptions::new(start());
    options.switches.throttling = false;
    Simulation::new(options)
}

/// How mails leave.
pub(crate) enum Mail {
    /// Into memory.
    Memory,
    /// To a server that misbehaves as the test says.
    Smtp,
}

/// What a tenant is made of.
pub(crate) struct Setup {
    pub(crate) simulation: Simulation,
    pub(crate) configuration: String,
    pub(crate) mail: Mail,
    pub(crate) store: SharedStore,
    /// Without one, cards go into memory.
    pub(crate) workflows_timeout: Option<Duration>,
    pub(crate) easy_auth: bool,
}

impl Setup {
    pub(crate) fn new(simulation: Simulation) -> Self {
        Self {
            simulation,
            configuration: CONFIGURATION.to_owned(),
            mail: Mail::Memory,
            store: Arc::new(SqliteStore::in_memory().unwrap()),
            workflows_timeout: None,
            easy_auth: false,
        }
    }

    pub(crate) fn configuration(mut self, text: impl Into<String>) -> Self {
        self.configuration = text.into();
        self
    }

    pub(crate) fn smtp(mut self) -> Self {
        self.mail = Mail::Smtp;
        self
    }

    pub(crate) fn store(mut self, store: SharedStore) -> Self {
        self.store = store;
        self
    }

    /// The platform's guard is in front of the pages.
    pub(crate) fn easy_auth(mut self) -> Self {
        self.easy_auth = true;
        self
    }

    /// Cards go to real flows, which have this long to answer.
    pub(crate) fn workflows(mut self, timeout: Duration) -> Self {
        self.workflows_timeout = Some(timeout);
        self
    }

    pub(crate) async fn begin(self) -> TestTenant {
        TestTenant::begin(self).await
    }
}

/// One mail that was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) to: String,
    pub(crate) message_id: String,
    pub(crate) bytes: Vec<u8>,
}

impl Letter {
    fn new(to: String, bytes: Vec<u8>) -> Self {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let line = text.lines().find(|line| line.to_ascii_lowercase().starts_with("message-id:"));
        let message_id = line.expect("a mail has a Message-ID").split_once(':').unwrap().1.trim().to_owned();
        Self { to, message_id, bytes }
    }

    /// The part of the Message-ID that the ledger knows.
    fn id(&self) -> &str {
        self.message_id.trim_start_matches('<').split('@').next().unwrap()
    }
}

/// The program with everything around it. When it is dropped, nothing may be left over: no work in a queue, no poison
/// message, no message that the test did not take.
pub(crate) struct TestTenant {
    pub(crate) simulation: Simulation,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) app: Arc<App>,
    pub(crate) host: LocalHost,
    pub(crate) repository: Repository,
    store: SharedStore,
    azure: Url,
    configuration: String,
    mails: Memory<ComposedMail>,
    cards: Memory<SentCard>,
    server: Option<MailServer>,
    workflows_timeout: Option<Duration>,
    taken: usize,
    cards_taken: usize,
    poison_is_fine: bool,
    easy_auth: bool,
}

impl TestTenant {
    async fn begin(setup: Setup) -> Self {
        let Setup { simulation, configuration, mail, store, workflows_timeout, easy_auth } = setup;
        let clock = Arc::new(ManualClock::new(start()));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let azure: Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let (server, time) = (simulation.clone(), clock.clone());
        tokio::spawn(async move { server.serve(listener, time).await });
        let server = match mail {
            Mail::Memory => None,
            Mail::Smtp => Some(MailServer::start(&[]).await),
        };
        let (mails, cards) = (Memory::default(), Memory::default());
        let repository = Repository::new(store.clone());
        let outside = Outside {
            azure: &azure,
            clock: &clock,
            server: server.as_ref(),
            workflows_timeout,
            mails: &mails,
            cards: &cards,
            easy_auth,
        };
        let (app, host) = outside.app(&configuration, repository.clone());
        Self {
            simulation,
            clock,
            app,
            host,
            repository,
            store,
            azure,
            configuration,
            mails,
            cards,
            server,
            workflows_timeout,
            taken: 0,
            cards_taken: 0,
            poison_is_fine: false,
            easy_auth,
        }
    }

    /// Another process of the same deployment: the same outside, another store handle.
    pub(crate) fn another(&self, store: SharedStore) -> (Arc<App>, LocalHost) {
        let outside = Outside {
            azure: &self.azure,
            clock: &self.clock,
            server: self.server.as_ref(),
            workflows_timeout: self.workflows_timeout,
            mails: &self.mails,
            cards: &self.cards,
            easy_auth: self.easy_auth,
        };
        outside.app(&self.configuration, Repository::new(store))
    }

    /// Where its Azure answers.
    pub(crate) fn azure(&self) -> &Url {
        &self.azure
    }

    /// The store with which the tenant began.
    pub(crate) fn store(&self) -> SharedStore {
        self.store.clone()
    }

    /// The process ends with all that it had in memory, and a new one starts.
    pub(crate) fn restart(&mut self, store: SharedStore) {
        let pace = self.app.pace();
        (self.app, self.host) = self.another(store);
        self.app.set_pace(pace);
        self.repository = self.app.repository.clone();
    }

    /// What the next process reads as its configuration.
    pub(crate) fn configure(&mut self, configuration: String) {
        self.configuration = configuration;
    }

    /// Messages that fail as often as they may are part of this test.
    pub(crate) fn poison_is_fine(&mut self) {
        self.poison_is_fine = true;
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Looks at Azure, and works on what that put into the queues. Says whether all of it succeeded.
    pub(crate) async fn look(&self) -> bool {
        let collected = self.host.invoke_timer("CollectMaintenance").await.is_ok();
        collected & self.drain().await
    }

    /// Plans, and delivers what is due.
    pub(crate) async fn plan(&self) -> bool {
        let planned = self.host.invoke_timer("PlanNotifications").await.is_ok();
        planned & self.drain().await
    }

    /// Follows what was started, and works on what that put into the queues.
    pub(crate) async fn follow(&self) -> bool {
        let followed = self.host.invoke_timer("FollowStarts").await.is_ok();
        followed & self.drain().await
    }

    pub(crate) async fn drain(&self) -> bool {
        let report = self.host.drain_queues().await;
        assert!(self.poison_is_fine || report.poisoned.is_empty(), "{:?}", report.poisoned);
        report.failed == 0
    }

    /// A whole round without settling and without regard to working hours.
    pub(crate) async fn round(&self) {
        self.app.set_pace(Pace::Immediate);
        self.look().await;
        self.plan().await;
        self.plan().await;
        self.app.set_pace(Pace::Considerate);
    }

    /// Lets time pass, running the timers on the way. Minutes in which nothing is due are skipped.
    pub(crate) async fn advance(&self, by: TimeDelta) {
        self.advance_with(by, LOOK_EVERY).await;
    }

    /// The same with another interval between looks.
    pub(crate) async fn advance_with(&self, by: TimeDelta, look_every: TimeDelta) {
        let end = self.now() + by;
        loop {
            let now = self.now();
            let look_at = (now + look_every).duration_trunc(look_every).unwrap();
            let next = self.next_tick().await.map_or(look_at, |tick| tick.min(look_at));
            if next > end {
                break;
            }
            self.clock.set(next);
            if next == look_at {
                self.look().await;
            }
            if look_every > LOOK_EVERY {
                // Seldom looks save the test's time; they are not the trouble that operators are notified of.
                self.repository.update_tenant(|tenant| tenant.collected = Some(next)).await.unwrap();
            }
            self.plan().await;
        }
        self.clock.set(end);
    }

    /// The first whole minute to come at which planning would find something to do.
    pub(crate) async fn next_tick(&self) -> Option<DateTime<Utc>> {
        let minute = TimeDelta::minutes(1);
        let wake = self.repository.next_wake().await.unwrap();
        let attempt = self.repository.unsettled_outbox().await.unwrap();
        let attempt = attempt.values().map(|row| row.next_attempt).min();
        let due = [wake, attempt].into_iter().flatten().min()?;
        let soonest = (self.now() + minute).duration_trunc(minute).unwrap();
        let tick = due.duration_trunc(minute).unwrap();
        Some(if tick < due { tick + minute } else { tick }.max(soonest))
    }

    /// The mails that were handed over since this was last asked.
    pub(crate) async fn messages(&mut self) -> Vec<Letter> {
        let letters: Vec<Letter> = match &mut self.server {
            Some(server) => {
                let mails = server.take().await;
                let to =
                    |described: &serde_json::Value| described["recipients"][0].as_str().unwrap().to_owned();
                mails.into_iter().map(|mail| Letter::new(to(&mail.described), mail.bytes)).collect()
            }
            None => {
                let sent = self.mails.sent();
                let new = sent[self.taken..].iter();
                new.map(|mail| Letter::new(mail.to.to_string(), mail.bytes.clone())).collect()
            }
        };
        self.taken += letters.len();
        letters
    }

    /// The cards that were handed over since this was last asked.
    pub(crate) fn cards(&mut self) -> Vec<SentCard> {
        let new = self.cards.sent()[self.cards_taken..].to_vec();
        self.cards_taken += new.len();
        new
    }

    /// What the mail server does with an address from now on; `*` is everybody, `greeting` is before any.
    pub(crate) fn server_does(&self, ways: &[(&str, &str)]) {
        self.server.as_ref().expect("this tenant has a mail server").does(ways);
    }

    /// How often the mail server was given this address.
    pub(crate) fn attempts(&self, address: &str) -> usize {
        self.server.as_ref().expect("this tenant has a mail server").attempts(address)
    }

    /// What a letter was bound to, and its parts. The bytes that were sent follow from it.
    pub(crate) async fn read(&self, letter: &Letter) -> (MessageContent, RenderedMail) {
        let rows = self.repository.outbox_rows().await.unwrap();
        let is_it =
            |row: &&OutboxRow| row.message.as_str() == letter.id() && row.endpoint.to_string() == letter.to;
        let row = rows.values().find(is_it).expect("it is in the outbox");
        let content = self
            .repository
            .content_for(&row.recipient, row.sequence, &row.endpoint)
            .await
            .unwrap()
            .expect("it is bound");
        let to: EmailAddress = letter.to.parse().unwrap();
        let mail = render::mail(&content, &self.app.deployment, &to).unwrap();
        let composed = compose(&mail, &self.app.deliverers.sender, &to).unwrap();
        // On its way a mail gets one more line end.
        let same = composed.bytes.trim_ascii_end() == letter.bytes.trim_ascii_end();
        assert!(same, "what is kept of {} renders to what was sent", letter.message_id);
        (content, mail)
    }

    /// Everything that was sent: address, machine, and stage.
    pub(crate) async fn notified(&self, letters: &[Letter]) -> Vec<String> {
        let mut notified = Vec::new();
        for letter in letters {
            for item in self.read(letter).await.0.items {
                for stage in item.stages {
                    let machine = item.window.id.resource.display_name();
                    notified.push(format!("{} {machine} {}", letter.to, stage.as_str()));
                }
            }
        }
        notified.sort();
        notified
    }

    /// Every window that is kept.
    pub(crate) async fn windows(&self) -> Vec<WindowRow> {
        let mut windows = Vec::new();
        for summary in self.repository.summaries().await.unwrap().values() {
            let rows = self.repository.windows(&summary.subscription).await.unwrap();
            windows.extend(rows.values().cloned());
        }
        windows
    }

    /// How many windows are open.
    pub(crate) async fn open(&self) -> usize {
        self.windows().await.iter().filter(|row| row.window.is_open()).count()
    }

    /// All trouble that is known.
    pub(crate) async fn operator_alerts(&self) -> Vec<OperatorAlert> {
        let operator_alerts = self.repository.operator_alerts().await.unwrap();
        operator_alerts.values().map(|row| row.operator_alert.clone()).collect()
    }

    /// The outbox holds nothing that is still to be sent.
    pub(crate) async fn is_settled(&self) -> bool {
        self.repository.unsettled_outbox().await.unwrap().rows.is_empty()
    }
}

impl Drop for TestTenant {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        for queue in ["collect-subscription", "deliver-message"] {
            assert_eq!(self.host.queued(queue), 0, "work is left in {queue}");
        }
        assert!(self.poison_is_fine || self.host.poisoned().is_empty(), "{:?}", self.host.poisoned());
        let sent = self.server.as_ref().map_or(self.mails.sent().len(), MailServer::count);
        assert_eq!(sent, self.taken, "mails were sent that the test did not expect");
        assert_eq!(self.cards.sent().len(), self.cards_taken, "cards were sent that the test did not expect");
    }
}

/// The program in a process of its own, on its own clock. What it sends is lost with it.
pub(crate) fn process(azure: &Url, clock: &Arc<ManualClock>, store: SharedStore) -> Arc<App> {
    let outside = Outside {
        azure,
        clock,
        server: None,
        workflows_timeout: None,
        mails: &Memory::default(),
        cards: &Memory::default(),
        easy_auth: false,
    };
    outside.app(CONFIGURATION, Repository::new(store)).0
}

/// Everything outside a process.
struct Outside<'a> {
    azure: &'a Url,
    clock: &'a Arc<ManualClock>,
    server: Option<&'a MailServer>,
    workflows_timeout: Option<Duration>,
    mails: &'a Memory<ComposedMail>,
    cards: &'a Memory<SentCard>,
    easy_auth: bool,
}

impl Outside<'_> {
    fn app(&self, configuration: &str, repository: Repository) -> (Arc<App>, LocalHost) {
        let folder = tempfile::tempdir().unwrap();
        let environment = environment(folder.path());
        let settings = Settings::from_environment(&environment).unwrap();
        let vault = VaultSecrets::default();
        let secrets = Secrets::Resolve { environment: &environment, vault: &vault, allow_private: true };
        let configuration = load::from_text("notifier.toml", configuration, secrets, self.clock.now())
            .unwrap_or_else(|error| panic!("{error}"));
        let from = Mailbox {
            name: Some("Azure maintenance".to_owned()),
            address: "azure-maintenance@contoso.com".parse().unwrap(),
        };
        let policy = WebhookPolicy::AllowPrivate;
        let webhooks: BTreeMap<_, _> = configuration
            .webhooks
            .iter()
            .map(|(name, address)| (name.clone(), Webhook::parse(address, policy).unwrap()))
            .collect();
        let app = Arc::new(App {
            audit_container: None,
            probe: Probe::new(true),
            clock: self.clock.clone(),
            repository,
            arm: self.arm(),
            directory: configuration
                .policy
                .owners
                .directory
                .then(|| DirectoryClient::new(self.client("https://graph.microsoft.com/"))),
            scope: maintenance_notifier::azure::observe::WatchScope::All,
            deliverers: Deliverers {
                sender: Sender { from: from.clone(), reply_to: None },
                mail: match self.server {
                    None => MailTransport::Memory(self.mails.clone()),
                    Some(server) => MailTransport::Smtp(Box::new(smtp(server.port))),
                },
                teams: match self.workflows_timeout {
                    None => TeamsTransport::Memory(self.cards.clone()),
                    Some(timeout) => TeamsTransport::Workflows(
                        Workflows::new(policy, timeout, self.clock.clone()).unwrap(),
                    ),
                },
                webhooks,
                left_out: Default::default(),
                person_webhook: configuration
                    .person_webhook
                    .as_ref()
                    .map(|address| Webhook::parse(address, policy).unwrap()),
            },
            deployment: DeploymentInfo {
                from,
                reply_to: None,
                public_url: Some("https://maintenance.contoso.com".to_owned()),
                portal_url: "https://portal.azure.com".to_owned(),
            },
            mail_limit: MailLimit::default(),
            sending: true,
            brake: 3.0,
            starter: self.arm(),
            start_rules: configuration.start,
            standing_orders: configuration.standing_orders,
            link_keys: LinkKeys::new([("test".to_owned(), vec![7; 32])]),
            easy_auth: self.easy_auth,
            sign_in: configuration.access.sign_in,
            access: configuration.access.overview,
            deputies: configuration.deputies,
            retention: configuration.retention,
            starts_paused: configuration.safety.pause_starts,
            rate_limiter: RateLimiter::default(),
            live: LiveState::new(configuration.policy),
        });
        // The clock stands still while anybody waits.
        app.ask_once();
        let schedules = settings.schedules;
        let options =
            LocalHostOptions::new(self.clock.clone(), move |name| schedules.named(name).map(str::to_owned));
        let host = LocalHost::new(startup::router(&app).unwrap(), options).unwrap();
        (app, host)
    }

    /// A client that waits a moment where the real one waits seconds.
    fn arm(&self) -> ArmClient {
        self.client("https://management.azure.com")
    }

    /// A client with tokens for this audience.
    fn client(&self, audience: &str) -> ArmClient {
        let options = ClientOptions { use_proxy: false, ..ClientOptions::default() };
        let client = client(&options).unwrap();
        let endpoint = IdentityEndpoint {
            address: self.azure.join("/msi/token").unwrap(),
            header: "simulated-identity".to_owned().into(),
            client_id: None,
        };
        let audience = audience.parse().unwrap();
        let tokens = TokenSource::identity_endpoint(client.clone(), endpoint, &audience, self.clock.clone());
        let moment = Duration::from_millis(1);
        let options = ArmOptions { first_delay: moment, longest_delay: moment, ..ArmOptions::default() };
        ArmClient::new(client, self.azure.clone(), tokens, self.clock.clone(), options).unwrap()
    }
}

fn smtp(port: u16) -> SmtpTransport {
    let options = SmtpOptions {
        connections: NonZeroUsize::new(2).unwrap(),
        hello_name: Some("localhost".to_owned()),
        ..SmtpOptions::default()
    };
    let url = SmtpUrl::parse(&format!("smtp://127.0.0.1:{port}?tls=none").into()).unwrap();
    SmtpTransport::new(url, &options).unwrap()
}

fn environment(folder: &Path) -> Environment {
    Environment::from_pairs([
        ("NOTIFIER_ALLOW_PRIVATE_WEBHOOKS", "true".to_owned()),
        ("NOTIFIER_MAIL_FROM", "Azure maintenance <azure-maintenance@contoso.com>".to_owned()),
        ("NOTIFIER_OUTBOX", folder.display().to_string()),
    ])
}

/// The distinct addresses of letters.
pub(crate) fn addresses(letters: &[Letter]) -> BTreeSet<&str> {
    letters.iter().map(|letter| letter.to.as_str()).collect()
}

/// A place for what a background task saw.
pub(crate) type Shared<T> = Arc<Mutex<T>>;
