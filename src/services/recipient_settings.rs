//! Writes down what somebody said on a page beyond one window: maintenance hours, silences, and no digests.
//!
//! What was said and its entries in the audit trail are one batch. Saying the same again changes nothing.

use chrono::TimeDelta;

use super::{App, ServiceError};
use crate::domain::action::Actor;
use crate::domain::action::audit::{AuditAction, AuditEvent};
use crate::domain::action::hours::NamedHours;
use crate::domain::message::MessageId;
use crate::domain::recipient::RecipientName;
use crate::domain::recipient_settings::{Mute, SettingAuthor};

/// Who says something, with the link of which message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkHolder {
    /// Whose link it is: what is said is theirs.
    pub recipient: RecipientName,
    /// Who speaks.
    pub by: Actor,
    /// The message.
    pub message: MessageId,
}

impl LinkHolder {
    fn did(&self, app: &App, action: AuditAction) -> AuditEvent {
        let message = Some(self.message.clone());
        AuditEvent { at: app.clock.now(), actor: self.by.clone(), action, window: None, message }
    }
}

/// Keeps `hours`; the next look at Azure plans by them. `false` when there is no room for all of them.
///
/// # Errors
/// When the store cannot be read or written. Saying it again is safe, here and below.
pub async fn name_hours(app: &App, speaker: &LinkHolder, hours: &[NamedHours]) -> Result<bool, ServiceError> {
    let named = app.repository.change_hours(&speaker.recipient, |of, happenings| {
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
            happenings.push(speaker.did(app, action));
        }
        room
    });
    Ok(named.await?)
}

/// Forgets the hours for the reach with this key, and gives them back when there were some. What was planned by them is
/// taken back by the next look at Azure, and does not begin in any case.
///
/// # Errors
/// As above.
pub async fn remove_hours(
    app: &App,
    speaker: &LinkHolder,
    key: &str,
) -> Result<Option<NamedHours>, ServiceError> {
    let removed = app.repository.change_hours(&speaker.recipient, |of, happenings| {
        let removed = of.remove(key)?;
        let (scope, hours) = (removed.scope.to_string(), removed.hours.to_string());
        happenings.push(speaker.did(app, AuditAction::RemovedHours { scope, hours }));
        Some(removed)
    });
    Ok(removed.await?)
}

/// Keeps silence as asked for. `false` when there is no room for all of it.
///
/// # Errors
/// As above.
pub async fn mute(app: &App, speaker: &LinkHolder, mutes: &[Mute]) -> Result<bool, ServiceError> {
    change_notification_settings(app, speaker, || {
        app.repository.change_notification_settings(
            &speaker.recipient,
            |notification_settings, happenings| {
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
                    happenings
                        .push(speaker.did(app, AuditAction::Silenced { scope, until: mute.until, reason }));
                }
                room
            },
        )
    })
    .await
}

/// Ends the silence for the reach with this key before its time, and gives it back when there was one.
///
/// # Errors
/// As above.
pub async fn end_mute(app: &App, speaker: &LinkHolder, key: &str) -> Result<Option<Mute>, ServiceError> {
    change_notification_settings(app, speaker, || {
        app.repository.change_notification_settings(
            &speaker.recipient,
            |notification_settings, happenings| {
                let ended = notification_settings.end(key)?;
                happenings
                    .push(speaker.did(app, AuditAction::EndedSilence { scope: ended.scope.to_string() }));
                Some(ended)
            },
        )
    })
    .await
}

/// Sends digests from now on, or none. `false` when it was so already.
///
/// # Errors
/// As above.
pub async fn digests(app: &App, speaker: &LinkHolder, wanted: bool) -> Result<bool, ServiceError> {
    change_notification_settings(app, speaker, || {
        app.repository.change_notification_settings(
            &speaker.recipient,
            |notification_settings, happenings| {
                if notification_settings.without_digests.is_none() == wanted {
                    return false;
                }
                let said = SettingAuthor { by: speaker.by.clone(), at: app.clock.now() };
                notification_settings.without_digests = (!wanted).then_some(said);
                happenings.push(speaker.did(app, AuditAction::Digests { wanted }));
                true
            },
        )
    })
    .await
}

/// Changes how somebody wants to be told, and has it planned for them. The wake-up that comes first stays, should the
/// process be killed in between.
async fn change_notification_settings<T, F>(
    app: &App,
    speaker: &LinkHolder,
    change: impl FnOnce() -> F,
) -> Result<T, ServiceError>
where
    F: Future<Output = Result<T, crate::store::StoreError>>,
{
    let now = app.clock.now();
    app.repository.wake(&speaker.recipient, now + TimeDelta::minutes(1)).await?;
    let changed = change().await?;
    app.repository.wake(&speaker.recipient, now).await?;
    Ok(changed)
}
