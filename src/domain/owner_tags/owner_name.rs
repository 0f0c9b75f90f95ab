//! What one name in a tag says by itself.

use super::pieces::{Piece, pieces, spells_out};
use super::readable::{plain, readable};
use super::words::{is_example, is_name, is_nobody, is_template, is_usual_mailbox};
use crate::domain::directory::DirectoryQuery;
use crate::domain::email_address::EmailAddress;
use crate::domain::policy::Policy;
use crate::domain::recipient_name::RecipientName;

/// The longest piece of a tag that is looked at and kept: Azure's own limit for a value.
const LONGEST: usize = 256;

/// One name in a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::domain) struct OwnerName {
    /// As it stands there, but for what nobody sees.
    value: String,
    configured: Option<RecipientName>,
    address: Option<EmailAddress>,
    /// The name that only a directory could know.
    name: Option<String>,
    /// The id of an account or group, which only a directory could know.
    id: Option<String>,
}

impl OwnerName {
    pub(super) fn value(&self) -> &str {
        &self.value
    }

    pub(super) fn configured(&self) -> Option<&RecipientName> {
        self.configured.as_ref()
    }

    /// The address, where nobody but the tag vouches for it.
    pub(super) fn mailbox(&self, policy: &Policy) -> Option<&EmailAddress> {
        let address = self.address.as_ref()?;
        let is_known = || policy.recipients.values().any(|known| known.emails.contains(address));
        (is_usual_mailbox(address.local()) && address.has_domain_name() || is_known()).then_some(address)
    }

    /// What to ask the directory: the address before the name.
    pub(super) fn questions(&self) -> impl Iterator<Item = DirectoryQuery> {
        let address = self.address.clone().map(|address| DirectoryQuery::Address { address });
        let id = self.id.clone().map(|id| DirectoryQuery::Principal { id });
        address.into_iter().chain(id).chain(self.name.clone().map(|name| DirectoryQuery::Name { name }))
    }
}

/// The names in the value of `tag`. None when it says in every way that there is nobody.
pub(super) fn names(policy: &Policy, tag: &str, value: &str) -> Vec<OwnerName> {
    let is_known = |text: &str| configured(policy, text).is_some();
    let text = readable(value);
    let whole = Piece { text: text.trim().to_owned(), completes: true };
    let pieces = if is_known(&whole.text) { vec![whole] } else { pieces(&text, is_known) };
    let mut names: Vec<OwnerName> = Vec::new();
    for name in pieces.iter().flat_map(|piece| meanings(policy, tag, piece)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn meanings(policy: &Policy, tag: &str, piece: &Piece) -> Vec<OwnerName> {
    let text = piece.text.trim();
    let nothing = OwnerName {
        value: text.chars().take(LONGEST).collect(),
        configured: None,
        address: None,
        name: None,
        id: None,
    };
    let bare = unwrapped(text);
    if let Some(name) = configured(policy, text).or_else(|| configured(policy, bare)) {
        return vec![OwnerName { configured: Some(name), ..nothing }];
    }
    if is_nobody(text) || is_nobody(bare) && !text.contains(['{', '}']) {
        return Vec::new();
    }
    if is_template(text) || text.contains("://") {
        return vec![nothing];
    }
    if text.contains('@') {
        let mut addresses = addresses(text);
        if let Some(last) = addresses.last_mut() {
            let said = last.as_ref().filter(|address| !is_over(words_behind(text), address.local()));
            *last = said.cloned();
        }
        let whole = addresses.len() == 1;
        let named = |address: Option<EmailAddress>| {
            let value = address.as_ref().filter(|_| !whole).map(ToString::to_string);
            OwnerName { value: value.unwrap_or_else(|| nothing.value.clone()), address, ..nothing.clone() }
        };
        return addresses.into_iter().map(named).collect();
    }
    if uuid::Uuid::try_parse(bare).is_ok() {
        return vec![OwnerName { id: Some(bare.to_lowercase()), ..nothing }];
    }
    // An example is not completed, but a directory may know a group of that name.
    let completes = piece.completes && is_name(bare) && !is_example(bare, tag) && !is_scrap(policy, bare);
    let completed =
        policy.owners.suffix.as_ref().filter(|_| completes).map(|suffix| format!("{bare}{suffix}"));
    let name = if is_name(bare) { bare } else { text.trim_matches(['"', '\'', ' ']) };
    vec![OwnerName {
        address: completed.and_then(|completed| completed.parse().ok()),
        name: Some(name.chars().take(LONGEST).collect()),
        ..nothing
    }]
}

/// The addresses in a text that has at least one `@`; `None` for each that cannot be told for sure.
///
/// `Jane Doe <jane@contoso.com>` is how people paste an address: what stands before the bracket is a name. Without brackets
/// words before an address have to spell it: `jane doe@contoso.com` is nobody, and surely not `doe@contoso.com`.
fn addresses(text: &str) -> Vec<Option<EmailAddress>> {
    let mut segments: Vec<(&str, &str)> = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        let (inner, after) = after.split_once('>').unwrap_or((after, ""));
        // `<a href="jane@contoso.com">` is a link.
        let inner = inner.split_once("href").map_or(inner, |(_, address)| address);
        segments.extend(Some((inner, before)).filter(|(inner, _)| inner.contains('@')));
        rest = after;
    }
    if segments.is_empty() {
        segments.push((text, ""));
    } else if rest.contains('@') {
        // `<jane@contoso.com> arjun@contoso.com` names two.
        segments.push((rest, ""));
    }
    let mut found = Vec::new();
    for address in segments.into_iter().flat_map(|(text, before)| addresses_between_words(text, before)) {
        if !found.contains(&address) {
            found.push(address);
        }
    }
    if found.is_empty() { vec![None] } else { found }
}

/// `head` is what stands before the bracket around it.
fn addresses_between_words(text: &str, head: &str) -> Vec<Option<EmailAddress>> {
    let mut found: Vec<Option<EmailAddress>> = Vec::new();
    // What stands in quotes or brackets is no part of the address beside it.
    for text in text.split(|c: char| "\"<>()[]=,;|".contains(c)).flat_map(behind_backslash) {
        let mut before: Vec<&str> = Vec::new();
        let (mut follows, mut is_joined) = (false, false);
        for word in text.split_whitespace() {
            if !word.contains('@') {
                if word.starts_with('.') && follows {
                    found.pop();
                    found.push(None);
                }
                before.push(word);
                continue;
            }
            // `E-Mail:jane@contoso.com`, `smtp:jane@contoso.com`, `jane@contoso.com?subject=…`, a full stop.
            // `jane@contoso.com:arjun@contoso.com` names two.
            for word in word.split(':') {
                if !word.contains('@') {
                    before.extend((!word.is_empty()).then_some(word));
                    is_joined = true;
                    continue;
                }
                let word = word.split('?').next().unwrap_or_default();
                let word = word.trim_matches(['\'', '*']).trim_end_matches(['.', ':', '!', '-', '_']);
                let local = word.split('@').next().unwrap_or_default().to_lowercase();
                let is_label = before
                    .last()
                    .is_none_or(|last| is_joined || last.ends_with([':', '-']) && !is_header(last));
                let words = before.join(" ");
                let is_sure = is_label || spells_out(&local, &words);
                let is_denied = |words: &str| denies(words, &local);
                found.push(word.parse().ok().filter(|_| is_sure && !is_denied(&words) && !is_denied(head)));
                before.clear();
                (follows, is_joined) = (true, false);
            }
        }
    }
    found
}

/// What stands behind a backslash: `CONTOSO\jane@contoso.com` is Jane. Where it may be the letter of a line feed, it is not
/// told from the backslash, so that nobody is found in it.
fn behind_backslash(text: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = Vec::new();
    let mut from = 0;
    for (at, _) in text.match_indices('\\') {
        let after = text.get(at + 1..).unwrap_or_default();
        if !after.starts_with(['n', 'r', 't', 'v', 'f']) {
            parts.extend(text.get(from..at));
            from = at + 1;
        }
    }
    parts.extend(text.get(from..));
    parts
}

const DENIALS: [&str; 32] = [
    "not",
    "no",
    "don't",
    "dont",
    "never",
    "except",
    "excluding",
    "exclude",
    "without",
    "former",
    "formerly",
    "ex",
    "previous",
    "previously",
    "old",
    "past",
    "retired",
    "departed",
    "inactive",
    "nicht",
    "kein",
    "keine",
    "außer",
    "ehemals",
    "ehemalig",
    "ehemaliger",
    "ehemalige",
    "früher",
    "früherer",
    "ancien",
    "anterior",
    "until",
];

/// What is said of somebody who is not there any more. Before an address each could be a part of a name.
const ENDINGS: [&str; 22] = [
    "left",
    "leaver",
    "gone",
    "quit",
    "resigned",
    "terminated",
    "deceased",
    "disabled",
    "deactivated",
    "invalid",
    "wrong",
    "outdated",
    "obsolete",
    "unreachable",
    "bounces",
    "verlassen",
    "ausgeschieden",
    "gekündigt",
    "veraltet",
    "parti",
    "partie",
    "weg",
];

/// Whether words say that somebody is not meant, or not any more: `not:`, `do-not-contact:`, `former owner:`. `sally.old`
/// may be called so.
fn denies(words: &str, local: &str) -> bool {
    says_one_of(&DENIALS, words, local)
}

/// Whether words behind an address say the same: `jane@contoso.com (left)`.
fn is_over(words: &str, local: &str) -> bool {
    denies(words, local) || says_one_of(&ENDINGS, words, local)
}

/// What stands behind the last address in a text.
fn words_behind(text: &str) -> &str {
    let behind = text.rsplit_once('@').map_or("", |(_, behind)| behind);
    let end = behind.find(|c: char| c.is_whitespace() || "<>()[]\"',;|".contains(c));
    end.and_then(|end| behind.get(end..)).unwrap_or_default()
}

fn says_one_of(known: &[&str], words: &str, local: &str) -> bool {
    let words = words.to_lowercase();
    words
        .split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .any(|word| known.contains(&word) && !spells_out(local, word))
}

/// Whether a word is what is left of an address: its domain, the end of one, or a number. It completes to nobody.
fn is_scrap(policy: &Policy, text: &str) -> bool {
    const ENDS: [&str; 12] = [
        "com",
        "net",
        "org",
        "info",
        "biz",
        "edu",
        "gov",
        "mil",
        "int",
        "co.uk",
        "com.au",
        "onmicrosoft.com",
    ];
    let text = text.to_lowercase();
    let suffix = policy.owners.suffix.iter().map(|suffix| suffix.trim_start_matches('@').to_lowercase());
    let ends = |domain: &str| domain == text || domain.ends_with(&format!(".{text}"));
    text.chars().all(|c| c.is_ascii_digit())
        || ENDS.iter().any(|end| *end == text || text.contains('.') && text.ends_with(&format!(".{end}")))
        || suffix.chain(policy.owners.allowed_domains.iter().cloned()).any(|domain| ends(&domain))
}

/// Whether a word begins a line of a mail's head: whoever writes that into a tag names nobody who owns the machine.
fn is_header(word: &str) -> bool {
    ["bcc:", "cc:", "from:", "to:", "sender:", "reply-to:"].contains(&word.to_lowercase().as_str())
}

/// `text` without quotes and brackets around it and without the full stop of a sentence.
fn unwrapped(text: &str) -> &str {
    let mut text = text.trim();
    loop {
        let before = text;
        text = text
            .trim_matches(['"', '\'', '\\', ' ', '*'])
            .trim_end_matches(['.', ':', '!', '?', ','])
            .trim_end();
        for (open, close) in [('(', ')'), ('[', ']'), ('<', '>'), ('{', '}')] {
            let inner = text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
            text = inner.filter(|inner| !inner.contains([open, close])).unwrap_or(text);
        }
        if text == before {
            return text;
        }
    }
}

fn configured(policy: &Policy, text: &str) -> Option<RecipientName> {
    // Most are written as in the configuration.
    let exactly = text.parse().ok().filter(|name| policy.recipients.contains_key(name));
    exactly.or_else(|| policy.recipients.keys().find(|name| is_same(name.as_str(), text)).cloned())
}

/// Whether a name of the configuration is meant, in whatever case and width it is written.
fn is_same(name: &str, text: &str) -> bool {
    fn folded(text: &str) -> impl Iterator<Item = char> {
        text.chars().filter_map(plain).flat_map(char::to_lowercase)
    }
    folded(name).eq(folded(text))
}
