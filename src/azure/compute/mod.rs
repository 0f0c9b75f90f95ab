//! Virtual machines and scale set instances as Microsoft.Compute describes them.
//!
//! A machine is read with `$expand=instanceView`: one answer gives its tags, its place and its maintenance as of the
//! same moment. <https://learn.microsoft.com/rest/api/compute/virtual-machines/get>

mod facts;
mod machine;
mod read;
mod start;

pub use facts::{parse_impact, parse_maintenance};
pub(in crate::azure) use machine::is_ephemeral;
pub use machine::{MachineRecord, ViewedMachine, parse_instance_view, parse_machine, parse_power};
pub use read::{MachineRead, list_instances, list_status_only, read_host, read_machine, some_machine};
pub use start::{PostedStart, ask_from, look_at_start, post_start};

use crate::domain::resource::ResourceId;

/// The version of Microsoft.Compute's interface that every request names.
pub const API_VERSION: &str = "2024-11-01";

/// Whether an id names a whole scale set, which announcements sometimes do instead of naming its instances.
pub fn is_scale_set(id: &ResourceId) -> bool {
    let mut parts = id.folded().split('/').skip(6);
    parts.next() == Some("microsoft.compute")
        && parts.next() == Some("virtualmachinescalesets")
        && parts.count() == 1
}
