//! Azure Resource Graph: one question to many subscriptions.
//!
//! Resource Graph leaves out silently what our identity may not read, and lags some minutes behind. So its answers only
//! ever *add*: they say where to look. That a row is missing says nothing.
//! <https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources>

mod answer;
mod ask;
mod candidates;
mod confirmation;
mod inventory;
mod machine_context;
mod machines;
mod places;
mod query;

pub use crate::domain::observation::{Candidate, HostWindow};
pub use answer::{GraphPage, GraphRow, parse_page};
pub use ask::{GraphRows, QueryScope, ask};
pub use candidates::{AnnouncedCandidates, Found, PlannedEvent, candidates_of, find, list_planned_events};
pub use confirmation::{annotations_of, list_annotations, list_scheduled_events, scheduled_notices};
pub use inventory::list_with_tags;
pub use machine_context::{MachineContext, ScaleSetTags, machine_context_of};
pub use machines::list_machines;
pub use places::{MachinePlace, machines_called};
pub use query::GraphQuery;
