//! A router that answers the host's probe at once and gets its functions later.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::sync::watch;
use tokio::time::timeout;
use tower::ServiceExt;

use super::app::{answer_probe, closing, is_probe};
use super::context::invocation_id;
use super::origin::is_from_host;

/// What a deferred router has behind it.
#[derive(Debug, Clone, Default)]
enum Behind {
    /// Nothing yet: requests wait.
    #[default]
    Nothing,
    Functions(Router),
    /// A reason why there are none.
    Reason(Arc<str>),
}

/// Where the functions are put once they are there. See [`deferred`].
#[derive(Debug)]
pub struct Deferred(watch::Sender<Behind>);

impl Deferred {
    /// Serves `router` from now on, also to the requests that wait.
    pub fn ready(&self, router: Router) {
        self.0.send_replace(Behind::Functions(router));
    }

    /// Answers every invocation with 500 and `reason` from now on, so that nothing is lost: the host keeps what it
    /// could not hand over. Visitors learn that the service is unavailable, and not why. [`Deferred::ready`]
    /// ends this.
    pub fn unavailable(&self, reason: impl Into<String>) {
        self.0.send_replace(Behind::Reason(Arc::from(reason.into())));
    }
}

/// A router that can be served before there are functions: the host's probe is answered at once, and everything else
/// waits for `timeout` until the functions are [`ready`](Deferred::ready). The host gives a process 30 seconds to
/// answer its probe and counts every slow start against it; reading a configuration takes as long as it takes.
///
/// People who look with a browser get `early` instead of a word.
pub fn deferred(timeout: Duration, early: EarlyPages) -> (Router, Deferred) {
    let (sender, receiver) = watch::channel(Behind::default());
    let router = Router::new().fallback(answer).with_state(Waiting { behind: receiver, timeout, early });
    (router, Deferred(sender))
}

/// Pages that need nothing: neither functions nor a store.
#[derive(Debug, Clone, Copy)]
pub struct EarlyPages {
    /// For `/`.
    pub front: fn() -> Response,
    /// For everything while there are no functions.
    pub unavailable: fn() -> Response,
}

/// Whether a browser asks for somebody, which the host never does.
fn wants_page(request: &Request) -> bool {
    let accepted = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

#[derive(Clone)]
struct Waiting {
    early: EarlyPages,
    behind: watch::Receiver<Behind>,
    timeout: Duration,
}

async fn answer(State(mut waiting): State<Waiting>, request: Request) -> Response {
    if is_probe(&request) {
        return if wants_page(&request) { (waiting.early.front)() } else { answer_probe() };
    }
    let arrived = waiting.behind.wait_for(|behind| !matches!(behind, Behind::Nothing));
    let behind = match timeout(waiting.timeout, arrived).await {
        Ok(Ok(behind)) => behind.clone(),
        Ok(Err(_)) => Behind::Reason("the program stopped before its functions were ready".into()),
        Err(_) => Behind::Reason("the functions are not ready yet".into()),
    };
    match behind {
        Behind::Functions(router) => match router.oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
        Behind::Reason(reason) => unavailable(&request, &reason, waiting.early),
        Behind::Nothing => unavailable(&request, "the functions are not ready yet", waiting.early),
    }
}

/// The reason may name settings and addresses: only the host gets it, which alone posts to functions.
fn unavailable(request: &Request, reason: &str, early: EarlyPages) -> Response {
    if is_from_host(request) {
        let function = request.uri().path().trim_start_matches('/');
        let id = invocation_id(request.headers());
        let body = json!({ "error": reason, "function": function, "invocationId": id });
        return closing((StatusCode::INTERNAL_SERVER_ERROR, axum::Json(body)).into_response());
    }
    let mut response = match wants_page(request) {
        true => (early.unavailable)(),
        false => (StatusCode::SERVICE_UNAVAILABLE, "This service is not available at the moment.\n")
            .into_response(),
    };
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    closing(response)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::post;
    use http_body_util::BodyExt;

    use super::*;

    const EARLY: EarlyPages = EarlyPages {
        front: || "a page".into_response(),
        unavailable: || (StatusCode::SERVICE_UNAVAILABLE, "a page of regret").into_response(),
    };

    fn request(method: &str, path: &str, host: &str) -> Request {
        Request::builder()
            .method(method)
            .uri(path)
            .header("host", host)
            .header("x-azure-functions-hostversion", "4.1037.0.0")
            .header("x-azure-functions-invocationid", "00000000-0000-0000-0000-000000000001")
            .header("user-agent", "Azure-Functions-Host/4.1037.0.0")
            .header("transfer-encoding", "chunked")
            .header("content-type", "application/json; charset=utf-8")
            .body(Body::empty())
            .unwrap()
    }

    async fn said(router: &Router, request: Request) -> String {
        let response = router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        format!("{status}: {}", String::from_utf8_lossy(&body))
    }

    #[tokio::test]
    async fn a_browser_gets_pages_before_there_are_functions_and_the_probe_a_word() {
        let (router, slot) = deferred(Duration::from_secs(60), EARLY);
        let browser = |path: &str| {
            let request = Request::get(path).header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
            request.body(Body::empty()).unwrap()
        };
        assert_eq!(said(&router, browser("/")).await, "200 OK: a page");
        assert_eq!(said(&router, request("GET", "/", "127.0.0.1:1")).await, "200 OK: running\n");
        slot.unavailable("the settings are wrong");
        assert_eq!(said(&router, browser("/a")).await, "503 Service Unavailable: a page of regret");
        assert_eq!(said(&router, browser("/")).await, "200 OK: a page");
    }

    #[tokio::test]
    async fn the_probe_is_answered_first_and_the_rest_waits_for_the_functions() {
        let (router, slot) = deferred(Duration::from_secs(60), EARLY);
        assert_eq!(said(&router, request("GET", "/", "127.0.0.1:1")).await, "200 OK: running\n");
        let invocation = tokio::spawn({
            let router = router.clone();
            async move { said(&router, request("POST", "/Tick", "127.0.0.1:1")).await }
        });
        tokio::task::yield_now().await;
        assert!(!invocation.is_finished());
        slot.ready(Router::new().route("/Tick", post(|| async { "ticked" })));
        assert_eq!(invocation.await.unwrap(), "200 OK: ticked");
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_is_bounded() {
        let (router, _slot) = deferred(Duration::from_secs(60), EARLY);
        insta::assert_snapshot!(said(&router, request("POST", "/Tick", "127.0.0.1:1")).await, @r#"500 Internal Server Error: {"error":"the functions are not ready yet","function":"Tick","invocationId":"00000000-0000-0000-0000-000000000001"}"#);
    }

    #[tokio::test]
    async fn the_host_is_told_the_reason_and_visitors_are_not() {
        let (router, slot) = deferred(Duration::from_secs(60), EARLY);
        slot.unavailable("notifier.toml:2: error: no such zone");
        insta::assert_snapshot!(said(&router, request("POST", "/Tick", "127.0.0.1:1")).await, @r#"500 Internal Server Error: {"error":"notifier.toml:2: error: no such zone","function":"Tick","invocationId":"00000000-0000-0000-0000-000000000001"}"#);
        insta::assert_snapshot!(said(&router, request("POST", "/Tick", "notifier.azurewebsites.net")).await, @"503 Service Unavailable: This service is not available at the moment.");
        slot.ready(Router::new().route("/Tick", post(|| async { "ticked" })));
        assert_eq!(said(&router, request("POST", "/Tick", "127.0.0.1:1")).await, "200 OK: ticked");
    }
}
