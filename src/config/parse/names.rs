//! The configured names.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::recipient_name::RecipientName;

/// The configured names, by the name itself.
pub(super) type Names = BTreeSet<String>;

/// Something for each recipient that has it.
pub(super) type ByName<T> = BTreeMap<RecipientName, T>;
