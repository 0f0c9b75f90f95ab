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
    // A person who runs a command reads its output, which says what failed; a service is read through its log.
    let filter = environment.get("NOTIFIER_LOG").unwrap_or("warn,maintenance_notifier::functions=off");
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_ansi(std::io::stderr().is_terminal() && !environment.has("NO_COLOR"))
        .with_writer(std::io::stderr)
        .init();
    cli::run(arguments, &environment)
}
