//! Which versions of their interfaces Azure's providers have, as far as clients of this simulation ask for them.

/// What `$expand` may ask for.
pub(super) const EXPANDS: [&str; 3] = ["instanceView", "userData", "resiliencyView"];

const COMPUTE: &[&str] = &[
    "2017-03-30",
    "2017-12-01",
    "2018-04-01",
    "2018-06-01",
    "2018-10-01",
    "2019-03-01",
    "2019-07-01",
    "2019-12-01",
    "2020-06-01",
    "2020-12-01",
    "2021-03-01",
    "2021-04-01",
    "2021-07-01",
    "2021-11-01",
    "2022-03-01",
    "2022-08-01",
    "2022-11-01",
    "2023-03-01",
    "2023-07-01",
    "2023-09-01",
    "2024-03-01",
    "2024-07-01",
    "2024-11-01",
    "2025-04-01",
    "2025-11-01",
    "2026-03-01",
    "2026-04-01",
];
const RESOURCE_GRAPH: &[&str] = &[
    "2018-09-01-preview",
    "2019-04-01",
    "2020-04-01-preview",
    "2021-03-01",
    "2021-06-01-preview",
    "2022-10-01",
    "2024-04-01",
];
const RESOURCES: &[&str] = &[
    "2015-01-01",
    "2015-11-01",
    "2016-02-01",
    "2016-06-01",
    "2016-07-01",
    "2016-09-01",
    "2017-05-10",
    "2018-01-01",
    "2018-02-01",
    "2018-05-01",
    "2018-06-01",
    "2019-03-01",
    "2019-05-01",
    "2019-05-10",
    "2019-06-01",
    "2019-07-01",
    "2019-08-01",
    "2019-10-01",
    "2019-11-01",
    "2020-01-01",
    "2020-06-01",
    "2020-08-01",
    "2020-10-01",
    "2021-01-01",
    "2021-04-01",
    "2022-09-01",
    "2022-12-01",
    "2023-07-01",
    "2024-03-01",
    "2024-07-01",
    "2024-11-01",
    "2025-03-01",
    "2025-04-01",
];
const INSIGHTS: &[&str] = &["2014-04-01", "2015-04-01", "2017-03-01-preview"];
const RESOURCE_HEALTH: &[&str] = &[
    "2015-01-01",
    "2017-07-01",
    "2018-07-01",
    "2020-05-01",
    "2022-05-01",
    "2022-10-01",
    "2024-02-01",
    "2025-04-01",
    "2025-05-01",
    "2026-07-01",
];
const MAINTENANCE: &[&str] = &["2020-04-01", "2021-05-01", "2023-04-01", "2025-11-01"];
const MANAGEMENT: &[&str] = &["2018-03-01-preview", "2020-02-01", "2020-05-01", "2021-04-01", "2023-04-01"];
const AUTHORIZATION: &[&str] = &[
    "2015-07-01",
    "2018-01-01-preview",
    "2018-09-01-preview",
    "2020-04-01-preview",
    "2020-08-01-preview",
    "2020-10-01-preview",
    "2022-04-01",
    "2022-05-01-preview",
];

/// The versions that the provider of a path has: the last that it names. Nothing for a provider that is not listed here.
pub(super) fn known(segments: &[String]) -> Option<&'static [&'static str]> {
    let mut names = segments.iter().zip(segments.iter().skip(1)).rev();
    let provider = names.find(|(word, _)| *word == "providers").map(|(_, name)| name.as_str());
    match provider {
        Some("microsoft.compute") => Some(COMPUTE),
        Some("microsoft.resourcegraph") => Some(RESOURCE_GRAPH),
        Some("microsoft.insights") => Some(INSIGHTS),
        Some("microsoft.resourcehealth") => Some(RESOURCE_HEALTH),
        Some("microsoft.maintenance") => Some(MAINTENANCE),
        Some("microsoft.management") => Some(MANAGEMENT),
        Some("microsoft.authorization") => Some(AUTHORIZATION),
        None if matches!(segments.first().map(String::as_str), Some("subscriptions" | "tenants")) => {
            Some(RESOURCES)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_provider_of_a_path_decides() {
        let of = |path: &str| {
            let segments: Vec<String> = path.split('/').map(str::to_owned).collect();
            known(&segments)
        };
        assert_eq!(of("subscriptions/s"), Some(RESOURCES));
        assert_eq!(
            of("subscriptions/s/resourcegroups/g/providers/microsoft.compute/virtualmachines/m"),
            Some(COMPUTE)
        );
        let health = "subscriptions/s/providers/microsoft.compute/virtualmachines/m/providers/microsoft.resourcehealth/x";
        assert_eq!(of(health), Some(RESOURCE_HEALTH));
        assert_eq!(of("subscriptions/s/resourcegroups/g/providers/microsoft.web/sites/a"), None);
    }
}
