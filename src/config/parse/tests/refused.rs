//! What is wrong, said all at once.

use chrono::TimeDelta;

use super::{PLATFORM, configuration, findings};

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    insta::assert_snapshot!(
        findings(
            r#"
[defaults]
timezone  = "Europe/Berln"
language  = "english"
digest    = "0 8 * *"
immediate = ["anounced"]
reminders = ["1 week"]
hours     = "WORKDAYS 08:00-18:00"
quiet     = ["late"]
holidays  = [2026-12-25T00:00:00]
fallback  = ["platfrom"]

[owners]
allowed_domains = ["@contoso.com"]
suffix = "contoso.com"

[[recipients]]
name  = "platform"
email = ["platform"]
teams = { webhook = "kv:teams" }
escalate_to = "platform"
maintenance_hours = "SATURDAY"

[[recipients]]
name = "Platform"
teams = { webhook = "env:TEAMS_OTHER" }

[[recipients]]
name = "nobody"

[[routes]]
match = { kind = "machine", impact = "restart", region = "" }
to = ["sap"]

[[silences]]
until = 2027-01-31
reason = ""

[start]
as = "me"
min_gap = "soon"
limit = "20"

[safety]
mode = "pilot"
pause = ["mail"]
brake = 1

[access]
admin = ["group:", "jane"]

[retention]
closed = "forever"
"#
        ),
        @r#"
    n.toml:3:1: error: defaults.timezone: `Europe/Berln` is no time zone
      hint: did you mean `Europe/Berlin`?
    n.toml:4:1: error: defaults.language: `english` is no language
      hint: write a tag such as `en` or `de-CH`
    n.toml:5:1: error: defaults.digest: `0 8 * *` is not understood: it needs 5 fields (minute hour day month weekday), and has 4; write it like `0 8 * * MON-FRI`, or `never`
    n.toml:6:14: error: defaults.immediate[1]: `anounced` is none of announced, rescheduled, self-service open, reminder, escalated, self-service closed, scheduled soon, scheduled open, passed, announced elsewhere, imminent, notice, unconfirmed, planned, called off, started, completed, skipped, failed, cancelled, no longer planned, reassigned, handed over, handed back
      hint: did you mean `announced`?
    n.toml:7:14: error: defaults.reminders[1]: `1 week` is not understood: a length of time looks like 7d, 36h, 90m or 1d12h; write 7d
    n.toml:8:1: error: defaults.hours: `WORKDAYS` is not understood: `WORKDAYS` is no day; the days are MON TUE WED THU FRI SAT SUN
    n.toml:9:14: error: defaults.quiet[1]: `late` is not understood: write it like 22:00-07:00
    n.toml:10:14: error: defaults.holidays[1]: `2026-12-25T00:00:00` is no date
      hint: write a day, such as 2026-12-25
    n.toml:11:14: error: defaults.fallback[1]: no recipient is called `platfrom`
      hint: did you mean `platform`?
    n.toml:14:20: error: owners.allowed_domains[1]: `@contoso.com` is no domain
      hint: write what follows the @: contoso.com
    n.toml:15:1: error: owners.suffix: `contoso.com` does not complete a name to an address
      hint: write it with the @: @contoso.com
    n.toml:19:10: error: recipients[1] "platform": email[1]: `platform` is no mail address: it has no @
    n.toml:20:11: error: recipients[1] "platform": teams.webhook: `kv:` names a secret, and NOTIFIER_KEY_VAULT does not say of which Key Vault
      hint: set NOTIFIER_KEY_VAULT=https://NAME.vault.azure.net, or write kv:https://NAME.vault.azure.net/secrets/SECRET
    n.toml:21:1: error: recipients[1] "platform": escalate_to: turns to the same recipient again
      hint: name somebody else, or leave it out
    n.toml:22:1: error: recipients[1] "platform": maintenance_hours: `SATURDAY` is not understood: write hours like `MON-FRI 08:00-18:00, SAT 10:00-12:00`, or `always`
    n.toml:25:1: error: recipients[2] "Platform": name: another recipient is called `platform`, and upper and lower case are the same
      hint: give one of them another name, or join them
    n.toml:26:11: error: recipients[2] "Platform": teams.webhook: the environment variable TEAMS_OTHER is not set
      hint: set TEAMS_OTHER to the address that Teams shows for the flow
    n.toml:28:1: error: recipients[3] "nobody": has neither `email` nor `teams`, so nothing can be sent to it
      hint: add email = ["team@contoso.com"]
    n.toml:32:11: error: routes[1].match.kind: `machine` is none of vm, scale-set-instance, dedicated-host, other
    n.toml:32:29: error: routes[1].match.impact: `restart` is none of freeze, reboot, redeploy, unknown
    n.toml:32:49: error: routes[1].match.region: is empty and matches nothing
      hint: leave the key out to match everything
    n.toml:33:7: error: routes[1].to[1]: no recipient is called `sap`
      hint: known here: nobody, platform
    n.toml:36:1: error: silences[1].until: `2027-01-31` is no moment
      hint: write date, time and zone: 2027-01-31T00:00:00Z
    n.toml:37:1: error: silences[1].reason: is empty
      hint: say why, for whoever asks later
    n.toml:40:1: error: start.as: `me` is none of app, user
    n.toml:41:1: error: start.min_gap: `soon` is not understood: a length of time looks like 7d, 36h, 90m or 1d12h
    n.toml:42:1: error: start.limit: `20` is no limit: write a number, a slash and `s`, `min`, `h` or `d`, several with commas: 30/min,100/h
    n.toml:44:2: error: safety.divert_to: is empty: in `pilot` mode the messages to everybody else would be lost
      hint: divert_to = ["platform"]
    n.toml:46:10: error: safety.pause[1]: `mail` is none of sending, starts
    n.toml:47:1: error: safety.brake: has to be above 1
      hint: 3.0 holds when one plan exceeds three times the usual
    n.toml:50:10: error: access.admin[1]: `group:` is no account, no group and no role
      hint: write an address, `group:` and the group's object id, or `role:` and the name of an app role
    n.toml:50:20: error: access.admin[2]: `jane` is no account, no group and no role
      hint: write an address, `group:` and the group's object id, or `role:` and the name of an app role
    n.toml:53:1: error: retention.closed: `forever` is not understood: a length of time looks like 7d, 36h, 90m or 1d12h
    "#
    );
}

#[test]
fn what_ended_is_kept_for_as_long_as_it_may_be_reported_and_names_as_long_as_that() {
    let retention = |text: &str| findings(&format!("{PLATFORM}\n[retention]\n{text}\n"));
    assert_eq!(retention("closed = '14d'\npersonal = '14d'"), "");
    assert_eq!(retention("closed = '400d'\npersonal = '400d'"), "");
    insta::assert_snapshot!(retention("closed = '13d'"), @"
    n.toml:9:1: error: retention.closed: has to be at least 14d
      hint: how a window ended may still be told, and its mails tried again, for as long
    ");
    insta::assert_snapshot!(retention("closed = '400d'"), @"
    n.toml:8:2: error: retention.personal: is shorter than `closed`, and windows and messages name people for as long
      hint: make it as long as `closed`, or longer
    ");
}

#[test]
fn hours_start_nothing_where_somebody_has_to_click() {
    let text = format!("{PLATFORM}maintenance_hours = 'SAT 22:00-04:00'\n[start]\nas = 'user'\n");
    insta::assert_snapshot!(findings(&text), @r#"
    n.toml:7:1: warning: recipients[1] "platform": maintenance_hours: starts nothing: with start.as = "user" nothing is started without somebody who clicks
      hint: write start.as = "app", or leave the hours out
    "#);
    assert_eq!(findings(&text.replace("'user'", "'app'")), "");
}

#[test]
fn nobody_may_be_left_without_notifications() {
    insta::assert_snapshot!(findings("[owners]\ntags = ['owner']\n"), @r#"
    n.toml: error: defaults.fallback: is empty: nobody would hear of machines without an owner, or of trouble
      hint: name a recipient of your own team: fallback = ["platform"]
    "#);
}

#[test]
fn no_time_at_all_is_read_the_same_in_every_key() {
    for zero in ["0", "0s", "0m", "0h", "0d"] {
        let text = format!(
            "[defaults]\nfallback = [\"a\"]\nsettle = \"{zero}\"\n[start]\nmin_gap = \"{zero}\"\n\
             [[recipients]]\nname = \"a\"\nemail = [\"a@contoso.com\"]\nsettle = \"{zero}\"\n"
        );
        let configuration = configuration(&text);
        assert_eq!(configuration.policy.defaults.settle, TimeDelta::zero());
        assert_eq!(configuration.start.min_gap, TimeDelta::zero());
        // Where nothing could come of it, that is said.
        let text = format!(
            "[defaults]\nfallback = [\"a\"]\nreminders = [\"{zero}\"]\nscheduled = [\"{zero}\"]\n\
             escalate = [\"{zero}\"]\n[start]\ngrace = \"{zero}\"\n[retention]\nclosed = \"{zero}\"\n\
             [[recipients]]\nname = \"a\"\nemail = [\"a@contoso.com\"]\n"
        );
        let said = findings(&text);
        assert_eq!(said.matches("is no time at all").count(), 4, "{said}");
        assert!(said.contains("retention.closed: has to be at least 14d"), "{said}");
    }
}

#[test]
fn an_address_in_the_wrong_place_is_never_quoted() {
    const SECRET: &str = "https://prod-1.logic.azure.com/workflows/S3cret/run?code=S3cret&sig=S3cret";
    for (from, to) in [
        ("", format!("[defaults]\ntimezone = '{SECRET}'\n")),
        ("", format!("[defaults]\ndigest = '{SECRET}'\n")),
        ("", format!("[safety]\nmode = '{SECRET}'\n")),
        ("", format!("[owners]\nallowed_domains = ['{SECRET}']\n")),
        ("", format!("[owners]\nsuffix = '{SECRET}'\n")),
        ("", format!("['{SECRET}']\nx = 1\n")),
        ("", format!("[[recipients]]\nname = '{SECRET}'\ndigest = 7\n")),
        ("", format!("[[recipients]]\nname = 'sap'\nemail = ['{SECRET}']\n")),
        ("", format!("[[recipients]]\nname = 'sap'\nteams = {{ webhook = 'env:{SECRET}' }}\n")),
        ("", format!("[[recipients]]\nname = 'sap'\nteams = {{ webhook = 'file:{SECRET}' }}\n")),
        ("", format!("[[routes]]\nto = ['{SECRET}']\n")),
        ("", format!("[[routes]]\nmatch = {{ region = '{SECRET}' }}\nto = ['platform']\n")),
        ("", "[[routes]]\nto = ['sig=S3cret']\n".to_owned()),
    ] {
        let said = findings(&format!("{from}{to}"));
        assert!(!said.is_empty() && !said.contains("S3cret"), "{to}\n{said}");
    }
}
