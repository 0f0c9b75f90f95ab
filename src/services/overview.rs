//! Keeps the lines of the overview: a look writes those of its subscription anew where something changed, and what is
//! decided in between is noted line by line.
//!
//! Nothing depends on them but what is shown, so a line that cannot be written is logged and nothing else: the next look
//! writes it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};

use super::{App, owner_lookup};
use crate::domain::directory::People;
use crate::domain::overview::{LineInput, OverviewLine, OverviewPart, WordTable};
use crate::domain::policy::Policy;
use crate::domain::resource::SubscriptionId;
use crate::domain::routing::responsible;
use crate::http::causes::chain;
use crate::store::StoreError;
use crate::store::repository::{OverviewHeadRow, SubscriptionRow, WindowRow};

/// How many lines stand in one row.
const LINES: usize = 2_000;
/// After so long lines are written anew though nothing changed: time passes in them, too.
const AGAIN: TimeDelta = TimeDelta::hours(1);
/// How many scopes that could not be seen are named for each subscription.
const UNSEEN: usize = 5;
/// How long what was decided may take to be noted.
const NOTE_TIMEOUT: Duration = Duration::from_secs(5);

/// Keeps the lines of a subscription that was just looked at; `changed` says whether windows were written.
pub async fn keep_overview(
    app: &App,
    subscription: &SubscriptionId,
    people: &People,
    changed: bool,
    now: DateTime<Utc>,
) {
    if let Err(error) = try_keep(app, subscription, people, changed, now).await {
        tracing::warn!(error = chain(&error), %subscription, "the overview of a subscription could not be written");
    }
}

async fn try_keep(
    app: &App,
    subscription: &SubscriptionId,
    people: &People,
    changed: bool,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let repository = &app.repository;
    let known = repository.overview_head(subscription).await?.map(|head| head.value);
    let Some(summary) = repository.subscription_row(subscription).await?.map(|summary| summary.value) else {
        return Ok(());
    };
    let policy = app.policy();
    let rules = rules(app, &policy);
    let head = head_of(summary, rules, now);
    // Before the windows: what is decided from here on is noted beside what is written now.
    let changes = repository.overview_changes(subscription).await?.rows;
    if let Some(known) = &known
        && !changed
        && changes.is_empty()
        && known.rules == head.rules
        && now - known.written < AGAIN
    {
        let head = OverviewHeadRow { written: known.written, parts: known.parts, ..head };
        return repository.put_overview_head(&head).await;
    }
    let windows = repository.windows(subscription).await?;
    let parts = parts(app, &policy, people, subscription, windows.values(), now);
    let former = known.map_or(0, |known| known.parts);
    let head = OverviewHeadRow { parts: parts.len(), ..head };
    if parts.is_empty() && former == 0 && changes.is_empty() && head.unseen.is_empty() {
        return repository.put_overview_head(&head).await;
    }
    repository.put_overview(&head, &parts, former, changes).await
}

/// The lines of a subscription's windows, so many in each part.
fn parts<'a>(
    app: &App,
    policy: &Policy,
    people: &People,
    subscription: &SubscriptionId,
    windows: impl Iterator<Item = &'a WindowRow>,
    now: DateTime<Utc>,
) -> Vec<OverviewPart> {
    let mut parts = Vec::new();
    let (mut words, mut lines) = (WordTable::default(), Vec::new());
    let mut rows = windows.filter(|row| row.moved_to.is_none()).peekable();
    while let Some(row) = rows.next() {
        lines.extend(line(app, policy, people, row, &mut words, now));
        if lines.len() >= LINES || (rows.peek().is_none() && !lines.is_empty()) {
            let words = std::mem::take(&mut words).into_words();
            let lines = std::mem::take(&mut lines);
            let subscription = subscription.clone();
            parts.push(OverviewPart { subscription, at: now, words, lines, instead_of: None });
        }
    }
    parts
}

fn head_of(summary: SubscriptionRow, rules: String, now: DateTime<Utc>) -> OverviewHeadRow {
    OverviewHeadRow {
        subscription: summary.subscription,
        name: summary.name,
        looked: summary.observed,
        read: summary.last_read,
        unseen: summary.unseen.iter().take(UNSEEN).map(|one| one.scope.clone()).collect(),
        written: now,
        parts: 0,
        rules,
    }
}

/// What lines depend on beside windows: who is responsible, and who may see what.
fn rules(app: &App, policy: &Policy) -> String {
    let mut digest = Sha256::new_with_prefix(&policy.version.0);
    for team in &app.access.teams {
        digest.update(team.fingerprint());
    }
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn line(
    app: &App,
    policy: &Policy,
    people: &People,
    row: &WindowRow,
    words: &mut WordTable,
    now: DateTime<Utc>,
) -> Option<OverviewLine> {
    let input = LineInput {
        window: &row.window,
        actions: &row.actions,
        responsible: &responsible(policy, &row.window, &row.actions, people, now),
        teams: &app.access.teams,
        cluster_tag: &app.start_rules.cluster_tag,
    };
    OverviewLine::of(input, words, now)
}

/// Notes the line of a window of which something was decided.
pub(super) async fn note_decided(app: &App, row: &WindowRow, now: DateTime<Utc>) {
    let noted = tokio::time::timeout(NOTE_TIMEOUT, try_note(app, row, now)).await;
    match noted {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::warn!(
                error = chain(&error),
                "what was decided is not in the overview until the next look"
            );
        }
        Err(_) => tracing::warn!("what was decided is not in the overview until the next look: no time"),
    }
}

async fn try_note(app: &App, row: &WindowRow, now: DateTime<Utc>) -> Result<(), StoreError> {
    let people = owner_lookup::known_people(app).await?;
    let policy = app.policy();
    let mut words = WordTable::default();
    let lines = line(app, &policy, &people, row, &mut words, now).into_iter().collect();
    let id = &row.window.id;
    let change = OverviewPart {
        subscription: row.window.place().subscription(),
        at: now,
        words: words.into_words(),
        lines,
        instead_of: Some((id.resource.folded().to_owned(), id.generation)),
    };
    app.repository.note_overview(id, &change).await
}

/// Removes the lines of subscriptions that were not looked at since `before`.
pub(super) async fn forget_idle(app: &App, before: DateTime<Utc>) -> Result<(), StoreError> {
    let heads = app.repository.overview_heads().await?;
    for head in heads.values().filter(|head| head.looked.is_none_or(|looked| looked < before)) {
        app.repository.drop_overview(head).await?;
    }
    Ok(())
}
