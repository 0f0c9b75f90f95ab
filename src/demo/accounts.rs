//! Who is in the organisation's directory, and who has which role.

/// A user account.
#[derive(Debug, Clone, Default)]
pub struct Account {
    pub id: String,
    pub name: String,
    pub sign_in: String,
    /// The mailbox, if there is one.
    pub mail: Option<String>,
    pub aliases: Vec<String>,
    /// Whether signing in is blocked.
    pub disabled: bool,
    pub manager: Option<String>,
}

/// A group.
#[derive(Debug, Clone, Default)]
pub struct AccountGroup {
    pub id: String,
    pub name: String,
    /// The mailbox, if there is one.
    pub mail: Option<String>,
    pub members: Vec<String>,
}

/// A role that somebody has on something.
#[derive(Debug, Clone)]
pub struct RoleAssignment {
    /// The id of what it is on.
    pub scope: String,
    /// The role's definition: the last part of its id.
    pub role: String,
    pub principal: String,
    /// `User`, `Group` or `ServicePrincipal`.
    pub kind: String,
}

/// Everybody who is known.
#[derive(Debug, Clone, Default)]
pub(super) struct SimulatedDirectory {
    pub(super) accounts: Vec<Account>,
    pub(super) groups: Vec<AccountGroup>,
    pub(super) assignments: Vec<RoleAssignment>,
}
