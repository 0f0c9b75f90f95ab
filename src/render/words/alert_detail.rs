//! What an operator alert says below its title: what happened, and a hint.

use super::super::times;
use super::machine::NAME;
use super::sentences::sentences;
use super::why::refused_owner;
use crate::domain::endpoint::Endpoint;
use crate::domain::held_for::HeldFor;
use crate::domain::observation::UnseenCause;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::resource::ResourceId;
use crate::domain::sanitize::one_line;
use crate::words::{self, Language, Locale, list};

/// What happened, and a hint.
pub(crate) fn detail(operator_alert: &OperatorAlert, reader: Locale) -> String {
    let language = reader.language;
    let both = |moment| times::both(reader, moment);
    match operator_alert {
        OperatorAlert::Unseen { reason, cause, .. } => {
            let hint = match cause {
                UnseenCause::NoRights => words::detail_no_rights(language),
                UnseenCause::SubscriptionGone => words::detail_gone(language),
                UnseenCause::InPart => words::detail_in_part(language),
                UnseenCause::NoAnswer | UnseenCause::NotThere => words::detail_no_answer(language),
            };
            sentences([sentence(reason), hint])
        }
        OperatorAlert::Unreadable { problem, .. } => {
            sentences([sentence(problem), words::detail_unreadable(language)])
        }
        OperatorAlert::Undeliverable { endpoint, error, unknown, .. } => {
            let address = one_line(&endpoint.to_string(), NAME);
            match (unknown, endpoint) {
                (true, _) => words::detail_in_doubt(language, &address, &sentence(error)),
                (_, Endpoint::Teams { .. }) => words::detail_teams(language, &address, &sentence(error)),
                (_, Endpoint::Chat { .. }) => words::detail_chat(language, &sentence(error)),
                _ => words::detail_undeliverable(language, &address, &sentence(error)),
            }
        }
        OperatorAlert::LookUp { error, .. } => words::detail_look_up(language, &sentence(error)),
        OperatorAlert::Service { error, .. } => words::detail_service(language, &sentence(error)),
        OperatorAlert::RefusedOwner { owner, .. } => refused_owner(language, owner),
        OperatorAlert::Configuration { problem } => words::detail_configuration(language, &sentence(problem)),
        OperatorAlert::Unanchored { error } => words::detail_unanchored(language, &sentence(error)),
        OperatorAlert::NoStarts { error, .. } => words::detail_no_starts(language, &sentence(error)),
        OperatorAlert::StartNotKnown { resource, since, .. } => {
            words::detail_start_not_known(language, &one_line(resource, 300), &both(*since))
        }
        OperatorAlert::StartEnded { outcome, .. } => sentence(outcome),
        OperatorAlert::Stale { since } => words::detail_stale(language, &both(*since)),
        OperatorAlert::Passed { subscription, until, machines, count } => words::detail_passed(
            language,
            &resources(machines, *count, language),
            &subscription.to_string(),
            &both(*until),
        ),
        OperatorAlert::AnnouncedElsewhere { subscription, tracking_ids, from, until, machines, count } => {
            let when = match (from, until) {
                (Some(from), Some(until)) => words::elsewhere_between(language, &both(*from), &both(*until)),
                (_, Some(until)) => words::elsewhere_until(language, &both(*until)),
                _ => String::new(),
            };
            let ids: Vec<String> = tracking_ids.iter().map(|id| one_line(id, 40)).collect();
            let under = match ids.as_slice() {
                [] => String::new(),
                ids => words::elsewhere_ids(language, &ids.join(", ")),
            };
            let names = resources(machines, *count, language);
            words::detail_elsewhere(language, &names, &subscription.to_string(), &under, &when)
        }
        OperatorAlert::Held { hold } => sentences([
            words::detail_held(language, hold.allowed, hold.sent, hold.usual, hold.waiting),
            words::detail_held_end(language),
        ]),
        OperatorAlert::Repeats { message, why, .. } => {
            let why = match why {
                HeldFor::TooMany => words::detail_too_many(language),
                HeldFor::ToldBefore => words::detail_told_before(language),
            };
            words::detail_repeats(language, &message.to_string(), &why)
        }
        OperatorAlert::SilenceEnds { of, said, until, reason, open, count } => {
            let asked = said.filter(|_| of.is_some()).map(|said| {
                words::detail_mute_asked(language, &times::day(reader, said), &one_line(reason, 200))
            });
            let again = match of {
                Some(_) => words::detail_mute_again(language),
                None => words::detail_silence_again(language),
            };
            let ends = words::detail_mute_ends(language, &both(*until));
            sentences(asked.into_iter().chain([ends, underneath(open, *count, language), again]))
        }
        OperatorAlert::Poisoned { payload, .. } => words::detail_poisoned(language, &sentence(payload)),
    }
}

/// Names of which there are `count` in all.
fn named(names: Vec<String>, count: usize, language: Language) -> String {
    match count.saturating_sub(names.len()) {
        0 => list(language, &names, names.len()),
        more => words::list_more(language, more, &names.join(", ")),
    }
}

/// Resources with their groups, since names alone are not theirs only, and how many more there are.
fn resources(ids: &[ResourceId], count: usize, language: Language) -> String {
    let name = |id: &ResourceId| {
        words::in_group(language, &one_line(id.resource_group(), NAME), &one_line(&id.display_name(), NAME))
    };
    named(ids.iter().map(name).collect(), count, language)
}

/// What is open although nobody hears of it.
fn underneath(open: &[String], count: usize, language: Language) -> String {
    if count == 0 {
        return words::underneath_none(language);
    }
    let names = open.iter().map(|name| one_line(name, NAME)).collect();
    words::underneath(language, count, &named(names, count, language))
}

/// A foreign text as a sentence that ends.
fn sentence(text: &str) -> String {
    let line = one_line(text, 400);
    if line.ends_with(['.', '!', '?', '…']) { line } else { format!("{line}.") }
}
