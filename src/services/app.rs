//! What all services share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use chrono::{DateTime, Utc};

use super::alarms;
use super::rate_limit::RateLimiter;
use super::unwritten::UnwrittenOutcomes;
use crate::azure::ArmClient;
use crate::azure::directory::DirectoryClient;
use crate::azure::observe::WatchScope;
use crate::azure::storage::Container;
use crate::clock::SharedClock;
use crate::deliver::Deliverers;
use crate::domain::access::Access;
use crate::domain::action::start_rules::StartRules;
use crate::domain::action::token::LinkKeys;
use crate::domain::email_address::EmailAddress;
use crate::domain::mail_limit::MailLimit;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::planning::Pace;
use crate::domain::policy::Policy;
use crate::domain::recipient_name::RecipientName;
use crate::domain::retention_rules::RetentionRules;
use crate::domain::schedule::Hours;
use crate::domain::sign_in_rules::SignInRules;
use crate::probe::Probe;
use crate::render::DeploymentInfo;
use crate::store::StoreError;
use crate::store::repository::Repository;

/// What all services share under one configuration. The product's state is not in here: it is in the store.
#[derive(Debug)]
pub struct App {
    pub clock: SharedClock,
    pub repository: Repository,
    /// Azure, by the identity that reads.
    pub arm: ArmClient,
    /// The organisation's directory, where owners' names are looked up.
    pub directory: Option<DirectoryClient>,
    /// Which subscriptions are watched.
    pub scope: WatchScope,
    pub deliverers: Deliverers,
    pub deployment: DeploymentInfo,
    /// What the mail service accepts.
    pub mail_limit: MailLimit,
    /// Whether anything leaves at all: `dry-run` and a pause of `sending` hold what is planned in the outbox.
    pub sending: bool,
    /// How many times the usual number of messages may be sent without asking.
    pub brake: f64,
    /// Azure, by the identity that may start maintenance.
    pub starter: ArmClient,
    pub start_rules: StartRules,
    /// The hours in which a recipient's maintenance starts by itself.
    pub standing_orders: BTreeMap<RecipientName, Hours>,
    /// Whether starts stand still, by a pause or in a dry run.
    pub starts_paused: bool,
    /// The keys of action links; without any, messages link to Azure's portal.
    pub link_keys: LinkKeys,
    /// Asks addresses that owners named whether their machines answer.
    pub probe: Probe,
    /// Where the end of the audit trail is anchored.
    pub audit_container: Option<Container>,
    /// Whether App Service authentication is in front of the pages: only then are headers that name a person believed.
    pub easy_auth: bool,
    /// Whose sign-in counts there.
    pub sign_in: SignInRules,
    /// Who may see the overview and act on it.
    pub access: Access,
    /// Who else may start for a recipient.
    pub deputies: BTreeMap<RecipientName, Vec<EmailAddress>>,
    /// How long what is over is kept.
    pub retention: RetentionRules,
    /// How many requests this process accepts from one link and one address.
    pub rate_limiter: RateLimiter,
    pub live: LiveState,
}

/// What can change while the app runs.
#[derive(Debug)]
pub struct LiveState {
    policy: RwLock<Arc<Policy>>,
    immediate: AtomicBool,
    configuration_problem: RwLock<Option<Arc<str>>>,
    built_in: AtomicBool,
    asks_once: AtomicBool,
    visitors: OnceLock<SharedClock>,
    unwritten: UnwrittenOutcomes,
}

impl LiveState {
    /// What this process knows and could not write down.
    pub fn unwritten(&self) -> &UnwrittenOutcomes {
        &self.unwritten
    }

    /// The state at the beginning, with the configuration's policy.
    pub fn new(policy: Policy) -> Self {
        Self {
            policy: RwLock::new(Arc::new(policy)),
            immediate: AtomicBool::new(false),
            configuration_problem: RwLock::default(),
            built_in: AtomicBool::new(false),
            asks_once: AtomicBool::new(false),
            visitors: OnceLock::new(),
            unwritten: UnwrittenOutcomes::default(),
        }
    }
}

impl App {
    /// The configuration's policy as it is now. A service asks once and keeps it to its end.
    pub fn policy(&self) -> Arc<Policy> {
        self.live.policy.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the policy in force.
    pub fn set_policy(&self, policy: Policy) {
        *self.live.policy.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
    }

    /// Why an older configuration than the one that is there now is in force; a summary without names.
    pub fn configuration_problem(&self) -> Option<Arc<str>> {
        self.live.configuration_problem.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes why an older configuration is in force, or that this is over.
    pub fn set_configuration_problem(&self, problem: Option<String>) {
        *self.live.configuration_problem.write().unwrap_or_else(PoisonError::into_inner) =
            problem.map(Arc::from);
    }

    /// Whether nobody has written a configuration yet.
    pub fn is_on_built_in(&self) -> bool {
        self.live.built_in.load(Ordering::Relaxed)
    }

    /// Notes that this is the app under the built-in configuration.
    pub fn begin_on_built_in(&self) {
        self.live.built_in.store(true, Ordering::Relaxed);
    }

    /// Whether nobody waits: Azure is asked only once about something urgent, and what the store does not take is tried
    /// again at once or not at all. For tests, whose clock stands still meanwhile.
    pub fn asks_once(&self) -> bool {
        self.live.asks_once.load(Ordering::Relaxed)
    }

    /// Has nobody wait.
    pub fn ask_once(&self) {
        self.live.asks_once.store(true, Ordering::Relaxed);
    }

    /// Whether the pages are open to whoever can reach them: in `demo`, where nothing is anybody's.
    pub fn is_open(&self) -> bool {
        self.live.visitors.get().is_some()
    }

    /// Opens the pages, for `demo`, whose visitors' time is not the world's. No setting does: a deployment is never open.
    pub fn open_to_all(&self, visitors: SharedClock) {
        self.live.visitors.get_or_init(|| visitors);
    }

    /// The clock of those who look at pages, where that is another than the world's.
    pub fn visitors_clock(&self) -> Option<&SharedClock> {
        self.live.visitors.get()
    }

    /// The time by which a form is old: that of whoever fills it in.
    pub fn form_time(&self) -> DateTime<Utc> {
        self.visitors_clock().unwrap_or(&self.clock).now()
    }

    /// How messages are paced.
    pub fn pace(&self) -> Pace {
        if self.live.immediate.load(Ordering::Relaxed) { Pace::Immediate } else { Pace::Considerate }
    }

    /// Changes how messages are paced, for `demo`.
    pub fn set_pace(&self, pace: Pace) {
        self.live.immediate.store(pace == Pace::Immediate, Ordering::Relaxed);
    }

    /// Notes operator alerts, and wakes the operators when some of them are new.
    pub async fn report(
        &self,
        operator_alerts: &[OperatorAlert],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if operator_alerts.is_empty() {
            return Ok(());
        }
        let new = self.repository.report(operator_alerts, now).await?;
        for operator_alert in &new {
            tracing::warn!(
                kind = operator_alert.kind(),
                operator_alert = operator_alert.key(),
                "{}",
                alarms::OPERATOR_IS_NEEDED
            );
        }
        if new.is_empty() { Ok(()) } else { self.wake_operators(now).await }
    }

    /// Has the operators planned for now.
    pub async fn wake_operators(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let operators: Vec<_> = self.policy().fallback.iter().map(|name| (name.clone(), now)).collect();
        self.repository.wake_all(&operators).await
    }
}
