//! An Azure Functions custom handler: register one typed async function per trigger and serve the result.
//!
//! The Azure Functions host (version 4) starts this process, probes `GET /`, then sends every timer tick, queue
//! message and Event Grid event as `POST /{FunctionName}` with a JSON envelope, and forwards HTTP requests as they
//! came. This room turns that into calls of ordinary async functions and turns their results into the answers that
//! the host understands. It knows nothing of what the functions do, and needs no Azure SDK.
//!
//! ```
//! use maintenance_notifier::functions::{
//!     FromJson, Function, Functions, HandlerError, Invocation, Outputs, QueueTrigger, TimerTrigger,
//! };
//!
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct Order {
//!     number: u32,
//! }
//!
//! async fn tick(_: Invocation, timer: TimerTrigger) -> Result<Outputs, HandlerError> {
//!     let mut outputs = Outputs::none();
//!     if !timer.is_past_due {
//!         outputs.send_json("orders", &Order { number: 7 })?;
//!     }
//!     Ok(outputs)
//! }
//!
//! async fn work(_: Invocation, message: QueueTrigger<FromJson<Order>>) -> Result<Outputs, HandlerError> {
//!     let FromJson(order) = message.payload;
//!     if order.number == 0 {
//!         return Err("an order has no number".into());
//!     }
//!     Ok(Outputs::none())
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let pages = axum::Router::new().route("/hello", axum::routing::get(|| async { "hello" }));
//! let router = Functions::new()
//!     .register(Function::timer("Tick", tick).queue_output("orders"))
//!     .register(Function::queue("Work", work))
//!     .forward(["Web"], pages)
//!     .into_router()?;
//! # let _ = router;
//! # Ok(())
//! # }
//! ```
//!
//! In a `main`, the rest is `serve(bind(port).await?, router, shutdown).await?`, where `port` is what the host put
//! into `FUNCTIONS_CUSTOMHANDLER_PORT`. What handlers share, they capture: an `Arc` moved into a closure.
//!
//! # What this room takes care of
//!
//! - **Double encoding.** The host writes a text as JSON inside a JSON string; a handler sees the text itself, byte
//!   for byte. See [`Trigger`].
//! - **Untrusted metadata.** The host merges the members of a JSON queue message into the metadata of the
//!   invocation. What could have been forged that way is named a *hint* ([`QueueTrigger::dequeue_count_hint`]).
//! - **Outputs arrive unchanged.** Queue messages are always answered as arrays of strings, the only form that the
//!   host neither decodes nor formats anew. An output that no binding declares would vanish without a trace; here
//!   it fails the invocation. See [`Outputs`].
//! - **No invocation hangs.** A success is always 2xx with a JSON object, an error or a panic is 500, and a handler
//!   that is not done by its deadline is stopped and answered with 500, because the host would otherwise kill the
//!   process with everything else it is doing.
//! - **Forwarded requests cannot call functions.** A visitor's `POST /Tick`, which the host forwards like any other
//!   request, reaches the forwarded router and never the function: the framing tells them apart. See
//!   [`Functions::forward`].
//! - **Visitors cannot use the process up.** A request has ten seconds to begin, and only so many of visitors are under
//!   way at once; the host's own calls are not counted. See [`serve`].
//! - **A start that is never too slow.** [`deferred`] answers the host's probe before anything else is read, lets
//!   invocations wait for the functions, and keeps telling the host the reason while they cannot be had.
//! - **Folders that match the code.** [`Functions::check_folders`] compares the deployed `function.json` files with
//!   what is registered, in both directions.

mod app;
mod connection;
mod context;
mod deferred;
mod envelope;
mod error;
mod folders;
mod function;
mod function_json;
mod host_json;
mod origin;
mod outputs;
mod own_address;
mod serve;
mod trace;
mod trigger;
mod triggers;

pub use app::{Functions, RegistrationError};
pub use context::Invocation;
pub use deferred::{Deferred, EarlyPages, deferred};
pub use envelope::{DecodeError, InvocationEnvelope, RetryContext};
pub use error::HandlerError;
pub use folders::{FolderProblem, FolderProblems, read_folders};
pub use function::Function;
pub use function_json::{Binding, FunctionJson};
pub use host_json::{
    CustomHandler, HostExtensions, HostHttp, HostJson, HostQueues, function_timeout, time_span,
};
pub use outputs::{HttpReply, OutputError, Outputs};
pub use serve::{BindError, Stopped, bind, serve};
pub use trace::TraceContext;
pub use trigger::{OutputKind, Trigger, TriggerKind};
pub use triggers::event_grid::{EventGridBatch, EventGridTrigger};
pub use triggers::http::HttpTrigger;
pub use triggers::queue::{Anything, FromJson, FromText, QueuePayload, QueueTrigger};
pub use triggers::timer::{ScheduleStatus, TimerTrigger};
