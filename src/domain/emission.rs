//! Which messages go first. The emitter chooses by what the index of the outbox says, and reads only what it has
//! chosen.

use chrono::{DateTime, TimeDelta, Utc};

use super::mail_limit::MailAllowance;
use super::unsettled_row::UnsettledRow;

/// A message that is unsent for longer than this is worth a word to operators.
const LATE: TimeDelta = TimeDelta::minutes(15);

/// Chooses what is emitted now of what is due: at most `limit`, the most urgent first, mails within `allowance`. What
/// is left stays due.
pub fn choose<'a>(
    entries: impl IntoIterator<Item = &'a UnsettledRow>,
    allowance: MailAllowance,
    limit: usize,
    now: DateTime<Utc>,
) -> Vec<&'a UnsettledRow> {
    let mut due: Vec<&UnsettledRow> = entries.into_iter().filter(|entry| entry.next_attempt <= now).collect();
    due.sort_by(|a, b| a.rank(now).cmp(&b.rank(now)));
    let mut mails = 0;
    due.retain(|entry| {
        if !entry.mail {
            return true;
        }
        let allowed = mails < allowance.of(entry.urgency(now));
        mails += u32::from(allowed);
        allowed
    });
    due.truncate(limit);
    due
}

/// What is unsent for so long that operators should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    pub late: usize,
    /// For how long the oldest of them has been waiting.
    pub oldest: TimeDelta,
}

impl Backlog {
    /// The messages that are unsent for more than a quarter of an hour; `None` when there are none.
    pub fn of(entries: &[UnsettledRow], now: DateTime<Utc>) -> Option<Self> {
        let ages = entries.iter().map(|entry| now - entry.created).filter(|age| *age > LATE);
        ages.fold(None, |known: Option<Self>, age| {
            let known = known.unwrap_or(Self { late: 0, oldest: age });
            Some(Self { late: known.late + 1, oldest: known.oldest.max(age) })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::utc;
    use crate::domain::ids::OutboxId;

    #[test]
    fn what_waits_for_more_than_a_quarter_of_an_hour_is_counted() {
        let now = utc("2026-12-01T10:00:00Z");
        let entry = |minutes| UnsettledRow {
            id: OutboxId::parse("0a").unwrap(),
            mail: true,
            imminent: false,
            first: true,
            deadline: None,
            next_attempt: now,
            created: now - TimeDelta::minutes(minutes),
        };
        assert_eq!(Backlog::of(&[entry(0), entry(15)], now), None);
        let backlog = Backlog::of(&[entry(16), entry(3), entry(90), entry(20)], now);
        assert_eq!(backlog, Some(Backlog { late: 3, oldest: TimeDelta::minutes(90) }));
    }
}
