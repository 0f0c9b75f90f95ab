//! The host itself: what it is made of, and how it calls a function.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use http_body_util::{BodyExt, Limited};
use serde_json::Value;
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use uuid::Uuid;

use super::folders::{LocalFunction, LocalTrigger};
use super::hook_key::HookKey;
use super::host_json::HostJsonSettings;
use super::hosted::Hosted;
use super::queues::{PoisonMessage, Queues};
use super::wire::{Answer, invocation_request, read_answer};
use super::{FUNCTION_FOLDERS, HOST_JSON, HostEvent, InvocationOutcome, LocalHostError};
use crate::clock::SharedClock;

/// How often the clock is looked at: it may run at any pace, so nothing can be slept for exactly.
pub(super) const TICK: Duration = Duration::from_millis(50);
/// How long invocations under way may finish once the host is to stop.
pub(super) const STOP_PATIENCE: Duration = Duration::from_secs(5);
/// More than any answer of functions that only write to queues.
const ANSWER_LIMIT: usize = 64 * 1024 * 1024;

type Observer = dyn Fn(&HostEvent) + Send + Sync;
type SettingLookup = dyn Fn(&str) -> Option<String>;

/// What a [`LocalHost`] needs to know.
pub struct LocalHostOptions {
    folders: Vec<(String, String)>,
    host_json: String,
    settings: Box<SettingLookup>,
    clock: SharedClock,
    observer: Arc<Observer>,
}

impl LocalHostOptions {
    /// The deployed folders and host.json, with `settings` for every `%NAME%` in them.
    pub fn new(clock: SharedClock, settings: impl Fn(&str) -> Option<String> + 'static) -> Self {
        Self {
            folders: FUNCTION_FOLDERS.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec(),
            host_json: HOST_JSON.to_owned(),
            settings: Box::new(settings),
            clock,
            observer: Arc::new(|_| ()),
        }
    }

    /// Calls `observer` after every invocation. It should not take long: the next message waits for it.
    #[must_use]
    pub fn observer(mut self, observer: impl Fn(&HostEvent) + Send + Sync + 'static) -> Self {
        self.observer = Arc::new(observer);
        self
    }

    /// Other function folders: names and the texts of their `function.json`.
    #[must_use]
    pub fn folders<N: Into<String>, T: Into<String>>(
        mut self,
        folders: impl IntoIterator<Item = (N, T)>,
    ) -> Self {
        self.folders = folders.into_iter().map(|(name, text)| (name.into(), text.into())).collect();
        self
    }

    /// Another host.json.
    #[must_use]
    pub fn host_json(mut self, text: impl Into<String>) -> Self {
        self.host_json = text.into();
        self
    }
}

impl fmt::Debug for LocalHostOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LocalOptions").field("folders", &self.folders).finish_non_exhaustive()
    }
}

/// The Functions host in this process. Clones are the same host.
#[derive(Clone)]
pub struct LocalHost(pub(super) Arc<HostState>);

pub(super) struct HostState {
    pub(super) router: Router,
    pub(super) functions: Vec<Hosted>,
    pub(super) settings: HostJsonSettings,
    pub(super) clock: SharedClock,
    pub(super) queues: Arc<Queues>,
    pub(super) hook_key: HookKey,
    observer: Arc<Observer>,
}

impl fmt::Debug for LocalHost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let functions: Vec<_> = self.0.functions.iter().map(|hosted| &hosted.function).collect();
        formatter.debug_struct("LocalHost").field("functions", &functions).finish_non_exhaustive()
    }
}

impl LocalHost {
    /// A host for the functions behind `router`.
    ///
    /// # Errors
    /// When host.json or a function.json is wrong or wants something that is not done here, or a setting is missing.
    pub fn new(router: Router, options: LocalHostOptions) -> Result<Self, LocalHostError> {
        let settings = HostJsonSettings::parse(&options.host_json)?;
        let functions = options
            .folders
            .iter()
            .map(|(name, text)| {
                Ok(Hosted {
                    function: LocalFunction::parse(name, text, &options.settings)?,
                    timer: Mutex::default(),
                    slots: Arc::new(Semaphore::new(settings.parallel_messages)),
                })
            })
            .collect::<Result<_, LocalHostError>>()?;
        Ok(Self(Arc::new(HostState {
            router,
            functions,
            settings,
            clock: options.clock,
            queues: Arc::default(),
            hook_key: HookKey::random(),
            observer: options.observer,
        })))
    }

    /// Runs timers by their schedules and works on queues until `cancel`; then lets invocations under way finish for
    /// five seconds.
    pub async fn run(&self, cancel: CancellationToken) {
        let mut work = JoinSet::new();
        for index in 0..self.0.functions.len() {
            if matches!(self.0.functions[index].function.trigger, LocalTrigger::Timer { .. }) {
                let (host, cancel) = (self.clone(), cancel.clone());
                work.spawn(async move { host.follow_schedule(index, &cancel).await });
            }
        }
        let (host, pump_cancel) = (self.clone(), cancel.clone());
        work.spawn(async move { host.pump(&pump_cancel).await });
        cancel.cancelled().await;
        // What is still working after that is cut off, as the real host does it to everything at once.
        let _ = timeout(STOP_PATIENCE, async { while work.join_next().await.is_some() {} }).await;
    }

    /// The messages that failed as often as they may.
    pub fn poisoned(&self) -> Vec<PoisonMessage> {
        self.0.queues.poisoned()
    }

    /// How many messages lie in a queue, those under way counted.
    pub fn queued(&self, queue: &str) -> usize {
        self.0.queues.len(queue)
    }

    /// Waits until the clock shows `time`.
    pub(super) async fn until(&self, time: chrono::DateTime<chrono::Utc>) {
        while self.0.clock.now() < time {
            sleep(TICK).await;
        }
    }

    /// Calls a function and writes what it puts out into the queues.
    pub(super) async fn call(&self, function: &LocalFunction, body: &Value) -> FinishedCall {
        let invocation_id = Uuid::new_v4();
        let started = Instant::now();
        let request = invocation_request(&function.name, invocation_id, body);
        let allowed = self.0.settings.function_timeout;
        let result = match timeout(allowed, self.0.router.clone().oneshot(request)).await {
            Ok(Ok(response)) => read_response(response, function).await,
            Ok(Err(never)) => match never {},
            Err(_) => Err(format!(
                "there was no answer after {} seconds, where the Functions host would kill the process",
                allowed.as_secs()
            )),
        };
        if let Ok(answer) = &result {
            let now = self.0.clock.now();
            for (output, message) in &answer.messages {
                if let Some(queue) = function.outputs.get(output) {
                    self.0.queues.push(queue, message, now);
                }
            }
            for output in &answer.undeclared {
                tracing::warn!(function = %function.name, %invocation_id,
                    "{} answered with the output `{output}`, which its function.json does not declare: it is lost",
                    function.name);
            }
        }
        FinishedCall { function: function.name.clone(), invocation_id, duration: started.elapsed(), result }
    }

    /// Reports to the observer how a call ended.
    pub(super) fn report(&self, call: FinishedCall, outcome: InvocationOutcome) {
        let FinishedCall { function, invocation_id, duration, .. } = call;
        let invocation_id = invocation_id.to_string();
        (self.0.observer)(&HostEvent { function, invocation_id, outcome, duration });
    }
}

/// A call that is over.
pub(super) struct FinishedCall {
    function: String,
    invocation_id: Uuid,
    duration: Duration,
    pub(super) result: Result<Answer, String>,
}

impl FinishedCall {
    /// The outcome as it is, without regard to what happens to the message.
    pub(super) fn outcome(&self) -> InvocationOutcome {
        match &self.result {
            Ok(answer) => {
                InvocationOutcome::Succeeded { messages: answer.messages.len(), log: answer.log.clone() }
            }
            Err(reason) => InvocationOutcome::Failed { reason: reason.clone() },
        }
    }
}

async fn read_response(response: Response, function: &LocalFunction) -> Result<Answer, String> {
    let (parts, body) = response.into_parts();
    let body = Limited::new(body, ANSWER_LIMIT)
        .collect()
        .await
        .map_err(|error| format!("the answer could not be read: {error}"))?;
    read_answer(parts.status, &parts.headers, &body.to_bytes(), &function.outputs, function.reply.as_deref())
}
