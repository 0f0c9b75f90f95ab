//! Cuts a question into tokens.

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A name, a keyword, or an operator that is a word, such as `in~` or `mv-expand`.
    Word(String),
    Text(String),
    Number(String),
    Symbol(String),
}

const SYMBOLS: [&str; 17] =
    ["==", "=~", "!=", "!~", "<=", ">=", "|", "(", ")", "[", "]", ",", ".", "=", "<", ">", "+"];

/// The tokens of a question; comments are left out.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = if rest.starts_with("//") {
            (None, rest.find('\n').unwrap_or(rest.len()))
        } else if first == '\'' || first == '"' || rest.starts_with("@'") || rest.starts_with("@\"") {
            let (value, length) = text_literal(rest)?;
            (Some(Token::Text(value)), length)
        } else if first.is_ascii_digit() {
            let length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            (Some(Token::Number(rest[..length].to_owned())), length)
        } else if let Some(length) = word_length(rest) {
            (Some(Token::Word(rest[..length].to_owned())), length)
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            (Some(Token::Symbol((*symbol).to_owned())), symbol.len())
        } else {
            return Err(format!("The character '{first}' is not supported."));
        };
        tokens.extend(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

/// Names, `in~`, `!in~`, `!has`, `mv-expand` and `project-away`.
fn word_length(text: &str) -> Option<usize> {
    let start = usize::from(text.starts_with('!'));
    let body = &text[start..];
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    if !body.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '$') {
        return None;
    }
    let mut length = start + body.find(|c: char| !is_part(c)).unwrap_or(body.len());
    for prefix in ["mv-", "project-"] {
        if text.starts_with(prefix) {
            length = text.find(|c: char| !is_part(c) && c != '-').unwrap_or(text.len());
        }
    }
    if ["in", "!in"].contains(&&text[..length]) && text[length..].starts_with('~') {
        length += 1;
    }
    Some(length)
}

/// The value of a text literal at the start of `text`, and its length. `@` in front switches escapes off.
fn text_literal(text: &str) -> Result<(String, usize), String> {
    let verbatim = text.starts_with('@');
    let mut characters = text.char_indices().skip(usize::from(verbatim));
    let Some((_, quote)) = characters.next() else {
        return Err(unclosed());
    };
    let mut value = String::new();
    while let Some((index, character)) = characters.next() {
        match character {
            '\\' if !verbatim => match characters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 'r')) => value.push('\r'),
                Some((_, 't')) => value.push('\t'),
                Some((_, 'u')) => {
                    let digits: String = characters.by_ref().take(4).map(|(_, digit)| digit).collect();
                    let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                    value.push(code.ok_or_else(|| format!("'\\u{digits}' is not a character."))?);
                }
                Some((_, escaped @ ('\\' | '\'' | '"'))) => value.push(escaped),
                Some((_, other)) => return Err(format!("'\\{other}' is not an escape.")),
                None => return Err(unclosed()),
            },
            character if character == quote => return Ok((value, index + quote.len_utf8())),
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
        let cut = tokens(r#"x in~ ('it\'s', @"a\b") // rest"#).unwrap();
        let word = |text: &str| Token::Word(text.to_owned());
        let symbol = |text: &str| Token::Symbol(text.to_owned());
        let text = |text: &str| Token::Text(text.to_owned());
        assert_eq!(
            cut,
            [word("x"), word("in~"), symbol("("), text("it's"), symbol(","), text("a\\b"), symbol(")")]
        );
        assert_eq!(tokens("mv-expand d").unwrap()[0], word("mv-expand"));
        assert_eq!(tokens(r"'a\u0085\r\\'").unwrap(), [text("a\u{85}\r\\")]);
        assert!(tokens(r"'\x'").is_err());
        assert!(tokens("'open").is_err());
        assert!(tokens("x; y").is_err());
    }
}
