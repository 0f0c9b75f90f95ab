//! What people said on pages beyond one window: maintenance hours, mutes, no digests. One row a recipient for each
//! kind, in the partition of decisions, so that what was said and its entry in the audit trail are one batch.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::access::{ATTEMPTS, Repository};
use super::batch;
use super::keys::partition;
use super::loaded::LoadedRows;
use super::writes::{exactly, split};
use crate::domain::action::audit::AuditEvent;
use crate::domain::action::hours::RecipientHours;
use crate::domain::recipient_name::RecipientName;
use crate::domain::recipient_settings::NotificationSettings;
use crate::store::codec::Versioned;
use crate::store::key::hash_key;
use crate::store::retry_on_conflict;
use crate::store::{ETag, RowKey, RowRange, StoreError, Write};

/// How one recipient wants to be notified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct NotificationSettingsRow {
    recipient: RecipientName,
    #[serde(rename = "telling")]
    notification_settings: NotificationSettings,
}

impl Versioned for RecipientHours {}
impl Versioned for NotificationSettingsRow {}

impl Repository {
    /// Every maintenance hours that somebody named on a page. What cannot be read is logged, and names nothing.
    pub async fn named_hours(&self) -> Result<Vec<RecipientHours>, StoreError> {
        let loaded: LoadedRows<RecipientHours> =
            self.load(&partition()?, RowRange::within(&[HOURS])?).await?;
        super::loaded::log_unreadable(&loaded.unreadable);
        Ok(loaded.rows.into_iter().map(|row| row.value).collect())
    }

    /// The maintenance hours that were named with the links of `recipient`.
    pub async fn hours_of(&self, recipient: &RecipientName) -> Result<RecipientHours, StoreError> {
        let row = self.read::<RecipientHours>(&partition()?, &key(HOURS, recipient)?).await?;
        Ok(row.map_or_else(|| RecipientHours::none(recipient.clone()), |row| row.value))
    }

    /// How `recipient` wants to be notified.
    pub async fn notification_settings(
        &self,
        recipient: &RecipientName,
    ) -> Result<NotificationSettings, StoreError> {
        let row = self.read::<NotificationSettingsRow>(&partition()?, &key(SETTINGS, recipient)?).await?;
        Ok(row.map(|row| row.value.notification_settings).unwrap_or_default())
    }

    /// Changes the hours of `recipient` as `change` says, with what the audit trail is to say of that. Two reads and
    /// one batch.
    ///
    /// # Errors
    /// When the store cannot be read or written, or others keep being faster.
    pub async fn change_hours<T: Send>(
        &self,
        recipient: &RecipientName,
        mut change: impl FnMut(&mut RecipientHours, &mut Vec<AuditEvent>) -> T + Send,
    ) -> Result<T, StoreError> {
        self.update_stored(key(HOURS, recipient)?, |known, events| {
            let before = known.unwrap_or_else(|| RecipientHours::none(recipient.clone()));
            let mut hours = before.clone();
            let done = change(&mut hours, events);
            let is_other = hours != before;
            (hours, is_other, done)
        })
        .await
    }

    /// Changes how `recipient` wants to be notified, as [`Self::change_hours`] does with hours.
    ///
    /// # Errors
    /// As there.
    pub async fn change_notification_settings<T: Send>(
        &self,
        recipient: &RecipientName,
        mut change: impl FnMut(&mut NotificationSettings, &mut Vec<AuditEvent>) -> T + Send,
    ) -> Result<T, StoreError> {
        self.update_stored(key(SETTINGS, recipient)?, |known: Option<NotificationSettingsRow>, events| {
            let before = known.map(|row| row.notification_settings).unwrap_or_default();
            let mut notification_settings = before.clone();
            let done = change(&mut notification_settings, events);
            let is_other = notification_settings != before;
            let row = NotificationSettingsRow { recipient: recipient.clone(), notification_settings };
            (row, is_other, done)
        })
        .await
    }

    /// Gives what was said under one name to another: each is from whom, to whom, and whether it leaves the first. All of
    /// it is one batch.
    pub async fn carry_settings(
        &self,
        carried: &[(&RecipientName, &RecipientName, bool)],
    ) -> Result<(), StoreError> {
        let partition = partition()?;
        // Names that differ in case alone are one row, which keeps the newer of them.
        let names: BTreeMap<String, &RecipientName> = carried
            .iter()
            .flat_map(|(from, to, _)| [*from, *to])
            .map(|name| (hash_key(name.as_str()), name))
            .collect();
        retry_on_conflict!(ATTEMPTS, {
            let mut known = BTreeMap::new();
            for (row, name) in &names {
                known.insert(row.clone(), self.stored_settings(name).await?);
            }
            let mut writes = Vec::new();
            for (row, stored) in &known {
                let is_left = carried.iter().any(|(from, to, leaves)| {
                    *leaves && hash_key(from.as_str()) == *row && hash_key(to.as_str()) != *row
                });
                let mut next = if is_left {
                    Default::default()
                } else {
                    (stored.hours.0.clone(), stored.settings.0.clone())
                };
                let mut name = None;
                for (from, to, _) in carried.iter().filter(|(_, to, _)| hash_key(to.as_str()) == *row) {
                    let before = &known[&hash_key(from.as_str())];
                    name = Some(*to);
                    join_hours(&mut next.0, before.hours.0.as_ref());
                    join_settings(&mut next.1, before.settings.0.as_ref());
                }
                if let Some(name) = name {
                    next.0.iter_mut().for_each(|hours| hours.recipient = name.clone());
                    next.1.iter_mut().for_each(|settings| settings.recipient = name.clone());
                }
                writes.extend(changed(key(HOURS, names[row])?, &stored.hours, &next.0)?);
                writes.extend(changed(key(SETTINGS, names[row])?, &stored.settings, &next.1)?);
            }
            batch::write_all(&*self.store, &partition, writes).await?;
            Ok(())
        })
    }

    /// What was said under one name, as it was read.
    async fn stored_settings(&self, name: &RecipientName) -> Result<StoredSettings, StoreError> {
        let partition = partition()?;
        let hours = split(self.read(&partition, &key(HOURS, name)?).await?);
        Ok(StoredSettings { hours, settings: split(self.read(&partition, &key(SETTINGS, name)?).await?) })
    }

    /// Forgets the settings of `recipient` beyond one window.
    pub async fn delete_settings(&self, recipient: &RecipientName) -> Result<(), StoreError> {
        let delete = |kind| Ok(Write::Delete { row: key(kind, recipient)?, etag: None });
        let writes = [HOURS, SETTINGS].into_iter().map(delete).collect::<Result<Vec<_>, StoreError>>()?;
        batch::write(&*self.store, &partition()?, writes).await.map(drop)
    }

    /// Writes a row, which `change` may have left as it was, and what happened in one batch; nothing when neither is new.
    /// That a form was used up changes the row, and is nothing that happened.
    async fn update_stored<R: Versioned + Send, T: Send>(
        &self,
        key: RowKey,
        mut change: impl FnMut(Option<R>, &mut Vec<AuditEvent>) -> (R, bool, T) + Send,
    ) -> Result<T, StoreError> {
        let partition = partition()?;
        retry_on_conflict!(ATTEMPTS, {
            let (known, etag) = split(self.read::<R>(&partition, &key).await?);
            let end = self.trail_end().await?;
            let mut events = Vec::new();
            let (row, is_other, done) = change(known, &mut events);
            if !is_other && events.is_empty() {
                return Ok(done);
            }
            let mut writes = vec![exactly(key.clone(), &row, etag)?];
            if !events.is_empty() {
                writes.extend(end.writes(events)?);
            }
            batch::write(&*self.store, &partition, writes).await?;
            Ok(done)
        })
    }
}

/// What was said under one name, each with the state of its row.
#[derive(Debug, Default)]
struct StoredSettings {
    hours: (Option<RecipientHours>, Option<ETag>),
    settings: (Option<NotificationSettingsRow>, Option<ETag>),
}

fn join_hours(hours: &mut Option<RecipientHours>, before: Option<&RecipientHours>) {
    match (hours.as_mut(), before) {
        (Some(hours), Some(before)) => hours.join(before),
        (None, Some(before)) => *hours = Some(before.clone()),
        (_, None) => {}
    }
}

fn join_settings(settings: &mut Option<NotificationSettingsRow>, before: Option<&NotificationSettingsRow>) {
    match (settings.as_mut(), before) {
        (Some(known), Some(before)) => known.notification_settings.join(&before.notification_settings),
        (None, Some(before)) => *settings = Some(before.clone()),
        (_, None) => {}
    }
}

/// The write that makes a row `next`, if it is not that already.
fn changed<R: Versioned + PartialEq>(
    row: RowKey,
    known: &(Option<R>, Option<ETag>),
    next: &Option<R>,
) -> Result<Option<Write>, StoreError> {
    Ok(match next {
        next if *next == known.0 => None,
        Some(next) => Some(exactly(row, next, known.1.clone())?),
        None => Some(Write::Delete { row, etag: known.1.clone() }),
    })
}

const HOURS: &str = "h";
const SETTINGS: &str = "t";

fn key(kind: &str, recipient: &RecipientName) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[kind, &hash_key(recipient.as_str())])?)
}

#[cfg(test)]
mod tests {
    use super::super::testing::repository;
    use super::*;
    use crate::domain::action::Actor;
    use crate::domain::action::audit::{AuditAction, AuditHead, verify};
    use crate::domain::action::hours::NamedHours;
    use crate::domain::action::scope::Scope;
    use crate::domain::fixtures::utc;
    use crate::domain::recipient_settings::SettingAuthor;

    fn happened(action: AuditAction) -> AuditEvent {
        let at = utc("2026-12-01T08:00:00Z");
        AuditEvent { at, actor: Actor::default(), action, window: None, message: None }
    }

    async fn without_digests(repository: &Repository, recipient: &RecipientName) {
        let by = Actor { recipient: Some(recipient.clone()), ..Actor::default() };
        let changed = repository.change_notification_settings(recipient, |settings, events| {
            settings.without_digests =
                Some(SettingAuthor { by: by.clone(), at: utc("2026-12-01T08:00:00Z") });
            events.push(happened(AuditAction::Digests { wanted: false }));
        });
        changed.await.unwrap();
    }

    #[tokio::test]
    async fn what_was_said_under_one_name_goes_along_to_another_and_two_can_change_places() {
        let repository = repository();
        let names: Vec<RecipientName> = ["jane", "mei", "Jane Doe"].map(|name| name.parse().unwrap()).into();
        let [jane, mei, doe] = names.as_slice() else { unreachable!() };
        let said = |of: &RecipientName| {
            let (repository, of) = (&repository, of.clone());
            async move {
                let settings = repository.notification_settings(&of).await.unwrap();
                settings.without_digests.and_then(|author| author.by.recipient)
            }
        };
        without_digests(&repository, jane).await;
        // Doing it twice is the same as doing it once.
        for _ in 0..2 {
            repository.carry_settings(&[(jane, doe, true)]).await.unwrap();
        }
        assert_eq!((said(jane).await, said(doe).await.as_ref()), (None, Some(jane)));
        without_digests(&repository, mei).await;
        repository.carry_settings(&[(mei, doe, true), (doe, mei, true)]).await.unwrap();
        assert_eq!((said(mei).await.as_ref(), said(doe).await.as_ref()), (Some(jane), Some(mei)));
        // Beside what they keep themselves.
        repository.carry_settings(&[(mei, jane, false)]).await.unwrap();
        assert_eq!((said(mei).await.as_ref(), said(jane).await.as_ref()), (Some(jane), Some(jane)));
        // A name in another case is the same row.
        let loud: RecipientName = "JANE".parse().unwrap();
        repository.carry_settings(&[(jane, &loud, true)]).await.unwrap();
        assert_eq!(said(&loud).await.as_ref(), Some(jane));
    }

    #[tokio::test]
    async fn what_is_said_at_once_is_all_kept_and_recorded() {
        let repository = repository();
        let says = (0..12).map(|number| {
            let (repository, at) = (&repository, utc("2026-12-01T08:00:00Z"));
            async move {
                let recipient: RecipientName = format!("jane-{}", number % 3).parse().unwrap();
                let scope = Scope::Group {
                    subscription: "s".parse().unwrap(),
                    resource_group: format!("rg-{number}"),
                };
                let hours = NamedHours {
                    scope: scope.clone(),
                    hours: "always".parse().unwrap(),
                    by: Actor::default(),
                    since: at,
                };
                let named = repository.change_hours(&recipient, |of, events| {
                    events.push(happened(AuditAction::NamedHours {
                        scope: scope.to_string(),
                        hours: "always".to_owned(),
                    }));
                    of.name(hours.clone())
                });
                assert!(named.await.unwrap());
                let changed =
                    repository.change_notification_settings(&recipient, |notification_settings, events| {
                        notification_settings.without_digests =
                            Some(SettingAuthor { by: Actor::default(), at });
                        events.push(happened(AuditAction::Digests { wanted: false }));
                    });
                changed.await.unwrap();
            }
        });
        futures::future::join_all(says).await;
        let named = repository.named_hours().await.unwrap();
        assert_eq!(named.iter().map(|of| of.named.len()).collect::<Vec<_>>(), [4, 4, 4]);
        let jane = "jane-1".parse().unwrap();
        assert!(named.contains(&repository.hours_of(&jane).await.unwrap()));
        assert!(repository.notification_settings(&jane).await.unwrap().without_digests.is_some());
        let trail = repository.audit_trail(1).await.unwrap();
        assert_eq!(trail.rows.len(), 24);
        let head = repository.audit_head().await.unwrap();
        assert_eq!(verify(&AuditHead::default(), trail.values(), &head), Ok(()));

        // Where nothing happens nothing is written.
        let before = repository.rows("actions").await;
        repository.change_hours(&jane, |_, _| ()).await.unwrap();
        assert_eq!(repository.rows("actions").await, before);
        let nobody = "nobody".parse().unwrap();
        assert_eq!(repository.hours_of(&nobody).await.unwrap(), RecipientHours::none(nobody.clone()));
        assert_eq!(repository.notification_settings(&nobody).await.unwrap(), NotificationSettings::default());
    }
}
