//! The program as it would be at another time, over a copy of its state: it asks nobody, and nothing leaves it.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::app_base::AppBase;
use super::clients::arm_client;
use super::deployment::deployment;
use super::error::StartupError;
use crate::clock::{ManualClock, SharedClock};
use crate::config::{Configuration, Settings};
use crate::deliver::{Deliverers, MailTransport, Memory, Sender, TeamsTransport};
use crate::services::App;
use crate::store::Repository;

/// The app over `repository` under this configuration at `at`, where its clock stands. What it sends stays in memory,
/// also in a dry run and while sending is paused.
///
/// # Errors
/// When a part of the settings cannot be used.
pub fn rehearsal(
    settings: &Settings,
    configuration: Configuration,
    repository: Repository,
    at: DateTime<Utc>,
) -> Result<Arc<App>, StartupError> {
    let clock: SharedClock = Arc::new(ManualClock::new(at));
    let arm = arm_client(settings, settings.identity.clone(), &clock)?;
    let deployment = deployment(settings);
    let deliverers = Deliverers {
        sender: Sender { from: deployment.from, reply_to: deployment.reply_to },
        mail: MailTransport::Memory(Memory::default()),
        teams: TeamsTransport::Memory(Memory::default()),
        webhooks: Default::default(),
        person_webhook: None,
        left_out: Default::default(),
    };
    let settings = settings.clone();
    let base = AppBase { settings, clock, repository, starter: arm.clone(), arm };
    Ok(Arc::new(App { sending: true, ..base.app_with(configuration, deliverers) }))
}
