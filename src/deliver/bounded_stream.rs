//! A connection to a mail server that reads a bounded number of bytes for each thing that we say. `lettre` looks at the
//! length of a line when it has the whole line, so a line without an end would take all memory. The bound stands below
//! its parser, and below TLS, where it holds whatever the parser does.

#![expect(deprecated, reason = "TLS over a connection of our own needs `AsyncNetworkStream`")]

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

#[expect(
    deprecated,
    reason = "lettre shows this type only to those who bring a connection of their own"
)]
use lettre::transport::smtp::client::AsyncNetworkStream;
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, ToSocketAddrs};
use tokio_util::compat::{Compat, FuturesAsyncReadCompatExt};

use super::smtp_verdict::SmtpFailure;

/// How many bytes may come in answer to what was written. `lettre` takes a reply of 100,000 bytes; a TLS handshake or the
/// frames around a reply add little to that.
const LONGEST_REPLY: usize = 128 * 1024;

/// Connects and says hello, over TLS from the first byte on where `implicit_tls` is given.
pub(super) async fn connect(
    server: impl ToSocketAddrs,
    hello: &ClientId,
    implicit_tls: Option<TlsParameters>,
) -> Result<AsyncSmtpConnection, SmtpFailure> {
    let unreachable = |error: io::Error| SmtpFailure::Broken(error.to_string());
    let stream = BoundedStream {
        stream: TcpStream::connect(server).await.map_err(unreachable)?,
        read_since_written: 0,
    };
    let stream: Box<dyn AsyncTokioStream> = match implicit_tls {
        None => Box::new(stream),
        Some(tls) => {
            let peer = stream.peer_addr().map_err(unreachable)?;
            let mut encrypted = AsyncNetworkStream::use_existing_tokio1(Box::new(stream));
            encrypted.upgrade_tls(tls).await?;
            Box::new(EncryptedStream { stream: encrypted.compat(), peer })
        }
    };
    Ok(AsyncSmtpConnection::connect_with_transport(stream, hello).await?)
}

/// A TCP connection with the bound.
#[derive(Debug)]
struct BoundedStream {
    stream: TcpStream,
    read_since_written: usize,
}

/// TLS over such a connection.
#[derive(Debug)]
struct EncryptedStream {
    stream: Compat<AsyncNetworkStream>,
    peer: SocketAddr,
}

impl AsyncTokioStream for EncryptedStream {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

impl AsyncRead for EncryptedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for EncryptedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl AsyncTokioStream for BoundedStream {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}

impl AsyncRead for BoundedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read_since_written >= LONGEST_REPLY {
            let problem = format!("the server's reply is longer than {LONGEST_REPLY} bytes");
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, problem)));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        self.read_since_written += buffer.filled().len() - before;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for BoundedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.read_since_written = 0;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
