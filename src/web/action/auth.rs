//! Whose request it is, and whether a form comes from our own page.

use axum::http::header::{CONTENT_TYPE, ORIGIN, USER_AGENT};
use axum::http::{HeaderMap, HeaderName};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::form::Form;
use super::link_target::LinkTarget;
use super::user_token::{SignedIn, UserToken, own_token};
use crate::azure::ArmClient;
use crate::domain::action::Actor;
use crate::domain::action::start_rules::StartsAs;
use crate::domain::recipient_name::RecipientName;
use crate::render::sanitize::one_line;
use crate::services::App;

const PRINCIPAL_NAME: HeaderName = HeaderName::from_static("x-ms-client-principal-name");
const PRINCIPAL: HeaderName = HeaderName::from_static("x-ms-client-principal");
const PRINCIPAL_ID: HeaderName = HeaderName::from_static("x-ms-client-principal-id");
const OWN_TOKEN: HeaderName = HeaderName::from_static("x-ms-token-aad-access-token");
const PRINCIPAL_PROVIDER: HeaderName = HeaderName::from_static("x-ms-client-principal-idp");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The claims that name an account of the tenant. `email` is none of them: in some tenants people set it themselves.
const NAMING_CLAIMS: [&str; 3] =
    ["preferred_username", "upn", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"];

/// Who asks, as far as that is known.
#[derive(Debug, Clone, Default)]
pub(super) struct Visitor {
    /// Whoever is signed in, by the name to show.
    pub(super) principal: Option<String>,
    /// Every name of theirs, in lower case.
    names: Vec<String>,
    address: Option<String>,
    agent: Option<String>,
    /// Their own token for Azure, where starts are made with it.
    own: UserToken,
}

impl Visitor {
    /// Azure with the visitor's own rights, where starts are made with these and they are at hand.
    pub(super) fn azure(&self, app: &App) -> Option<ArmClient> {
        match &self.own {
            UserToken::Ready(token) => Some(app.starter.with_token(token.clone())),
            _ => None,
        }
    }

    /// The visitor as the audit trail names them.
    pub(super) fn actor(&self, target: &LinkTarget) -> Actor {
        self.actor_for(&target.recipient)
    }

    /// The visitor with a link of `recipient`.
    pub(super) fn actor_for(&self, recipient: &RecipientName) -> Actor {
        Actor {
            recipient: Some(recipient.clone()),
            principal: self.principal.clone(),
            address: self.address.clone(),
            agent: self.agent.clone(),
        }
    }

    /// The network address.
    pub(super) fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }
}

/// Reads who asks from the headers. Those that name a person count only behind the platform's guard, which takes away
/// what others send under these names; the address is what the platform's own front end saw.
pub(super) fn visitor(app: &App, headers: &HeaderMap) -> Visitor {
    let header = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let hop = header(&FORWARDED_FOR).and_then(|hops| hops.rsplit(',').next());
    let mut visitor = Visitor {
        address: hop.map(|hop| one_line(hop, 60)).filter(|hop| !hop.is_empty()),
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
        visitor.own = own_token(header(&OWN_TOKEN), app.starter.audience(), who, app.clock.now());
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

/// Why a form is not acted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FormRejection {
    /// It is no form.
    NotAForm,
    /// Another site sent it.
    Foreign,
    /// It was not shown with this link lately.
    Stale,
}

/// Whether a form comes from our own page, shown with this link within the last quarter of an hour.
pub(super) fn check(app: &App, headers: &HeaderMap, token: &str, form: &Form) -> Result<(), FormRejection> {
    let header = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let kind = header(&CONTENT_TYPE).and_then(|kind| kind.split(';').next()).map(str::trim);
    if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")) {
        return Err(FormRejection::NotAForm);
    }
    let ours = app.deployment.public_url.as_ref().and_then(|url| url.parse::<url::Url>().ok());
    let ours = ours.map(|url| url.origin().ascii_serialization());
    if ours.is_none() || header(&ORIGIN) != ours.as_deref() {
        return Err(FormRejection::Foreign);
    }
    if header(&FETCH_SITE).is_some_and(|site| site != "same-origin") {
        return Err(FormRejection::Foreign);
    }
    let nonce = form.get("nonce").unwrap_or_default();
    if app.link_keys.accepts_form(token, nonce, app.clock.now()) { Ok(()) } else { Err(FormRejection::Stale) }
}

/// Whether this visitor may start maintenance for the link's recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StartPermission {
    /// They may.
    Yes,
    /// The configuration does not allow starts from here.
    Disabled,
    /// Starts stand still.
    Paused,
    /// They are signed in, and start with their own rights in Azure, which did not come with them.
    NoRights(TokenProblem),
    /// They have to say who they are first.
    SignIn,
    /// The same, because they start with their own rights in Azure.
    SignInForRights,
    /// Nobody can: signing in is asked for and not set up.
    NoSignIn,
    /// They are somebody else.
    NotThem,
}

impl StartPermission {
    /// Whether signing in, perhaps as somebody else, is the way out.
    pub(super) fn is_helped_by_signing_in(self) -> bool {
        matches!(self, Self::SignIn | Self::SignInForRights | Self::NotThem | Self::NoRights(_))
    }
}

/// What is wrong with the token with which somebody would start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenProblem {
    /// There is none.
    Absent,
    /// It is for another service.
    NotForAzure,
    /// Its time is over.
    Expired,
    /// It is somebody else's.
    SomebodyElses,
}

/// Whether this visitor may start with their own rights, as far as we can tell: Azure decides.
fn with_own_rights(app: &App, visitor: &Visitor) -> StartPermission {
    match &visitor.own {
        _ if !app.easy_auth => StartPermission::NoSignIn,
        _ if visitor.names.is_empty() => StartPermission::SignInForRights,
        UserToken::Ready(_) => StartPermission::Yes,
        UserToken::Absent => StartPermission::NoRights(TokenProblem::Absent),
        UserToken::NotForAzure => StartPermission::NoRights(TokenProblem::NotForAzure),
        UserToken::Expired => StartPermission::NoRights(TokenProblem::Expired),
        UserToken::SomebodyElses => StartPermission::NoRights(TokenProblem::SomebodyElses),
    }
}

/// See [`StartPermission`].
pub(super) fn may_start(app: &App, target: &LinkTarget, visitor: &Visitor) -> StartPermission {
    let rules = &app.start_rules;
    match () {
        () if !rules.enabled => StartPermission::Disabled,
        () if app.starts_paused => StartPermission::Paused,
        () if rules.acts_as == StartsAs::User => with_own_rights(app, visitor),
        () if !rules.require_login.unwrap_or(app.easy_auth) => StartPermission::Yes,
        () if !app.easy_auth => StartPermission::NoSignIn,
        () if visitor.names.is_empty() => StartPermission::SignIn,
        () => {
            let deputies = app.deputies.get(&target.recipient).map(Vec::as_slice).unwrap_or_default();
            let mut listed = target.addresses().chain(deputies);
            let theirs = listed.any(|address| visitor.names.iter().any(|name| name == address.as_str()));
            if theirs { StartPermission::Yes } else { StartPermission::NotThem }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
