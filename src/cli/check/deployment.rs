//! `check --deployment URL`: how a deployed app is, one line each with its remedy.
//!
//! From outside by the engineer's own sign-in: the address, the code, the functions, the settings, the roles. From inside
//! by a function that is called with its key, which the same sign-in may read. The key is shown to this app alone and
//! printed nowhere.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use url::{Host, Url};

use super::super::CommandOutcome;
use super::super::args::Format;
use super::deployment_page::{DeployedPages, Health, Problem};
use super::live::print;
use crate::azure::ArmClient;
use crate::azure::function_app::{
    FunctionApp, find_function_app, function_key, held_roles, list_functions, unresolved_settings,
};
use crate::clock::{SharedClock, SystemClock};
use crate::config::{Environment, Settings};
use crate::local::FUNCTION_FOLDERS;
use crate::startup::connectivity::{LiveCheck, bounded};
use crate::startup::{self, InsideReport};

/// The function that reports from inside.
const REPORT: &str = "ReportHealth";

/// Clocks that differ by more make tokens and links invalid.
const CLOCK: TimeDelta = TimeDelta::minutes(2);

/// The role without which no machine is seen. Its name goes on with the deployment's.
const READER: &str = "Planned maintenance reader";

/// What Azure's own roles are called that read at least as much.
const READERS: [&str; 3] = ["Reader", "Contributor", "Owner"];

/// Asks, and prints what came of it.
pub(super) async fn run(
    address: &Url,
    format: Format,
    environment: &Environment,
) -> anyhow::Result<CommandOutcome> {
    let settings = Settings::from_environment(environment)?;
    let clock: SharedClock = Arc::new(SystemClock);
    // Where no sign-in leads to the key, as with `local`, it may stand in the address.
    let given = address.query_pairs().find(|(name, _)| name == "code");
    let given = given.map(|(_, key)| SecretString::from(key.into_owned()));
    let address = &address.join("/")?;
    let pages = DeployedPages::new(address).map_err(anyhow::Error::msg)?;
    let health = pages.health().await;
    let mut lines = vec![answers(address, &health)];
    let (outside, key) = match is_here(address) && is_public_azure(&settings) {
        // `local` and `demo` are in no subscription.
        true => (not_in_azure(), Ok(given)),
        false => outside(address, &settings, &clock).await,
    };
    lines.extend(outside);
    match &health {
        Ok(health) => {
            lines.extend(clock_line(health.date, clock.now()));
            lines.extend(health_lines(&health.said));
        }
        Err(_) => lines.push(LiveCheck::not_tried("health", "its address does not answer")),
    }
    match (&health, key) {
        (Err(_), _) => lines.push(LiveCheck::not_tried("inside", "its address does not answer")),
        (Ok(_), Err(problem)) => lines.push(LiveCheck::of("inside", Err(problem))),
        (Ok(_), Ok(key)) => match pages.inside(key.as_ref()).await {
            Err(problem) => lines.push(LiveCheck::of("inside", Err(problem))),
            Ok(report) => lines.extend(from_inside(&report)),
        },
    }
    print(format, &lines)
}

fn is_here(address: &Url) -> bool {
    match address.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

/// Whether nothing stands in for Azure.
fn is_public_azure(settings: &Settings) -> bool {
    !is_here(&settings.arm.endpoint)
}

fn answers<T>(address: &Url, health: &Result<T, String>) -> LiveCheck {
    let tried = health.as_ref().map(|_| format!("{} answers", address.host_str().unwrap_or_default()));
    LiveCheck::of("address", tried.map_err(Clone::clone))
}

const OUTSIDE: [&str; 5] = ["sign-in to Azure", "function app", "functions", "settings", "roles"];

fn not_in_azure() -> Vec<LiveCheck> {
    OUTSIDE.map(|what| LiveCheck::not_tried(what, "the address is on this machine, not in Azure")).into()
}

/// What the engineer's own sign-in sees, and the key with which the app is asked from inside, or why there is none.
async fn outside(
    address: &Url,
    settings: &Settings,
    clock: &SharedClock,
) -> (Vec<LiveCheck>, Result<Option<SecretString>, String>) {
    let mut lines = Vec::new();
    let key = look(address, settings, clock, &mut lines).await;
    let missing = OUTSIDE.iter().skip(lines.len());
    let missing: Vec<LiveCheck> =
        missing.map(|what| LiveCheck::not_tried(what, "what comes before it failed")).collect();
    lines.extend(missing);
    (lines, key.map(Some))
}

async fn look(
    address: &Url,
    settings: &Settings,
    clock: &SharedClock,
    lines: &mut Vec<LiveCheck>,
) -> Result<SecretString, String> {
    let without = || "the function's key is not known".to_owned();
    let arm =
        startup::arm_client(settings, settings.identity.clone(), clock).map_err(|error| error.to_string());
    let signed_in =
        bounded(async { arm.clone()?.try_token().await.map_err(|error| error.to_string()) }).await;
    let said = format!("a token for {}", settings.arm.audience);
    lines.push(LiveCheck::of(OUTSIDE[0], signed_in.clone().map(|()| said)));
    let (Ok(arm), Ok(())) = (arm, signed_in) else { return Err(without()) };
    let host = match address.port() {
        Some(port) => format!("{}:{port}", address.host_str().unwrap_or_default()),
        None => address.host_str().unwrap_or_default().to_owned(),
    };
    let found = bounded(async {
        let found = find_function_app(&arm, &host).await.map_err(|error| error.to_string())?;
        found.ok_or_else(|| {
            format!(
                "none that you may see answers at {host}; give yourself Reader on its resource group, or sign in to \
                 the right tenant with `az login --tenant`"
            )
        })
    });
    let app = match found.await {
        Ok(app) => app,
        Err(problem) => {
            lines.push(LiveCheck::of(OUTSIDE[1], Err(problem)));
            return Err(without());
        }
    };
    let state = match app.state.eq_ignore_ascii_case("Running") {
        true => Ok(format!("{} is running", app.name)),
        false => {
            Err(format!("{} is {}; `az functionapp start` starts it", app.name, app.state.to_lowercase()))
        }
    };
    lines.push(LiveCheck::of(OUTSIDE[1], state));
    let (functions, references, roles) =
        tokio::join!(functions(&arm, &app), references(&arm, &app), roles(&arm, &app));
    lines.extend([functions, references, roles]);
    bounded(async { function_key(&arm, &app, REPORT).await.map_err(|error| error.to_string()) })
        .await
        .map_err(|problem| {
            format!(
                "the key of {REPORT} cannot be read: {problem}; give yourself Website Contributor on the app"
            )
        })
}

/// Whether the functions are those of this program.
async fn functions(arm: &ArmClient, app: &FunctionApp) -> LiveCheck {
    let tried = bounded(async {
        let listed = list_functions(arm, app).await.map_err(|error| error.to_string())?;
        let listed: BTreeSet<&str> = listed.iter().map(String::as_str).collect();
        let known: BTreeSet<&str> = FUNCTION_FOLDERS.iter().map(|(name, _)| *name).collect();
        let names = |names: Vec<&&str>| names.into_iter().copied().collect::<Vec<_>>().join(", ");
        let (missing, more): (Vec<&&str>, Vec<&&str>) =
            (known.difference(&listed).collect(), listed.difference(&known).collect());
        match (listed.is_empty(), missing.is_empty()) {
            (true, _) => {
                Err("none: the code is not there; deploy again with `packageUri`, or upload the package \
                              with `az functionapp deployment source config-zip`"
                    .to_owned())
            }
            (_, false) => Err(format!(
                "{} of {}: {} missing; the package is of another version: upload the present one",
                known.len() - missing.len(),
                known.len(),
                names(missing)
            )),
            _ if !more.is_empty() => Ok(format!("all {}, and {} besides", known.len(), names(more))),
            _ => Ok(format!("all {}", known.len())),
        }
    });
    LiveCheck::of(OUTSIDE[2], tried.await)
}

/// Whether settings that refer to a vault were read there.
async fn references(arm: &ArmClient, app: &FunctionApp) -> LiveCheck {
    let tried = bounded(async {
        let (unresolved, all) = unresolved_settings(arm, app).await.map_err(|error| error.to_string())?;
        if unresolved.is_empty() {
            return Ok(format!("all {all} that refer to the vault were read there"));
        }
        let names: Vec<String> =
            unresolved.iter().map(|setting| format!("{} ({})", setting.name, setting.status)).collect();
        Err(format!(
            "not read in the vault: {}; is the secret there, and may the app's identity read it? Then have Azure look \
             again, as DEPLOYING.md says under Going live",
            names.join(", ")
        ))
    });
    LiveCheck::of(OUTSIDE[3], tried.await)
}

/// Whether the app's identities hold the role that reads maintenance, and what else they hold.
async fn roles(arm: &ArmClient, app: &FunctionApp) -> LiveCheck {
    let tried = bounded(async {
        if app.principals.is_empty() {
            return Err("the app has no identity; deploy again".to_owned());
        }
        let held = held_roles(arm, &app.principals).await.map_err(|error| error.to_string())?;
        let reads = |name: &str| name.starts_with(READER) || READERS.contains(&name);
        let names: BTreeSet<&str> = held.iter().map(|role| role.name.as_str()).collect();
        let Some(reader) = held.iter().find(|role| reads(&role.name)) else {
            return Err(format!(
                "{READER} is not among the {} that you may see; deploy again, or ask from where you may read role \
                 assignments of the watched management group",
                names.len()
            ));
        };
        let others: Vec<&str> = names.iter().copied().filter(|name| *name != reader.name).collect();
        let others = if others.is_empty() { String::new() } else { format!("; {}", others.join(", ")) };
        Ok(format!("{} at {}{others}", reader.name, reader.scope))
    });
    LiveCheck::of(OUTSIDE[4], tried.await)
}

/// What the app found when it looked.
fn from_inside(report: &InsideReport) -> Vec<LiveCheck> {
    let ours = env!("CARGO_PKG_VERSION");
    let version = match report.version == ours {
        true => Ok(format!("{ours}, as here")),
        false => Err(format!("{} there, {ours} here; upgrade the older one", report.version)),
    };
    let mut lines = vec![LiveCheck::of("version", version)];
    lines.extend(report.checks.iter().map(|check| {
        let what = format!("inside: {}", check.what);
        LiveCheck { state: check.state, ..LiveCheck::of(what, Ok(check.found.clone())) }
    }));
    lines
}

/// Whether the clocks agree; nothing where the other side says no time.
fn clock_line(there: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<LiveCheck> {
    let apart = (there? - now).abs();
    let tried = match apart <= CLOCK {
        true => Ok("as here".to_owned()),
        false => Err(format!(
            "it is {} seconds off this machine's; set this one by a time server, for Azure's is right",
            apart.num_seconds()
        )),
    };
    Some(LiveCheck::of("clock", tried))
}

/// What `/health` says is wrong, a line each, and what else it says.
fn health_lines(health: &Health) -> Vec<LiveCheck> {
    let remedy = |problem: &Problem| {
        let Problem { code, text } = problem;
        format!("{text} ({code}; OPERATING.md says what to look at)")
    };
    let mut lines: Vec<LiveCheck> =
        health.problems.iter().map(|problem| LiveCheck::of("health", Err(remedy(problem)))).collect();
    if health.healthy {
        let notes: Vec<&str> = health.notes.iter().map(|note| note.text.as_str()).collect();
        let notes = if notes.is_empty() { String::new() } else { format!("; {}", notes.join("; ")) };
        lines.push(LiveCheck::of("health", Ok(format!("healthy{notes}"))));
    }
    lines
}
