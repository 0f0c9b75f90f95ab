//! The text of a tag as a reader sees it: what forms, spreadsheets, chats and templates add to an address is undone.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::domain::visible_text::{is_hidden, is_separator};

/// More than Azure lets a tag's value hold.
const LONGEST: usize = 2048;

/// What is written for one character in HTML, as far as an address can hold it or be surrounded by it.
const ENTITIES: [(&str, char); 43] = [
    ("af", '\u{2061}'),
    ("amp", '&'),
    ("apos", '\''),
    ("applyfunction", '\u{2061}'),
    ("colon", ':'),
    ("comma", ','),
    ("commat", '@'),
    ("dash", '-'),
    ("dollar", '$'),
    ("emsp", ' '),
    ("ensp", ' '),
    ("gt", '>'),
    ("hairsp", ' '),
    ("hyphen", '-'),
    ("ic", '\u{2063}'),
    ("invisiblecomma", '\u{2063}'),
    ("invisibletimes", '\u{2062}'),
    ("it", '\u{2062}'),
    ("lowbar", '_'),
    ("lpar", '('),
    ("lrm", '\u{200E}'),
    ("lt", '<'),
    ("nbsp", ' '),
    ("newline", '\n'),
    ("nobreak", '\u{2060}'),
    ("nonbreakingspace", ' '),
    ("num", '#'),
    ("percnt", '%'),
    ("period", '.'),
    ("plus", '+'),
    ("quot", '"'),
    ("rlm", '\u{200F}'),
    ("rpar", ')'),
    ("semi", ';'),
    ("shy", '\u{00AD}'),
    ("sol", '/'),
    ("tab", ' '),
    ("thinsp", ' '),
    ("verbar", '|'),
    ("zerowidthspace", '\u{200B}'),
    ("zwj", '\u{200D}'),
    ("zwnj", '\u{200C}'),
    ("zwsp", '\u{200B}'),
];

/// `value` with one form for each separator, quote, bracket and letter, and without what nobody sees.
pub(super) fn readable(value: &str) -> String {
    let mut text: String = value.chars().take(LONGEST).collect();
    // What was written into a page twice is escaped twice.
    for _ in 0..3 {
        match without_entities(&text) {
            Cow::Owned(decoded) => text = decoded,
            Cow::Borrowed(_) => break,
        }
    }
    let text = names_in_json(&text).unwrap_or(text);
    let text = plain_text(&without_escapes(&without_comments(&text)));
    let lower = text.to_ascii_lowercase();
    let is_link = lower.contains("mailto:");
    let is_escaped = lower.contains("%40") && !text.contains('@');
    if !is_link && !is_escaped {
        return text;
    }
    let text = if is_link { without_links(&without_marks(&text), &without_marks(&lower)) } else { text };
    plain_text(&percent_decode_str(&text).decode_utf8_lossy())
}

/// The names in a value that a program wrote as JSON, `{"owner": "jane@contoso.com"}`: its addresses, or else what stands
/// under a key that speaks of people, or the only text there is. `None` where it is no JSON.
fn names_in_json(text: &str) -> Option<String> {
    let trimmed = text.trim();
    if !trimmed.starts_with(['{', '[']) {
        return None;
    }
    let straight = trimmed.replace(['“', '”', '„'], "\"");
    let forms = [straight.clone(), straight.replace("\\\"", "\""), straight.replace('\'', "\"")];
    let value = forms.iter().find_map(|form| serde_json::from_str::<Value>(form).ok())?;
    let mut texts = Vec::new();
    collect(&value, false, &mut texts);
    let with_addresses: Vec<&str> =
        texts.iter().filter(|(_, text)| text.contains('@')).map(|(_, text)| text.as_str()).collect();
    let of_people: Vec<&str> =
        texts.iter().filter(|(is_person, _)| *is_person).map(|(_, text)| text.as_str()).collect();
    let all: Vec<&str> = texts.iter().map(|(_, text)| text.as_str()).collect();
    let names = [with_addresses, of_people, all].into_iter().find(|names| !names.is_empty());
    Some(names.unwrap_or_default().join("; "))
}

/// Every text in a JSON value, with whether it stands under a key that speaks of people.
fn collect(value: &Value, is_person: bool, texts: &mut Vec<(bool, String)>) {
    const PEOPLE: [&str; 7] = ["owner", "contact", "mail", "team", "responsible", "person", "upn"];
    match value {
        Value::String(text) => texts.push((is_person, text.clone())),
        Value::Array(values) => values.iter().for_each(|value| collect(value, is_person, texts)),
        Value::Object(fields) => {
            for (key, value) in fields {
                let key = key.to_lowercase();
                collect(value, PEOPLE.iter().any(|word| key.contains(word)), texts);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What a page hides from its readers is said to nobody.
fn without_comments(text: &str) -> String {
    let mut read = text.to_owned();
    while let Some(begin) = read.find("<!--") {
        let Some(end) = read.get(begin..).and_then(|rest| rest.find("-->")) else { break };
        read.replace_range(begin..begin + end + "-->".len(), " ");
    }
    read
}

/// Line feeds and tabs as programs write them, `\n`, where an address or nothing stands before them: the backslash of
/// `CONTOSO\nancy` is another one.
fn without_escapes(text: &str) -> String {
    let mut read = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        read.push_str(before);
        let body = escape.trim_start_matches('\\');
        let word = read.rsplit(|c: char| c.is_whitespace() || ",;|".contains(c)).next().unwrap_or_default();
        let ends_address = word.is_empty() || word.contains('@') || word.ends_with(['>', ')', '"']);
        if ends_address && body.starts_with(['n', 'r', 't', 'v', 'f']) {
            read.push(',');
            rest = body.get(1..).unwrap_or_default();
        } else {
            read.push_str(escape.get(..escape.len() - body.len()).unwrap_or_default());
            rest = body;
        }
    }
    read.push_str(rest);
    read
}

/// `text` in the characters that [`plain`] leaves.
fn plain_text(text: &str) -> String {
    text.chars().filter_map(plain).collect()
}

/// The plain form of a character; `None` for what has no shape of its own.
pub(super) fn plain(character: char) -> Option<char> {
    Some(match character {
        '\n' | '\r' | '\u{0B}' | '\u{0C}' | '\u{85}' => ',',
        _ if is_separator(character) => ',',
        _ if character.is_whitespace() => ' ',
        _ if character.is_control() || is_hidden(character) => return None,
        // They choose how the character before them is drawn.
        '\u{FE00}'..='\u{FE0F}' => return None,
        // Full-width forms of everything in ASCII.
        '\u{FF01}'..='\u{FF5E}' => {
            return char::from_u32(u32::from(character) - 0xFEE0).and_then(plain);
        }
        '、' | '､' | '،' | '﹐' | '﹑' | '︐' | '•' | '‣' | '▪' => ',',
        '؛' | '﹔' | '︔' | '\u{37E}' => ';',
        '。' | '｡' | '﹒' => '.',
        '﹫' => '@',
        '￨' | '¦' | '│' | 'ǀ' => '|',
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' => '"',
        '‘' | '’' | '‚' | '‛' | '′' | '´' | '`' => '\'',
        '〈' | '《' | '⟨' | '‹' | '﹤' => '<',
        '〉' | '》' | '⟩' | '›' | '﹥' => '>',
        '「' | '『' | '【' | '〔' => '[',
        '」' | '』' | '】' | '〕' => ']',
        '\u{2010}'..='\u{2015}' | '−' | '﹣' => '-',
        _ => character,
    })
}

fn without_entities(text: &str) -> Cow<'_, str> {
    let mut decoded = String::new();
    let mut rest = text;
    let mut found = false;
    while let Some(at) = rest.find('&') {
        let (before, entity) = rest.split_at(at);
        decoded.push_str(before);
        let body = entity.get(1..).unwrap_or_default();
        match entity_at(body) {
            Some((character, length)) => {
                found = true;
                decoded.push(character);
                rest = body.get(length..).unwrap_or_default();
            }
            None => {
                decoded.push('&');
                rest = body;
            }
        }
    }
    decoded.push_str(rest);
    if found { Cow::Owned(decoded) } else { Cow::Borrowed(text) }
}

/// The character that an entity means whose text begins after its `&`, and how long it is.
fn entity_at(body: &str) -> Option<(char, usize)> {
    if let Some(number) = body.strip_prefix('#') {
        let hexadecimal = number.strip_prefix(['x', 'X']);
        let (digits, base) = hexadecimal.map_or((number, 10), |digits| (digits, 16));
        let count = digits.chars().take_while(|c| c.is_digit(base)).count();
        let character = char::from_u32(u32::from_str_radix(digits.get(..count)?, base).ok()?)?;
        let end = body.len() - digits.len() + count;
        let is_closed = body.get(end..)?.starts_with(';');
        // Browsers take a number without its end as well; after a hexadecimal one a name could go on.
        return (is_closed || base == 10).then_some((character, end + usize::from(is_closed)));
    }
    let (name, _) = body.split_once(';').filter(|(name, _)| name.len() <= 16)?;
    let (_, character) = ENTITIES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    Some((*character, name.len() + 1))
}

/// `[Jane](mailto:…)`, as pages of projects write links, as a name before its address in angle brackets.
fn without_marks(text: &str) -> String {
    let mut read = text.to_owned();
    while let Some(middle) = read.find("](mailto:") {
        let Some(begin) = read.get(..middle).and_then(|before| before.rfind('[')) else { break };
        let Some(end) = read.get(middle..).and_then(|after| after.find(')')) else { break };
        let name = read.get(begin + 1..middle).unwrap_or_default();
        let link = read.get(middle + 2..middle + end).unwrap_or_default();
        let marked = format!("{name} <{link}>");
        read.replace_range(begin..=middle + end, &marked);
    }
    read
}

/// The addresses of `mailto:` links, without the subjects, copies and texts that follow them.
fn without_links(text: &str, lower: &str) -> String {
    let mut read = String::new();
    let mut from = 0;
    while let Some(at) = lower.get(from..).and_then(|rest| rest.find("mailto:")) {
        read.push_str(text.get(from..from + at).unwrap_or_default());
        if read.ends_with(|c: char| c.is_alphanumeric()) {
            read.push(' ');
        }
        from += at + "mailto:".len();
        let rest = text.get(from..).unwrap_or_default();
        let slashes = rest.len() - rest.trim_start_matches(['/', ' ']).len();
        from += slashes;
        let rest = text.get(from..).unwrap_or_default();
        let end = lower.get(from..).and_then(|rest| rest.find("mailto:")).unwrap_or(rest.len());
        let link = rest.get(..end).unwrap_or_default();
        let end = link.find(['>', ';', '"', ')']).unwrap_or(end);
        let addresses = link.find('?').filter(|query| *query < end);
        read.push_str(link.get(..addresses.unwrap_or(end)).unwrap_or_default());
        from += addresses.map_or(end, |query| query + query_length(link.get(query..end).unwrap_or_default()));
    }
    read.push_str(text.get(from..).unwrap_or_default());
    read
}

/// How far the `?subject=…` of a link reaches: to the comma or blank after which another address stands.
fn query_length(query: &str) -> usize {
    let ends = query.char_indices().filter(|(_, c)| matches!(c, ',' | ' ' | '|')).map(|(at, _)| at);
    let mut begins_address = ends.filter(|at| {
        let after = query.get(at + 1..).unwrap_or_default().trim_start();
        let word = after.split([',', ' ', '|']).next().unwrap_or_default();
        word.contains('@') && !word.contains('=')
    });
    begins_address.next().unwrap_or(query.len())
}
