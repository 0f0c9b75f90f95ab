//! A question to Resource Graph as it is sent, and which page of its answer it asks for.

use axum::http::Method;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;

use crate::demo::request::ArmRequest;

#[derive(Debug, Deserialize)]
pub(super) struct Question {
    pub(super) query: String,
    #[serde(default)]
    pub(super) subscriptions: Vec<String>,
    #[serde(default, rename = "managementGroups")]
    pub(super) management_groups: Vec<String>,
    pub(super) options: Option<QuestionOptions>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct QuestionOptions {
    #[serde(rename = "$top")]
    pub(super) top: Option<usize>,
    #[serde(rename = "$skip")]
    pub(super) skip: Option<usize>,
    #[serde(rename = "$skipToken")]
    pub(super) skip_token: Option<String>,
    #[serde(rename = "resultFormat")]
    pub(super) result_format: Option<String>,
    #[serde(rename = "authorizationScopeFilter")]
    pub(super) authorization_scope_filter: Option<String>,
}

/// Whether the request is a question to Resource Graph.
pub(crate) fn is_question(request: &ArmRequest) -> bool {
    request.method == Method::POST
        && request.segments == ["providers", "microsoft.resourcegraph", "resources"]
}

/// Which page of an answer a request asks for, counted from one.
pub(crate) fn page_of(request: &ArmRequest) -> Option<u32> {
    let body: Question = is_question(request).then(|| serde_json::from_slice(&request.body).ok())??;
    match body.options.and_then(|options| options.skip_token) {
        None => Some(1),
        Some(token) => SkipToken::decode(&token).map(|token| token.page),
    }
}

/// Whether a request asks Resource Graph something in which `part` stands, compared without case.
pub(crate) fn asks_about(request: &ArmRequest, part: &str) -> bool {
    let text = || String::from_utf8_lossy(&request.body).to_ascii_lowercase();
    is_question(request) && text().contains(&part.to_ascii_lowercase())
}

/// Where the next page begins.
pub(super) struct SkipToken {
    pub(super) start: usize,
    pub(super) page: u32,
    pub(super) fingerprint: String,
}

impl SkipToken {
    pub(super) fn encode(&self) -> String {
        BASE64_STANDARD.encode(format!("{}:{}:{}", self.start, self.page, self.fingerprint))
    }

    pub(super) fn decode(token: &str) -> Option<Self> {
        let text = String::from_utf8(BASE64_STANDARD.decode(token).ok()?).ok()?;
        let mut parts = text.splitn(3, ':');
        let (start, page, fingerprint) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self {
            start: start.parse().ok()?,
            page: page.parse().ok()?,
            fingerprint: fingerprint.to_owned(),
        })
    }
}
