//! The line of a file that a finding is about, with a caret. What stands in quotes may be the address of a webhook, so
//! texts are shown by their length only.

/// The line with this number, from 1, and below it a caret under this column; `None` when there is no such line.
pub fn excerpt(text: &str, line: usize, column: usize) -> Option<String> {
    let before = text.lines().take(line.checked_sub(1)?);
    // A text of several lines goes on until it is closed, and nothing says where its secret stands.
    let is_inside_text = ["\"\"\"", "'''"]
        .iter()
        .any(|fence| before.clone().map(|line| line.matches(fence).count()).sum::<usize>() % 2 == 1);
    let source = text.lines().nth(line - 1)?;
    let shown = if is_inside_text { "…".to_owned() } else { masked(source) };
    let shown: String = shown.chars().take(WIDEST).collect();
    let number = line.to_string();
    // Tabs stay, so that the caret stands where it should in every editor's width.
    let indent: String = shown
        .chars()
        .chain(std::iter::repeat(' '))
        .take(column.min(WIDEST).saturating_sub(1))
        .map(blank)
        .collect();
    let gutter = " ".repeat(number.len());
    Some(format!("  {number} | {}\n  {gutter} | {indent}^", shown.trim_end()))
}

/// The most of a line that is shown.
const WIDEST: usize = 160;
/// An unquoted value longer than this is no number, date or switch, but a text without its quotes.
const LONGEST_PLAIN: usize = 25;

fn blank(character: char) -> char {
    if character == '\t' { '\t' } else { ' ' }
}

/// The line with every letter of a text replaced, so that columns stay.
fn masked(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut quote = None;
    let mut word = String::new();
    for character in line.chars() {
        match quote {
            Some(open) if character == open => {
                quote = None;
                shown.push(character);
            }
            Some(_) => shown.push('·'),
            None if matches!(character, '"' | '\'') => {
                flush(&mut word, &mut shown);
                quote = Some(character);
                shown.push(character);
            }
            None if character.is_whitespace() || "=,[]{}#".contains(character) && !is_secret(&word) => {
                flush(&mut word, &mut shown);
                shown.push(character);
            }
            None => word.push(character),
        }
    }
    flush(&mut word, &mut shown);
    shown
}

fn flush(word: &mut String, shown: &mut String) {
    if is_secret(word) {
        shown.extend(word.chars().map(|_| '·'));
    } else {
        shown.push_str(word);
    }
    word.clear();
}

/// Whether a word without quotes may be an address, or a piece of one: then it goes on to the next blank.
fn is_secret(word: &str) -> bool {
    word.chars().count() > LONGEST_PLAIN || word.contains(['/', '?', '&', '%'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caret_stands_under_its_column_and_texts_are_not_shown() {
        let text = "[defaults]\nfallback = \"platform\"\n\tteams = 'https://flow/?sig=S3cret' # x\n";
        assert_eq!(excerpt(text, 2, 12).unwrap(), "  2 | fallback = \"········\"\n    |            ^");
        assert_eq!(excerpt(text, 3, 2).unwrap(), "  3 | \tteams = '························' # x\n    | \t^");
        assert_eq!(excerpt(text, 9, 1), None);
        assert_eq!(excerpt(text, 0, 1), None);
    }

    #[test]
    fn no_form_of_a_secret_is_shown() {
        for text in [
            "webhook = https://flow.contoso.com/?sig=S3cretS3cret",
            "webhook = \"https://flow.contoso.com/?sig=S3cretS3cret",
            "webhook = 'https://flow.contoso.com/?sig=S3cretS3cret",
            "webhook = flow.contoso.com/run?sig=S3cretS3cret",
            "webhook = “https://flow.contoso.com/S3cretS3cret”",
            "webhook = \"\"\"\nhttps://flow.contoso.com/?sig=S3cretS3cret\n\"\"\"",
            "teams = { webhook = \"https://x/?sig=S3cretS3cret\" }",
        ] {
            for line in 1..=3 {
                let shown = excerpt(text, line, 1).unwrap_or_default();
                assert!(!shown.contains("S3cret"), "{shown}");
            }
        }
    }
}
