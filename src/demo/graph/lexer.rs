//! Cuts a question into tokens.

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A name, a keyword, or the operator `in~`.
    Word(String),
    Text(String),
    Symbol(String),
}

const SYMBOLS: [&str; 7] = ["=~", "|", "(", ")", ",", ".", "="];

/// The tokens of a question.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = if first == '\'' {
            let (value, length) = text_literal(rest)?;
            (Token::Text(value), length)
        } else if let Some(length) = word_length(rest) {
            (Token::Word(rest[..length].to_owned()), length)
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            (Token::Symbol((*symbol).to_owned()), symbol.len())
        } else {
            return Err(format!("The character '{first}' is not supported."));
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

/// Names, and `in~`.
fn word_length(text: &str) -> Option<usize> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let length = text.find(|c: char| !is_part(c)).unwrap_or(text.len());
    match (&text[..length], text[length..].starts_with('~')) {
        ("", _) => None,
        ("in", true) => Some(length + 1),
        _ => Some(length),
    }
}

/// The value of a text literal at the start of `text`, and its length.
fn text_literal(text: &str) -> Result<(String, usize), String> {
    let mut characters = text.char_indices().skip(1);
    let mut value = String::new();
    while let Some((index, character)) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 'r')) => value.push('\r'),
                Some((_, 't')) => value.push('\t'),
                Some((_, 'u')) => {
                    let digits: String = characters.by_ref().take(4).map(|(_, digit)| digit).collect();
                    let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                    value.push(code.ok_or_else(|| format!("'\\u{digits}' is not a character."))?);
                }
                Some((_, escaped @ ('\\' | '\''))) => value.push(escaped),
                Some((_, other)) => return Err(format!("'\\{other}' is not an escape.")),
                None => return Err(unclosed()),
            },
            '\'' => return Ok((value, index + 1)),
            character => value.push(character),
        }
    }
    Err(unclosed())
}

fn unclosed() -> String {
    "A text literal is not closed.".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_with_escapes_and_words_with_signs() {
        let cut = tokens(r"x in~ ('it\'s', 'a\\b')").unwrap();
        let word = |text: &str| Token::Word(text.to_owned());
        let symbol = |text: &str| Token::Symbol(text.to_owned());
        let text = |text: &str| Token::Text(text.to_owned());
        assert_eq!(
            cut,
            [word("x"), word("in~"), symbol("("), text("it's"), symbol(","), text("a\\b"), symbol(")")]
        );
        assert_eq!(tokens(r"'a\u0085\r\\'").unwrap(), [text("a\u{85}\r\\")]);
        assert!(tokens(r"'\x'").is_err());
        assert!(tokens("'open").is_err());
        assert!(tokens("x; y").is_err());
    }
}
