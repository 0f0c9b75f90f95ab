//! Connections to this process: what was heard on one before its request was understood, and how long a request may
//! take to begin.
//!
//! The HTTP library drops one of two contradicting headers without a word. Whoever has to tell the host from a visitor
//! by the framing must see both, so the head is kept as it came until its request is handled.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use http_body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep, sleep_until};

/// How long a request may take from its first byte until it can be handled.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);
/// How long a connection may say nothing at all. The host keeps one that it did not use for a minute.
const FIRST_PATIENCE: Duration = Duration::from_secs(150);
/// Of a longer head nothing is known. The host's own are a few hundred bytes.
const KEPT: usize = 16 * 1024;

/// A listener whose connections remember heads and hang up on what takes too long to begin.
pub(super) struct Connections(pub(super) TcpListener);

impl Listener for Connections {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (socket, address) = Listener::accept(&mut self.0).await;
        // Answers are small: they must not wait for more to send.
        let _ = socket.set_nodelay(true);
        let deadline = Instant::now() + FIRST_PATIENCE;
        let heard = Heard { deadline: Some(deadline), ..Heard::default() };
        let peer = Peer { address, heard: Arc::new(Mutex::new(heard)) };
        (Connection { socket, peer, alarm: Box::pin(sleep_until(deadline)) }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// The other end of a connection.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    pub(super) address: SocketAddr,
    heard: Arc<Mutex<Heard>>,
}

impl Connected<IncomingStream<'_, Connections>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Connections>) -> Self {
        stream.io().peer.clone()
    }
}

#[derive(Debug, Default)]
struct Heard {
    /// Since the last request was answered.
    bytes: Vec<u8>,
    /// Whether a request is being handled: what comes now is its body, or sent ahead of its turn.
    busy: bool,
    /// When to hang up, unless a request is handled by then.
    deadline: Option<Instant>,
}

/// The head of a request as it came.
#[derive(Debug, Clone)]
pub(super) struct RawHead(Vec<u8>);

impl RawHead {
    /// Whether it is known whole and says a length of the body.
    pub(super) fn has_length(&self) -> Option<bool> {
        // What follows the last line break is no line yet.
        let whole = &self.0[..=self.0.iter().rposition(|byte| *byte == b'\n')?];
        let lines: Vec<&[u8]> = whole.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).collect();
        let end = lines[..lines.len() - 1].iter().position(|line| line.is_empty())?;
        let mut names = lines[..end].iter().filter_map(|line| line.split(|byte| *byte == b':').next());
        Some(names.any(|name| name.eq_ignore_ascii_case(b"content-length")))
    }
}

/// A request being handled, until the last of its answer is written.
pub(super) struct Handled(Peer);

impl Peer {
    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to handle a request: its head, and what ends it when dropped.
    pub(super) fn begin(&self) -> (RawHead, Handled) {
        let mut heard = self.heard();
        heard.busy = true;
        heard.deadline = None;
        (RawHead(std::mem::take(&mut heard.bytes)), Handled(self.clone()))
    }
}

impl Drop for Handled {
    fn drop(&mut self) {
        *self.0.heard() = Heard::default();
    }
}

impl Heard {
    fn take(&mut self, bytes: &[u8]) {
        if self.busy || bytes.is_empty() {
            return;
        }
        if self.bytes.is_empty() {
            self.deadline = Some(Instant::now() + HEAD_PATIENCE);
        }
        let room = KEPT.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

/// A body that holds something until its last byte is written.
pub(super) struct Guarded<T> {
    pub(super) body: Body,
    #[expect(dead_code, reason = "what matters is when it is dropped")]
    pub(super) held: T,
}

impl<T: Unpin> HttpBody for Guarded<T> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// One connection.
pub(super) struct Connection {
    socket: TcpStream,
    peer: Peer,
    alarm: Pin<Box<Sleep>>,
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        if let Poll::Ready(result) = Pin::new(&mut this.socket).poll_read(context, buffer) {
            this.peer.heard().take(&buffer.filled()[before..]);
            return Poll::Ready(result);
        }
        let Some(deadline) = this.peer.heard().deadline else { return Poll::Pending };
        if this.alarm.deadline() != deadline {
            this.alarm.as_mut().reset(deadline);
        }
        ready!(this.alarm.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().socket).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().socket).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_seen_wherever_it_stands_in_the_head_and_nowhere_else() {
        let has_length = |head: &str| RawHead(head.as_bytes().to_vec()).has_length();
        assert_eq!(has_length("POST / HTTP/1.1\r\nHost: a\r\n\r\n"), Some(false));
        assert_eq!(has_length("POST / HTTP/1.1\r\ncontent-LENGTH: 1\r\nHost: a\r\n\r\n"), Some(true));
        assert_eq!(has_length("POST / HTTP/1.1\nContent-Length: 1\n\nx"), Some(true));
        assert_eq!(has_length("POST / HTTP/1.1\r\nHost: a\r\n\r\nContent-Length: 1\r\n\r\n"), Some(false));
        assert_eq!(has_length("POST / HTTP/1.1\r\nX: Content-Length: 1\r\n\r\n"), Some(false));
        assert_eq!(has_length("POST / HTTP/1.1\r\nHost: a\r\n"), None);
        assert_eq!(has_length(""), None);
    }

    async fn heard_after(listener: TcpListener, sent: &[u8], advance: Duration) -> io::Result<usize> {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut connection, _) = Connections(listener).accept().await;
        client.write_all(sent).await.unwrap();
        let mut buffer = [0; 64];
        if !sent.is_empty() {
            let _ = connection.read(&mut buffer).await.unwrap();
        }
        tokio::time::pause();
        tokio::time::advance(advance).await;
        connection.read(&mut buffer).await
    }

    #[tokio::test]
    async fn a_head_that_does_not_end_and_a_connection_that_says_nothing_are_hung_up_on() {
        for (sent, patience) in [(&b"POST / HT"[..], HEAD_PATIENCE), (b"", FIRST_PATIENCE)] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let error = heard_after(listener, sent, patience).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
            tokio::time::resume();
        }
    }
}
