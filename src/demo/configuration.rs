//! The configuration file of the demo.

use chrono::{DateTime, TimeDelta, Utc};

use super::times;

/// The `notifier.toml` that belongs to the default world around `start`.
///
/// People are named in the world's tags; teams and channels are recipients here. The webhook address leads nowhere:
/// in the demo the outbox folder stands in for mail and Teams alike.
pub fn configuration(start: DateTime<Utc>) -> String {
    let until = times::zulu(start + TimeDelta::days(60));
    format!(
        r#"# Who hears about planned maintenance in the simulated tenant.

[defaults]
timezone  = "Europe/Berlin"
digest    = "0 8 * * MON-FRI"
reminders = ["7d", "2d"]
scheduled = ["3d"]
settle    = "2h"
hours     = "MON-FRI 08:00-18:00"
quiet     = ["22:00-07:00"]
fallback  = ["platform"]

# People named in tags of a machine, its scale set, its resource group or its subscription.
[owners]
tags            = ["owner", "technical-contact"]
allowed_domains = ["contoso.com"]
suffix          = "@contoso.com"

[[recipients]]
name     = "platform"
email    = ["platform@contoso.com"]
teams    = {{ webhook = "https://example.invalid/workflows/platform" }}
timezone = "Europe/Berlin"

[[recipients]]
name     = "sap-basis"
email    = ["sap-basis@contoso.com"]
timezone = "Europe/Berlin"

[[recipients]]
name     = "erp-operations"
email    = ["erp-operations@contoso.com", "liam.murphy@contoso.com"]
timezone = "America/New_York"

[[recipients]]
name     = "stores-operations"
email    = ["stores-operations@contoso.com"]
timezone = "Asia/Kolkata"
hours    = "MON-SAT 09:00-19:00"

# Everything of SAP goes to the SAP basis team, and what is tagged with owners goes to them as well.
[[routes]]
match = {{ subscription = "Contoso SAP", tags = {{ app = "sap" }} }}
to    = ["sap-basis"]

[[routes]]
match = {{ resource_group = "rg-erp-*" }}
to    = ["erp-operations"]

[[routes]]
match = {{ region = "centralindia" }}
to    = ["stores-operations"]

[[silences]]
match  = {{ resource_group = "rg-lab-training" }}
until  = {until}
reason = "the training lab is rebuilt before every course"
"#
    )
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn the_configuration_is_toml_with_three_time_zones() {
        let text = configuration(Utc.with_ymd_and_hms(2026, 11, 23, 9, 0, 0).unwrap());
        let table: toml::Table = text.parse().unwrap();
        let zones: Vec<&str> = table["recipients"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|recipient| recipient["timezone"].as_str())
            .collect();
        assert_eq!(zones, ["Europe/Berlin", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]);
        let until = table["silences"][0]["until"].as_datetime().unwrap().to_string();
        assert_eq!(until, "2027-01-22T09:00:00Z");
    }
}
