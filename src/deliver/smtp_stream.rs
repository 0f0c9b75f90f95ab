//! A connection to a mail server that waits and reads within bounds.

use std::io;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, ToSocketAddrs};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::smtp_reply::{Progress, Reply, ReplyReader, code_of};
use super::smtp_verdict::SmtpFailure;
use crate::http::causes::{find_cause, innermost};

/// How many bytes one reply may have: a line without an end would take all memory.
const LONGEST_REPLY: usize = 128 * 1024;

/// How long to wait for the rest of a reply whose code is known.
const REST: Duration = Duration::from_secs(10);

/// How TLS is begun with one server.
#[derive(Clone)]
pub(super) struct TlsSetup {
    pub(super) connector: TlsConnector,
    /// What its certificate has to be for.
    pub(super) name: ServerName<'static>,
}

/// A connection to a mail server.
pub(super) struct SmtpStream {
    wire: Wire,
    /// What was read and belongs to no reply yet.
    read: Vec<u8>,
    is_whole: bool,
}

enum Wire {
    Plain(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
}

impl SmtpStream {
    /// Connects. Nothing is read yet.
    pub(super) async fn connect(server: impl ToSocketAddrs, wait: Duration) -> Result<Self, SmtpFailure> {
        let stream = timeout(wait, TcpStream::connect(server)).await.map_err(|_| SmtpFailure::Silence)?;
        let stream = stream.map_err(|error| SmtpFailure::Broken(error.to_string()))?;
        // A command is one write; whether it is delayed does not matter enough to fail.
        let _ = stream.set_nodelay(true);
        Ok(Self { wire: Wire::Plain(stream), read: Vec::new(), is_whole: true })
    }

    /// The same connection, encrypted.
    ///
    /// What was read before the handshake is refused: somebody on the way may have put it there.
    pub(super) async fn encrypted(self, tls: &TlsSetup, wait: Duration) -> Result<Self, SmtpFailure> {
        let stream = match self.wire {
            Wire::Plain(stream) if self.read.is_empty() => stream,
            _ => return Err(SmtpFailure::Tls("something was said before TLS began".to_owned())),
        };
        let shaken = timeout(wait, tls.connector.connect(tls.name.clone(), stream)).await;
        let stream = shaken.map_err(|_| SmtpFailure::Silence)?.map_err(of_io)?;
        Ok(Self { wire: Wire::Encrypted(Box::new(stream)), read: Vec::new(), is_whole: true })
    }

    /// Whether nobody on the way can read along.
    pub(super) fn is_encrypted(&self) -> bool {
        matches!(self.wire, Wire::Encrypted(_))
    }

    /// Whether every reply was read to its end, so that the next one can be told from it.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole && self.read.is_empty()
    }

    /// Writes all of `bytes`.
    pub(super) async fn write(&mut self, bytes: &[u8], wait: Duration) -> Result<(), SmtpFailure> {
        let writing = async {
            match &mut self.wire {
                Wire::Plain(stream) => {
                    stream.write_all(bytes).await?;
                    stream.flush().await
                }
                Wire::Encrypted(stream) => {
                    stream.write_all(bytes).await?;
                    stream.flush().await
                }
            }
        };
        timeout(wait, writing).await.map_err(|_| SmtpFailure::Silence)?.map_err(of_io)
    }

    /// Reads one reply. Once its code is known, it is a reply, whether or not its end comes.
    pub(super) async fn reply(&mut self, wait: Duration) -> Result<Reply, SmtpFailure> {
        let end = Instant::now() + wait;
        let mut reader = ReplyReader::default();
        let mut length = 0;
        loop {
            while let Some(line) = self.take_line() {
                match reader.take(&line) {
                    Progress::More => {}
                    Progress::Nonsense => {
                        let said = String::from_utf8_lossy(&line).into_owned();
                        return Err(SmtpFailure::Broken(format!("it says no code: {said}")));
                    }
                    Progress::Done => {
                        return reader.finish().ok_or_else(|| SmtpFailure::Broken("no code".to_owned()));
                    }
                }
            }
            let is_known = reader.has_code() || code_of(&self.read).is_some();
            let until = if is_known { end.min(Instant::now() + REST) } else { end };
            let failure = match timeout_at(until, self.fill()).await {
                Ok(Ok(0)) => SmtpFailure::Broken("the server closed the connection".to_owned()),
                Ok(Ok(more)) if length + more <= LONGEST_REPLY => {
                    length += more;
                    continue;
                }
                Ok(Ok(_)) => {
                    SmtpFailure::Broken(format!("the server's reply is longer than {LONGEST_REPLY} bytes"))
                }
                Ok(Err(error)) => of_io(error),
                Err(_) => SmtpFailure::Silence,
            };
            self.is_whole = false;
            if code_of(&self.read).is_some() {
                reader.take(&std::mem::take(&mut self.read));
            }
            return reader.finish().ok_or(failure);
        }
    }

    fn take_line(&mut self) -> Option<Vec<u8>> {
        let end = self.read.iter().position(|byte| *byte == b'\n')?;
        let mut line: Vec<u8> = self.read.drain(..=end).collect();
        line.pop();
        line.pop_if(|byte| *byte == b'\r');
        Some(line)
    }

    async fn fill(&mut self) -> io::Result<usize> {
        match &mut self.wire {
            Wire::Plain(stream) => stream.read_buf(&mut self.read).await,
            Wire::Encrypted(stream) => stream.read_buf(&mut self.read).await,
        }
    }
}

fn of_io(error: io::Error) -> SmtpFailure {
    match find_cause::<rustls::Error>(&error) {
        Some(problem) => SmtpFailure::Tls(problem.to_string()),
        None => SmtpFailure::Broken(innermost(&error)),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;
    use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

    use super::*;

    #[tokio::test]
    async fn s22_what_was_said_before_tls_began_is_no_reply_within_it() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"220 go ahead\r\n250 and this is somebody else\r\n").await.unwrap();
            stream
        };
        let wait = Duration::from_secs(10);
        let (client, _open) = tokio::join!(SmtpStream::connect(address, wait), server);
        let mut client = client.unwrap();
        assert_eq!(client.reply(wait).await.unwrap().code, 220);
        let config = ClientConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        let connector = TlsConnector::from(std::sync::Arc::new(config));
        let tls = TlsSetup { connector, name: "localhost".try_into().unwrap() };
        let refused = client.encrypted(&tls, wait).await.err();
        assert!(
            matches!(&refused, Some(SmtpFailure::Tls(why)) if why == "something was said before TLS began"),
            "{refused:?}"
        );
    }
}
