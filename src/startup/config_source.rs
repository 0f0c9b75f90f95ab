//! Where the configuration is: its text, and whether that changed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use chrono::TimeDelta;

use super::clients::tokens;
use super::error::{StartupError, part};
use crate::azure::storage::{AccountKey, BlobAccess, BlobAnswer, BlobError, BlobReader, STORAGE_AUDIENCE};
use crate::clock::SystemClock;
use crate::config::quoted::without_addresses;
use crate::config::settings::{ConfigLocation, StorageAccount};
use crate::config::{Finding, InvalidConfiguration, Settings, load};
use crate::http::client::{ClientOptions, client};

/// How often a blob is looked at.
const BLOB_INTERVAL: TimeDelta = TimeDelta::seconds(60);

/// How often a file is looked at, which asks nobody but this machine.
const FILE_INTERVAL: TimeDelta = TimeDelta::seconds(1);

/// Where the configuration is.
#[derive(Debug, Clone)]
pub struct ConfigSource {
    name: String,
    kind: SourceKind,
}

#[derive(Debug, Clone)]
enum SourceKind {
    File(PathBuf),
    Blob(BlobReader),
}

/// In which state a configuration was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceVersion {
    /// When the file was changed, and how long it is.
    File(SystemTime, u64),
    /// It comes out of a pipe or the like, and can be read once.
    Stream,
    Blob(String),
}

/// What there is at the moment.
#[derive(Debug)]
pub enum SourceLook {
    Unchanged,
    /// This text. Without a mark nobody can say whether it changes.
    Text(String, Option<SourceVersion>),
}

/// The configuration could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableSource {
    /// Why, with a hint.
    pub finding: Finding,
    /// Whether it may be over by itself in a minute.
    pub transient: bool,
    /// Whether nothing is there.
    pub missing: bool,
}

impl UnreadableSource {
    /// Nothing is known, so nothing can be unchanged.
    pub(super) fn nothing_found() -> Self {
        Self { finding: Finding::error("", "cannot be read"), transient: true, missing: false }
    }
}

impl ConfigSource {
    /// Where the settings say that the configuration is. Nothing is asked yet.
    ///
    /// # Errors
    /// When the client of a blob cannot be made.
    pub fn new(settings: &Settings) -> Result<Self, StartupError> {
        let address = match &settings.config {
            ConfigLocation::Path(path) => return Ok(Self::file(path)),
            ConfigLocation::Blob(address) => address,
        };
        let reader = BlobReader::new(address, access(settings, address, "NOTIFIER_CONFIG")?, load::MAX_BYTES);
        let reader = reader.map_err(|error| part("NOTIFIER_CONFIG")(&error))?;
        Ok(Self { name: settings.config.name(), kind: SourceKind::Blob(reader) })
    }

    /// The file at `path`.
    pub fn file(path: &Path) -> Self {
        // Somebody may have written an address where the file should be named.
        let name = without_addresses(&path.display().to_string());
        Self { name, kind: SourceKind::File(path.to_owned()) }
    }

    /// Its text.
    ///
    /// # Errors
    /// When it cannot be read, with a hint.
    pub async fn text(&self) -> Result<String, Finding> {
        self.read().await.map_err(|unread| unread.finding)
    }

    /// Its text, or why it cannot be read.
    pub(super) async fn read(&self) -> Result<String, UnreadableSource> {
        match self.look(None).await? {
            SourceLook::Text(text, _) => Ok(text),
            SourceLook::Unchanged => Err(UnreadableSource::nothing_found()),
        }
    }

    /// Its name in messages, without what may be secret in an address.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How often it is looked at.
    pub fn interval(&self) -> TimeDelta {
        match self.kind {
            SourceKind::File(_) => FILE_INTERVAL,
            SourceKind::Blob(_) => BLOB_INTERVAL,
        }
    }

    /// Reads it, unless it is in the state of `known`.
    pub async fn look(&self, known: Option<&SourceVersion>) -> Result<SourceLook, UnreadableSource> {
        match &self.kind {
            SourceKind::File(path) => {
                let (file, known) = (path.clone(), known.cloned());
                // A disk can be slow, and a pipe has nothing to read until somebody writes into it.
                let looked = tokio::task::spawn_blocking(move || look_at_file(&file, known.as_ref())).await;
                looked
                    .unwrap_or_else(|error| Err(Finding::error("", format!("cannot be read: {error}"))))
                    .map_err(|finding| {
                        let missing = matches!(path.try_exists(), Ok(false));
                        UnreadableSource { finding, transient: false, missing }
                    })
            }
            SourceKind::Blob(blob) => {
                let etag = known.and_then(|mark| match mark {
                    SourceVersion::Blob(etag) => Some(etag.as_str()),
                    SourceVersion::File(..) | SourceVersion::Stream => None,
                });
                match blob.read(etag).await {
                    Ok(BlobAnswer::Unchanged) => Ok(SourceLook::Unchanged),
                    Ok(BlobAnswer::Changed { text, etag }) => {
                        Ok(SourceLook::Text(text, etag.map(SourceVersion::Blob)))
                    }
                    Err(error) => Err(unread(&error)),
                }
            }
        }
    }

    /// `finding` as an error about this configuration.
    pub fn invalid(&self, finding: Finding) -> InvalidConfiguration {
        InvalidConfiguration { file: Some(self.name.clone()), findings: vec![finding] }
    }
}

fn look_at_file(path: &Path, known: Option<&SourceVersion>) -> Result<SourceLook, Finding> {
    // Looked at before it is read: what is written meanwhile is found the next time.
    let mark = std::fs::metadata(path).ok().and_then(|file| match file.is_file() {
        true => Some(SourceVersion::File(file.modified().ok()?, file.len())),
        false => Some(SourceVersion::Stream),
    });
    if known.is_some() && known == mark.as_ref() {
        return Ok(SourceLook::Unchanged);
    }
    Ok(SourceLook::Text(load::read(path)?, mark))
}

fn unread(error: &BlobError) -> UnreadableSource {
    let finding = Finding::error("", format!("the blob cannot be read: {error}"));
    let finding = match error.hint() {
        "" => finding,
        hint => finding.hint(hint),
    };
    let missing = matches!(error, BlobError::Missing(_));
    UnreadableSource { finding, transient: error.is_transient(), missing }
}

/// How a blob or container is reached: a signed address says it itself, the app's own account may have a key, and otherwise the
/// identity that reads is used.
pub(super) fn access(
    settings: &Settings,
    address: &url::Url,
    setting: &'static str,
) -> Result<BlobAccess, StartupError> {
    if address.query_pairs().any(|(name, _)| name == "sig") {
        return Ok(BlobAccess::Signed);
    }
    if let Some(StorageAccount::ConnectionString(text)) = &settings.storage {
        let key = AccountKey::from_connection_string(text);
        let key = key.map_err(|error| part("AzureWebJobsStorage")(&error))?;
        if key.holds(address) {
            return Ok(BlobAccess::Key(key));
        }
    }
    let client = client(&ClientOptions::default()).map_err(|error| part(setting)(&error))?;
    // Tokens last as long as Azure says, whatever the simulation's clock says.
    let clock = Arc::new(SystemClock) as _;
    tokens(&settings.identity, &client, STORAGE_AUDIENCE, setting, &clock).map(BlobAccess::Identity)
}
