//! The version of a configuration: a digest of what decides who is notified of what.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::file::{Defaults, File, MatchEntry, RecipientEntry};
use crate::domain::config_version::ConfigVersion;

/// The version of `file`.
///
/// It covers what assigns and plans: `[defaults]`, `[owners]`, recipients, routes and silences. Comments, the order of
/// keys and what `[start]`, `[safety]`, `[access]`, `[retention]` and summaries say do not change it, because
/// everything is assigned anew when it changes. Secrets are left out: only whether there is a channel counts.
pub fn of(file: &File) -> ConfigVersion {
    let digest = Sha256::digest(meaning(file).to_string().as_bytes());
    let hex: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    ConfigVersion(hex)
}

/// What counts, in an order of its own, so that the same meaning is the same text.
fn meaning(file: &File) -> Value {
    let defaults = &file.defaults;
    let recipients: BTreeMap<&str, Value> =
        file.recipients.iter().map(|entry| (entry.name.trim(), recipient(entry, defaults))).collect();
    let matcher = |entry: &MatchEntry| json!(entry);
    let routes: Vec<Value> = file
        .routes
        .iter()
        .map(|route| json!({ "match": matcher(&route.matcher), "to": route.to, "stop": route.stop }))
        .collect();
    let silences: Vec<Value> = file
        .silences
        .iter()
        .map(|silence| {
            json!({
                "match": matcher(&silence.matcher),
                "until": silence.until.to_string(),
                "reason": silence.reason,
            })
        })
        .collect();
    json!({
        "defaults": recipient(&RecipientEntry::default(), defaults),
        "fallback": defaults.fallback,
        "owners": {
            "tags": file.owners.tags,
            "allowed_domains": file.owners.allowed_domains,
            "suffix": file.owners.suffix,
            "person_teams": file.owners.person_webhook.is_some(),
        },
        "recipients": recipients,
        "routes": routes,
        "silences": silences,
    })
}

fn recipient(entry: &RecipientEntry, defaults: &Defaults) -> Value {
    let holidays = entry.holidays.as_ref().unwrap_or(&defaults.holidays);
    let holidays: Vec<String> = holidays.iter().map(ToString::to_string).collect();
    json!({
        "email": entry.email,
        "teams": entry.teams.is_some(),
        "timezone": entry.timezone.as_ref().unwrap_or(&defaults.timezone),
        "language": entry.language.as_ref().unwrap_or(&defaults.language),
        "digest": entry.digest.as_ref().unwrap_or(&defaults.digest),
        "immediate": entry.immediate.as_ref().unwrap_or(&defaults.immediate),
        "reminders": entry.reminders.as_ref().unwrap_or(&defaults.reminders),
        "scheduled": entry.scheduled.as_ref().unwrap_or(&defaults.scheduled),
        "settle": entry.settle.as_ref().unwrap_or(&defaults.settle),
        "hours": entry.hours.as_ref().unwrap_or(&defaults.hours),
        "quiet": entry.quiet.as_ref().unwrap_or(&defaults.quiet),
        "holidays": holidays,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> String {
        of(&toml::from_str(text).unwrap()).0
    }

    const PLAIN: &str =
        "[defaults]\nfallback = ['a']\n[[recipients]]\nname = 'a'\nteams = { webhook = 'env:A' }\n";

    #[test]
    fn it_is_short_and_ignores_comments_secrets_and_what_assigns_nothing() {
        let plain = version(PLAIN);
        assert_eq!(plain.len(), 12);
        let same = "# A comment.\n[[recipients]]\nteams.webhook = 'https://x.y/z'\nname = 'a'\n[safety]\npause = ['sending']\n\
                    [defaults]\ntimezone = 'UTC'\nfallback = ['a']\n";
        assert_eq!(version(same), plain);
    }

    #[test]
    fn whatever_decides_who_is_notified_changes_it() {
        let changes = [
            "[[routes]]\nto = ['a']\n",
            "[[silences]]\nuntil = 2027-01-31T00:00:00Z\nreason = 'x'\n",
            "[owners]\nsuffix = '@contoso.com'\n",
            "[[recipients]]\nname = 'b'\nemail = ['b@contoso.com']\n",
        ];
        let mut seen = std::collections::BTreeSet::from([version(PLAIN)]);
        for change in changes {
            assert!(seen.insert(version(&format!("{PLAIN}{change}"))), "{change}");
        }
        assert!(seen.insert(version(&PLAIN.replace("name = 'a'", "name = 'a'\ntimezone = 'Europe/Berlin'"))));
    }
}
