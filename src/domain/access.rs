//! Who may see the overview and act on it.

use sha2::{Digest as _, Sha256};

use super::email_address::EmailAddress;
use super::matcher::Matcher;

/// Someone who is given access.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Principal {
    /// An account, by the name with which it signs in.
    Person(EmailAddress),
    /// The members of a group, by its object id in lower case. A name is never met: sign-ins carry ids.
    Group(String),
    /// Whoever has this role of the app.
    Role(String),
}

/// Viewers of a part of the tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct TeamAccess {
    pub name: String,
    /// What they may see.
    pub of: Matcher,
    pub viewer: Vec<Principal>,
}

impl TeamAccess {
    /// What stands for the team as it is written now. Lines say by it who may see them: under another match they are
    /// nobody's until they were written anew.
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::digest(format!("{}\n{:?}", self.name, self.of).as_bytes());
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Who may see and use the overview. Nobody, unless named.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Access {
    pub viewer: Vec<Principal>,
    /// May also nudge, reassign, retry, release and forget.
    pub operator: Vec<Principal>,
    /// May also pause and set the brake.
    pub admin: Vec<Principal>,
    pub teams: Vec<TeamAccess>,
}

/// Whoever signed in, as far as access goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountClaims {
    /// The name with which they sign in.
    pub name: String,
    /// The object ids of their groups, in lower case.
    pub groups: Vec<String>,
    pub roles: Vec<String>,
    /// Whether they are in more groups than a sign-in carries: then it names none.
    pub too_many_groups: bool,
}

/// What somebody may do. Each includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessRole {
    Viewer,
    Operator,
    Admin,
}

impl AccessRole {
    /// The word in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}

/// What somebody may see and do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// The whole tenant.
    Whole(AccessRole),
    /// What these teams may see, by their fingerprints, and nothing else; with their names.
    Part { teams: Vec<String>, names: Vec<String> },
}

impl Access {
    /// Whether nobody is named.
    pub fn is_closed(&self) -> bool {
        [&self.viewer, &self.operator, &self.admin].iter().all(|list| list.is_empty())
            && self.teams.is_empty()
    }

    /// What `person` may see and do: the most that any entry gives. Nothing where none names them.
    pub fn grant(&self, person: &AccountClaims) -> Option<Grant> {
        let has = |list: &[Principal]| list.iter().any(|principal| principal.is(person));
        for (list, role) in [
            (&self.admin, AccessRole::Admin),
            (&self.operator, AccessRole::Operator),
            (&self.viewer, AccessRole::Viewer),
        ] {
            if has(list) {
                return Some(Grant::Whole(role));
            }
        }
        let teams: Vec<&TeamAccess> = self.teams.iter().filter(|team| has(&team.viewer)).collect();
        (!teams.is_empty()).then(|| Grant::Part {
            teams: teams.iter().map(|team| team.fingerprint()).collect(),
            names: teams.iter().map(|team| team.name.clone()).collect(),
        })
    }
}

impl Principal {
    fn is(&self, person: &AccountClaims) -> bool {
        match self {
            Self::Person(address) => address.as_str().eq_ignore_ascii_case(&person.name),
            Self::Group(id) => person.groups.iter().any(|group| group.eq_ignore_ascii_case(id)),
            Self::Role(role) => person.roles.contains(role),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access() -> Access {
        let group = |id: &str| vec![Principal::Group(id.to_owned())];
        Access {
            viewer: vec![Principal::Person("Jane.Doe@contoso.com".parse().unwrap())],
            operator: group("g-operators"),
            admin: vec![Principal::Role("Admin".to_owned())],
            teams: vec![TeamAccess {
                name: "sap".to_owned(),
                of: Matcher { text: "sap".to_owned(), ..Matcher::default() },
                viewer: group("g-sap"),
            }],
        }
    }

    fn person(name: &str, groups: &[&str], roles: &[&str]) -> AccountClaims {
        let owned = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        AccountClaims {
            name: name.to_owned(),
            groups: owned(groups),
            roles: owned(roles),
            too_many_groups: false,
        }
    }

    #[test]
    fn nobody_may_anything_unless_named() {
        assert_eq!(Access::default().grant(&person("jane.doe@contoso.com", &["g"], &["Admin"])), None);
        assert_eq!(access().grant(&person("mei.lin@contoso.com", &["g-other"], &["admin"])), None);
        // Whoever is only called like a group or a role is neither.
        assert_eq!(access().grant(&person("Admin", &[], &[])), None);
    }

    #[test]
    fn the_most_that_any_entry_gives_counts() {
        let of = |name: &str, groups: &[&str], roles: &[&str]| access().grant(&person(name, groups, roles));
        assert_eq!(of("JANE.DOE@contoso.com", &[], &[]), Some(Grant::Whole(AccessRole::Viewer)));
        assert_eq!(of("x", &["G-Operators", "g-sap"], &[]), Some(Grant::Whole(AccessRole::Operator)));
        assert_eq!(of("x", &["g-operators"], &["Admin"]), Some(Grant::Whole(AccessRole::Admin)));
        let team = access().teams[0].fingerprint();
        let part = Grant::Part { teams: vec![team], names: vec!["sap".to_owned()] };
        assert_eq!(of("x", &["g-sap"], &[]), Some(part));
    }

    #[test]
    fn a_team_with_another_match_is_another() {
        let mut changed = access();
        let before = changed.teams[0].fingerprint();
        changed.teams[0].of.name = Some(crate::domain::matcher::Glob::new("vm-*"));
        assert_ne!(changed.teams[0].fingerprint(), before);
    }
}
