//! Facts of the deployment that every message needs.

use serde::{Deserialize, Serialize};

use crate::domain::email_address::EmailAddress;

/// Facts of the deployment that every message needs, from the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentInfo {
    /// The sender and the calendar's organizer, such as `Azure maintenance <azure-maintenance@contoso.com>`.
    pub from: Mailbox,
    pub reply_to: Option<Mailbox>,
    /// The base of every link of ours, without a slash at the end; `None` where no web pages are reachable.
    pub public_url: Option<String>,
    /// The base of Azure's portal: `https://portal.azure.com`.
    pub portal_url: String,
}

/// A mail address with the name shown beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    pub name: Option<String>,
    pub address: EmailAddress,
}
