//! What a link is about: the items of its message, with their state now.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::time_zone::Tz;
use chrono::{DateTime, Utc};

use crate::domain::action::form_nonce::FormPage;
use crate::domain::action::link_purpose::LinkPurpose;
use crate::domain::action::rolling::RollingPlan;
use crate::domain::action::token::{Link, LinkError};
use crate::domain::assignment::Assignment;
use crate::domain::email_address::EmailAddress;
use crate::domain::ids::PlanId;
use crate::domain::message::MessageKind;
use crate::domain::message_content::{ContentItem, MessageContent};
use crate::domain::recipient::{Preferences, Recipient};
use crate::domain::recipient_name::RecipientName;
use crate::domain::recipient_settings::NotificationSettings;
use crate::domain::window::{MaintenanceWindow, WindowId};
use crate::services::{App, ServiceError, log_unreadable};
use crate::store::repository::LinkOwner;

/// What a link turned out to be.
#[derive(Debug)]
pub(super) enum LinkLookup {
    Target(Box<LinkTarget>),
    NotOurs,
    /// A genuine one of which nothing is kept any more.
    Forgotten,
    /// A genuine one that operators withdrew.
    Withdrawn {
        at: DateTime<Utc>,
        /// The zone in which its recipient reads dates.
        zone: Tz,
    },
}

/// What a genuine link is about.
#[derive(Debug)]
pub(super) struct LinkTarget {
    pub(super) token: String,
    link: Link,
    pub(super) recipient: RecipientName,
    /// The names under which they were kept before.
    former: BTreeSet<RecipientName>,
    /// The zone in which they read dates.
    pub(super) zone: Tz,
    /// What the message was bound to.
    pub(super) content: Arc<MessageContent>,
    /// Since when the link is over, if it is.
    pub(super) expired: Option<DateTime<Utc>>,
    /// How they want to be notified.
    pub(super) notification_settings: NotificationSettings,
    configured: Option<Recipient>,
    assignments: BTreeMap<WindowId, Arc<Assignment>>,
}

/// Finds what `token` is about, for whom the token is genuine. Three reads and the recipient's partition.
pub(super) async fn find(app: &App, token: &str) -> Result<LinkLookup, ServiceError> {
    let now = app.clock.now();
    let (link, expired) = match app.link_keys.verify(token, &[LinkPurpose::Respond, LinkPurpose::Drill], now)
    {
        Ok(link) => (link, None),
        // Old ones open nothing any more once their time is over.
        Err(LinkError::Expired(Link { purpose: None, .. })) => return Ok(LinkLookup::Forgotten),
        Err(LinkError::Expired(link)) => (link, Some(link.expires)),
        Err(LinkError::NotOurs) => return Ok(LinkLookup::NotOurs),
    };
    let Some(LinkOwner { name: recipient, sent_to }) = app.repository.recipient_of(&link.message).await?
    else {
        return Ok(LinkLookup::Forgotten);
    };
    let Some(content) = app.repository.shared_content(&sent_to, link.message.sequence()).await? else {
        return Ok(LinkLookup::Forgotten);
    };
    // A store that was lost or restored has given the number to another message.
    if !link.message.means(&content.recipient, &content.id) {
        return Ok(LinkLookup::Forgotten);
    }
    if link.purpose.is_some_and(|purpose| purpose != purpose_of(content.kind)) {
        return Ok(LinkLookup::NotOurs);
    }
    // A link is signed when its message is bound. Whether it was withdrawn is looked up every time.
    if let Some(at) = app.repository.revocations().await?.of(&link.message, content.frozen_at) {
        return Ok(LinkLookup::Withdrawn { at, zone: content.timezone });
    }
    let state = app.repository.state(&recipient).await?;
    log_unreadable("a row of a recipient", &state.unreadable);
    let configured = app.policy().recipient(&recipient);
    let zone = configured.as_ref().map_or(content.timezone, |recipient| recipient.preferences.timezone);
    Ok(LinkLookup::Target(Box::new(LinkTarget {
        token: token.to_owned(),
        link,
        recipient,
        former: state.head.map(|head| head.value.head.former).unwrap_or_default(),
        zone,
        content,
        expired,
        notification_settings: state.notification_settings,
        configured,
        assignments: state.assignments.into_iter().map(|one| (one.window.id.clone(), one)).collect(),
    })))
}

/// What a link in a message of this kind is for.
fn purpose_of(kind: MessageKind) -> LinkPurpose {
    if kind == MessageKind::Drill { LinkPurpose::Drill } else { LinkPurpose::Respond }
}

impl LinkTarget {
    /// Every item of the message with the recipient's copy of its window, when that is still kept. What only an event
    /// reported is none: nothing can be done with it here.
    pub(super) fn items(&self) -> impl Iterator<Item = (usize, &ContentItem, Option<&Assignment>)> {
        let items = self.content.items.iter().enumerate().filter(|(_, item)| !item.is_only_reported());
        items.map(|(index, item)| (index, item, self.assignment_of(item)))
    }

    /// The recipient's copy of the window at `index`, when they are still responsible for it.
    pub(super) fn assignment(&self, index: usize) -> Option<&Assignment> {
        let item = self.content.items.get(index).filter(|item| !item.is_only_reported())?;
        self.assignment_of(item).filter(|assignment| assignment.withdrawn.is_none())
    }

    /// The recipient's copy of the window at `index`, when they are no longer responsible for it.
    pub(super) fn given_away(&self, index: usize) -> Option<&Assignment> {
        let item = self.content.items.get(index)?;
        self.assignment_of(item).filter(|assignment| assignment.withdrawn.is_some())
    }

    /// The recipient's copy of any window of theirs, whether it is in the message or not.
    pub(super) fn window(&self, id: &WindowId) -> Option<&MaintenanceWindow> {
        self.assignments.get(id).map(|assignment| &assignment.window)
    }

    fn assignment_of(&self, item: &ContentItem) -> Option<&Assignment> {
        self.assignments.get(&item.window.id).map(Arc::as_ref)
    }

    /// Whether the recipient is responsible for nothing of it any more.
    pub(super) fn is_withdrawn(&self) -> bool {
        self.items()
            .all(|(_, _, assignment)| assignment.is_none_or(|assignment| assignment.withdrawn.is_some()))
    }

    /// When and how the recipient is notified, when they are still known.
    pub(super) fn preferences(&self) -> Option<&Preferences> {
        self.configured.as_ref().map(|recipient| &recipient.preferences)
    }

    /// The recipient's own addresses.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &EmailAddress> {
        self.configured.iter().flat_map(|recipient| &recipient.emails)
    }

    /// The rolling plan `id`, when it is this recipient's. Any link of theirs shows it, and nobody else's.
    pub(super) async fn plan(
        &self,
        app: &App,
        id: Option<&PlanId>,
    ) -> Result<Option<RollingPlan>, ServiceError> {
        let Some(id) = id else { return Ok(None) };
        let plan = app.repository.plan(id).await?;
        let is_theirs =
            |plan: &RollingPlan| plan.owner == self.recipient || self.former.contains(&plan.owner);
        Ok(plan.filter(is_theirs))
    }

    /// The address of a plan's page.
    pub(super) fn plan_address(&self, id: &PlanId) -> String {
        format!("/a?t={}&plan={id}", self.token)
    }

    /// The page whose forms it opens: that of its message, or of a rolling plan.
    pub(super) fn form_page(&self, plan: Option<&PlanId>) -> FormPage {
        FormPage {
            purpose: plan.map_or(purpose_of(self.content.kind), |_| LinkPurpose::Plan),
            token: self.token.clone(),
            part: plan.map(PlanId::to_string).unwrap_or_default(),
        }
    }

    /// The address of the page on which the recipient turns digests on again.
    pub(super) fn digests_address(&self, app: &App) -> Option<String> {
        let token = app.link_keys.sign(&Link { purpose: Some(LinkPurpose::Unsubscribe), ..self.link })?;
        Some(format!("/unsubscribe?t={token}"))
    }
}
