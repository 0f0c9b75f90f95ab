//! `[owners]`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::reference::WebhookReference;

/// How people named in tags are found.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Owners {
    /// The tags that name people, in order of preference. Each is looked up on the resource, its scale set, its
    /// resource group and its subscription. A value may name several people, with commas or semicolons, and may be
    /// the name of a recipient.
    pub tags: Vec<String>,
    /// The domains of the addresses that may be notified; an address outside these is refused and reported. None allows
    /// every domain in tags, and hands over only to the domains of the recipients and the sender.
    pub allowed_domains: Vec<String>,
    /// What completes a value such as `jane.doe` to an address: `@contoso.com`.
    pub suffix: Option<String>,
    /// One flow that posts to a person by address: `env:NAME`, `file:PATH`, `kv:SECRET` or the address itself. People
    /// named in tags get what is urgent through it, beside their mails.
    pub person_webhook: Option<WebhookReference>,
    /// Whether the names in tags are looked up in the organisation's directory, with Microsoft Graph: display names,
    /// groups, sign-in names without a mailbox, and whether an account is still enabled. The app's identity needs
    /// `User.Read.All` and `GroupMember.Read.All`.
    pub directory: bool,
    /// Whether those with the role Owner or Contributor on a machine or its resource group are notified when tags and
    /// routes name nobody. Needs `directory`, and the permission to read role assignments.
    pub role_assignments: bool,
}

impl Default for Owners {
    fn default() -> Self {
        Self {
            tags: vec!["owner".to_owned(), "technical-contact".to_owned()],
            allowed_domains: Vec::new(),
            suffix: None,
            person_webhook: None,
            directory: false,
            role_assignments: false,
        }
    }
}
