//! Whose request it is, byte for byte: the host's own calls, what it passes on, and what is made to look like the one
//! while it is the other.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::post;
use maintenance_notifier::functions::{
    Function, Functions, HandlerError, Invocation, Outputs, TimerTrigger, bind, serve,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const TIMER: &str = r#"{"Data":{"timer":{"ScheduleStatus":null,"IsPastDue":false}},"Metadata":{}}"#;

/// What the host sends of its own, but for its framing.
const OWN: &str = "X-Azure-Functions-HostVersion: 4.1037.0.0\r\nX-Azure-Functions-InvocationId: 83a33220-a921-460a-bec0-b3f043dcf1ff\r\n\
                   User-Agent: Azure-Functions-Host/4.1037.0.0\r\ntraceparent: 00-bb2bd5eef54cb15a1506d0326d2489e7-d3f54c84c7034d76-00\r\n\
                   Content-Type: application/json; charset=utf-8\r\n";
const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";

/// A process with one timer, and a page at every address.
struct Served {
    address: SocketAddr,
    runs: Arc<AtomicUsize>,
}

impl Served {
    async fn start() -> Self {
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = runs.clone();
        let tick = move |_: Invocation, _: TimerTrigger| {
            counted.fetch_add(1, Ordering::SeqCst);
            async { Ok::<_, HandlerError>(Outputs::none()) }
        };
        let form = |body: String| async move { body };
        let pages = Router::new().route("/form", post(form)).fallback(|| async { "a page" });
        let functions = Functions::new().register(Function::timer("Tick", tick)).forward(["Web"], pages);
        let listener = bind(0).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, functions.into_router().unwrap(), std::future::pending()));
        Self { address, runs }
    }

    /// Sends bytes as they are and returns the statuses of all answers.
    async fn statuses(&self, request: &str) -> Vec<u16> {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        socket.shutdown().await.unwrap();
        let mut answers = Vec::new();
        // Whoever is refused may find the connection closed under what they still send.
        let _ = socket.read_to_end(&mut answers).await;
        let answers = String::from_utf8_lossy(&answers).into_owned();
        let lines = answers.split("HTTP/1.1 ").skip(1).map(|rest| rest[..3].parse().unwrap());
        lines.collect()
    }

    fn runs(&self) -> usize {
        self.runs.swap(0, Ordering::SeqCst)
    }

    fn host(&self) -> String {
        format!("Host: {}\r\n", self.address)
    }

    /// The host's own call, as it was seen.
    fn own(&self) -> String {
        format!("POST /Tick HTTP/1.1\r\n{}{OWN}{CHUNKED}\r\n{}", self.host(), chunks())
    }

    /// What a visitor sends through the pages' function, as the host passes it on.
    fn forwarded(&self) -> String {
        let length = TIMER.len();
        format!(
            "POST /Tick HTTP/1.1\r\n{}Accept: */*\r\nUser-Agent: curl/8.5.0 Azure-Functions-Host/4.1037.0.0\r\n\
             X-Azure-Functions-HostVersion: 4.1037.0.0\r\nX-Azure-Functions-InvocationId: 83a33220-a921-460a-bec0-b3f043dcf1ff\r\n\
             Content-Type: application/json; charset=utf-8\r\nContent-Length: {length}\r\n\r\n{TIMER}",
            self.host()
        )
    }
}

fn chunks() -> String {
    format!("{:x}\r\n{TIMER}\r\n0\r\n\r\n", TIMER.len())
}

#[tokio::test]
async fn s21_the_framing_tells_the_host_from_its_visitors() {
    let served = Served::start().await;
    assert_eq!((served.statuses(&served.own()).await, served.runs()), (vec![200], 1));
    assert_eq!((served.statuses(&served.forwarded()).await, served.runs()), (vec![200], 0), "a page");
    // A visitor who sends nothing but what the host sends, its own address included: the framing is left.
    let length = TIMER.len();
    let bare =
        format!("POST /Tick HTTP/1.1\r\n{}{OWN}Content-Length: {length}\r\n\r\n{TIMER}", served.host());
    assert_eq!((served.statuses(&bare).await, served.runs()), (vec![200], 0), "a page");
    // Both on one connection, as the host's pool has them, in any order.
    let both = [served.forwarded(), served.own(), served.forwarded(), served.own()];
    let mut socket = TcpStream::connect(served.address).await.unwrap();
    for (request, runs) in both.iter().zip([0, 1, 0, 1]) {
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut buffer = vec![0; 4096];
        let read = socket.read(&mut buffer).await.unwrap();
        assert!(buffer[..read].starts_with(b"HTTP/1.1 200"));
        assert_eq!(served.runs(), runs);
    }
}

#[tokio::test]
async fn s21_what_is_neither_is_refused() {
    let served = Served::start().await;
    let (host, own, chunks, length) = (served.host(), served.own(), chunks(), TIMER.len());
    let with = |headers: &str| own.replace(CHUNKED, headers);
    let besides = |headers: &str| with(&format!("{CHUNKED}{headers}"));
    let mut hostile = vec![
        ("a length first", with(&format!("Content-Length: {length}\r\n{CHUNKED}"))),
        ("a length last", besides(&format!("Content-Length: {length}\r\n"))),
        ("a length in other letters", besides("CONTENT-length: 0\r\n")),
        ("two encodings", besides(CHUNKED)),
        ("two encodings in one", with("Transfer-Encoding: gzip, chunked\r\n")),
        ("another encoding first", with(&format!("Transfer-Encoding: identity\r\n{CHUNKED}"))),
        ("HTTP/1.0", own.replace("HTTP/1.1", "HTTP/1.0")),
        ("an absolute target", own.replace("POST /", &format!("POST http://{}/", served.address))),
        ("a query", own.replace("/Tick", "/Tick?x=1")),
        ("two hosts", besides("Host: app.test\r\n")),
        ("two ids", besides("X-Azure-Functions-InvocationId: 1\r\n")),
        ("two ids in one", own.replace("InvocationId: ", "InvocationId: 1, ")),
        ("a visitor's agent", own.replace("User-Agent: ", "User-Agent: curl/8.5.0 ")),
        ("no agent", own.replace("User-Agent: Azure-Functions-Host/4.1037.0.0\r\n", "")),
        ("another type", own.replace("application/json", "text/plain")),
        ("an upgrade", besides("Upgrade: h2c\r\n")),
        ("a trailer", besides("Trailer: X-Forwarded-For\r\n")),
        ("an expectation", besides("Expect: 100-continue\r\n")),
    ];
    for header in [
        "X-Forwarded-For",
        "Forwarded",
        "X-Forwarded-Host",
        "X-ARR-LOG-ID",
        "X-Original-URL",
        "Cookie",
        "Accept",
        "X-MS-CLIENT-PRINCIPAL",
        "DISGUISED-HOST",
        "x-ms-invocation-id",
        "Origin",
        "X",
    ] {
        hostile.push((header, besides(&format!("{header}: 127.0.0.1\r\n"))));
    }
    for (what, request) in &hostile {
        assert_ne!(*request, own, "{what}: the request is the host's own");
        let statuses = served.statuses(request).await;
        assert_eq!((statuses, served.runs()), (vec![400], 0), "{what}");
    }
    // Where nobody could take it for a call of the host, it is a visitor's or a function that is not there.
    let app = own.replace(&host, "Host: app.test\r\n");
    assert_eq!((served.statuses(&app).await, served.runs()), (vec![200], 0), "streamed for a visitor");
    for path in ["/%54ick", "/tick", "/Tick/", "//Tick", "/./Tick", "/Tick%00", "/Tick;x"] {
        let request = own.replace("/Tick", path);
        assert_eq!((served.statuses(&request).await, served.runs()), (vec![404], 0), "{path}");
    }
    let listed = own.replace("POST", "GET");
    assert_eq!((served.statuses(&listed).await, served.runs()), (vec![400], 0), "the host posts");
    // What comes before its turn is not the host's, which waits for every answer: nothing rides behind a form.
    for first in [served.forwarded(), own.clone(), format!("GET / HTTP/1.1\r\n{host}\r\n")] {
        let statuses = served.statuses(&format!("{first}{own}")).await;
        assert_eq!(statuses, [200, 400], "{first}");
        assert_eq!(served.runs(), usize::from(first == own));
    }
    let smuggled = format!(
        "POST /page HTTP/1.1\r\n{host}Accept: */*\r\nContent-Length: {}\r\n{CHUNKED}\r\n0\r\n\r\n{own}",
        5 + own.len()
    );
    served.statuses(&smuggled).await;
    assert_eq!(served.runs(), 0, "behind a request that ends in two places");
    assert_eq!(chunks.len(), served.own().len() - served.own().find("\r\n\r\n").unwrap() - 4);
}

/// Sends the head of a form and nothing of its body.
async fn slow_form(served: &Served) -> TcpStream {
    let mut socket = TcpStream::connect(served.address).await.unwrap();
    let head = format!("POST /form HTTP/1.1\r\n{}Accept: */*\r\nContent-Length: 9\r\n\r\n", served.host());
    socket.write_all(head.as_bytes()).await.unwrap();
    socket
}

/// Visitors who hold connections hold up visitors who do the same, not those who only look, and never the host.
#[tokio::test]
async fn s12_whatever_visitors_hold_the_host_s_calls_run() {
    let served = Served::start().await;
    let mut held = Vec::new();
    // One by one: those who are let in wait for their bodies, and only who is turned away is answered.
    for _ in 0..1024 {
        held.push(slow_form(&served).await);
    }
    let mut away = slow_form(&served).await;
    let mut turned_away = [0; 12];
    away.read_exact(&mut turned_away).await.unwrap();
    assert_eq!(&turned_away, b"HTTP/1.1 503");
    assert_eq!((served.statuses(&served.own()).await, served.runs()), (vec![200], 1));
    let look = format!("GET /page HTTP/1.1\r\n{}\r\n", served.host());
    assert_eq!(served.statuses(&look).await, [200]);
    // Whoever brings the rest makes room.
    let mut first = held.pop().unwrap();
    first.write_all(b"List-Unsu").await.unwrap();
    let mut answer = vec![0; 4096];
    let read = first.read(&mut answer).await.unwrap();
    assert!(answer[..read].starts_with(b"HTTP/1.1 200"));
    drop(first);
    let form = format!("POST /form HTTP/1.1\r\n{}Content-Length: 1\r\n\r\nx", served.host());
    assert_eq!(served.statuses(&form).await, [200]);
}
