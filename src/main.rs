//! The command line, thin: everything is in the library.

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
    let filter = environment.get("NOTIFIER_LOG").unwrap_or("info");
    tracing_subscriber::fmt().with_env_filter(EnvFilter::new(filter)).with_writer(std::io::stderr).init();
    cli::run(arguments, &environment)
}
