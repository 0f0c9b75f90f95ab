//! The settings about mail.

use chrono::TimeDelta;
use secrecy::ExposeSecret;
use url::Url;

use super::Reader;
use crate::config::environment::UnusableSecret;
use crate::config::settings::mail::{MailService, SenderAddress};
use crate::domain::email_address::EmailAddress;
use crate::domain::schedule::parse_span;

impl Reader<'_> {
    pub(super) fn mail_service(&mut self, graph_endpoint: Option<Url>) -> Option<MailService> {
        const ACS_KEY: &str = "NOTIFIER_ACS_KEY";
        let smtp = self.smtp();
        let graph = self.parsed::<EmailAddress>("NOTIFIER_GRAPH_SENDER", "write the mailbox's address");
        let acs = self.optional_address("NOTIFIER_ACS_ENDPOINT");
        let is_unresolved = acs.is_some() && self.is_unresolved(ACS_KEY);
        let acs_key = if is_unresolved { None } else { self.secret(ACS_KEY) };
        let mut services: Vec<(&str, MailService)> = Vec::new();
        services.extend(smtp.map(|service| ("NOTIFIER_SMTP_URL", service)));
        services.extend(graph.map(|sender| {
            let endpoint = graph_endpoint;
            ("NOTIFIER_GRAPH_SENDER", MailService::Graph { sender, endpoint })
        }));
        services.extend(acs.map(|endpoint| {
            let service = match is_unresolved {
                true => MailService::Unresolved { setting: ACS_KEY },
                false => MailService::CommunicationServices { endpoint, key: acs_key },
            };
            ("NOTIFIER_ACS_ENDPOINT", service)
        }));
        if services.len() > 1 {
            let names: Vec<&str> = services.iter().map(|(name, _)| *name).collect();
            let problem = "more than one service is set, and mail goes through one";
            self.error(&names.join(", "), problem, "keep one of them");
        }
        services.into_iter().next().map(|(_, service)| service)
    }

    /// Whether a secret still is a reference. The vault may be made by the same deployment, and get it later.
    fn is_unresolved(&self, name: &str) -> bool {
        matches!(self.environment.secret(name), Err(UnusableSecret::Unresolved))
    }

    /// The address may contain a password, so no message shows it.
    fn smtp(&mut self) -> Option<MailService> {
        const NAME: &str = "NOTIFIER_SMTP_URL";
        const HINT: &str = "write smtp://user:password@mail.contoso.com:587?tls=required";
        let connections: Option<u32> =
            self.parsed("NOTIFIER_SMTP_CONNECTIONS", "a number of connections from 1 to 50");
        let connections = connections.unwrap_or(3);
        if !(1..=50).contains(&connections) {
            let problem = format!("{connections} connections are too few or too many");
            self.error("NOTIFIER_SMTP_CONNECTIONS", problem, "use 1 to 50");
        }
        if self.is_unresolved(NAME) {
            return Some(MailService::Unresolved { setting: NAME });
        }
        let url = self.secret(NAME)?;
        let Ok(parsed) = Url::parse(url.expose_secret()) else {
            self.error(NAME, "is no address; characters such as @ in a password are written as %40", HINT);
            return None;
        };
        if !matches!(parsed.scheme(), "smtp" | "smtps") {
            self.error(NAME, "begins with neither smtp:// nor smtps://", HINT);
        }
        if parsed.host_str().is_none_or(str::is_empty) {
            self.error(NAME, "names no server", HINT);
        }
        for (key, value) in parsed.query_pairs() {
            match (key.as_ref(), value.as_ref()) {
                ("tls", "required" | "opportunistic" | "none") | ("auth", "xoauth2") | ("scope", _) => {}
                ("tls", _) => self.error(NAME, "`tls` is none of required, opportunistic, none", HINT),
                ("helo", name) if !name.is_empty() => {}
                ("helo", _) => self.error(NAME, "`helo` is empty", "write helo=mail.contoso.com"),
                ("patience", text) if parse_span(text).is_ok_and(|wait| wait <= TimeDelta::minutes(10)) => {}
                ("patience", _) => {
                    self.error(NAME, "`patience` is no time from 1s to 10m", "write patience=5m")
                }
                ("auth", _) => self.error(NAME, "`auth` can only be xoauth2", HINT),
                _ => self.error(
                    NAME,
                    "has an unknown option",
                    "options are tls, auth, scope, helo and patience",
                ),
            }
        }
        Some(MailService::Smtp { url, connections })
    }

    /// The sender, who is required when mail is sent.
    pub(super) fn sender(&mut self, required: bool) -> Option<SenderAddress> {
        const NAME: &str = "NOTIFIER_MAIL_FROM";
        if required && !self.environment.has(NAME) {
            let hint = "NOTIFIER_MAIL_FROM=\"Maintenance <maintenance@contoso.com>\"";
            self.error(NAME, "is not set, and mail needs a sender", hint);
        }
        self.mailbox(NAME)
    }

    /// Who operates the notifier, each once.
    pub(super) fn operators(&mut self) -> Vec<EmailAddress> {
        const NAME: &str = "NOTIFIER_OPERATORS";
        let text = self.environment.get(NAME).unwrap_or_default();
        let mut operators: Vec<EmailAddress> = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part.parse() {
                Ok(address) if !operators.contains(&address) => operators.push(address),
                Ok(_) => {}
                Err(problem) => {
                    let hint = "write addresses with commas: platform@contoso.com,duty@contoso.com";
                    self.error(NAME, problem.to_string(), hint);
                }
            }
        }
        operators
    }

    pub(super) fn mailbox(&mut self, name: &str) -> Option<SenderAddress> {
        let text = self.environment.get(name)?;
        let (shown, address) = match text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
            Some((shown, address)) => (shown.trim().trim_matches('"').trim(), address),
            None => ("", text),
        };
        if shown.chars().any(char::is_control) {
            self.error(name, "has control characters", "write Maintenance <maintenance@contoso.com>");
            return None;
        }
        match address.parse() {
            Ok(address) => {
                Some(SenderAddress { name: (!shown.is_empty()).then(|| shown.to_owned()), address })
            }
            Err(problem) => {
                let hint = "write an address, or Maintenance <maintenance@contoso.com>";
                self.error(name, problem.to_string(), hint);
                None
            }
        }
    }
}
