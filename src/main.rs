//! The command line, thin: everything is in the library.

use std::process::ExitCode;

use clap::Parser;
use maintenance_notifier::cli;
use maintenance_notifier::cli::args::Command;
use maintenance_notifier::cli::log_writer::{LogForm, LogWriter};
use maintenance_notifier::config::{Environment, log_filter};
use maintenance_notifier::domain::visible_text::for_terminal;
use maintenance_notifier::services::alarms;
use maintenance_notifier::startup::log_pseudonyms;
use maintenance_notifier::telemetry::LogLines;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{FilterExt, LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

fn main() -> ExitCode {
    let arguments = cli::args::Arguments::parse();
    let environment = Environment::from_process();
    // Every TLS connection uses the one provider that is compiled in. It can only have been installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let command = cli::command(arguments, &environment);
    match command {
        Some(Command::Handler) => log_for_the_host(&environment),
        // What goes wrong in the demo is scripted, and is shown in its mails.
        Some(Command::Demo(_)) => log_for_people(&environment, LevelFilter::ERROR),
        _ => log_for_people(&environment, LevelFilter::WARN),
    }
    cli::run(command, &environment)
}

/// A person who runs a command reads its output, which says what failed.
fn log_for_people(environment: &Environment, unasked: LevelFilter) {
    let wanted = environment.get("NOTIFIER_LOG").and_then(|wanted| log_filter::parse(wanted).ok());
    let filter = wanted.unwrap_or_else(|| {
        Targets::new().with_default(unasked).with_target("maintenance_notifier::functions", LevelFilter::OFF)
    });
    let lines = tracing_subscriber::fmt::layer()
        // Colours are sequences that move a terminal, and the writer lets none through.
        .with_ansi(false)
        .with_writer(|| LogWriter::new(std::io::stderr(), LogForm::Lines));
    tracing_subscriber::registry().with(filter).with(lines).init();
}

/// A service is read through its log: one line of JSON an event on stdout, because the Functions host takes every
/// line on stderr for an error. Only a panic goes there, in one line; that a line could not be written to stdout does
/// not. Neither has addresses of people.
fn log_for_the_host(environment: &Environment) {
    let wanted = environment.get("NOTIFIER_LOG").unwrap_or("info");
    let (filter, refused) = match log_filter::parse(wanted) {
        Ok(filter) => (filter, None),
        Err(error) => (Targets::new().with_default(LevelFilter::INFO), Some(error)),
    };
    let pseudonyms = log_pseudonyms(environment);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .log_internal_errors(false)
        .with_writer(LogLines::new(|| LogWriter::new(std::io::stdout(), LogForm::Json), pseudonyms.clone()));
    // Alerts search for some lines: those are logged whatever else is wanted.
    let alarms = Targets::new().with_targets(alarms::LOGGED_BY.iter().map(|part| (*part, LevelFilter::WARN)));
    tracing_subscriber::registry().with(lines.with_filter(filter.or(alarms))).init();
    if let Some(error) = refused {
        tracing::error!("NOTIFIER_LOG cannot be used, `info` is logged: {error}");
    }
    let lines = LogLines::new(std::io::stderr, pseudonyms);
    std::panic::set_hook(Box::new(move |panic| {
        let line = lines.line(&panic.to_string().replace(['\r', '\n'], " "));
        let line = for_terminal(&line);
        // There is nobody left to tell when stderr is closed.
        let _ = std::io::Write::write_all(&mut std::io::stderr().lock(), format!("{line}\n").as_bytes());
    }));
}
