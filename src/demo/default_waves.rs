//! The waves of the default world.

use chrono::{DateTime, TimeDelta, Utc};

use super::{SimulatedResult, SimulatedWindow, Wave, workloads::WaveKey};

/// The waves without resources. The two windows of a wave neither touch nor have one fixed length.
pub(super) fn waves(start: DateTime<Utc>) -> Vec<(WaveKey, Wave)> {
    let at = |hours: i64| start + TimeDelta::hours(hours);
    let window = |from: i64, to: i64| SimulatedWindow::new(at(from), at(to));
    let days = |days: i64| days * 24;
    vec![
        (
            WaveKey::Open,
            Wave::new(
                "PYN_-ZL8",
                "westeurope",
                at(-days(12)),
                Some(window(-days(9), days(9))),
                window(days(12) + 4, days(26)),
            ),
        ),
        (
            WaveKey::Announced,
            Wave::new(
                "QK7V-1_0",
                "northeurope",
                at(-days(1)),
                Some(window(days(3), days(17))),
                window(days(21), days(33)),
            ),
        ),
        (
            WaveKey::Closing,
            Wave::new(
                "7TRM-9D8",
                "eastus",
                at(-days(22)),
                Some(window(-days(20), 40)),
                window(days(4), days(11)),
            ),
        ),
        (
            WaveKey::Underway,
            Wave::new(
                "BL0S-TW0",
                "centralindia",
                at(-days(34)),
                Some(window(-days(30), -days(6))),
                window(-days(2), days(5)),
            ),
        ),
        (
            WaveKey::Partly,
            Wave::new(
                "HX4K-D_8",
                "germanywestcentral",
                at(-days(15)),
                Some(window(-days(10), days(5))),
                window(days(8), days(15)),
            ),
        ),
        (WaveKey::NoSelfService, Wave::new("1J14-8LG", "uksouth", at(-6), None, window(days(6), days(8)))),
        (
            WaveKey::Coming,
            Wave::new(
                "ZMM4-1_0",
                "southeastasia",
                at(days(2)),
                Some(window(days(9), days(23))),
                window(days(26), days(40)),
            ),
        ),
    ]
}

/// In the wave that is partly done, the machines take turns in what became of them.
pub(super) fn settle_partly_done(waves: &mut [(WaveKey, Wave)], start: DateTime<Utc>) {
    let outcomes: [Option<(&str, Option<bool>, &str)>; 5] = [
        Some(("MaintenanceCompleted", None, "")),
        Some((
            "RetryLater",
            Some(true),
            "Maintenance could not be performed at this time. You can retry now.",
        )),
        None,
        Some(("MaintenanceAborted", None, "Maintenance was aborted. A new schedule will follow.")),
        Some(("RetryLater", None, "Maintenance could not be performed at this time. Retry later.")),
    ];
    let Some((_, wave)) = waves.iter_mut().find(|(key, _)| *key == WaveKey::Partly) else {
        return;
    };
    for (target, outcome) in wave.targets.values_mut().zip(outcomes.iter().cycle()) {
        if let Some((code, allowed, message)) = outcome {
            target.results.push(SimulatedResult {
                at: start - TimeDelta::days(3),
                code: (*code).to_owned(),
                message: (!message.is_empty()).then(|| (*message).to_owned()),
            });
            target.allowed = *allowed;
        }
    }
}

/// Nobody has shown that every wave is in both tables of Resource Graph, so two of these are in one only.
pub(super) fn list_in_one_table(waves: &mut [(WaveKey, Wave)]) {
    for (key, wave) in waves {
        match key {
            WaveKey::Partly => wave.listing.impacted_resources = false,
            WaveKey::Underway => wave.listing.updates = false,
            _ => {}
        }
    }
}
