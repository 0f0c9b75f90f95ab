//! The registered functions as one router: which request is an invocation, and how it is answered.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};
use tower::ServiceExt;
use tracing::Instrument;

use super::error::Failure;
use super::folders::{FolderProblems, check, is_binding_name, is_function_name};
use super::function::Function;
use super::origin::{Origin, origin};
use super::{Invocation, InvocationEnvelope};

/// How long a handler may work, unless it is a patient one. A timer that hangs keeps its next run from beginning.
const DEFAULT_DEADLINE: Duration = Duration::from_secs(570);

/// Event Grid delivers at most 1 MiB, which escaping and the copy in the metadata make several times as large.
const DEFAULT_BODY_LIMIT: usize = 8 * 1024 * 1024;

/// The functions of an app, registered by name.
#[derive(Debug)]
pub struct Functions {
    functions: Vec<Function>,
    forwarded: Vec<String>,
    pages: Option<Router>,
    deadline: Duration,
    body_limit: usize,
}

/// Functions that cannot be served together, or at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationError {
    /// The host tells functions apart without regard to case.
    #[error("two functions are named `{0}`")]
    Duplicate(String),
    /// The host would not load it.
    #[error("`{0}` cannot be the name of a function: a letter, then up to 127 letters, digits, `_` or `-`")]
    FunctionName(String),
    /// The host would not load it.
    #[error(
        "`{output}` of function `{function}` cannot be the name of a binding: a letter, then up to 127 letters or digits"
    )]
    BindingName { function: String, output: String },
}

impl Default for Functions {
    fn default() -> Self {
        Self {
            functions: Vec::new(),
            forwarded: Vec::new(),
            pages: None,
            deadline: DEFAULT_DEADLINE,
            body_limit: DEFAULT_BODY_LIMIT,
        }
    }
}

impl Functions {
    /// No functions yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a function.
    #[must_use]
    pub fn register(mut self, function: Function) -> Self {
        self.functions.push(function);
        self
    }

    /// Serves the HTTP functions of these names by `router`, which sees the requests as the visitor sent them. It
    /// takes the place of a router given before.
    ///
    /// The host forwards the requests of functions that have an `httpTrigger`, an `http` output and nothing else,
    /// with `enableForwardingHttpRequest` in host.json. `GET /` never reaches `router`: it is the host's probe. A
    /// request finds its [`Invocation`] among its extensions.
    ///
    /// A visitor's `POST /{FunctionName}` reaches `router` and not the function, whatever its `Host` says: what the
    /// host calls itself is chunked, has no length and no header but the host's own, and what it forwards never is
    /// chunked. What looks like the one and is not is refused.
    #[must_use]
    pub fn forward<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>, router: Router) -> Self {
        self.forwarded.extend(names.into_iter().map(Into::into));
        self.pages = Some(router);
        self
    }

    /// How long a handler may work. Keep it under the `functionTimeout` of host.json, where the host kills the
    /// process with everything that it is doing. 570 seconds unless said otherwise, and never more but for a function
    /// that is [patient](Function::patient).
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How large the body of an invocation may be; 8 MiB unless said otherwise. Forwarded requests have the limits
    /// of the router that serves them.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Compares the deployed folders with the functions registered here: names (case counts), kinds of triggers,
    /// outputs; in both directions. A folder is its name and the text of its `function.json`;
    /// [`read_folders`](super::read_folders) finds them.
    ///
    /// # Errors
    /// Everything that differs, and every function.json that the host would refuse.
    pub fn check_folders<N: AsRef<str>, T: AsRef<str>>(
        &self,
        folders: impl IntoIterator<Item = (N, T)>,
    ) -> Result<(), FolderProblems> {
        let folders: Vec<_> = folders.into_iter().collect();
        let folders: Vec<_> = folders.iter().map(|(name, text)| (name.as_ref(), text.as_ref())).collect();
        check(&folders, &self.functions, &self.forwarded)
    }

    /// The router that answers the host.
    ///
    /// # Errors
    /// When names clash or the host would refuse them.
    pub fn into_router(self) -> Result<Router, RegistrationError> {
        let mut seen = std::collections::BTreeSet::new();
        for name in self.functions.iter().map(|function| &function.name).chain(&self.forwarded) {
            if !is_function_name(name) {
                return Err(RegistrationError::FunctionName(name.clone()));
            }
            if !seen.insert(name.to_ascii_lowercase()) {
                return Err(RegistrationError::Duplicate(name.clone()));
            }
        }
        for function in &self.functions {
            if let Some(output) = function.outputs.keys().find(|name| !is_binding_name(name)) {
                let (function, output) = (function.name.clone(), output.clone());
                return Err(RegistrationError::BindingName { function, output });
            }
        }
        let app = App {
            functions: self.functions.into_iter().map(|function| (function.name.clone(), function)).collect(),
            forwarded: self.forwarded.join(", "),
            pages: self.pages,
            deadline: self.deadline,
            body_limit: self.body_limit,
        };
        Ok(Router::new().fallback(dispatch).with_state(Arc::new(app)))
    }
}

struct App {
    functions: BTreeMap<String, Function>,
    forwarded: String,
    pages: Option<Router>,
    deadline: Duration,
    body_limit: usize,
}

impl App {
    fn usual_deadline(&self) -> Duration {
        self.deadline.min(DEFAULT_DEADLINE)
    }
}

async fn dispatch(State(app): State<Arc<App>>, request: Request) -> Response {
    if is_probe(&request) {
        return answer_probe();
    }
    match origin(&request) {
        Origin::Host => {
            let path = request.uri().path();
            let name = path.strip_prefix('/').unwrap_or(path).to_owned();
            if let Some(function) = app.functions.get(&name) {
                return invoke(&app, function, request).await;
            }
            let invocation = Invocation::from_headers(&name, request.headers(), app.usual_deadline());
            return refusal(&invocation, &Failure::UnknownFunction);
        }
        Origin::Visitor => warn_of_another_origin(&app, &request),
        Origin::Neither => {
            warn_of_another_origin(&app, &request);
            let error = "neither a call of the Functions host nor a request that it forwards";
            return closing((StatusCode::BAD_REQUEST, axum::Json(json!({ "error": error }))).into_response());
        }
    }
    match &app.pages {
        Some(pages) => forward(&app, pages.clone(), request).await,
        None => (StatusCode::NOT_FOUND, axum::Json(json!({ "error": "not found" }))).into_response(),
    }
}

/// Whether the host asks if the process is there, which it does before anything else and at any time after.
pub(super) fn is_probe(request: &Request) -> bool {
    request.uri().path() == "/" && matches!(*request.method(), Method::GET | Method::HEAD)
}

pub(super) fn answer_probe() -> Response {
    ([(header::CACHE_CONTROL, "no-store")], "running\n").into_response()
}

/// Should a host ever write its own calls otherwise, nothing would run: this line would tell why.
fn warn_of_another_origin(app: &App, request: &Request) {
    let function = app.functions.get(request.uri().path().trim_start_matches('/'));
    if let (Some(Function { name, .. }), &Method::POST) = (function, request.method()) {
        let host = request.headers().get(header::HOST);
        let headers: Vec<&str> = request.headers().keys().map(header::HeaderName::as_str).collect();
        tracing::warn!(
            ?host,
            ?headers,
            "POST /{name} does not come from the Functions host itself: it does not run"
        );
    }
}

async fn invoke(app: &App, function: &Function, request: Request) -> Response {
    let allowed = if function.patient { app.deadline } else { app.usual_deadline() };
    let mut invocation = Invocation::from_headers(&function.name, request.headers(), allowed);
    let span = tracing::info_span!(
        "invocation",
        function = %invocation.function,
        invocation_id = %invocation.id,
        trace_id = %invocation.trace.trace_id(),
    );
    async {
        let started = Instant::now();
        let result = match read_envelope(request.into_body(), app.body_limit, function, &mut invocation).await
        {
            Ok(envelope) => run(app, function, invocation.clone(), envelope).await,
            Err(failure) => Err(failure),
        };
        match result {
            Ok(answer) => {
                // A number in the log: a longer type would be written as text.
                let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
                tracing::info!(milliseconds, "{} succeeded in {milliseconds} ms", function.name);
                axum::Json(answer).into_response()
            }
            Err(failure) => refusal(&invocation, &failure),
        }
    }
    .instrument(span)
    .await
}

async fn read_envelope(
    body: Body,
    limit: usize,
    function: &Function,
    invocation: &mut Invocation,
) -> Result<InvocationEnvelope, Failure> {
    let reading = timeout_at(invocation.deadline, Limited::new(body, limit).collect());
    let bytes = match reading.await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(Failure::TooLarge { limit }),
        Ok(Err(_)) | Err(_) => return Err(Failure::BrokenBody),
    };
    let envelope = match InvocationEnvelope::from_slice(&bytes) {
        Err(_) if function.takes_anything => InvocationEnvelope::of_unreadable(&bytes),
        read => read?,
    };
    invocation.retry = envelope.retry.clone();
    Ok(envelope)
}

async fn run(
    app: &App,
    function: &Function,
    invocation: Invocation,
    envelope: InvocationEnvelope,
) -> Result<Value, Failure> {
    let deadline = invocation.deadline;
    let handler = Arc::clone(&function.run);
    let work = invocation.trace.clone().scope(async move { handler(invocation, envelope).await });
    let guarded = AssertUnwindSafe(work).catch_unwind();
    match timeout_at(deadline, guarded).await {
        Ok(Ok(result)) => Ok(result?.into_answer(&function.outputs)?),
        Ok(Err(panic)) => Err(Failure::Panicked(panic_message(panic.as_ref()))),
        Err(_) => Err(Failure::Deadline(if function.patient { app.deadline } else { app.usual_deadline() })),
    }
}

async fn forward(app: &App, pages: Router, mut request: Request) -> Response {
    let invocation = Invocation::from_headers(&app.forwarded, request.headers(), app.usual_deadline());
    request.extensions_mut().insert(invocation.clone());
    let work = invocation.trace.clone().scope(pages.oneshot(request));
    let guarded = AssertUnwindSafe(work).catch_unwind();
    match timeout_at(invocation.deadline, guarded).await {
        Ok(Ok(Ok(response))) => response,
        Ok(Ok(Err(never))) => match never {},
        Ok(Err(panic)) => refusal(&invocation, &Failure::Panicked(panic_message(panic.as_ref()))),
        Err(_) => refusal(&invocation, &Failure::Deadline(app.usual_deadline())),
    }
}

/// The answer to what failed, which is logged here and nowhere else.
fn refusal(invocation: &Invocation, failure: &Failure) -> Response {
    let Invocation { function, id, .. } = invocation;
    if failure.is_passing() {
        tracing::warn!(%function, invocation_id = %id, "{function} has to run again: {}", failure.log_line());
    } else {
        tracing::error!(%function, invocation_id = %id, "{function} failed: {}", failure.log_line());
    }
    let body = json!({ "error": failure.to_string(), "function": function, "invocationId": id });
    let response = (failure.status(), axum::Json(body)).into_response();
    match failure {
        Failure::UnknownFunction | Failure::TooLarge { .. } | Failure::BrokenBody => closing(response),
        _ => response,
    }
}

/// The connection cannot be used again when a body was not read to its end; the host must know before it sends its
/// next invocation there, which it would not send twice.
pub(super) fn closing(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a message".into())
}

#[cfg(test)]
mod tests;
