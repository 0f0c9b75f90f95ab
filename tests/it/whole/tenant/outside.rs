//! Everything around the program.

use maintenance_notifier::clock::Clock as _;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use maintenance_notifier::azure::arm::{ArmClient, ArmOptions};
use maintenance_notifier::azure::directory::DirectoryClient;
use maintenance_notifier::clock::ManualClock;
use maintenance_notifier::config::configuration::Mode;
use maintenance_notifier::config::parse::Secrets;
use maintenance_notifier::config::vault_secret::VaultSecrets;
use maintenance_notifier::config::{Environment, Settings, load};
use maintenance_notifier::deliver::{
    ComposedMail, Deliverers, MailTransport, Memory, Sender, SentCard, SmtpOptions, SmtpTransport, SmtpUrl,
    TeamsTransport, Webhook, WebhookPolicy, Workflows,
};
use maintenance_notifier::domain::action::token::LinkKeys;
use maintenance_notifier::domain::mail_limit::MailLimit;
use maintenance_notifier::domain::policy::Diversion;
use maintenance_notifier::http::client::{ClientOptions, client};
use maintenance_notifier::http::token::{IdentityEndpoint, TokenSource};
use maintenance_notifier::local::{LocalHost, LocalHostOptions};
use maintenance_notifier::probe::Probe;
use maintenance_notifier::render::{DeploymentInfo, Mailbox};
use maintenance_notifier::services::rate_limit::RateLimiter;
use maintenance_notifier::services::{App, LiveState};
use maintenance_notifier::startup;
use maintenance_notifier::store::repository::Repository;
use url::Url;

use crate::mail_server::MailServer;

/// Everything outside a process.
pub(super) struct Outside<'a> {
    pub(super) azure: &'a Url,
    pub(super) clock: &'a Arc<ManualClock>,
    pub(super) server: Option<&'a MailServer>,
    pub(super) workflows_timeout: Option<Duration>,
    pub(super) mails: &'a Memory<ComposedMail>,
    pub(super) cards: &'a Memory<SentCard>,
    pub(super) easy_auth: bool,
}

impl Outside<'_> {
    pub(super) fn app(&self, configuration: &str, repository: Repository) -> (Arc<App>, LocalHost) {
        let folder = tempfile::tempdir().unwrap();
        let environment = environment(folder.path());
        let settings = Settings::from_environment(&environment).unwrap();
        let vault = VaultSecrets::default();
        let secrets = Secrets::Resolve { environment: &environment, vault: &vault, allow_private: true };
        let mut configuration = load::from_text("notifier.toml", configuration, secrets, self.clock.now())
            .unwrap_or_else(|error| panic!("{error}"));
        if let Mode::Pilot { pilot, divert_to } = configuration.safety.mode.clone() {
            configuration.policy.diversion = Some(Diversion { pilot, divert_to });
        }
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

pub(super) fn smtp(port: u16) -> SmtpTransport {
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
