//! Virtual machines and scale set instances as Microsoft.Compute describes them.
//!
//! A machine is read with `$expand=instanceView`: one answer gives its tags, its place and its maintenance as of the
//! same moment. <https://learn.microsoft.com/rest/api/compute/virtual-machines/get>

mod facts;
mod impact_words;
mod machine;
mod read;
mod start;
mod version;

pub(in crate::azure) use facts::schedule;
pub use facts::{StatusRead, impact_of_words, parse_impact, parse_maintenance};
pub(in crate::azure) use machine::is_local;
pub use machine::{MachineRecord, ViewedMachine, parse_instance_view, parse_machine, parse_power};
pub use read::{
    MachineRead, list_instances, list_members, list_status_only, read_host, read_machine, some_machine,
};
pub use start::{
    PostedStart, SentRequest, again_from, ask_from, log_entry_of, look_at_start, post_start, starts_since,
};
pub use version::{API_VERSION, is_scale_set};
