//! The identity of a window, and the count of its dates.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::resource::ResourceId;

/// The identity of a maintenance window: its resource, and how many windows that resource had before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct WindowId {
    pub resource: ResourceId,
    /// 1 for the first window of this resource, counted up when one reappears after the last has ended.
    pub generation: u32,
}

impl WindowId {
    /// The identity of the window that follows this one on the same resource.
    pub fn following(&self) -> Self {
        Self { resource: self.resource.clone(), generation: self.generation.saturating_add(1) }
    }
}

impl fmt::Display for WindowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.resource.folded(), self.generation)
    }
}

/// Which of its dates a window has, counted from 1: another when they move by an hour or more. When dates come back,
/// so does their number, and with it every answer that was given to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u32);

impl Revision {
    /// The revision with which a window is announced.
    pub const FIRST: Self = Self(1);

    /// The one after this.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}
