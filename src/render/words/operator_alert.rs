//! What an operator should look at: what is wrong, where, and a hint.

use super::machine::NAME;
use super::numbers::{choose, machines};
use super::scope as scope_words;
use super::why::refused_owner;
use crate::domain::endpoint::Endpoint;
use crate::domain::observation::UnseenCause;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::outbox_guard::HeldFor;
use crate::domain::resource::{ResourceId, same_id};
use crate::domain::sanitize::one_line;
use crate::domain::time_zone::Tz;

/// The most characters of a name together with its place.
const PLACED: usize = 160;

/// The operator alert in some words.
pub(crate) fn title(operator_alert: &OperatorAlert) -> String {
    match operator_alert {
        OperatorAlert::Unseen { scope, cause, .. } => {
            let scope = one_line(&full(scope), PLACED);
            match cause {
                UnseenCause::NoRights => format!("{scope} can no longer be read"),
                UnseenCause::SubscriptionGone => format!("{scope} is gone"),
                UnseenCause::InPart => format!("{scope} is known in part"),
                UnseenCause::NoAnswer | UnseenCause::NotThere => format!("{scope} could not be read"),
            }
        }
        OperatorAlert::Unreadable { what, .. } => format!("Unreadable: {}", one_line(what, PLACED)),
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
            format!("Owner of {} refused", one_line(&full(resource), PLACED))
        }
        OperatorAlert::Configuration { .. } => "The configuration cannot be used".to_owned(),
        OperatorAlert::Unanchored { .. } => "The record of starts cannot be anchored".to_owned(),
        OperatorAlert::NoStarts { scope, .. } => {
            format!("Maintenance in {} cannot be started from messages", one_line(scope, NAME))
        }
        OperatorAlert::StartNotKnown { resource, .. } => {
            format!("It is not known what became of the start of {}", one_line(&full(resource), PLACED))
        }
        OperatorAlert::StartEnded { resource, .. } => {
            format!("The start of {} from the command line ended", one_line(&full(resource), PLACED))
        }
        OperatorAlert::Stale { .. } => "No look at Azure has succeeded for too long".to_owned(),
        OperatorAlert::Passed { count, .. } => {
            format!("Dates passed, nothing known: maintenance of {}", machines(*count))
        }
        OperatorAlert::AnnouncedElsewhere { count, .. } => {
            format!("Announced by Azure, not shown by the {}", choose(*count, "machine", "machines"))
        }
        OperatorAlert::Held { hold } => {
            let messages = counted(hold.waiting, "message is", "messages are");
            format!("{messages} held: far more than usual")
        }
        OperatorAlert::Repeats { recipient, .. } => {
            format!("A message to {} is held", one_line(recipient.as_str(), NAME))
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
pub(crate) fn detail(operator_alert: &OperatorAlert, zone: Tz) -> String {
    match operator_alert {
        OperatorAlert::Unseen { reason, cause, .. } => format!(
            "{} {}",
            sentence(reason),
            match cause {
                UnseenCause::NoRights =>
                    "Nothing in it ends or changes until it can be read again. Check the notifier’s role assignment there.",
                UnseenCause::SubscriptionGone =>
                    "It was deleted, or moved to another tenant; no role is missing. Its open windows are told as they were last \
                     read, until their dates pass. If it moved, let a notifier there watch it; if NOTIFIER_SUBSCRIPTIONS names \
                     it, take it out.",
                UnseenCause::InPart =>
                    "What is known of it is told as it is; whoever only the missing part names is not.",
                UnseenCause::NoAnswer | UnseenCause::NotThere =>
                    "Nothing in it ends or changes meanwhile, and every look asks again: no role is missing.",
            }
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
            one_line(resource, 300)
        ),
        OperatorAlert::StartEnded { outcome, .. } => sentence(outcome),
        OperatorAlert::Stale { since } => format!(
            "The last success was on {}. New maintenance is not noticed until this works again. Look at the log of \
             the function CollectMaintenance.",
            super::super::times::both(zone, *since)
        ),
        OperatorAlert::Passed { subscription, until, machines, count } => format!(
            "{} in subscription {subscription}: the last date passed {}, and Azure has not said what became of the \
             maintenance. Look whether they restarted since their window began; `maintenance-notifier explain NAME` says \
             what is known of each.",
            resources(machines, *count),
            super::super::times::both(zone, *until)
        ),
        OperatorAlert::AnnouncedElsewhere { subscription, tracking_ids, from, until, machines, count } => {
            let between = match (from, until) {
                (Some(from), Some(until)) => format!(
                    " between {} and {}",
                    super::super::times::both(zone, *from),
                    super::super::times::both(zone, *until)
                ),
                (_, Some(until)) => format!(" until {}", super::super::times::both(zone, *until)),
                _ => String::new(),
            };
            let ids: Vec<String> = tracking_ids.iter().map(|id| one_line(id, 40)).collect();
            let under = if ids.is_empty() { String::new() } else { format!(" ({})", ids.join(", ")) };
            format!(
                "{} in subscription {subscription}: Azure announced maintenance{under}{between} a day ago, and the instance \
                 view shows nothing. The owners are told that once. Look at the event in Service Health; machines that \
                 were stopped, moved or redeployed since may not need it any more.",
                resources(machines, *count)
            )
        }
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
        OperatorAlert::Repeats { message, why, .. } => {
            let why = match why {
                HeldFor::TooMany => {
                    "It would be the seventh within an hour. What comes later goes into it, and it leaves when the hour \
                     is over."
                }
                HeldFor::ToldBefore => "Everything in it was told before.",
            };
            format!(
                "{why} This should not happen: please report it. `maintenance-notifier outbox` shows it; \
                 `maintenance-notifier outbox retry {message}` sends it all the same."
            )
        }
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

/// Resources with their groups, since names alone are not theirs only, and how many more there are.
fn resources(ids: &[ResourceId], count: usize) -> String {
    let name = |id: &ResourceId| {
        format!("{} in {}", one_line(&id.display_name(), NAME), one_line(id.resource_group(), NAME))
    };
    let names: Vec<String> = ids.iter().map(name).collect();
    let more = count.saturating_sub(names.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", names.join(", "))
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

/// A resource by its name, its group and its subscription; another scope as it is written.
fn full(scope: &str) -> String {
    if let Ok(id) = ResourceId::parse(scope) {
        return id.full_name();
    }
    let parts: Vec<&str> = scope.trim_start_matches('/').split('/').collect();
    match parts.as_slice() {
        [first, subscription] if same_id(first, "subscriptions") => format!("subscription {subscription}"),
        [first, subscription, _, group] if same_id(first, "subscriptions") => {
            format!("resource group {group} (subscription {subscription})")
        }
        _ => scope.to_owned(),
    }
}

/// Several alerts of one kind, told as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AlertBlock {
    pub(crate) title: String,
    pub(crate) detail: String,
}

/// How many of those that are alike are named.
const ALIKE: usize = 10;

/// What operators should look at, those that are alike together, in the order of the first of each.
pub(crate) fn blocks(alerts: &[OperatorAlert], zone: Tz) -> Vec<AlertBlock> {
    let mut groups: Vec<(Option<String>, Vec<&OperatorAlert>)> = Vec::new();
    for alert in alerts {
        let kind = alike(alert);
        match groups.iter_mut().find(|(known, _)| kind.is_some() && *known == kind) {
            Some((_, group)) => group.push(alert),
            None => groups.push((kind, vec![alert])),
        }
    }
    let block = |(_, group): (_, Vec<&OperatorAlert>)| {
        let first = group.first()?;
        let mut block = AlertBlock { title: title(first), detail: detail(first, zone) };
        if group.len() > 1 {
            block.title = format!("{} and {} more alike", block.title, group.len() - 1);
            let names: Vec<String> = group.iter().skip(1).take(ALIKE).map(|alert| name(alert)).collect();
            let more = group.len() - 1 - names.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            block.detail = format!("{} The same holds for {}{more}.", block.detail, names.join(", "));
        }
        Some(block)
    };
    groups.into_iter().filter_map(block).collect()
}

/// What makes alerts alike; nothing for those that stand alone.
fn alike(alert: &OperatorAlert) -> Option<String> {
    match alert {
        OperatorAlert::Unseen { reason, cause, .. } => {
            // `HTTP 403 AuthorizationFailed`: what follows names the scope and numbers of the request.
            let head = reason.split(':').next().unwrap_or_default();
            let head = if reason.starts_with("HTTP ") { head } else { reason };
            Some(format!("unseen {cause:?} {head}"))
        }
        OperatorAlert::Unreadable { problem, .. } => Some(format!("unreadable {problem}")),
        OperatorAlert::RefusedOwner { owner, .. } => Some(format!("refused {owner:?}")),
        OperatorAlert::NoStarts { error, .. } => {
            Some(format!("no starts {}", error.split(':').next().unwrap_or_default()))
        }
        _ => None,
    }
}

/// What an alert is about, among those that are alike.
fn name(alert: &OperatorAlert) -> String {
    match alert {
        OperatorAlert::Unseen { scope, .. } | OperatorAlert::NoStarts { scope, .. } => {
            one_line(&full(scope), PLACED)
        }
        OperatorAlert::Unreadable { what, .. } => one_line(what, PLACED),
        OperatorAlert::RefusedOwner { resource, .. } => one_line(&full(resource), PLACED),
        other => title(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_that_are_alike_are_one_block_and_each_names_where_it_is() {
        let id = |subscription: u8, group: &str| {
            format!(
                "/subscriptions/s{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/web-01"
            )
        };
        let unseen = |scope: String, reason: &str, cause| OperatorAlert::Unseen {
            scope,
            reason: reason.to_owned(),
            cause,
        };
        let mut alerts = vec![
            unseen(
                id(1, "rg-a"),
                "HTTP 403 AuthorizationFailed: over scope 1 (request 1)",
                UnseenCause::NoRights,
            ),
            unseen(id(2, "rg-a"), "loopback gave no answer: connection refused", UnseenCause::NoAnswer),
            unseen(
                id(1, "rg-b"),
                "HTTP 403 AuthorizationFailed: over scope 2 (request 2)",
                UnseenCause::NoRights,
            ),
            OperatorAlert::Configuration { problem: "It is wrong.".to_owned() },
        ];
        alerts.extend((3..30).map(|number| {
            unseen(id(number, "rg-a"), "HTTP 403 AuthorizationFailed: over another", UnseenCause::NoRights)
        }));
        let blocks = blocks(&alerts, Tz::UTC);
        let titles: Vec<&str> = blocks.iter().map(|block| block.title.as_str()).collect();
        assert_eq!(
            titles,
            [
                "web-01 (rg-a, subscription s1) can no longer be read and 28 more alike",
                "web-01 (rg-a, subscription s2) could not be read",
                "The configuration cannot be used",
            ]
        );
        assert!(blocks[0].detail.contains("role assignment"), "{}", blocks[0].detail);
        assert!(blocks[0].detail.contains("web-01 (rg-b, subscription s1), web-01 (rg-a, subscription s3)"));
        assert!(blocks[0].detail.ends_with(" and 18 more."), "{}", blocks[0].detail);
        assert!(blocks[1].detail.ends_with("no role is missing."), "{}", blocks[1].detail);
    }
}
