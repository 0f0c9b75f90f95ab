//! Which interface of Microsoft.Compute is asked, and what its ids name.

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
