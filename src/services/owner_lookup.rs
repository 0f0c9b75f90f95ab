//! What is known of the people who could be notified: addresses that refused, and what the directory says of names.
//!
//! The directory is asked when a subscription is looked at, never while something is decided or planned. Answers are
//! kept for a day, those that found nobody too. While it cannot be asked the last answers count, and what was never
//! asked is taken as it stands; operators are notified once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use futures::{StreamExt, stream};

use super::dead_endpoints::dead_endpoints;
use super::{App, ServiceError, log_unreadable};
use crate::azure::AzureError;
use crate::azure::roles::role_holders;
use crate::domain::directory::{Directory, DirectoryAnswer, DirectoryQuery, People, RoleHolder, group_of};
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::owner_tags::questions;
use crate::domain::routing::finds_nobody;
use crate::domain::window::MaintenanceWindow;
use crate::store::StoreError;
use crate::store::repository::{DirectoryRow, RolesRow};

/// How long an answer counts as new.
const FRESH: TimeDelta = TimeDelta::days(1);
/// An answer that nobody asked for again is deleted after this long.
const EXPIRES: TimeDelta = TimeDelta::days(30);
/// What is asked in one look; the next one goes on.
const AT_ONCE: usize = 200;
/// How many questions are under way.
const PARALLEL: usize = 4;
/// The names of both services in operator alerts, by which these are resolved.
const DIRECTORY: &str = "the directory (Microsoft Graph)";
const ROLES: &str = "role assignments";

/// What is kept, as it was asked.
#[derive(Debug, Default)]
struct KnownAnswers {
    entries: BTreeMap<DirectoryQuery, (DirectoryAnswer, DateTime<Utc>)>,
    roles: BTreeMap<String, (Vec<RoleHolder>, DateTime<Utc>)>,
}

/// What is known, without asking anybody.
pub async fn known_people(app: &App) -> Result<People, StoreError> {
    let kept = kept(app).await?;
    people(app, &kept).await
}

/// What is known once those who own `windows` were asked for.
pub async fn look_up_people(
    app: &App,
    windows: &[&MaintenanceWindow],
    now: DateTime<Utc>,
) -> Result<People, ServiceError> {
    let mut kept = kept(app).await?;
    let policy = app.policy();
    let wanted: BTreeSet<DirectoryQuery> =
        windows.iter().flat_map(|window| questions(&policy, &window.machine)).collect();
    ask_directory(app, &mut kept, wanted, now).await?;
    let found = people(app, &kept).await?;
    if !policy.owners.role_assignments {
        return Ok(found);
    }
    let unowned =
        windows.iter().filter(|window| finds_nobody(&policy, &window.machine, &window.impact, &found));
    let groups: BTreeSet<String> = unowned.map(|window| group_of(window.place())).collect();
    ask_roles(app, &mut kept, &groups, now).await?;
    let holders = groups.iter().filter_map(|group| kept.roles.get(group)).flat_map(|(holders, _)| holders);
    let principals: BTreeSet<DirectoryQuery> =
        holders.map(|holder| DirectoryQuery::Principal { id: holder.principal.clone() }).collect();
    ask_directory(app, &mut kept, principals, now).await?;
    Ok(people(app, &kept).await?)
}

async fn kept(app: &App) -> Result<KnownAnswers, StoreError> {
    let rules = &app.policy().owners;
    let mut kept = KnownAnswers::default();
    // What was learnt while it was switched on does not count once it is off.
    if rules.directory {
        let rows = app.repository.directory().await?;
        log_unreadable("an answer of the directory", &rows.unreadable);
        let rows = rows.rows.into_iter().map(|row| row.value);
        kept.entries = rows.map(|row| (row.question, (row.entry, row.asked))).collect();
    }
    if rules.directory && rules.role_assignments {
        let rows = app.repository.roles().await?;
        log_unreadable("the roles of a resource group", &rows.unreadable);
        kept.roles = rows
            .rows
            .into_iter()
            .map(|row| (row.value.group, (row.value.holders, row.value.asked)))
            .collect();
    }
    Ok(kept)
}

async fn people(app: &App, kept: &KnownAnswers) -> Result<People, StoreError> {
    let entries = kept.entries.iter().map(|(question, (entry, _))| (question.clone(), entry.clone()));
    let roles = kept.roles.iter().map(|(group, (holders, _))| (group.clone(), holders.clone()));
    Ok(People { dead: dead_endpoints(app).await?, directory: Directory::new(entries, roles) })
}

/// Asks what is not known or not new, and deletes what nobody asked for in a month.
async fn ask_directory(
    app: &App,
    kept: &mut KnownAnswers,
    wanted: BTreeSet<DirectoryQuery>,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let Some(client) = app.directory.as_ref().filter(|_| app.policy().owners.directory) else {
        return Ok(());
    };
    let stale = |asked: &DateTime<Utc>| now - *asked >= FRESH;
    let due = wanted.iter().filter(|it| kept.entries.get(*it).is_none_or(|(_, asked)| stale(asked)));
    let due: Vec<DirectoryQuery> = due.take(AT_ONCE).cloned().collect();
    let questions = stream::iter(due.clone());
    let mut answers =
        questions.map(|question| async move { (client.ask(&question).await, question) }).buffered(PARALLEL);
    let mut failure = None;
    while let Some((answer, question)) = answers.next().await {
        match answer {
            Ok(entry) => {
                let row = DirectoryRow { question, entry, asked: now };
                app.repository.put_directory(&row).await?;
                kept.entries.insert(row.question, (row.entry, row.asked));
            }
            // Whoever refuses one question refuses the next one too; the next look asks again.
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    drop(answers);
    let hint = "see that the app's identity has User.Read.All and GroupMember.Read.All with admin consent";
    note(app, DIRECTORY, !due.is_empty(), failure, hint, now).await?;
    let old = |asked: DateTime<Utc>| now - asked >= EXPIRES;
    let expired: Vec<DirectoryQuery> =
        kept.entries.iter().filter(|(_, (_, asked))| old(*asked)).map(|(it, _)| it.clone()).collect();
    for question in expired {
        app.repository.delete_directory_answer(&question).await?;
        kept.entries.remove(&question);
    }
    Ok(())
}

async fn ask_roles(
    app: &App,
    kept: &mut KnownAnswers,
    groups: &BTreeSet<String>,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let stale = |asked: &DateTime<Utc>| now - *asked >= FRESH;
    let due = groups.iter().filter(|it| kept.roles.get(*it).is_none_or(|(_, asked)| stale(asked)));
    let due: Vec<String> = due.take(AT_ONCE).cloned().collect();
    let mut failure = None;
    for group in &due {
        match role_holders(&app.arm, group).await {
            Ok(holders) => {
                let row = RolesRow { group: group.clone(), holders, asked: now };
                app.repository.put_roles(&row).await?;
                kept.roles.insert(row.group, (row.holders, row.asked));
            }
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    let hint = "see that the app's identity may read role assignments there";
    note(app, ROLES, !due.is_empty(), failure, hint, now).await?;
    let expired: Vec<String> = kept
        .roles
        .iter()
        .filter(|(_, (_, asked))| now - *asked >= EXPIRES)
        .map(|(group, _)| group.clone())
        .collect();
    for group in expired {
        app.repository.delete_roles(&group).await?;
        kept.roles.remove(&group);
    }
    Ok(())
}

/// Notifies operators once that a service gives no answers, until it does again.
async fn note(
    app: &App,
    service: &str,
    asked: bool,
    failure: Option<AzureError>,
    hint: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let operator_alert = |error: String| OperatorAlert::LookUp { service: service.to_owned(), error };
    match failure {
        Some(error) => {
            tracing::warn!(%error, service, "looking up owners with the answers of earlier days");
            let refused = error.status().is_some_and(|status| matches!(status, 401 | 403));
            let hint = if refused { format!("; {hint}") } else { String::new() };
            app.report(&[operator_alert(format!("{error}{hint}"))], now).await
        }
        None if asked => app.repository.resolve(&[operator_alert(String::new()).key()]).await,
        None => Ok(()),
    }
}
