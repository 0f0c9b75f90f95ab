//! Logging in to a mail server with a token in place of a password (XOAUTH2).

use std::fmt;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::Auth;
use lettre::transport::smtp::response::Response;
use secrecy::{ExposeSecret, SecretString};

/// Logs in as `user` with `token`.
///
/// A server may answer a token that it refuses with a challenge that holds its reasons, and says its final word only
/// when that is answered by an empty line. lettre gives up there, so the few commands are given here.
pub(super) async fn log_in(
    connection: &mut AsyncSmtpConnection,
    user: &str,
    token: &SecretString,
) -> Result<Response, Error> {
    let credentials = Credentials::new(user.to_owned(), token.expose_secret().to_owned());
    let response = connection.command(Auth::new(Mechanism::Xoauth2, credentials, None)?).await?;
    if response.has_code(334) { connection.command(EmptyLine).await } else { Ok(response) }
}

struct EmptyLine;

impl fmt::Display for EmptyLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\r\n")
    }
}
