//! The command line, thin: everything is in the library.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use maintenance_notifier::cli;
use maintenance_notifier::config::Environment;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let arguments = cli::args::Arguments::parse();
    let environment = Environment::from_process();
    // Every TLS connection uses the one provider that is compiled in. It can only have been installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // A person who runs a command reads its output, which says what failed; a service is read through its log. What
    // goes wrong in the demo is scripted, and is told in its mails.
    let quiet = matches!(arguments.command, Some(cli::args::Command::Demo(_)));
    let unasked = if quiet { "error" } else { "warn" };
    let filter = environment
        .get("NOTIFIER_LOG")
        .map_or_else(|| format!("{unasked},maintenance_notifier::functions=off"), ToOwned::to_owned);
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_ansi(std::io::stderr().is_terminal() && !environment.has("NO_COLOR"))
        .with_writer(std::io::stderr)
        .init();
    cli::run(arguments, &environment)
}
