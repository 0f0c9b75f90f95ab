//! The signed-in person's own token for Azure, as Easy Auth hands it on (`[start] as = "user"`).
//!
//! <https://learn.microsoft.com/azure/app-service/configure-authentication-oauth-tokens>. What a token claims is read
//! only to say early and plainly why it would not do; whether its bearer may start anything is decided by Azure. It is
//! sent to Azure Resource Manager, by the client that sends nothing anywhere else, and is neither kept nor shown.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use serde::Deserialize;

/// Longest token that is looked at.
const MAX_LENGTH: usize = 16 * 1024;
/// A token that ends so soon may be over before Azure has it.
const MARGIN: TimeDelta = TimeDelta::seconds(60);
/// The names under which Azure Resource Manager of the public cloud is known as an audience.
const RESOURCE_MANAGER: [&str; 3] = [
    "https://management.azure.com",
    "https://management.core.windows.net",
    "797f4846-ba00-4fd7-ba43-dac1f8f63013",
];

/// What Easy Auth handed on.
#[derive(Debug, Clone, Default)]
pub(super) enum UserToken {
    #[default]
    Absent,
    /// Something that is no token for Azure Resource Manager.
    NotForAzure,
    /// A token whose time is over.
    Expired,
    /// A token of somebody else than whoever is signed in.
    SomebodyElses,
    /// A token that Azure may be shown.
    Ready(SecretString),
}

/// Who is signed in, as Easy Auth says.
#[derive(Debug, Clone, Copy)]
pub(super) struct SignedIn<'a> {
    /// Every name of theirs, in lower case.
    pub(super) names: &'a [String],
    pub(super) object_id: Option<&'a str>,
}

#[derive(Deserialize)]
struct TokenClaims {
    aud: String,
    exp: i64,
    #[serde(default)]
    oid: Option<String>,
    #[serde(default)]
    upn: Option<String>,
    #[serde(default)]
    unique_name: Option<String>,
    #[serde(default)]
    preferred_username: Option<String>,
}

/// Looks at the `token` that came with a request of `who`, which is to be shown to the service that `audience` names.
pub(super) fn user_token(
    token: Option<&str>,
    audience: &str,
    who: SignedIn<'_>,
    now: DateTime<Utc>,
) -> UserToken {
    let Some(token) = token.map(str::trim).filter(|token| !token.is_empty()) else {
        return UserToken::Absent;
    };
    let Some(claims) = claims(token) else { return UserToken::NotForAzure };
    if !is_for(&claims.aud, audience) {
        return UserToken::NotForAzure;
    }
    if !is_theirs(&claims, who) {
        return UserToken::SomebodyElses;
    }
    if claims.exp <= (now + MARGIN).timestamp() {
        return UserToken::Expired;
    }
    UserToken::Ready(token.into())
}

/// What a token claims. Without the scope for Azure Easy Auth hands on one that is no JSON Web Token at all.
fn claims(token: &str) -> Option<TokenClaims> {
    let mut parts = token.get(..token.len().min(MAX_LENGTH + 1))?.split('.');
    let payload = parts.nth(1).filter(|_| token.len() <= MAX_LENGTH && parts.count() == 1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

fn is_for(claimed: &str, audience: &str) -> bool {
    let [claimed, audience] = [claimed, audience].map(|text| text.trim_end_matches('/'));
    claimed == audience || RESOURCE_MANAGER.contains(&claimed) && RESOURCE_MANAGER.contains(&audience)
}

fn is_theirs(claims: &TokenClaims, who: SignedIn<'_>) -> bool {
    if let (Some(claimed), Some(page_data)) = (&claims.oid, who.object_id) {
        return claimed.eq_ignore_ascii_case(page_data);
    }
    let names = [&claims.upn, &claims.unique_name, &claims.preferred_username];
    names.into_iter().flatten().any(|name| who.names.contains(&name.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::utc;

    const AUDIENCE: &str = "https://management.azure.com";

    fn token(claims: &str) -> String {
        format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode("{}"), URL_SAFE_NO_PAD.encode(claims))
    }

    fn read(token: Option<&str>, object_id: Option<&str>) -> &'static str {
        let names = ["jane.doe@contoso.com".to_owned()];
        let now = utc("2026-12-01T08:00:00Z");
        match user_token(token, AUDIENCE, SignedIn { names: &names, object_id }, now) {
            UserToken::Absent => "absent",
            UserToken::NotForAzure => "not for Azure",
            UserToken::Expired => "expired",
            UserToken::SomebodyElses => "somebody else's",
            UserToken::Ready(_) => "ready",
        }
    }

    #[test]
    fn a_token_is_shown_to_azure_only_when_it_is_for_it_in_time_and_of_whoever_is_signed_in() {
        let good = utc("2026-12-01T09:00:00Z").timestamp();
        let claims = |aud: &str, exp: i64, who: &str| {
            read(Some(&token(&format!(r#"{{"aud":"{aud}","exp":{exp},{who}}}"#))), Some("oid-1"))
        };
        assert_eq!(claims(AUDIENCE, good, r#""oid":"OID-1""#), "ready");
        assert_eq!(claims("https://management.core.windows.net/", good, r#""oid":"oid-1""#), "ready");
        assert_eq!(claims(AUDIENCE, good, r#""upn":"Jane.Doe@contoso.com""#), "ready");
        assert_eq!(claims("https://graph.microsoft.com", good, r#""oid":"oid-1""#), "not for Azure");
        assert_eq!(
            claims(AUDIENCE, good, r#""oid":"oid-2","upn":"jane.doe@contoso.com""#),
            "somebody else's"
        );
        assert_eq!(claims(AUDIENCE, good, r#""upn":"arjun@contoso.com""#), "somebody else's");
        let late = utc("2026-12-01T08:01:00Z").timestamp();
        assert_eq!(claims(AUDIENCE, late, r#""oid":"oid-1""#), "expired");
        assert_eq!(claims(AUDIENCE, late + 1, r#""oid":"oid-1""#), "ready");
    }

    #[test]
    fn what_is_no_token_is_distinguished_from_none_at_all() {
        assert_eq!([read(None, None), read(Some("  "), None)], ["absent"; 2]);
        let long = token(&format!(r#"{{"aud":"{AUDIENCE}","exp":1,"x":"{}"}}"#, "x".repeat(MAX_LENGTH)));
        for odd in [
            "opaque",
            "a.b.c",
            "PAQABAAEAAAD-ä.ö.ü",
            &token("[]"),
            &token("{}"),
            &format!("{}.x", token("{}")),
            &long,
        ] {
            assert_eq!(read(Some(odd), None), "not for Azure", "{odd:.60}");
        }
        // Whoever is not named by either side is not taken for the same.
        let nobody = token(&format!(r#"{{"aud":"{AUDIENCE}","exp":{}}}"#, i64::MAX));
        assert_eq!(read(Some(&nobody), None), "somebody else's");
    }

    #[test]
    fn nothing_shows_the_token() {
        let claims = format!(r#"{{"aud":"{AUDIENCE}","exp":{},"oid":"1"}}"#, i64::MAX);
        let token = token(&claims);
        let own = user_token(
            Some(&token),
            AUDIENCE,
            SignedIn { names: &[], object_id: Some("1") },
            DateTime::UNIX_EPOCH,
        );
        assert!(matches!(own, UserToken::Ready(_)));
        assert!(!format!("{own:?}").contains(&token));
    }
}
