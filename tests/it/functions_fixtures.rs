//! Request bodies of the Functions host that others wrote down, fed to the decoder as the host would send them.
//!
//! They are not part of this project: `NOTIFIER_REFERENCE_DIR` says where `functions/fixtures/*.json` lies.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::BodyExt;
use maintenance_notifier::functions::{
    DecodeError, EventGridBatch, EventGridTrigger, Function, Functions, HandlerError, HttpTrigger,
    Invocation, InvocationEnvelope, Outputs, QueueTrigger, TimerTrigger, Trigger, TriggerKind,
};
use serde_json::Value;
use tower::ServiceExt;

/// What the handlers were given, in words.
type Seen = Arc<Mutex<Vec<String>>>;

#[tokio::test]
async fn every_recorded_invocation_is_decoded() {
    let Some(folder) = fixtures() else {
        println!("LEFT OUT: NOTIFIER_REFERENCE_DIR names no folder with functions/fixtures");
        return;
    };
    let seen = Seen::default();
    let router = router(&seen);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    assert!(!files.is_empty(), "{} holds no fixtures", folder.display());
    for file in &files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let function = function_for(&name).unwrap_or_else(|| panic!("no function takes {name}"));
        let body = std::fs::read(file).unwrap();
        let (status, answer) = post(&router, function, body.clone()).await;
        assert_eq!(status, 200, "{name}: {answer}");
        let seen = seen.lock().unwrap().pop().unwrap();
        check(function, &serde_json::from_slice(&body).unwrap(), &seen, &name);
        println!("{name}: {seen:.100}");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests have no settings; this one says where the references are"
)]
fn fixtures() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("NOTIFIER_REFERENCE_DIR")?).join("functions/fixtures");
    folder.is_dir().then_some(folder)
}

fn function_for(fixture: &str) -> Option<&'static str> {
    [
        ("timer", "Timer"),
        ("queue", "Queue"),
        ("eventgrid_single", "Event"),
        ("eventgrid_many", "Events"),
        ("http", "Http"),
        ("blob_binary", "Blob"),
    ]
    .into_iter()
    .find_map(|(prefix, function)| fixture.starts_with(prefix).then_some(function))
}

/// The program has no use for blobs. A trigger that it does not know takes no more than this.
struct BinaryBlob {
    name: String,
    bytes: Vec<u8>,
}

impl Trigger for BinaryBlob {
    // Nothing asks for the kind but the check of function folders, and this one has none.
    const KIND: TriggerKind = TriggerKind::Queue;

    fn decode(envelope: &InvocationEnvelope) -> Result<Self, DecodeError> {
        let text = envelope.input()?.as_str().ok_or_else(|| DecodeError("the blob is no text".to_owned()))?;
        let bytes = STANDARD.decode(text).map_err(|error| DecodeError(format!("no Base64: {error}")))?;
        Ok(Self { name: envelope.metadata_hint("name").unwrap_or_default(), bytes })
    }
}

/// One function of each kind, which says what it was given.
fn router(seen: &Seen) -> Router {
    fn keep(seen: &Seen, what: String) -> impl Future<Output = Result<Outputs, HandlerError>> + use<> {
        seen.lock().unwrap().push(what);
        async { Ok(Outputs::none()) }
    }
    let (timers, queues, events, batches, requests, blobs) =
        (seen.clone(), seen.clone(), seen.clone(), seen.clone(), seen.clone(), seen.clone());
    Functions::new()
        .register(Function::timer("Timer", move |_: Invocation, timer: TimerTrigger| {
            keep(&timers, timer.is_past_due.to_string())
        }))
        .register(Function::queue("Queue", move |_: Invocation, message: QueueTrigger| {
            keep(&queues, message.payload)
        }))
        .register(Function::event_grid("Event", move |_: Invocation, trigger: EventGridTrigger| {
            keep(&events, trigger.event.to_string())
        }))
        .register(Function::event_grid_batch("Events", move |_: Invocation, trigger: EventGridBatch| {
            keep(&batches, Value::Array(trigger.events).to_string())
        }))
        .register(Function::http("Http", move |_: Invocation, request: HttpTrigger| {
            keep(&requests, format!("{} {} {:?}", request.method, request.url, request.body))
        }))
        .register(Function::new("Blob", move |_: Invocation, blob: BinaryBlob| {
            keep(&blobs, format!("{} {:?}", blob.name, blob.bytes))
        }))
        .into_router()
        .unwrap()
}

/// What the handler saw must be what the fixture says, read here by hand.
fn check(function: &str, fixture: &Value, seen: &str, name: &str) {
    let input = fixture["Data"].as_object().unwrap().values().next().unwrap();
    match function {
        "Timer" => assert_eq!(seen, input["IsPastDue"].to_string(), "{name}"),
        "Queue" => assert_eq!(Value::from(seen).to_string(), input.as_str().unwrap(), "{name}"),
        "Event" => assert_eq!(seen, input.to_string(), "{name}"),
        "Events" => {
            let events: Value = serde_json::from_str(input.as_str().unwrap()).unwrap();
            assert_eq!(seen, events.to_string(), "{name}");
        }
        "Blob" => assert_eq!(seen, "x.png [0, 1, 80, 78, 71]", "{name}"),
        _ => {
            let body = input["Body"].as_str();
            let expected =
                format!("{} {} {body:?}", input["Method"].as_str().unwrap(), input["Url"].as_str().unwrap());
            assert_eq!(seen, expected, "{name}");
        }
    }
}

async fn post(router: &Router, function: &str, body: Vec<u8>) -> (u16, String) {
    let request = Request::post(format!("/{function}"))
        .header("host", "127.0.0.1:34963")
        .header("x-azure-functions-hostversion", "4.1037.0.0")
        .header("user-agent", "Azure-Functions-Host/4.1037.0.0")
        .header("transfer-encoding", "chunked")
        .header("x-azure-functions-invocationid", "00000000-0000-0000-0000-000000000001")
        .header("content-type", "application/json; charset=utf-8")
        .body(Body::from(body))
        .unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}
