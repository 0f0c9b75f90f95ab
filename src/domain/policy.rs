//! The part of the configuration that decides who is notified of what.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::time_zone::Tz;
use chrono::{DateTime, Utc};

use super::config_version::ConfigVersion;
use super::email_address::EmailAddress;
use super::endpoint::Endpoint;
use super::escalation_steps::Escalation;
use super::matcher::Matcher;
use super::person::FORGOTTEN_DOMAIN;
use super::recipient_name::RecipientName;
use crate::domain::recipient::{Preferences, Recipient};

/// One route of the configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    pub matcher: Matcher,
    pub to: Vec<RecipientName>,
    /// Whether later routes are left out when it applies.
    pub stop: bool,
}

/// A silence of the configuration: nobody is notified while it lasts.
#[derive(Debug, Clone, PartialEq)]
pub struct Silence {
    pub matcher: Matcher,
    pub until: DateTime<Utc>,
    pub reason: String,
}

/// How people named in tags are found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OwnerRules {
    /// The tags that name them, in order of preference.
    pub tags: Vec<String>,
    /// The domains of the addresses that may be notified; empty allows every domain.
    pub allowed_domains: BTreeSet<String>,
    /// What completes a bare name to an address: `@contoso.com`.
    pub suffix: Option<String>,
    /// Whether there is a Teams flow that posts to a person by address.
    pub person_chat: bool,
    pub directory: bool,
    pub role_assignments: bool,
}

/// A rehearsal with real facts: only some are notified, and what was meant for the others goes elsewhere, marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diversion {
    pub pilot: BTreeSet<RecipientName>,
    pub divert_to: Vec<RecipientName>,
}

/// The part of the configuration that decides who is notified of what.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    pub version: ConfigVersion,
    pub owners: OwnerRules,
    pub recipients: BTreeMap<RecipientName, Recipient>,
    /// In order: one that stops leaves out those after it.
    pub routes: Vec<Route>,
    pub silences: Vec<Silence>,
    /// Who is notified when nobody else is found. They are the operators too.
    pub fallback: Vec<RecipientName>,
    pub escalation: Escalation,
    pub defaults: Preferences,
    /// Set during a pilot.
    pub diversion: Option<Diversion>,
}

impl Policy {
    /// The recipient called `name`: as configured, or a person when the name is an address.
    pub fn recipient(&self, name: &RecipientName) -> Option<Recipient> {
        self.recipients.get(name).cloned().or_else(|| {
            let address: EmailAddress = name.as_str().parse().ok()?;
            // Whoever was forgotten cannot be reached.
            (address.domain() != FORGOTTEN_DOMAIN).then(|| Recipient {
                name: name.clone(),
                emails: vec![address],
                teams: false,
                chat: self.owners.person_chat,
                preferences: self.defaults.clone(),
                summary: None,
            })
        })
    }

    /// Whom a window may be handed to under the name or address `text`: a configured recipient, or a person of one of
    /// the [`Policy::domains`].
    pub fn successor(&self, text: &str, sender: &EmailAddress) -> Option<RecipientName> {
        let named = text.parse::<RecipientName>().ok().filter(|name| self.recipients.contains_key(name));
        named.or_else(|| {
            let address: EmailAddress = text.parse().ok()?;
            self.domains(sender).contains(address.domain()).then(|| self.with_address(&address))
        })
    }

    /// Whoever has this address: a configured recipient, with its preferences, or the person of that address.
    pub fn with_address(&self, address: &EmailAddress) -> RecipientName {
        let known = self.recipients.values().find(|recipient| recipient.emails.first() == Some(address));
        known.map_or_else(|| RecipientName::from(address), |recipient| recipient.name.clone())
    }

    /// The domains of those who count as people of the organisation: the allowed ones, and where none are set, those of
    /// the configured recipients and of the `sender`.
    pub fn domains<'a>(&'a self, sender: &'a EmailAddress) -> BTreeSet<&'a str> {
        if !self.owners.allowed_domains.is_empty() {
            return self.owners.allowed_domains.iter().map(String::as_str).collect();
        }
        let emails = self.recipients.values().flat_map(|recipient| &recipient.emails);
        emails.chain([sender]).map(EmailAddress::domain).collect()
    }

    /// During a pilot: where messages to `name` go instead. `None` when they go where they are meant to.
    pub fn diverted(&self, name: &RecipientName) -> Option<Vec<Endpoint>> {
        let diversion = self.diversion.as_ref()?;
        if diversion.pilot.contains(name) || diversion.divert_to.contains(name) {
            return None;
        }
        let recipients = diversion.divert_to.iter().filter_map(|name| self.recipient(name));
        Some(recipients.flat_map(|recipient| recipient.endpoints()).collect())
    }

    /// Whom messages reach: everybody, or during a pilot the names of those who get their own.
    pub fn reached(&self) -> String {
        let Some(diversion) = &self.diversion else { return "everybody".to_owned() };
        let names: BTreeSet<&str> =
            diversion.pilot.iter().chain(&diversion.divert_to).map(RecipientName::as_str).collect();
        names.into_iter().collect::<Vec<_>>().join(", ")
    }

    /// Whether `name` belongs to the fallback, whose members are the operators.
    pub fn is_operator(&self, name: &RecipientName) -> bool {
        self.fallback.contains(name)
    }

    /// The zone of the defaults: "another local date" is judged by it.
    pub fn zone(&self) -> Tz {
        self.defaults.timezone
    }
}
