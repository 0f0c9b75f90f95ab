//! Reads the settings and collects what is wrong with them.

mod azure;
mod mail;

use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;

use chrono::DateTime;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::host::{HostSettings, Schedules};
use super::locations::ConfigLocation;
use super::mail::{LinkKey, UnfitKey};
use super::values::Settings;
use crate::config::environment::Environment;
use crate::config::finding::{Finding, InvalidConfiguration};
use crate::config::settings_table;
use crate::domain::schedule::TimerSchedule;
use crate::http::origin::is_confidential;

impl Settings {
    /// Reads the settings.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn from_environment(environment: &Environment) -> Result<Self, InvalidConfiguration> {
        settings(environment).map_err(|findings| InvalidConfiguration { file: None, findings })
    }
}

/// Reads everything.
fn settings(environment: &Environment) -> Result<Settings, Vec<Finding>> {
    let mut reader = Reader { environment, findings: Vec::new() };
    match reader.settings() {
        Some(settings) if reader.findings.is_empty() => Ok(settings),
        _ => Err(reader.findings),
    }
}

struct Reader<'environment> {
    environment: &'environment Environment,
    findings: Vec<Finding>,
}

impl Reader<'_> {
    /// What can be read; `None` when something without which there is nothing to go on with is wrong.
    fn settings(&mut self) -> Option<Settings> {
        let config = self.config();
        let arm = self.arm();
        let storage = self.storage_account();
        let store = self.store(storage.clone());
        let identity = self.identity();
        let key_vault = self.key_vault();
        let subscriptions = self.subscriptions();
        let graph_endpoint = self.optional_address("NOTIFIER_GRAPH_ENDPOINT");
        let mail_service = self.mail_service(graph_endpoint.clone());
        let mail_from = self.sender(mail_service.is_some());
        let mail_reply_to = self.mailbox("NOTIFIER_MAIL_REPLY_TO");
        let mail_limit = self.parsed("NOTIFIER_MAIL_LIMIT", "for example NOTIFIER_MAIL_LIMIT=30/min,100/h");
        let public_url = self.public_url();
        let link_keys = self.link_keys();
        let audit_container = self.optional_address("NOTIFIER_AUDIT_CONTAINER");
        let allow_private_webhooks = self.switch("NOTIFIER_ALLOW_PRIVATE_WEBHOOKS");
        let log_addresses = self.switch("NOTIFIER_LOG_ADDRESSES");
        let operators = self.operators();
        // What is wrong with it stops nothing: `check` says it, and the app, which logs `info` then.
        let log = self.text("NOTIFIER_LOG");
        let schedules = Schedules {
            collect: self.schedule("COLLECT_SCHEDULE"),
            sweep: self.schedule("SWEEP_SCHEDULE"),
            plan: self.schedule("PLAN_SCHEDULE"),
            follow: self.schedule("FOLLOW_SCHEDULE"),
        };
        let host = HostSettings {
            custom_handler_port: self
                .parsed("FUNCTIONS_CUSTOMHANDLER_PORT", "the Functions host sets it to a port"),
            easy_auth: self.switch("WEBSITE_AUTH_ENABLED"),
        };
        Some(Settings {
            config: config?,
            store,
            storage,
            arm: arm?,
            identity,
            key_vault,
            subscriptions,
            outbox: self.environment.get("NOTIFIER_OUTBOX").map(PathBuf::from),
            graph_endpoint,
            mail_service,
            mail_from,
            mail_reply_to,
            mail_limit,
            public_url,
            link_keys,
            audit_container,
            allow_private_webhooks,
            log_addresses,
            operators,
            log,
            schedules,
            host,
            // What is wrong with it is a warning, which `check` and the start of the program say.
            telemetry: super::telemetry(self.environment).0,
        })
    }

    fn error(&mut self, name: &str, problem: impl Into<String>, hint: impl Into<String>) {
        self.findings.push(Finding::error(name, problem).hint(hint));
    }

    /// The value, or the default of the settings table.
    fn text(&mut self, name: &str) -> String {
        let value = self.environment.get(name);
        value.unwrap_or_else(|| settings_table::default_of(name)).to_owned()
    }

    fn secret(&mut self, name: &str) -> Option<SecretString> {
        self.environment.secret(name).unwrap_or_else(|problem| {
            let hint = format!("give the value in {name}, or in the file that {name}_FILE names");
            self.error(name, problem.to_string(), hint);
            None
        })
    }

    fn parsed<T>(&mut self, name: &str, hint: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        let text = self.environment.get(name)?;
        text.parse().map_err(|problem: T::Err| self.error(name, problem.to_string(), hint)).ok()
    }

    fn switch(&mut self, name: &str) -> bool {
        let Some(value) = self.environment.get(name) else {
            return false;
        };
        match value.to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => true,
            "0" | "false" | "no" | "off" => false,
            _ => {
                self.error(
                    name,
                    format!("`{value}` is neither on nor off"),
                    format!("write {name}=1 or leave it unset"),
                );
                false
            }
        }
    }

    /// A web address; http only on this machine, where test servers are. It is not shown when it is wrong: what people
    /// paste in its place is a connection string or a signed address.
    fn address(&mut self, name: &str, text: &str) -> Option<Url> {
        let hint = "write a whole address, such as https://example.com";
        let Ok(url) = Url::parse(text) else {
            self.error(name, "is no web address", hint);
            return None;
        };
        if !url.username().is_empty() || url.password().is_some() {
            self.error(name, "contains a user or password", "leave them out of the address");
            return None;
        }
        // A token that goes over http may not leave the machine.
        if !is_confidential(&url) {
            self.error(name, "is no https address", hint);
            return None;
        }
        Some(url)
    }

    fn optional_address(&mut self, name: &str) -> Option<Url> {
        let text = self.environment.get(name)?;
        self.address(name, text)
    }

    fn config(&mut self) -> Option<ConfigLocation> {
        let text = self.text("NOTIFIER_CONFIG");
        if text.contains("://") {
            return self.address("NOTIFIER_CONFIG", &text).map(ConfigLocation::Blob);
        }
        Some(ConfigLocation::Path(PathBuf::from(text)))
    }

    fn public_url(&mut self) -> Option<Url> {
        const NAME: &str = "NOTIFIER_PUBLIC_URL";
        let url = match (self.environment.get(NAME), self.environment.get("WEBSITE_HOSTNAME")) {
            (Some(text), _) => self.address(NAME, text)?,
            (None, Some(host)) => self.address("WEBSITE_HOSTNAME", &format!("https://{host}"))?,
            (None, None) => return None,
        };
        if url.query().is_some() || url.fragment().is_some() {
            self.error(
                NAME,
                "has a query or a fragment",
                "give the base alone, such as https://maintenance.contoso.com",
            );
            return None;
        }
        Some(url)
    }

    /// The keys are secrets, so a message counts them instead of showing them.
    fn link_keys(&mut self) -> Vec<LinkKey> {
        const NAME: &str = "NOTIFIER_LINK_KEYS";
        const HINT: &str = "write NAME:KEY; `openssl rand -base64 32` makes a key";
        let Some(text) = self.secret(NAME) else {
            return Vec::new();
        };
        let mut keys: Vec<LinkKey> = Vec::new();
        for (index, part) in text.expose_secret().split(',').enumerate() {
            match LinkKey::parse(part) {
                Ok(key) if keys.iter().any(|known| known.id == key.id) => {
                    self.error(
                        NAME,
                        format!("two keys are called `{}`", key.id),
                        "give each key its own name",
                    );
                }
                Ok(key) => keys.push(key),
                Err(UnfitKey::Guessable) => {
                    let problem = format!("key {} can be guessed: whoever does makes links", index + 1);
                    self.error(NAME, problem, HINT);
                }
                Err(UnfitKey::NoKey) => {
                    let problem = format!(
                        "key {} is no name of up to 16 letters, a colon and at least {} bytes in base64",
                        index + 1,
                        LinkKey::MIN_BYTES
                    );
                    self.error(NAME, problem, HINT);
                }
            }
        }
        keys
    }

    fn schedule(&mut self, name: &str) -> String {
        let text = self.text(name);
        let hint = || {
            format!(
                "six fields (second minute hour day month weekday), such as `{}`",
                settings_table::default_of(name)
            )
        };
        match text.parse::<TimerSchedule>() {
            Err(problem) => self.error(name, problem.to_string(), hint()),
            Ok(schedule) if schedule.next_after(DateTime::UNIX_EPOCH).is_none() => {
                self.error(name, format!("`{text}` names a day that never comes"), hint());
            }
            Ok(_) => {}
        }
        text
    }
}

#[cfg(test)]
mod tests;
