//! Fire drills: wakes whom one concerns, claims its messages and binds them. The rest of their way is everybody's.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::planning_input::{RecipientFacts, TenantState};
use super::{App, all_recipients};
use crate::domain::action::Actor;
use crate::domain::action::link_purpose::LinkPurpose;
use crate::domain::action::token::{Link, MessageRef};
use crate::domain::drill::{self, Confirmation, Drill, DrillDue};
use crate::domain::ledger::MessageRecord;
use crate::domain::message_content::{ActionLink, MessageContent};
use crate::domain::planning::PlanningInput;
use crate::domain::recipient_name::RecipientName;
use crate::store::StoreError;

/// Everybody whom a drill without a narrower scope concerns: the configured recipients, and whoever has open windows.
pub async fn everybody(app: &App) -> Result<BTreeSet<RecipientName>, StoreError> {
    let mut names = all_recipients::all_recipients(app).await?;
    names.extend(app.policy().recipients.keys().cloned());
    names.retain(|name| app.policy().recipient(name).is_some());
    Ok(names)
}

/// Begins a drill; `None` while one is open. The next planning finds it.
pub async fn begin(
    app: &App,
    by: Actor,
    recipients: BTreeSet<RecipientName>,
) -> Result<Option<Drill>, StoreError> {
    app.repository.begin_drill(Drill::new(by, recipients, app.clock.now())).await
}

/// Wakes everybody whom an open drill concerns. The wake-ups come first: should this process end before that is noted,
/// they are written once more.
pub(super) async fn wake(app: &App, now: DateTime<Utc>) -> Result<(), StoreError> {
    let open = app.repository.drill().await?.filter(|drill| drill.is_open(now) && !drill.woken);
    let Some(drill) = open else { return Ok(()) };
    let wakes: Vec<_> = drill.recipients.iter().map(|name| (name.clone(), now)).collect();
    app.repository.wake_all(&wakes).await?;
    app.repository.update_drill(&drill, |drill| drill.woken = true).await.map(drop)
}

/// Claims the message of an open drill to `name` when it is due. Planning writes its outbox rows.
pub(super) async fn claim(
    app: &App,
    name: &RecipientName,
    tenant: &TenantState,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let policy = app.policy();
    let open = tenant.drill.as_ref().filter(|drill| drill.is_open(now) && drill.recipients.contains(name));
    let (Some(drill), Some(recipient)) = (open, policy.recipient(name)) else { return Ok(()) };
    let state = app.repository.whole_state(name).await?;
    let facts = RecipientFacts::new(&policy, recipient, state, tenant);
    match drill.due(&facts.input(&policy, tenant), app.pace(), now) {
        DrillDue::Nothing => Ok(()),
        DrillDue::At(at) => app.repository.wake(name, at).await,
        DrillDue::Now(message) => {
            let mut head = facts.head;
            head.sequence = message.sequence;
            head.unemitted.insert(message.sequence);
            app.repository.claim(name, (head, facts.head_etag), (&message, None), false).await?;
            tracing::info!(recipient = %name, message_id = %message.id, "claimed the message of a drill");
            Ok(())
        }
    }
}

/// What a message of the newest drill is bound to; `None` when that drill is over.
pub(super) fn content(
    app: &App,
    input: &PlanningInput<'_>,
    message: &MessageRecord,
    tenant: &TenantState,
    now: DateTime<Utc>,
) -> Option<MessageContent> {
    let drill = tenant.drill.as_ref().filter(|drill| drill.is_open(now) && message.claimed_at >= drill.at)?;
    let mut content = drill::content(input, message, now);
    content.link = link(app, &content, message.sequence, drill);
    Some(content)
}

/// What a pilot diverts gets no link: it would let its reader confirm for somebody else.
fn link(app: &App, content: &MessageContent, sequence: u64, drill: &Drill) -> Option<ActionLink> {
    let base = app.deployment.public_url.as_ref().filter(|_| !content.diverted)?;
    let message = MessageRef::to_message(&content.recipient, sequence, &content.id)?;
    let token =
        app.link_keys.sign(&Link { purpose: Some(LinkPurpose::Drill), message, expires: drill.until })?;
    Some(ActionLink { url: format!("{}/a?t={token}", base.trim_end_matches('/')), starts: false })
}

/// Notes that the recipient of a message of the newest drill has it; the first time counts. `None` when that drill is
/// over.
pub async fn confirm(
    app: &App,
    content: &MessageContent,
    by: Actor,
) -> Result<Option<Confirmation>, StoreError> {
    let now = app.clock.now();
    let Some(drill) = drill_of(app, content).await?.filter(|drill| drill.is_open(now)) else {
        return Ok(None);
    };
    let confirmation = Confirmation { recipient: content.recipient.clone(), by, at: now };
    app.repository.confirm_drill(&drill, confirmation).await.map(Some)
}

/// The newest drill, if this content belongs to it.
pub async fn drill_of(app: &App, content: &MessageContent) -> Result<Option<Drill>, StoreError> {
    Ok(app.repository.drill().await?.filter(|drill| content.frozen_at >= drill.at))
}
