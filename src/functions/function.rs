//! One function: its name, its trigger, its outputs, and the handler behind it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};

use super::error::Failure;
use super::trigger::{OutputKind, Trigger, TriggerKind};
use super::triggers::event_grid::{EventGridBatch, EventGridTrigger};
use super::triggers::http::HttpTrigger;
use super::triggers::queue::{QueuePayload, QueueTrigger};
use super::triggers::timer::TimerTrigger;
use super::{HandlerError, Invocation, InvocationEnvelope, Outputs};

type Run =
    dyn Fn(Invocation, InvocationEnvelope) -> BoxFuture<'static, Result<Outputs, Failure>> + Send + Sync;

/// A function of the app: what [`Functions::register`](super::Functions::register) takes.
///
/// A handler is an async function, or a closure that returns a future, of the invocation and the typed trigger.
/// The same invocation may come more than once, so a handler is safe to run twice; and it returns success only when
/// its effects are durable, because the process may be killed at any instant.
pub struct Function {
    pub(super) name: String,
    pub(super) kind: TriggerKind,
    pub(super) outputs: BTreeMap<String, OutputKind>,
    pub(super) takes_anything: bool,
    pub(super) patient: bool,
    pub(super) run: Arc<Run>,
}

impl Function {
    /// A function with any [`Trigger`]: the type that the handler takes decides which.
    pub fn new<T, H, F>(name: impl Into<String>, handler: H) -> Self
    where
        T: Trigger,
        H: Fn(Invocation, T) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Outputs, HandlerError>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        let run = move |invocation: Invocation, envelope: InvocationEnvelope| {
            let handler = Arc::clone(&handler);
            async move {
                let trigger = T::decode(&envelope)?;
                drop(envelope);
                handler(invocation, trigger).await.map_err(Failure::Handler)
            }
            .boxed()
        };
        Self {
            name: name.into(),
            kind: T::KIND,
            outputs: BTreeMap::new(),
            takes_anything: T::TAKES_ANYTHING,
            patient: false,
            run: Arc::new(run),
        }
    }

    /// A function that a timer starts.
    pub fn timer<H, F>(name: impl Into<String>, handler: H) -> Self
    where
        H: Fn(Invocation, TimerTrigger) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Outputs, HandlerError>> + Send + 'static,
    {
        Self::new(name, handler)
    }

    /// A function that takes messages from a queue.
    pub fn queue<P, H, F>(name: impl Into<String>, handler: H) -> Self
    where
        P: QueuePayload,
        H: Fn(Invocation, QueueTrigger<P>) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Outputs, HandlerError>> + Send + 'static,
    {
        Self::new(name, handler)
    }

    /// A function that takes Event Grid events one by one.
    pub fn event_grid<E, H, F>(name: impl Into<String>, handler: H) -> Self
    where
        E: serde::de::DeserializeOwned + Send + 'static,
        H: Fn(Invocation, EventGridTrigger<E>) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Outputs, HandlerError>> + Send + 'static,
    {
        Self::new(name, handler)
    }

    /// A function that takes all Event Grid events of a delivery at once.
    pub fn event_grid_batch<E, H, F>(name: impl Into<String>, handler: H) -> Self
    where
        E: serde::de::DeserializeOwned + Send + 'static,
        H: Fn(Invocation, EventGridBatch<E>) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Outputs, HandlerError>> + Send + 'static,
    {
        Self::new(name, handler)
    }

    /// A function that answers HTTP requests and has further bindings, so that the host does not forward them.
    pub fn http<H, F>(name: impl Into<String>, handler: H) -> Self
    where
        H: Fn(Invocation, HttpTrigger) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Outputs, HandlerError>> + Send + 'static,
    {
        Self::new(name, handler)
    }

    /// Lets it work for as long as the host allows: it waits for others, and no later run waits for it.
    #[must_use]
    pub fn patient(mut self) -> Self {
        self.patient = true;
        self
    }

    /// Declares a queue output, by the name of its binding.
    #[must_use]
    pub fn queue_output(mut self, name: impl Into<String>) -> Self {
        self.outputs.insert(name.into(), OutputKind::Queue);
        self
    }

    /// Declares an HTTP output, by the name of its binding.
    #[must_use]
    pub fn http_output(mut self, name: impl Into<String>) -> Self {
        self.outputs.insert(name.into(), OutputKind::Http);
        self
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Function")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("outputs", &self.outputs)
            .finish_non_exhaustive()
    }
}
