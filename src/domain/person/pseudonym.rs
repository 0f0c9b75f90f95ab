//! What stands for somebody where their address must not: the same for the same person, and found by nobody who has not
//! the key, even by trying every address there is.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The domain of the addresses that stand for people who were forgotten. Nothing is ever delivered to it (RFC 2606).
pub const FORGOTTEN_DOMAIN: &str = "forgotten.invalid";

/// What is signed begins with this, so that no other use of a key gives the same.
const PURPOSE: &[u8] = b"maintenance-notifier pseudonym 1\0";

/// How many bytes of the MAC a pseudonym has: enough that no two people share one.
const BYTES: usize = 8;

/// Makes pseudonyms by one key.
#[derive(Clone)]
pub struct Pseudonyms(Vec<u8>);

impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pseudonyms(…)")
    }
}

impl Pseudonyms {
    /// Pseudonyms by this key.
    pub fn new(key: &[u8]) -> Self {
        Self(key.to_vec())
    }

    /// What stands for the person with this name or address in a log: `person-0123456789abcdef`.
    pub fn of(&self, name: &str) -> String {
        format!("person-{}", self.digits(name, BYTES))
    }

    /// What stands for them where they were forgotten: an address in place of an address.
    pub fn forgotten(&self, name: &str) -> String {
        let pseudonym = self.of(name);
        if name.contains('@') { format!("{pseudonym}@{FORGOTTEN_DOMAIN}") } else { pseudonym }
    }

    /// So many bytes of the MAC of `text`, in hexadecimal.
    pub fn digits(&self, text: &str, bytes: usize) -> String {
        // A MAC takes a key of any length.
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return "unknown".to_owned() };
        let mac = mac.chain_update(PURPOSE).chain_update(text.to_ascii_lowercase().as_bytes());
        mac.finalize().into_bytes().iter().take(bytes).map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_is_stable_keyed_and_an_address_in_place_of_an_address() {
        let (one, other) = (Pseudonyms::new(b"one"), Pseudonyms::new(b"other"));
        let jane = one.forgotten("jane.doe@contoso.com");
        assert_eq!(jane, one.forgotten("Jane.Doe@contoso.com"));
        assert_ne!(jane, other.forgotten("jane.doe@contoso.com"));
        assert_ne!(jane, one.forgotten("john.doe@contoso.com"));
        jane.parse::<crate::domain::email_address::EmailAddress>().unwrap();
        assert!(
            !one.forgotten("platform").contains('@') && jane.starts_with(&one.of("jane.doe@contoso.com"))
        );
    }
}
