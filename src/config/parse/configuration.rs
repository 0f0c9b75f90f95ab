//! The whole file as a configuration.

use super::collector::Collector;
use super::recipients::Flow;
use super::secrets::Secrets;
use super::{preferences, recipients, routes, sections};
use crate::config::configuration::{Configuration, LeftOutFlows};
use crate::config::file::File;
use crate::config::finding::{ConfigPath, Finding};
use crate::config::source::SourceText;
use crate::config::version;
use crate::domain::policy::{OwnerRules, Policy};

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
    let to_persons = person_webhook
        .map(|reference| {
            recipients::webhook(reference, &owners_path.key("person_webhook"), secrets, &mut collector)
        })
        .unwrap_or_default();
    let (person_address, persons) = match to_persons {
        Flow::Usable(address) => (Some(address), None),
        Flow::LeftOut(why) => (None, Some(why)),
        Flow::None => (None, None),
    };
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
        left_out: LeftOutFlows { channels: built.left_out, persons },
    };
    collector.finish().map(|()| configuration)
}
