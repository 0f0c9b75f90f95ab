//! A Teams flow that takes cards as *When a Teams webhook request is received* does, and nothing else.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::Value;

/// Teams refuses larger messages.
const MOST_BYTES: usize = 28 * 1024;

/// The path and query of its address, which are its only secret.
const PATH: &str = "/workflows/0001/triggers/manual/paths/invoke\
                    ?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=S3cret_-x%2BS3cret";

/// A flow, and the cards that it took.
pub(super) struct Flow {
    pub(super) address: String,
    cards: Arc<Mutex<Vec<Value>>>,
    refused: Arc<Mutex<Vec<String>>>,
}

impl Flow {
    pub(super) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}{PATH}", listener.local_addr().unwrap());
        let (cards, refused) = <(Arc<Mutex<Vec<Value>>>, Arc<Mutex<Vec<String>>>)>::default();
        let (taken, problems) = (cards.clone(), refused.clone());
        let router =
            Router::new().fallback(move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
                let answer = match card(&method, &uri, &headers, &body) {
                    Ok(card) => {
                        taken.lock().unwrap().push(card);
                        StatusCode::ACCEPTED
                    }
                    Err(problem) => {
                        problems.lock().unwrap().push(problem);
                        StatusCode::BAD_REQUEST
                    }
                };
                async move { answer }
            });
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, cards, refused }
    }

    /// What it took. Nothing was refused.
    pub(super) fn cards(&self) -> Vec<Value> {
        assert_eq!(*self.refused.lock().unwrap(), Vec::<String>::new());
        self.cards.lock().unwrap().clone()
    }
}

/// The card of a request, which has to be as a flow wants it.
fn card(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Result<Value, String> {
    let kind = headers.get("content-type").map(|value| value.to_str().unwrap_or_default());
    let kind = kind.and_then(|value| value.split(';').next());
    let of_place = (method, uri.path_and_query().map(|it| it.as_str()), kind);
    if of_place != (&Method::POST, Some(PATH), Some("application/json")) {
        return Err(format!("not how a flow is called: {of_place:?}"));
    }
    if body.len() > MOST_BYTES {
        return Err(format!("too large: {} bytes", body.len()));
    }
    let message: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let [attachment] = message["attachments"].as_array().map(Vec::as_slice).unwrap_or_default() else {
        return Err(format!("not one attachment: {message}"));
    };
    let card = &attachment["content"];
    let is_card = message["type"] == "message"
        && attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
        && card["type"] == "AdaptiveCard"
        && ["1.2", "1.3", "1.4"].iter().any(|version| card["version"] == *version)
        && card["body"].as_array().is_some_and(|body| !body.is_empty());
    if is_card { Ok(message) } else { Err(format!("not an adaptive card that Teams shows: {message}")) }
}
