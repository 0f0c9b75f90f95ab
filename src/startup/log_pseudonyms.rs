//! What stands for people in the app's log.

use super::app_base::link_keys;
use crate::config::{Environment, Settings};
use crate::domain::person::Pseudonyms;

/// The pseudonyms for the log; `None` where the settings want addresses. They are made with the key of links, so that
/// they are the same in every process; without one they last as long as this process.
pub fn log_pseudonyms(environment: &Environment) -> Option<Pseudonyms> {
    // Settings that cannot be used are said elsewhere.
    let settings = Settings::from_environment(environment).ok();
    if settings.as_ref().is_some_and(|settings| settings.log_addresses) {
        return None;
    }
    let keys = settings.as_ref().and_then(|settings| link_keys(settings).pseudonyms());
    Some(keys.unwrap_or_else(|| Pseudonyms::new(uuid::Uuid::new_v4().as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_writes_addresses_and_nothing_else_does() {
        let with = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| (*name, (*value).to_owned()));
            log_pseudonyms(&Environment::from_pairs(pairs))
                .map(|pseudonyms| pseudonyms.of("jane.doe@contoso.com"))
        };
        const SETTING: &str = "NOTIFIER_LOG_ADDRESSES";
        assert_eq!(with(&[(SETTING, "true")]), None);
        let key = ("NOTIFIER_LINK_KEYS", "a:nX0PzqkHq2WmR7v5cS9tYb3LdE8fG1hJ4kU6wA0iQxM=");
        for set in [vec![], vec![key], vec![key, (SETTING, "0")], vec![key, (SETTING, "maybe")]] {
            assert!(with(&set).is_some(), "{set:?}");
        }
        assert_eq!(with(&[key]), with(&[key]), "the same in every process");
    }
}
