//! The whole program around a simulated tenant, on a clock that the test moves.

mod letter;
mod outside;
mod sent;
mod setup;
mod time;
mod world;

use maintenance_notifier::clock::Clock as _;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use maintenance_notifier::clock::ManualClock;
use maintenance_notifier::deliver::{ComposedMail, Memory, SentCard};
use maintenance_notifier::demo::Simulation;
use maintenance_notifier::local::LocalHost;
use maintenance_notifier::services::App;
use maintenance_notifier::store::SharedStore;
use maintenance_notifier::store::repository::Repository;
use url::Url;

pub(crate) use self::letter::Letter;
use self::outside::Outside;
pub(crate) use self::setup::{CONFIGURATION, Mail, Setup};
pub(crate) use self::world::{
    SUBSCRIPTION, WAVE, add_machine, default_world, empty_world, small_world, start, subscription, wave,
};
use crate::mail_server::MailServer;

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

/// The distinct addresses of letters.
pub(crate) fn addresses(letters: &[Letter]) -> BTreeSet<&str> {
    letters.iter().map(|letter| letter.to.as_str()).collect()
}

/// A place for what a background task saw.
pub(crate) type Shared<T> = Arc<Mutex<T>>;
