//! Writes down what somebody sets on a page beyond one window: maintenance hours, mutes, and digests.
//!
//! A setting and its entries in the audit trail are one batch. Setting the same again changes nothing.

use chrono::TimeDelta;

use super::{App, ServiceError};
use crate::domain::action::Actor;
use crate::domain::action::audit::{AuditAction, AuditEvent};
use crate::domain::action::hours::NamedHours;
use crate::domain::ids::MessageId;
use crate::domain::recipient_name::RecipientName;
use crate::domain::recipient_settings::{Mute, SettingAuthor};

/// Who sets something, with the link of which message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkHolder {
    /// Whose link it is: the settings are theirs.
    pub recipient: RecipientName,
    pub by: Actor,
    pub message: MessageId,
}

impl LinkHolder {
    fn event(&self, app: &App, action: AuditAction) -> AuditEvent {
        let message = Some(self.message.clone());
        AuditEvent { at: app.clock.now(), actor: self.by.clone(), action, window: None, message }
    }
}

/// Keeps `hours`; the next look at Azure plans by them. `false` when there is no room for all of them.
///
/// # Errors
/// When the store cannot be read or written. Trying again is safe, here and below.
pub async fn name_hours(app: &App, holder: &LinkHolder, hours: &[NamedHours]) -> Result<bool, ServiceError> {
    let named = app.repository.change_hours(&holder.recipient, |of, events| {
        let mut room = true;
        for hours in hours {
            let is_known = |known: &NamedHours| known.scope == hours.scope && known.hours == hours.hours;
            if of.named.iter().any(is_known) {
                continue;
            }
            if !of.name(hours.clone()) {
                room = false;
                continue;
            }
            let action =
                AuditAction::NamedHours { scope: hours.scope.to_string(), hours: hours.hours.to_string() };
            events.push(holder.event(app, action));
        }
        room
    });
    Ok(named.await?)
}

/// Removes the hours for the scope with this key, and returns them when there were some. The next look at Azure cancels
/// what was planned by them; it does not begin in any case.
pub async fn remove_hours(
    app: &App,
    holder: &LinkHolder,
    key: &str,
) -> Result<Option<NamedHours>, ServiceError> {
    let removed = app.repository.change_hours(&holder.recipient, |of, events| {
        let removed = of.remove(key)?;
        let (scope, hours) = (removed.scope.to_string(), removed.hours.to_string());
        events.push(holder.event(app, AuditAction::RemovedHours { scope, hours }));
        Some(removed)
    });
    Ok(removed.await?)
}

/// Mutes as asked for. `false` when there is no room for all of it.
pub async fn mute(app: &App, holder: &LinkHolder, mutes: &[Mute]) -> Result<bool, ServiceError> {
    change_notification_settings(app, holder, || {
        app.repository.change_notification_settings(&holder.recipient, |notification_settings, events| {
            let mut room = true;
            for mute in mutes {
                let same = |known: &Mute| {
                    (&known.scope, known.until, &known.reason) == (&mute.scope, mute.until, &mute.reason)
                };
                if notification_settings.mutes.iter().any(same) {
                    continue;
                }
                if !notification_settings.mute(mute.clone()) {
                    room = false;
                    continue;
                }
                let (scope, reason) = (mute.scope.to_string(), mute.reason.clone());
                events.push(holder.event(app, AuditAction::Silenced { scope, until: mute.until, reason }));
            }
            room
        })
    })
    .await
}

/// Ends the mute for the scope with this key before its time, and returns it when there was one.
pub async fn end_mute(app: &App, holder: &LinkHolder, key: &str) -> Result<Option<Mute>, ServiceError> {
    change_notification_settings(app, holder, || {
        app.repository.change_notification_settings(&holder.recipient, |notification_settings, events| {
            let ended = notification_settings.end(key)?;
            events.push(holder.event(app, AuditAction::EndedSilence { scope: ended.scope.to_string() }));
            Some(ended)
        })
    })
    .await
}

/// Turns digests on or off. `false` when it was so already.
pub async fn digests(app: &App, holder: &LinkHolder, wanted: bool) -> Result<bool, ServiceError> {
    change_notification_settings(app, holder, || {
        app.repository.change_notification_settings(&holder.recipient, |notification_settings, events| {
            if notification_settings.without_digests.is_none() == wanted {
                return false;
            }
            let said = SettingAuthor { by: holder.by.clone(), at: app.clock.now() };
            notification_settings.without_digests = (!wanted).then_some(said);
            events.push(holder.event(app, AuditAction::Digests { wanted }));
            true
        })
    })
    .await
}

/// Changes how somebody wants to be notified, and has it planned for them. The wake-up that comes first stays, should the
/// process be killed in between.
async fn change_notification_settings<T, F>(
    app: &App,
    holder: &LinkHolder,
    change: impl FnOnce() -> F,
) -> Result<T, ServiceError>
where
    F: Future<Output = Result<T, crate::store::StoreError>>,
{
    let now = app.clock.now();
    app.repository.wake(&holder.recipient, now + TimeDelta::minutes(1)).await?;
    let changed = change().await?;
    app.repository.wake(&holder.recipient, now).await?;
    Ok(changed)
}
