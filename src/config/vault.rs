//! Secrets that the configuration file takes from a Key Vault: which ones it names, and what the vault answered.

use std::collections::BTreeSet;

use url::Url;

use super::file::File;
use super::finding::{ConfigPath, Finding};
use super::parse::recipients_path;
use super::reference::WebhookReference;
use super::source::SourceText;
use super::vault_secret::VaultSecret;

/// The secrets that a configuration names. None for a text that is no configuration: what is wrong is said elsewhere.
pub fn named_secrets(text: &str, vault: Option<&Url>) -> BTreeSet<VaultSecret> {
    let read = SourceText::parse(text).ok().and_then(|source| source.read().ok());
    let file = read.unwrap_or_default();
    references(&file).into_iter().filter_map(|(_, reference)| reference.vault_secret(vault)?.ok()).collect()
}

/// Says of each secret that a configuration names that it is not read.
pub fn not_read(text: &str, vault: Option<&Url>) -> Vec<Finding> {
    let Ok(source) = SourceText::parse(text) else { return Vec::new() };
    let Ok(file) = source.read() else { return Vec::new() };
    let named = references(&file).into_iter().filter_map(|(path, reference)| {
        let secret = reference.vault_secret(vault)?.ok()?;
        let finding = Finding::warning(path.to_string(), format!("{secret} is not read offline"));
        Some(source.place(&path, finding.hint("`check --live` reads it")))
    });
    named.collect()
}

/// Everything in the file that may lead to a secret.
fn references(file: &File) -> Vec<(ConfigPath, &WebhookReference)> {
    let channels = file.recipients.iter().enumerate().filter_map(|(index, entry)| {
        let teams = entry.teams.as_ref()?;
        Some((recipients_path(index, entry).key("teams").key("webhook"), &teams.webhook))
    });
    let person = file.owners.person_webhook.as_ref();
    let person = person.map(|webhook| (ConfigPath::of("owners").key("person_webhook"), webhook));
    channels.chain(person).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::vault_secret::UnusableVaultSecret;

    #[test]
    fn a_secret_is_a_name_or_an_address() {
        let vault: Url = "https://kv-notifier.vault.azure.net".parse().unwrap();
        let parse = |text: &str| VaultSecret::parse(text, Some(&vault)).map(|secret| secret.to_string());
        assert_eq!(parse("teams-1").unwrap(), "the secret `teams-1` of https://kv-notifier.vault.azure.net");
        assert_eq!(
            parse("https://kv2.vault.azure.net/secrets/teams/").unwrap(),
            "the secret `teams` of https://kv2.vault.azure.net"
        );
        assert_eq!(VaultSecret::parse("teams", None), Err(UnusableVaultSecret::NoVault));
        for name in ["", "a/b", "a?b", "..", "a_b", "ä", &"x".repeat(128)] {
            assert_eq!(parse(name), Err(UnusableVaultSecret::NoName), "{name}");
        }
        for address in [
            "https://example.com/secrets/teams",
            "https://kv2.vault.azure.net/keys/teams",
            "https://kv2.vault.azure.net/secrets/teams/0123456789abcdef",
            "https://kv2.vault.azure.net/secrets/teams?api-version=1",
            "http://kv2.vault.azure.net/secrets/teams",
            "https://",
        ] {
            assert_eq!(parse(address), Err(UnusableVaultSecret::NoAddress), "{address}");
        }
    }
}
