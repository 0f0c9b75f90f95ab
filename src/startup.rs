//! Builds the program from its settings: the one place where rooms are given their real counterparts.
//!
//! `main`, the demo and the tests all come through here; only the settings differ.

mod config_source;
mod current;
mod directory;
mod functions;
mod mail;
mod rehearsal;
mod storage;
mod telemetry;
mod vault;

use std::sync::Arc;

use secrecy::SecretString;
use url::Url;

use crate::azure::arm::ArmOptions;
use crate::azure::observe::WatchScope;
use crate::azure::{ArmClient, AzureError};
use crate::clock::SharedClock;
use crate::config::configuration::Mode;
use crate::config::parse::Secrets;
use crate::config::settings::{IdentitySettings, SubscriptionScope};
use crate::config::vault::VaultSecrets;
use crate::config::{Configuration, Environment, InvalidConfiguration, Settings, load};
use crate::deliver::{
    DEFAULT_TIMEOUT, Deliverers, MailTransport, OutboxFolder, Sender, TeamsTransport, Webhook, WebhookPolicy,
    Workflows,
};
use crate::domain::action::token::LinkKeys;
use crate::domain::routing::Diversion;
use crate::http::client::{ClientOptions, client};
use crate::http::token::{IdentityEndpoint, TokenSource};
use crate::probe::Probe;
use crate::render::{DeploymentInfo, Mailbox};
use crate::services::rate_limit::RateLimiter;
use crate::services::{App, LiveState};
use crate::store::StoreError;
use crate::store::repository::Repository;

pub use config_source::{ConfigSource, SourceLook, SourceVersion, UnreadableSource};
pub use current::{Current, WhenUnusable, start};
pub use directory::directory_client;
pub use functions::{functions, router};
pub use rehearsal::rehearsal;
pub use storage::{audit_container, open_store};
pub use vault::Vaults;

/// Why the program cannot start. Each says what is wrong and the way out.
#[derive(Debug, thiserror::Error)]
pub enum StartupError {
    /// The settings or the configuration file are invalid.
    #[error(transparent)]
    Configuration(#[from] InvalidConfiguration),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The client of Azure cannot be made.
    #[error(transparent)]
    Azure(#[from] AzureError),
    /// A part of the set-up is invalid.
    #[error("{what}: {problem}")]
    Part {
        /// Which.
        what: &'static str,
        /// What is wrong, with the way out.
        problem: String,
    },
}

fn part(what: &'static str) -> impl Fn(&dyn std::error::Error) -> StartupError {
    move |error| StartupError::Part { what, problem: error.to_string() }
}

/// Settings and configuration, read and checked.
#[derive(Debug)]
pub struct LoadedSettings {
    /// The settings.
    pub settings: Settings,
    /// The configuration file.
    pub configuration: Configuration,
}

/// Reads the settings and the configuration that they name.
///
/// # Errors
/// Everything that is wrong with either.
pub async fn load(environment: &Environment, clock: &SharedClock) -> Result<LoadedSettings, StartupError> {
    let settings = settings(environment)?;
    let place = ConfigSource::new(&settings)?;
    let text = place.text().await.map_err(|finding| place.invalid(finding))?;
    let secrets = Vaults::new(&settings).secrets(&text, clock.now()).await;
    let configuration = read(&settings, environment, &place, &text, &secrets, clock)?;
    Ok(LoadedSettings { settings, configuration })
}

/// The settings. What is wrong with those of telemetry is said, and stops nothing.
fn settings(environment: &Environment) -> Result<Settings, StartupError> {
    let settings = Settings::from_environment(environment)?;
    telemetry::warn(environment);
    Ok(settings)
}

/// The configuration that `text`, found at `place`, describes.
fn read(
    settings: &Settings,
    environment: &Environment,
    place: &ConfigSource,
    text: &str,
    vault: &VaultSecrets,
    clock: &SharedClock,
) -> Result<Configuration, InvalidConfiguration> {
    let allow_private = settings.allow_private_webhooks;
    let secrets = Secrets::Resolve { environment, vault, allow_private };
    load::from_text(place.name(), text, secrets, clock.now())
}

/// Puts everything together. Nothing is asked or sent yet.
///
/// # Errors
/// When a part of the settings cannot be used.
pub async fn app(loaded: LoadedSettings, clock: SharedClock) -> Result<Arc<App>, StartupError> {
    Services::new(loaded.settings, clock).await?.app(loaded.configuration)
}

/// What stays when the configuration changes: settings, state, and the way to Azure with its quotas and tokens.
#[derive(Debug)]
struct Services {
    settings: Settings,
    clock: SharedClock,
    repository: Repository,
    arm: ArmClient,
    starter: ArmClient,
}

impl Services {
    async fn new(settings: Settings, clock: SharedClock) -> Result<Self, StartupError> {
        telemetry::install(&settings);
        let repository = open_store(&settings).await?;
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
    fn app(&self, configuration: Configuration) -> Result<Arc<App>, StartupError> {
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
    fn app_with(&self, mut configuration: Configuration, deliverers: Deliverers) -> App {
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
            link_keys: LinkKeys::new(
                settings.link_keys.iter().map(|key| (key.id.clone(), key.bytes().to_vec())),
            ),
            probe: Probe::new(settings.allow_private_webhooks),
            audit_container: None,
            easy_auth: settings.host.easy_auth,
            deputies: configuration.deputies,
            retention: configuration.retention,
            starts_paused: configuration.safety.pause_starts || configuration.safety.mode == Mode::DryRun,
            gate: RateLimiter::default(),
            live: LiveState::new(configuration.policy),
        }
    }
}

/// Which subscriptions are watched.
pub fn scope(settings: &Settings) -> WatchScope {
    match &settings.subscriptions {
        SubscriptionScope::All => WatchScope::All,
        SubscriptionScope::These(ids) => WatchScope::Subscriptions(ids.clone()),
        SubscriptionScope::ManagementGroup(name) => WatchScope::ManagementGroup(name.clone()),
    }
}

/// The client of Azure Resource Manager, with this identity.
///
/// # Errors
/// When the settings do not make one.
pub fn arm_client(
    settings: &Settings,
    identity: IdentitySettings,
    clock: &SharedClock,
) -> Result<ArmClient, StartupError> {
    let what = part("Azure");
    let client = client(&ClientOptions::default()).map_err(|error| what(&error))?;
    let arm = &settings.arm;
    let tokens = tokens(&identity, &client, &arm.audience, "NOTIFIER_ARM_AUDIENCE", clock)?;
    Ok(ArmClient::new(client, arm.endpoint.clone(), tokens, clock.clone(), ArmOptions::default())?)
}

/// Where tokens for `audience` come from. `setting` is named when that is no address.
fn tokens(
    identity: &IdentitySettings,
    client: &reqwest::Client,
    audience: &str,
    setting: &'static str,
    clock: &SharedClock,
) -> Result<TokenSource, StartupError> {
    let audience: Url = audience.parse().map_err(|error: url::ParseError| part(setting)(&error))?;
    let tokens = match (&identity.managed, &identity.application) {
        // A plain http endpoint on this machine is that of App Service, or a stand-in for it.
        (Some(managed), _) => Ok(TokenSource::identity_endpoint(
            client.clone(),
            IdentityEndpoint {
                address: managed.endpoint.clone(),
                header: managed.header.clone(),
                client_id: identity.client_id.clone(),
            },
            &audience,
            clock.clone(),
        )),
        (None, Some(application)) => TokenSource::client_secret(
            client,
            &application.tenant_id,
            &application.client_id,
            &application.secret,
            &audience,
            clock.clone(),
        ),
        (None, None) => TokenSource::azure_cli(None, &audience, clock.clone()),
    };
    tokens.map_err(|error| part("Azure")(&error))
}

/// A sender that no mail server takes: shown where messages are only written to a folder or rendered.
const NO_SENDER: &str = "maintenance-notifier@localhost";

fn deployment(settings: &Settings) -> DeploymentInfo {
    let mailbox = |mailbox: &crate::config::settings::SenderAddress| Mailbox {
        name: mailbox.name.clone(),
        address: mailbox.address.clone(),
    };
    let from = settings.mail_from.as_ref().map(mailbox).or_else(|| {
        let address = NO_SENDER.parse().ok()?;
        Some(Mailbox { name: Some("Azure maintenance".to_owned()), address })
    });
    DeploymentInfo {
        #[expect(clippy::expect_used, reason = "the constant is an address, as a test shows")]
        from: from.expect("NO_SENDER is an address"),
        reply_to: settings.mail_reply_to.as_ref().map(mailbox),
        public_url: settings.public_url.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned()),
        portal_url: portal(&settings.arm.endpoint).to_owned(),
    }
}

/// The portal that belongs to a cloud's Resource Manager.
fn portal(arm: &Url) -> &'static str {
    match arm.host_str() {
        Some("management.usgovcloudapi.net") => "https://portal.azure.us",
        Some("management.chinacloudapi.cn") => "https://portal.azure.cn",
        _ => "https://portal.azure.com",
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

fn deliverers(
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
        return Ok(Deliverers { sender, mail, teams, webhooks: Default::default(), person_webhook: None });
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
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_stand_in_sender_is_an_address() {
        assert!(super::NO_SENDER.parse::<crate::domain::recipient::EmailAddress>().is_ok());
    }
}
