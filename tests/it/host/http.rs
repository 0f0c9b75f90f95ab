//! HTTP/1.1 as the host speaks it, by hand: which headers are sent, and how a body is framed, is the point.

use std::io;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// What came back.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) reason: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// How a body goes out.
#[derive(Clone, Copy)]
pub(super) enum Body<'a> {
    None,
    Sized(&'a [u8]),
    Chunked(&'a [u8]),
}

/// A pool of connections to one process, without a cap, as .NET keeps it.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) address: SocketAddr,
    idle: Mutex<Vec<BufReader<TcpStream>>>,
    pub(super) opened: AtomicUsize,
}

impl Client {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self { address, idle: Mutex::default(), opened: AtomicUsize::new(0) }
    }

    /// Forgets the connections to a process that is gone.
    pub(super) fn forget(&self) {
        self.idle.lock().unwrap().clear();
    }

    /// Sends `head` (request line and headers, without framing) and `body`.
    pub(super) async fn send(&self, head: &str, body: Body<'_>) -> io::Result<Answer> {
        let idle = self.idle.lock().unwrap().pop();
        let mut socket = match idle {
            Some(socket) => socket,
            None => {
                self.opened.fetch_add(1, Ordering::Relaxed);
                BufReader::new(TcpStream::connect(self.address).await?)
            }
        };
        let answer = exchange(&mut socket, head, body).await?;
        if answer.header("connection") != Some("close") {
            self.idle.lock().unwrap().push(socket);
        }
        Ok(answer)
    }
}

async fn exchange(socket: &mut BufReader<TcpStream>, head: &str, body: Body<'_>) -> io::Result<Answer> {
    let mut request = head.trim_end().as_bytes().to_vec();
    match body {
        Body::None => request.extend_from_slice(b"\r\n\r\n"),
        Body::Sized(bytes) => {
            request.extend_from_slice(format!("\r\nContent-Length: {}\r\n\r\n", bytes.len()).as_bytes());
            request.extend_from_slice(bytes);
        }
        Body::Chunked(bytes) => {
            request.extend_from_slice(b"\r\nTransfer-Encoding: chunked\r\n\r\n");
            for chunk in bytes.chunks(4096) {
                request.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                request.extend_from_slice(chunk);
                request.extend_from_slice(b"\r\n");
            }
            request.extend_from_slice(b"0\r\n\r\n");
        }
    }
    // A handler may answer before it has read everything, and close.
    let (mut reader, mut writer) = tokio::io::split(socket);
    let sending = async {
        let _ = writer.write_all(&request).await;
    };
    let mut reader = BufReader::new(&mut reader);
    let (answer, ()) = tokio::join!(read_answer(&mut reader), sending);
    answer
}

async fn read_answer(reader: &mut (impl AsyncBufReadExt + Unpin)) -> io::Result<Answer> {
    let status_line = line(reader).await?;
    let mut parts = status_line.splitn(3, ' ').skip(1);
    let status = parts.next().and_then(|status| status.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    let reason = parts.next().unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    loop {
        let line = line(reader).await?;
        match line.split_once(':') {
            Some((name, value)) => headers.push((name.trim().to_owned(), value.trim().to_owned())),
            None => break,
        }
    }
    let mut answer = Answer { status, reason, headers, body: Vec::new() };
    if answer.header("transfer-encoding") == Some("chunked") {
        loop {
            let size = usize::from_str_radix(&line(reader).await?, 16).map_err(io::Error::other)?;
            let mut chunk = vec![0; size];
            reader.read_exact(&mut chunk).await?;
            line(reader).await?;
            if size == 0 {
                break;
            }
            answer.body.extend(chunk);
        }
    } else if let Some(length) = answer.header("content-length").and_then(|length| length.parse().ok()) {
        answer.body = vec![0; length];
        reader.read_exact(&mut answer.body).await?;
    }
    Ok(answer)
}

async fn line(reader: &mut (impl AsyncBufReadExt + Unpin)) -> io::Result<String> {
    let mut line = String::new();
    if reader.read_line(&mut line).await? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}
