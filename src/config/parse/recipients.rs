//! The configured recipients, with where their messages go.

use secrecy::SecretString;

use super::names::{ByName, Names};
use super::secrets::Secrets;
use super::{Collector, preferences, routes};
use crate::config::file::{File, RecipientEntry};
use crate::config::finding::ConfigPath;
use crate::config::reference::WebhookReference;
use crate::domain::email_address::EmailAddress;
use crate::domain::escalation_steps::Escalation;
use crate::domain::recipient::{Preferences, Recipient, SummarySettings};
use crate::domain::recipient_name::RecipientName;
use crate::domain::schedule::{DigestSchedule, Hours};

/// What the `[[recipients]]` entries say.
#[derive(Default)]
pub(super) struct Recipients {
    pub(super) recipients: ByName<Recipient>,
    pub(super) deputies: ByName<Vec<EmailAddress>>,
    pub(super) standing_orders: ByName<Hours>,
    pub(super) webhooks: ByName<SecretString>,
    pub(super) left_out: ByName<String>,
}

impl Recipients {
    pub(super) fn names(&self) -> Names {
        self.recipients.keys().map(|name| name.as_str().to_owned()).collect()
    }
}

/// Where the recipient entry stands.
pub(in crate::config) fn path_of(index: usize, entry: &RecipientEntry) -> ConfigPath {
    ConfigPath::of("recipients").named_item(index, &entry.name)
}

pub(super) fn build(
    entries: &[RecipientEntry],
    defaults: &Preferences,
    secrets: Secrets<'_>,
    collector: &mut Collector<'_>,
) -> Recipients {
    let mut built = Recipients::default();
    for (index, entry) in entries.iter().enumerate() {
        let path = path_of(index, entry);
        let preferences = preferences::of_recipient(entry, defaults, &path, collector);
        let emails: Vec<EmailAddress> = collector.parse_each(&path.key("email"), &entry.email);
        let deputies: Vec<EmailAddress> = collector.parse_each(&path.key("deputies"), &entry.deputies);
        let teams = entry.teams.as_ref();
        let flow = teams
            .map(|teams| webhook(&teams.webhook, &path.key("teams").key("webhook"), secrets, collector))
            .unwrap_or_default();
        let standing_order = entry
            .maintenance_hours
            .as_ref()
            .and_then(|text| collector.parse::<Hours>(&path.key("maintenance_hours"), text));
        if entry.email.is_empty() && teams.is_none() {
            collector.error_with_hint(
                &path,
                "has neither `email` nor `teams`, so nothing can be sent to it",
                "add email = [\"team@contoso.com\"]",
            );
        }
        let Some(name) = collector.parse::<RecipientName>(&path.key("name"), &entry.name) else {
            continue;
        };
        let twin = built.recipients.keys().find(|known| known.as_str().eq_ignore_ascii_case(name.as_str()));
        if let Some(twin) = twin {
            let problem =
                format!("another recipient is called `{twin}`, and upper and lower case are the same");
            collector.error_with_hint(
                &path.key("name"),
                problem,
                "give one of them another name, or join them",
            );
            continue;
        }
        let recipient = Recipient {
            name: name.clone(),
            emails: distinct(&path.key("email"), emails, collector),
            teams: teams.is_some(),
            chat: false,
            preferences,
            summary: summary(entry, &path, collector),
        };
        built.recipients.insert(name.clone(), recipient);
        if !deputies.is_empty() {
            built.deputies.insert(name.clone(), deputies);
        }
        built.standing_orders.extend(standing_order.map(|hours| (name.clone(), hours)));
        match flow {
            Flow::Usable(address) => drop(built.webhooks.insert(name.clone(), address)),
            Flow::LeftOut(why) => drop(built.left_out.insert(name.clone(), why)),
            Flow::None => {}
        }
    }
    built
}

/// What a reference to a flow comes to.
#[derive(Default)]
pub(super) enum Flow {
    Usable(SecretString),
    /// It cannot be used, and why.
    LeftOut(String),
    /// There is none, nobody wants to know it yet, or the collector has why it cannot be used.
    #[default]
    None,
}

/// The flow that `reference` at `path` leads to.
pub(super) fn webhook(
    reference: &WebhookReference,
    path: &ConfigPath,
    secrets: Secrets<'_>,
    collector: &mut Collector<'_>,
) -> Flow {
    let (environment, vault, allow_private, leaves_out) = match secrets {
        Secrets::Resolve { environment, vault, allow_private } => (environment, vault, allow_private, false),
        Secrets::ResolveUsable { environment, vault, allow_private } => {
            (environment, vault, allow_private, true)
        }
        Secrets::Leave => return Flow::None,
    };
    match reference.resolve(environment, vault, allow_private) {
        Ok(address) => address.map_or(Flow::None, Flow::Usable),
        Err(problem) if leaves_out => Flow::LeftOut(format!("{path}: {problem}")),
        Err(problem) => {
            collector.error_with_hint(path, problem.to_string(), problem.hint());
            Flow::None
        }
    }
}

/// When and of what the recipient wants a summary.
fn summary(
    entry: &RecipientEntry,
    path: &ConfigPath,
    collector: &mut Collector<'_>,
) -> Option<SummarySettings> {
    let of = entry.summary_match.clone().unwrap_or_default();
    let of = routes::matcher(&of, &path.key("summary_match"), collector);
    let Some(text) = &entry.summary else {
        if entry.summary_match.is_some() {
            let hint = "add when it is sent: summary = \"0 8 * * MON\"";
            collector.error_with_hint(&path.key("summary_match"), "stands without `summary`", hint);
        }
        return None;
    };
    let at: DigestSchedule = collector.parse(&path.key("summary"), text)?;
    (!at.is_never()).then_some(SummarySettings { at, of })
}

/// Whom to escalate to when nobody responds.
pub(super) fn escalation(file: &File, names: &Names, collector: &mut Collector<'_>) -> Escalation {
    let mut escalation = Escalation {
        before: collector.spans(&ConfigPath::of("defaults").key("escalate"), &file.defaults.escalate),
        ..Escalation::default()
    };
    for (index, entry) in file.recipients.iter().enumerate() {
        if let (Some(texts), Ok(name)) = (&entry.escalate, entry.name.parse()) {
            let path = path_of(index, entry).key("escalate");
            escalation.own.insert(name, collector.spans(&path, texts));
        }
        let Some(text) = &entry.escalate_to else { continue };
        let path = path_of(index, entry).key("escalate_to");
        let Some(to) = collector.name(&path, text, names) else {
            continue;
        };
        if to.as_str() == entry.name.trim() {
            let hint = "name somebody else, or leave it out";
            collector.error_with_hint(&path, "turns to the same recipient again", hint);
        } else if let Ok(from) = entry.name.parse() {
            escalation.to.insert(from, to);
        }
    }
    escalation
}

fn distinct(
    path: &ConfigPath,
    emails: Vec<EmailAddress>,
    collector: &mut Collector<'_>,
) -> Vec<EmailAddress> {
    let mut distinct: Vec<EmailAddress> = Vec::with_capacity(emails.len());
    for address in emails {
        if distinct.contains(&address) {
            collector.error(path, format!("names {address} twice"));
        } else {
            distinct.push(address);
        }
    }
    distinct
}
