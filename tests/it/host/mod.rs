//! A stand-in for the Azure Functions host: its processes, its requests, its reading of answers, its queues.
//!
//! It shares no code with the product, nor with the `local` room, so that a mistake made there is not made here too.
//! Every row of the contract that is shown has a test that begins with the row's name.

mod alarms;
mod answer;
mod app;
mod attacks;
mod checks;
mod configuration;
mod encode;
mod files;
mod framing;
mod http;
mod instances;
mod packages;
mod process;
mod processes;
mod proxy;
mod queues;
mod requests;
mod responses;
mod round;
mod simulator;
mod timeouts;
mod triggers;
mod visits;
