//! Microsoft Graph's `sendMail` as documented for MIME: <https://learn.microsoft.com/graph/api/user-sendmail> and
//! <https://learn.microsoft.com/graph/outlook-send-mime-message>.

use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// The mailbox that mails are sent from.
pub(super) const SENDER: &str = "azure-maintenance@contoso.com";

/// Graph takes no larger requests.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// The wait that the throttled request gets.
pub(super) const RETRY_AFTER_SECONDS: i64 = 120;

/// What was asked of Graph.
#[derive(Debug, Default)]
struct Seen {
    refused: Vec<String>,
    throttled: Option<String>,
    taken: Vec<String>,
}

/// Graph, and a folder with the mails that it took, in Base64 as they came.
pub(super) struct Graph {
    pub(super) origin: String,
    folder: tempfile::TempDir,
    seen: Arc<Mutex<Seen>>,
}

impl Graph {
    /// Graph, which is too busy for the first mail.
    pub(super) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (folder, seen) = (tempfile::tempdir().unwrap(), Arc::<Mutex<Seen>>::default());
        let (path, state) = (folder.path().to_owned(), seen.clone());
        let router = Router::new().fallback(move |request: Request| {
            let (path, state) = (path.clone(), state.clone());
            async move {
                let mime = mime(request).await;
                answer(mime, &mut state.lock().unwrap(), &path)
            }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { origin, folder, seen }
    }

    /// Where the mails are. None was refused for its form, and the one that had to wait came again as it was.
    pub(super) fn folder(&self) -> &Path {
        let seen = self.seen.lock().unwrap();
        assert_eq!(seen.refused, Vec::<String>::new());
        assert!(seen.throttled.as_ref().is_some_and(|mail| seen.taken.contains(mail)));
        self.folder.path()
    }
}

fn answer(mime: Result<String, Refusal>, seen: &mut Seen, folder: &Path) -> Response {
    match mime {
        Err((status, code, why)) => {
            seen.refused.push(format!("{code}: {why}"));
            refusal(status, code, &why)
        }
        Ok(mail) if seen.throttled.is_none() => {
            seen.throttled = Some(mail);
            let busy = refusal(StatusCode::TOO_MANY_REQUESTS, "ApplicationThrottled", "MailboxConcurrency");
            ([(header::RETRY_AFTER, RETRY_AFTER_SECONDS.to_string())], busy).into_response()
        }
        Ok(mail) => {
            std::fs::write(folder.join(format!("{}.b64", seen.taken.len())), &mail).unwrap();
            seen.taken.push(mail);
            (StatusCode::ACCEPTED, [("request-id", uuid::Uuid::new_v4().to_string())]).into_response()
        }
    }
}

type Refusal = (StatusCode, &'static str, String);

/// The Base64 of a request that keeps every documented rule.
async fn mime(request: Request<Body>) -> Result<String, Refusal> {
    let (parts, body) = request.into_parts();
    let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let audience = header(header::AUTHORIZATION).strip_prefix("Bearer ").and_then(audience);
    if audience.as_deref() != Some("https://graph.microsoft.com") {
        return Err((StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", format!("{audience:?}")));
    }
    let bad = |why: String| (StatusCode::BAD_REQUEST, "ErrorMimeContentInvalid", why);
    let line = format!("{} {}", parts.method, parts.uri);
    if line != format!("POST /v1.0/users/{SENDER}/sendMail") {
        return Err((StatusCode::NOT_FOUND, "ResourceNotFound", line));
    }
    if header(header::CONTENT_TYPE).split(';').next() != Some("text/plain") {
        return Err(bad(format!("content type {}", header(header::CONTENT_TYPE))));
    }
    let body = to_bytes(body, MOST_BYTES)
        .await
        .map_err(|error| (StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", error.to_string()))?;
    STANDARD.decode(&body).map_err(|_| bad("Invalid base64 string for MIME content.".to_owned()))?;
    Ok(String::from_utf8(body.to_vec()).unwrap())
}

/// For whom the simulated identity gave this token.
fn audience(token: &str) -> Option<String> {
    let claims = URL_SAFE_NO_PAD.decode(token.strip_prefix("simulated.")?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    Some(claims["aud"].as_str()?.trim_end_matches('/').to_owned())
}

fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    (status, axum::Json(json!({"error": {"code": code, "message": message}}))).into_response()
}
