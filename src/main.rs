//! The command line, thin: everything is in the library.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use maintenance_notifier::cli;
use maintenance_notifier::cli::args::Command;
use maintenance_notifier::config::Environment;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let arguments = cli::args::Arguments::parse();
    let environment = Environment::from_process();
    // Every TLS connection uses the one provider that is compiled in. It can only have been installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let command = cli::command(arguments, &environment);
    match command {
        Some(Command::Handler) => log_for_the_host(&environment),
        // What goes wrong in the demo is scripted, and is told in its mails.
        Some(Command::Demo(_)) => log_for_people(&environment, "error"),
        _ => log_for_people(&environment, "warn"),
    }
    cli::run(command, &environment)
}

/// A person who runs a command reads its output, which says what failed.
fn log_for_people(environment: &Environment, unasked: &str) {
    let filter = environment
        .get("NOTIFIER_LOG")
        .map_or_else(|| format!("{unasked},maintenance_notifier::functions=off"), ToOwned::to_owned);
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_ansi(std::io::stderr().is_terminal() && !environment.has("NO_COLOR"))
        .with_writer(std::io::stderr)
        .init();
}

/// A service is read through its log: one line of JSON an event on stdout, because the Functions host takes every
/// line on stderr for an error. Only a panic goes there, in one line.
fn log_for_the_host(environment: &Environment) {
    let wanted = environment.get("NOTIFIER_LOG").unwrap_or("info");
    let (filter, refused) = match EnvFilter::try_new(wanted) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new("info"), Some(error)),
    };
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(std::io::stdout)
        .init();
    if let Some(error) = refused {
        tracing::error!("NOTIFIER_LOG cannot be used, `info` is logged: {error}");
    }
    std::panic::set_hook(Box::new(|panic| {
        let line = panic.to_string().replace(['\r', '\n'], " ");
        // There is nobody left to tell when stderr is closed.
        let _ = std::io::Write::write_all(&mut std::io::stderr().lock(), format!("{line}\n").as_bytes());
    }));
}
