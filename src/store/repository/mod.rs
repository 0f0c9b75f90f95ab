//! What is kept, in types: one file a subject, written once above [`Store`](super::Store).
//!
//! | partition | rows | file |
//! |---|---|---|
//! | `windows\|SUBSCRIPTION` | one for each window | `windows` |
//! | `recipient\|NAME` | `head`, `a\|WINDOW` assignments, `m\|SEQUENCE` messages, `c\|SEQUENCE\|PART` contents | `recipients` |
//! | `due` | `TIME\|NAME` wake-ups | `due` |
//! | `outbox` | `o\|ID` rows, `d\|CHANNEL\|DEADLINE\|TIME\|ID` their index, `f\|TIME\|ID` whom to ask after, `quota` | `outbox` |
//! | `tenant` | `tenant`, `sweep`, `s\|SUBSCRIPTION` summaries, `pulse`, `coverage`, `retention`, `addresses`, `recipients` who is kept under which name | `tenant`, `pulse`, `coverage`, `key_slice`, `addresses`, `names` |
//! | `actions` | what people decide, starts, groups, rolling plans, the audit trail and its checkpoint, withdrawn links | `actions`, `plans`, `trail` |
//! | `forget` | `TIME\|NAME`: recipients of whom nothing but the name is kept | `expiry` |
//! | `troubles`, `endpoints`, `poison` | one for each | `operator_alerts`, `endpoints`, `poison` |
//! | `drills` | `current`, `b\|TIME` those before it, `k\|TIME\|NAME` who confirmed | `drill` |
//! | `directory` | `e\|QUESTION` answers, `r\|GROUP` roles | `directory` |
//! | `overview` | `h\|SUBSCRIPTION` heads, `p\|SUBSCRIPTION\|NUMBER` lines, `c\|SUBSCRIPTION\|WINDOW` changed ones | `overview` |
//! | `configuration` | `valid\|PART`: the last valid one | `configuration` |
//!
//! A row that cannot be read never keeps others from being read, and a row that a newer program wrote is never
//! overwritten: what is read before it is written fails, and what is written without reading names all of its
//! content in its key.

mod access;
mod actions;
mod addresses;
mod batch;
mod configuration;
mod coverage;
mod directory;
mod drill;
mod due;
mod endpoints;
mod expiry;
mod key_slice;
mod keys;
mod loaded;
mod names;
mod operator_alerts;
mod outbox;
mod overview;
mod plans;
mod poison;
mod probe;
mod pulse;
mod recipient_keys;
mod recipient_settings;
mod recipients;
mod retention;
mod row_cache;
mod tenant;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod trail;
mod trail_writes;
mod transports;
mod windows;
mod writes;

pub use self::access::Repository;
pub use self::actions::{ActionTransaction, AnchorRow};
pub use self::addresses::{AddressesRow, host_of};
pub use self::configuration::ConfigurationRow;
pub use self::coverage::CoverageRow;
pub use self::directory::{DirectoryRow, RolesRow};
pub use self::due::Wake;
pub use self::endpoints::DeadEndpointRow;
pub use self::expiry::ExpiringRecipient;
pub use self::key_slice::KeySlice;
pub use self::loaded::{LoadedRows, Stored};
pub use self::names::RecipientNamesRow;
pub use self::operator_alerts::OperatorAlertRow;
pub use self::outbox::OutboxIndex;
pub use self::overview::{OverviewHeadRow, OverviewRows};
pub use self::poison::ParkedRow;
pub use self::pulse::PulseRow;
pub use self::recipients::{FormerLedger, HeadRow, LinkOwner, RecipientState};
pub use self::retention::ActionsOfWindow;
pub use self::tenant::{
    CandidateRow, CycleRow, FoundBy, GoLiveRow, RoundRow, StoredSweepMode, SubscriptionRow, SweepRow,
    TenantRow, UNOWNED_LIMIT, take_over,
};
pub use self::trail::{CheckpointRow, Revocations, Revoked};
pub use self::windows::WindowRow;
