//! What an operator should look at: what is wrong, where, and the way out.

use crate::domain::message::Trouble;

use super::super::foreign::one_line;
use super::NAME;
use super::why::refused_owner;

/// The trouble in some words.
pub(in crate::render) fn title(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Unseen { scope, .. } => format!("{} can no longer be read", one_line(scope, NAME)),
        Trouble::Unreadable { what, .. } => format!("Unreadable: {}", one_line(what, NAME)),
        Trouble::Undeliverable { recipient, .. } => {
            format!("{} cannot be reached", one_line(recipient.as_str(), NAME))
        }
        Trouble::Service { service, .. } => format!("Trouble with {}", one_line(service, NAME)),
        Trouble::RefusedOwner { resource, .. } => {
            format!("Owner of {} refused", one_line(short(resource), NAME))
        }
        Trouble::Configuration { .. } => "The configuration cannot be used".to_owned(),
        Trouble::Stale { .. } => "No look at Azure has succeeded for too long".to_owned(),
        Trouble::Poisoned { function, .. } => {
            format!("A message for {} failed for good", one_line(function, NAME))
        }
    }
}

/// What happened, and the way out.
pub(in crate::render) fn detail(trouble: &Trouble, zone: chrono_tz::Tz) -> String {
    match trouble {
        Trouble::Unseen { reason, .. } => format!(
            "{} Nothing in it ends or changes until it can be read again. Check the notifier’s role assignment there.",
            sentence(reason)
        ),
        Trouble::Unreadable { problem, .. } => {
            format!("{} The record was set aside; everything else was processed.", sentence(problem))
        }
        Trouble::Undeliverable { endpoint, error, .. } => format!(
            "Sending to {} failed for good: {} The fallback is told instead. Correct the address, the tag that names \
             it, or the flow.",
            one_line(&endpoint.to_string(), NAME),
            sentence(error)
        ),
        Trouble::Service { error, .. } => {
            format!("{} Messages wait and are tried again; check how it is set up.", sentence(error))
        }
        Trouble::RefusedOwner { owner, .. } => refused_owner(owner),
        Trouble::Configuration { problem } => format!(
            "{} The last valid configuration stays in force until it is corrected. `maintenance-notifier check` says \
             everything that is wrong.",
            sentence(problem)
        ),
        Trouble::Stale { since } => format!(
            "The last success was on {}. New maintenance is not noticed until this works again. Look at the log of \
             the function collect.",
            super::super::times::both(zone, *since)
        ),
        Trouble::Poisoned { payload, .. } => format!(
            "It is kept in the poison queue: {} Look at the function’s log for the reason.",
            sentence(payload)
        ),
    }
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
