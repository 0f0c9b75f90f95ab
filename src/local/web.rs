//! HTTP from outside: requests are forwarded to the router as the host does it, but for those to the address of a
//! function that is called by services.

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use tower::ServiceExt;
use url::form_urlencoded;
use uuid::Uuid;

use super::LocalHost;
use super::folders::LocalTrigger;
use super::request::{joined_query, read_body};
use super::wire::{HOST_VERSION, new_trace_parent};

/// Content headers that the host does not pass on.
const DROPPED: [header::HeaderName; 8] = [
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_DISPOSITION,
    header::CONTENT_LOCATION,
    header::CONTENT_RANGE,
    header::EXPIRES,
    header::LAST_MODIFIED,
    header::ALLOW,
];

impl LocalHost {
    /// Answers HTTP through the functions that have an `httpTrigger`. Whoever serves it says who asks, by
    /// [`ConnectInfo`].
    pub fn web(&self) -> Router {
        Router::new().fallback(answer).with_state(self.clone())
    }
}

async fn answer(
    State(host): State<LocalHost>,
    ConnectInfo(visitor): ConnectInfo<std::net::SocketAddr>,
    request: Request,
) -> Response {
    // The host cannot pass on what has no length.
    if request.headers().contains_key(header::TRANSFER_ENCODING) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    if let Some((function, binding)) = host.hook_at(&request) {
        return host.answer_hook(function, binding, request).await;
    }
    if !host.is_for_the_web(&request) {
        return StatusCode::NOT_FOUND.into_response();
    }
    forward(&host, visitor, request).await
}

async fn forward(host: &LocalHost, visitor: std::net::SocketAddr, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let body = match read_body(&parts.headers, body).await {
        Ok(body) => Body::from(body),
        Err(status) => return status.into_response(),
    };
    let path = parts.uri.path();
    let target = match parts.uri.query() {
        Some(query) if !query.is_empty() => {
            let pairs = joined_query(query);
            format!("{path}?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
        }
        _ => path.to_owned(),
    };
    let Ok(uri) = target.parse() else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    parts.uri = uri;
    forwarded_headers(&mut parts.headers, &visitor.ip().to_string());
    parts.extensions = axum::http::Extensions::new();
    match host.0.router.clone().oneshot(Request::from_parts(parts, body)).await {
        Ok(response) => buffered(response).await,
        Err(never) => match never {},
    }
}

impl LocalHost {
    /// Whether a web function takes this method, and the path does not name a function: those are the host's alone.
    fn is_for_the_web(&self, request: &Request) -> bool {
        let path = request.uri().path().trim_matches('/');
        let names_a_function = self.0.functions.iter().any(|hosted| {
            !matches!(hosted.function.trigger, LocalTrigger::Web { .. })
                && path.eq_ignore_ascii_case(&hosted.function.name)
        });
        let method = request.method().as_str();
        let takes_method = self.0.functions.iter().any(|hosted| match &hosted.function.trigger {
            LocalTrigger::Web { methods } => {
                methods.is_empty() || methods.iter().any(|name| name.eq_ignore_ascii_case(method))
            }
            _ => false,
        });
        takes_method && !names_a_function
    }
}

/// What the host drops and adds. An invocation id that a visitor sent stays, before the host's own.
fn forwarded_headers(headers: &mut HeaderMap, visitor: &str) {
    for name in DROPPED {
        headers.remove(name);
    }
    for name in [header::TRANSFER_ENCODING, header::CONNECTION] {
        headers.remove(name);
    }
    for (name, value) in [
        (header::USER_AGENT, format!("Azure-Functions-Host/{HOST_VERSION}")),
        (header::HeaderName::from_static("x-azure-functions-hostversion"), HOST_VERSION.to_owned()),
        (header::HeaderName::from_static("x-azure-functions-invocationid"), Uuid::new_v4().to_string()),
        // Azure's front end adds this one. It marks the request as a visitor's.
        (header::HeaderName::from_static("x-forwarded-for"), visitor.to_owned()),
    ] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.append(name, value);
        }
    }
    if let Ok(value) = HeaderValue::try_from(new_trace_parent()) {
        headers.entry("traceparent").or_insert(value);
    }
}

/// The host passes an answer on when it is whole.
async fn buffered(response: Response) -> Response {
    let (parts, body) = response.into_parts();
    match body.collect().await {
        Ok(body) => Response::from_parts(parts, Body::from(body.to_bytes())),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
