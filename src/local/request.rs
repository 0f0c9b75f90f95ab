//! What both kinds of requests from outside are read by.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use tokio::time::timeout;
use url::form_urlencoded;

/// The real host takes 100 MB; a page on one machine needs no more than this.
pub(super) const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// How long a body may take to arrive.
const BODY_PATIENCE: Duration = Duration::from_secs(10);

/// The body of a request.
pub(super) async fn read_body(headers: &HeaderMap, body: Body) -> Result<Bytes, StatusCode> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    match length.unwrap_or(0) {
        0 => Ok(Bytes::new()),
        1..=BODY_LIMIT => match timeout(BODY_PATIENCE, Limited::new(body, BODY_LIMIT).collect()).await {
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(_)) => Err(StatusCode::BAD_REQUEST),
            Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
        },
        _ => Err(StatusCode::PAYLOAD_TOO_LARGE),
    }
}

/// The host rebuilds the query; the values of a repeated key end up in one, with commas between them.
pub(super) fn joined_query(query: &str) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        match pairs.iter_mut().find(|(known, _)| *known == key) {
            Some((_, values)) => {
                values.push(',');
                values.push_str(&value);
            }
            None => pairs.push((key.into_owned(), value.into_owned())),
        }
    }
    pairs
}
