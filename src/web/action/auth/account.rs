//! Who is signed in, by the claims that the platform's guard passes on.
//!
//! App Service puts the claims of the sign-in into `X-MS-CLIENT-PRINCIPAL`, as JSON in base64, under their short names
//! or under the long ones that .NET gives them:
//! <https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities>. What a person can choose is
//! not looked at: neither `email` and `name`, nor the header `X-MS-CLIENT-PRINCIPAL-NAME`, which is made from these.
//! Where one claim has two values nobody is signed in: it would be one account with the name of another.

use axum::http::{HeaderMap, HeaderName};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::domain::access::AccountClaims;
use crate::domain::sanitize::one_line;
use crate::domain::sign_in_rules::{PERSONAL_ACCOUNTS, SignInRules};

/// Where the claims stand.
pub(super) const PRINCIPAL: HeaderName = HeaderName::from_static("x-ms-client-principal");
const PROVIDER: HeaderName = HeaderName::from_static("x-ms-client-principal-idp");

/// How App Service calls Microsoft Entra.
const ENTRA: &str = "aad";

/// What the user name of a guest has in it.
const GUEST_MARK: &str = "#ext#";

const TENANT: &[&str] = &["tid", "http://schemas.microsoft.com/identity/claims/tenantid"];
const OBJECT: &[&str] = &["oid", "http://schemas.microsoft.com/identity/claims/objectidentifier"];
const UPN: &[&str] = &["upn", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"];
const USER_NAME: &[&str] = &["preferred_username"];
const KIND: &[&str] = &["idtyp"];
const MEMBERSHIP: &[&str] = &["acct"];
const GROUPS: &[&str] = &["groups", "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"];
const ROLES: &[&str] = &["roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"];
/// What stands in the place of groups where there are more than a token carries.
const MORE_GROUPS: &[&str] = &["hasgroups", "_claim_names", "groups:src1"];
const IDENTITY_PROVIDER: &[&str] = &["idp", "http://schemas.microsoft.com/identity/claims/identityprovider"];

/// The account of a person who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    /// The name with which they sign in, which their administrators give.
    pub(super) name: String,
    pub(super) object: String,
    pub(super) tenant: String,
}

/// Why a sign-in does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum AccountProblem {
    /// What the guard passed on cannot be understood, or says two things at once.
    Unclear,
    OtherTenant,
    Guest,
    /// It is an application's, or one without a user name.
    NoPerson,
    /// Which tenant is the home is not known yet.
    HomeUnknown,
}

/// The claims of a sign-in.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    auth_typ: String,
    claims: Vec<Claim>,
}

#[derive(Debug, Deserialize)]
struct Claim {
    typ: String,
    val: String,
}

impl Claims {
    /// The claims that came with a request; `None` when nobody signed in with Microsoft Entra.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) fn of(headers: &HeaderMap) -> Result<Option<Self>, AccountProblem> {
        let mut principals = headers.get_all(&PRINCIPAL).iter();
        let Some(principal) = principals.next() else { return Ok(None) };
        let bytes = STANDARD.decode(principal.as_bytes()).map_err(|_| AccountProblem::Unclear)?;
        let claims: Self = serde_json::from_slice(&bytes).map_err(|_| AccountProblem::Unclear)?;
        let other = |provider: &[u8]| !provider.eq_ignore_ascii_case(ENTRA.as_bytes());
        if other(claims.auth_typ.as_bytes())
            || headers.get_all(&PROVIDER).iter().any(|it| other(it.as_bytes()))
        {
            return Ok(None);
        }
        if principals.next().is_some() { Err(AccountProblem::Unclear) } else { Ok(Some(claims)) }
    }

    /// The account that they name, when its sign-in counts under these rules.
    ///
    /// # Errors
    /// Why it does not.
    pub(super) fn account(&self, rules: &SignInRules, home: Option<&str>) -> Result<Account, AccountProblem> {
        let tenant = self.one(TENANT)?.ok_or(AccountProblem::Unclear)?.to_lowercase();
        let object = self.one(OBJECT)?.ok_or(AccountProblem::Unclear)?.to_lowercase();
        if tenant == PERSONAL_ACCOUNTS {
            return Err(AccountProblem::OtherTenant);
        }
        match home.filter(|_| rules.tenants.is_empty()) {
            Some(home) if home.eq_ignore_ascii_case(&tenant) => {}
            None if rules.tenants.contains(&tenant) => {}
            None if rules.tenants.is_empty() => return Err(AccountProblem::HomeUnknown),
            _ => return Err(AccountProblem::OtherTenant),
        }
        let (upn, user_name) = (self.one(UPN)?, self.one(USER_NAME)?);
        if self.one(KIND)?.is_some_and(|kind| !kind.eq_ignore_ascii_case("user")) {
            return Err(AccountProblem::NoPerson);
        }
        let is_guest = self.is_guest(&tenant, upn, user_name)?;
        if is_guest && !rules.guests {
            return Err(AccountProblem::Guest);
        }
        // The name that a guest has in this tenant is made up; they sign in with the one that they have at home.
        let name = if is_guest { user_name.or(upn) } else { upn.or(user_name) };
        let name = one_line(name.ok_or(AccountProblem::NoPerson)?, 254);
        Ok(Account { name, object: one_line(&object, 60), tenant: one_line(&tenant, 60) })
    }

    /// The account with the groups and roles that the sign-in carries.
    pub(super) fn signed_in(&self, account: &Account) -> AccountClaims {
        let all = |names: &[&str]| {
            let claims = self.claims.iter().filter(|claim| names.contains(&claim.typ.as_str()));
            claims.map(|claim| claim.val.trim().to_owned()).filter(|value| !value.is_empty()).collect()
        };
        let groups: Vec<String> = all(GROUPS);
        AccountClaims {
            name: account.name.clone(),
            too_many_groups: groups.is_empty() && !all(MORE_GROUPS).is_empty(),
            groups: groups.into_iter().map(|group| group.to_ascii_lowercase()).collect(),
            roles: all(ROLES),
        }
    }

    /// Whether somebody signs in elsewhere than in the tenant. Any one sign of it is enough.
    fn is_guest(
        &self,
        tenant: &str,
        upn: Option<&str>,
        user_name: Option<&str>,
    ) -> Result<bool, AccountProblem> {
        let marked = |name: &str| name.to_lowercase().contains(GUEST_MARK);
        let elsewhere = |provider: &str| !provider.to_lowercase().split('/').any(|part| part == tenant);
        Ok(self.one(MEMBERSHIP)?.is_some_and(|membership| membership != "0")
            || self.one(IDENTITY_PROVIDER)?.is_some_and(elsewhere)
            || [upn, user_name].into_iter().flatten().any(marked))
    }

    /// The value of a claim, under whichever of its names.
    ///
    /// # Errors
    /// When it has several.
    fn one(&self, names: &[&str]) -> Result<Option<&str>, AccountProblem> {
        let claims = self.claims.iter().filter(|claim| names.contains(&claim.typ.as_str()));
        let mut values = claims.map(|claim| claim.val.trim()).filter(|value| !value.is_empty());
        let first = values.next();
        let same = values.all(|value| first.is_some_and(|first| first.eq_ignore_ascii_case(value)));
        if same { Ok(first) } else { Err(AccountProblem::Unclear) }
    }
}

#[cfg(test)]
mod tests;
