//! Which addresses are those of a Key Vault.

use url::Url;

use super::origin::is_confidential;

/// For whom the tokens of the vault at this address are: its cloud's vaults. `None` when it is no address of a Key
/// Vault, to which no token is sent. On this machine are stand-ins for the public cloud's.
pub fn vault_audience(vault: &Url) -> Option<&'static str> {
    const CLOUDS: [(&str, &str); 3] = [
        (".vault.azure.net", "https://vault.azure.net"),
        (".vault.azure.cn", "https://vault.azure.cn"),
        (".vault.usgovcloudapi.net", "https://vault.usgovcloudapi.net"),
    ];
    if !is_confidential(vault) || !vault.username().is_empty() || vault.password().is_some() {
        return None;
    }
    if vault.scheme() == "http" {
        return Some(CLOUDS[0].1);
    }
    let host = vault.host_str()?;
    let is_usual_port = vault.port().is_none();
    CLOUDS.iter().find(|(suffix, _)| is_usual_port && host.ends_with(suffix)).map(|(_, audience)| *audience)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_for_the_vaults_of_a_cloud_and_for_nobody_else() {
        let audience = |text: &str| vault_audience(&text.parse().unwrap());
        assert_eq!(audience("https://kv-notifier.vault.azure.net"), Some("https://vault.azure.net"));
        assert_eq!(audience("https://kv.vault.azure.cn/"), Some("https://vault.azure.cn"));
        assert_eq!(audience("https://kv.vault.usgovcloudapi.net"), Some("https://vault.usgovcloudapi.net"));
        assert_eq!(audience("http://127.0.0.1:8080"), Some("https://vault.azure.net"));
        for other in [
            "https://example.com",
            "https://vault.azure.net.example.com",
            "https://evilvault.azure.net",
            "http://kv.vault.azure.net",
            "https://kv.vault.azure.net:8443",
            "https://user@kv.vault.azure.net",
        ] {
            assert_eq!(audience(other), None, "{other}");
        }
    }
}
