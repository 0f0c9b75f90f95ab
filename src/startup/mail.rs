//! The mail service that the settings name, and what it takes.

use std::num::NonZeroUsize;

use chrono::TimeDelta;
use url::Url;

use super::clients::tokens;
use super::error::{StartupError, part};
use crate::clock::SharedClock;
use crate::config::Settings;
use crate::config::settings::MailService;
use crate::deliver::{
    COMMUNICATION_AUDIENCE, CommunicationAccess, CommunicationServices, GraphMailbox, MailTransport,
    PUBLIC_GRAPH, SmtpOptions, SmtpTransport, SmtpUrl,
};
use crate::domain::mail_limit::{MailLimit, MailRate};
use crate::http::client::{ClientOptions, client};
use crate::http::origin::is_confidential;

/// How mails leave.
pub(super) fn transport(settings: &Settings, clock: &SharedClock) -> Result<MailTransport, StartupError> {
    let Some(service) = &settings.mail_service else { return Ok(MailTransport::Unconfigured) };
    let client = client(&ClientOptions::default()).map_err(|error| part("mail")(&error))?;
    let tokens = |audience: &Url| tokens(&settings.identity, &client, audience.as_str(), "mail", clock);
    match service {
        MailService::Unresolved { setting } => Ok(MailTransport::Unresolved(setting)),
        MailService::Smtp { url, connections } => {
            let what = part("NOTIFIER_SMTP_URL");
            let server = SmtpUrl::parse(url).map_err(|error| what(&error))?;
            let defaults = SmtpOptions::default();
            let connections = usize::try_from(*connections).ok().and_then(NonZeroUsize::new);
            let options = SmtpOptions {
                connections: connections.unwrap_or(defaults.connections),
                tokens: server.token_audience().map(tokens).transpose()?,
                hello_name: hello_name(settings),
                ..defaults
            };
            let transport = SmtpTransport::new(server, &options).map_err(|error| what(&error))?;
            Ok(MailTransport::Smtp(Box::new(transport)))
        }
        MailService::Graph { sender, endpoint } => {
            let what = part("NOTIFIER_GRAPH_ENDPOINT");
            let public = constant(PUBLIC_GRAPH)?;
            let endpoint = endpoint.as_ref().unwrap_or(&public);
            let tokens = tokens(&graph_audience(endpoint, &public))?;
            let mailbox = GraphMailbox::new(client.clone(), endpoint, sender, tokens, clock.clone());
            Ok(MailTransport::Graph(mailbox.map_err(|error| what(&error))?))
        }
        MailService::CommunicationServices { endpoint, key } => {
            let access = match key {
                Some(key) => CommunicationAccess::Key(key.clone()),
                None => CommunicationAccess::Identity(tokens(&communication_audience(endpoint)?)?),
            };
            let services = CommunicationServices::new(client.clone(), endpoint, access, clock.clone());
            Ok(MailTransport::CommunicationServices(services.map_err(|error| part("mail")(&error))?))
        }
    }
}

/// Who we say that we are to a mail server whose address does not say: the domain that the mail comes from, or the host
/// of the pages. The name of a machine in Azure is one that no server knows, and some refuse it.
fn hello_name(settings: &Settings) -> Option<String> {
    let sender = settings.mail_from.as_ref().map(|from| from.address.domain().to_owned());
    sender.or_else(|| settings.public_url.as_ref()?.host_str().map(str::to_owned))
}

/// A token for Graph is meant for the very host that it is sent to, be that another cloud's; only a stand-in on this
/// machine gets one that is meant for the public cloud.
pub(super) fn graph_audience(endpoint: &Url, public: &Url) -> Url {
    match (endpoint.scheme(), is_confidential(endpoint)) {
        ("https", true) => endpoint.join("/").unwrap_or_else(|_| public.clone()),
        _ => public.clone(),
    }
}

/// The service has one audience in each cloud, whatever the resource's own address.
fn communication_audience(endpoint: &Url) -> Result<Url, StartupError> {
    let host = endpoint.host_str().unwrap_or_default();
    let of_government = host.ends_with(".communication.azure.us");
    constant(if of_government { "https://communication.azure.us" } else { COMMUNICATION_AUDIENCE })
}

pub(super) fn constant(address: &str) -> Result<Url, StartupError> {
    address.parse().map_err(|error: url::ParseError| part("mail")(&error))
}

/// What the mail service takes: what the settings say or, for Communication Services, what it publishes. Its own
/// domains take a fraction of what a customer's take.
pub fn limit(settings: &Settings) -> MailLimit {
    let rate = |count, per| MailRate { count, per };
    if let Some(limit) = &settings.mail_limit {
        let allowances = limit.allowances().iter();
        return MailLimit(allowances.map(|allowance| rate(allowance.count, allowance.window)).collect());
    }
    if !matches!(settings.mail_service, Some(MailService::CommunicationServices { .. })) {
        return MailLimit::default();
    }
    let sender = settings.mail_from.as_ref().map(|from| from.address.domain()).unwrap_or_default();
    let (minute, hour) = if sender.ends_with(".azurecomm.net") { (5, 10) } else { (30, 100) };
    MailLimit(vec![rate(minute, TimeDelta::minutes(1)), rate(hour, TimeDelta::hours(1))])
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::ManualClock;
    use crate::config::Environment;

    fn settings(more: &[(&str, &str)]) -> Settings {
        let always = [
            ("NOTIFIER_MAIL_FROM", "maintenance@contoso.com"),
            ("IDENTITY_ENDPOINT", "http://127.0.0.1:1/msi/token"),
            ("IDENTITY_HEADER", "s3cret"),
        ];
        let given = always.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        // The later of two settings of one name holds.
        let given: std::collections::BTreeMap<String, String> = given.collect();
        Settings::from_environment(&Environment::from_pairs(given)).unwrap()
    }

    fn outcome(more: &[(&str, &str)]) -> String {
        let clock: SharedClock = Arc::new(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
        match transport(&settings(more), &clock) {
            Ok(transport) => format!("{transport:?}"),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn each_service_gets_tokens_that_are_meant_for_it() {
        for (more, kind, audience) in [
            (vec![("NOTIFIER_GRAPH_SENDER", "a@contoso.com")], "Graph(", "\"https://graph.microsoft.com\""),
            (
                vec![
                    ("NOTIFIER_GRAPH_SENDER", "a@contoso.com"),
                    ("NOTIFIER_GRAPH_ENDPOINT", "https://graph.microsoft.us"),
                ],
                "Graph(",
                "\"https://graph.microsoft.us\"",
            ),
            (
                vec![
                    ("NOTIFIER_GRAPH_SENDER", "a@contoso.com"),
                    ("NOTIFIER_GRAPH_ENDPOINT", "http://127.0.0.1:8080"),
                ],
                "Graph(",
                "\"https://graph.microsoft.com\"",
            ),
            (
                vec![("NOTIFIER_ACS_ENDPOINT", "https://contoso.europe.communication.azure.com")],
                "CommunicationServices(",
                "\"https://communication.azure.com\"",
            ),
        ] {
            let made = outcome(&more);
            assert!(made.starts_with(kind) && made.contains(audience), "{made}");
        }
    }

    #[test]
    fn s22_what_cannot_be_used_is_said_before_anything_is_sent() {
        let endpoint = ("NOTIFIER_ACS_ENDPOINT", "https://contoso.communication.azure.com");
        for (more, problem) in [
            (
                vec![endpoint, ("NOTIFIER_ACS_KEY", "endpoint=https://x/;accesskey=S3cret=")],
                "not the connection string",
            ),
            (
                vec![("NOTIFIER_SMTP_URL", "smtp://S3cret:x@mail.contoso.com?auth=xoauth2")],
                "takes no password",
            ),
        ] {
            let made = outcome(&more);
            assert!(
                made.starts_with("error: ") && made.contains(problem) && !made.contains("S3cret"),
                "{made}"
            );
        }
        let made = outcome(&[endpoint, ("NOTIFIER_ACS_KEY", "UzNjcmV0")]);
        assert!(made.contains("AccessKey(…)") && !made.contains("UzNjcmV0"), "{made}");
    }

    #[test]
    fn the_published_quota_holds_where_no_other_is_set() {
        let counts = |more: &[(&str, &str)]| -> Vec<u32> {
            limit(&settings(more)).0.iter().map(|rate| rate.count).collect()
        };
        let endpoint = ("NOTIFIER_ACS_ENDPOINT", "https://contoso.communication.azure.com");
        assert_eq!(counts(&[endpoint]), [30, 100]);
        assert_eq!(counts(&[endpoint, ("NOTIFIER_MAIL_FROM", "DoNotReply@0000.azurecomm.net")]), [5, 10]);
        assert_eq!(counts(&[endpoint, ("NOTIFIER_MAIL_LIMIT", "7/min")]), [7]);
        assert_eq!(counts(&[("NOTIFIER_GRAPH_SENDER", "a@contoso.com")]), [] as [u32; 0]);
    }
}
