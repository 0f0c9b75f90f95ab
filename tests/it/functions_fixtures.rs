//! Request bodies of the Functions host that others wrote down, fed to the decoder as the host would send them.
//!
//! They are not part of this project: `NOTIFIER_REFERENCE_DIR` says where `functions/fixtures/*.json` lies.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use maintenance_notifier::functions::{
    EventGridBatch, EventGridTrigger, Function, Functions, HandlerError, HttpTrigger, Invocation, Outputs,
    QueueTrigger, TimerTrigger,
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
    let mut left_out = Vec::new();
    for file in &files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let Some(function) = function_for(&name) else {
            left_out.push(name);
            continue;
        };
        let body = std::fs::read(file).unwrap();
        let (status, answer) = post(&router, function, body.clone()).await;
        assert_eq!(status, 200, "{name}: {answer}");
        let seen = seen.lock().unwrap().pop().unwrap();
        check(function, &serde_json::from_slice(&body).unwrap(), &seen, &name);
        println!("{name}: {seen:.100}");
    }
    // There is no blob trigger here; everything else must have found its function.
    assert!(left_out.iter().all(|name| name.starts_with("blob")), "no function takes {left_out:?}");
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
    ]
    .into_iter()
    .find_map(|(prefix, function)| fixture.starts_with(prefix).then_some(function))
}

/// One function of each kind, which says what it was given.
fn router(seen: &Seen) -> Router {
    fn keep(seen: &Seen, what: String) -> impl Future<Output = Result<Outputs, HandlerError>> + use<> {
        seen.lock().unwrap().push(what);
        async { Ok(Outputs::none()) }
    }
    let (timers, queues, events, batches, requests) =
        (seen.clone(), seen.clone(), seen.clone(), seen.clone(), seen.clone());
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
        .header("x-azure-functions-invocationid", "00000000-0000-0000-0000-000000000001")
        .header("content-type", "application/json; charset=utf-8")
        .body(Body::from(body))
        .unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}
