//! Everything that is tested through the public interface, in one binary.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests fail like tests")]

mod audit_anchors;
mod azure_against_simulation;
mod azure_identity;
mod azure_references;
mod azurite;
mod browser;
mod cli_check;
mod cli_check_deployment;
mod cli_check_live;
mod cli_links;
mod cli_onlookers;
mod cli_outbox;
mod cli_output;
mod cli_start;
mod configuration;
mod deliver_fixtures;
mod dependencies;
mod documentation;
mod emitter;
mod events;
mod faulty_line;
mod functions_fixtures;
mod fuzzed;

mod health;
mod host;
mod house;
mod infrastructure;
mod mail_by_graph;
mod mail_by_token;
mod mail_operations;
mod mail_server;
mod metrics;
mod persons;
mod rendered;
mod repository_on_azurite;
mod round_on_azurite;
mod safety_modes;
mod settings_checked;
mod simulated_azure;
mod simulation;
mod simulation_runs;
mod smtp;
mod smtp_dialects;
mod state_document;
#[cfg(target_os = "linux")]
mod state_of_before;
mod store_conformance;
mod stories;
mod teams;
mod time_zones;
mod trace;
mod vault;
mod whole;
