//! Mail against a real mail server that misbehaves on demand.

use std::num::NonZeroUsize;
use std::time::Duration;

use maintenance_notifier::deliver::{
    Delivery, MailTransport, Outgoing, Patience, SmtpOptions, SmtpTransport, SmtpUrl,
};
use maintenance_notifier::domain::email_address::EmailAddress;
use maintenance_notifier::render::{Attachment, RenderedMail};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::deliver_fixtures::{by_mail, kind, mail};
use crate::mail_server::MailServer;

fn transport(url: &str, options: &SmtpOptions) -> SmtpTransport {
    SmtpTransport::new(SmtpUrl::parse(&url.into()).unwrap(), options).unwrap()
}

/// A transport for a server on this machine, whose part `before` of the address precedes the port.
fn local(before: &str, port: u16, after: &str, options: &SmtpOptions) -> SmtpTransport {
    transport(&format!("{before}:{port}{after}"), options)
}

fn plain(port: u16) -> SmtpTransport {
    local("smtp://127.0.0.1", port, "?tls=none", &SmtpOptions::default())
}

async fn send(transport: SmtpTransport, to: &str) -> Delivery {
    send_all(transport, &[to]).await.remove(0)
}

/// One attempt for each address, one after the other.
async fn send_all(transport: SmtpTransport, to: &[&str]) -> Vec<Delivery> {
    let deliverers = by_mail(MailTransport::Smtp(Box::new(transport)));
    let mail = mail();
    let mut outcomes = Vec::new();
    for to in to {
        let to = address(to);
        outcomes.push(deliverers.send(Outgoing::Mail { to: &to, mail: &mail, operation: 0 }).await);
    }
    outcomes
}

fn address(local: &str) -> EmailAddress {
    format!("{local}@contoso.com").parse().unwrap()
}

fn impatient(patience: Patience) -> SmtpOptions {
    SmtpOptions { patience, ..SmtpOptions::default() }
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written() {
    let server = MailServer::start(&[]).await;
    let delivery = send(plain(server.port), "ok").await;
    assert_eq!(delivery, Delivery::Accepted { reference: "250 2.0.0 queued as 1".to_owned() });

    let taken = server.taken().await;
    let seen = &taken[0].described;
    assert_eq!(seen["sender"], "azure-maintenance@contoso.com");
    assert_eq!(seen["recipients"], serde_json::json!(["ok@contoso.com"]));
    assert_eq!(seen["message_id"], "<0a1b2c3d4e5f60718293a4b5c6d7e8f9@contoso.com>");
    assert_eq!(seen["subject"], mail().subject);
    assert_eq!(seen["defects"], serde_json::json!([]));
    assert_eq!(
        seen["parts"],
        serde_json::json!([
            "multipart/mixed",
            "multipart/alternative",
            "text/plain",
            "text/html",
            "text/calendar",
            "text/csv"
        ])
    );
    let text = String::from_utf8_lossy(&taken[0].bytes);
    assert!(text.contains("\r\n.\r\nA line that begins with a dot:\r\n.web\r\n"), "{text}");
}

#[tokio::test]
async fn f2_later_means_later_at_every_step() {
    let server = MailServer::start(&[]).await;
    let outcomes = send_all(plain(server.port), &["rcpt-451", "data-451", "rcpt-drop"]).await;
    assert_eq!(outcomes.iter().map(kind).collect::<Vec<_>>(), ["deferred unsent"; 3], "{outcomes:?}");
    assert!(server.taken().await.is_empty());

    let busy = MailServer::start(&["--greeting", "421 4.3.2 too many connections"]).await;
    let outcome = send(plain(busy.port), "ok").await;
    assert_eq!(kind(&outcome), "deferred unsent");
    assert!(
        outcome.error().unwrap().contains("421 while connecting: 4.3.2 too many connections"),
        "{outcome:?}"
    );

    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    assert_eq!(kind(&send(plain(port), "ok").await), "deferred unsent");
}

#[tokio::test]
async fn f2_a_server_that_takes_no_mail_from_here_blames_no_recipient() {
    let server = MailServer::start(&["--greeting", "554 5.7.1 go away"]).await;
    assert_eq!(kind(&send(plain(server.port), "ok").await), "ours");
}

#[tokio::test]
async fn a_reply_without_an_end_is_given_up_after_a_bounded_number_of_bytes() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        let mut stream = listener.accept().await.unwrap().0;
        // Written until the other side hangs up: one line that never ends, before any TLS.
        while stream.write_all(&[b'2'; 16 * 1024]).await.is_ok() {}
    });
    let outcome = send(plain(port), "ok").await;
    server.await.unwrap();
    assert_eq!(kind(&outcome), "deferred unsent", "{outcome:?}");
    assert!(outcome.error().unwrap().contains("longer than"), "{outcome:?}");
}

#[tokio::test]
async fn f3_a_lost_answer_is_retried_with_the_same_bytes() {
    let server = MailServer::start(&[]).await;
    let outcomes = send_all(plain(server.port), &["stored-once", "stored-once", "drop-lost"]).await;
    assert_eq!(
        outcomes.iter().map(kind).collect::<Vec<_>>(),
        ["deferred unknown", "accepted", "deferred unknown"]
    );

    let taken = server.taken().await;
    assert_eq!(taken.len(), 2, "the server had taken the first attempt, and takes the second");
    assert_eq!(taken[0].described["message_id"], taken[1].described["message_id"]);
    assert_eq!(taken[0].bytes, taken[1].bytes);
}

#[tokio::test]
async fn f3_an_answer_that_never_comes_is_given_up_and_nobody_knows() {
    let server = MailServer::start(&[]).await;
    let options = impatient(Patience { reply: Duration::from_millis(400) });
    let transport = local("smtp://127.0.0.1", server.port, "?tls=none", &options);
    assert_eq!(kind(&send(transport, "hang-stored").await), "deferred unknown");
    assert_eq!(server.taken().await.len(), 1);
}

/// What a scripted server does that no mail server of a library can be made to do.
#[derive(Clone, Copy, PartialEq)]
enum Script {
    /// It closes the connection as soon as it has agreed to DATA.
    CloseAtData,
    /// It closes the connection after it has taken one mail.
    CloseAfterMail,
    /// It answers 250 to DATA.
    ConfuseData,
}

async fn scripted_session(stream: TcpStream, script: Script) {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 mail\r\n").await.unwrap();
    let mut line = String::new();
    let mut within_message = false;
    while stream.read_line(&mut line).await.unwrap() > 0 {
        let command = std::mem::take(&mut line);
        if within_message {
            if command == ".\r\n" {
                stream.write_all(b"250 taken\r\n").await.unwrap();
                return;
            }
        } else if command.starts_with("DATA") && script != Script::ConfuseData {
            stream.write_all(b"354 go on\r\n").await.unwrap();
            if script == Script::CloseAtData {
                return;
            }
            within_message = true;
        } else {
            stream.write_all(b"250 OK\r\n").await.unwrap();
        }
    }
}

#[tokio::test]
async fn f3_a_connection_lost_within_the_message_is_surely_unsent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        scripted_session(listener.accept().await.unwrap().0, Script::CloseAtData).await;
    });
    let large = RenderedMail {
        attachments: vec![Attachment {
            name: "machines.csv".to_owned(),
            content_type: "text/csv".to_owned(),
            bytes: vec![b'x'; 1024 * 1024],
        }],
        ..mail()
    };
    let to = address("ok");
    let deliverers = by_mail(MailTransport::Smtp(Box::new(plain(port))));
    let outcome = deliverers.send(Outgoing::Mail { to: &to, mail: &large, operation: 0 }).await;
    server.await.unwrap();
    assert_eq!(kind(&outcome), "deferred unsent", "{outcome:?}");
}

#[tokio::test]
async fn a_server_whose_replies_are_out_of_step_is_not_given_the_message() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        scripted_session(listener.accept().await.unwrap().0, Script::ConfuseData).await;
    });
    let outcome = send(plain(port), "ok").await;
    server.await.unwrap();
    assert_eq!(kind(&outcome), "deferred unsent");
    assert!(outcome.error().unwrap().contains("250 in answer to DATA"), "{outcome:?}");
}

#[tokio::test]
async fn a_connection_that_the_server_has_closed_is_not_used_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        for _ in 0..2 {
            scripted_session(listener.accept().await.unwrap().0, Script::CloseAfterMail).await;
        }
    });
    let outcomes = send_all(plain(port), &["ok", "ok"]).await;
    server.await.unwrap();
    assert!(outcomes.iter().all(Delivery::is_accepted), "{outcomes:?}");
}

#[tokio::test]
async fn f2_a_server_that_says_nothing_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = impatient(Patience { reply: Duration::from_millis(200) });
    let port = listener.local_addr().unwrap().port();
    let outcome = send(local("smtp://127.0.0.1", port, "?tls=none", &options), "ok").await;
    assert_eq!(kind(&outcome), "deferred unsent");
    assert!(outcome.error().unwrap().contains("did not answer in time"), "{outcome:?}");
}

#[tokio::test]
async fn f4_one_refused_address_spoils_no_other() {
    let server = MailServer::start(&[]).await;
    let to = ["ok+one", "rcpt-550", "ok+two", "data-554", "ok+three"];
    let outcomes = send_all(plain(server.port), &to).await;
    assert_eq!(
        outcomes.iter().map(kind).collect::<Vec<_>>(),
        ["accepted", "rejected Endpoint", "accepted", "ours", "accepted"]
    );
    assert!(
        outcomes[1]
            .error()
            .unwrap()
            .ends_with("answered 550 for the recipient's address: 5.1.1 no such user here"),
        "{outcomes:?}"
    );
    let taken = server.taken().await;
    let recipients: Vec<&str> =
        taken.iter().map(|mail| mail.described["recipients"][0].as_str().unwrap()).collect();
    assert_eq!(recipients, ["ok+one@contoso.com", "ok+two@contoso.com", "ok+three@contoso.com"]);
}

#[tokio::test]
async fn connections_are_used_again_and_never_more_than_allowed() {
    let server = MailServer::start(&[]).await;
    let options = SmtpOptions { connections: NonZeroUsize::new(2).unwrap(), ..SmtpOptions::default() };
    let deliverers =
        by_mail(MailTransport::Smtp(Box::new(local("smtp://127.0.0.1", server.port, "?tls=none", &options))));
    let addresses: Vec<EmailAddress> = (0..12).map(|number| address(&format!("ok+{number}"))).collect();
    let mail = mail();
    let attempts =
        addresses.iter().map(|to| deliverers.send(Outgoing::Mail { to, mail: &mail, operation: 0 }));
    let outcomes = futures::future::join_all(attempts).await;
    assert!(outcomes.iter().all(Delivery::is_accepted), "{outcomes:?}");

    let taken = server.taken().await;
    assert_eq!(taken.len(), 12);
    let peers: std::collections::BTreeSet<String> =
        taken.iter().map(|mail| mail.described["peer"].to_string()).collect();
    assert!(peers.len() <= 2, "{peers:?}");
}

#[tokio::test]
async fn starttls_is_used_where_wanted_and_required_by_default() {
    let server = MailServer::start(&["--tls", "starttls"]).await;
    let trusting = SmtpOptions { extra_root: Some(server.root()), ..SmtpOptions::default() };
    for after in ["", "?tls=required", "?tls=opportunistic"] {
        let outcome = send(local("smtp://localhost", server.port, after, &trusting), "ok").await;
        assert_eq!(kind(&outcome), "accepted", "{after}: {outcome:?}");
    }
    let taken = server.taken().await;
    assert_eq!(taken.len(), 3);
    assert!(taken.iter().all(|mail| mail.described["tls"] == true));
}

#[tokio::test]
async fn tls_from_the_first_byte_works() {
    let server = MailServer::start(&["--tls", "implicit"]).await;
    let trusting = SmtpOptions { extra_root: Some(server.root()), ..SmtpOptions::default() };
    let outcomes = send_all(local("smtps://localhost", server.port, "", &trusting), &["ok", "ok"]).await;
    assert!(outcomes.iter().all(Delivery::is_accepted), "{outcomes:?}");
    assert!(server.taken().await.iter().all(|mail| mail.described["tls"] == true));
}

#[tokio::test]
async fn without_starttls_nothing_is_sent_unless_plain_text_was_allowed() {
    let server = MailServer::start(&[]).await;
    let options = SmtpOptions::default();
    let outcome = send(local("smtp://localhost", server.port, "", &options), "ok+required").await;
    assert_eq!(kind(&outcome), "ours");
    assert!(outcome.error().unwrap().contains("offers no STARTTLS"), "{outcome:?}");
    let opportunistic = local("smtp://localhost", server.port, "?tls=opportunistic", &options);
    assert_eq!(kind(&send(opportunistic, "ok+opportunistic").await), "accepted");

    let taken = server.taken().await;
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].described["recipients"][0], "ok+opportunistic@contoso.com");
}

#[tokio::test]
async fn a_certificate_that_does_not_fit_is_refused() {
    for (way, before) in [("starttls", "smtp://localhost"), ("implicit", "smtps://localhost")] {
        let elsewhere =
            MailServer::start(&["--tls", way, "--certificate-for", "mail.fabrikam.example"]).await;
        let trusting = SmtpOptions { extra_root: Some(elsewhere.root()), ..SmtpOptions::default() };
        let wrong_name = send(local(before, elsewhere.port, "", &trusting), "ok").await;
        let unknown_root = send(local(before, elsewhere.port, "", &SmtpOptions::default()), "ok").await;
        for outcome in [wrong_name, unknown_root] {
            assert_eq!(kind(&outcome), "ours", "{outcome:?}");
            assert!(outcome.error().unwrap().contains("certificate"), "{outcome:?}");
        }
        assert!(elsewhere.taken().await.is_empty());
    }
}

#[tokio::test]
async fn s22_a_wrong_password_is_the_operators_matter_and_is_not_shown() {
    let server = MailServer::start(&["--tls", "starttls", "--auth"]).await;
    let trusting = SmtpOptions { extra_root: Some(server.root()), ..SmtpOptions::default() };
    let right = local("smtp://jane:correct%20horse@localhost", server.port, "", &trusting);
    let wrong = local("smtp://jane:hunter2@localhost", server.port, "", &trusting);
    let without = local("smtp://localhost", server.port, "", &trusting);
    assert!(!format!("{wrong:?}").contains("hunter2"));

    assert_eq!(kind(&send(right, "ok").await), "accepted");
    let refused = send(wrong, "ok").await;
    assert_eq!(kind(&refused), "ours", "{refused:?}");
    let error = refused.error().unwrap();
    assert!(error.contains("535") && error.contains("check user and password"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
    assert_eq!(kind(&send(without, "ok").await), "ours");

    let taken = server.taken().await;
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].described["user"], "jane");
}

#[test]
fn certificates_that_cannot_be_read_are_named() {
    let options = SmtpOptions { extra_root: Some("/nowhere/root.pem".into()), ..SmtpOptions::default() };
    let url = SmtpUrl::parse(&"smtps://mail.contoso.com".into()).unwrap();
    let error = SmtpTransport::new(url, &options).unwrap_err().to_string();
    assert!(error.starts_with("the certificates in /nowhere/root.pem cannot be read"), "{error}");
}
