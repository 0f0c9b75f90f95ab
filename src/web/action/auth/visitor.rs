//! Whose request it is.

use std::net::SocketAddr;

use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use chrono::DateTime;

use super::super::link_target::LinkTarget;
use super::account::{Account, AccountProblem, Claims, PRINCIPAL};
use super::user_token::{SignedIn, UserToken, user_token};
use crate::azure::ArmClient;
use crate::domain::access::AccountClaims;
use crate::domain::action::Actor;
use crate::domain::action::start_rules::StartsAs;
use crate::domain::recipient_name::RecipientName;
use crate::domain::sanitize::one_line;
use crate::domain::sign_in_rules::SignInRules;
use crate::services::{App, ServiceError};

const OWN_TOKEN: HeaderName = HeaderName::from_static("x-ms-token-aad-access-token");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Who asks, as far as that is known.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    /// Whoever is signed in, or why their sign-in does not count.
    pub(super) account: Result<Option<Account>, AccountProblem>,
    address: Option<String>,
    agent: Option<String>,
    /// Their own token for Azure, where starts are made with it.
    pub(super) user_token: UserToken,
}

impl Visitor {
    /// Azure with the visitor's own rights, where starts are made with these and they are at hand.
    pub(crate) fn azure(&self, app: &App) -> Option<ArmClient> {
        match &self.user_token {
            UserToken::Ready(token) => Some(app.starter.with_token(token.clone())),
            _ => None,
        }
    }

    /// The visitor as the audit trail names them.
    pub(crate) fn actor(&self, target: &LinkTarget) -> Actor {
        self.actor_for(&target.recipient)
    }

    /// The visitor with a link of `recipient`.
    pub(crate) fn actor_for(&self, recipient: &RecipientName) -> Actor {
        let account = self.account.as_ref().ok().and_then(Option::as_ref);
        Actor {
            recipient: Some(recipient.clone()),
            principal: account.map(|account| account.name.clone()),
            object: account.map(|account| account.object.clone()),
            tenant: account.map(|account| account.tenant.clone()),
            address: self.address.clone(),
            agent: self.agent.clone(),
        }
    }

    /// The name of whoever is signed in.
    pub(super) fn name(&self) -> Option<&str> {
        self.account.as_ref().ok()?.as_ref().map(|account| account.name.as_str())
    }

    /// The network address.
    pub(crate) fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }
}

/// The address that the platform's front end saw: the last entry of the last line, for what stands before it came from
/// the visitor. App Service adds the port, which every connection has another of.
pub(crate) fn client_address(headers: &HeaderMap) -> Option<String> {
    let line = headers.get_all(&FORWARDED_FOR).iter().next_back()?.to_str().ok()?;
    let hop = line.rsplit(',').next()?.trim();
    let address =
        hop.parse::<SocketAddr>().map_or_else(|_| hop.to_owned(), |address| address.ip().to_string());
    let address = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(&address);
    Some(one_line(address, 60)).filter(|address| !address.is_empty())
}

/// Reads who asks from the headers. Those that name a person count only behind Easy Auth, which takes away
/// what others send under these names; the address is what the platform's own front end saw.
///
/// # Errors
/// When the store, which knows the home tenant, cannot be read.
pub(crate) async fn visitor(app: &App, headers: &HeaderMap) -> Result<Visitor, ServiceError> {
    let header = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let account = if app.easy_auth { account(app, headers).await? } else { Ok(None) };
    if let Err(problem) = &account {
        tracing::warn!(?problem, "a sign-in does not count");
    }
    let own_token = match &account {
        Ok(Some(account)) if app.start_rules.acts_as == StartsAs::User => {
            let names = [account.name.to_lowercase()];
            let who = SignedIn { names: &names, object_id: Some(&account.object) };
            user_token(header(&OWN_TOKEN), app.starter.audience(), who, app.clock.now())
        }
        _ => UserToken::Absent,
    };
    Ok(Visitor {
        account,
        address: client_address(headers),
        agent: header(&USER_AGENT).map(|agent| one_line(agent, 200)),
        user_token: own_token,
    })
}

/// Reads headers as those of a sign-in under these rules, and a token as that person's, and gives the name, for whoever
/// tries bytes on them.
pub fn name_of_sign_in(principal: &[u8], token: &str, rules: &SignInRules, home: &str) -> Option<String> {
    let headers = HeaderMap::from_iter([
        (PRINCIPAL, HeaderValue::from_bytes(principal).ok()?),
        (FORWARDED_FOR, HeaderValue::from_str(token).ok()?),
    ]);
    let _ = client_address(&headers);
    let claims = Claims::of(&headers).ok()??;
    let account = claims.account(rules, Some(home)).ok()?;
    let names = [account.name.to_lowercase()];
    let who = SignedIn { names: &names, object_id: Some(&account.object) };
    let _ = user_token(Some(token), "https://management.azure.com", who, DateTime::UNIX_EPOCH);
    Some(claims.signed_in(&account).name)
}

/// Who signed in, for pages that no link leads to.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one for a request, and it is taken apart at once")]
pub(in crate::web) enum SignInState {
    /// Nothing guards the app, so nobody can be signed in.
    Off,
    Nobody,
    DoesNotCount(AccountProblem),
    Person(AccountClaims, Actor),
}

/// Reads who signed in.
///
/// # Errors
/// When the store, which knows the home tenant, cannot be read.
pub(in crate::web) async fn signed_in(app: &App, headers: &HeaderMap) -> Result<SignInState, ServiceError> {
    let visitor = visitor(app, headers).await?;
    if !app.easy_auth {
        return Ok(SignInState::Off);
    }
    Ok(match &visitor.account {
        Err(problem) => SignInState::DoesNotCount(*problem),
        Ok(None) => SignInState::Nobody,
        Ok(Some(account)) => match Claims::of(headers) {
            Ok(Some(claims)) => {
                let actor = Actor {
                    recipient: None,
                    principal: Some(account.name.clone()),
                    object: Some(account.object.clone()),
                    tenant: Some(account.tenant.clone()),
                    address: visitor.address.clone(),
                    agent: visitor.agent.clone(),
                };
                SignInState::Person(claims.signed_in(account), actor)
            }
            _ => SignInState::Nobody,
        },
    })
}

/// The account that is signed in. The home tenant is read only where the configuration names no tenants.
async fn account(
    app: &App,
    headers: &HeaderMap,
) -> Result<Result<Option<Account>, AccountProblem>, ServiceError> {
    let claims = match Claims::of(headers) {
        Ok(Some(claims)) => claims,
        Ok(None) => return Ok(Ok(None)),
        Err(problem) => return Ok(Err(problem)),
    };
    let home = if app.sign_in.tenants.is_empty() { app.repository.tenant().await?.0.home } else { None };
    Ok(claims.account(&app.sign_in, home.as_deref()).map(Some))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(lines: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        client_address(&headers)
    }

    #[test]
    fn a_client_is_the_last_entry_of_the_last_line_without_its_port() {
        for (lines, expected) in [
            (&["203.0.113.7:50412"][..], "203.0.113.7"),
            (&["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
            (&["203.0.113.7", "198.51.100.1, 192.0.2.9:443"], "192.0.2.9"),
            (&["[2001:db8::7]:50412"], "2001:db8::7"),
            (&["[2001:db8::7]"], "2001:db8::7"),
            (&["2001:db8::7"], "2001:db8::7"),
        ] {
            assert_eq!(address(lines).as_deref(), Some(expected), "{lines:?}");
        }
        assert_eq!(address(&[""]), None);
        assert_eq!(address(&[]), None);
    }
}
