//! From the file as written to a [`Configuration`]: everything is parsed, everything that is wrong is said at once.

mod collector;
mod preferences;
mod recipients;
mod routes;
mod sections;

use std::collections::{BTreeMap, BTreeSet};

use super::configuration::Configuration;
use super::environment::Environment;
use super::file::File;
use super::finding::{ConfigPath, Finding};
use super::source::SourceText;
use super::vault::VaultSecrets;
use super::version;
use crate::domain::routing::{OwnerRules, Policy};

pub(super) use collector::Collector;
pub(super) use recipients::path_of as recipients_path;

/// Where webhook addresses come from.
#[derive(Debug, Clone, Copy)]
pub enum Secrets<'environment> {
    /// They are resolved, and a missing one is an error.
    Resolve {
        /// Where `env:` looks.
        environment: &'environment Environment,
        /// What was read for `kv:`.
        vault: &'environment VaultSecrets,
        /// Whether addresses may be http or private.
        allow_private: bool,
    },
    /// They are left alone: for commands that send nothing.
    Leave,
}

/// Builds the configuration that `file`, read from `source`, describes.
///
/// # Errors
/// Everything that is wrong with it.
pub fn build(
    file: &File,
    source: &SourceText<'_>,
    secrets: Secrets<'_>,
) -> Result<Configuration, Vec<Finding>> {
    let mut collector = Collector::new(source);
    let defaults = preferences::of_defaults(&file.defaults, &mut collector);
    let built = recipients::build(&file.recipients, &defaults, secrets, &mut collector);
    let names = built.names();

    let owners_path = ConfigPath::of("owners");
    let person_webhook = file.owners.person_webhook.as_ref();
    let person_address = person_webhook.and_then(|reference| {
        recipients::webhook(reference, &owners_path.key("person_webhook"), secrets, &mut collector)
    });
    let owners = OwnerRules {
        tags: file.owners.tags.clone(),
        allowed_domains: sections::domains(&file.owners, &mut collector),
        suffix: sections::suffix(&file.owners, &mut collector),
        person_chat: person_webhook.is_some(),
        directory: file.owners.directory,
        role_assignments: file.owners.role_assignments,
    };
    if owners.role_assignments && !owners.directory {
        collector.error_with_hint(
            &owners_path.key("role_assignments"),
            "names people by ids, which only the directory can tell apart",
            "add directory = true",
        );
    }

    let fallback_path = ConfigPath::of("defaults").key("fallback");
    let fallback = collector.names(&fallback_path, &file.defaults.fallback, &names);
    if file.defaults.fallback.is_empty() {
        collector.error_with_hint(
            &fallback_path,
            "is empty: nobody would hear of machines without an owner, or of trouble",
            "name a recipient of your own team: fallback = [\"platform\"]",
        );
    }
    let policy = Policy {
        // The section [safety] says whether there is one.
        diversion: None,
        version: version::of(file),
        owners,
        recipients: built.recipients,
        routes: routes::routes(&file.routes, &names, &mut collector),
        silences: routes::silences(&file.silences, &mut collector),
        fallback,
        escalation: recipients::escalation(file, &names, &mut collector),
        defaults,
    };
    let configuration = Configuration {
        policy,
        deputies: built.deputies,
        standing_orders: built.standing_orders,
        start: sections::start(&file.start, &mut collector),
        safety: sections::safety(&file.safety, &names, &mut collector),
        access: sections::access(&file.access, &mut collector),
        retention: sections::retention(&file.retention, &mut collector),
        webhooks: built.webhooks,
        person_webhook: person_address,
    };
    collector.finish().map(|()| configuration)
}

/// The configured names, by the name itself.
type Names = BTreeSet<String>;

/// Something for each recipient that has it.
type ByName<T> = BTreeMap<crate::domain::recipient::RecipientName, T>;

#[cfg(test)]
mod tests;
