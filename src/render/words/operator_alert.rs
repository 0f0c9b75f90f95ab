//! What an operator should look at: what is wrong and where, those that are alike as one.

use super::super::times;
use super::alert_detail::detail;
use super::machine::NAME;
use super::sentences::sentences;
use super::settings;
use crate::domain::endpoint::Endpoint;
use crate::domain::observation::UnseenCause;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::resource::{ResourceId, same_id};
use crate::domain::sanitize::one_line;
use crate::words::{self, Language, Locale, list};

/// The most characters of a name together with its place.
const PLACED: usize = 160;

/// The operator alert in some words.
pub(crate) fn title(operator_alert: &OperatorAlert, reader: Locale) -> String {
    let language = reader.language;
    let placed = |scope: &str| one_line(&full(scope, language), PLACED);
    match operator_alert {
        OperatorAlert::Unseen { scope, cause, .. } => {
            let scope = placed(scope);
            match cause {
                UnseenCause::NoRights => words::alert_no_rights(language, &scope),
                UnseenCause::SubscriptionGone => words::alert_gone(language, &scope),
                UnseenCause::InPart => words::alert_in_part(language, &scope),
                UnseenCause::NoAnswer | UnseenCause::NotThere => words::alert_no_answer(language, &scope),
            }
        }
        OperatorAlert::Unreadable { what, .. } => words::alert_unreadable(language, &one_line(what, PLACED)),
        OperatorAlert::Undeliverable { recipient, unknown: true, .. } => {
            words::alert_in_doubt(language, &one_line(recipient.as_str(), NAME))
        }
        OperatorAlert::Undeliverable { endpoint: Endpoint::Chat { .. }, .. } => words::alert_chat(language),
        OperatorAlert::Undeliverable { recipient, .. } => {
            words::alert_undeliverable(language, &one_line(recipient.as_str(), NAME))
        }
        OperatorAlert::LookUp { service, .. } => words::alert_look_up(language, &one_line(service, NAME)),
        OperatorAlert::Service { service, .. } => words::alert_service(language, &one_line(service, NAME)),
        OperatorAlert::RefusedOwner { resource, .. } => {
            words::alert_refused_owner(language, &placed(resource))
        }
        OperatorAlert::Configuration { .. } => words::alert_configuration(language),
        OperatorAlert::Unanchored { .. } => words::alert_unanchored(language),
        OperatorAlert::NoStarts { scope, .. } => words::alert_no_starts(language, &one_line(scope, NAME)),
        OperatorAlert::StartNotKnown { resource, .. } => {
            words::alert_start_not_known(language, &placed(resource))
        }
        OperatorAlert::StartEnded { resource, .. } => words::alert_start_ended(language, &placed(resource)),
        OperatorAlert::Stale { since } => words::alert_stale(language, &times::day_and_time(reader, *since)),
        OperatorAlert::Passed { count, .. } => {
            words::alert_passed(language, &words::machines(language, *count))
        }
        OperatorAlert::AnnouncedElsewhere { count, .. } => words::alert_elsewhere(language, *count),
        OperatorAlert::Held { hold } => words::alert_held(language, hold.waiting),
        OperatorAlert::Repeats { recipient, .. } => {
            words::alert_repeats(language, &one_line(recipient.as_str(), NAME))
        }
        OperatorAlert::SilenceEnds { of, reason, .. } => match of {
            Some(scope) => words::alert_mute_ends(language, &settings::scope(language, scope)),
            None => words::alert_silence_ends(language, &one_line(reason, 60)),
        },
        OperatorAlert::Poisoned { function, .. } => {
            words::alert_poisoned(language, &one_line(function, NAME))
        }
    }
}

/// A resource by its name, its group and its subscription; another scope as it is written.
fn full(scope: &str, language: Language) -> String {
    if let Ok(id) = ResourceId::parse(scope) {
        return id.full_name();
    }
    let parts: Vec<&str> = scope.trim_start_matches('/').split('/').collect();
    match parts.as_slice() {
        [first, subscription] if same_id(first, "subscriptions") => {
            words::scope_subscription(language, subscription)
        }
        [first, subscription, _, group] if same_id(first, "subscriptions") => {
            words::scope_resource_group(language, group, subscription)
        }
        _ => scope.to_owned(),
    }
}

/// Several alerts of one kind, reported as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AlertBlock {
    pub(crate) title: String,
    pub(crate) detail: String,
}

/// How many of those that are alike are named.
const ALIKE: usize = 10;

/// What operators should look at, those that are alike together, in the order of the first of each.
pub(crate) fn blocks(alerts: &[OperatorAlert], reader: impl Into<Locale>) -> Vec<AlertBlock> {
    let reader = reader.into();
    let mut groups: Vec<(Option<String>, Vec<&OperatorAlert>)> = Vec::new();
    for alert in alerts {
        let kind = alike(alert);
        match groups.iter_mut().find(|(known, _)| kind.is_some() && *known == kind) {
            Some((_, group)) => group.push(alert),
            None => groups.push((kind, vec![alert])),
        }
    }
    let block = |(_, group): (_, Vec<&OperatorAlert>)| {
        let (first, others) = group.split_first()?;
        let block = AlertBlock { title: title(first, reader), detail: detail(first, reader) };
        if others.is_empty() {
            return Some(block);
        }
        let names: Vec<String> = others.iter().map(|alert| name(alert, reader)).collect();
        let names = list(reader.language, &names, ALIKE);
        Some(AlertBlock {
            title: words::alike(reader.language, others.len(), &block.title),
            detail: sentences([block.detail, words::alike_names(reader.language, &names)]),
        })
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
fn name(alert: &OperatorAlert, reader: Locale) -> String {
    match alert {
        OperatorAlert::Unseen { scope, .. } | OperatorAlert::NoStarts { scope, .. } => {
            one_line(&full(scope, reader.language), PLACED)
        }
        OperatorAlert::Unreadable { what, .. } => one_line(what, PLACED),
        OperatorAlert::RefusedOwner { resource, .. } => one_line(&full(resource, reader.language), PLACED),
        other => title(other, reader),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time_zone::Tz;

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
