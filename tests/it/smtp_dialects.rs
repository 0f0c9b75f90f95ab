//! Mail servers as they are: a scripted one speaks the dialects that no library's server can be made to speak.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maintenance_notifier::deliver::{
    Delivery, MailTransport, Outgoing, Patience, SmtpOptions, SmtpTransport, SmtpUrl,
};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::deliver_fixtures::{by_mail, kind, mail};

/// What the server does at one step.
#[derive(Clone)]
enum Does {
    Says(Vec<u8>),
    /// Says it, and closes the connection.
    Closes(Vec<u8>),
    /// Says it, and nothing more.
    Hangs(Vec<u8>),
}

fn says(text: &str) -> Does {
    Does::Says(text.as_bytes().to_vec())
}

/// A server that answers each line by a script. The greeting answers `` and the end of a message `.`; whatever the script
/// does not answer is answered as usual.
struct Scripted {
    port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

type Script = fn(&str) -> Option<Does>;

impl Scripted {
    async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = seen.clone();
        tokio::spawn(async move {
            loop {
                let stream = listener.accept().await.unwrap().0;
                // A client that hangs up is no matter of the server's.
                let _ = session(stream, script, &log).await;
            }
        });
        Self { port, seen }
    }

    async fn send(&self, before: &str, after: &str) -> Delivery {
        self.send_by(before, after, Patience { reply: Duration::from_millis(500) }).await
    }

    async fn send_by(&self, before: &str, after: &str, patience: Patience) -> Delivery {
        let url = format!("smtp://{before}127.0.0.1:{}?{after}", self.port);
        let options = SmtpOptions { patience, ..SmtpOptions::default() };
        let transport = SmtpTransport::new(SmtpUrl::parse(&url.into()).unwrap(), &options).unwrap();
        let to = "jane@contoso.com".parse().unwrap();
        by_mail(MailTransport::Smtp(Box::new(transport)))
            .send(Outgoing::Mail { to: &to, mail: &mail(), operation: 0 })
            .await
    }

    /// The lines that it read, without those of messages.
    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    fn messages(&self) -> usize {
        self.seen().iter().filter(|line| *line == ".").count()
    }
}

async fn session(stream: TcpStream, script: Script, log: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut within_message = false;
    let mut line = String::new();
    loop {
        if !within_message || line == "." {
            let usual = match line.as_str() {
                "" => "220 mail\r\n",
                line if line.starts_with("DATA") => "354 go on\r\n",
                line if line.starts_with("QUIT") => "221 bye\r\n",
                _ => "250 ok\r\n",
            };
            let does = script(&line).unwrap_or_else(|| says(usual));
            let (bytes, end) = match &does {
                Does::Says(bytes) => (bytes, false),
                Does::Closes(bytes) | Does::Hangs(bytes) => (bytes, true),
            };
            stream.write_all(bytes).await?;
            match does {
                Does::Closes(_) => return Ok(()),
                Does::Hangs(_) => std::future::pending::<()>().await,
                Does::Says(_) if end => return Ok(()),
                Does::Says(_) => {}
            }
            within_message = bytes.starts_with(b"354");
        }
        let mut raw = Vec::new();
        if stream.read_until(b'\n', &mut raw).await? == 0 {
            return Ok(());
        }
        line = String::from_utf8_lossy(&raw).trim_end().to_owned();
        if !within_message || line == "." {
            log.lock().unwrap().push(line.clone());
        }
    }
}

/// What becomes of a mail whose end is answered by these bytes.
async fn verdict(does: Does) -> (String, usize) {
    static ANSWER: Mutex<Option<Does>> = Mutex::new(None);
    // The script is a plain function, so the answer lies beside it; these tests go one after the other.
    *ANSWER.lock().unwrap() = Some(does);
    let server =
        Scripted::start(|line| (line == ".").then(|| ANSWER.lock().unwrap().clone()).flatten()).await;
    let delivery = server.send("", "tls=none").await;
    (kind(&delivery), server.messages())
}

#[tokio::test]
async fn a_code_after_the_end_of_a_message_is_a_verdict_as_soon_as_it_is_read() {
    let bytes = |bytes: &[u8]| bytes.to_vec();
    for (does, expected) in [
        (Does::Says(bytes(b"250\r\n")), "accepted"),
        (Does::Says(bytes(b"250\n")), "accepted"),
        (Does::Says(bytes(b"250 angenommen f\xfcr sp\xe4ter\r\n")), "accepted"),
        (Does::Says(bytes(b"250 \xd3\xca\xbc\xfe\xd2\xd1\xbd\xd3\xca\xdc\r\n")), "accepted"),
        (Does::Says(bytes(b"250-queued\r\n250-as\r\n250 7\r\n")), "accepted"),
        (Does::Closes(bytes(b"250 2.0.0 Ok")), "accepted"),
        (Does::Closes(bytes(b"250-queued as 7\r\n")), "accepted"),
        (Does::Closes(bytes(b"250")), "accepted"),
        (Does::Closes(bytes(b"550 5.1.1 no such user")), "rejected Endpoint"),
        (Does::Says(bytes(b"571 we do not want it\r\n")), "ours"),
        (Does::Says(bytes(b"550\r\n")), "ours"),
        (Does::Says(bytes(b"552 message too large\r\n")), "rejected TooLarge"),
        (Does::Says(bytes(b"552 mailbox full\r\n")), "deferred unsent"),
        (Does::Says(bytes(b"451\r\n")), "deferred unsent"),
        (Does::Closes(bytes(b"")), "deferred unknown"),
        (Does::Closes(bytes(b"25")), "deferred unknown"),
        (Does::Hangs(bytes(b"")), "deferred unknown"),
        (Does::Says(bytes(b"OK, taken\r\n")), "deferred unknown"),
    ] {
        let shown = match &does {
            Does::Says(bytes) | Does::Closes(bytes) | Does::Hangs(bytes) => {
                String::from_utf8_lossy(bytes).into_owned()
            }
        };
        assert_eq!(verdict(does).await, (expected.to_owned(), 1), "{shown:?}");
    }
}

#[tokio::test]
async fn a_refusal_of_us_blames_no_recipient_at_any_step() {
    let greeting: Script = |line| line.is_empty().then(|| says("554 5.7.1 no mail from your address\r\n"));
    let hello: Script = |line| {
        (line.starts_with("EHLO") || line.starts_with("HELO")).then(|| says("550 5.7.1 invalid name\r\n"))
    };
    let sender: Script = |line| line.starts_with("MAIL").then(|| says("553 5.1.8 unknown sender domain\r\n"));
    let recipient: Script =
        |line| line.starts_with("RCPT").then(|| says("554 5.7.1 relay access denied\r\n"));
    let message: Script = |line| line.starts_with("DATA").then(|| says("554 5.7.1 blocked by a list\r\n"));
    let end: Script = |line| (line == ".").then(|| says("550 5.4.5 daily sending limit exceeded\r\n"));
    for script in [greeting, hello, sender, recipient, message, end] {
        let server = Scripted::start(script).await;
        let delivery = server.send("", "tls=none").await;
        assert_eq!(kind(&delivery), "ours", "{delivery:?}");
    }
    // The control: clear words about the mailbox.
    let server =
        Scripted::start(|line| line.starts_with("RCPT").then(|| says("550 5.1.1 no such user\r\n"))).await;
    assert_eq!(kind(&server.send("", "tls=none").await), "rejected Endpoint");
}

/// How a mail that needs a login went, and what the server read of the login.
async fn login(script: Script) -> (String, Vec<String>) {
    let server = Scripted::start(script).await;
    let delivery = server.send("jane:secret@", "tls=none").await;
    let login = server.seen().into_iter().skip_while(|line| !line.starts_with("AUTH"));
    (kind(&delivery), login.take_while(|line| !line.starts_with("MAIL")).collect())
}

fn encoded(text: &str) -> String {
    STANDARD.encode(text)
}

#[tokio::test]
async fn login_is_understood_in_every_dialect() {
    let (user, password) = (encoded("jane"), encoded("secret"));
    let by_login = vec!["AUTH LOGIN".to_owned(), user.clone(), password.clone()];
    let scripts: [Script; 4] = [
        // Prompts that nobody expects: another word, German, nothing, GBK. And keywords in small letters, or with `=`.
        |line| match line {
            line if line.starts_with("EHLO") => Some(says("250-mail\r\n250 auth login\r\n")),
            "AUTH LOGIN" => Some(says("334 dXNlcjo=\r\n")),
            "amFuZQ==" => Some(says("334 S2VubndvcnQ6\r\n")),
            "c2VjcmV0" => Some(says("235 ok\r\n")),
            _ => None,
        },
        |line| match line {
            line if line.starts_with("EHLO") => Some(says("250-mail\r\n250-AUTH=LOGIN\r\n250 SIZE 0\r\n")),
            "AUTH LOGIN" => Some(says("334 \r\n")),
            "amFuZQ==" => Some(says("334\r\n")),
            "c2VjcmV0" => Some(says("235\r\n")),
            _ => None,
        },
        |line| match line {
            line if line.starts_with("EHLO") => Some(says("250-mail\r\n250 Auth Login\r\n")),
            "AUTH LOGIN" => Some(says("334 QmVudXR6ZXJuYW1lOg==\r\n")),
            "amFuZQ==" => Some(Does::Says(b"334 \xc3\xdc\xc2\xeb\r\n".to_vec())),
            "c2VjcmV0" => Some(says("235 2.7.0 ok\r\n")),
            _ => None,
        },
        |line| match line {
            line if line.starts_with("EHLO") => Some(says("250-mail\r\n250 AUTH NTLM LOGIN GSSAPI\r\n")),
            "AUTH LOGIN" => Some(says("334 no base64 at all!\r\n")),
            "amFuZQ==" => Some(says("334 VXNlcm5hbWU6\r\n")),
            "c2VjcmV0" => Some(says("250 logged in\r\n")),
            _ => None,
        },
    ];
    for script in scripts {
        assert_eq!(login(script).await, ("accepted".to_owned(), by_login.clone()));
    }
}

#[tokio::test]
async fn a_way_to_log_in_that_is_refused_makes_place_for_another() {
    let plain = format!("AUTH PLAIN {}", encoded("\0jane\0secret"));
    let (user, password) = (encoded("jane"), encoded("secret"));
    let (outcome, seen) = login(|line| match line {
        line if line.starts_with("EHLO") => Some(says("250-mail\r\n250 AUTH PLAIN LOGIN\r\n")),
        line if line.starts_with("AUTH PLAIN") => Some(says("504 5.5.4 not this way\r\n")),
        "AUTH LOGIN" | "amFuZQ==" => Some(says("334 eA==\r\n")),
        "c2VjcmV0" => Some(says("235 ok\r\n")),
        _ => None,
    })
    .await;
    assert_eq!(outcome, "accepted");
    assert_eq!(seen, [plain.as_str(), "AUTH LOGIN", user.as_str(), password.as_str()]);

    // It wants the answer in a line of its own.
    let (outcome, seen) = login(|line| match line {
        line if line.starts_with("EHLO") => Some(says("250-mail\r\n250 AUTH PLAIN\r\n")),
        line if line.starts_with("AUTH PLAIN") => Some(says("334 go on\r\n")),
        "AGphbmUAc2VjcmV0" => Some(says("235 ok\r\n")),
        _ => None,
    })
    .await;
    assert_eq!((outcome.as_str(), seen.len()), ("accepted", 2), "{seen:?}");

    // A wrong password is wrong in every way, and asking again would lock the account.
    let (outcome, seen) = login(|line| match line {
        line if line.starts_with("EHLO") => Some(says("250-mail\r\n250 AUTH PLAIN LOGIN\r\n")),
        line if line.starts_with("AUTH") => Some(says("535 5.7.8 wrong\r\n")),
        _ => None,
    })
    .await;
    assert_eq!(outcome, "ours");
    assert_eq!(seen.iter().filter(|line| line.starts_with("AUTH")).count(), 1, "{seen:?}");
}

#[tokio::test]
async fn where_starttls_is_offered_in_any_case_nothing_goes_in_plain_text() {
    let scripts: [Script; 3] = [
        |line| match line {
            line if line.starts_with("EHLO") => Some(says("250-mail\r\n250-starttls\r\n250 HELP\r\n")),
            line if line.starts_with("STARTTLS") => Some(says("454 4.7.0 not now\r\n")),
            _ => None,
        },
        |line| match line {
            line if line.starts_with("EHLO") => Some(says("250-mail\r\n250 StartTls\r\n")),
            line if line.starts_with("STARTTLS") => Some(says("502 what?\r\n")),
            _ => None,
        },
        |line| match line {
            line if line.starts_with("EHLO") => Some(says("250-mail\r\n250 STARTTLS\r\n")),
            line if line.starts_with("STARTTLS") => Some(Does::Closes(b"220 go\r\nno TLS\r\n".to_vec())),
            _ => None,
        },
    ];
    for script in scripts {
        let server = Scripted::start(script).await;
        let delivery = server.send("", "tls=opportunistic").await;
        assert!(matches!(delivery, Delivery::Ours { .. } | Delivery::Deferred { .. }), "{delivery:?}");
        assert!(!server.seen().iter().any(|line| line.starts_with("MAIL")), "{:?}", server.seen());
    }
    // The control: nobody offers it.
    let server = Scripted::start(|_| None).await;
    assert_eq!(kind(&server.send("", "tls=opportunistic").await), "accepted");
}

#[tokio::test]
async fn a_server_that_knows_no_ehlo_is_greeted_by_helo_with_the_name_of_the_address() {
    let server = Scripted::start(|line| line.starts_with("EHLO").then(|| says("500 what?\r\n"))).await;
    assert_eq!(kind(&server.send("", "tls=none&helo=notifier.contoso.com").await), "accepted");
    assert_eq!(server.seen()[..2], ["EHLO notifier.contoso.com", "HELO notifier.contoso.com"]);
}

#[tokio::test]
async fn a_message_larger_than_the_server_says_is_not_begun() {
    let server =
        Scripted::start(|line| line.starts_with("EHLO").then(|| says("250-mail\r\n250 size 100\r\n"))).await;
    assert_eq!(kind(&server.send("", "tls=none").await), "rejected TooLarge");
    assert!(!server.seen().iter().any(|line| line.starts_with("DATA")), "{:?}", server.seen());
}

#[tokio::test]
async fn the_patience_of_the_address_ends_a_wait() {
    // The options of the program would wait for minutes.
    let server = Scripted::start(|line| line.starts_with("RCPT").then(|| Does::Hangs(Vec::new()))).await;
    let delivery = server.send_by("", "tls=none&patience=1s", Patience::default()).await;
    assert_eq!(kind(&delivery), "deferred unsent");
    assert!(
        delivery.error().unwrap().contains("did not answer in time for the recipient's address"),
        "{delivery:?}"
    );
}
