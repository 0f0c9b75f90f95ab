//! Builds the app: what stays when the configuration changes, and what each configuration adds.

use super::clients::{arm_client, scope};
use super::deployment::deployment;
use super::directory::directory_client;
use super::error::{StartupError, part};
use super::loaded::LoadedSettings;
use super::storage::{audit_container, open_store};
use super::{mail, telemetry};
use std::sync::Arc;

use secrecy::SecretString;

use crate::azure::ArmClient;
use crate::clock::SharedClock;
use crate::config::configuration::Mode;
use crate::config::settings::IdentitySettings;
use crate::config::{Configuration, Settings};
use crate::deliver::{
    DEFAULT_TIMEOUT, Deliverers, MailTransport, OutboxFolder, Sender, TeamsTransport, Webhook, WebhookPolicy,
    Workflows,
};
use crate::domain::action::token::LinkKeys;
use crate::domain::policy::Diversion;
use crate::probe::Probe;
use crate::render::DeploymentInfo;
use crate::services::rate_limit::RateLimiter;
use crate::services::{App, LiveState};
use crate::store::repository::Repository;

/// Puts everything together. Nothing is asked or sent yet.
///
/// # Errors
/// When a part of the settings cannot be used.
pub async fn app(loaded: LoadedSettings, clock: SharedClock) -> Result<Arc<App>, StartupError> {
    AppBase::new(loaded.settings, clock).await?.app(loaded.configuration)
}

/// The keys of links, which also seal notes in the audit trail and make pseudonyms.
pub fn link_keys(settings: &Settings) -> LinkKeys {
    LinkKeys::new(settings.link_keys.iter().map(|key| (key.id.clone(), key.bytes().to_vec())))
}

/// What stays when the configuration changes: settings, state, and the way to Azure with its quotas and tokens.
#[derive(Debug)]
pub(super) struct AppBase {
    pub(super) settings: Settings,
    pub(super) clock: SharedClock,
    pub(super) repository: Repository,
    pub(super) arm: ArmClient,
    pub(super) starter: ArmClient,
}

impl AppBase {
    pub(super) async fn new(settings: Settings, clock: SharedClock) -> Result<Self, StartupError> {
        let repository = open_store(&settings).await?;
        Self::over(settings, clock, repository)
    }

    /// The same over a store that is open already.
    pub(super) fn over(
        settings: Settings,
        clock: SharedClock,
        repository: Repository,
    ) -> Result<Self, StartupError> {
        telemetry::install(&settings);
        let arm = arm_client(&settings, settings.identity.clone(), &clock)?;
        let starter = match &settings.identity.start_client_id {
            None => arm.clone(),
            Some(id) => {
                let identity = IdentitySettings { client_id: Some(id.clone()), ..settings.identity.clone() };
                arm_client(&settings, identity, &clock)?
            }
        };
        Ok(Self { settings, clock, repository, arm, starter })
    }

    /// The app under this configuration.
    pub(super) fn app(&self, configuration: Configuration) -> Result<Arc<App>, StartupError> {
        let Self { settings, clock, .. } = self;
        let deliverers = deliverers(settings, &configuration, &deployment(settings), clock)?;
        let directory = match configuration.policy.owners.directory {
            true => Some(directory_client(settings, clock)?),
            false => None,
        };
        Ok(Arc::new(App {
            audit_container: audit_container(settings)?,
            directory,
            ..self.app_with(configuration, deliverers)
        }))
    }

    /// The app that sends by `deliverers`, without what only a deployment has: directory and audit container.
    pub(super) fn app_with(&self, mut configuration: Configuration, deliverers: Deliverers) -> App {
        let Self { settings, clock, .. } = self;
        let sending = configuration.safety.mode != Mode::DryRun && !configuration.safety.pause_sending;
        if let Mode::Pilot { pilot, divert_to } = &configuration.safety.mode {
            let (pilot, divert_to) = (pilot.clone(), divert_to.clone());
            configuration.policy.diversion = Some(Diversion { pilot, divert_to });
        }
        App {
            deliverers,
            scope: scope(settings),
            mail_limit: mail::limit(settings),
            clock: clock.clone(),
            repository: self.repository.clone(),
            arm: self.arm.clone(),
            directory: None,
            deployment: deployment(settings),
            sending,
            brake: configuration.safety.brake,
            starter: self.starter.clone(),
            start_rules: configuration.start,
            standing_orders: configuration.standing_orders,
            link_keys: link_keys(settings),
            probe: Probe::new(settings.allow_private_webhooks),
            audit_container: None,
            easy_auth: settings.host.easy_auth,
            sign_in: configuration.access.sign_in,
            access: configuration.access.overview,
            deputies: configuration.deputies,
            retention: configuration.retention,
            starts_paused: configuration.safety.pause_starts || configuration.safety.mode == Mode::DryRun,
            rate_limiter: RateLimiter::default(),
            live: LiveState::new(configuration.policy),
        }
    }
}

/// How mails leave. With a folder nothing leaves the machine, whatever else is set.
///
/// # Errors
/// When the settings do not make it.
pub fn mail_transport(settings: &Settings, clock: &SharedClock) -> Result<MailTransport, StartupError> {
    match &settings.outbox {
        Some(folder) => Ok(MailTransport::Outbox(OutboxFolder::new(folder))),
        None => mail::transport(settings, clock),
    }
}

/// What messages leave by.
pub(super) fn deliverers(
    settings: &Settings,
    configuration: &Configuration,
    deployment: &DeploymentInfo,
    clock: &SharedClock,
) -> Result<Deliverers, StartupError> {
    let policy =
        if settings.allow_private_webhooks { WebhookPolicy::AllowPrivate } else { WebhookPolicy::PublicOnly };
    let sender = Sender { from: deployment.from.clone(), reply_to: deployment.reply_to.clone() };
    let mail = mail_transport(settings, clock)?;
    if let Some(folder) = &settings.outbox {
        let teams = TeamsTransport::Outbox(OutboxFolder::new(folder));
        return Ok(Deliverers {
            sender,
            mail,
            teams,
            webhooks: Default::default(),
            person_webhook: None,
            left_out: Default::default(),
        });
    }
    let webhook = |name: &str, address: &SecretString| {
        Webhook::parse(address, policy)
            .map_err(|error| StartupError::Part { what: "a webhook", problem: format!("{name}: {error}") })
    };
    Ok(Deliverers {
        sender,
        mail,
        teams: TeamsTransport::Workflows(
            Workflows::new(policy, DEFAULT_TIMEOUT, clock.clone()).map_err(|error| part("Teams")(&error))?,
        ),
        webhooks: configuration
            .webhooks
            .iter()
            .map(|(name, address)| Ok((name.clone(), webhook(name.as_str(), address)?)))
            .collect::<Result<_, StartupError>>()?,
        person_webhook: configuration
            .person_webhook
            .as_ref()
            .map(|address| webhook("owners.person_webhook", address))
            .transpose()?,
        left_out: configuration.left_out.clone(),
    })
}
