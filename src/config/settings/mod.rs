//! The settings: what the environment says about where everything is.
//!
//! Names and defaults stand in [`super::settings_table`], from which the documentation is made.

mod host;
mod identity;
mod locations;
mod mail;
mod read;
mod telemetry;
mod values;

pub use host::{HostSettings, Schedules};
pub use identity::{ApplicationSecret, ArmSettings, IdentitySettings, ManagedIdentity};
pub use locations::{ConfigLocation, StorageAccount, StoreLocation, SubscriptionScope};
pub use mail::{LinkKey, MailService, SenderAddress};
pub use telemetry::telemetry;
pub use values::Settings;
