//! The host itself: sends invocations to a process and acts on the answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use futures::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::{self, Output, Verdict};
use super::app::Declared;
use super::encode;
use super::http::{Answer, Body, Client};
use super::queues::Queues;

pub(super) const VERSION: &str = "4.1037.0.0";

/// A host with an app. Each function has the process that answers for it.
pub(super) struct Simulator {
    pub(super) functions: Vec<Declared>,
    processes: BTreeMap<String, Arc<Client>>,
    pub(super) queues: Arc<Mutex<Queues>>,
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
        queues.visibility_timeout =
            settings["visibilityTimeout"].as_str().map_or(0, |text| text[6..].parse().unwrap());
        Self { functions, processes, queues: Arc::new(Mutex::new(queues)) }
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
        let client = self.client(function);
        let mut head = format!(
            "POST /{function} HTTP/1.1\r\nHost: {}\r\nX-Azure-Functions-HostVersion: {VERSION}\r\n\
             X-Azure-Functions-InvocationId: {}\r\nUser-Agent: Azure-Functions-Host/{VERSION}\r\n\
             Content-Type: application/json; charset=utf-8",
            client.address,
            Uuid::new_v4()
        );
        if trace_parent {
            head.push_str(&format!("\r\ntraceparent: 00-{}-b7ad6b7169203331-00", Uuid::new_v4().simple()));
        }
        client.send(&head, Body::Chunked(body)).await
    }

    /// Runs a function once.
    pub(super) async fn invoke(&self, name: &str, body: &Value) -> Verdict {
        let function = self.function(name);
        assert!(!function.is_forwarded(), "{name} is forwarded, not invoked");
        // Within the same site the client of the host follows redirects, which makes the answer somebody else's.
        match self.post(name, body.to_string().as_bytes(), true).await {
            Ok(answer) if (300..400).contains(&answer.status) => {
                Verdict::Failed("a redirect would be followed".into())
            }
            Ok(answer) => answer::read(function, &answer),
            Err(error) => Verdict::Failed(error.kind().to_string()),
        }
    }

    /// A timer's tick, with the retries of its policy. Messages go into the queues.
    pub(super) async fn tick(&self, name: &str, retries: u32) -> Vec<Verdict> {
        let function = self.function(name);
        let mut verdicts = Vec::new();
        for attempt in 0..=retries {
            let mut body = encode::timer(function, encode::regular(), false);
            if retries > 0 {
                body = encode::with_retry(body, attempt, retries);
            }
            let verdict = self.invoke(name, &body).await;
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

    /// Output bindings run after a success.
    fn deliver_outputs(&self, function: &Declared, verdict: &Verdict) -> bool {
        let Verdict::Succeeded(success) = verdict else { return false };
        assert_eq!(success.undeclared, Vec::<String>::new(), "{}: outputs that vanish", function.name);
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

    /// A visitor's request to a forwarded function: what is dropped, joined and added on the way.
    pub(super) async fn forward(&self, name: &str, request: &Visit<'_>) -> Answer {
        let function = self.function(name);
        assert!(function.is_forwarded(), "{name} is invoked, not forwarded");
        if function.trigger()["authLevel"] != "anonymous" && !request.has_key {
            let body = Vec::new();
            return Answer { status: 401, reason: "Unauthorized".into(), headers: Vec::new(), body };
        }
        let client = self.client(name);
        let mut head =
            format!("{} {} HTTP/1.1\r\nHost: notifier.azurewebsites.net", request.method, request.target());
        for (header, value) in request.headers {
            if !["content-encoding", "content-language", "content-disposition"].contains(header) {
                head.push_str(&format!("\r\n{header}: {value}"));
            }
        }
        head.push_str(&format!(
            "\r\nUser-Agent: Azure-Functions-Host/{VERSION}\r\nX-Azure-Functions-HostVersion: {VERSION}\r\n\
             X-Azure-Functions-InvocationId: {}\r\nX-Forwarded-For: 192.0.2.1:4711",
            Uuid::new_v4()
        ));
        let body =
            request.body.filter(|_| !request.chunked).map_or(Body::None, |body| Body::Sized(body.as_bytes()));
        client.send(&head, body).await.unwrap()
    }
}

/// What a visitor asks for.
#[derive(Default)]
pub(super) struct Visit<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    /// Pairs of the query; repeated keys are joined.
    pub(super) query: &'a [(&'a str, &'a str)],
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: Option<&'a str>,
    pub(super) chunked: bool,
    pub(super) has_key: bool,
}

impl Visit<'_> {
    fn target(&self) -> String {
        let mut joined: Vec<(&str, String)> = Vec::new();
        for (key, value) in self.query {
            match joined.iter_mut().find(|(known, _)| known == key) {
                Some((_, values)) => *values = format!("{values},{value}"),
                None => joined.push((key, (*value).to_owned())),
            }
        }
        let query: Vec<String> = joined.iter().map(|(key, value)| format!("{key}={value}")).collect();
        if query.is_empty() { self.path.to_owned() } else { format!("{}?{}", self.path, query.join("&")) }
    }
}
