//! Simulated Azure as its clients see it: in process, and over HTTP with Microsoft's own Python clients.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use chrono::{DateTime, TimeZone, Utc};
use maintenance_notifier::{
    clock::ManualClock,
    demo::{Simulation, SimulationOptions},
};
use serde_json::{Value, json};
use tower::ServiceExt;

mod clients;
mod resource_graph;
mod resource_manager;
mod script;

const GRAPH: &str = "/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01";
const UPDATES: &str = "maintenanceresources | where type =~ 'microsoft.maintenance/updates' | project id, name, properties | order by id asc";

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 23, 9, 0, 0).unwrap()
}

/// A simulation whose time a test moves.
struct Azure {
    simulation: Simulation,
    clock: Arc<ManualClock>,
}

struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Azure {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut SimulationOptions)) -> Self {
        let mut options = SimulationOptions::new(start());
        change(&mut options);
        Self { simulation: Simulation::new(options), clock: Arc::new(ManualClock::new(start())) }
    }

    async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.simulation.router(self.clock.clone()).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Reply { status: parts.status, headers: parts.headers, body }
    }

    async fn call(&self, method: &str, address: &str, body: Option<Value>) -> Reply {
        let mut request = Request::builder().method(method).uri(address);
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map_or(Body::empty(), |body| Body::from(body.to_string()));
        let request = request.header("host", "azure.test").header("authorization", "Bearer somebody");
        self.send(request.body(body).unwrap()).await
    }

    /// Reads a path, or an address that the simulation itself handed out.
    async fn get(&self, path: &str) -> Reply {
        let path = path.strip_prefix("http://azure.test").unwrap_or(path);
        if path.contains("api-version=") {
            return self.call("GET", path, None).await;
        }
        let folded = path.to_lowercase();
        let versions = [
            ("microsoft.insights", "2015-04-01"),
            ("microsoft.resourcehealth", "2025-05-01"),
            ("microsoft.management", "2021-04-01"),
            ("microsoft.authorization", "2022-04-01"),
        ];
        let version = versions.iter().find(|(provider, _)| folded.contains(provider));
        let version = version.map_or("2024-11-01", |(_, version)| version);
        let sign = if path.contains('?') { '&' } else { '?' };
        self.call("GET", &format!("{path}{sign}api-version={version}"), None).await
    }

    async fn post(&self, id: &str, action: &str) -> Reply {
        self.call("POST", &format!("{id}/{action}?api-version=2024-11-01"), None).await
    }

    async fn view(&self, id: &str) -> Value {
        let reply = self.get(&format!("{id}/instanceView")).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        reply.body["maintenanceRedeployStatus"].clone()
    }

    async fn ask(&self, query: &str, options: Value) -> Reply {
        self.call("POST", GRAPH, Some(json!({ "query": query, "options": options }))).await
    }

    /// All rows of a question as objects.
    async fn rows(&self, query: &str) -> Vec<Value> {
        let reply = self.ask(query, json!({ "resultFormat": "objectArray", "$top": 1000 })).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        reply.body["data"].as_array().unwrap().clone()
    }

    fn id(&self, name: &str) -> String {
        self.simulation.script().machine(name).unwrap().id()
    }
}

fn code(reply: &Reply) -> &str {
    reply.body["error"]["code"].as_str().unwrap_or_default()
}
