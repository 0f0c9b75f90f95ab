//! The names of the blobs that anchor the end of the trail.

use super::entry::AuditHead;

/// The name of the blob that anchors a head: in the order of time, and fit for nothing else.
pub fn anchor_name(head: &AuditHead) -> String {
    format!("{:020}-{}.json", head.sequence, head.hash)
}

/// The head that a blob of this name anchors.
pub fn anchored(name: &str) -> Option<AuditHead> {
    let (sequence, hash) = name.strip_suffix(".json")?.split_once('-')?;
    let head = AuditHead { sequence: sequence.parse().ok()?, hash: hash.to_owned() };
    (anchor_name(&head) == name).then_some(head)
}
