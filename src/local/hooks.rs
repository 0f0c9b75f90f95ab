//! Functions that others call in Azure: Event Grid, and services that post to an address with a key.
//!
//! Here whoever holds the host calls them, and a service that posts finds its address next to the pages. As in Azure it
//! needs the key, which is another one each time the host is made: other programs of this machine reach the address too,
//! and so do pages in a browser.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::folders::{LocalFunction, LocalTrigger};
use super::request::{joined_query, read_body};
use super::wire::{HookRequest, events_body, hook_body};
use super::{LocalHost, LocalHostError};

/// What a function answered to HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookReply {
    /// The status that the caller sees.
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl LocalHost {
    /// Delivers events to an Event Grid function: all at once when it takes many, else one after the other. Returns
    /// how many messages it put into queues.
    ///
    /// # Errors
    /// When there is no such function, or when it fails. Event Grid would deliver all of the events again.
    pub async fn invoke_events(&self, name: &str, events: &[Value]) -> Result<usize, LocalHostError> {
        let function = self.hook(name)?;
        let LocalTrigger::EventGrid { binding, many } = &function.trigger else {
            return Err(LocalHostError::NoSuchHook(name.to_owned()));
        };
        let deliveries = if *many { vec![events] } else { events.chunks(1).collect() };
        let mut messages = 0;
        for events in deliveries {
            let body = events_body(name, binding, events, *many, self.0.clock.now());
            let call = self.call(function, &body).await;
            let outcome = call.outcome();
            let result = call.result.as_ref().map(|answer| answer.messages.len()).map_err(Clone::clone);
            self.report(call, outcome);
            messages += result.map_err(|reason| failed(name, reason))?;
        }
        Ok(messages)
    }

    /// Posts `body` to an HTTP function that is not forwarded. Who holds the host holds the key.
    ///
    /// # Errors
    /// When there is no such function, or when it fails: the caller would see an empty 500.
    pub async fn invoke_http(&self, name: &str, body: &str) -> Result<HookReply, LocalHostError> {
        let function = self.hook(name)?;
        let LocalTrigger::Hook { binding, route, .. } = &function.trigger else {
            return Err(LocalHostError::NoSuchHook(name.to_owned()));
        };
        self.call_hook(function, binding, &HookRequest::post(route, body)).await
    }

    /// What a service that posts has to send along, in the header `x-functions-key` or as `code` in the query.
    pub fn hook_key(&self) -> &str {
        &self.0.hook_key.0
    }

    /// The address of every function that a service posts to, below the root of the pages.
    pub fn hook_routes(&self) -> impl Iterator<Item = &str> {
        self.0.functions.iter().filter_map(|hosted| match &hosted.function.trigger {
            LocalTrigger::Hook { route, methods, .. } if takes(methods, "POST") => Some(route.as_str()),
            _ => None,
        })
    }

    /// The function whose own address and method this is, with the name of its trigger's binding. Its route is longer
    /// than the one that takes every path, and so comes first.
    pub(super) fn hook_at(&self, request: &Request) -> Option<(&LocalFunction, &str)> {
        let (path, method) = (request.uri().path().trim_matches('/'), request.method().as_str());
        self.0.functions.iter().find_map(|hosted| match &hosted.function.trigger {
            LocalTrigger::Hook { binding, route, methods } => {
                let takes_method = takes(methods, method);
                (takes_method && path.eq_ignore_ascii_case(route))
                    .then_some((&hosted.function, binding.as_str()))
            }
            _ => None,
        })
    }

    /// Answers a request to such an address as the Functions host answers it in default mode.
    pub(super) async fn answer_hook(
        &self,
        function: &LocalFunction,
        binding: &str,
        request: Request,
    ) -> Response {
        if !self.0.hook_key.is_in(&request) {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        let (parts, body) = request.into_parts();
        let body = match read_body(&parts.headers, body).await {
            Ok(body) => body,
            Err(status) => return status.into_response(),
        };
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let host = parts.headers.get(header::HOST).map(text).unwrap_or_default();
        let target = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
        let described = HookRequest {
            method: parts.method.to_string(),
            url: format!("http://{host}{target}"),
            query: joined_query(parts.uri.query().unwrap_or_default()),
            headers: parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
            body: body.to_vec(),
        };
        match self.call_hook(function, binding, &described).await {
            Ok(reply) => reply.into_response(),
            // The observer has the reason.
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }

    async fn call_hook(
        &self,
        function: &LocalFunction,
        binding: &str,
        request: &HookRequest,
    ) -> Result<HookReply, LocalHostError> {
        let name = &function.name;
        let call = self.call(function, &hook_body(name, binding, request, self.0.clock.now())).await;
        let outcome = call.outcome();
        let reply = match &call.result {
            Ok(answer) => answer.reply.clone().ok_or("it set no HTTP reply".to_owned()),
            Err(reason) => Err(reason.clone()),
        };
        self.report(call, outcome);
        let reply = reply.and_then(|reply| hook_reply(&reply));
        reply.map_err(|reason| failed(name, reason))
    }

    fn hook(&self, name: &str) -> Result<&LocalFunction, LocalHostError> {
        let found = self.0.functions.iter().map(|hosted| &hosted.function).find(|found| found.name == name);
        found.ok_or_else(|| LocalHostError::NoSuchHook(name.to_owned()))
    }
}

fn failed(name: &str, reason: String) -> LocalHostError {
    LocalHostError::HookFailed { function: name.to_owned(), reason }
}

/// The reply as the host reads it: a status as number or digits, a body of text.
fn hook_reply(reply: &Value) -> Result<HookReply, String> {
    let status = reply.get("statusCode").or_else(|| reply.get("status")).unwrap_or(&Value::Null);
    let status = match status {
        Value::Null => Some(200),
        Value::Number(number) => number.as_u64().and_then(|number| u16::try_from(number).ok()),
        Value::String(digits) => digits.parse().ok(),
        _ => None,
    };
    let status = status.ok_or("the reply's status is no number")?;
    let headers = reply.get("headers").and_then(Value::as_object).into_iter().flatten();
    let headers =
        headers.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect();
    match reply.get("body") {
        None | Some(Value::Null) => Ok(HookReply { status, headers, body: String::new() }),
        Some(Value::String(body)) => Ok(HookReply { status, headers, body: body.clone() }),
        Some(_) => {
            Err("the reply's body is not a text, which the Functions host would format anew".to_owned())
        }
    }
}

impl IntoResponse for HookReply {
    fn into_response(self) -> Response {
        let Ok(status) = StatusCode::from_u16(self.status) else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = status;
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

fn takes(methods: &[String], method: &str) -> bool {
    methods.is_empty() || methods.iter().any(|name| name.eq_ignore_ascii_case(method))
}
