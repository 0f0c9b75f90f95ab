//! The managed identity endpoint, as App Service offers it to a function app.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{answer::SimulatedReply, random::Seed, request::ArmRequest, state::State};

const API_VERSION: &str = "2019-08-01";
/// The platform keeps a token for hours; a day keeps clients from fetching anew in most tests.
const LIFETIME: TimeDelta = TimeDelta::hours(24);
/// Marks the tokens that were issued here. Others are taken as they come.
const PREFIX: &str = "simulated.";

/// `GET /msi/token?resource=…&api-version=2019-08-01` with the `X-IDENTITY-HEADER` that the options name.
pub(super) fn answer(state: &State, request: &ArmRequest, now: DateTime<Utc>) -> SimulatedReply {
    if request.identity_header.as_deref() != Some(state.options.identity_header.as_str()) {
        return refusal(403, "The header X-IDENTITY-HEADER is missing or has an unexpected value.");
    }
    if request.parameter("api-version") != Some(API_VERSION) {
        return refusal(400, "The api-version must be 2019-08-01.");
    }
    let Some(resource) = request.parameter("resource").filter(|resource| !resource.is_empty()) else {
        return refusal(400, "The parameter resource is missing.");
    };
    let client = ["client_id", "principal_id", "object_id", "mi_res_id", "msi_res_id"]
        .into_iter()
        .find_map(|name| request.parameter(name))
        .map_or_else(|| Seed(state.options.seed).uuid("identity").to_string(), str::to_owned);
    let claims = json!({ "aud": resource, "oid": client, "iat": now.timestamp() });
    SimulatedReply::ok(json!({
        "access_token": format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(claims.to_string())),
        "expires_on": (now + LIFETIME).timestamp().to_string(),
        "resource": resource,
        "token_type": "Bearer",
        "client_id": client,
    }))
}

fn refusal(status: u16, message: &str) -> SimulatedReply {
    SimulatedReply::json(status, json!({ "statusCode": status, "message": message }))
}

/// A person's token for Azure Resource Manager, as their sign-in gets it: good for an hour from `now`.
pub fn person_token(name: &str, now: DateTime<Utc>) -> String {
    let claims = json!({
        "aud": "https://management.azure.com",
        "oid": Seed(0).uuid(name).to_string(),
        "upn": name,
        "iat": now.timestamp(),
        "exp": (now + TimeDelta::hours(1)).timestamp(),
    });
    let parts = [json!({ "alg": "none", "typ": "JWT" }), claims];
    let [head, claims] = parts.map(|part| BASE64_URL_SAFE_NO_PAD.encode(part.to_string()));
    format!("{head}.{claims}.{}", BASE64_URL_SAFE_NO_PAD.encode("simulated"))
}

/// Who a bearer token speaks for: a person by their name. An error when it was issued for another service than Azure
/// Resource Manager, or its time is over.
pub(super) fn principal(token: &str, base: &str, now: DateTime<Utc>) -> Result<String, String> {
    // The simulation's own address is an audience too, for settings that name no other.
    principal_for(token, &["https://management.azure.com", "https://management.core.windows.net", base], now)
}

/// Who a bearer token speaks for; an error when it was issued for none of these audiences, or its time is over.
pub(super) fn principal_for(token: &str, expected: &[&str], now: DateTime<Utc>) -> Result<String, String> {
    let person = token.split('.').collect::<Vec<_>>();
    let encoded = match (token.strip_prefix(PREFIX), person.as_slice()) {
        (Some(encoded), _) => encoded,
        (None, [_, encoded, _]) => encoded,
        _ => return Ok(token.to_owned()),
    };
    let claims: Value = BASE64_URL_SAFE_NO_PAD
        .decode(encoded)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or("The access token is invalid.")?;
    if claims.get("exp").and_then(Value::as_i64).is_some_and(|ends| ends <= now.timestamp()) {
        return Err("The access token expiry UTC time is earlier than the current UTC time.".to_owned());
    }
    let claim = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let audience = claim("aud");
    if expected.contains(&audience.trim_end_matches('/')) {
        let name = claim("upn");
        Ok(if name.is_empty() { claim("oid") } else { name })
    } else {
        Err(format!("The access token has been obtained for wrong audience or resource '{audience}'."))
    }
}
