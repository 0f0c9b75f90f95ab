//! Regions of Azure, to notice a slip. New ones appear, so a name that is near none of these may well be one.

use crate::config::suggest::is_slip;

const REGIONS: &[&str] = &[
    "asia",
    "asiapacific",
    "australia",
    "australiacentral",
    "australiacentral2",
    "australiaeast",
    "australiasoutheast",
    "austriaeast",
    "belgiumcentral",
    "brazil",
    "brazilsouth",
    "brazilsoutheast",
    "brazilus",
    "canadacentral",
    "canadaeast",
    "centralindia",
    "centralus",
    "centraluseuap",
    "chilecentral",
    "chinaeast",
    "chinaeast2",
    "chinaeast3",
    "chinanorth",
    "chinanorth2",
    "chinanorth3",
    "denmarkeast",
    "eastasia",
    "eastus",
    "eastus2",
    "eastus2euap",
    "eastus3",
    "europe",
    "finlandcentral",
    "francecentral",
    "francesouth",
    "germanynorth",
    "germanywestcentral",
    "global",
    "indonesiacentral",
    "israelcentral",
    "israelnorthwest",
    "italynorth",
    "japaneast",
    "japanwest",
    "jioindiacentral",
    "jioindiawest",
    "koreacentral",
    "koreasouth",
    "malaysiasouth",
    "malaysiawest",
    "mexicocentral",
    "newzealandnorth",
    "northcentralus",
    "northeurope",
    "norwayeast",
    "norwaywest",
    "polandcentral",
    "qatarcentral",
    "saudiarabiaeast",
    "southafricanorth",
    "southafricawest",
    "southcentralus",
    "southeastasia",
    "southeastus",
    "southindia",
    "southwestus",
    "spaincentral",
    "swedencentral",
    "swedensouth",
    "switzerlandnorth",
    "switzerlandwest",
    "taiwannorth",
    "taiwannorthwest",
    "uaecentral",
    "uaenorth",
    "uksouth",
    "ukwest",
    "usdodcentral",
    "usdodeast",
    "usgovarizona",
    "usgoviowa",
    "usgovtexas",
    "usgovvirginia",
    "usseceast",
    "ussecwest",
    "westcentralus",
    "westeurope",
    "westindia",
    "westus",
    "westus2",
    "westus3",
];

/// The region that was probably meant where no region is called so; `name` in small letters, without blanks. A pattern is
/// taken as it is.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    let is_region = |name: &str| REGIONS.contains(&name);
    // The next one of a place has its name and another number.
    let place = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_next = place.len() < name.len()
        && REGIONS.iter().any(|known| known.trim_end_matches(|c: char| c.is_ascii_digit()) == place);
    if name.len() < 4 || name.contains(['*', '?']) || is_region(name) || is_next {
        return None;
    }
    let longer = || REGIONS.iter().find(|known| known.starts_with(name)).copied();
    longer().or_else(|| REGIONS.iter().find(|known| is_slip(name, known, 2)).copied())
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn a_slip_is_noticed_and_a_region_of_tomorrow_is_not() {
        for (name, region) in [
            ("westeurop", "westeurope"),
            ("switzerland", "switzerlandnorth"),
            ("weteurope", "westeurope"),
            ("northeurpoe", "northeurope"),
            ("germanywest", "germanywestcentral"),
        ] {
            assert_eq!(meant(name), Some(region));
        }
        for fine in ["westeurope", "westus4", "eastasia2", "west*", "greececentral", "atlantis", "eu"] {
            assert_eq!(meant(fine), None, "{fine}");
        }
    }
}
