//! The simulation over HTTP.

use axum::{
    Router,
    body::Body as HttpBody,
    extract::{OriginalUri, Request, State as Shared},
    http::{Response, header},
};
use tokio::net::TcpListener;

use super::{
    answer::{Body, SimulatedReply},
    arm, directory, identity,
    request::{ArmRequest, RecordedRequest},
    simulation::Simulation,
};
use crate::clock::SharedClock;

/// The largest body that is read.
const BODY_LIMIT: usize = 1024 * 1024;
/// How much of a body is recorded for tests to look at.
const RECORDED_BODY: usize = 16 * 1024;

impl Simulation {
    /// Azure Resource Manager, Resource Graph and the identity endpoint (`/msi/token`) as one router, which may be
    /// nested below a prefix.
    pub fn router(&self, clock: SharedClock) -> Router {
        Router::new().fallback(handle).with_state(Served { simulation: self.clone(), clock })
    }

    /// Serves the router until the task is dropped.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(&self, listener: TcpListener, clock: SharedClock) -> std::io::Result<()> {
        axum::serve(listener, self.router(clock)).await
    }
}

#[derive(Debug, Clone)]
struct Served {
    simulation: Simulation,
    clock: SharedClock,
}

async fn handle(
    Shared(served): Shared<Served>,
    OriginalUri(original): OriginalUri,
    request: Request,
) -> Response<HttpBody> {
    let (parts, body) = request.into_parts();
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return SimulatedReply::new(413, Body::Empty).into_response(false);
    };
    let path = parts.uri.path().to_owned();
    let prefix = original.path().strip_suffix(path.as_str()).unwrap_or_default();
    let host = text(header::HOST.as_str()).unwrap_or_else(|| "localhost".to_owned());
    let request = ArmRequest {
        segments: segments(&path),
        query: url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.into_owned()))
            .collect(),
        base: format!("http://{host}{prefix}"),
        token: text(header::AUTHORIZATION.as_str()).and_then(|value| bearer(&value)),
        content_type: text(header::CONTENT_TYPE.as_str()),
        takes_gzip: text(header::ACCEPT_ENCODING.as_str()).is_some_and(|kinds| kinds.contains("gzip")),
        identity_header: text("x-identity-header"),
        correlation: text("x-ms-correlation-request-id"),
        method: parts.method,
        path,
        body,
    };
    let now = served.clock.now();
    let mut state = served.simulation.lock();
    let answer = match request.segments.as_slice() {
        [first, second] if first == "msi" && second == "token" => identity::answer(&state, &request, now),
        [first, ..] if first == "v1.0" => directory::answer(&state, &request, now),
        _ => arm::answer(&mut state, &request, now),
    };
    let takes_gzip = request.takes_gzip;
    state.remember(RecordedRequest {
        at: now,
        method: request.method.to_string(),
        path: request.path,
        query: request.query,
        body: String::from_utf8_lossy(request.body.get(..RECORDED_BODY).unwrap_or(&request.body))
            .into_owned(),
        status: answer.status.as_u16(),
    });
    answer.into_response(takes_gzip)
}

/// Path segments, decoded and folded. A trailing slash changes nothing.
fn segments(path: &str) -> Vec<String> {
    let decode = |segment: &str| {
        // The form decoder reads `+` as a blank, which it is not in a path.
        let pair = format!("={}", segment.replace('+', "%2B"));
        url::form_urlencoded::parse(pair.as_bytes())
            .next()
            .map(|(_, value)| value.to_lowercase())
            .unwrap_or_default()
    };
    path.split('/').filter(|segment| !segment.is_empty()).map(decode).collect()
}

fn bearer(header: &str) -> Option<String> {
    let (scheme, token) = header.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty()).then(|| token.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_and_folded() {
        assert_eq!(segments("/Subscriptions/A%20b/x+y/"), ["subscriptions", "a b", "x+y"]);
        assert_eq!(bearer("bearer abc").as_deref(), Some("abc"));
        assert_eq!(bearer("Basic abc"), None);
    }
}
