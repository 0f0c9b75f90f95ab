//! What an operator should look at: what is wrong, where, and a hint.

use super::machine::NAME;
use super::numbers::choose;
use super::scope as scope_words;
use super::why::refused_owner;
use crate::domain::endpoint::Endpoint;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::sanitize::one_line;

/// The operator alert in some words.
pub(crate) fn title(operator_alert: &OperatorAlert) -> String {
    match operator_alert {
        OperatorAlert::Unseen { scope, .. } => format!("{} can no longer be read", one_line(scope, NAME)),
        OperatorAlert::Unreadable { what, .. } => format!("Unreadable: {}", one_line(what, NAME)),
        OperatorAlert::Undeliverable { recipient, unknown: true, .. } => {
            format!("A message may not have reached {}", one_line(recipient.as_str(), NAME))
        }
        OperatorAlert::Undeliverable { endpoint: Endpoint::Chat { .. }, .. } => {
            "The Teams flow that posts to people takes no cards".to_owned()
        }
        OperatorAlert::Undeliverable { recipient, .. } => {
            format!("{} cannot be reached", one_line(recipient.as_str(), NAME))
        }
        OperatorAlert::LookUp { service, .. } => {
            format!("Owners cannot be looked up in {}", one_line(service, NAME))
        }
        OperatorAlert::Service { service, .. } => format!("Trouble with {}", one_line(service, NAME)),
        OperatorAlert::RefusedOwner { resource, .. } => {
            format!("Owner of {} refused", one_line(short(resource), NAME))
        }
        OperatorAlert::Configuration { .. } => "The configuration cannot be used".to_owned(),
        OperatorAlert::Unanchored { .. } => "The record of starts cannot be anchored".to_owned(),
        OperatorAlert::NoStarts { scope, .. } => {
            format!("Maintenance in {} cannot be started from messages", one_line(scope, NAME))
        }
        OperatorAlert::StartNotKnown { resource, .. } => {
            format!("It is not known what became of the start of {}", one_line(short(resource), NAME))
        }
        OperatorAlert::StartEnded { resource, .. } => {
            format!("The start of {} from the command line ended", one_line(short(resource), NAME))
        }
        OperatorAlert::Stale { .. } => "No look at Azure has succeeded for too long".to_owned(),
        OperatorAlert::Held { hold } => {
            let messages = counted(hold.waiting, "message is", "messages are");
            format!("{messages} held: far more than usual")
        }
        OperatorAlert::SilenceEnds { of, reason, .. } => match of {
            Some(scope) => format!("Your silence about {} ends soon", scope_words(scope)),
            None => format!("A silence of the configuration ends soon: “{}”", one_line(reason, 60)),
        },
        OperatorAlert::Poisoned { function, .. } => {
            format!("A message for {} failed for good", one_line(function, NAME))
        }
    }
}

/// What happened, and a hint.
pub(crate) fn detail(operator_alert: &OperatorAlert, zone: crate::domain::time_zone::Tz) -> String {
    match operator_alert {
        OperatorAlert::Unseen { reason, .. } => format!(
            "{} Nothing in it ends or changes until it can be read again. Check the notifier’s role assignment there.",
            sentence(reason)
        ),
        OperatorAlert::Unreadable { problem, .. } => {
            format!("{} The record was set aside; everything else was processed.", sentence(problem))
        }
        OperatorAlert::Undeliverable { endpoint, error, unknown: true, .. } => format!(
            "Sending to {}: {} Nothing more is tried, since each attempt can be another copy. Their next message says \
             that one may be missing. See `maintenance-notifier outbox`, and `outbox retry ID --even-if-in-doubt` to \
             send it all the same.",
            one_line(&endpoint.to_string(), NAME),
            sentence(error)
        ),
        OperatorAlert::Undeliverable { endpoint: endpoint @ Endpoint::Teams { .. }, error, .. } => format!(
            "Posting to {} failed: {} Its mail addresses are told as before, and where it has none the fallback is. \
             Switch the flow on again in Power Automate, or make a new one and enter its address in the \
             configuration: a new address is used at once, the old one is tried again once a week.",
            one_line(&endpoint.to_string(), NAME),
            sentence(error)
        ),
        OperatorAlert::Undeliverable { endpoint: Endpoint::Chat { .. }, error, .. } => format!(
            "{} People are told by mail as always. Switch the flow on again in Power Automate, or make a new one and \
             enter its address as owners.person_webhook; the next message tries it again.",
            sentence(error)
        ),
        OperatorAlert::Undeliverable { endpoint, error, .. } => format!(
            "Sending to {} failed for good: {} The fallback is told instead. Correct the address, the tag that names \
             it, or the flow.",
            one_line(&endpoint.to_string(), NAME),
            sentence(error)
        ),
        OperatorAlert::LookUp { error, .. } => format!(
            "{} The last answers count, and names that were never looked up are taken as they stand.",
            sentence(error)
        ),
        OperatorAlert::Service { error, .. } => {
            format!("{} Messages wait and are tried again; check how it is set up.", sentence(error))
        }
        OperatorAlert::RefusedOwner { owner, .. } => refused_owner(owner),
        OperatorAlert::Configuration { problem } => format!(
            "{} The last valid configuration stays in force until it is corrected. `maintenance-notifier check` says \
             everything that is wrong.",
            sentence(problem)
        ),
        OperatorAlert::Unanchored { error } => format!(
            "{} Starts go on and are recorded; but until this works again, nobody can show that the record was not written \
             anew. Check NOTIFIER_AUDIT_CONTAINER and the role of the app’s identity on that container.",
            sentence(error)
        ),
        OperatorAlert::NoStarts { error, .. } => format!(
            "{} Pages lead to Azure’s portal there for a day; then it is tried again. Give the identity that starts the role \
             for it there, or write start.enabled = false.",
            sentence(error)
        ),
        OperatorAlert::StartNotKnown { resource, since, .. } => format!(
            "Since {} a day has passed without a word of Azure. Nothing else of its availability set, scale set, cluster \
             or rolling plan is started, and neither is it again, until Azure says how it ended, the machine’s own record \
             lets it be started again, or its window ends. When you know that nothing runs any more: \
             `maintenance-notifier start {} --release`.",
            super::super::times::both(zone, *since),
            one_line(short(resource), NAME)
        ),
        OperatorAlert::StartEnded { outcome, .. } => sentence(outcome),
        OperatorAlert::Stale { since } => format!(
            "The last success was on {}. New maintenance is not noticed until this works again. Look at the log of \
             the function CollectMaintenance.",
            super::super::times::both(zone, *since)
        ),
        OperatorAlert::Held { hold } => format!(
            "{} to be sent for the first time, after {} in the 24 hours before; a usual day has {}, and {} are sent \
             without asking. Those with a deadline within 72 hours go all the same, each of the others when its \
             deadline is that near. `maintenance-notifier outbox` shows them; `maintenance-notifier outbox release` \
             lets them go.",
            counted(hold.waiting, "message was waiting", "messages were waiting"),
            hold.sent,
            hold.usual,
            hold.allowed
        ),
        OperatorAlert::SilenceEnds { of, said, until, reason, open, count } => {
            let asked = match (of, said) {
                (Some(_), Some(said)) => format!(
                    "You asked for it on {}, because “{}”. ",
                    super::super::times::day(zone, *said),
                    one_line(reason, 200)
                ),
                _ => String::new(),
            };
            format!(
                "{asked}It ends on {}. {} Whoever wants it to last longer {}.",
                super::super::times::both(zone, *until),
                underneath(open, *count),
                match of {
                    Some(_) => "says so again, with the link in any message about these machines",
                    None => "changes its end in the configuration",
                }
            )
        }
        OperatorAlert::Poisoned { payload, .. } => format!(
            "It is kept: {} Look at the function’s log for the reason; `maintenance-notifier outbox` shows it and how \
             to put it back.",
            sentence(payload)
        ),
    }
}

/// What is open although nobody hears of it.
fn underneath(open: &[String], count: usize) -> String {
    if count == 0 {
        return "No window is open underneath.".to_owned();
    }
    let names: Vec<String> = open.iter().map(|name| one_line(name, NAME)).collect();
    let more = count.saturating_sub(names.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{} open underneath: {}{more}.", counted(count, "window is", "windows are"), names.join(", "))
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", choose(count, one, many))
}

/// A foreign text as a sentence that ends.
fn sentence(text: &str) -> String {
    let line = one_line(text, 400);
    if line.ends_with(['.', '!', '?', '…']) { line } else { format!("{line}.") }
}

/// The last part of a resource id, which is how people know it.
fn short(resource: &str) -> &str {
    resource.rsplit('/').find(|part| !part.is_empty()).unwrap_or(resource)
}
