//! Whose sign-in is accepted.

use std::collections::BTreeSet;

/// The tenant of everybody with a personal Microsoft account. Nobody of it counts, whatever the rules say.
pub const PERSONAL_ACCOUNTS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Whose sign-in is accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignInRules {
    /// The ids of the directory's tenants, in lower case; empty for the home tenant alone.
    pub tenants: BTreeSet<String>,
    /// Whether guests of these tenants count as people of theirs.
    pub guests: bool,
}
