//! People, groups and roles, as a test puts them into the directory.

use super::hand::Script;
use crate::demo::{Account, AccountGroup, RoleAssignment};

impl Script<'_> {
    /// Adds an account, or replaces the one with the same id.
    pub fn add_account(&self, account: Account) {
        let mut state = self.simulation.lock();
        state.directory.accounts.retain(|known| known.id != account.id);
        state.directory.accounts.push(account);
    }

    /// Adds a group.
    pub fn add_account_group(&self, group: AccountGroup) {
        self.simulation.lock().directory.groups.push(group);
    }

    /// Gives somebody a role.
    pub fn assign_role(&self, assignment: RoleAssignment) {
        self.simulation.lock().directory.assignments.push(assignment);
    }

    /// Empties the directory, which then refuses every question.
    pub fn close_directory(&self) {
        let directory = &mut self.simulation.lock().directory;
        directory.accounts.clear();
        directory.groups.clear();
    }
}
