//! What may be quoted of a text that people wrote: everything but addresses, which may be secrets in the wrong place.

/// Where the secret of an address begins that lost its beginning.
const SECRETS: [&str; 8] =
    ["sig=", "code=", "token=", "key=", "secret=", "password=", "signature=", "/webhookb2/"];
/// What stands around a word in a message.
const AROUND: [char; 10] = ['`', '"', '\'', ',', ')', '(', '<', '>', '{', '}'];
/// How the address of a server begins that a hint gives as an example.
const EXAMPLE: &str = "user:password@";

/// `text` with every address that is more than a host cut behind the host.
pub fn without_addresses(text: &str) -> String {
    cut(text, true)
}

/// `text` with every address cut that has a query. Hints name addresses of services, which are no secrets.
pub fn without_queries(text: &str) -> String {
    cut(text, false)
}

fn cut(text: &str, paths: bool) -> String {
    let is_end = |c: char| c.is_whitespace() || AROUND.contains(&c);
    text.split_inclusive(is_end)
        .map(|word| {
            let bare = word.trim_end_matches(is_end);
            let end = word.get(bare.len()..).unwrap_or_default();
            secret_at(bare, paths)
                .and_then(|at| bare.get(..at))
                .map_or_else(|| word.to_owned(), |shown| format!("{shown}…{end}"))
        })
        .collect()
}

/// Where in a word begins what nobody should read.
fn secret_at(word: &str, paths: bool) -> Option<usize> {
    // What was escaped may be an address all the same.
    let lower = word.to_ascii_lowercase();
    let host = lower.find("://").map(|at| at + "://".len());
    let host = host.or_else(|| lower.find("%3a%2f%2f").map(|at| at + "%3a%2f%2f".len()));
    let behind = host.and_then(|host| {
        let rest = lower.get(host..)?;
        if !paths && rest.starts_with(EXAMPLE) {
            return None;
        }
        // `user:password@host` is no host either.
        let ends = if rest.contains('@') { Some(0) } else { rest.find(['/', '?', '#', '%', '\\']) };
        let ends = ends.filter(|ends| rest.len() > ends + 1)?;
        (paths || rest.contains(['?', '@'])).then_some(host + ends)
    });
    let query = SECRETS.iter().filter_map(|name| Some(lower.find(name)? + name.len())).min();
    let query = query.filter(|at| *at < lower.len());
    [behind, query].into_iter().flatten().min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_form_of_an_address_with_a_secret_is_quoted() {
        for text in [
            "`https://prod-1.logic.azure.com/workflows/S3cret?sig=S3cret` is none of live, dry-run",
            "the environment variable https://x.y/?sig=S3cret is not set",
            "unknown key `HTTPS://x.y/S3cret`",
            "recipients[1] \"https://x.webhook.office.com/webhookb2/S3cret\": digest",
            "`sig=S3cret` is no time zone",
            "`x.y/run?api-version=1&sig=S3cret`",
            "`x.y/run?code=S3cret`",
            "`TOKEN=S3cret`",
            "`https://user:S3cret@x.y`",
            "`https%3A%2F%2Fx.y%2FS3cret`",
            "a https://x.y?S3cret",
        ] {
            assert!(!without_addresses(text).contains("S3cret"), "{text}");
        }
    }

    #[test]
    fn everything_else_is_quoted_as_it_stands() {
        for text in [
            "`Europe/Berlyn` is no time zone",
            "unknown key `digest`, a  b\n c",
            "`https://notifier.contoso.com` is no web address",
            "`/etc/notifier.toml` cannot be read",
            "jane@contoso.com is outside",
        ] {
            assert_eq!(without_addresses(text), text);
            assert_eq!(without_queries(text), text);
        }
        let hint = "write kv:https://NAME.vault.azure.net/secrets/SECRET, without a version";
        assert_eq!(without_queries(hint), hint);
        let hint = "write smtp://user:password@mail.contoso.com:587?tls=required";
        assert_eq!(without_queries(hint), hint);
    }
}
