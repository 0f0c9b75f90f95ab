//! Signs the links of a message: the one with which its recipient responds, the one that turns digests off, and that of
//! the recipient's feed.

use chrono::{DateTime, TimeDelta, Utc};

use super::App;
use super::start_permissions::ForbiddenGroups;
use crate::domain::action::link_purpose::LinkPurpose;
use crate::domain::action::token::{Link, MessageRef};
use crate::domain::message::MessageKind;
use crate::domain::message_content::{ActionLink, ContentItem, MessageContent};
use crate::domain::reason::Reason;
use crate::domain::recipient_name::RecipientName;

/// No link is good for longer, whatever the dates say.
const LONGEST: TimeDelta = TimeDelta::days(40);

/// The link for a message that is bound at `now`; `None` where nothing of it can be responded to, no page is
/// reachable or no key is set. What a pilot diverts gets none: it would let its reader answer for somebody else.
pub(super) fn action_link(
    app: &App,
    content: &MessageContent,
    sequence: u64,
    forbidden: &ForbiddenGroups,
    now: DateTime<Utc>,
) -> Option<ActionLink> {
    let base = app.deployment.public_url.as_ref().filter(|_| !content.diverted)?;
    let open: Vec<&ContentItem> = content.items.iter().filter(|item| can_be_answered(item, now)).collect();
    let expires = open.iter().filter_map(|item| answerable_until(item, now)).max()?.min(now + LONGEST);
    let message = MessageRef::to_message(&content.recipient, sequence, &content.id)?;
    let token = app.link_keys.sign(&Link { purpose: Some(LinkPurpose::Respond), message, expires })?;
    Some(ActionLink {
        url: format!("{}/a?t={token}", base.trim_end_matches('/')),
        starts: app.start_rules.enabled
            && open.iter().any(|item| is_worth_starting(item, now) && !forbidden.covers(item.window.place())),
    })
}

/// Where mail software turns digests off. Only digests can be turned off, and only over https (RFC 8058).
pub(super) fn unsubscribe_link(
    app: &App,
    content: &MessageContent,
    sequence: u64,
    now: DateTime<Utc>,
) -> Option<String> {
    let is_digest = content.kind == MessageKind::Digest && !content.diverted;
    let base = app.deployment.public_url.as_ref().filter(|base| is_digest && base.starts_with("https://"))?;
    let message = MessageRef::to_message(&content.recipient, sequence, &content.id)?;
    let expires = now + LONGEST;
    let token = app.link_keys.sign(&Link { purpose: Some(LinkPurpose::Unsubscribe), message, expires })?;
    Some(format!("{}/unsubscribe?t={token}", base.trim_end_matches('/')))
}

/// How long the address of a feed is good. Calendars ask for it without anybody looking.
const FEED: TimeDelta = TimeDelta::days(400);

/// The feed that a message tells of: where the reader is new, and in digests, which come again and again. Other mails
/// stay short.
pub(super) fn feed_link(app: &App, content: &MessageContent, now: DateTime<Utc>) -> Option<String> {
    let tells = content.introduce || content.kind == MessageKind::Digest;
    let base = app.deployment.public_url.as_ref().filter(|_| tells && !content.diverted)?;
    let has_dates = !content.items.is_empty() || content.unchanged > 0;
    let token = feed_token(app, &content.recipient, LinkPurpose::Feed, now).filter(|_| has_dates)?;
    Some(format!("{}/calendar.ics?t={token}", base.trim_end_matches('/')))
}

/// The token of a recipient's feed: the same all day, so that a feed that was added twice is one.
pub fn feed_token(
    app: &App,
    recipient: &RecipientName,
    purpose: LinkPurpose,
    now: DateTime<Utc>,
) -> Option<String> {
    let today = now.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
    let message = MessageRef::new(recipient, 0)?;
    app.link_keys.sign(&Link { purpose: Some(purpose), message, expires: today + FEED })
}

/// When the link of a feed was signed, as far as it says: at the beginning of the day. What is withdrawn at noon stays
/// withdrawn until midnight.
pub fn feed_signed(link: &Link) -> DateTime<Utc> {
    link.expires - FEED
}

/// What only an event reports gets no page: whoever can send events would choose when its buttons come.
fn can_be_answered(item: &ContentItem, now: DateTime<Utc>) -> bool {
    !item.is_only_reported()
        && item.withdrawn.is_none()
        && !item.window.is_over()
        && answerable_until(item, now).is_some()
}

/// What had better be left to Azure gets no button that speaks of starting.
fn is_worth_starting(item: &ContentItem, now: DateTime<Utc>) -> bool {
    let ours = item.window.machine.tenant.is_none();
    // Whoever was asked to take it over starts nothing before they do.
    let waits =
        item.reasons.iter().any(|reason| matches!(reason, Reason::HandedOver { accepted: false, .. }));
    ours && !waits && item.window.asks_owner(now)
}

/// The end of self-service, and once that has passed the end of Azure's own window; without any, as long as links are good.
fn answerable_until(item: &ContentItem, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let schedule = &item.window.facts.schedule;
    let ends =
        [schedule.self_service, schedule.scheduled].into_iter().flatten().map(|interval| interval.end());
    let undated = item.window.can_still_be_started(now).then(|| now + LONGEST);
    ends.into_iter().find(|end| now < *end).or(undated)
}
