//! The host's other way of passing on requests (`enableProxyingHttpRequest`): nothing is held back, in neither
//! direction.

use std::io;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use maintenance_notifier::functions::{Functions, Invocation};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use uuid::Uuid;

use super::requests::declared;
use super::simulator::{Simulator, VERSION};
use super::visits::Visit;

const ATTEMPTS: usize = 10;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// What is of the connection, not of the request.
const HOP_BY_HOP: [&str; 5] = ["connection", "keep-alive", "te", "transfer-encoding", "upgrade"];

/// A request that is passed on while it is still being sent.
struct Proxied {
    socket: BufReader<TcpStream>,
}

impl Simulator {
    async fn proxy(&self, name: &str, visit: &Visit<'_>) -> io::Result<Proxied> {
        assert!(self.function(name).is_forwarded(), "{name} is invoked, not proxied");
        let address = self.client(name).address;
        let mut socket = with_retries(|| TcpStream::connect(address)).await?;
        let query: Vec<String> = visit.query.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let mut head = format!(
            "{} {}?{} HTTP/1.1\r\nHost: {}\r\n",
            visit.method,
            visit.path,
            query.join("&"),
            visit.host()
        );
        let own = ["x-azure-functions-invocationid", "x-azure-functions-hostversion", "x-ms-invocation-id"];
        for (name, value) in visit.headers {
            let lower = name.to_lowercase();
            if !HOP_BY_HOP.contains(&lower.as_str()) && !own.contains(&lower.as_str()) {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        let id = Uuid::new_v4();
        head.push_str(&format!(
            "X-Azure-Functions-HostVersion: {VERSION}\r\nX-Azure-Functions-InvocationId: {id}\r\n\
             x-ms-invocation-id: {id}\r\nX-Forwarded-For: 192.0.2.1:4711\r\nTransfer-Encoding: chunked\r\n\r\n"
        ));
        socket.write_all(head.as_bytes()).await?;
        Ok(Proxied { socket: BufReader::new(socket) })
    }
}

impl Proxied {
    async fn send(&mut self, part: &str) {
        let chunk = format!("{:x}\r\n{part}\r\n", part.len());
        self.socket.write_all(chunk.as_bytes()).await.unwrap();
    }

    async fn end(&mut self) {
        self.socket.write_all(b"0\r\n\r\n").await.unwrap();
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.socket.read_line(&mut line).await.unwrap() > 0, "the connection was closed");
        line.trim_end().to_owned()
    }

    /// The status line; the headers are skipped.
    async fn status(&mut self) -> String {
        let status = self.line().await;
        while !self.line().await.is_empty() {}
        status
    }

    /// The next part of the answer; an empty one is its end.
    async fn part(&mut self) -> String {
        let size = usize::from_str_radix(&self.line().await, 16).unwrap();
        let mut part = vec![0; size];
        self.socket.read_exact(&mut part).await.unwrap();
        self.line().await;
        String::from_utf8(part).unwrap()
    }
}

/// Nothing of a request was sent when nobody listens, so it can be tried again.
async fn with_retries<T, F>(mut connect: impl FnMut() -> F) -> io::Result<T>
where
    F: Future<Output = io::Result<T>>,
{
    let mut pause = FIRST_PAUSE;
    for _ in 1..ATTEMPTS {
        match connect().await {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                tokio::time::sleep(pause).await;
                pause = (pause + FIRST_PAUSE).min(LONGEST_PAUSE);
            }
            done => return done,
        }
    }
    connect().await
}

/// The page answers with what it is sent, part by part: it could not if either direction were held back.
#[tokio::test]
async fn r6_in_proxy_mode_requests_and_answers_stream_and_the_host_s_ids_are_its_own() {
    let echo = Router::new().fallback(|request: Request| async move {
        let invocation = request.extensions().get::<Invocation>().unwrap().id.clone();
        let ids = ["x-azure-functions-invocationid", "x-ms-invocation-id"].map(|name| {
            let values: Vec<_> = request.headers().get_all(name).iter().collect();
            values.len() == 1 && values[0] == invocation.as_str()
        });
        let uri = request.uri().clone();
        let body = request.into_body().into_data_stream();
        let first = futures::stream::once(async move { Ok(format!("{uri} {ids:?}").into()) });
        Body::from_stream(futures::StreamExt::chain(first, body))
    });
    let router = Functions::new().forward(["Web", "Locked"], echo).into_router().unwrap();
    let host = Simulator::of_router(declared(), router).await;
    let visit = Visit {
        method: "POST",
        path: "/api/x",
        query: &[("a", "1"), ("b", "%20"), ("a", "2")],
        headers: &[("X-Azure-Functions-InvocationId", "forged"), ("x-ms-invocation-id", "forged")],
        ..Visit::default()
    };
    let mut proxied = host.proxy("Web", &visit).await.unwrap();
    assert_eq!(proxied.status().await, "HTTP/1.1 200 OK");
    assert_eq!(proxied.part().await, "/api/x?a=1&b=%20&a=2 [true, true]");
    for part in ["one", "two"] {
        proxied.send(part).await;
        assert_eq!(proxied.part().await, part);
    }
    proxied.end().await;
    assert_eq!(proxied.part().await, "");
}

#[tokio::test(start_paused = true)]
async fn r6_in_proxy_mode_ten_attempts_are_made_to_reach_the_process() {
    let started = tokio::time::Instant::now();
    let attempt = |works_at: usize, made: &mut usize| {
        *made += 1;
        let made = *made;
        async move { if made >= works_at { Ok(made) } else { Err(io::ErrorKind::ConnectionRefused.into()) } }
    };
    let mut made = 0;
    assert_eq!(with_retries(|| attempt(10, &mut made)).await.unwrap(), 10);
    assert_eq!(started.elapsed(), Duration::from_millis(1750));
    let mut made = 0;
    let error = with_retries(|| attempt(11, &mut made)).await.unwrap_err();
    assert_eq!((error.kind(), made), (io::ErrorKind::ConnectionRefused, 10));
    // A connection that breaks may have carried the request.
    let mut broken = 0;
    let break_it = || {
        broken += 1;
        async { Err::<(), _>(io::ErrorKind::ConnectionReset.into()) }
    };
    assert_eq!(with_retries(break_it).await.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(broken, 1);
}
