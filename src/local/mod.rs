//! The Functions host on one machine: what `demo` and `local` run in place of the one in Azure.
//!
//! It reads the same `function.json` folders and the same host.json, runs timers by their schedules and queues in
//! memory, and calls the app's router with the bytes that the real host would send: texts encoded twice, message
//! members merged into the metadata, answers read by the host's own odd rules. It shares no code with
//! [`functions`](crate::functions) for that, so that each side checks the other; only the two files are read by the
//! same types. Like that room, it knows nothing of what the functions do; only [`FUNCTION_FOLDERS`] names them.
//!
//! It differs from the real host where a person at a terminal is better served: mistakes that the host hides
//! (outputs nobody declared, answers that make it hang) are reported at once, and its queues live in memory, so that
//! what is queued is gone when the process ends. The key of the functions that services call is made anew each time.
//!
//! Time is the injected clock's: on a clock that runs faster, schedules and delays do too.

mod deployed;
mod error;
mod events;
mod folders;
mod hook_key;
mod hooks;
mod host;
mod host_json;
mod hosted;
mod pump;
mod queues;
mod request;
mod timers;
mod web;
mod wire;

#[cfg(test)]
mod tests;

pub use deployed::{FUNCTION_FOLDERS, HOST_JSON};
pub use error::LocalHostError;
pub use events::{HostEvent, InvocationOutcome};
pub use hooks::HookReply;
pub use host::{LocalHost, LocalHostOptions};
pub use pump::DrainReport;
pub use queues::PoisonMessage;
