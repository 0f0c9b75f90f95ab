//! Whose request it is.

use std::net::SocketAddr;

use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, HeaderName};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::super::link_target::LinkTarget;
use super::user_token::{SignedIn, UserToken, user_token};
use crate::azure::ArmClient;
use crate::domain::action::Actor;
use crate::domain::action::start_rules::StartsAs;
use crate::domain::recipient_name::RecipientName;
use crate::domain::sanitize::one_line;
use crate::services::App;

const PRINCIPAL_NAME: HeaderName = HeaderName::from_static("x-ms-client-principal-name");
const PRINCIPAL: HeaderName = HeaderName::from_static("x-ms-client-principal");
const PRINCIPAL_ID: HeaderName = HeaderName::from_static("x-ms-client-principal-id");
const OWN_TOKEN: HeaderName = HeaderName::from_static("x-ms-token-aad-access-token");
const PRINCIPAL_PROVIDER: HeaderName = HeaderName::from_static("x-ms-client-principal-idp");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The claims that name an account of the tenant. `email` is none of them: in some tenants people set it themselves.
const NAMING_CLAIMS: [&str; 3] =
    ["preferred_username", "upn", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"];

/// Who asks, as far as that is known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Visitor {
    /// Whoever is signed in, by the name to show.
    pub(crate) principal: Option<String>,
    /// Every name of theirs, in lower case.
    pub(super) names: Vec<String>,
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
        Actor {
            recipient: Some(recipient.clone()),
            principal: self.principal.clone(),
            address: self.address.clone(),
            agent: self.agent.clone(),
        }
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
pub(crate) fn visitor(app: &App, headers: &HeaderMap) -> Visitor {
    let header = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let mut visitor = Visitor {
        address: client_address(headers),
        agent: header(&USER_AGENT).map(|agent| one_line(agent, 200)),
        ..Visitor::default()
    };
    if !app.easy_auth || header(&PRINCIPAL_PROVIDER) != Some("aad") {
        return visitor;
    }
    let name = header(&PRINCIPAL_NAME).map(|name| one_line(name, 254)).filter(|name| !name.is_empty());
    visitor.names.extend(name.iter().map(|name| name.to_lowercase()));
    visitor.names.extend(header(&PRINCIPAL).map(claimed_names).unwrap_or_default());
    visitor.principal = name.or_else(|| visitor.names.first().cloned());
    if app.start_rules.acts_as == StartsAs::User {
        let who = SignedIn { names: &visitor.names, object_id: header(&PRINCIPAL_ID) };
        visitor.user_token = user_token(header(&OWN_TOKEN), app.starter.audience(), who, app.clock.now());
    }
    visitor
}

#[derive(Deserialize)]
struct PrincipalClaims {
    #[serde(default)]
    claims: Vec<PrincipalClaim>,
}

#[derive(Deserialize)]
struct PrincipalClaim {
    typ: String,
    val: String,
}

fn claimed_names(header: &str) -> Vec<String> {
    let claims =
        STANDARD.decode(header).ok().and_then(|bytes| serde_json::from_slice::<PrincipalClaims>(&bytes).ok());
    let claims = claims.map(|claims| claims.claims).unwrap_or_default().into_iter();
    let naming = claims.filter(|claim| NAMING_CLAIMS.contains(&claim.typ.as_str()));
    naming.map(|claim| one_line(&claim.val, 254).to_lowercase()).collect()
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

    #[test]
    fn only_claims_that_name_an_account_count() {
        let claims = r#"{"auth_typ":"aad","claims":[{"typ":"email","val":"boss@contoso.com"},
            {"typ":"preferred_username","val":"Jane.Doe@Contoso.com"}]}"#;
        assert_eq!(claimed_names(&STANDARD.encode(claims)), ["jane.doe@contoso.com"]);
        for nonsense in ["", "!", "bm90IGpzb24=", "e30="] {
            assert!(claimed_names(nonsense).is_empty(), "{nonsense}");
        }
    }
}
