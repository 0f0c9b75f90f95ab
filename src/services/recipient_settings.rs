//! Writes down what somebody sets on a page beyond one window: maintenance hours, mutes, and digests.
//!
//! A setting and its entries in the audit trail are one batch. Setting the same again changes nothing, and neither does a
//! form that is sent again after something else was said: each form is good for one setting.

use chrono::TimeDelta;

use super::{App, ServiceError};
use crate::domain::action::Actor;
use crate::domain::action::audit::{AuditAction, AuditEvent};
use crate::domain::action::form_keys;
use crate::domain::action::hours::NamedHours;
use crate::domain::ids::{MessageId, form_key};
use crate::domain::recipient_name::RecipientName;
use crate::domain::recipient_settings::{Mute, SettingAuthor};

/// How many one-time keys of forms are kept for a recipient's hours, and for how they want to be notified. A form is taken
/// for a quarter of an hour, in which a link does not do more.
const MOST_FORMS: usize = 200;

/// Who sets something, with the link of which message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkHolder {
    /// Whose link it is: the settings are theirs.
    pub recipient: RecipientName,
    pub by: Actor,
    pub message: MessageId,
    /// The one-time key of the form that says it, where one does.
    pub form: Option<String>,
}

/// What became of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingResult {
    /// It holds, now or since before.
    Done,
    /// There is no room for all of it.
    Full,
    /// There was nothing of the kind.
    Absent,
    /// The same form said it before, and it does not hold any more: somebody took it back since.
    SentBefore,
}

impl LinkHolder {
    /// The key that uses the form up for saying `what`: whoever goes back to the page may say something else with it.
    fn key(&self, what: &str) -> Option<String> {
        self.form.as_ref().map(|form| form_key(&format!("{form} {what}")))
    }

    fn event(&self, app: &App, action: AuditAction) -> AuditEvent {
        let message = Some(self.message.clone());
        AuditEvent { at: app.clock.now(), actor: self.by.clone(), action, window: None, message }
    }
}

/// Keeps `hours`; the next look at Azure plans by them.
///
/// # Errors
/// When the store cannot be read or written. Trying again is safe, here and below.
pub async fn name_hours(
    app: &App,
    holder: &LinkHolder,
    hours: &[NamedHours],
) -> Result<SettingResult, ServiceError> {
    let named = app.repository.change_hours(&holder.recipient, |of, events| {
        let mut result = SettingResult::Done;
        for hours in hours {
            let is_new =
                take_form(&mut of.forms, holder.key(&format!("hours {} {}", hours.scope, hours.hours)));
            let is_known = |known: &NamedHours| known.scope == hours.scope && known.hours == hours.hours;
            if of.named.iter().any(is_known) {
                continue;
            }
            if !is_new {
                result = SettingResult::SentBefore;
                continue;
            }
            if !of.name(hours.clone()) {
                result = SettingResult::Full;
                continue;
            }
            let action =
                AuditAction::NamedHours { scope: hours.scope.to_string(), hours: hours.hours.to_string() };
            events.push(holder.event(app, action));
        }
        result
    });
    Ok(named.await?)
}

/// Removes the hours for the scope with this key, and returns them. The next look at Azure cancels what was planned by
/// them; it does not begin in any case.
///
/// # Errors
/// The inner one says why none were removed.
pub async fn remove_hours(
    app: &App,
    holder: &LinkHolder,
    key: &str,
) -> Result<Result<NamedHours, SettingResult>, ServiceError> {
    let removed = app.repository.change_hours(&holder.recipient, |of, events| {
        let is_new = take_form(&mut of.forms, holder.key(&format!("no hours {key}")));
        if !is_new && of.named.iter().any(|known| known.scope.key() == key) {
            return Err(SettingResult::SentBefore);
        }
        let removed = of.remove(key).ok_or(SettingResult::Absent)?;
        let (scope, hours) = (removed.scope.to_string(), removed.hours.to_string());
        events.push(holder.event(app, AuditAction::RemovedHours { scope, hours }));
        Ok(removed)
    });
    Ok(removed.await?)
}

/// Mutes as asked for.
pub async fn mute(app: &App, holder: &LinkHolder, mutes: &[Mute]) -> Result<SettingResult, ServiceError> {
    change_notification_settings(app, holder, || {
        app.repository.change_notification_settings(&holder.recipient, |notification_settings, events| {
            let mut result = SettingResult::Done;
            for mute in mutes {
                let what = format!("mute {} {} {}", mute.scope, mute.until, mute.reason);
                let is_new = take_form(&mut notification_settings.forms, holder.key(&what));
                let same = |known: &Mute| {
                    (&known.scope, known.until, &known.reason) == (&mute.scope, mute.until, &mute.reason)
                };
                if notification_settings.mutes.iter().any(same) {
                    continue;
                }
                if !is_new {
                    result = SettingResult::SentBefore;
                    continue;
                }
                if !notification_settings.mute(mute.clone()) {
                    result = SettingResult::Full;
                    continue;
                }
                let (scope, reason) = (mute.scope.to_string(), mute.reason.clone());
                events.push(holder.event(app, AuditAction::Muted { scope, until: mute.until, reason }));
            }
            result
        })
    })
    .await
}

/// Ends the mute for the scope with this key before its time, and returns it.
///
/// # Errors
/// The inner one says why none was ended.
pub async fn end_mute(
    app: &App,
    holder: &LinkHolder,
    key: &str,
) -> Result<Result<Mute, SettingResult>, ServiceError> {
    change_notification_settings(app, holder, || {
        app.repository.change_notification_settings(&holder.recipient, |notification_settings, events| {
            let is_new = take_form(&mut notification_settings.forms, holder.key(&format!("no mute {key}")));
            if !is_new && notification_settings.mutes.iter().any(|known| known.scope.key() == key) {
                return Err(SettingResult::SentBefore);
            }
            let ended = notification_settings.end(key).ok_or(SettingResult::Absent)?;
            events.push(holder.event(app, AuditAction::MuteEnded { scope: ended.scope.to_string() }));
            Ok(ended)
        })
    })
    .await
}

/// Takes the one-time key of a form; whether it was not taken before. What no form says is always new.
fn take_form(forms: &mut Vec<String>, key: Option<String>) -> bool {
    key.is_none_or(|key| form_keys::take(forms, &key, MOST_FORMS))
}

/// Turns digests on or off. `false` when it was so already, or the same form said so before.
pub async fn digests(app: &App, holder: &LinkHolder, wanted: bool) -> Result<bool, ServiceError> {
    change_notification_settings(app, holder, || {
        app.repository.change_notification_settings(&holder.recipient, |notification_settings, events| {
            let is_new = take_form(&mut notification_settings.forms, holder.key("digests"));
            if notification_settings.without_digests.is_none() == wanted || !is_new {
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
