//! The storage service on a bad day: busy, losing answers, and reached twice by one request.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::Response;
use maintenance_notifier::http::client::{ClientOptions, client};

use crate::azurite::{self, Azurite};

/// Numbers without a common divisor, so that each fault meets every kind of request.
const BUSY_EVERY: usize = 7;
const LOST_EVERY: usize = 11;
const TWICE_EVERY: usize = 5;

/// How often each fault happened.
#[derive(Debug, Default)]
pub(super) struct Faults {
    asked: AtomicUsize,
    /// 503, and nothing was done.
    busy: AtomicUsize,
    /// 500, and it was done.
    lost: AtomicUsize,
    /// It was done twice, and the second time, with 409 or 412, is what is answered.
    conflict: AtomicUsize,
}

/// The tables of the emulator behind such a service.
pub(super) struct BadStorage {
    pub(super) connection_string: String,
    pub(super) faults: Arc<Faults>,
}

impl BadStorage {
    pub(super) async fn before(azurite: &Azurite) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let connection_string = azurite::connection_string(listener.local_addr().unwrap().port());
        let faults = Arc::new(Faults::default());
        let line = Line {
            http: client(&ClientOptions { use_proxy: false, ..ClientOptions::default() }).unwrap(),
            target: format!("http://127.0.0.1:{}", azurite.tables_port()),
            faults: faults.clone(),
        };
        let router = Router::new().fallback(move |method, uri, headers, body| {
            let line = line.clone();
            async move { line.pass(&method, &uri, &headers, &body).await }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { connection_string, faults }
    }
}

impl Faults {
    /// Asserts that it was a bad day.
    pub(super) fn assert_many(&self) {
        let counts = [&self.busy, &self.lost, &self.conflict].map(|count| count.load(Ordering::SeqCst));
        assert!(counts.iter().all(|count| *count > 5), "busy, lost, conflict: {counts:?}");
    }
}

#[derive(Clone)]
struct Line {
    http: reqwest::Client,
    target: String,
    faults: Arc<Faults>,
}

impl Line {
    async fn pass(&self, method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Response {
        let number = self.faults.asked.fetch_add(1, Ordering::SeqCst);
        let falls_on = |every: usize| number % every == every - 1;
        if falls_on(BUSY_EVERY) {
            self.faults.busy.fetch_add(1, Ordering::SeqCst);
            return refusal(StatusCode::SERVICE_UNAVAILABLE, "ServerBusy");
        }
        let (status, headers_back, answer) = self.forward(method, uri, headers, body).await;
        if *method != Method::GET && falls_on(LOST_EVERY) {
            self.faults.lost.fetch_add(1, Ordering::SeqCst);
            return refusal(StatusCode::INTERNAL_SERVER_ERROR, "OperationTimedOut");
        }
        if *method != Method::GET && falls_on(TWICE_EVERY) {
            let (status, headers_back, answer) = self.forward(method, uri, headers, body).await;
            let text = String::from_utf8_lossy(&answer);
            let inner = ["HTTP/1.1 409", "HTTP/1.1 412"].iter().any(|line| text.contains(line));
            if inner || matches!(status.as_u16(), 409 | 412) {
                self.faults.conflict.fetch_add(1, Ordering::SeqCst);
            }
            return response(status, &headers_back, answer);
        }
        response(status, &headers_back, answer)
    }

    async fn forward(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> (StatusCode, HeaderMap, Bytes) {
        let mut headers = headers.clone();
        for of_connection in [header::HOST, header::CONNECTION, header::CONTENT_LENGTH] {
            headers.remove(of_connection);
        }
        let request = self.http.request(method.clone(), format!("{}{uri}", self.target)).headers(headers);
        let answer = request.body(body.clone()).send().await.unwrap();
        (answer.status(), answer.headers().clone(), answer.bytes().await.unwrap())
    }
}

fn response(status: StatusCode, headers: &HeaderMap, body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    for (name, value) in headers {
        if ![header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH].contains(name) {
            response.headers_mut().append(name, value.clone());
        }
    }
    response
}

fn refusal(status: StatusCode, code: &str) -> Response {
    let body = serde_json::json!({"odata.error": {"code": code, "message": {"lang": "en-US", "value": "a bad day"}}});
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
    response(status, &headers, body.to_string().into())
}
