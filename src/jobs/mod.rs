//! One small file a function: each wires the rooms together and holds no decisions of its own.
//!
//! Every job is safe to run twice and to be killed anywhere: it writes before it answers, claims before it sends, and
//! what is left half done is found and finished by the next run. An error in one item is counted and logged and does
//! not stop the rest.

pub mod alarms;
pub mod anchor;
pub mod assign;
pub mod collect;
pub mod collect_subscription;
pub mod coverage;
pub mod deliver;
pub mod drill;
pub mod emit;
pub(crate) mod endpoint_health;
mod escalation_history;
pub mod follow_starts;
pub mod go_live;
mod health;
pub mod health_snapshot;
mod link;
pub(crate) mod owner_lookup;
pub mod park;
pub mod plan;
pub mod rate_limit;
pub mod receive_alert;
pub mod receive_events;
pub mod recipient_settings;
pub mod replay;
pub mod respond;
pub mod retention;
pub mod retry;
pub mod revoke;
pub mod rolling;
mod signal;
mod silences;
pub(crate) mod standing_orders;
pub mod start;
pub mod start_permissions;
pub mod summary;
pub mod sweep;
pub mod sync_assignments;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Utc};

use crate::azure::directory::DirectoryClient;
use crate::azure::storage::Container;
use crate::azure::{ArmClient, AzureError, observe::WatchScope};
use crate::clock::SharedClock;
use crate::deliver::Deliverers;
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
use crate::probe::Probe;
use crate::render::DeploymentInfo;
use crate::store::StoreError;
use crate::store::repository::Repository;

/// What every job shares under one configuration. No state of the product is in here: that is in the store.
#[derive(Debug)]
pub struct App {
    /// The time.
    pub clock: SharedClock,
    /// The state.
    pub repository: Repository,
    /// Azure.
    pub arm: ArmClient,
    /// The organisation's directory, where names are looked up.
    pub directory: Option<DirectoryClient>,
    /// Which subscriptions are watched.
    pub scope: WatchScope,
    /// The ways out.
    pub deliverers: Deliverers,
    /// What every message needs to know of the deployment.
    pub deployment: DeploymentInfo,
    /// What the mail service takes.
    pub mail_limit: MailLimit,
    /// Whether anything leaves at all: `dry-run` and a pause of `sending` hold what is planned in the outbox.
    pub sending: bool,
    /// How many times the usual may be sent without asking.
    pub brake: f64,
    /// Azure, by the identity that may start maintenance.
    pub starter: ArmClient,
    /// What is allowed of starts.
    pub start_rules: StartRules,
    /// The hours in which a recipient's maintenance starts by itself.
    pub standing_orders: BTreeMap<RecipientName, Hours>,
    /// Whether starts stand still, by a pause or in a dry run.
    pub starts_paused: bool,
    /// The keys of action links; without any, messages lead to Azure's portal.
    pub link_keys: LinkKeys,
    /// Asks addresses that owners named whether their machines answer.
    pub probe: Probe,
    /// Where the end of the audit trail is anchored.
    pub audit_container: Option<Container>,
    /// Whether the platform's guard is in front of the pages: only then are headers that name a person believed.
    pub easy_auth: bool,
    /// Who else may start for a recipient.
    pub deputies: BTreeMap<RecipientName, Vec<EmailAddress>>,
    /// How long what is over is kept.
    pub retention: RetentionRules,
    /// What this process takes of one link and from one address.
    pub gate: rate_limit::RateLimiter,
    policy: RwLock<Arc<Policy>>,
    immediate: AtomicBool,
    configuration_problem: RwLock<Option<Arc<str>>>,
}

/// Everything that an [`App`] is made of.
#[derive(Debug)]
pub struct Parts {
    /// See [`App::clock`].
    pub clock: SharedClock,
    /// See [`App::repository`].
    pub repository: Repository,
    /// See [`App::arm`].
    pub arm: ArmClient,
    /// See [`App::directory`].
    pub directory: Option<DirectoryClient>,
    /// See [`App::scope`].
    pub scope: WatchScope,
    /// See [`App::deliverers`].
    pub deliverers: Deliverers,
    /// See [`App::surroundings`].
    pub deployment: DeploymentInfo,
    /// See [`App::mail_limit`].
    pub mail_limit: MailLimit,
    /// See [`App::sending`].
    pub sending: bool,
    /// See [`App::brake`].
    pub brake: f64,
    /// See [`App::starter`].
    pub starter: ArmClient,
    /// See [`App::start_rules`].
    pub start_rules: StartRules,
    /// See [`App::standing_orders`].
    pub standing_orders: BTreeMap<RecipientName, Hours>,
    /// See [`App::starts_paused`].
    pub starts_paused: bool,
    /// See [`App::link_keys`].
    pub link_keys: LinkKeys,
    /// See [`App::probe`].
    pub probe: Probe,
    /// See [`App::audit_container`].
    pub audit_container: Option<Container>,
    /// See [`App::easy_auth`].
    pub easy_auth: bool,
    /// See [`App::deputies`].
    pub deputies: BTreeMap<RecipientName, Vec<EmailAddress>>,
    /// See [`App::retention`].
    pub retention: RetentionRules,
    /// Who is told what.
    pub policy: Policy,
}

impl App {
    /// Puts the parts together. Nothing is asked or sent yet.
    pub fn new(parts: Parts) -> Arc<Self> {
        let Parts {
            clock,
            repository,
            arm,
            directory,
            scope,
            deliverers,
            deployment,
            mail_limit,
            sending,
            brake,
            starter,
            start_rules,
            standing_orders,
            starts_paused,
            link_keys,
            probe,
            audit_container,
            easy_auth,
            deputies,
            retention,
            policy,
        } = parts;
        Arc::new(Self {
            clock,
            repository,
            arm,
            directory,
            scope,
            deliverers,
            deployment,
            mail_limit,
            sending,
            brake,
            starter,
            start_rules,
            standing_orders,
            starts_paused,
            link_keys,
            probe,
            audit_container,
            easy_auth,
            deputies,
            retention,
            gate: rate_limit::RateLimiter::default(),
            policy: RwLock::new(Arc::new(policy)),
            immediate: AtomicBool::new(false),
            configuration_problem: RwLock::default(),
        })
    }

    /// The configuration's policy as it is now. A job asks once and keeps it to its end.
    pub fn policy(&self) -> Arc<Policy> {
        self.policy.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts another policy in the place of the one in force.
    pub fn set_policy(&self, policy: Policy) {
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
    }

    /// Why this app goes on with an older configuration than the one that is there now; in total and without names.
    pub fn configuration_problem(&self) -> Option<Arc<str>> {
        self.configuration_problem.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says why this app goes on with an older configuration, or that this is over.
    pub fn set_configuration_problem(&self, problem: Option<String>) {
        *self.configuration_problem.write().unwrap_or_else(PoisonError::into_inner) = problem.map(Arc::from);
    }

    /// How messages are paced.
    pub fn pace(&self) -> Pace {
        if self.immediate.load(Ordering::Relaxed) { Pace::Immediate } else { Pace::Considerate }
    }

    /// Changes how messages are paced, for `demo`.
    pub fn set_pace(&self, pace: Pace) {
        self.immediate.store(pace == Pace::Immediate, Ordering::Relaxed);
    }

    /// Remembers trouble, and wakes the operators when some of it is new.
    ///
    /// # Errors
    /// When the store cannot be written.
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
        if !new.is_empty() {
            let operators = self.policy().fallback.iter().map(|name| (name.clone(), now)).collect::<Vec<_>>();
            self.repository.wake_all(&operators).await?;
        }
        Ok(())
    }
}

/// Why a job could not do its work. The host is told, and the job runs again with the next tick or message.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Azure did not answer as needed.
    #[error(transparent)]
    Azure(#[from] AzureError),
    /// The store did not.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl JobError {
    /// Whether the job only gave way to another one that did the same at the same time.
    pub fn gave_way(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}

/// Set-aside rows are logged once here; the rest of the rows go on.
pub(crate) fn log_unreadable(what: &str, unreadable: &[StoreError]) {
    for error in unreadable {
        tracing::error!(%error, what, "a row of the store was set aside");
    }
}
