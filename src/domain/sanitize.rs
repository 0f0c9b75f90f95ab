//! Foreign text: names, tags and reasons that others wrote, made fit to stand in a line of ours.

use crate::domain::visible_text::{is_hidden, is_separator};

/// `text` on one line, without characters that hide, reorder or break, and at most `limit` characters long.
///
/// Rendering escapes what is special to its format; what is done here holds in every format.
pub fn one_line(text: &str, limit: usize) -> String {
    let visible = text
        .chars()
        .map(|c| if c.is_control() || is_separator(c) { ' ' } else { c })
        .filter(|c| !is_hidden(*c));
    let mut line = String::new();
    let mut length = 0;
    let mut blank = false;
    for character in visible {
        if character.is_whitespace() {
            blank = length > 0;
            continue;
        }
        let needed = if blank { 2 } else { 1 };
        if length + needed > limit {
            // One character gives way to the mark that says that something is missing.
            if length == limit {
                line.pop();
            }
            line.push('…');
            return line;
        }
        if blank {
            line.push(' ');
        }
        line.push(character);
        length += needed;
        blank = false;
    }
    line
}

/// The first `shown` of `all`, joined, with the number of those left out.
pub fn list(all: &[String], shown: usize) -> String {
    let mut text = all.iter().take(shown).cloned().collect::<Vec<_>>().join(", ");
    if all.len() > shown {
        text.push_str(&format!(" and {} more", all.len() - shown));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_hides_or_reorders_is_gone() {
        assert_eq!(one_line(" a\r\n\tb\u{2028}c ", 80), "a b c");
        assert_eq!(one_line("a\u{1b}[31mb\u{0}\u{7}c\u{9b}d", 80), "a [31mb c d");
        assert_eq!(one_line("exe\u{202E}gpj.\u{200B}x", 80), "exegpj.x");
        assert_eq!(one_line("\u{E0041}Zoë – 北京", 80), "Zoë – 北京");
    }

    #[test]
    fn what_is_too_long_ends_in_a_mark() {
        assert_eq!(one_line("abcdef", 6), "abcdef");
        assert_eq!(one_line("abcdefg", 6), "abcde…");
        assert_eq!(one_line("abcde fg", 6), "abcde…");
        assert_eq!(one_line("abcdef g", 6), "abcde…");
    }

    #[test]
    fn a_long_list_counts_what_it_leaves_out() {
        let names = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(list(&names, 3), "a, b, c");
        assert_eq!(list(&names, 2), "a, b and 1 more");
    }
}
