//! Faults that a script plants: the next calls that match are answered wrongly.

use serde_json::json;

use super::{
    answer::{Body, SimulatedReply},
    request::ArmRequest,
};

/// A fault for the next calls that match.
#[derive(Debug, Clone)]
pub struct Fault {
    /// A part of the path, or of a question to Resource Graph, compared without case; empty for every path.
    pub path: String,
    /// Only this page of a Resource Graph answer, counted from one.
    pub graph_page: Option<u32>,
    /// How many matching calls it spoils.
    pub times: u32,
    pub answer: FaultAnswer,
}

/// What a spoilt call is answered with.
#[derive(Debug, Clone)]
pub enum FaultAnswer {
    /// A status with Azure's usual error envelope, and `Retry-After` in seconds.
    Status {
        status: u16,
        code: String,
        /// The value of `Retry-After`.
        retry_after: Option<u64>,
    },
    /// The unwrapped 429 of Microsoft.Compute.
    ComputeThrottle {
        /// The value of `Retry-After`.
        retry_after: u64,
    },
    /// A gateway's page: status 502, HTML.
    HtmlPage,
    /// Status 200 with a text that is not JSON.
    NotJson,
    /// Status 200, and the connection breaks in the middle of the body.
    BrokenBody,
    /// Status 200, and the body never comes.
    Stalled,
    /// The connection closes without an answer, and the call has no effect.
    LostCall,
    /// The call has its effect, and the connection closes without an answer.
    LostAnswer,
    /// Status 200 with a body of at least this many bytes.
    Oversized(usize),
}

impl Fault {
    /// Whether this call is one of those to spoil.
    pub(super) fn matches(&self, request: &ArmRequest) -> bool {
        let on_path = request.path.to_ascii_lowercase().contains(&self.path.to_ascii_lowercase())
            || super::graph::asks_about(request, &self.path);
        let on_page = self
            .graph_page
            .is_none_or(|page| super::graph::page_of(request).is_some_and(|asked| asked == page));
        self.times > 0 && on_path && on_page
    }
}

impl FaultAnswer {
    pub(super) fn answer(&self) -> SimulatedReply {
        match self {
            Self::Status { status, code, retry_after } => {
                let message = "The simulation was told to fail this call.";
                let answer =
                    SimulatedReply::json(*status, json!({ "error": { "code": code, "message": message } }));
                match retry_after {
                    Some(seconds) => answer.with_header("retry-after", seconds.to_string()),
                    None => answer,
                }
            }
            Self::ComputeThrottle { retry_after } => super::arm::errors::compute_throttled(*retry_after),
            Self::HtmlPage => {
                SimulatedReply::new(502, Body::Html("<html><body>502 Bad Gateway</body></html>"))
            }
            Self::NotJson => SimulatedReply::new(200, Body::Html("{\"value\": [")),
            Self::BrokenBody => SimulatedReply::new(200, Body::Broken),
            Self::Stalled => SimulatedReply::new(200, Body::Stalled),
            Self::LostCall | Self::LostAnswer => SimulatedReply::new(200, Body::Disconnected),
            Self::Oversized(bytes) => {
                SimulatedReply::json(200, json!({ "value": [], "padding": "x".repeat(*bytes) }))
            }
        }
    }
}
