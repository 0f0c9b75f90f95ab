//! Virtual machines and scale set instances as Microsoft.Compute describes them.
//!
//! A machine is read with `$expand=instanceView`: one answer gives its tags, its place and its maintenance as of the
//! same moment. <https://learn.microsoft.com/rest/api/compute/virtual-machines/get>

mod facts;
mod machine;
mod read;

pub use facts::{parse_impact, parse_maintenance};
pub use machine::{MachineRecord, ViewedMachine, parse_instance_view, parse_machine, parse_power};
pub use read::{Read, list_instances, list_status_only, read_host, read_machine};

/// The version of Microsoft.Compute's interface that every request names.
pub const API_VERSION: &str = "2024-11-01";
