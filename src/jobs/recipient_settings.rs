//! Writes down what somebody said on a page beyond one window: maintenance hours, silences, and no digests.
//!
//! What was said and its entries in the audit trail are one batch. Saying the same again changes nothing.

use chrono::TimeDelta;

use super::{App, JobError};
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
    fn did(&self, app: &App, deed: AuditAction) -> AuditEvent {
        let message = Some(self.message.clone());
        AuditEvent { at: app.clock.now(), actor: self.by.clone(), deed, window: None, message }
    }
}

/// Keeps `hours`; the next look at Azure plans by them. `false` when there is no room for all of them.
///
/// # Errors
/// When the store cannot be read or written. Saying it again is safe, here and below.
pub async fn name_hours(app: &App, speaker: &LinkHolder, hours: &[NamedHours]) -> Result<bool, JobError> {
    let named = app.repository.change_hours(&speaker.recipient, |of, happenings| {
        let mut room = true;
        for hours in hours {
            let is_known = |known: &NamedHours| known.reach == hours.reach && known.hours == hours.hours;
            if of.named.iter().any(is_known) {
                continue;
            }
            if !of.name(hours.clone()) {
                room = false;
                continue;
            }
            let deed =
                AuditAction::NamedHours { reach: hours.reach.to_string(), hours: hours.hours.to_string() };
            happenings.push(speaker.did(app, deed));
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
) -> Result<Option<NamedHours>, JobError> {
    let removed = app.repository.change_hours(&speaker.recipient, |of, happenings| {
        let removed = of.remove(key)?;
        let (reach, hours) = (removed.reach.to_string(), removed.hours.to_string());
        happenings.push(speaker.did(app, AuditAction::RemovedHours { reach, hours }));
        Some(removed)
    });
    Ok(removed.await?)
}

/// Keeps silence as asked for. `false` when there is no room for all of it.
///
/// # Errors
/// As above.
pub async fn silence(app: &App, speaker: &LinkHolder, silences: &[Mute]) -> Result<bool, JobError> {
    change_telling(app, speaker, || {
        app.repository.change_telling(&speaker.recipient, |telling, happenings| {
            let mut room = true;
            for silence in silences {
                let same = |known: &Mute| {
                    (&known.reach, known.until, &known.reason)
                        == (&silence.reach, silence.until, &silence.reason)
                };
                if telling.silences.iter().any(same) {
                    continue;
                }
                if !telling.silence(silence.clone()) {
                    room = false;
                    continue;
                }
                let (reach, reason) = (silence.reach.to_string(), silence.reason.clone());
                happenings
                    .push(speaker.did(app, AuditAction::Silenced { reach, until: silence.until, reason }));
            }
            room
        })
    })
    .await
}

/// Ends the silence for the reach with this key before its time, and gives it back when there was one.
///
/// # Errors
/// As above.
pub async fn end_silence(app: &App, speaker: &LinkHolder, key: &str) -> Result<Option<Mute>, JobError> {
    change_telling(app, speaker, || {
        app.repository.change_telling(&speaker.recipient, |telling, happenings| {
            let ended = telling.end(key)?;
            happenings.push(speaker.did(app, AuditAction::EndedSilence { reach: ended.reach.to_string() }));
            Some(ended)
        })
    })
    .await
}

/// Sends digests from now on, or none. `false` when it was so already.
///
/// # Errors
/// As above.
pub async fn digests(app: &App, speaker: &LinkHolder, wanted: bool) -> Result<bool, JobError> {
    change_telling(app, speaker, || {
        app.repository.change_telling(&speaker.recipient, |telling, happenings| {
            if telling.without_digests.is_none() == wanted {
                return false;
            }
            let said = SettingAuthor { by: speaker.by.clone(), at: app.clock.now() };
            telling.without_digests = (!wanted).then_some(said);
            happenings.push(speaker.did(app, AuditAction::Digests { wanted }));
            true
        })
    })
    .await
}

/// Changes how somebody wants to be told, and has it planned for them. The wake-up that comes first stays, should the
/// process be killed in between.
async fn change_telling<T, F>(
    app: &App,
    speaker: &LinkHolder,
    change: impl FnOnce() -> F,
) -> Result<T, JobError>
where
    F: Future<Output = Result<T, crate::store::StoreError>>,
{
    let now = app.clock.now();
    app.repository.wake(&speaker.recipient, now + TimeDelta::minutes(1)).await?;
    let changed = change().await?;
    app.repository.wake(&speaker.recipient, now).await?;
    Ok(changed)
}
