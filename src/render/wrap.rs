//! Lines of a plain text mail: at most 76 columns where words allow it.

/// The widest line. Mail programs quote with two characters, and terminals have eighty columns.
pub(super) const WIDTH: usize = 76;

/// Breaks `text` between words. Further lines begin with `indent` spaces; the first one is already placed there.
///
/// A word that does not fit on any line, such as a link, stays whole.
pub(super) fn wrap(text: &str, indent: usize) -> String {
    let mut wrapped = String::with_capacity(text.len() + 16);
    let mut column = indent;
    for (index, word) in text.split_whitespace().enumerate() {
        let width = word.chars().count();
        if index > 0 && column + 1 + width > WIDTH {
            wrapped.push('\n');
            wrapped.push_str(&" ".repeat(indent));
            column = indent;
        } else if index > 0 {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(word);
        column += width;
    }
    wrapped
}

/// Removes blanks at the ends of lines and blank lines beyond one, which templates leave behind.
pub(super) fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut blank = true;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            if !blank {
                tidied.push('\n');
            }
            blank = true;
        } else {
            tidied.push_str(line);
            tidied.push('\n');
            blank = false;
        }
    }
    tidied.truncate(tidied.trim_end().len());
    tidied.push('\n');
    tidied
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_hang_under_their_first() {
        let text = "word ".repeat(30);
        let wrapped = wrap(&text, 4);
        assert!(wrapped.lines().all(|line| line.chars().count() <= WIDTH));
        assert!(wrapped.lines().skip(1).all(|line| line.starts_with("    word")));
        let link = format!("https://example.invalid/{}", "a".repeat(100));
        assert_eq!(wrap(&format!("see {link} now"), 0), format!("see\n{link}\nnow"));
    }

    #[test]
    fn tidy_text_has_single_blank_lines_and_one_at_the_end() {
        assert_eq!(tidy("\n\na  \n\n\n\nb\n\n"), "a\n\nb\n");
    }
}
