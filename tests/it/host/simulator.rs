//! The host itself: sends invocations to a process and acts on the answers.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use futures::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::{self, Output, Verdict};
use super::app::Declared;
use super::encode;
use super::http::{Answer, Body, Client};
use super::process::{INITIALIZATION_TIMEOUT, PROBE_PAUSE, Process};
use super::queues::Queues;

pub(super) const VERSION: &str = "4.1037.0.0";

/// As many redirects does the client of the host follow.
const REDIRECTS: usize = 50;

/// A host with an app. Each function has the process that answers for it.
pub(super) struct Simulator {
    pub(super) functions: Vec<Declared>,
    processes: BTreeMap<String, Arc<Client>>,
    pub(super) queues: Arc<Mutex<Queues>>,
    /// Held while a timer's function runs.
    timers: BTreeMap<String, tokio::sync::Mutex<()>>,
    function_timeout: Duration,
    /// The process that is killed when a function takes longer than that.
    killed: Option<Arc<tokio::sync::Mutex<Process>>>,
    /// Whether the process answered its first probe.
    pub(super) is_initialized: AtomicBool,
    /// Is notified when an answer came that the host cannot do anything with.
    pub(super) hangs: tokio::sync::Notify,
}

impl Simulator {
    /// All functions in one process.
    pub(super) fn new(host_json: &Value, functions: Vec<Declared>, client: &Arc<Client>) -> Self {
        let processes = functions.iter().map(|function| (function.name.clone(), client.clone())).collect();
        Self::with_processes(host_json, functions, processes)
    }

    /// A process for each group of functions, as Azure scales them.
    pub(super) fn with_processes(
        host_json: &Value,
        functions: Vec<Declared>,
        processes: BTreeMap<String, Arc<Client>>,
    ) -> Self {
        let settings = &host_json["extensions"]["queues"];
        let mut queues = Queues::default();
        queues.max_dequeue_count = settings["maxDequeueCount"].as_u64().unwrap_or(5).try_into().unwrap();
        queues.visibility_timeout = settings["visibilityTimeout"].as_str().map_or(0, seconds);
        let timeout = host_json["functionTimeout"].as_str().map_or(30 * 60, seconds);
        let timers = functions.iter().map(|function| (function.name.clone(), Default::default())).collect();
        Self {
            functions,
            processes,
            queues: Arc::new(Mutex::new(queues)),
            timers,
            function_timeout: Duration::from_secs(timeout),
            killed: None,
            is_initialized: AtomicBool::new(true),
            hangs: tokio::sync::Notify::new(),
        }
    }

    /// Kills this process when a function takes too long, and starts it again.
    pub(super) fn killing(mut self, process: &Arc<tokio::sync::Mutex<Process>>) -> Self {
        self.killed = Some(process.clone());
        self
    }

    /// Another instance of the app, on the same queues.
    pub(super) fn beside(mut self, other: &Self) -> Self {
        self.queues = other.queues.clone();
        self
    }

    /// A host in front of a router in this process.
    pub(super) async fn of_router(functions: Vec<Declared>, router: Router) -> Self {
        let listener = maintenance_notifier::functions::bind(0).await.unwrap();
        let client = Arc::new(Client::new(listener.local_addr().unwrap()));
        tokio::spawn(maintenance_notifier::functions::serve(listener, router, std::future::pending()));
        Self::new(&json!({}), functions, &client)
    }

    pub(super) fn function(&self, name: &str) -> &Declared {
        self.functions.iter().find(|function| function.name == name).unwrap()
    }

    pub(super) fn client(&self, function: &str) -> &Client {
        &self.processes[function]
    }

    /// Posts a body and returns what came back.
    pub(super) async fn post(
        &self,
        function: &str,
        body: &[u8],
        trace_parent: bool,
    ) -> std::io::Result<Answer> {
        self.post_as(Uuid::new_v4(), function, body, trace_parent).await
    }

    async fn post_as(
        &self,
        id: Uuid,
        function: &str,
        body: &[u8],
        trace_parent: bool,
    ) -> std::io::Result<Answer> {
        let head = self.head("POST", function, &format!("/{function}"), id, trace_parent);
        self.client(function).send(&head, Body::Chunked(body)).await
    }

    /// Request line and headers of the host's own calls, without their framing.
    pub(super) fn head(
        &self,
        method: &str,
        function: &str,
        path: &str,
        id: Uuid,
        trace_parent: bool,
    ) -> String {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nX-Azure-Functions-HostVersion: {VERSION}\r\n\
             X-Azure-Functions-InvocationId: {}\r\nUser-Agent: Azure-Functions-Host/{VERSION}",
            self.client(function).address,
            id
        );
        if method == "POST" {
            head.push_str("\r\nContent-Type: application/json; charset=utf-8");
        }
        if trace_parent {
            head.push_str(&format!("\r\ntraceparent: 00-{}-b7ad6b7169203331-00", Uuid::new_v4().simple()));
        }
        head
    }

    /// As .NET's client does it: the body goes along with 307 and 308 only.
    async fn follow(&self, function: &str, body: &[u8], mut answer: Answer) -> std::io::Result<Answer> {
        for _ in 0..REDIRECTS {
            if !(300..400).contains(&answer.status) {
                break;
            }
            let Some(path) = answer.header("location").map(str::to_owned) else { break };
            assert!(path.starts_with('/'), "only paths are followed here: {path}");
            answer = if [307, 308].contains(&answer.status) {
                let head = self.head("POST", function, &path, Uuid::new_v4(), true);
                self.client(function).send(&head, Body::Chunked(body)).await?
            } else {
                let head = self.head("GET", function, &path, Uuid::new_v4(), true);
                self.client(function).send(&head, Body::None).await?
            };
        }
        Ok(answer)
    }

    /// Runs a function once. Longer than `functionTimeout` is too long: the process is killed with everything else
    /// that it does.
    pub(super) async fn invoke(&self, name: &str, body: &Value) -> Verdict {
        self.invoke_as(Uuid::new_v4(), name, body).await
    }

    /// The same as the invocation with this id.
    pub(super) async fn invoke_as(&self, id: Uuid, name: &str, body: &Value) -> Verdict {
        let function = self.function(name);
        assert!(!function.is_forwarded(), "{name} is forwarded, not invoked");
        if let Err(reason) = self.initialized().await {
            return Verdict::Failed(reason);
        }
        let body = body.to_string();
        let work = async {
            let answered = self.post_as(id, name, body.as_bytes(), true).await;
            let followed = match answered {
                Ok(answer) => self.follow(name, body.as_bytes(), answer).await,
                Err(error) => Err(error),
            };
            match followed.map(|answer| answer::read(function, &answer)) {
                Ok(Verdict::Hangs) => {
                    self.hangs.notify_one();
                    std::future::pending().await
                }
                Ok(verdict) => verdict,
                Err(error) => Verdict::Failed(error.kind().to_string()),
            }
        };
        match tokio::time::timeout(self.function_timeout, work).await {
            Ok(verdict) => verdict,
            Err(_) => {
                if let Some(process) = &self.killed {
                    process.lock().await.kill_and_restart().await;
                }
                Verdict::Failed(format!("{name} was not done within {:?}", self.function_timeout))
            }
        }
    }

    /// Waits until the process is there, looking every 25 ms, and gives up after four times what a start may take.
    pub(super) async fn initialized(&self) -> Result<(), String> {
        let mut waited = Duration::ZERO;
        while !self.is_initialized.load(Ordering::SeqCst) {
            if waited >= 4 * INITIALIZATION_TIMEOUT {
                return Err("Initialization timed out and host is shutting down".to_owned());
            }
            tokio::time::sleep(PROBE_PAUSE).await;
            waited += PROBE_PAUSE;
        }
        Ok(())
    }

    /// A timer's tick, with the retries of its policy, which keep the id of the invocation. Messages go into the queues. Runs of one timer wait for each
    /// other.
    pub(super) async fn tick(&self, name: &str, retries: u32) -> Vec<Verdict> {
        let _alone = self.timers[name].lock().await;
        let function = self.function(name);
        let (id, mut verdicts) = (Uuid::new_v4(), Vec::new());
        for attempt in 0..=retries {
            let mut body = encode::timer(function, encode::regular(), false);
            if retries > 0 {
                body = encode::with_retry(body, attempt, retries);
            }
            let verdict = self.invoke_as(id, name, &body).await;
            let succeeded = self.deliver_outputs(function, &verdict);
            verdicts.push(verdict);
            if succeeded {
                break;
            }
        }
        verdicts
    }

    /// Hands every visible message to its function, at most 24 of a function at once, until nothing moves.
    pub(super) async fn run_queues(&self) {
        let triggered = |function: &&Declared| function.trigger()["type"] == "queueTrigger";
        loop {
            let mut running = Vec::new();
            for function in self.functions.iter().filter(triggered) {
                let queue = function.trigger()["queueName"].as_str().unwrap();
                let take = || self.queues.lock().unwrap().take(queue);
                running.extend(std::iter::from_fn(take).take(24).map(|taken| async move {
                    let body = encode::queue_message(function, &taken.text, taken.dequeue_count);
                    let verdict = self.invoke(&function.name, &body).await;
                    let succeeded = self.deliver_outputs(function, &verdict);
                    self.queues.lock().unwrap().done(&taken, succeeded);
                }));
            }
            if running.is_empty() {
                return;
            }
            join_all(running).await;
        }
    }

    /// Goes on until all queues that have a function are empty, however often messages have to come again. Returns
    /// the times at which some did.
    pub(super) async fn run_queues_to_their_ends(&self) -> Vec<u64> {
        let mut times = Vec::new();
        loop {
            self.run_queues().await;
            let mut queues = self.queues.lock().unwrap();
            let Some(next) = queues.next_visible().filter(|next| *next > queues.now) else { return times };
            queues.now = next;
            times.push(next);
        }
    }

    /// Output bindings run after a success. What the real host drops or makes something else of is a mistake of the
    /// function's, and ends the test.
    pub(super) fn deliver_outputs(&self, function: &Declared, verdict: &Verdict) -> bool {
        let Verdict::Succeeded(success) = verdict else { return false };
        assert_eq!(success.undeclared, Vec::<String>::new(), "{}: outputs that vanish", function.name);
        assert_eq!(
            success.reshaped,
            Vec::<String>::new(),
            "{}: outputs that arrive otherwise",
            function.name
        );
        for binding in function.outputs().filter(|binding| binding["type"] == "queue") {
            match success.outputs.get(binding["name"].as_str().unwrap()) {
                None => {}
                Some(Output::Messages(messages)) => {
                    let mut queues = self.queues.lock().unwrap();
                    messages
                        .iter()
                        .for_each(|text| queues.send(binding["queueName"].as_str().unwrap(), text));
                }
                Some(other) => panic!("{}: {other:?}", function.name),
            }
        }
        true
    }

    /// A request of Event Grid to the host's webhook, which is guarded by the key of the extension.
    pub(super) async fn event_grid_webhook(&self, name: &str, has_key: bool, events: &[Value]) -> u16 {
        if has_key { self.event_grid(name, events).await } else { 401 }
    }

    /// A delivery of Event Grid: each event on its own, all at once; the status that Event Grid sees.
    pub(super) async fn event_grid(&self, name: &str, events: &[Value]) -> u16 {
        if let [event] = events
            && event["eventType"] == "Microsoft.EventGrid.SubscriptionValidationEvent"
        {
            return 200;
        }
        let Some(function) = self.functions.iter().find(|function| function.name == name) else { return 404 };
        let verdicts = if function.trigger()["cardinality"] == "many" {
            vec![self.invoke(name, &encode::events(function, events)).await]
        } else {
            let bodies: Vec<Value> = events.iter().map(|event| encode::event(function, event)).collect();
            join_all(bodies.iter().map(|body| self.invoke(name, body))).await
        };
        if verdicts.iter().all(|verdict| matches!(verdict, Verdict::Succeeded(_))) { 202 } else { 500 }
    }
}

/// A span of time as host.json has it.
fn seconds(text: &str) -> u64 {
    text.split(':').fold(0, |sum, part| sum * 60 + part.parse::<u64>().unwrap())
}
