//! Resource Health: whether Azure's platform sees anything wrong with a machine.
//!
//! <https://learn.microsoft.com/rest/api/resourcehealth/availability-statuses/get-by-resource>

use serde_json::Value;

use super::ArmClient;
use crate::domain::resource::ResourceId;
use crate::http::json;

/// The version of Microsoft.ResourceHealth's interface.
const API_VERSION: &str = "2025-05-01";

/// Whether the platform calls a machine available; `None` when it does not know, or does not say so to us: an identity
/// that may not ask shall not keep every machine from ever being well.
pub async fn is_available(arm: &ArmClient, id: &ResourceId) -> Option<bool> {
    let path = format!("{}/providers/Microsoft.ResourceHealth/availabilityStatuses/current", id.as_str());
    match arm.get(&path, &[("api-version", API_VERSION)]).await {
        Ok(answer) => availability(&answer),
        Err(error) => {
            tracing::warn!(%error, resource = %id, "could not ask Resource Health about a machine");
            None
        }
    }
}

fn availability(answer: &Value) -> Option<bool> {
    let word = json::text_at(answer, &["properties", "availabilityState"])?;
    match word.to_ascii_lowercase().as_str() {
        "available" => Some(true),
        "unavailable" | "degraded" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::azure::testing::Fake;

    #[tokio::test]
    async fn only_what_is_said_against_a_machine_counts_against_it() {
        let id: ResourceId = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/web-01"
            .parse()
            .unwrap();
        for (status, word, expected) in [
            (200, "Available", Some(true)),
            (200, "unavailable", Some(false)),
            (200, "Degraded", Some(false)),
            (200, "Unknown", None),
            (200, "", None),
            (403, "Unavailable", None),
            (404, "Unavailable", None),
        ] {
            let body = json!({ "properties": { "availabilityState": word } }).to_string();
            let fake = Fake::start(move |request| {
                assert!(
                    request
                        .path
                        .ends_with("/providers/Microsoft.ResourceHealth/availabilityStatuses/current")
                );
                (status, body.clone()).into()
            })
            .await;
            assert_eq!(is_available(&fake.arm(), &id).await, expected, "{status} {word}");
        }
    }
}
