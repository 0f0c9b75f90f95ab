//! A small loopback server for this room's tests, and clients for it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Response};
use chrono::DateTime;
use serde_json::Value;
use url::Url;

use super::arm::{ArmClient, ArmOptions};
use crate::clock::ManualClock;
use crate::http::client::{ClientOptions, client};
use crate::http::token::TokenSource;

/// A request as the server saw it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// What the server answers.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    status: u16,
    body: String,
    headers: Vec<(&'static str, String)>,
}

impl Reply {
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl From<(u16, String)> for Reply {
    fn from((status, body): (u16, String)) -> Self {
        Self { status, body, headers: Vec::new() }
    }
}

impl From<(u16, &str)> for Reply {
    fn from((status, body): (u16, &str)) -> Self {
        (status, body.to_owned()).into()
    }
}

impl From<Value> for Reply {
    fn from(body: Value) -> Self {
        (200, body.to_string()).into()
    }
}

/// A server on a free port of the loopback interface. It ends with the test's runtime.
pub(crate) struct Fake {
    base: Url,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Fake {
    pub(crate) async fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let base = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = seen.clone();
        let answer = Arc::new(answer);
        let router = Router::new().fallback(move |request: Request| {
            let (log, answer) = (log.clone(), answer.clone());
            async move {
                let (parts, body) = request.into_parts();
                let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
                let query = parts.uri.query().unwrap_or_default();
                let request = Seen {
                    method: parts.method.to_string(),
                    path: parts.uri.path().to_owned(),
                    query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
                    headers: parts.headers,
                    body: String::from_utf8(body.to_vec()).unwrap(),
                };
                let reply = answer(&request);
                log.lock().unwrap().push(request);
                let mut response = Response::builder().status(reply.status);
                for (name, value) in reply.headers {
                    response = response.header(name, value);
                }
                response.body(Body::from(reply.body)).unwrap()
            }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { base, seen }
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        self.base.join(path).unwrap()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// A client without timers of its own: in a test with paused time, only our own waiting moves the clock.
    pub(crate) fn http(&self) -> reqwest::Client {
        let options =
            ClientOptions { timeout: None, connect_timeout: None, use_proxy: false, idle_connections: 0 };
        client(&options).unwrap()
    }

    /// A client of this server as Azure Resource Manager, whose jitter always chooses the longest wait.
    pub(crate) fn arm(&self) -> ArmClient {
        self.arm_with(ArmOptions::default())
    }

    pub(crate) fn arm_with(&self, options: ArmOptions) -> ArmClient {
        let clock = Arc::new(ManualClock::new(DateTime::from_timestamp(1_800_000_000, 0).unwrap()));
        let tokens = TokenSource::fixed("t0ken".into(), &self.base, clock.clone());
        let options = ArmOptions { jitter: Arc::new(|| 1.0), ..options };
        ArmClient::new(self.http(), self.base.clone(), tokens, clock, options).unwrap()
    }
}
