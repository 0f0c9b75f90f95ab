//! What runs in the simulated tenant: kinds of machines, the waves that reach them, and who their tags name.

use super::{OsDiskPlacement, SimulatedPower};

/// The waves of the default world; `build` gives them their dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WaveKey {
    /// Self-service opened some days ago and closes in nine days.
    Open,
    /// Announced; self-service opens in three days.
    Announced,
    /// Self-service closes in forty hours.
    Closing,
    /// In Azure's own window.
    Underway,
    /// Partly done, with machines that failed.
    Partly,
    NoSelfService,
    /// Not known yet: it is announced two days after the start.
    Coming,
}

/// A kind of machine; the world cycles through the kinds until it has as many machines as were asked for.
pub(super) struct Workload {
    pub(super) group: &'static str,
    pub(super) base: &'static str,
    pub(super) size: &'static str,
    pub(super) wave: Option<WaveKey>,
    pub(super) tags: &'static [(&'static str, &'static str)],
    pub(super) traits: Traits,
}

/// What is special about a kind of machine.
pub(super) struct Traits {
    pub(super) windows: bool,
    pub(super) zoned: bool,
    pub(super) availability_set: bool,
    pub(super) on_host: bool,
    pub(super) auto_shutdown: bool,
    pub(super) os_disk: OsDiskPlacement,
    pub(super) power: SimulatedPower,
}

const PLAIN: Traits = Traits {
    windows: false,
    zoned: false,
    availability_set: false,
    on_host: false,
    auto_shutdown: false,
    os_disk: OsDiskPlacement::Managed,
    power: SimulatedPower::Running,
};
const WINDOWS: Traits = Traits { windows: true, ..PLAIN };
const ZONED: Traits = Traits { zoned: true, ..PLAIN };
const AVAILABILITY_SET: Traits = Traits { availability_set: true, ..PLAIN };
const EPHEMERAL: Traits = Traits { os_disk: OsDiskPlacement::EphemeralCache, ..PLAIN };
const DEALLOCATED: Traits = Traits { power: SimulatedPower::Deallocated, ..PLAIN };
const AUTO_SHUTDOWN: Traits = Traits { auto_shutdown: true, ..WINDOWS };

const fn workload(
    group: &'static str,
    base: &'static str,
    size: &'static str,
    wave: Option<WaveKey>,
    tags: &'static [(&'static str, &'static str)],
    traits: Traits,
) -> Workload {
    Workload { group, base, size, wave, tags, traits }
}

pub(super) const WORKLOADS: &[Workload] = &[
    workload("rg-webshop-prod", "vm-web", "Standard_D4s_v5", Some(WaveKey::Open), &[], AVAILABILITY_SET),
    workload(
        "rg-sap-prod",
        "vm-sap-app",
        "Standard_E16ds_v5",
        Some(WaveKey::Partly),
        &[("app", "sap")],
        AVAILABILITY_SET,
    ),
    workload("rg-payments-prod", "vm-pay", "Standard_D8s_v5", Some(WaveKey::Announced), &[], ZONED),
    workload("rg-erp-us", "vm-erp", "Standard_D8s_v5", Some(WaveKey::Closing), &[], WINDOWS),
    workload(
        "rg-stores-in",
        "vm-pos",
        "Standard_D2s_v5",
        Some(WaveKey::Underway),
        &[("owner", "priya.nair@contoso.com")],
        PLAIN,
    ),
    workload(
        "rg-stores-sg",
        "vm-stock",
        "Standard_D2s_v5",
        Some(WaveKey::Coming),
        &[("Technical-Contact", "mei.lin@contoso.com;wei.tan@contoso.com")],
        PLAIN,
    ),
    workload(
        "rg-webshop-prod",
        "vm-search",
        "Standard_E8s_v5",
        Some(WaveKey::Open),
        &[("owner", "arjun.rao@contoso.com")],
        ZONED,
    ),
    workload("rg-sap-hosts", "vm-hana", "Standard_E32s_v4", Some(WaveKey::NoSelfService), &[], {
        Traits { on_host: true, ..PLAIN }
    }),
    workload("rg-identity", "vm-dc", "Standard_D2s_v5", Some(WaveKey::Open), &[], WINDOWS),
    workload(
        "rg-build",
        "vm-build",
        "Standard_D16ads_v5",
        Some(WaveKey::Announced),
        &[("owner", "  Jane.Doe  ,  arjun.rao ")],
        EPHEMERAL,
    ),
    workload("rg-lab-training", "vm-class", "Standard_D4s_v5", Some(WaveKey::Open), &[], AUTO_SHUTDOWN),
    workload("rg-monitoring", "vm-logs", "Standard_E4s_v5", Some(WaveKey::Open), &[], PLAIN),
    workload("rg-sap-dev", "vm-sapdev", "Standard_E8ds_v5", Some(WaveKey::Partly), &[], PLAIN),
    workload(
        "rg-erp-us",
        "vm-report",
        "Standard_D4s_v5",
        Some(WaveKey::Closing),
        &[("owner", "contractor@example.org")],
        DEALLOCATED,
    ),
    workload("rg-lab-research", "vm-gpu", "Standard_NC24ads_A100_v4", Some(WaveKey::Closing), &[], EPHEMERAL),
    workload("rg-payments-prod", "vm-ledger", "Standard_E8s_v5", None, &[("owner", "liam.murphy")], ZONED),
    workload("rg-stores-in", "vm-batch", "Standard_D4s_v5", None, &[], PLAIN),
    workload("rg-lab-research", "vm-notebook", "Standard_D4s_v5", None, &[], DEALLOCATED),
];
