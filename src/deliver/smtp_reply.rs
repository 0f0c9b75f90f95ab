//! A reply of a mail server, read as servers write them: three digits are a verdict, whatever stands behind them.
//!
//! A bare `250`, text in any encoding, lines that end with LF alone, lines without a code among others and codes that no
//! RFC lists are all read. What cannot be read is a line that begins with no code where a reply begins.

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    /// Three digits, such as 250.
    pub(super) code: u16,
    lines: Vec<String>,
}

/// A reply of which some lines were read.
#[derive(Debug, Default)]
pub(super) struct ReplyReader {
    code: Option<u16>,
    lines: Vec<String>,
}

/// What a line did to a reply.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Done,
    /// More lines belong to it.
    More,
    /// The line begins no reply.
    Nonsense,
}

impl Reply {
    /// Whether the command was done.
    pub(super) fn is_positive(&self) -> bool {
        (200..300).contains(&self.code)
    }

    /// Whether the server waits for what belongs to the command.
    pub(super) fn asks_for_more(&self) -> bool {
        (300..400).contains(&self.code)
    }

    /// The text of each line, without the code.
    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }

    /// All text in one line. An enhanced status code that every line repeats stands once.
    pub(super) fn text(&self) -> String {
        let first_word = self.lines.first().and_then(|line| line.split(' ').next()).unwrap_or_default();
        let is_enhanced = first_word.split('.').count() == 3
            && first_word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let mut lines = self.lines.iter();
        let mut text = lines.next().cloned().unwrap_or_default();
        for line in lines {
            let repeated = line.strip_prefix(first_word).filter(|rest| is_enhanced && rest.starts_with(' '));
            text.push(' ');
            text.push_str(repeated.map_or(line.as_str(), str::trim_start));
        }
        text
    }
}

impl ReplyReader {
    /// Whether the verdict is known, though the server may go on.
    pub(super) fn has_code(&self) -> bool {
        self.code.is_some()
    }

    /// Takes one line, without its end.
    pub(super) fn take(&mut self, line: &[u8]) -> Progress {
        let bare = without_edge(line);
        // Within a reply only a line that begins with its code, or that is not indented, goes on with it.
        let code = code_of(line)
            .filter(|code| bare.len() == line.len() || self.code.is_none_or(|known| known == *code));
        let Some(code) = code else {
            return match self.code {
                // Some servers forget the code on lines in the middle.
                Some(_) => {
                    self.lines.push(text_of(line));
                    Progress::More
                }
                None if line.iter().all(u8::is_ascii_whitespace) => Progress::More,
                None => Progress::Nonsense,
            };
        };
        // Where lines disagree the last one counts: it ends the reply.
        self.code = Some(code);
        let rest = &bare[3..];
        let (progress, text) = match rest.split_first() {
            Some((b'-', text)) => (Progress::More, text),
            Some((b' ' | b'\t', text)) => (Progress::Done, text),
            _ => (Progress::Done, rest),
        };
        self.lines.push(text_of(text));
        progress
    }

    /// The reply, as far as it was read. `None` when not even its code was.
    pub(super) fn finish(self) -> Option<Reply> {
        Some(Reply { code: self.code?, lines: self.lines })
    }
}

/// A line without what some servers put before the code: a mark of the text's encoding, blanks, control characters.
fn without_edge(mut line: &[u8]) -> &[u8] {
    loop {
        line = match line {
            [0xef, 0xbb, 0xbf, rest @ ..] | [0x00..=0x20 | 0x7f, rest @ ..] => rest,
            _ => return line,
        };
    }
}

/// The code that a line begins with. Three digits within a longer number are none.
pub(super) fn code_of(line: &[u8]) -> Option<u16> {
    let (digits, rest) = without_edge(line).split_at_checked(3)?;
    if !digits.iter().all(u8::is_ascii_digit) || rest.first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let code = digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    (200..600).contains(&code).then_some(code)
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end().to_owned()
}

/// The verdict and the words of the reply in `bytes`, of which the last line may lack its end; nothing where they are none.
pub fn read_reply(bytes: &[u8]) -> Option<(u16, String)> {
    let mut reader = ReplyReader::default();
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match reader.take(line) {
            Progress::Done => break,
            Progress::More => {}
            Progress::Nonsense => return None,
        }
    }
    reader.finish().map(|reply| (reply.code, reply.text()))
}

#[cfg(test)]
mod tests {
    use super::read_reply as read;

    #[test]
    fn a_code_is_a_verdict_whatever_stands_behind_it() {
        for (bytes, code, text) in [
            (&b"250\r\n"[..], 250, ""),
            (b"250", 250, ""),
            (b"250 \r\n", 250, ""),
            (b"250\n", 250, ""),
            (b"250\tqueued\r\n", 250, "queued"),
            (b"250OK\r\n", 250, "OK"),
            (b"\r\n250 ok\r\n", 250, "ok"),
            (b" 250 ok\r\n", 250, "ok"),
            (b"\t  250 queued as 1\r\n", 250, "queued as 1"),
            (b"\x00250 ok\r\n", 250, "ok"),
            (b"\xef\xbb\xbf250 ok\r\n", 250, "ok"),
            (b"\xef\xbb\xbf 250\r\n", 250, ""),
            (b" 250-first\r\n 250 second\r\n", 250, "first second"),
            (b"550-first\r\n 250 of yours\r\n550 last\r\n", 550, "first  250 of yours last"),
            (b"250 angenommen f\xfcr Zustellung\r\n", 250, "angenommen f\u{fffd}r Zustellung"),
            (
                b"550 5.1.1 \xd3\xc3\xbb\xa7\xb2\xbb\xb4\xe6\xd4\xda\r\n",
                550,
                "5.1.1 \u{fffd}û\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}",
            ),
            (b"250-first\r\n250 second\r\n", 250, "first second"),
            (b"250-first\r\nno code here\r\n250 last\r\n", 250, "first no code here last"),
            (b"550-5.7.1 one\r\n550-5.7.1 two\r\n550 5.7.1 three\r\n", 550, "5.7.1 one two three"),
            (b"571 blocked\r\n", 571, "blocked"),
            (b"591 your host is listed\r\n", 591, "your host is listed"),
            (b"250-taken\r\n550 but not\r\n", 550, "taken but not"),
            (b"550-5.1.1 the rest never", 550, "5.1.1 the rest never"),
        ] {
            let read = read(bytes).unwrap();
            assert_eq!(read.0, code, "{}", String::from_utf8_lossy(bytes));
            if !text.contains('û') {
                assert_eq!(read.1, text, "{}", String::from_utf8_lossy(bytes));
            }
        }
    }

    #[test]
    fn what_is_no_code_is_no_verdict() {
        for bytes in [
            &b"SSH-2.0-x\r\n"[..],
            b"HTTP/1.1 400 Bad Request\r\n",
            b"OK\r\n",
            b"25\r\n",
            b"2500 x\r\n",
            b"999 x\r\n",
        ] {
            assert_eq!(read(bytes), None, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
