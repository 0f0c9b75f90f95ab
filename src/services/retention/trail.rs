//! Removes the beginning of the audit trail once it names people for longer than the configuration says.
//!
//! The trail itself says first, in an entry of its own, up to where it may be shorter and with which hash it goes on;
//! then entries are removed, oldest first. Killed anywhere, the next run goes on, and `audit verify` proves what is left
//! at every moment.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::action::Actor;
use crate::domain::action::audit::{AuditAction, AuditChain, AuditEntry, AuditEvent, AuditHead, ChainBreak};
use crate::services::{App, ServiceError, log_unreadable};
use crate::store::repository::CheckpointRow;

/// How many entries are removed in one run.
const ENTRIES: u64 = 10_000;
/// How many are read at a time.
const PAGE: usize = 500;
/// How long a checkpoint serves: each is an entry too.
const AGAIN: TimeDelta = TimeDelta::days(1);
/// The name in the trail.
const NAME: &str = "the notifier";

/// Removes what is over, and returns how many entries that were.
pub(super) async fn shorten(app: &App, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    let repository = &app.repository;
    let known = repository.checkpoint().await?;
    if let Some(row) = known.as_ref().filter(|row| row.removed < row.through.sequence) {
        return Ok(repository.remove_entries(row, ENTRIES).await?);
    }
    if known.as_ref().is_some_and(|row| now < row.at + AGAIN) {
        return Ok(0);
    }
    let Some(through) = over(app, known.as_ref(), now - app.retention.personal).await? else { return Ok(0) };
    let event = AuditEvent {
        at: now,
        actor: Actor { principal: Some(NAME.to_owned()), ..Actor::default() },
        action: AuditAction::Checkpoint { through: through.sequence, hash: through.hash.clone() },
        window: None,
        message: None,
    };
    let row = repository.set_checkpoint(&event, &through).await?;
    Ok(repository.remove_entries(&row, ENTRIES).await?)
}

/// The last entry before `before` that follows from the beginning without a break. What cannot be proved is kept:
/// it is evidence.
async fn over(
    app: &App,
    known: Option<&CheckpointRow>,
    before: DateTime<Utc>,
) -> Result<Option<AuditHead>, ServiceError> {
    let start = known.map(|row| row.through.clone()).unwrap_or_default();
    let mut chain = AuditChain::after(&start);
    while chain.last().sequence - start.sequence < ENTRIES {
        let page = app.repository.audit_page(chain.last().sequence + 1, PAGE).await?;
        let is_whole = page.unreadable.is_empty() && page.rows.len() == PAGE;
        log_unreadable("an entry of the audit trail", &page.unreadable);
        for entry in page.values() {
            if before < entry.event.at {
                return Ok(ended(&chain, &start));
            }
            if let Err(broken) = follow(&mut chain, entry) {
                tracing::error!(%broken, "the audit trail is broken; its beginning is kept");
                return Ok(ended(&chain, &start));
            }
        }
        if !is_whole {
            break;
        }
    }
    Ok(ended(&chain, &start))
}

/// Follows the chain without its leave to begin later.
fn follow(chain: &mut AuditChain, entry: &AuditEntry) -> Result<(), ChainBreak> {
    if entry.sequence != chain.last().sequence + 1 {
        let after = chain.last().sequence;
        return Err(ChainBreak::Gap { after, found: entry.sequence });
    }
    chain.follow(entry)
}

fn ended(chain: &AuditChain, start: &AuditHead) -> Option<AuditHead> {
    (chain.last() != start).then(|| chain.last().clone())
}
