//! Who is in the organisation's directory, and who has which role.

/// A user account.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// The display name.
    pub name: String,
    /// The sign-in name.
    pub sign_in: String,
    /// The mailbox, if there is one.
    pub mail: Option<String>,
    /// Other addresses of that mailbox.
    pub aliases: Vec<String>,
    /// Whether signing in is blocked.
    pub disabled: bool,
    /// The manager's id.
    pub manager: Option<String>,
}

/// A group.
#[derive(Debug, Clone, Default)]
pub struct AccountGroup {
    /// Its id.
    pub id: String,
    /// The display name.
    pub name: String,
    /// The mailbox, if there is one.
    pub mail: Option<String>,
    /// The ids of its members.
    pub members: Vec<String>,
}

/// A role that somebody has on something.
#[derive(Debug, Clone)]
pub struct RoleAssignment {
    /// The id of what it is on.
    pub scope: String,
    /// The role's definition: the last part of its id.
    pub role: String,
    /// Whose it is.
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
