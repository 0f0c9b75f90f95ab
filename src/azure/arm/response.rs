//! A complete answer of Azure Resource Manager.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::azure::error::AzureError;
use crate::http::retry_after::retry_after;

/// A 2xx answer.
#[derive(Debug, Clone)]
pub struct ArmResponse {
    /// The status: 200, 201, 202 or 204.
    pub status: u16,
    /// The headers, such as `Location` and `Azure-AsyncOperation` of a long-running operation.
    pub headers: HeaderMap,
    pub body: Bytes,
    pub(super) what: String,
}

impl ArmResponse {
    /// The body as JSON.
    ///
    /// # Errors
    /// When it is none.
    pub fn json(&self) -> Result<Value, AzureError> {
        serde_json::from_slice(&self.body)
            .map_err(|error| AzureError::Unreadable { what: self.what.clone(), problem: error.to_string() })
    }

    /// How long Azure asks to wait before the next question, as of `now`.
    pub fn retry_after(&self, now: DateTime<Utc>) -> Option<Duration> {
        retry_after(&self.headers, now)
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
