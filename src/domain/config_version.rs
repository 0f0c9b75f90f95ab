//! Which configuration decided something.

use serde::{Deserialize, Serialize};

/// The version of the configuration that decided something: the first characters of its digest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConfigVersion(pub String);
