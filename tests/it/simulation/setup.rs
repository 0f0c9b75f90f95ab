//! The program for an invented tenant: its configuration as a file, and an app that needs nothing from outside.

use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::history::{DOMAIN, History, Manners, Minutes, Time};
use maintenance_notifier::azure::arm::{ArmClient, ArmOptions};
use maintenance_notifier::clock::ManualClock;
use maintenance_notifier::config::parse::Secrets;
use maintenance_notifier::config::vault_secret::VaultSecrets;
use maintenance_notifier::config::{Configuration, Environment, load};
use maintenance_notifier::deliver::{
    ComposedMail, Deliverers, MailTransport, Memory, Sender, SentCard, TeamsTransport,
};
use maintenance_notifier::domain::action::token::LinkKeys;
use maintenance_notifier::domain::mail_limit::MailLimit;
use maintenance_notifier::http::client::{ClientOptions, client};
use maintenance_notifier::http::token::{IdentityEndpoint, TokenSource};
use maintenance_notifier::probe::Probe;
use maintenance_notifier::render::{DeploymentInfo, Mailbox};
use maintenance_notifier::services::rate_limit::RateLimiter;
use maintenance_notifier::services::{App, LiveState};
use maintenance_notifier::store::SharedStore;
use maintenance_notifier::store::repository::Repository;

/// The configuration file in force at `moment`.
pub(crate) fn file(history: &History, moment: Time) -> String {
    let configuration = history.configuration_at(moment);
    let mut text = String::from("[defaults]\n");
    preferences(&mut text, &history.defaults);
    let _ = writeln!(text, "escalate = {}", before(&history.escalate));
    let _ = writeln!(text, "fallback = [\"{}\"]", history.fallback);
    let _ = writeln!(text, "\n[owners]\ntags = [\"owner\"]\nallowed_domains = [\"{DOMAIN}\"]");
    text.push_str("person_webhook = \"http://127.0.0.1:9/person\"\n");
    for (index, person) in history.people.iter().enumerate().filter(|(_, person)| person.configured) {
        let changed = configuration.manners.iter().find(|(who, _)| *who == index);
        let _ = writeln!(text, "\n[[recipients]]\nname = \"{}\"", person.name);
        if let Some(address) = &person.address {
            let _ = writeln!(text, "email = [\"{address}\"]");
        }
        if person.channel {
            let _ = writeln!(text, "teams = {{ webhook = \"http://127.0.0.1:9/flow-{index}\" }}");
        }
        preferences(&mut text, changed.map_or(&person.manners, |(_, manners)| manners));
        if let Some(other) = &person.escalate_to {
            let _ = writeln!(text, "escalate_to = \"{other}\"");
        }
        if let Some(steps) = &person.escalate {
            let _ = writeln!(text, "escalate = {}", before(steps));
        }
        if let Some(slots) = &person.summary {
            let _ = writeln!(text, "summary = \"{}\"", cron(slots));
        }
    }
    for route in &configuration.routes {
        let to: Vec<String> = route.to.iter().map(|name| format!("\"{name}\"")).collect();
        let group = &route.group;
        let _ = writeln!(
            text,
            "\n[[routes]]\nmatch = {{ resource_group = \"{group}\" }}\nto = [{}]",
            to.join(", ")
        );
    }
    for (group, until) in configuration.silences.iter().filter(|(_, until)| moment < *until) {
        let until = until.to_rfc3339();
        let _ = writeln!(
            text,
            "\n[[silences]]\nmatch = {{ resource_group = \"{group}\" }}\nuntil = {until}\nreason = \"a move\""
        );
    }
    text.push_str("\n[safety]\nmode = \"live\"\n");
    text
}

const DAYS: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];

fn days(days: &[bool; 7], between: &str) -> String {
    let names = DAYS.iter().zip(days).filter(|(_, is)| **is).map(|(name, _)| *name);
    names.collect::<Vec<_>>().join(between)
}

fn range((from, to): Minutes) -> String {
    format!("{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
}

/// Steps before a deadline, in hours, as a list.
fn before(steps: &[i64]) -> String {
    let steps: Vec<String> = steps.iter().map(|step| format!("\"{step}h\"")).collect();
    format!("[{}]", steps.join(", "))
}

fn cron((on, minute): &([bool; 7], u32)) -> String {
    format!("{} {} * * {}", minute % 60, minute / 60, days(on, ","))
}

fn preferences(text: &mut String, manners: &Manners) {
    let open = manners
        .hours
        .map_or("always".to_owned(), |(on, minutes)| format!("{} {}", days(&on, "+"), range(minutes)));
    let digest = manners.digest.map_or("never".to_owned(), |slots| cron(&slots));
    let quiet = manners.quiet.map(|minutes| format!("\"{}\"", range(minutes))).unwrap_or_default();
    let holidays: Vec<String> = manners.holidays.iter().map(ToString::to_string).collect();
    let immediate: Vec<String> = manners.immediate.iter().map(|stage| format!("\"{stage}\"")).collect();
    let _ = writeln!(
        text,
        "timezone = \"{}\"\nhours = \"{open}\"\nquiet = [{quiet}]\ndigest = \"{digest}\"\nholidays = [{}]\n\
         immediate = [{}]\nreminders = {}\nscheduled = {}\nsettle = \"{}m\"",
        manners.zone,
        holidays.join(", "),
        immediate.join(", "),
        before(&manners.reminders),
        before(&manners.scheduled),
        manners.settle.num_minutes(),
    );
}

/// Reads a configuration as the program does.
pub(crate) fn configuration(text: &str, now: Time) -> Configuration {
    let (environment, vault) = (Environment::from_pairs([("", "")]), VaultSecrets::default());
    let secrets = Secrets::Resolve { environment: &environment, vault: &vault, allow_private: true };
    load::from_text("notifier.toml", text, secrets, now).unwrap_or_else(|error| panic!("{error}"))
}

/// The way to an Azure that is never asked.
pub(crate) fn nowhere(clock: &Arc<ManualClock>) -> ArmClient {
    let client = client(&ClientOptions { use_proxy: false, ..ClientOptions::default() }).unwrap();
    let endpoint = IdentityEndpoint {
        address: "http://127.0.0.1:9/msi/token".parse().unwrap(),
        header: "none".to_owned().into(),
        client_id: None,
    };
    let audience = "https://management.azure.com".parse().unwrap();
    let tokens = TokenSource::identity_endpoint(client.clone(), endpoint, &audience, clock.clone());
    let azure = "http://127.0.0.1:9/".parse().unwrap();
    ArmClient::new(client, azure, tokens, clock.clone(), ArmOptions::default()).unwrap()
}

/// All rows of a large tenant.
const ROWS: NonZeroUsize = NonZeroUsize::new(200_000).unwrap();

/// What a process has handed over.
#[derive(Debug, Default, Clone)]
pub(crate) struct HandedOver {
    pub(crate) mails: Memory<ComposedMail>,
    pub(crate) cards: Memory<SentCard>,
}

/// A process on `store`. While the mail service is down every attempt fails for now.
pub(crate) fn app(
    configuration: Configuration,
    store: &SharedStore,
    (clock, arm): (&Arc<ManualClock>, &ArmClient),
    handed_over: &HandedOver,
    mail_is_down: bool,
) -> Arc<App> {
    let from = Mailbox {
        name: Some("Azure maintenance".to_owned()),
        address: format!("azure-maintenance@{DOMAIN}").parse().unwrap(),
    };
    let mail = match mail_is_down {
        true => MailTransport::Unconfigured,
        false => MailTransport::Memory(handed_over.mails.clone()),
    };
    Arc::new(App {
        audit_container: None,
        directory: None,
        clock: clock.clone(),
        repository: Repository::new(store.clone()).remembering(ROWS),
        arm: arm.clone(),
        scope: maintenance_notifier::azure::observe::WatchScope::All,
        deliverers: Deliverers {
            sender: Sender { from: from.clone(), reply_to: None },
            mail,
            teams: TeamsTransport::Memory(handed_over.cards.clone()),
            webhooks: Default::default(),
            person_webhook: None,
            left_out: Default::default(),
        },
        deployment: DeploymentInfo {
            from,
            reply_to: None,
            public_url: Some("https://maintenance.contoso.com".to_owned()),
            portal_url: "https://portal.azure.com".to_owned(),
        },
        mail_limit: MailLimit::default(),
        sending: true,
        // The waves of an invented tenant are as big as the tenant: nobody is there to let them go.
        brake: 1e9,
        starter: arm.clone(),
        start_rules: configuration.start,
        standing_orders: configuration.standing_orders,
        starts_paused: false,
        link_keys: LinkKeys::new([("test".to_owned(), vec![7; 32])]),
        easy_auth: false,
        sign_in: Default::default(),
        access: Default::default(),
        deputies: configuration.deputies,
        rate_limiter: RateLimiter::default(),
        live: LiveState::new(configuration.policy),
        probe: Probe::new(false),
        retention: configuration.retention,
    })
}
