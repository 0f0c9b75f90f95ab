//! The sections beside recipients and routes.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::Collector;
use super::names::Names;
use crate::config::configuration::{AccessRules, Mode, SafetyRules};
use crate::config::file;
use crate::config::finding::ConfigPath;
use crate::domain::access::{Access, Principal, TeamAccess};
use crate::domain::action::start_rules::{StartRules, StartsAs};
use crate::domain::email_address::EmailAddress;
use crate::domain::retention_rules::RetentionRules;
use crate::domain::sign_in_rules::{PERSONAL_ACCOUNTS, SignInRules};

/// What ended is reported, in the next digest at the latest, and mails are tried again for five days.
const SHORTEST_RETENTION: TimeDelta = TimeDelta::days(14);

/// The domains of `[owners] allowed_domains`, in lower case.
pub(super) fn domains(owners: &file::Owners, collector: &mut Collector<'_>) -> BTreeSet<String> {
    let path = ConfigPath::of("owners").key("allowed_domains");
    let mut domains = BTreeSet::new();
    for (index, text) in owners.allowed_domains.iter().enumerate() {
        match format!("someone@{}", text.trim()).parse::<EmailAddress>() {
            Ok(address) => {
                domains.insert(address.domain().to_owned());
            }
            Err(_) => {
                let hint = "write what follows the @: contoso.com";
                collector.error_with_hint(&path.item(index), format!("`{text}` is no domain"), hint);
            }
        }
    }
    domains
}

/// What completes a bare name.
pub(super) fn suffix(owners: &file::Owners, collector: &mut Collector<'_>) -> Option<String> {
    let text = owners.suffix.as_ref()?.trim();
    if text.starts_with('@') && format!("someone{text}").parse::<EmailAddress>().is_ok() {
        return Some(text.to_owned());
    }
    let path = ConfigPath::of("owners").key("suffix");
    let problem = format!("`{text}` does not complete a name to an address");
    collector.error_with_hint(&path, problem, "write it with the @: @contoso.com");
    None
}

pub(super) fn start(start: &file::Start, collector: &mut Collector<'_>) -> StartRules {
    let path = ConfigPath::of("start");
    let acts_as = [("app", StartsAs::App), ("user", StartsAs::User)];
    let fallback = crate::domain::rate_limit::RateLimit::single(20, TimeDelta::hours(1));
    StartRules {
        enabled: start.enabled,
        acts_as: collector.word(&path.key("as"), &start.acts_as, &acts_as).unwrap_or(StartsAs::App),
        require_login: start.require_login,
        grace: collector
            .real_span(&path.key("grace"), &start.grace, "5m lets a start begin up to five minutes late")
            .unwrap_or(TimeDelta::hours(1)),
        min_gap: collector.span(&path.key("min_gap"), &start.min_gap).unwrap_or_default(),
        cluster_tag: start.cluster_tag.clone(),
        hours_tag: start.hours_tag.clone(),
        limit: collector.parse(&path.key("limit"), &start.limit).unwrap_or(fallback),
        health_tag: start.health_tag.trim().to_owned(),
        health_hosts: health_hosts(start, collector),
    }
}

/// The hosts that tags may name. What would allow every host is no list of hosts.
fn health_hosts(start: &file::Start, collector: &mut Collector<'_>) -> Vec<String> {
    let path = ConfigPath::of("start").key("health_hosts");
    let mut hosts = Vec::new();
    for (index, text) in start.health_hosts.iter().enumerate() {
        let host = text.trim().to_ascii_lowercase();
        let names_something = host.contains(|character: char| character.is_ascii_alphanumeric());
        let is_host =
            host.chars().all(|character| character.is_ascii_alphanumeric() || "-_.:*?".contains(character));
        if names_something && is_host {
            hosts.push(host);
        } else {
            let hint = "name the hosts, without scheme and port: *.internal.contoso.com";
            collector.error_with_hint(&path.item(index), format!("`{text}` names no hosts"), hint);
        }
    }
    hosts
}

pub(super) fn safety(safety: &file::Safety, names: &Names, collector: &mut Collector<'_>) -> SafetyRules {
    let path = ConfigPath::of("safety");
    let pilot = collector.names(&path.key("pilot"), &safety.pilot, names);
    let divert_to = collector.names(&path.key("divert_to"), &safety.divert_to, names);
    let live = Mode::Live;
    let dry_run = Mode::DryRun;
    let piloted = Mode::Pilot { pilot: pilot.into_iter().collect(), divert_to };
    let modes = [("live", &live), ("dry-run", &dry_run), ("pilot", &piloted)];
    let mode = collector.word(&path.key("mode"), &safety.mode, &modes).cloned();
    if matches!(mode, Some(Mode::Pilot { .. })) && safety.divert_to.is_empty() {
        let problem = "is empty: in `pilot` mode the messages to everybody else would be lost";
        collector.error_with_hint(&path.key("divert_to"), problem, "divert_to = [\"platform\"]");
    }
    let mut paused = BTreeSet::new();
    for (index, text) in safety.pause.iter().enumerate() {
        let words = [("sending", "sending"), ("starts", "starts")];
        paused.extend(collector.word(&path.key("pause").item(index), text, &words));
    }
    if !(safety.brake.is_finite() && safety.brake > 1.0) {
        let hint = "3.0 holds when one plan exceeds three times the usual";
        collector.error_with_hint(&path.key("brake"), "has to be above 1", hint);
    }
    SafetyRules {
        mode: mode.unwrap_or(Mode::DryRun),
        pause_sending: paused.contains("sending"),
        pause_starts: paused.contains("starts"),
        brake: safety.brake,
    }
}

pub(super) fn access(access: &file::Access, collector: &mut Collector<'_>) -> AccessRules {
    let path = ConfigPath::of("access");
    let tenants = tenants(access, &path.key("tenants"), collector);
    let overview = Access {
        viewer: principals(&path.key("viewer"), &access.viewer, collector),
        operator: principals(&path.key("operator"), &access.operator, collector),
        admin: principals(&path.key("admin"), &access.admin, collector),
        teams: teams(&path.key("teams"), &access.teams, collector),
    };
    AccessRules { sign_in: SignInRules { tenants, guests: access.guests }, overview }
}

/// Those who are given access.
fn principals(path: &ConfigPath, texts: &[String], collector: &mut Collector<'_>) -> Vec<Principal> {
    let mut principals = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let text = text.trim();
        let principal = match text.split_once(':') {
            Some(("group", id)) if !id.trim().is_empty() => {
                let id = id.trim().to_ascii_lowercase();
                if uuid::Uuid::parse_str(&id).is_err() {
                    let hint = "write its object id, as `az ad group show --group NAME --query id` gives it";
                    let problem =
                        format!("`{text}` names no object id: sign-ins carry ids, and nobody gets in by it");
                    collector.warn(&path.item(index), problem, hint);
                }
                Some(Principal::Group(id))
            }
            Some(("role", name)) if !name.trim().is_empty() => Some(Principal::Role(name.trim().to_owned())),
            Some(_) => None,
            None => text.parse().ok().map(Principal::Person),
        };
        match principal {
            Some(principal) => principals.push(principal),
            None => collector.error_with_hint(
                &path.item(index),
                format!("`{text}` is no account, no group and no role"),
                "write an address, `group:` and the group's object id, or `role:` and the name of an app role",
            ),
        }
    }
    principals
}

/// Those who may see a part.
fn teams(path: &ConfigPath, entries: &[file::TeamEntry], collector: &mut Collector<'_>) -> Vec<TeamAccess> {
    let mut teams: Vec<TeamAccess> = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let path = path.item(index);
        let name = entry.name.trim();
        if name.is_empty() || teams.iter().any(|known| known.name.eq_ignore_ascii_case(name)) {
            let hint = "give each team a name of its own";
            collector.error_with_hint(&path.key("name"), "is empty, or another team has it", hint);
        }
        let of = super::routes::matcher(&entry.matcher, &path.key("match"), collector);
        if of.is_everything() {
            let hint = "whoever may see everything stands in access.viewer";
            collector.error_with_hint(&path.key("match"), "limits the team to nothing", hint);
        }
        let viewer = principals(&path.key("viewer"), &entry.viewer, collector);
        teams.push(TeamAccess { name: name.to_owned(), of, viewer });
    }
    teams
}

/// The tenants whose accounts may sign in, in lower case.
fn tenants(access: &file::Access, path: &ConfigPath, collector: &mut Collector<'_>) -> BTreeSet<String> {
    let mut tenants = BTreeSet::new();
    for (index, text) in access.tenants.iter().enumerate() {
        let tenant = text.trim().to_ascii_lowercase();
        let is_id = tenant.len() == 36 && uuid::Uuid::parse_str(&tenant).is_ok_and(|id| !id.is_nil());
        if !is_id {
            let hint = "write the tenant's id, as `az account show --query tenantId` gives it";
            collector.error_with_hint(&path.item(index), format!("`{text}` is no id of a tenant"), hint);
        } else if tenant == PERSONAL_ACCOUNTS {
            let problem = "is the tenant of everybody with a personal Microsoft account";
            collector.error_with_hint(
                &path.item(index),
                problem,
                "invite them as guests, and write guests = true",
            );
        } else {
            tenants.insert(tenant);
        }
    }
    tenants
}

pub(super) fn retention(retention: &file::Retention, collector: &mut Collector<'_>) -> RetentionRules {
    let path = ConfigPath::of("retention");
    let closed = collector.span(&path.key("closed"), &retention.closed);
    let personal = collector.span(&path.key("personal"), &retention.personal);
    if closed.is_some_and(|closed| closed < SHORTEST_RETENTION) {
        let hint = "how a window ended may still be told, and its mails tried again, for as long";
        collector.error_with_hint(&path.key("closed"), "has to be at least 14d", hint);
    } else if personal < closed && personal.is_some() {
        let problem = "is shorter than `closed`, and windows and messages name people for as long";
        collector.error_with_hint(&path.key("personal"), problem, "make it as long as `closed`, or longer");
    }
    RetentionRules { closed: closed.unwrap_or_default(), personal: personal.unwrap_or_default() }
}
