//! Time zones by the name of a place, or by the one that Windows has for it.

use super::Collector;
use crate::config::finding::ConfigPath;
use crate::config::suggest::is_slip;
use crate::domain::time_zone::Tz;

/// The zone called `text`.
pub(super) fn time_zone(path: &ConfigPath, text: &str, collector: &mut Collector<'_>) -> Option<Tz> {
    let name = text.trim();
    let zone = name.parse().ok().or_else(|| Tz::of_windows(name));
    if zone.is_none() {
        let hint = meant(name).map_or_else(
            || {
                "zones are called by a place, such as Europe/Berlin or America/New_York, or as in Windows, such as \
                 W. Europe Standard Time"
                    .to_owned()
            },
            |zone| format!("did you mean `{zone}`?"),
        );
        collector.error_with_hint(path, format!("`{text}` is no time zone"), hint);
    }
    zone
}

/// The zone that a name is a slip of. Names of places lie as near to each other as their clocks lie apart, so none is
/// offered unless it is the same name but for one letter, and no other zone is as near.
fn meant(name: &str) -> Option<Tz> {
    let folded = |text: &str| text.to_lowercase().replace([' ', '-'], "_");
    let (area, place) = match name.rsplit_once('/') {
        Some((area, place)) => (Some(folded(area)), folded(place)),
        None => (None, folded(name)),
    };
    let nearest = |slips: bool| {
        let mut found = Tz::all().filter(|zone| {
            let Some((its_area, its_place)) = zone.name().rsplit_once('/') else { return false };
            if its_area == "Etc" {
                return false;
            }
            let same_area = area.as_ref().is_none_or(|area| is_slip(area, &folded(its_area), 2));
            let its_place = folded(its_place);
            if slips {
                same_area && place.len() > 4 && is_slip(&place, &its_place, 1)
            } else {
                place == its_place
            }
        });
        found.next().filter(|_| found.next().is_none())
    };
    nearest(false).or_else(|| nearest(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hinted(name: &str) -> Option<&'static str> {
        meant(name).map(Tz::name)
    }

    #[test]
    fn a_slip_is_recognised_and_no_zone_hours_away_is_offered() {
        for (name, zone) in [
            ("Europe/Berln", "Europe/Berlin"),
            ("Berlin", "Europe/Berlin"),
            ("Berln", "Europe/Berlin"),
            ("America/New-York", "America/New_York"),
            ("New York", "America/New_York"),
            ("Asia/Kolkota", "Asia/Kolkata"),
            ("Amerika/Sao Paulo", "America/Sao_Paulo"),
            ("America/Berlin", "Europe/Berlin"),
            ("Europe/Casablanca", "Africa/Casablanca"),
        ] {
            assert_eq!(hinted(name), Some(zone), "{name}");
        }
        for name in [
            "CEST",
            "PST",
            "PDT",
            "EDT",
            "BST",
            "IST",
            "UTC+1",
            "GMT+2",
            "+01:00",
            "GMT-25",
            "Etc/GMT+15",
            "Europe/Munich",
            "Asia/Beijing",
            "America/Boston",
            "America/St_Luis",
            "Asia/Delhi",
            "Europe/Bern",
            "local",
            "",
            "Asia/",
            "/",
            "Europe",
            "W. Europe",
            "Mars/Olympus",
            "Zulu time",
            "America/San Francisco",
            "Asia/Bangalore",
        ] {
            assert_eq!(hinted(name), None, "{name}");
        }
    }
}
