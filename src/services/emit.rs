//! Hands outbox rows to the delivery queue, the most urgent first, within the quota.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::ticket::Ticket;
use super::transports::Transports;
use super::{App, ServiceError, alarms, log_unreadable};
use crate::domain::brake::{Hold, can_wait};
use crate::domain::emission::{Backlog, choose};
use crate::domain::ids::OutboxId;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::outbox::{OutboxRow, OutboxState};
use crate::domain::transport_health::CircuitState;
use crate::domain::unsettled_row::UnsettledRow;
use crate::domain::urgency::Urgency;
use crate::store::repository::Stored;
use crate::store::{TRIES, retry_on_conflict};

/// How many rows are handed out in one run, more than a minute's deliveries. What is left stays due.
const ROW_LIMIT: usize = 2_000;

/// How many mails that are not urgent are read from the index. The urgent ones are always read.
const CALM_LIMIT: usize = 20_000;

/// Planning runs every minute and notes that it did. After a longer silence the store was away.
const AWAY: TimeDelta = TimeDelta::minutes(3);

/// Chooses what is sent now and leases it. Returns a ticket for each.
///
/// Of two emitters that choose at the same time one hands out, and the other chooses from what is left.
///
/// # Errors
/// When the outbox cannot be read or written.
pub async fn emit(app: &App) -> Result<Vec<Ticket>, ServiceError> {
    if !app.sending {
        return Ok(Vec::new());
    }
    retry_on_conflict!(TRIES, { try_emit(app).await })
}

async fn try_emit(app: &App) -> Result<Vec<Ticket>, ServiceError> {
    let now = app.clock.now();
    let index = app.repository.outbox_index(Urgency::calm_after(now), CALM_LIMIT).await?;
    log_unreadable("an outbox row", &index.unreadable);
    if let Some(Backlog { late, oldest }) = Backlog::of(&index.entries, now) {
        let (oldest_minutes, more) = (oldest.num_minutes(), index.more);
        tracing::warn!(late, oldest_minutes, more, "{}", alarms::MESSAGES_ARE_LATE);
    }
    let holding = brake(app, &index.entries, now).await?;
    let transports = Transports::read(app).await?;
    let mail = transports.mail(now);
    let closed = |entry: &&UnsettledRow| entry.mail && matches!(mail, CircuitState::Closed { .. });
    divert(app, &transports, index.entries.iter().filter(closed), now).await?;
    let held = |entry: &&UnsettledRow| holding && can_wait(entry, now);
    let free = |entry: &&UnsettledRow| !held(entry) && !closed(entry);
    let due = index.entries.iter().filter(|entry| entry.next_attempt <= now && free(entry)).count();
    if due == 0 {
        return Ok(Vec::new());
    }
    let (mut log, etag) = app.repository.send_log().await?;
    let allowance = log.allowance(&app.mail_limit, now);
    let (rows, behind) = first_in_line(app, &index.entries, (&transports, now), |entries| {
        let mut chosen = choose(entries.into_iter().filter(free), allowance, ROW_LIMIT, now);
        if mail == CircuitState::HalfOpen {
            let mut tried = false;
            chosen.retain(|entry| !entry.mail || !std::mem::replace(&mut tried, true));
        }
        chosen
    })
    .await?;
    let rows = without_what_others_know(app, rows, now).await?;
    let leased: Vec<(Stored<OutboxRow>, OutboxRow)> = rows
        .into_iter()
        .map(|stored| {
            let emitted = stored.value.emitted(now);
            (stored, emitted)
        })
        .collect();
    let mails = leased.iter().filter(|(_, row)| row.endpoint.is_mail()).count();
    log.note(u32::try_from(mails).unwrap_or(u32::MAX), &app.mail_limit, now);
    let emitted = app.repository.emit(&leased, (&log, etag)).await?;
    let emitted: BTreeSet<OutboxId> = emitted.into_iter().collect();
    let first =
        leased.iter().filter(|(old, _)| old.value.entry().first && emitted.contains(&old.value.id)).count();
    if first > 0 {
        app.repository.update_brake(|brake| brake.note(first, now)).await?;
    }
    let left = due.saturating_sub(emitted.len() + behind);
    if left > 0 {
        tracing::info!(
            emitted = emitted.len(),
            left,
            "the quota or another emitter holds back {left} messages"
        );
    }
    let tickets = leased.iter().filter(|(_, row)| emitted.contains(&row.id));
    Ok(tickets.map(|(_, row)| Ticket { row: row.id.clone(), attempt: row.attempt }).collect())
}

/// How many urgent messages whose transport is closed are looked at in one run.
const DIVERTED: usize = 200;

/// Sends what is urgent among `entries`, of which the transport is closed, by another way.
async fn divert<'a>(
    app: &App,
    transports: &Transports,
    entries: impl Iterator<Item = &'a UnsettledRow>,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let urgent: Vec<_> = entries.filter(|entry| entry.urgency(now) != Urgency::Calm).take(DIVERTED).collect();
    if urgent.is_empty() {
        return Ok(());
    }
    let rows = app.repository.outbox_rows_at(&urgent).await?;
    for row in rows.values() {
        transports.divert(app, row, now).await?;
    }
    Ok(())
}

/// The rows without those of which somebody may know what became of them. Where nothing was planned for a while, the
/// store was away, for deliveries, too: whoever knows an outcome writes it down before the next run, and only what
/// stays under way then belongs to a process that was killed.
async fn without_what_others_know(
    app: &App,
    mut rows: Vec<Stored<OutboxRow>>,
    now: DateTime<Utc>,
) -> Result<Vec<Stored<OutboxRow>>, ServiceError> {
    let is_under_way = |row: &Stored<OutboxRow>| matches!(row.value.state, OutboxState::Sending { .. });
    if rows.iter().any(is_under_way)
        && app.repository.pulse().await?.is_some_and(|pulse| now - pulse.at > AWAY)
    {
        tracing::warn!("planning was down; retrying in-flight attempts one minute later");
        rows.retain(|row| !is_under_way(row));
    }
    Ok(rows)
}

/// The rows that `choose` takes of `entries`, and how many others wait for an earlier message to their endpoint that does
/// not go out with this run: they take no place and nothing of the quota from what can go, and no attempt is counted.
async fn first_in_line<'a>(
    app: &App,
    entries: &'a [UnsettledRow],
    (transports, now): (&Transports, DateTime<Utc>),
    choose: impl Fn(Vec<&'a UnsettledRow>) -> Vec<&'a UnsettledRow>,
) -> Result<(Vec<Stored<OutboxRow>>, usize), ServiceError> {
    let unsettled: BTreeSet<&OutboxId> = entries.iter().map(|entry| &entry.id).collect();
    let mut behind: BTreeSet<OutboxId> = BTreeSet::new();
    let mut read: BTreeMap<OutboxId, Option<Stored<OutboxRow>>> = BTreeMap::new();
    loop {
        let chosen = choose(entries.iter().filter(|entry| !behind.contains(&entry.id)).collect());
        let new: Vec<&UnsettledRow> =
            chosen.iter().copied().filter(|entry| !read.contains_key(&entry.id)).collect();
        let rows = app.repository.outbox_rows_at(&new).await?;
        log_unreadable("an outbox row", &rows.unreadable);
        read.extend(new.iter().map(|entry| (entry.id.clone(), None)));
        read.extend(rows.rows.into_iter().map(|row| (row.value.id.clone(), Some(row))));
        let going: BTreeSet<&OutboxId> = chosen.iter().map(|entry| &entry.id).collect();
        // Of what one flow gets nothing goes while it is closed, and one to try it afterwards.
        let mut tried: BTreeSet<String> = BTreeSet::new();
        let mut closed: BTreeSet<&OutboxId> = BTreeSet::new();
        for entry in chosen.iter().filter(|entry| !entry.mail) {
            let Some(row) = read.get(&entry.id).and_then(Option::as_ref) else { continue };
            let (transport, circuit) = transports.to(app, &row.value.endpoint, now);
            match circuit {
                CircuitState::Open => {}
                CircuitState::HalfOpen => {
                    if !tried.insert(transport) {
                        closed.insert(&entry.id);
                    }
                }
                CircuitState::Closed { .. } => {
                    closed.insert(&entry.id);
                    transports.divert(app, &row.value, now).await?;
                }
            }
        }
        let waits = |entry: &&&UnsettledRow| {
            if closed.contains(&entry.id) {
                return true;
            }
            // What happens within minutes waits for nothing.
            let row = read.get(&entry.id).and_then(Option::as_ref).filter(|row| !row.value.imminent);
            let earlier = row.and_then(|row| row.value.after.as_ref());
            earlier.is_some_and(|earlier| unsettled.contains(earlier) && !going.contains(earlier))
        };
        let waiting: Vec<OutboxId> = chosen.iter().filter(waits).map(|entry| entry.id.clone()).collect();
        if waiting.is_empty() {
            let rows = chosen.iter().filter_map(|entry| read.remove(&entry.id)?).collect();
            return Ok((rows, behind.len()));
        }
        behind.extend(waiting);
    }
}

/// Whether what can wait is held. Operators are notified when that begins.
async fn brake(app: &App, entries: &[UnsettledRow], now: DateTime<Utc>) -> Result<bool, ServiceError> {
    let known = app.repository.brake().await?;
    let held = known.judge(entries, app.brake, now);
    if let Some(hold) = held {
        let Hold { waiting, sent, usual, allowed, .. } = hold;
        tracing::warn!(waiting, sent, usual, allowed, "brake engaged: holding {waiting} messages");
    }
    match (known.held, held) {
        (None, Some(hold)) => {
            app.repository.update_brake(|brake| brake.held = Some(hold)).await?;
            app.report(&[OperatorAlert::Held { hold }], now).await?;
        }
        // Reported again, as it was when it began: they are notified once, and the alert lasts as long as the hold.
        (Some(hold), Some(_)) => app.report(&[OperatorAlert::Held { hold }], now).await?,
        (Some(hold), None) => {
            app.repository.resolve(&[OperatorAlert::Held { hold }.key()]).await?;
            app.repository.update_brake(|brake| brake.held = None).await?;
        }
        (None, None) => {}
    }
    Ok(held.is_some())
}
