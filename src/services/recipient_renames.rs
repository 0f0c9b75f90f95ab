//! Carries over what is kept under a name when another configuration calls the same recipient by another one.
//!
//! It happens once for each configuration, before anything is decided or planned by it. Each step can be done again, and
//! that the configuration's recipients are known is written last: whoever is killed in between is followed by the next.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::{App, ServiceError, log_unreadable};
use crate::domain::action::start::Start;
use crate::domain::endpoint::Endpoint;
use crate::domain::person::{Addresses, KnownRecipients, Succession, address_of, successions};
use crate::domain::policy::Policy;
use crate::domain::recipient_name::RecipientName;
use crate::domain::resource::SubscriptionId;
use crate::domain::window::WindowId;
use crate::store::repository::{RecipientNamesRow, WindowRow};
use crate::store::{StoreError, TRIES, retry_on_conflict};

/// A process that still runs under the configuration that was replaced does not take the names back for so long.
const OVERLAP: TimeDelta = TimeDelta::minutes(10);

/// Sees that everybody is kept under the name that the configuration in force gives them. One read, once that is so.
///
/// # Errors
/// When the store cannot be read or written. Doing it again is safe.
pub async fn names_in_force(app: &App, now: DateTime<Utc>) -> Result<(), ServiceError> {
    // Several processes see another configuration at the same moment.
    retry_on_conflict!(TRIES, { carry_over(app, now).await })
}

async fn carry_over(app: &App, now: DateTime<Utc>) -> Result<(), ServiceError> {
    let (row, etag) = app.repository.recipient_names().await?;
    let policy = app.policy();
    let is_old = row
        .replaced
        .as_ref()
        .is_some_and(|(version, until)| *version == policy.version && now < *until + OVERLAP);
    if row.version.as_ref() == Some(&policy.version) || is_old {
        return Ok(());
    }
    let present = configured(app, &policy);
    let mut before = row.known();
    if row.version.is_none() {
        before.extend(notified_before(app, &policy).await?);
    }
    add_people(app, &policy, &row, &mut before).await?;
    let found = successions(&before, &present);
    let mut next = row.clone();
    carry(app, &found, &mut next).await?;
    // Whoever is reached elsewhere from now on was not notified there.
    let reached =
        present.iter().filter(|(name, addresses)| before.get(*name).is_some_and(|it| it != *addresses));
    let names = reached.map(|(name, _)| name).chain(found.iter().map(|succession| succession.names().1));
    let wakes: Vec<_> = names.map(|name| (name.clone(), now)).collect();
    app.repository.wake_all(&wakes).await?;
    next.set_known(present);
    next.replaced = row.version.clone().map(|version| (version, now));
    next.version = Some(policy.version.clone());
    app.repository.put_recipient_names(&next, etag).await?;
    let affected = rename_what_people_did(app, &found).await?;
    if !affected.is_empty() {
        let people = super::owner_lookup::known_people(app).await?;
        super::assign::assign_anew(&app.repository, &policy, &people, affected, now).await?;
    }
    Ok(())
}

/// The recipients of the configuration, with where each can be reached.
fn configured(app: &App, policy: &Policy) -> KnownRecipients {
    let addresses = |name: &RecipientName| -> Addresses {
        let Some(recipient) = policy.recipients.get(name) else { return Addresses::new() };
        let channel = recipient.channel().and_then(|channel| app.deliverers.fingerprint(&channel));
        let channel = channel.map(|print| format!("channel:{print}"));
        recipient.emails.iter().map(address_of).chain(channel).collect()
    };
    policy.recipients.keys().map(|name| (name.clone(), addresses(name))).collect()
}

/// Of a state written by earlier versions, which does not say who was configured: whoever holds windows or waits and is
/// not configured, with the addresses that their last messages went to.
async fn notified_before(app: &App, policy: &Policy) -> Result<KnownRecipients, StoreError> {
    let mut known = KnownRecipients::new();
    for name in super::all_recipients::all_recipients(app).await? {
        if policy.recipients.contains_key(&name) || name.as_str().contains('@') {
            continue;
        }
        let ledger = app.repository.ledger(&name).await?;
        log_unreadable("a message", &ledger.unreadable);
        let own = |endpoint: &Endpoint| match endpoint {
            Endpoint::Email { address } => Some(address_of(address)),
            Endpoint::Teams { .. } | Endpoint::Chat { .. } => None,
        };
        let last = ledger.rows.iter().rev().map(|row| &row.value).find(|message| !message.diverted);
        known.insert(name, last.iter().flat_map(|last| last.endpoints.iter().filter_map(own)).collect());
    }
    Ok(known)
}

/// People who were known by their address alone and have an entry now.
async fn add_people(
    app: &App,
    policy: &Policy,
    row: &RecipientNamesRow,
    before: &mut KnownRecipients,
) -> Result<(), StoreError> {
    for recipient in policy.recipients.values() {
        let Some(first) = recipient.emails.first() else { continue };
        let person = RecipientName::from(first);
        let is_led = row.present(&person) == &recipient.name;
        if policy.recipients.contains_key(&person) || is_led || before.contains_key(&person) {
            continue;
        }
        let known = before.get(&recipient.name);
        let had = row.version.is_some() && known.is_some_and(|known| known.contains(&address_of(first)));
        if !had && app.repository.head(&person).await?.is_some() {
            before.insert(person, recipient.emails.iter().map(address_of).collect());
        }
    }
    Ok(())
}

/// Has what is kept under former names go along.
async fn carry(app: &App, found: &[Succession], row: &mut RecipientNamesRow) -> Result<(), StoreError> {
    let repository = &app.repository;
    let first = repository.tenant().await?.0.last_retired;
    for succession in found {
        tracing::info!(?succession, "a recipient is kept under another name");
        let (from, to) = succession.names();
        let is_moved = matches!(succession, Succession::Becomes { .. });
        repository.join_heads(from, to, is_moved, first).await?;
        if is_moved {
            row.note_moved(from, to);
        }
    }
    let carried: Vec<(&RecipientName, &RecipientName, bool)> = found
        .iter()
        .map(|succession| {
            let (from, to) = succession.names();
            (from, to, !matches!(succession, Succession::Shares { .. }))
        })
        .collect();
    repository.carry_settings(&carried).await
}

/// Puts present names into what people decided about open windows, and into rolling plans. Returns where those windows
/// are.
async fn rename_what_people_did(
    app: &App,
    found: &[Succession],
) -> Result<BTreeSet<SubscriptionId>, StoreError> {
    let repository = &app.repository;
    let moved: Vec<(RecipientName, RecipientName)> = found
        .iter()
        .filter_map(|succession| match succession {
            Succession::Becomes { from, to } => Some((from.clone(), to.clone())),
            Succession::Shares { .. } | Succession::Leaves { .. } => None,
        })
        .collect();
    let mut affected = BTreeSet::new();
    if moved.is_empty() {
        return Ok(affected);
    }
    let summaries = repository.subscription_rows().await?;
    for summary in summaries.values() {
        let windows = repository.windows(&summary.subscription).await?;
        log_unreadable("a window", &windows.unreadable);
        for row in windows.values() {
            if is_concerned(row, &moved) {
                affected.insert(summary.subscription.clone());
                rename_actions(app, &row.window.id, &moved).await?;
            }
        }
    }
    for plan in repository.open_plans().await?.rows.into_iter().map(|plan| plan.value) {
        if moved.iter().any(|(from, _)| *from == plan.owner) {
            let renamed = repository.change_plan(&plan.id, |plan| {
                rename(&mut plan.owner, &moved);
                plan.by.recipient.iter_mut().for_each(|name| rename(name, &moved));
                Some(Vec::new())
            });
            renamed.await?;
        }
    }
    Ok(affected)
}

fn rename(name: &mut RecipientName, moved: &[(RecipientName, RecipientName)]) {
    if let Some((_, to)) = moved.iter().find(|(from, _)| from == name) {
        name.clone_from(to);
    }
}

fn is_concerned(row: &WindowRow, moved: &[(RecipientName, RecipientName)]) -> bool {
    let is_moved = |name: &RecipientName| moved.iter().any(|(from, _)| from == name);
    let mut actions = row.actions.clone();
    row.holders.iter().any(|holder| is_moved(&holder.recipient))
        || actions.names_mut().any(|name| is_moved(name))
}

async fn rename_actions(
    app: &App,
    window: &WindowId,
    moved: &[(RecipientName, RecipientName)],
) -> Result<(), StoreError> {
    let decide = |transaction: &mut crate::store::repository::ActionTransaction| {
        transaction.actions.names_mut().for_each(|name| rename(name, moved));
        if let Some(Start { by, .. }) = &mut transaction.start {
            by.recipient.iter_mut().for_each(|name| rename(name, moved));
        }
    };
    app.repository.decide(window, &[], decide).await
}
