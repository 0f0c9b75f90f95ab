use std::sync::Mutex;

use axum::routing::{get, post};

use super::*;
use crate::functions::context::INVOCATION_ID;
use crate::functions::own_address::OwnAddress;
use crate::functions::{FromJson, HandlerError, Outputs, QueueTrigger, TimerTrigger};

const TIMER: &str = r#"{"Data":{"timer":{"ScheduleStatus":null,"IsPastDue":false}},"Metadata":{}}"#;
const QUEUE: &str = r#"{"Data":{"message":"\"7\""},"Metadata":{"DequeueCount":"1"}}"#;

async fn tick(_: Invocation, _: TimerTrigger) -> Result<Outputs, HandlerError> {
    let mut outputs = Outputs::none();
    outputs.send("orders", "test").send("orders", "7");
    Ok(outputs)
}

async fn fail(_: Invocation, _: TimerTrigger) -> Result<Outputs, HandlerError> {
    Err(std::io::Error::other("the disk is full").into())
}

async fn panics(_: Invocation, _: TimerTrigger) -> Result<Outputs, HandlerError> {
    panic!("a bug in the handler")
}

async fn hang(invocation: Invocation, _: TimerTrigger) -> Result<Outputs, HandlerError> {
    assert!(!invocation.remaining().is_zero());
    std::future::pending().await
}

async fn undeclared(_: Invocation, _: TimerTrigger) -> Result<Outputs, HandlerError> {
    let mut outputs = Outputs::none();
    outputs.send("order", "7");
    Ok(outputs)
}

async fn number(_: Invocation, message: QueueTrigger<FromJson<u8>>) -> Result<Outputs, HandlerError> {
    if message.payload.0 == 7 { Ok(Outputs::none()) } else { Err("not seven".into()) }
}

fn functions() -> Functions {
    Functions::new()
        .register(Function::timer("Tick", tick).queue_output("orders"))
        .register(Function::timer("Fail", fail))
        .register(Function::timer("Panic", panics))
        .register(Function::timer("Hang", hang))
        .register(Function::timer("Undeclared", undeclared))
        .register(Function::queue("Number", number))
}

fn with_pages() -> Router {
    let pages = Router::new()
        .route("/", get(|| async { "the pages' own root" }).post(|| async { "posted to the root" }))
        .route(
            "/hello",
            get(|request: Request| async move {
                let invocation = request.extensions().get::<Invocation>().unwrap().clone();
                format!("{} {} {}", invocation.function, invocation.id, request.uri())
            }),
        )
        .route("/panic", get(|| async { panic!("a bug in a page") as () }))
        .route("/hang", get(std::future::pending::<()>))
        .route("/Tick", post(|| async { "a page, not the function" }));
    functions().forward(["Web"], pages).into_router().unwrap()
}

struct Call {
    method: &'static str,
    path: &'static str,
    host: &'static str,
    body: &'static str,
}

const INVOKE: Call = Call { method: "POST", path: "/Tick", host: "127.0.0.1:34963", body: TIMER };

/// The headers of the host's own calls, or of what it passes on, by the address that was asked.
fn headers(call: &Call) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("x-azure-functions-hostversion", "4.1037.0.0".to_owned()),
        ("user-agent", "Azure-Functions-Host/4.1037.0.0".to_owned()),
    ];
    match call.method {
        "POST" if call.host.starts_with("127.") => headers.push(("transfer-encoding", "chunked".to_owned())),
        "POST" => headers.push(("content-length", call.body.len().to_string())),
        _ => {}
    }
    headers
}

async fn send(router: &Router, call: Call, change: impl FnOnce(&mut Request)) -> (u16, String) {
    let mut request = Request::builder()
        .method(call.method)
        .uri(call.path)
        .header(header::HOST, call.host)
        .header(INVOCATION_ID, "00000000-0000-0000-0000-000000000001")
        .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
        .body(Body::from(call.body))
        .unwrap();
    for (name, value) in headers(&call) {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    change(&mut request);
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn invoke_as_host(router: &Router, path: &'static str, body: &'static str) -> (u16, String) {
    send(router, Call { path, body, ..INVOKE }, |_| ()).await
}

#[tokio::test]
async fn a_success_is_a_json_object_with_arrays_of_strings() {
    let router = functions().into_router().unwrap();
    let (status, body) = invoke_as_host(&router, "/Tick", TIMER).await;
    assert_eq!(status, 200);
    insta::assert_snapshot!(body, @r#"{"Logs":[],"Outputs":{"orders":["test","7"]}}"#);
    let (status, body) = invoke_as_host(&router, "/Number", QUEUE).await;
    assert_eq!((status, body.as_str()), (200, r#"{"Logs":[],"Outputs":{}}"#));
}

#[tokio::test(start_paused = true)]
async fn whatever_goes_wrong_is_a_json_object_and_no_success() {
    let router = functions().deadline(Duration::from_secs(5)).body_limit(100).into_router().unwrap();
    let long: &'static str = Box::leak("x".repeat(101).into_boxed_str());
    let mut lines = String::new();
    for (path, body) in [
        ("/Fail", TIMER),
        ("/Panic", TIMER),
        ("/Hang", TIMER),
        ("/Undeclared", TIMER),
        ("/Number", r#"{"Data":{"message":"\"8\""}}"#),
        ("/Number", r#"{"Data":{"message":"\"x\""}}"#),
        ("/Number", "{"),
        ("/Number", ""),
        ("/Number", long),
        ("/tick", TIMER),
        ("/Missing", TIMER),
    ] {
        let (status, answer) = invoke_as_host(&router, path, body).await;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["invocationId"], "00000000-0000-0000-0000-000000000001");
        lines.push_str(&format!("{status} {}: {}\n", answer["function"], answer["error"]));
    }
    insta::assert_snapshot!(lines, @r#"
    500 "Fail": "the disk is full"
    500 "Panic": "the handler panicked"
    500 "Hang": "the handler was not done after 5 seconds"
    500 "Undeclared": "the output `order` is not declared: add `.queue_output(\"order\")` where the function is registered, and the binding to its function.json"
    500 "Number": "not seven"
    400 "Number": "the queue message is not the expected JSON: expected value at line 1 column 1"
    400 "Number": "the body is not an invocation as the Functions host sends it: EOF while parsing an object at line 1 column 1"
    400 "Number": "the body is not an invocation as the Functions host sends it: EOF while parsing a value at line 1 column 0"
    413 "Number": "the body is larger than 100 bytes"
    404 "tick": "no function of this name is registered"
    404 "Missing": "no function of this name is registered"
    "#);
}

#[tokio::test]
async fn the_probe_is_answered_with_a_word_and_never_reaches_the_pages() {
    let router = with_pages();
    let probe = |method| Call { method, path: "/", host: "127.0.0.1:34963", body: "" };
    assert_eq!(send(&router, probe("GET"), |_| ()).await, (200, "running\n".into()));
    assert_eq!(send(&router, probe("HEAD"), |_| ()).await.0, 200);
    let post = Call { host: "app.test", ..probe("POST") };
    assert_eq!(send(&router, post, |_| ()).await, (200, "posted to the root".into()));
}

#[tokio::test(start_paused = true)]
async fn forwarded_requests_reach_the_pages_with_their_invocation() {
    let router = with_pages();
    let page = |path| Call { method: "GET", path, host: "app.test", body: "" };
    let (status, body) = send(&router, page("/hello?a=1"), |_| ()).await;
    assert_eq!((status, body.as_str()), (200, "Web 00000000-0000-0000-0000-000000000001 /hello?a=1"));
    assert_eq!(send(&router, page("/missing"), |_| ()).await.0, 404);
    assert_eq!(send(&router, page("/panic"), |_| ()).await.0, 500);
    assert_eq!(send(&router, page("/hang"), |_| ()).await.0, 500);
}

#[tokio::test]
async fn a_visitor_cannot_call_a_function() {
    let router = with_pages();
    let page = (200, "a page, not the function".to_owned());
    let from_visitor = || Call { host: "app.test", ..INVOKE };
    assert_eq!(send(&router, from_visitor(), |_| ()).await, page);
    let to_us = |request: &mut Request| {
        request.headers_mut().insert(header::HOST, INVOKE.host.parse().unwrap());
    };
    assert_eq!(send(&router, from_visitor(), to_us).await, page, "whatever address they name");
    for change in [
        (|request: &mut Request| {
            request.headers_mut().insert("x-forwarded-for", "203.0.113.7".parse().unwrap());
        }) as fn(&mut Request),
        |request| {
            request.headers_mut().append(INVOCATION_ID, "a-second-one".parse().unwrap());
        },
        |request| {
            request.headers_mut().append(header::HOST, "app.test".parse().unwrap());
        },
        |request| {
            request
                .headers_mut()
                .insert(header::USER_AGENT, "curl/8 Azure-Functions-Host/4".parse().unwrap());
        },
        |request| {
            request.headers_mut().remove("x-azure-functions-hostversion");
        },
        |request| *request.uri_mut() = "/Tick?x=1".parse().unwrap(),
        |request| *request.version_mut() = axum::http::Version::HTTP_10,
    ] {
        assert_eq!(send(&router, INVOKE, change).await.0, 400);
    }
    let elsewhere = |request: &mut Request| {
        request.extensions_mut().insert(OwnAddress("127.0.0.1:40000".parse().unwrap()));
    };
    assert_eq!(send(&router, INVOKE, elsewhere).await, page, "streamed by the host, as a visitor sent it");
    assert_eq!(invoke_as_host(&router, "/Tick", TIMER).await.0, 200, "the same request from the host");
    let get = Call { method: "GET", ..INVOKE };
    assert_eq!(send(&router, get, |_| ()).await.0, 405, "the page answers, which takes POST only");
}

#[tokio::test]
async fn a_handler_learns_its_invocation_and_shares_what_it_captures() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let handler = {
        let seen = Arc::clone(&seen);
        move |invocation: Invocation, _: TimerTrigger| {
            let seen = Arc::clone(&seen);
            async move {
                seen.lock().unwrap().push(invocation);
                Ok(Outputs::none())
            }
        }
    };
    let router = Functions::new().register(Function::timer("Tick", handler)).into_router().unwrap();
    let body = r#"{"Data":{"timer":{}},"Metadata":{},
        "RetryContext":{"RetryCount":1,"MaxRetryCount":3,"Exception":{"Message":"500"},"Instance":null,"State":{}}}"#;
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
    let (status, _) = send(&router, Call { body, ..INVOKE }, |request| {
        request.headers_mut().insert("traceparent", parent.parse().unwrap());
    })
    .await;
    assert_eq!(status, 200);
    let seen = seen.lock().unwrap();
    assert_eq!((seen[0].function.as_str(), seen[0].trace.traceparent().as_str()), ("Tick", parent));
    let retry = seen[0].retry.as_ref().unwrap();
    assert_eq!((retry.retry_count, retry.max_retry_count), (1, 3));
}

/// What was logged while this thread held the guard.
fn log() -> (tracing::subscriber::DefaultGuard, Arc<Mutex<Vec<u8>>>) {
    struct Writer(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Writer {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let written = Arc::new(Mutex::new(Vec::new()));
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .without_time()
        .with_ansi(false)
        .with_target(false)
        .with_writer(move || Writer(writer.clone()))
        .finish();
    (tracing::subscriber::set_default(subscriber), written)
}

#[tokio::test]
async fn a_passing_failure_is_a_failure_to_the_host_and_a_warning_in_the_log() {
    let passing = |_: Invocation, _: TimerTrigger| async {
        Err(HandlerError::passing(std::io::Error::other("somebody else was faster")))
    };
    let functions =
        Functions::new().register(Function::timer("Fail", fail)).register(Function::timer("Pass", passing));
    let router = functions.into_router().unwrap();
    let (guard, written) = log();
    let mut answers = Vec::new();
    for path in ["/Pass", "/Fail"] {
        answers.push(send(&router, Call { path, ..INVOKE }, |_| {}).await.0);
    }
    drop(guard);
    assert_eq!(answers, [500, 500]);
    let written = String::from_utf8(written.lock().unwrap().clone()).unwrap();
    // Before the message stands its span, after it its fields.
    let lines = written.lines().map(|line| {
        let (before, message) = line.split_once("}: ").unwrap();
        let (level, _) = before.trim_start().split_once(' ').unwrap();
        format!("{level} {}", message.split(" function=").next().unwrap())
    });
    let lines: Vec<String> = lines.collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    WARN Pass has to run again: somebody else was faster
    ERROR Fail failed: the disk is full
    ");
}

#[test]
fn names_that_clash_or_that_the_host_refuses_are_errors() {
    let error = |functions: Functions| functions.into_router().unwrap_err().to_string();
    let one = |name: &str| Functions::new().register(Function::timer(name, tick));
    let mut errors = vec![
        error(one("Tick").register(Function::timer("TICK", tick))),
        error(one("Web").forward(["Web"], Router::new())),
        error(one("a/b")),
        error(one("Host")),
        error(Functions::new().register(Function::timer("Tick", tick).queue_output("my-orders"))),
    ];
    errors.push(format!("{:?}", functions().functions[0]));
    insta::assert_snapshot!(errors.join("\n"), @r#"
    two functions are named `TICK`
    two functions are named `Web`
    `a/b` cannot be the name of a function: a letter, then up to 127 letters, digits, `_` or `-`
    `Host` cannot be the name of a function: a letter, then up to 127 letters, digits, `_` or `-`
    `my-orders` of function `Tick` cannot be the name of a binding: a letter, then up to 127 letters or digits
    Function { name: "Tick", kind: Timer, outputs: {"orders": Queue}, .. }
    "#);
}
