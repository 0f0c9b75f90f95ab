//! `demo`: simulated Azure, local host, SQLite, outbox folder and web pages in one process.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use super::args::{DemoOptions, Format};
use super::progress::ProgressLine;
use super::{CommandOutcome, output, round};
use crate::clock::{Clock, ScaledClock, SharedClock, SystemClock};
use crate::config::{Environment, Settings};
use crate::demo::{Simulation, SimulationOptions, configuration};
use crate::domain::planning::Pace;
use crate::startup::{self, WhenUnusable};
use crate::web::{InboxOptions, inbox};

/// What makes a demo folder's world: running it again there goes on in the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct DemoWorld {
    seed: u64,
    vms: usize,
    /// The moment the waves are laid around.
    start: DateTime<Utc>,
    /// When the clock was last set, in real time, and what it showed then.
    set_at: DateTime<Utc>,
    showed: DateTime<Utc>,
    speed: u32,
}

/// Runs the demo.
pub(super) async fn run(options: &DemoOptions) -> anyhow::Result<CommandOutcome> {
    std::fs::create_dir_all(&options.out)
        .with_context(|| format!("the folder {} cannot be made", options.out.display()))?;
    let out = std::fs::canonicalize(&options.out)?;
    let world = world(&out, options)?;
    let clock: SharedClock =
        Arc::new(ScaledClock::since(Arc::new(SystemClock), world.set_at, world.showed, world.speed));
    let config = out.join("notifier.toml");
    if !config.exists() {
        write_whole(&config, &configuration(world.start))?;
    }
    let listener = if options.once { None } else { Some(round::listen(options.port).await?) };
    let port =
        listener.as_ref().map_or(Ok(options.port), |listener| listener.local_addr().map(|it| it.port()))?;

    let azure = serve_azure(world, clock.clone()).await?;
    let outbox = out.join("outbox");
    let key = link_key(&out)?;
    let environment = environment(&out, &outbox, &azure, port, &key);
    let current = startup::start(&environment, clock.clone(), WhenUnusable::Fail).await?;
    let schedules = Settings::from_environment(&environment)?.schedules;
    let progress = if listener.is_some() { ProgressLine::timed() } else { ProgressLine::new() };
    let host = round::host(&current, schedules, clock.clone(), &progress)?;

    // A form is as old as it is to whoever fills it in, however fast the world's time passes.
    current.app().open_to_all(Arc::new(SystemClock));
    current.app().set_pace(Pace::Immediate);
    let report = round::round(&host, &current.app(), &progress).await?;
    current.app().set_pace(Pace::Considerate);
    progress.done();
    round::print(&report, options.output.format)?;
    if options.output.format == Format::Text {
        output::data(&where_to_look(&options.out, listener.is_some().then_some((port, azure.as_str()))))?;
    }
    let failed = report.failed > 0 || report.messages.iter().any(|line| line.outcome == "failed");
    if let Some(listener) = listener {
        let zone = current.app().policy().zone();
        let shown = InboxOptions { folder: outbox, clock, zone, speed: world.speed, overview: true };
        round::run(&host, listener, inbox(shown, host.web())).await?;
        output::note("Stopped. Run it again to go on.");
    }
    Ok(if failed { CommandOutcome::Failed } else { CommandOutcome::Done })
}

/// Where a person finds what the demo made; `served` is the port of the pages and the address of the simulated Azure.
fn where_to_look(out: &Path, served: Option<(u16, &str)>) -> String {
    let out = out.display();
    let mut lines = vec![
        String::new(),
        format!("Mails and cards   {out}/outbox/ (open an .eml with a mail program)"),
        format!("Who is told       {out}/notifier.toml"),
        format!(
            "Why               export NOTIFIER_CONFIG={out}/notifier.toml NOTIFIER_STORE=sqlite:{out}/state.db"
        ),
        format!("                  {} explain MACHINE", program()),
    ];
    match served {
        Some((port, azure)) => {
            lines.push(format!("Simulated Azure   {azure} (its activity log has every start)"));
            lines.push("Running on its timers until interrupted (Ctrl-C).".to_owned());
            lines.push(String::new());
            lines.push(format!("Open              http://127.0.0.1:{port}/"));
        }
        None => lines
            .push("Again             run it again here and it sends nothing: everyone was told".to_owned()),
    }
    lines.join("\n")
}

/// This program as it was called, so that what is shown can be typed: it need not be among the installed ones.
fn program() -> String {
    std::env::args().next().unwrap_or_else(|| "maintenance-notifier".to_owned())
}

/// The world of the folder, or a new one. Other numbers than those it was made with would be another world.
fn world(out: &Path, options: &DemoOptions) -> anyhow::Result<DemoWorld> {
    let path = out.join("demo.json");
    let now = SystemClock.now();
    let known: Option<DemoWorld> = match std::fs::read_to_string(&path) {
        Ok(text) => Some(serde_json::from_str(&text).with_context(|| {
            format!("{} is not what a demo wrote; choose another folder with --out", path.display())
        })?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
    };
    let world = match known {
        Some(known) => {
            let other_seed = options.seed.is_some_and(|seed| seed != known.seed);
            let other_size = options.vms.is_some_and(|vms| vms != known.vms);
            if other_seed || other_size {
                bail!(
                    "{} holds a demo with --seed {} --vms {}; choose another folder with --out, or remove this one",
                    out.display(),
                    known.seed,
                    known.vms
                );
            }
            let showed =
                ScaledClock::since(Arc::new(SystemClock), known.set_at, known.showed, known.speed).now();
            DemoWorld { set_at: now, showed, speed: options.speed, ..known }
        }
        None => DemoWorld {
            seed: options.seed.unwrap_or(1),
            vms: options.vms.unwrap_or(40),
            start: now,
            set_at: now,
            showed: now,
            speed: options.speed,
        },
    };
    write_whole(&path, &serde_json::to_string_pretty(&world)?)?;
    Ok(world)
}

/// The key that signs the links in the folder's mails: made at random, once for each folder.
fn link_key(out: &Path) -> anyhow::Result<String> {
    let path = out.join("link.key");
    if !path.exists() {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no random bytes for a key: {error}"))?;
        write_whole(&path, &STANDARD.encode(bytes))?;
    }
    let key = std::fs::read_to_string(&path);
    key.map(|key| key.trim().to_owned()).with_context(|| format!("{} cannot be read", path.display()))
}

/// Writes a file so that it is either whole or not there.
fn write_whole(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut part: PathBuf = path.to_owned();
    part.as_mut_os_string().push(".part");
    std::fs::write(&part, text)
        .and_then(|()| std::fs::rename(&part, path))
        .with_context(|| format!("{} cannot be written", path.display()))
}

/// Serves the simulated Azure on a free port and returns its address.
async fn serve_azure(world: DemoWorld, clock: SharedClock) -> anyhow::Result<String> {
    let mut options = SimulationOptions::new(world.start);
    options.seed = world.seed;
    options.machines = world.vms;
    options.switches.machines_go_away = true;
    let simulation = Simulation::new(options);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        if let Err(error) = simulation.serve(listener, clock).await {
            tracing::error!(%error, "the simulated Azure stopped");
        }
    });
    Ok(address)
}

/// The settings of the demo: nothing leaves the machine.
fn environment(out: &Path, outbox: &Path, azure: &str, port: u16, link_key: &str) -> Environment {
    Environment::from_pairs([
        ("NOTIFIER_CONFIG", out.join("notifier.toml").display().to_string()),
        ("NOTIFIER_STORE", format!("sqlite:{}", out.join("state.db").display())),
        ("NOTIFIER_OUTBOX", outbox.display().to_string()),
        ("NOTIFIER_ARM_ENDPOINT", azure.to_owned()),
        ("NOTIFIER_ARM_AUDIENCE", azure.to_owned()),
        ("IDENTITY_ENDPOINT", format!("{azure}/msi/token")),
        ("IDENTITY_HEADER", "simulated-identity".to_owned()),
        ("NOTIFIER_MAIL_FROM", "Azure maintenance <azure-maintenance@contoso.com>".to_owned()),
        ("NOTIFIER_PUBLIC_URL", format!("http://127.0.0.1:{port}")),
        ("NOTIFIER_LINK_KEYS", format!("demo:{link_key}")),
    ])
}
