//! What a tenant is made of.

use std::sync::Arc;
use std::time::Duration;

use maintenance_notifier::demo::Simulation;
use maintenance_notifier::store::{SharedStore, SqliteStore};

use super::TestTenant;

/// Who hears of what in a small tenant: owners by tag, and the platform team.
pub(crate) const CONFIGURATION: &str = r#"
[defaults]
timezone = "Europe/Berlin"
fallback = ["platform"]

[owners]
tags            = ["owner"]
allowed_domains = ["contoso.com"]
suffix          = "@contoso.com"

[[recipients]]
name  = "platform"
email = ["platform@contoso.com"]
"#;

/// How mails leave.
pub(crate) enum Mail {
    /// Into memory.
    Memory,
    /// To a server that misbehaves as the test says.
    Smtp,
}

/// What a tenant is made of.
pub(crate) struct Setup {
    pub(crate) simulation: Simulation,
    pub(crate) configuration: String,
    pub(crate) mail: Mail,
    pub(crate) store: SharedStore,
    /// Without one, cards go into memory.
    pub(crate) workflows_timeout: Option<Duration>,
    pub(crate) easy_auth: bool,
}

impl Setup {
    pub(crate) fn new(simulation: Simulation) -> Self {
        Self {
            simulation,
            configuration: CONFIGURATION.to_owned(),
            mail: Mail::Memory,
            store: Arc::new(SqliteStore::in_memory().unwrap()),
            workflows_timeout: None,
            easy_auth: false,
        }
    }

    pub(crate) fn configuration(mut self, text: impl Into<String>) -> Self {
        self.configuration = text.into();
        self
    }

    pub(crate) fn smtp(mut self) -> Self {
        self.mail = Mail::Smtp;
        self
    }

    pub(crate) fn store(mut self, store: SharedStore) -> Self {
        self.store = store;
        self
    }

    /// The platform's guard is in front of the pages.
    pub(crate) fn easy_auth(mut self) -> Self {
        self.easy_auth = true;
        self
    }

    /// Cards go to real flows, which have this long to answer.
    pub(crate) fn workflows(mut self, timeout: Duration) -> Self {
        self.workflows_timeout = Some(timeout);
        self
    }

    pub(crate) async fn begin(self) -> TestTenant {
        TestTenant::begin(self).await
    }
}
