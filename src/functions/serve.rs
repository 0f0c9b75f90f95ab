//! The listening socket and the server on it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};

use super::app::{closing, is_probe};
use super::connection::{Connections, Guarded, Peer};
use super::origin::is_from_host;
use super::own_address::OwnAddress;

/// After a kill the host starts the next process at once, on the same port.
const BIND_PATIENCE: Duration = Duration::from_secs(5);
const BIND_PAUSE: Duration = Duration::from_millis(100);
/// How long invocations under way may finish once the process was asked to stop.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// How many requests of visitors may be under way at once, of those that bring a body, which may be slow: a thousand
/// people who answer the same mail at once all get through. The host's own calls are not counted: whatever visitors do,
/// timers and queues go on.
const WITH_BODY: usize = 1024;
/// How many of the others may.
const LOOKING: usize = 256;
/// Descriptors that are left for the host's calls, the store and other services, where there are few.
const RESERVED: usize = 256;

/// The port that the host chose cannot be listened on. The process should exit with another code than 0: the host
/// starts it again, which it does not after 0.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on 127.0.0.1:{port} (another process may hold the port)")]
pub struct BindError {
    pub port: u16,
    /// What the operating system said last.
    #[source]
    pub source: io::Error,
}

/// The server was asked to stop and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "the exit code tells the host whether to start the process again"]
pub struct Stopped(());

impl Stopped {
    /// What the process should exit with. Never 0, after which the host leaves the function app without a handler
    /// for good; 143 is what a process ended by SIGTERM has.
    pub fn exit_code(self) -> u8 {
        143
    }
}

/// Listens on the loopback address (IPv4, which is where the host looks) and tries again for five seconds while the
/// port is busy. Port 0 takes a free one.
///
/// # Errors
/// When the port stays busy or cannot be had at all.
pub async fn bind(port: u16) -> Result<TcpListener, BindError> {
    let give_up = Instant::now() + BIND_PATIENCE;
    let mut logged = false;
    loop {
        match try_bind(port) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && Instant::now() < give_up => {
                if !std::mem::replace(&mut logged, true) {
                    tracing::warn!(port, "the port {port} is busy; it is tried again for {BIND_PATIENCE:?}");
                }
                sleep(BIND_PAUSE).await;
            }
            result => return result.map_err(|source| BindError { port, source }),
        }
    }
}

fn try_bind(port: u16) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    // Connections of a killed predecessor linger for a minute; without this they would keep the port.
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    socket.listen(1024)
}

/// Answers the host until `shutdown` is done, then lets invocations under way finish for five seconds.
///
/// A connection on which a request does not begin in time is hung up on, and a visitor is turned away while too many
/// are there.
///
/// # Errors
/// When the listener has no address.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<Stopped> {
    let address = listener.local_addr()?;
    let (asked, was_asked) = tokio::sync::oneshot::channel();
    let signal = async move {
        shutdown.await;
        let _ = asked.send(());
    };
    let places = |count| Arc::new(Semaphore::new(count));
    let door = Door { own: OwnAddress(address), looks: places(LOOKING), bodies: places(with_body()) };
    let service = router.layer(from_fn_with_state(door, admit)).into_make_service_with_connect_info::<Peer>();
    let server = axum::serve(Connections(listener), service).with_graceful_shutdown(signal).into_future();
    tokio::pin!(server);
    tokio::select! {
        result = &mut server => result?,
        _ = was_asked => {
            if let Ok(result) = timeout(STOP_PATIENCE, server).await {
                result?;
            }
        }
    }
    Ok(Stopped(()))
}

/// How many bodies may be on their way: no more than leave descriptors for everything else.
fn with_body() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let files = files.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
    files.map_or(WITH_BODY, |files| files.saturating_sub(LOOKING + RESERVED).clamp(64, WITH_BODY))
}

/// What every request passes.
#[derive(Clone)]
struct Door {
    own: OwnAddress,
    looks: Arc<Semaphore>,
    bodies: Arc<Semaphore>,
}

async fn admit(
    State(door): State<Door>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    let (head, handled) = peer.begin();
    request.extensions_mut().insert(head);
    request.extensions_mut().insert(door.own);
    request.extensions_mut().insert(ConnectInfo(peer.address));
    let places = if *request.method() == Method::POST { door.bodies } else { door.looks };
    let is_free = is_probe(&request) || is_from_host(&request);
    let place = if is_free { None } else { Some(places.try_acquire_owned()) };
    if let Some(Err(_)) = place {
        return closing(too_many());
    }
    let answer = next.run(request).await;
    answer.map(|body| Body::new(Guarded { body, held: (handled, place) }))
}

fn too_many() -> Response {
    let mut answer = (StatusCode::SERVICE_UNAVAILABLE, "Too many requests are under way. Try again soon.\n")
        .into_response();
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_busy_port_is_waited_for_and_then_taken() {
        let first = bind(0).await.unwrap();
        let port = first.local_addr().unwrap().port();
        let second = tokio::spawn(bind(port));
        tokio::task::yield_now().await;
        assert!(!second.is_finished());
        drop(first);
        assert_eq!(second.await.unwrap().unwrap().local_addr().unwrap().port(), port);
    }

    #[tokio::test(start_paused = true)]
    async fn a_port_that_stays_busy_is_an_error_that_names_it() {
        let first = bind(0).await.unwrap();
        let port = first.local_addr().unwrap().port();
        let error = bind(port).await.unwrap_err();
        assert_eq!(error.port, port);
        assert_eq!(error.source.kind(), io::ErrorKind::AddrInUse);
    }

    #[tokio::test]
    async fn stopping_says_that_the_process_must_not_exit_with_zero() {
        let listener = bind(0).await.unwrap();
        let stopped = serve(listener, Router::new(), async {}).await.unwrap();
        assert_eq!(stopped.exit_code(), 143);
    }
}
