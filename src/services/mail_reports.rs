//! Delivery reports of the mail service.
//!
//! A report is a hint that anybody with the key of the address can send. It counts only for a mail that was handed to
//! Communication Services from here, by the number of that operation and the address that it went to.

//!
//! Reports come late, repeated and in any order. Of one message the newest counts, by the time at which the service tried;
//! of an address the newest of all its messages: only a mail that was delivered later shows that it is well again.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::azure::events::{MailFate, MailRefusal, MailReport};
use crate::deliver::{Concerns, Delivery};
use crate::domain::endpoint::Endpoint;
use crate::domain::ids::OutboxId;
use crate::domain::mail_bounce::is_ours;
use crate::domain::outbox::{OutboxRow, OutboxState};
use crate::domain::recipient_name::RecipientName;
use crate::domain::service_operation::NotedReport;
use crate::store::repository::Stored;
use crate::store::{TRIES, retry_on_conflict};

use super::delivery_outcome::{record_end, settle};
use super::{App, ServiceError, endpoint_health, equal_refusals};

/// When a mail is sent anew that was refused because of how we send: what is mended there takes hours to be known.
const AFTER_OURS: TimeDelta = TimeDelta::hours(4);

/// Marks an address that refuses mail, or uses one again that takes it, and notes what became of the message.
pub async fn take_mail_report(
    app: &App,
    report: &MailReport,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    retry_on_conflict!(TRIES, { take_once(app, report, now).await })
}

async fn take_once(app: &App, report: &MailReport, now: DateTime<Utc>) -> Result<(), ServiceError> {
    let endpoint = Endpoint::Email { address: report.to.clone() };
    let sent = sent(app, report, &endpoint).await?;
    let Some((stored, number)) = sent.about else {
        tracing::warn!("a delivery report is about no mail that was sent from here; it is left alone");
        return Ok(());
    };
    let row = &stored.value;
    let (recipient, message_id) = (&row.recipient, &row.message);
    if row.report.as_ref().is_some_and(|known| report.at <= known.at) {
        tracing::info!(%recipient, %message_id, "a delivery report is older than what is known");
        return Ok(());
    }
    let refused = match report.fate {
        MailFate::Other => {
            tracing::warn!(%recipient, %message_id, "a mail may not have been read");
            return Ok(());
        }
        MailFate::Delivered => {
            if app.repository.last_refusal(&endpoint).await?.is_some_and(|last| last < report.at) {
                endpoint_health::note_working(app, recipient, &endpoint).await?;
            }
            None
        }
        MailFate::Refused(refusal) => {
            let error = words(refusal, report.code.as_deref());
            tracing::error!(%recipient, %message_id, error, "a mail was not delivered");
            if is_about_us(refusal, report.code.as_deref()) {
                return try_again(app, &stored, number, report, error, now).await;
            }
            if sent.delivered.is_none_or(|delivered| delivered < report.at) {
                if refusal == MailRefusal::Bounced
                    && equal_refusals::note(app, &endpoint, &error, now).await?.is_some()
                {
                    return try_again(app, &stored, number, report, error, now).await;
                }
                endpoint_health::give_up(app, recipient, &endpoint, &error, report.at, now).await?;
            }
            Some(error)
        }
    };
    note(app, &stored, NotedReport { at: report.at, number, refused }, now).await
}

/// Whether a refusal blames no address: then it waits until we are mended, as what the service itself refuses.
fn is_about_us(refusal: MailRefusal, code: Option<&str>) -> bool {
    match refusal {
        MailRefusal::Bounced => code.is_some_and(is_ours),
        MailRefusal::Failed => code.is_none_or(is_ours),
        // The service's list of addresses that bounced, and what the other side took it for: somebody has to look.
        MailRefusal::Suppressed | MailRefusal::Quarantined | MailRefusal::Filtered => false,
    }
}

/// Has a message sent anew, under another operation, that was refused because of us.
async fn try_again(
    app: &App,
    stored: &Stored<OutboxRow>,
    number: u32,
    report: &MailReport,
    error: String,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let row = &stored.value;
    if number != row.operation.number || !matches!(row.state, OutboxState::Delivered { .. }) {
        return Ok(());
    }
    let noted = Some(NotedReport { at: report.at, number, refused: Some(error.clone()) });
    let stored = Stored { value: OutboxRow { report: noted, ..row.clone() }, etag: stored.etag.clone() };
    let (retry_after, concerns) = (Some(AFTER_OURS), Concerns::Message);
    record_end(app, &stored, &Delivery::Ours { error, retry_after, concerns }, now).await
}

/// Writes down what became of the message. What is being sent anew at this moment only keeps the report.
async fn note(
    app: &App,
    stored: &Stored<OutboxRow>,
    report: NotedReport,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let row = &stored.value;
    let is_of_this = report.number == row.operation.number || report.refused.is_none();
    let at = report.at.min(now);
    let next = OutboxRow { report: Some(report.clone()), ..row.clone() };
    let next = match (&row.state, &report.refused) {
        (OutboxState::Sending { .. } | OutboxState::Dropped { .. }, _) => next,
        _ if !is_of_this => next,
        (OutboxState::Delivered { reference, .. }, None) => OutboxRow {
            state: OutboxState::Delivered { at, reference: reference.clone() },
            operation: row.operation.ended(),
            ..next
        },
        (_, None) => OutboxRow {
            state: OutboxState::Delivered { at, reference: "by its delivery report".to_owned() },
            doubtful: false,
            operation: row.operation.ended(),
            ..next
        },
        (_, Some(error)) => OutboxRow {
            state: OutboxState::Failed { at, error: error.clone() },
            last_error: Some(error.clone()),
            doubtful: false,
            operation: row.operation.ended(),
            ..next
        },
    };
    app.repository.replace_outbox(stored, &next).await?;
    if next.is_settled() {
        settle(app, &next).await?;
    }
    Ok(())
}

/// What is said of a refusal: in our own words, by what the status code means. The other side's words could be anybody's.
fn words(refusal: MailRefusal, code: Option<&str>) -> String {
    let what = match refusal {
        MailRefusal::Bounced => "the mail service reports that the address refused the mail (bounced)",
        MailRefusal::Suppressed => {
            "the mail service sends nothing to the address any more, because mail to it bounced (suppressed)"
        }
        MailRefusal::Quarantined => "the mail service reports that the mail was put into quarantine",
        MailRefusal::Filtered => "the mail service reports that the mail was taken for spam",
        MailRefusal::Failed => "the mail service reports that it could not deliver the mail",
    };
    let Some(code) = code else { return what.to_owned() };
    let meaning = match code.split_once('.').map_or("", |(_, rest)| rest) {
        rest if rest.starts_with("1.") => ": there is no such address",
        "2.2" => ": the mailbox is full",
        rest if rest.starts_with("2.") => ": the mailbox takes no mail",
        rest if rest.starts_with("4.") => ": its mail system could not be reached",
        rest if rest.starts_with("7.") => ": its mail system does not allow it",
        _ => "",
    };
    format!("{what}, status {code}{meaning}")
}

/// What was sent to the address of a report.
struct SentThere {
    /// The mail that the report is about, one that was handed to Communication Services for this very address, with the
    /// number of its operation.
    about: Option<(Stored<OutboxRow>, u32)>,
    /// When the newest mail there was delivered, as far as reports say.
    delivered: Option<DateTime<Utc>>,
}

async fn sent(app: &App, report: &MailReport, endpoint: &Endpoint) -> Result<SentThere, ServiceError> {
    let mut sent = SentThere { about: None, delivered: None };
    let Some(operation) = report.operation else { return Ok(sent) };
    let policy = app.policy();
    let mut names: BTreeSet<RecipientName> = policy
        .recipients
        .values()
        .filter(|recipient| recipient.endpoints().contains(endpoint))
        .map(|recipient| recipient.name.clone())
        .collect();
    names.insert(RecipientName::from(&report.to));
    for name in names {
        let state = app.repository.whole_state(&name).await?;
        let former = state.former.iter().flat_map(|former| &former.messages);
        let messages = state.ledger.iter().chain(former).map(|message| &message.value);
        for message in messages.filter(|message| message.endpoints.contains(endpoint)) {
            let id = OutboxId::derive(&message.id, endpoint);
            let Some(row) = app.repository.outbox_row(&id).await? else { continue };
            let arrived = row.value.report.as_ref().filter(|known| known.refused.is_none());
            sent.delivered = sent.delivered.max(arrived.map(|known| known.at));
            let is_same =
                |number: &u32| app.deliverers.operation(&message.id, &report.to, *number) == Some(operation);
            let number = (0..=row.value.operation.number).rev().find(is_same);
            if let Some(number) = number.filter(|number| was_handed_over(&row.value, *number)) {
                sent.about = Some((row, number));
            }
        }
    }
    Ok(sent)
}

/// Whether the mail left by the operation of that number, or may have: an attempt was made whose answer was lost.
fn was_handed_over(row: &OutboxRow, number: u32) -> bool {
    let of_before = number < row.operation.number;
    match &row.state {
        OutboxState::Delivered { reference, .. } => of_before || reference.contains(" operation "),
        OutboxState::Sending { .. } => true,
        OutboxState::Waiting | OutboxState::Emitted | OutboxState::Failed { .. } => {
            of_before || row.doubtful || row.operation.taken.is_some() || row.report.is_some()
        }
        OutboxState::Dropped { .. } => false,
    }
}
