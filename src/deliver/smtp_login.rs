//! Logging in to a mail server, with a password or with a token in its place.
//!
//! The steps count, not the words: a server may ask for the user in any language, or say nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use super::smtp_reply::Reply;
use super::smtp_session::{Failed, Session, Waits, refused};
use super::smtp_verdict::{SmtpFailure, SmtpStep};

/// Replies that speak of the way to log in and not of who logs in: another way may be taken.
const NOT_THIS_WAY: [u16; 5] = [500, 501, 502, 504, 538];

/// Logs in as `user` by `password`.
pub(super) async fn by_password(
    session: &mut Session,
    user: &str,
    password: &SecretString,
    waits: Waits,
) -> Result<(), Failed> {
    let offers = session.offers.clone();
    let named = ["PLAIN", "LOGIN"].iter().any(|way| offers.offers_login(way));
    let wanted = |way: &str| !named || offers.offers_login(way);
    let plain = SecretString::from(format!("\0{user}\0{}", password.expose_secret()));
    let mut reply = None;
    if wanted("PLAIN") {
        let answer = by_one_answer(session, "PLAIN", &plain, waits).await?;
        if answer.is_positive() {
            return Ok(());
        }
        if !NOT_THIS_WAY.contains(&answer.code) {
            return Err(refused(SmtpStep::Login, &answer));
        }
        reply = Some(answer);
    }
    // A server that took back what it offered may still know the other way.
    if wanted("LOGIN") || reply.is_some() {
        let answer = by_login(session, user, password, waits).await?;
        if answer.is_positive() {
            return Ok(());
        }
        reply = Some(answer);
    }
    match reply {
        Some(reply) => Err(refused(SmtpStep::Login, &reply)),
        None => Err(Failed(
            SmtpStep::Login,
            SmtpFailure::Refused("the server names no way to log in with a password".to_owned()),
        )),
    }
}

/// Logs in as `user` by a token, and returns the server's final word.
///
/// A server may answer a token that it refuses with a challenge that holds its reasons, and says its final word only
/// when that is answered by an empty line.
pub(super) async fn by_token(
    session: &mut Session,
    user: &str,
    token: &SecretString,
    waits: Waits,
) -> Result<Reply, Failed> {
    let answer = SecretString::from(format!("user={user}\x01auth=Bearer {}\x01\x01", token.expose_secret()));
    by_one_answer(session, "XOAUTH2", &answer, waits).await
}

/// A mechanism of one answer, which goes with the command. It is given again to a server that asks for it; what a server
/// asks about a token are its reasons to refuse it, and they are answered by an empty line.
async fn by_one_answer(
    session: &mut Session,
    mechanism: &str,
    answer: &SecretString,
    waits: Waits,
) -> Result<Reply, Failed> {
    let encoded = STANDARD.encode(answer.expose_secret());
    let mut reply = session.command(SmtpStep::Login, &format!("AUTH {mechanism} {encoded}"), waits).await?;
    if reply.asks_for_more() {
        let is_asked_again = mechanism == "PLAIN" || matches!(reply.text().trim(), "" | "=");
        let next = if is_asked_again { encoded.as_str() } else { "" };
        reply = session.command(SmtpStep::Login, next, waits).await?;
    }
    if reply.asks_for_more() {
        reply = session.command(SmtpStep::Login, "*", waits).await?;
    }
    Ok(reply)
}

/// User and password, each when the server asks for something.
async fn by_login(
    session: &mut Session,
    user: &str,
    password: &SecretString,
    waits: Waits,
) -> Result<Reply, Failed> {
    let mut reply = session.command(SmtpStep::Login, "AUTH LOGIN", waits).await?;
    for answer in [user, password.expose_secret()] {
        if !reply.asks_for_more() {
            return Ok(reply);
        }
        reply = session.command(SmtpStep::Login, &STANDARD.encode(answer), waits).await?;
    }
    Ok(reply)
}
