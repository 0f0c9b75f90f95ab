//! A session with a mail server, command by command: greeting, EHLO, STARTTLS, sender, recipient, message.

use std::time::Duration;

use tokio::time::Instant;

use super::compose::ComposedMail;
use super::smtp_capabilities::Capabilities;
use super::smtp_reply::Reply;
use super::smtp_stream::{SmtpStream, TlsSetup};
use super::smtp_verdict::{SmtpFailure, SmtpStep};

/// How long to wait for the server: RFC 5321, 4.5.3.2, where the function's own deadline allows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The longest wait for one reply. The reply to the end of the message may take twice as long: servers scan before
    /// they answer.
    pub reply: Duration,
}

impl Patience {
    /// What the RFC asks for: five minutes for a greeting and a recipient, ten for the end of a message.
    const OF_THE_RFC: Self = Self { reply: Duration::from_secs(300) };

    /// How long one attempt may take in all: four replies as late as can be, and that to the end of the message.
    pub fn longest_attempt(self) -> Duration {
        self.reply * 6
    }

    /// For a connection, and for the handshake of TLS.
    pub(super) fn connect(self) -> Duration {
        self.reply.min(Duration::from_secs(30))
    }

    /// For the server's word that it wants the message.
    fn invitation(self) -> Duration {
        self.reply.min(Duration::from_secs(120))
    }

    /// For a piece of the message to be taken.
    fn piece(self) -> Duration {
        self.reply.min(Duration::from_secs(180))
    }

    fn end_of_message(self) -> Duration {
        self.reply * 2
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self::OF_THE_RFC
    }
}

/// How the waits of one attempt are bounded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waits {
    pub(super) patience: Patience,
    /// When the attempt has to be over.
    pub(super) until: Instant,
}

impl Waits {
    /// `wait`, or what is left.
    pub(super) fn at_most(&self, wait: Duration) -> Duration {
        wait.min(self.until.saturating_duration_since(Instant::now()))
    }
}

/// A step that failed, and how.
#[derive(Debug)]
pub(super) struct Failed(pub(super) SmtpStep, pub(super) SmtpFailure);

/// A connection on which the server was greeted.
pub(super) struct Session {
    pub(super) stream: SmtpStream,
    pub(super) offers: Capabilities,
}

/// The message is written in pieces, so that it is known whether its end was reached.
const PIECE: usize = 16 * 1024;

/// How long a server that hung up within the message is listened to: it may have said why.
const LAST_WORDS: Duration = Duration::from_secs(2);

impl Session {
    /// Connects and exchanges greetings, over TLS from the first byte on where `implicit_tls` is given.
    pub(super) async fn open(
        server: (&str, u16),
        hello: &str,
        implicit_tls: Option<&TlsSetup>,
        waits: Waits,
    ) -> Result<Self, Failed> {
        let failed = |failure| Failed(SmtpStep::Connect, failure);
        let wait = waits.at_most(waits.patience.connect());
        let mut stream = SmtpStream::connect(server, wait).await.map_err(failed)?;
        if let Some(tls) = implicit_tls {
            let wait = waits.at_most(waits.patience.connect());
            stream = stream.encrypted(tls, wait).await.map_err(failed)?;
        }
        let greeting = stream.reply(waits.at_most(waits.patience.reply)).await.map_err(failed)?;
        positive(SmtpStep::Connect, greeting)?;
        let mut session = Self { stream, offers: Capabilities::default() };
        session.greet(hello, waits).await?;
        Ok(session)
    }

    /// EHLO, and HELO for a server that does not know it.
    async fn greet(&mut self, hello: &str, waits: Waits) -> Result<(), Failed> {
        let reply = self.command(SmtpStep::Connect, &format!("EHLO {hello}"), waits).await?;
        if reply.is_positive() {
            self.offers = Capabilities::read(&reply);
            return Ok(());
        }
        self.offers = Capabilities::default();
        if reply.code == 421 {
            return positive(SmtpStep::Connect, reply).map(drop);
        }
        let plain = self.command(SmtpStep::Connect, &format!("HELO {hello}"), waits).await?;
        positive(SmtpStep::Connect, plain).map(drop)
    }

    /// STARTTLS. Nothing that was said before it counts afterwards.
    pub(super) async fn protect(mut self, tls: &TlsSetup, hello: &str, waits: Waits) -> Result<Self, Failed> {
        let reply = self.command(SmtpStep::Protect, "STARTTLS", waits).await?;
        positive(SmtpStep::Protect, reply)?;
        let wait = waits.at_most(waits.patience.connect());
        let stream = self.stream.encrypted(tls, wait).await;
        let stream = stream.map_err(|failure| Failed(SmtpStep::Protect, failure))?;
        let mut session = Self { stream, offers: Capabilities::default() };
        session.greet(hello, waits).await?;
        Ok(session)
    }

    /// Gives a command and returns the reply, whatever it is.
    pub(super) async fn command(
        &mut self,
        step: SmtpStep,
        command: &str,
        waits: Waits,
    ) -> Result<Reply, Failed> {
        self.command_within(step, command, waits.at_most(waits.patience.reply)).await
    }

    /// Hands `mail` over, and returns the server's verdict.
    pub(super) async fn hand_over(&mut self, mail: &ComposedMail, waits: Waits) -> Result<Reply, Failed> {
        if let Some(largest) = self.offers.largest_message()
            && mail.bytes.len() as u64 > largest
        {
            let problem =
                format!("the server takes {largest} bytes, and the message has {}", mail.bytes.len());
            return Err(Failed(SmtpStep::Content, SmtpFailure::TooLarge(problem)));
        }
        let sender = self.command(SmtpStep::Sender, &format!("MAIL FROM:<{}>", mail.from), waits).await?;
        positive(SmtpStep::Sender, sender)?;
        let recipient = self.command(SmtpStep::Recipient, &format!("RCPT TO:<{}>", mail.to), waits).await?;
        positive(SmtpStep::Recipient, recipient)?;
        let wait = waits.at_most(waits.patience.invitation());
        let invitation = self.command_within(SmtpStep::Content, "DATA", wait).await?;
        // Were a reply out of step, say because someone slipped one in before STARTTLS, the answer to the message
        // would be taken from another command. Only DATA is answered with 354, so here it would be noticed.
        if invitation.is_positive() {
            let problem = format!("{} in answer to DATA", invitation.code);
            return Err(Failed(SmtpStep::Content, SmtpFailure::Broken(problem)));
        }
        if !invitation.asks_for_more() {
            return Err(refused(SmtpStep::Content, &invitation));
        }
        self.write_message(&mail.bytes, waits).await?;
        let wait = waits.at_most(waits.patience.end_of_message());
        let verdict = self.stream.reply(wait).await.map_err(|failure| Failed(SmtpStep::Verdict, failure))?;
        if verdict.asks_for_more() {
            let problem = format!("{} in answer to the message", verdict.code);
            return Err(Failed(SmtpStep::Verdict, SmtpFailure::Broken(problem)));
        }
        positive(SmtpStep::Verdict, verdict)
    }

    /// Writes the message with its end. While that is not reached, the server cannot have taken it.
    async fn write_message(&mut self, bytes: &[u8], waits: Waits) -> Result<(), Failed> {
        let wire = on_the_wire(bytes);
        for piece in wire.chunks(PIECE) {
            if let Err(failure) = self.stream.write(piece, waits.at_most(waits.patience.piece())).await {
                return Err(self.last_words(failure, waits).await);
            }
        }
        let wait = waits.at_most(waits.patience.piece());
        let ended = self.stream.write(b".\r\n", wait).await;
        // A part of it may have left: from here on nobody knows.
        ended.map_err(|failure| Failed(SmtpStep::Verdict, failure))
    }

    /// Why the server hung up, if it said so.
    async fn last_words(&mut self, failure: SmtpFailure, waits: Waits) -> Failed {
        match self.stream.reply(waits.at_most(LAST_WORDS)).await {
            Ok(reply) if !reply.is_positive() && !reply.asks_for_more() => refused(SmtpStep::Content, &reply),
            _ => Failed(SmtpStep::Content, failure),
        }
    }

    async fn command_within(
        &mut self,
        step: SmtpStep,
        command: &str,
        wait: Duration,
    ) -> Result<Reply, Failed> {
        let failed = |failure| Failed(step, failure);
        let line = format!("{command}\r\n");
        let written = self.stream.write(line.as_bytes(), wait).await;
        match self.stream.reply(if written.is_ok() { wait } else { LAST_WORDS.min(wait) }).await {
            // A server that hung up may have said why before.
            Ok(reply) if written.is_ok() || !reply.is_positive() => Ok(reply),
            Ok(_) => Err(failed(SmtpFailure::Broken("the connection was closed".to_owned()))),
            Err(failure) => Err(failed(written.err().unwrap_or(failure))),
        }
    }
}

/// The reply, unless it refuses.
pub(super) fn positive(step: SmtpStep, reply: Reply) -> Result<Reply, Failed> {
    if reply.is_positive() { Ok(reply) } else { Err(refused(step, &reply)) }
}

pub(super) fn refused(step: SmtpStep, reply: &Reply) -> Failed {
    Failed(step, SmtpFailure::Reply { code: reply.code, text: reply.text() })
}

/// The message as it is sent: a dot that begins a line is doubled, and the last line has an end.
fn on_the_wire(bytes: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(bytes.len() + bytes.len() / 64);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if line.first() == Some(&b'.') {
            wire.push(b'.');
        }
        wire.extend_from_slice(line);
    }
    if !wire.ends_with(b"\r\n") {
        wire.extend_from_slice(b"\r\n");
    }
    wire
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_that_begins_a_line_ends_no_message() {
        assert_eq!(on_the_wire(b"a\r\n.\r\n.b\r\nc."), b"a\r\n..\r\n..b\r\nc.\r\n");
        assert_eq!(on_the_wire(b""), b"\r\n");
    }

    #[test]
    fn waits_are_those_of_the_rfc() {
        let patience = Patience::default();
        assert_eq!(patience.reply, Duration::from_secs(5 * 60), "greeting, sender, recipient");
        assert_eq!(patience.invitation(), Duration::from_secs(2 * 60));
        assert_eq!(patience.piece(), Duration::from_secs(3 * 60));
        assert_eq!(patience.end_of_message(), Duration::from_secs(10 * 60));
    }
}
