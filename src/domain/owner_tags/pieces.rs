//! Where one name in a tag ends and the next begins.
//!
//! A semicolon always separates. A comma does so unless it stands inside a name: `Doe, Jane <jane.doe@contoso.com>` is
//! one person, and so may be `Doe, Jane`, whom nobody may take for two mailboxes.

use super::words::{is_login, is_nobody};

/// One name as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    /// Whether it can be completed to an address. What may be half of a name must not be.
    pub(super) completes: bool,
}

impl Piece {
    fn whole(text: impl Into<String>) -> Self {
        Self { text: text.into(), completes: true }
    }

    fn half(text: impl Into<String>) -> Self {
        Self { text: text.into(), completes: false }
    }
}

/// The names in a readable value. `is_known` says which ones stand in the configuration.
pub(super) fn pieces(value: &str, is_known: impl Fn(&str) -> bool) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for group in split(unwrapped(value), &[';']) {
        if is_known(group) {
            pieces.push(Piece::whole(group));
        } else {
            add_group(group, &is_known, &mut pieces);
        }
    }
    let addresses: Vec<String> = pieces.iter().filter_map(|piece| mailbox(&piece.text)).collect();
    // `Doe, Jane, jane.doe@contoso.com` says whose address it is.
    pieces.retain(|piece| {
        let spells = |mailbox: &String| spells_out(mailbox, &piece.text);
        let stands = piece.text.contains('@') || is_known(&piece.text) || is_login(&piece.text);
        stands || !addresses.iter().any(spells)
    });
    pieces
}

/// The names of a part without semicolons.
fn add_group(group: &str, is_known: &impl Fn(&str) -> bool, pieces: &mut Vec<Piece>) {
    // How SharePoint writes an account: `i:0#.f|membership|jane@contoso.com`.
    let claim = group.starts_with("i:0").then(|| group.rsplit('|').next()).flatten();
    let group = claim.unwrap_or(group).trim();
    let mut waiting: Vec<&str> = Vec::new();
    for part in split(group, &[',', '|']) {
        if !part.contains('@') || is_known(part) {
            waiting.push(part);
            continue;
        }
        if is_beside_words(part) {
            let local = mailbox(part).unwrap_or_default();
            let belongs = |before: &&str| belongs(before, part, &local) && !is_known(before);
            let own = waiting.iter().rposition(|before| !belongs(before)).map_or(0, |last| last + 1);
            let of_name = waiting.split_off(own);
            flush(&mut waiting, is_known, pieces);
            let spelled = of_name.iter().all(|word| spells_out(&local, word));
            let surname = of_name.len() == 1 && of_name.iter().all(|word| !word.contains(' '));
            if !of_name.is_empty() && (spelled || surname && words_before(part) == 1) {
                pieces.push(Piece::whole(of_name.into_iter().chain([part]).collect::<Vec<_>>().join(", ")));
                continue;
            }
            if !of_name.is_empty() {
                pieces.push(Piece::half(of_name.join(", ")));
            }
        } else {
            let local = mailbox(part).unwrap_or_default();
            let spelled = |word: &&str| spells_out(&local, word) && !is_known(word);
            let own = waiting.iter().rposition(|word| !spelled(word)).map_or(0, |last| last + 1);
            // One word may be an account of its own; `doe, jane, jane.doe@contoso.com` are no three people.
            if waiting.len() - own > 1 {
                waiting.truncate(own);
            }
            flush(&mut waiting, is_known, pieces);
        }
        pieces.extend(alternatives(part).into_iter().map(Piece::whole));
    }
    flush(&mut waiting, is_known, pieces);
}

/// What stands before no address. Two or more capitalised words may be one person, surname first.
fn flush(waiting: &mut Vec<&str>, is_known: &impl Fn(&str) -> bool, pieces: &mut Vec<Piece>) {
    let mut words = std::mem::take(waiting);
    words.retain(|word| is_known(word) || !is_nobody(word));
    let is_name =
        |word: &&str| !is_known(word) && !is_login(word) && word.split_whitespace().all(is_capitalised);
    if words.len() > 1 && words.iter().all(is_name) {
        pieces.push(Piece::half(words.join(", ")));
    } else {
        pieces.extend(words.into_iter().map(Piece::whole));
    }
}

/// Whether `before` is the first half of the name that goes on in `part`.
fn belongs(before: &str, part: &str, local: &str) -> bool {
    // Whoever writes in angle brackets separates people in some other way, unless it reads like a login.
    (spells_out(local, before) || !is_login(before)) && is_beside_words(part)
}

/// Whether words can stand beside the address.
fn is_beside_words(part: &str) -> bool {
    part.contains(['<', '(', '[']) || words_before(part) > 1
}

/// How many words stand before the address, without initials and titles.
fn words_before(part: &str) -> usize {
    let before = part.split(['<', '(', '[', '@']).next().unwrap_or_default();
    before.split_whitespace().filter(|word| word.chars().count() > 1 && !word.ends_with('.')).count()
}

fn is_capitalised(word: &str) -> bool {
    word.trim_start_matches(['\'', '"', '(']).chars().next().is_some_and(|first| !first.is_lowercase())
}

/// `jane@contoso.com / arjun@contoso.com` and `jane and arjun@contoso.com` name two.
fn alternatives(part: &str) -> Vec<String> {
    let is_placeholder = part.split('@').next().is_some_and(is_nobody);
    if is_placeholder || part.contains('<') || part.contains("://") {
        return vec![part.to_owned()];
    }
    let mut alternatives = vec![String::new()];
    for chunk in split(part, &['/']) {
        if alternatives.last().is_some_and(|last| !last.is_empty()) {
            alternatives.push(String::new());
        }
        for word in chunk.split_whitespace() {
            if ["&", "+", "and", "or", "und", "oder", "et", "ou", "y", "en"].contains(&word) {
                alternatives.push(String::new());
            } else if let Some(last) = alternatives.last_mut() {
                let blank = if last.is_empty() { "" } else { " " };
                last.push_str(blank);
                last.push_str(word);
            }
        }
    }
    alternatives.retain(|text| !text.is_empty());
    alternatives
}

/// What stands before the `@` of the last address in a text, in lower case.
fn mailbox(text: &str) -> Option<String> {
    let (before, _) = text.rsplit_once('@')?;
    let local = before.rsplit([' ', '<', '(', '[', '"', ':', ',', ';']).next().unwrap_or_default();
    (!local.is_empty()).then(|| local.to_lowercase())
}

/// Whether a mailbox is called by every word of `text`: `jane.doe` by `Doe, Jane`.
pub(super) fn spells_out(mailbox: &str, text: &str) -> bool {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let parts: Vec<&str> = mailbox.split(|c: char| !c.is_alphanumeric()).collect();
    let mut any = false;
    for word in words {
        any = true;
        if !parts.contains(&word.to_lowercase().as_str()) {
            return false;
        }
    }
    any
}

/// `text` without brackets or parentheses around all of it.
fn unwrapped(text: &str) -> &str {
    let text = text.trim();
    for (open, close) in [('(', ')'), ('[', ']')] {
        let inner = text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
        if let Some(inner) = inner.filter(|inner| !inner.contains([open, close])) {
            return inner;
        }
    }
    text
}

/// `text` at its separators, but not within quotes, parentheses or angle brackets.
fn split<'a>(text: &'a str, separators: &[char]) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let (mut from, mut quoted, mut closes) = (0, false, None);
    // What never ends begins nothing: an apostrophe or a lone quote must not swallow the other names.
    let balanced = text.matches('"').count().is_multiple_of(2);
    for (index, character) in text.char_indices() {
        let goes_on_to = |close: char| {
            let rest = text.get(index + 1..).unwrap_or_default();
            rest.contains(close).then_some(close)
        };
        match character {
            '"' if balanced && closes.is_none() => quoted = !quoted,
            '<' if !quoted && closes.is_none() => closes = goes_on_to('>'),
            '(' if !quoted && closes.is_none() => closes = goes_on_to(')'),
            _ if closes == Some(character) => closes = None,
            _ if !quoted && closes.is_none() && separators.contains(&character) => {
                parts.push(text.get(from..index).unwrap_or_default());
                from = index + character.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text.get(from..).unwrap_or_default());
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}
