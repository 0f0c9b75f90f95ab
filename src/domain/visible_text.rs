//! Characters that are not seen, or that make others be seen elsewhere: what names, tags and answers of others may hide.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character has no shape of its own: it can reorder a line, hide parts of it or carry unseen text.
pub fn is_hidden(character: char) -> bool {
    matches!(character,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether a character is a line or paragraph separator, which some readers treat like a line feed.
pub fn is_separator(character: char) -> bool {
    matches!(character, '\u{2028}' | '\u{2029}')
}

/// Text for a terminal: lines stay lines, and whatever else could move the cursor, reorder or hide is left out.
pub fn for_terminal(text: &str) -> Cow<'_, str> {
    let is_fine = |c: char| matches!(c, '\n' | '\t') || !(c.is_control() || is_separator(c) || is_hidden(c));
    if text.chars().all(is_fine) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut characters = text.chars().filter(|c| !is_hidden(*c)).peekable();
    while let Some(character) = characters.next() {
        // Before a line feed it moves nothing.
        let ends_line = character == '\r' && characters.peek() == Some(&'\n');
        shown.push(if ends_line || is_fine(character) { character } else { ' ' });
    }
    Cow::Owned(shown)
}

/// A JSON document for a terminal: the same document, with everything that could reorder or hide written as an escape.
pub fn in_json(document: &str) -> Cow<'_, str> {
    let is_fine = |c: char| c == '\n' || !(c.is_control() || is_separator(c) || is_hidden(c));
    if document.chars().all(is_fine) {
        return Cow::Borrowed(document);
    }
    let mut text = String::with_capacity(document.len() + 16);
    for character in document.chars() {
        if is_fine(character) {
            text.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\u{unit:04x}");
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s16_a_terminal_gets_lines_and_nothing_that_moves_or_hides() {
        assert_eq!(for_terminal("vm-01 Zoë 北京\n"), "vm-01 Zoë 北京\n");
        assert!(matches!(for_terminal("vm-01\n"), Cow::Borrowed(_)));
        assert_eq!(for_terminal("exe\u{202E}gpj\u{200B}.x\u{2066}"), "exegpj.x");
        assert_eq!(for_terminal("a\u{1b}[2Jb\rc\u{9b}1Ad\u{7f}\u{2028}e\tf"), "a [2Jb c 1Ad  e\tf");
        assert_eq!(for_terminal("\u{E0041}\u{1D173}"), "");
        assert_eq!(for_terminal("a,b\r\nc\rd\r\r\n"), "a,b\r\nc d \r\n");
    }

    #[test]
    fn s16_json_stays_the_same_document() {
        let value =
            serde_json::json!({ "na\u{202E}me": ["a\u{7f}b\u{9b}", "\u{E0041}", "\n\u{2029}", "Zoë"] });
        let plain = serde_json::to_string_pretty(&value).unwrap();
        let shown = in_json(&plain);
        assert!(
            !shown.chars().any(|c| c != '\n' && (is_hidden(c) || is_separator(c) || c.is_control())),
            "{shown}"
        );
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        assert!(shown.contains("Zoë") && shown.contains("na\\u202eme") && shown.contains("\\udb40\\udc41"));
    }
}
