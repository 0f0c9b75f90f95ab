//! What the inbox shows, and the headers of what it answers.

use std::path::PathBuf;

use axum::http::HeaderName;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

use crate::clock::SharedClock;
use crate::domain::time_zone::Tz;

/// What the inbox shows, and how.
#[derive(Debug)]
pub struct InboxOptions {
    /// The folder of the messages.
    pub folder: PathBuf,
    pub clock: SharedClock,
    pub zone: Tz,
    /// How many times as fast as real time passes, where that is not once.
    pub speed: u32,
    /// Whether the overview is open.
    pub overview: bool,
}

pub(super) fn headers(policy: &str) -> [(HeaderName, String); 5] {
    [
        (CACHE_CONTROL, "no-store".to_owned()),
        (CONTENT_SECURITY_POLICY, policy.to_owned()),
        (REFERRER_POLICY, "same-origin".to_owned()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (X_FRAME_OPTIONS, "SAMEORIGIN".to_owned()),
    ]
}
