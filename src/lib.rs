//! Tells the people who run Azure virtual machines about planned maintenance, in time to act.
//!
//! One direction of data: a timer or an event makes us look at Azure (`azure`), a pure function works out what
//! changed (`domain::reconcile`), another works out who should hear what (`domain::planning`), and the edges render
//! (`render`) and send (`deliver`) it. `docs/ARCHITECTURE.md` is the map of the rooms and the list of invariants.

pub mod azure;
pub mod cli;
pub mod clock;
pub mod config;
pub mod deliver;
pub mod demo;
pub mod domain;
pub mod functions;
pub mod http;
pub mod jobs;
pub mod local;
pub mod metrics;
pub mod private_file;
pub mod probe;
pub mod render;
pub mod services;
pub mod startup;
pub mod store;
pub mod telemetry;
pub mod web;
pub mod words;
