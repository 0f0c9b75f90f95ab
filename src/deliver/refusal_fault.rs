//! Whose fault the refusal of a mail is, by its code and its words.
//!
//! Only clear words about a mailbox blame the recipient. What speaks of the sender, its address on the network, its
//! domain, its login or what it may do is ours, and so is what speaks of nobody. Servers disagree about codes far more
//! than about words, and many put a code that blames the recipient before words that blame us: words go first.

mod our_phrases;
mod phrases;

use self::our_phrases::{ABOUT_OUR_ACCOUNT, ABOUT_US, CLOSED_TO_US, HINTS_AT_US, PASSES, STRICTLY_US};
use self::phrases::{
    ABOUT_ACCOUNT, ABOUT_ATTACHMENTS, ABOUT_MAILBOX, ABOUT_RATE, ABOUT_RECIPIENT, ABOUT_SIZE, FULL,
    FULL_ELSEWHERE, MAILBOX_ELSEWHERE, MAILBOX_PERHAPS,
};

/// Whom or what a refusal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultOwner {
    /// There is no such mailbox, or it takes no mail any more.
    Mailbox,
    /// The mailbox is full, or gets too much at once: that passes, and is its owner's matter.
    MailboxForNow,
    /// The message is too large.
    Size,
    /// What is attached to the message is not taken.
    Attachments,
    /// The sender, and whatever it sends: its address, domain, reputation, login, rights, quota.
    Us,
    /// It does not say.
    Unclear,
}

/// Whom the reply `code` with this text is about, given to a recipient or a message.
pub fn classify(code: u16, text: &str) -> FaultOwner {
    let enhanced = enhanced_code(text);
    let words = plain_words(text);
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    let status = enhanced.map(|(_, subject, detail)| (subject, detail));
    match status {
        Some((3, 4)) => return FaultOwner::Size,
        Some((2, 2)) if !says(ABOUT_US) => return FaultOwner::MailboxForNow,
        // Not logged in, login too weak, not allowed to send as this address or at all, too many messages of ours.
        Some((7, 3 | 8 | 9 | 11 | 57 | 60) | (2, 252) | (1, 7 | 8) | (4, 5)) => return FaultOwner::Us,
        // More than one sender, or one sender, may send to this mailbox for now.
        Some((2, 121 | 122)) => return FaultOwner::MailboxForNow,
        _ => {}
    }
    if is_full_elsewhere(&words) {
        return FaultOwner::MailboxForNow;
    }
    // These codes name the mailbox. Of words, only those that can be about nobody but us count for more.
    if code != 552
        && matches!(status, Some((1, 1 | 10) | (2, 1)))
        && !says(STRICTLY_US)
        && !says(CLOSED_TO_US)
    {
        if says(ABOUT_MAILBOX) {
            return FaultOwner::Mailbox;
        }
        if says(FULL) || says(ABOUT_RATE) {
            return FaultOwner::MailboxForNow;
        }
        if !says(ABOUT_OUR_ACCOUNT) && (says(ABOUT_RECIPIENT) || !says(ABOUT_US)) {
            return FaultOwner::Mailbox;
        }
    }
    if is_size(&words) {
        return FaultOwner::Size;
    }
    // An account is the recipient's where the recipient is named; it is ours where it is called ours.
    let named = says(ABOUT_MAILBOX) && says(ABOUT_RECIPIENT) && !says(&[" your mailbox", " your account"]);
    let of_our_account = says(ABOUT_OUR_ACCOUNT) && !named;
    if says(STRICTLY_US) || says(CLOSED_TO_US) || of_our_account || says(ABOUT_US) {
        return FaultOwner::Us;
    }
    if says(FULL) {
        return FaultOwner::MailboxForNow;
    }
    if status == Some((2, 3)) && !says(HINTS_AT_US) || says(ABOUT_SIZE) {
        return FaultOwner::Size;
    }
    if says(ABOUT_ATTACHMENTS) {
        return FaultOwner::Attachments;
    }
    if says(ABOUT_RATE) {
        return FaultOwner::MailboxForNow;
    }
    if says(ABOUT_MAILBOX) || says(ABOUT_ACCOUNT) && says(ABOUT_RECIPIENT) {
        return FaultOwner::Mailbox;
    }
    // Exchange Online, of an address that its directory does not have.
    if status == Some((4, 1)) && words.contains("recipient address") {
        return FaultOwner::Mailbox;
    }
    if says(HINTS_AT_US) {
        return FaultOwner::Us;
    }
    match (code, status) {
        (_, Some((1, 1..=4 | 6 | 9 | 10) | (2, 1))) => FaultOwner::Mailbox,
        _ if says(MAILBOX_PERHAPS) => FaultOwner::Mailbox,
        // RFC 5321 has 552 for a mailbox that has no room left.
        (552, _) => FaultOwner::MailboxForNow,
        _ => FaultOwner::Unclear,
    }
}

/// Whether a passing reply refuses us in words that do not pass by themselves: a relay that is denied, a login that is
/// missing, an address on a list. Greylisting and what is busy say something else, or that it is for now.
pub(super) fn is_surely_ours(text: &str) -> bool {
    let words = plain_words(text);
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    let is_code = enhanced_code(text).is_some_and(|(_, subject, detail)| (subject, detail) == (7, 57));
    (is_code || says(CLOSED_TO_US)) && !says(PASSES)
}

/// Whether the message is said to be larger than something, in whatever order the words stand.
fn is_size(words: &str) -> bool {
    let any = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    if any(MAILBOX_ELSEWHERE) || any(&["quota", "storage", "per day", "daily", "hour", "sizes"]) {
        return false;
    }
    let is_over =
        any(&["exceed", "limit", "maximum", "larger", "allowed", "permitted", "too large", "too big"]);
    let of_bytes = words.split(' ').any(|word| {
        let unit = word.trim_start_matches(|c: char| c.is_ascii_digit());
        matches!(
            unit,
            "kb" | "mb" | "kib" | "mib" | "byte" | "bytes" | "megabyte" | "megabytes" | "kilobytes"
        )
    });
    let of_size = words.contains(" size ") && any(&["message", "mail", "limit", "exceed", "content"]);
    let itself = any(&["message exceed", "mail exceed", "message length exceed", "message is larger"])
        && !any(&["exceeded the number", "messages exceed", "mails exceed", "spam", "score", "rate"]);
    is_over && (of_bytes || of_size || itself)
}

/// Whether a mailbox is said to be full in a language in which the words stand apart.
fn is_full_elsewhere(words: &str) -> bool {
    let any = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    any(MAILBOX_ELSEWHERE) && any(FULL_ELSEWHERE)
}

/// The first enhanced status code (RFC 3463) in a text: class, subject, detail.
pub(super) fn enhanced_code(text: &str) -> Option<(u16, u16, u16)> {
    let is_edge = |c: char| c.is_whitespace() || "()[]<>,;:".contains(c);
    text.split(is_edge).find_map(|word| {
        let word = word.trim_start_matches('#').trim_end_matches(['.', '-']);
        let mut parts = word.split('.');
        let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
        let number = |part: &str| {
            let plain = (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| part.parse().ok()).flatten()
        };
        let is_class = matches!(class, "2" | "4" | "5");
        if !is_class || parts.next().is_some() {
            return None;
        }
        Some((number(class)?, number(subject)?, number(detail)?))
    })
}

/// The words of a text in small letters, with single spaces: without addresses, names of hosts and links, in which
/// anything can stand.
fn plain_words(text: &str) -> String {
    let text = text.to_lowercase().replace(['\u{2019}', '`'], "'");
    let mut words = String::with_capacity(text.len() + 1);
    words.push(' ');
    for word in text.split_whitespace().filter(|word| !is_name(word)) {
        for part in word.split(|c: char| "-_/:;,()[]<>\"|.!?=".contains(c)).filter(|part| !part.is_empty()) {
            words.push_str(part);
            words.push(' ');
        }
    }
    words
}

/// Whether a word is an address, a link, or the name or number of a host that is no list of senders.
fn is_name(word: &str) -> bool {
    if word.contains('@') || word.contains("://") || word.contains("www.") {
        return true;
    }
    let trimmed = word.trim_matches(|c: char| !c.is_alphanumeric());
    let Some((_, last)) = trimmed.rsplit_once('.') else { return false };
    let is_host = (2..=4).contains(&last.len()) && last.bytes().all(|byte| byte.is_ascii_lowercase())
        || last.bytes().all(|byte| byte.is_ascii_digit())
        || ["local", "internal", "corp", "outlook", "example", "cloud", "invalid"].contains(&last);
    is_host && !LISTS.iter().any(|list| trimmed.contains(list))
}

/// Names of lists of senders.
const LISTS: [&str; 7] = ["spamhaus", "sorbs", "dnsbl", "rbl.", "cloudmark", "uribl", "surbl"];

#[cfg(test)]
mod tests;
