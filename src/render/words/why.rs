//! Why someone is notified, and what speaks against starting a maintenance oneself.

use super::machine::{NAME, name};
use crate::domain::message_content::ContentItem;
use crate::domain::owner_tags::is_template;
use crate::domain::reason::Reason;
use crate::domain::refused_owner::RefusedOwner;
use crate::domain::sanitize::one_line;
use crate::domain::start_cautions::StartCaution;
use crate::domain::tags::TagLevel;
use crate::words::{self, Language, list};

/// Why a recipient is notified, as a sentence.
pub(crate) fn reason(language: Language, reason: &Reason) -> String {
    let short = |text: &str| one_line(text, NAME);
    match reason {
        Reason::Tag { tag, level, value } => {
            words::reason_tag(language, &level_of(language, *level), &short(tag), &short(value))
        }
        Reason::Manager { tag, level, of } => {
            words::reason_manager(language, &level_of(language, *level), &short(of), &short(tag))
        }
        Reason::Member { tag, level, group } => {
            words::reason_member(language, &short(group), &level_of(language, *level), &short(tag))
        }
        Reason::Role { role, scope } => {
            let scope = short(scope.rsplit('/').next().unwrap_or(scope));
            words::reason_role(language, role.as_str(), &scope)
        }
        Reason::Route { number, matches } => {
            words::reason_route(language, &one_line(matches, 200), &number.to_string())
        }
        Reason::Fallback { tried } => {
            let tried: Vec<String> = tried.iter().map(|step| one_line(step, 160)).collect();
            match tried.as_slice() {
                [] => words::reason_fallback(language),
                steps => words::reason_fallback_tried(language, &steps.join("; ")),
            }
        }
        Reason::HandedOver { by, accepted: true } => words::reason_accepted(language, &short(by.as_str())),
        Reason::HandedOver { by, accepted: false } => words::reason_asked(language, &short(by.as_str())),
        Reason::Declined { by } => {
            let names: Vec<String> = by.iter().map(|name| short(name.as_str())).collect();
            words::reason_declined(language, &list(language, &names, 5))
        }
        Reason::Escalated { from, step } => {
            words::reason_escalated(language, &lead_time(language, *step), &short(from.as_str()))
        }
        Reason::Undeliverable { instead_of, endpoint, error } => words::reason_undeliverable(
            language,
            &short(&endpoint.to_string()),
            &one_line(error, 200),
            &short(instead_of.as_str()),
        ),
    }
}

/// How long before something, in days or hours where that is whole.
fn lead_time(language: Language, minutes: i64) -> String {
    let (count, unit) = match minutes {
        days if days % (24 * 60) == 0 => (days / (24 * 60), "days"),
        hours if hours % 60 == 0 => (hours / 60, "hours"),
        minutes => (minutes, "minutes"),
    };
    words::lead_time(language, usize::try_from(count).unwrap_or_default(), unit)
}

/// Who else is notified, as a sentence that says who is named first.
pub(crate) fn others(language: Language, item: &ContentItem) -> Option<String> {
    let mut names: Vec<String> = item.others.iter().map(|name| one_line(name.as_str(), NAME)).collect();
    let turned_to = item.reasons.iter().any(|reason| matches!(reason, Reason::Escalated { .. }));
    if let Some(first) = names.first_mut().filter(|_| !item.primary && !turned_to) {
        *first = words::others_first(language, first);
    }
    let others = (!names.is_empty()).then(|| words::others_told(language, &list(language, &names, 5)))?;
    let yourself = item.primary.then(|| words::others_you_first(language));
    Some(super::sentences::sentences([others].into_iter().chain(yourself)))
}

/// What speaks against starting the maintenance oneself, as a sentence or two.
pub(crate) fn start_caution(language: Language, caution: &StartCaution) -> String {
    match caution {
        StartCaution::NoSelfService => words::advice_no_self_service(language),
        StartCaution::AvailabilitySet { set } => words::advice_set(language, &name(set)),
        StartCaution::Deallocated => words::advice_deallocated(language),
        StartCaution::Stopped => words::advice_stopped(language),
        StartCaution::AutoShutdown => words::advice_auto_shutdown(language),
        StartCaution::EphemeralOsDisk => words::advice_ephemeral(language),
        StartCaution::UnknownOsDisk => words::advice_unknown_disk(language),
        StartCaution::KubernetesNode => words::advice_kubernetes(language),
        StartCaution::OtherTenant { tenant } => words::advice_tenant(language, &one_line(tenant, NAME)),
        StartCaution::ServiceFabricNode => words::advice_service_fabric(language),
    }
}

/// An owner who cannot be notified, as a sentence with a hint.
pub(crate) fn refused_owner(language: Language, refused: &RefusedOwner) -> String {
    let short = |text: &str| one_line(text, NAME);
    let say = |words: fn(Language, &str, &str, &str) -> String, tag: &str, level: TagLevel, value: &str| {
        words(language, &level_of(language, level), &short(tag), &short(value))
    };
    match refused {
        RefusedOwner::OutsideDomain { tag, level, address } => words::refused_domain(
            language,
            &short(address.as_str()),
            &level_of(language, *level),
            &short(tag),
        ),
        RefusedOwner::Disabled { tag, level, value } => say(words::refused_disabled, tag, *level, value),
        RefusedOwner::NoMailbox { tag, level, value } => say(words::refused_mailbox, tag, *level, value),
        RefusedOwner::Several { tag, level, value } => say(words::refused_several, tag, *level, value),
        RefusedOwner::NotAnAddress { tag, level, value } if is_template(value) => {
            say(words::refused_template, tag, *level, value)
        }
        RefusedOwner::NotAnAddress { tag, level, value } => say(words::refused_unknown, tag, *level, value),
    }
}

/// What speaks against a start, as long as there is something left to start.
pub(crate) fn against(language: Language, item: &ContentItem) -> Vec<String> {
    let still = still_concerns(item);
    item.cautions.iter().filter(|_| still).map(|one| start_caution(language, one)).collect()
}

/// Whether something is left to happen that concerns the recipient. Otherwise the last status would mislead.
pub(crate) fn still_concerns(item: &ContentItem) -> bool {
    item.ended.is_none() && item.withdrawn.is_none() && !item.window.is_over()
}

fn level_of(language: Language, level: TagLevel) -> String {
    words::level(
        language,
        match level {
            TagLevel::Resource => "resource",
            TagLevel::ScaleSet => "scale-set",
            TagLevel::ResourceGroup => "resource-group",
            TagLevel::Subscription => "subscription",
        },
    )
}
