//! What a failure in an SMTP session means for the message: the same reply means different things at different
//! steps, and only the step tells whether the server may have taken the message.

use std::fmt;

use super::outcome::Delivery;
use super::refusal_fault::{FaultOwner, classify, enhanced_code, is_surely_ours};
use crate::http::refusal::quotable;

/// Where in the session something failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SmtpStep {
    /// Connecting, the greeting, EHLO.
    Connect,
    Protect,
    Login,
    Sender,
    Recipient,
    /// DATA and the message's bytes, up to but without the line that ends them.
    Content,
    /// After the message's end was written: the server may have taken it.
    Verdict,
}

impl fmt::Display for SmtpStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "while connecting",
            Self::Protect => "at STARTTLS",
            Self::Login => "at the login",
            Self::Sender => "for the sender's address",
            Self::Recipient => "for the recipient's address",
            Self::Content => "for the message",
            Self::Verdict => "after the whole message",
        })
    }
}

/// What failed.
#[derive(Debug)]
pub(super) enum SmtpFailure {
    /// The server said no.
    Reply {
        /// The reply code, such as 550.
        code: u16,
        text: String,
    },
    /// TLS could not be agreed on, or the certificate does not fit.
    Tls(String),
    /// We stopped, because going on would break a rule of ours.
    Refused(String),
    /// The message is larger than the server says that it takes.
    TooLarge(String),
    /// The server did not answer in time.
    Silence,
    /// The connection broke, was never made, or spoke nonsense.
    Broken(String),
}

/// Replies that mean "log in first" or "this login may not do that", whatever the step.
const LOGIN_REPLIES: [u16; 5] = [503, 530, 534, 535, 538];

/// Enhanced codes of a login that is missing or may not send as this address, that Exchange gives as late as behind the
/// recipient or the message.
const LATE_LOGIN_CODES: [(u16, u16); 3] = [(7, 57), (7, 60), (2, 252)];

/// Enhanced codes of a login in answer to a login or a sender (RFC 4954). Behind a message services use them for rules
/// of their own: Yahoo's 5.7.9 is a policy.
const LOGIN_CODES: [(u16, u16); 4] = [(7, 3), (7, 8), (7, 9), (7, 11)];

/// What `failure` at `step` means for the message. `server` is named in the error.
pub(super) fn verdict(server: &str, step: SmtpStep, failure: &SmtpFailure) -> Delivery {
    match failure {
        SmtpFailure::Reply { code, text } => reply(server, step, *code, text),
        SmtpFailure::Tls(problem) => Delivery::ours(format!(
            "no protected connection to {server}: {}; check its certificate and the tls setting",
            quotable(problem)
        )),
        SmtpFailure::Refused(problem) => Delivery::ours(format!("{server}: {}", quotable(problem))),
        SmtpFailure::TooLarge(problem) => Delivery::too_large(format!("{server}: {}", quotable(problem))),
        SmtpFailure::Silence => broken(step, format!("{server} did not answer in time {step}")),
        SmtpFailure::Broken(problem) => {
            broken(step, format!("the connection to {server} failed {step}: {}", quotable(problem)))
        }
    }
}

fn broken(step: SmtpStep, error: String) -> Delivery {
    match step {
        SmtpStep::Verdict => Delivery::unknown(format!("{error}; the message may have been taken")),
        // Nothing of this message was said yet.
        SmtpStep::Connect | SmtpStep::Protect | SmtpStep::Login => Delivery::unreachable(error),
        SmtpStep::Sender | SmtpStep::Recipient | SmtpStep::Content => Delivery::unsent(error),
    }
}

fn reply(server: &str, step: SmtpStep, code: u16, text: &str) -> Delivery {
    let said = format!("{server} answered {code} {step}: {}", quotable(text));
    let is_about_this_message = matches!(step, SmtpStep::Recipient | SmtpStep::Content | SmtpStep::Verdict);
    if !(500..600).contains(&code) && step != SmtpStep::Login {
        let is_closing = code == 421;
        // A mail server may refuse us for good with a code that passes: Postfix denies relaying with 454.
        if is_surely_ours(text) {
            return if is_about_this_message {
                Delivery::ours_for_this(format!(
                    "{said}; it speaks of the sender, so see what the mail server lets this sender do"
                ))
            } else {
                Delivery::ours(format!("{said}; the server does not take mail from here"))
            };
        }
        return if is_about_this_message && !is_closing {
            Delivery::unsent(said)
        } else {
            Delivery::unreachable(said)
        };
    }
    let about_the_login = LOGIN_REPLIES.contains(&code)
        || enhanced_code(text).is_some_and(|(_, subject, detail)| {
            LATE_LOGIN_CODES.contains(&(subject, detail))
                || step == SmtpStep::Sender && LOGIN_CODES.contains(&(subject, detail))
        });
    match step {
        SmtpStep::Connect | SmtpStep::Protect => {
            Delivery::ours(format!("{said}; the server does not take mail from here"))
        }
        // The one passing reply to a login is that the server cannot check it now.
        SmtpStep::Login if (400..500).contains(&code) => Delivery::unreachable(said),
        SmtpStep::Login => Delivery::ours(format!(
            "{said}; check user and password, or with auth=xoauth2 that the app's identity has SMTP.SendAsApp and may \
             send as this mailbox"
        )),
        _ if about_the_login => {
            Delivery::ours(format!("{said}; check user, password and who may send as this address"))
        }
        SmtpStep::Sender => match classify(code, text) {
            FaultOwner::Size => Delivery::too_large(said),
            _ => Delivery::ours(format!("{said}; check NOTIFIER_MAIL_FROM")),
        },
        SmtpStep::Recipient | SmtpStep::Content | SmtpStep::Verdict => match classify(code, text) {
            FaultOwner::Mailbox => Delivery::rejected(said),
            FaultOwner::MailboxForNow => Delivery::unsent(said),
            FaultOwner::Size | FaultOwner::Attachments => Delivery::too_large(said),
            FaultOwner::Us => Delivery::ours_for_this(format!(
                "{said}; it speaks of the sender, so see what the mail server lets this sender do"
            )),
            FaultOwner::Unclear => Delivery::unclear(format!("{said}; it does not say whose matter that is")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::Concerns;

    fn of(step: SmtpStep, code: u16, text: &str) -> String {
        let failure = SmtpFailure::Reply { code, text: text.to_owned() };
        short(&verdict("mail:587", step, &failure))
    }

    fn short(delivery: &Delivery) -> String {
        match delivery {
            Delivery::Accepted { .. } | Delivery::Taken { .. } => "accepted".to_owned(),
            Delivery::Rejected { cause, .. } => format!("rejected {cause:?}"),
            Delivery::Ours { .. } => "ours".to_owned(),
            Delivery::Deferred { certainly_unsent, .. } => format!("deferred unsent={certainly_unsent}"),
        }
    }

    #[test]
    fn f2_every_4xx_is_a_passing_failure_and_surely_unsent() {
        for step in [
            SmtpStep::Connect,
            SmtpStep::Protect,
            SmtpStep::Login,
            SmtpStep::Sender,
            SmtpStep::Recipient,
            SmtpStep::Content,
            SmtpStep::Verdict,
        ] {
            for code in [421, 432, 450, 451, 452, 454] {
                assert_eq!(of(step, code, "4.3.2 later"), "deferred unsent=true", "{step} {code}");
            }
        }
    }

    #[test]
    fn f4_only_clear_words_about_the_mailbox_are_final() {
        for step in [SmtpStep::Recipient, SmtpStep::Content, SmtpStep::Verdict] {
            assert_eq!(of(step, 550, "5.1.1 no such user"), "rejected Endpoint");
            assert_eq!(of(step, 554, "5.7.1 refused by policy"), "ours");
            assert_eq!(of(step, 550, ""), "ours", "it says nothing of the mailbox");
        }
        for step in [SmtpStep::Connect, SmtpStep::Protect, SmtpStep::Login, SmtpStep::Sender] {
            assert_eq!(of(step, 554, "5.7.1 go away"), "ours", "{step}");
        }
    }

    #[test]
    fn a_missing_login_is_never_blamed_on_the_recipient() {
        for (step, code, text) in [
            (SmtpStep::Recipient, 530, "5.7.0 Authentication required"),
            (SmtpStep::Recipient, 503, "5.5.4 send AUTH first"),
            (SmtpStep::Recipient, 550, "5.7.57 Client not authenticated to send mail"),
            (SmtpStep::Verdict, 550, "5.7.60 SMTP; Client does not have permissions to send as this sender"),
            (SmtpStep::Verdict, 554, "5.2.252 SendAsDenied; not allowed to send as"),
        ] {
            assert_eq!(of(step, code, text), "ours", "{code} {text}");
        }
    }

    /// How far a refusal reaches.
    fn reach(step: SmtpStep, code: u16, text: &str) -> Option<Concerns> {
        let failure = SmtpFailure::Reply { code, text: text.to_owned() };
        match verdict("mail:587", step, &failure) {
            Delivery::Ours { concerns, .. } => Some(concerns),
            _ => None,
        }
    }

    #[test]
    fn codes_of_a_login_behind_a_message_are_no_matter_of_the_login() {
        for (code, text) in [
            (554, "5.7.9 Message not accepted for policy reasons"),
            (554, "5.7.9 (TSS09) the message is not wanted"),
            (550, "5.7.11 encryption of this message is not enough"),
            (550, "5.7.3 no conversion of this message"),
            (554, "5.7.8 rejected by our rules"),
        ] {
            assert_eq!(reach(SmtpStep::Verdict, code, text), Some(Concerns::Message), "{code} {text}");
            assert_eq!(reach(SmtpStep::Sender, code, text), Some(Concerns::Channel), "{code} {text}");
        }
        for text in ["5.7.57 not authenticated to send", "5.7.60 may not send as", "5.2.252 SendAsDenied"] {
            assert_eq!(reach(SmtpStep::Verdict, 550, text), Some(Concerns::Channel), "{text}");
        }
    }

    #[test]
    fn a_refusal_of_us_is_ours_though_its_code_passes() {
        for (code, text) in [
            (454, "4.7.1 <jane@contoso.com>: Relay access denied"),
            (450, "4.7.1 relaying denied"),
            (451, "we do not relay for you"),
            (450, "4.7.0 Authentication required"),
            (451, "4.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM"),
            (450, "4.7.1 please authenticate before you send"),
            (450, "4.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org"),
            (451, "4.7.1 192.0.2.1 is on our blacklist"),
            (450, "4.7.1 your IP has been blocked"),
        ] {
            for step in [SmtpStep::Recipient, SmtpStep::Content, SmtpStep::Verdict] {
                assert_eq!(reach(step, code, text), Some(Concerns::Message), "{step} {code} {text}");
            }
            assert_eq!(reach(SmtpStep::Sender, code, text), Some(Concerns::Channel), "{code} {text}");
        }
        assert_eq!(reach(SmtpStep::Connect, 421, "4.7.1 blocked using a blocklist"), Some(Concerns::Channel));
    }

    #[test]
    fn greylisting_and_what_is_busy_pass() {
        for (code, text) in [
            (450, "4.2.0 <jane@contoso.com>: Recipient address rejected: Greylisted, see a page"),
            (451, "4.7.1 Client host rejected: greylisting in action"),
            (451, "4.7.1 Your IP is blocked temporarily; greylist"),
            (450, "4.7.1 graylisted, come back in five minutes"),
            (454, "4.7.0 Temporary authentication failure"),
            (451, "4.3.0 relay temporarily not reachable"),
            (450, "4.1.8 <a@contoso.com>: Sender address rejected: Domain not found"),
            (450, "4.7.1 Try again later"),
            (452, "4.2.2 the mailbox is full"),
            (452, "4.5.3 too many recipients"),
            (451, "4.7.1 rate limit of your server"),
            (450, "4.1.1 user unknown"),
        ] {
            assert_eq!(of(SmtpStep::Recipient, code, text), "deferred unsent=true", "{code} {text}");
        }
    }

    #[test]
    fn sizes_and_full_mailboxes_are_told_apart() {
        assert_eq!(of(SmtpStep::Verdict, 552, "no room left"), "deferred unsent=true");
        assert_eq!(of(SmtpStep::Sender, 552, "message size exceeds fixed limit"), "rejected TooLarge");
        assert_eq!(of(SmtpStep::Recipient, 552, "5.2.2 mailbox full"), "deferred unsent=true");
        assert_eq!(of(SmtpStep::Content, 552, "5.3.4 too big"), "rejected TooLarge");
        assert_eq!(of(SmtpStep::Verdict, 554, "5.3.4 too big"), "rejected TooLarge");
    }

    #[test]
    fn f3_only_after_the_end_of_the_message_nobody_knows() {
        let broken = |step| short(&verdict("mail:587", step, &SmtpFailure::Broken("reset".to_owned())));
        let silent = |step| short(&verdict("mail:587", step, &SmtpFailure::Silence));
        for step in [SmtpStep::Connect, SmtpStep::Login, SmtpStep::Recipient, SmtpStep::Content] {
            assert_eq!(broken(step), "deferred unsent=true");
            assert_eq!(silent(step), "deferred unsent=true");
        }
        assert_eq!(broken(SmtpStep::Verdict), "deferred unsent=false");
        assert_eq!(silent(SmtpStep::Verdict), "deferred unsent=false");
    }
}
