//! The configuration that the app has until somebody writes one: a dry run, of which nobody hears.

use super::file::Owners;
use crate::domain::email_address::EmailAddress;

/// What the built-in configuration is called where a file's name would stand.
pub const NAME: &str = "the built-in configuration";

/// The built-in configuration with `operators` as fallback, as the text of a file. `None` without operators: nobody would
/// stand for machines without an owner.
pub fn text(operators: &[EmailAddress]) -> Option<String> {
    if operators.is_empty() {
        return None;
    }
    let list = |texts: Vec<&str>| toml::Value::from(texts).to_string();
    let tags = list(Owners::default().tags.iter().map(String::as_str).collect());
    let addresses = list(operators.iter().map(EmailAddress::as_str).collect());
    Some(format!(
        "[defaults]\nfallback = [\"operators\"]\n\n[owners]\ntags = {tags}\n\n[[recipients]]\nname = \"operators\"\n\
         email = {addresses}\n\n[safety]\nmode = \"dry-run\"\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::configuration::Mode;
    use crate::config::environment::Environment;
    use crate::config::parse::Secrets;
    use crate::config::vault_secret::VaultSecrets;
    use crate::config::{file::File, load};
    use crate::domain::fixtures::utc;

    #[test]
    fn it_is_valid_sends_nothing_and_finds_owners_as_the_example_does() {
        let operators = ["platform@contoso.com", "o'brien\"s@contoso.com"].map(str::parse).into_iter();
        let operators: Vec<EmailAddress> = operators.filter_map(Result::ok).collect();
        let text = text(&operators).unwrap();
        let (environment, vault) = (Environment::default(), VaultSecrets::default());
        let secrets = Secrets::Resolve { environment: &environment, vault: &vault, allow_private: false };
        let checked = load::examine(&text, secrets, utc("2026-12-01T10:00:00Z"));
        assert_eq!(checked.findings, [], "nobody is warned of what nobody wrote");
        let configuration = checked.configuration.unwrap();
        assert_eq!(configuration.safety.mode, Mode::DryRun);
        assert_eq!(configuration.policy.fallback.len(), 1);
        let example: File = toml::from_str(include_str!("../../notifier.example.toml")).unwrap();
        assert_eq!(configuration.policy.owners.tags, example.owners.tags);
    }

    #[test]
    fn without_operators_there_is_none() {
        assert_eq!(text(&[]), None);
    }
}
