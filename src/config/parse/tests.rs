use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;

use super::*;
use crate::config::Severity;
use crate::config::configuration::{Configuration, Mode};
use crate::config::environment::Environment;
use crate::config::load::{self, CheckedFile};
use crate::config::vault_secret::VaultSecrets;
use crate::domain::access::Principal;
use crate::domain::recipient_name::RecipientName;
use crate::domain::window::Impact;

fn now() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

fn examine(text: &str) -> CheckedFile {
    let environment =
        Environment::from_pairs([("TEAMS_PLATFORM", "https://flows.contoso.com/run?sig=secret")]);
    let vault = VaultSecrets::default();
    let secrets = Secrets::Resolve { environment: &environment, vault: &vault, allow_private: false };
    load::examine(text, secrets, now())
}

fn configuration(text: &str) -> Configuration {
    let examined = examine(text);
    let errors = examined.findings.iter().filter(|finding| finding.severity == Severity::Error);
    assert_eq!(errors.count(), 0, "{}", shown(&examined));
    examined.configuration.unwrap()
}

fn findings(text: &str) -> String {
    shown(&examine(text))
}

fn shown(examined: &CheckedFile) -> String {
    let lines: Vec<String> = examined.findings.iter().map(|finding| finding.render(Some("n.toml"))).collect();
    lines.join("\n")
}

fn name(text: &str) -> RecipientName {
    text.parse().unwrap()
}

const PLATFORM: &str = r#"
[defaults]
fallback = ["platform"]
[[recipients]]
name = "platform"
email = ["platform@contoso.com"]
"#;

#[test]
fn a_whole_file_becomes_a_policy() {
    let built = configuration(
        r#"
[defaults]
timezone  = "Europe/Berlin"
digest    = "0 8 * * MON-FRI"
immediate = ["announced", "imminent"]
reminders = ["2d", "7d"]
settle    = "0"
holidays  = [2026-12-25]
fallback  = ["platform"]
escalate  = ["2d", "7d"]

[owners]
tags            = ["owner"]
allowed_domains = ["Contoso.com"]
suffix          = "@contoso.com"
person_webhook  = "env:TEAMS_PLATFORM"

[[recipients]]
name     = "platform"
email    = ["platform@contoso.com"]
teams    = { webhook = "env:TEAMS_PLATFORM" }
timezone = "Europe/London"
digest   = "never"
deputies = ["ops@contoso.com"]
escalate_to = "duty-manager"
maintenance_hours = "SAT 22:00-04:00"

[[recipients]]
name  = "duty-manager"
email = ["duty@contoso.com"]

[[routes]]
match = { subscription = "prod-*", resource_group = "rg-sap-*", kind = "vm", impact = "redeploy", tags = { app = "sap" } }
to    = ["platform"]
stop  = true

[[silences]]
match  = { resource_group = "rg-lab-*" }
until  = 2027-01-31T00:00:00+01:00
reason = "lab is being closed"

[safety]
mode      = "pilot"
pilot     = ["platform"]
divert_to = ["duty-manager"]
pause     = ["starts"]

[access]
viewer = ["group:0000000A-0000-0000-0000-000000000009", "role:Reader", "jane@contoso.com"]
teams  = [{ name = "sap", match = { tags = { app = "sap" } }, viewer = ["role:Sap"] }]
"#,
    );
    let policy = &built.policy;
    assert_eq!(policy.fallback, [name("platform")]);
    assert_eq!(policy.zone(), "Europe/Berlin".parse::<crate::domain::time_zone::Tz>().unwrap());
    assert_eq!(policy.defaults.reminders, [TimeDelta::days(7), TimeDelta::days(2)]);
    assert_eq!(policy.defaults.settle, TimeDelta::zero());
    assert_eq!(policy.defaults.holidays.len(), 1);
    let platform = &policy.recipients[&name("platform")];
    assert_eq!(
        platform.preferences.timezone,
        "Europe/London".parse::<crate::domain::time_zone::Tz>().unwrap()
    );
    assert!(platform.preferences.digest.is_never() && platform.teams);
    assert_eq!(platform.preferences.immediate, policy.defaults.immediate);
    assert_eq!(policy.recipients[&name("duty-manager")].preferences, policy.defaults);
    assert!(policy.owners.allowed_domains.contains("contoso.com") && policy.owners.person_chat);
    assert!(policy.routes[0].stop);
    assert_eq!(
        policy.routes[0].matcher.text,
        r#"subscription = "prod-*", resource_group = "rg-sap-*", kind = "vm", impact = "redeploy", tags.app = "sap""#
    );
    assert_eq!(policy.silences[0].until, "2027-01-30T23:00:00Z".parse::<DateTime<Utc>>().unwrap());
    assert_eq!(built.webhooks[&name("platform")].expose_secret(), "https://flows.contoso.com/run?sig=secret");
    assert!(built.person_webhook.is_some());
    assert_eq!(policy.escalation.to[&name("platform")], name("duty-manager"));
    assert_eq!(policy.escalation.before, [TimeDelta::days(7), TimeDelta::days(2)]);
    assert!(built.standing_orders.contains_key(&name("platform")) && built.deputies.len() == 1);
    assert!(
        matches!(&built.safety.mode, Mode::Pilot { divert_to, .. } if *divert_to == [name("duty-manager")])
    );
    assert!(built.safety.pause_starts && !built.safety.pause_sending);
    let access = &built.access.overview;
    let group = Principal::Group("0000000a-0000-0000-0000-000000000009".to_owned());
    assert_eq!(access.viewer[..2], [group, Principal::Role("Reader".to_owned())]);
    assert_eq!(access.teams[0].viewer, [Principal::Role("Sap".to_owned())]);
    assert_eq!(access.teams[0].of.text, "tags.app = \"sap\"");
    assert!(!format!("{built:?}").contains("sig=secret"));
}

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
fn secrets_are_left_alone_where_nothing_is_sent() {
    let text = PLATFORM.replace("email = ", "teams = { webhook = 'env:UNSET' }\nemail = ");
    assert!(examine(&text).configuration.is_none());
    let examined = load::examine(&text, Secrets::Leave, now());
    let configuration = examined.configuration.unwrap();
    assert!(configuration.webhooks.is_empty());
    assert!(configuration.policy.recipients[&name("platform")].teams);
}

#[test]
fn routes_that_match_nothing_are_noticed() {
    let routes = r#"
[[routes]]
match = { region = "West.Europe" }
to = ["platform"]

[[routes]]
match = { resource_group = "rg sap" }
to = []

[[routes]]
match = { subscription = "prod-*" }
to = ["platform"]
stop = true

[[routes]]
match = { subscription = "prod-sap*", kind = "vm" }
to = ["platform"]

[[routes]]
match = { subscription = "*", name = "/subscriptions/00000000-0000-0000-0000-000000000001/x" }
to = ["platform"]
"#;
    insta::assert_snapshot!(findings(&format!("{PLATFORM}{routes}")), @"
    n.toml:9:11: warning: routes[1].match.region: matches nothing: no region is called `West.Europe`
      hint: regions have letters and digits: westeurope
    n.toml:12:1: warning: routes[2]: does nothing: `to` is empty
      hint: name recipients, or remove the route
    n.toml:13:11: warning: routes[2].match.resource_group: matches nothing: no resource group can be called `rg sap`
      hint: names have letters, digits, dots, dashes, underscores and parentheses
    n.toml:21:1: warning: routes[4]: is never reached: routes[3] matches everything that it matches, and has stop = true
      hint: put the narrower route first
    n.toml:26:31: warning: routes[5].match.name: matches nothing: it is a whole resource id
      hint: write the name alone, and its resource group and subscription beside it
    ");
}

#[test]
fn people_who_would_hear_nothing_are_noticed() {
    let text = r#"
[defaults]
fallback = ["platform"]
[owners]
tags = []
suffix = "@fabrikam.com"
allowed_domains = ["contoso.com"]
[[recipients]]
name = "platform"
email = ["platform@contoso.com"]
[[recipients]]
name = "mute"
email = ["platform@contoso.com"]
digest = "never"
immediate = []
reminders = []
scheduled = []
[[recipients]]
name = "nights"
email = ["nights@contoso.com"]
hours = "MON-SUN 22:00-06:00"
quiet = ["21:00-07:00"]
digest = "0 8 30 2 *"
[[recipients]]
name = "literal"
teams = { webhook = "https://flows.contoso.com/run?sig=secret" }
language = "fr"
[[routes]]
to = ["mute", "nights"]
"#;
    insta::assert_snapshot!(findings(text), @r#"
    n.toml:6:1: warning: owners.suffix: fabrikam.com is not among `allowed_domains`, so every name that it completes is refused
      hint: add "fabrikam.com" to allowed_domains
    n.toml:6:1: warning: owners.suffix: completes nothing, because no tags are looked up
      hint: name the tags: tags = ["owner"]
    n.toml:11:1: warning: recipients[2] "mute": would never hear anything: `digest` is never, and `immediate`, `reminders` and `scheduled` are empty
      hint: give it a digest, or at least immediate = ["announced", "rescheduled"]
    n.toml:13:1: warning: recipients[2] "mute": email: platform@contoso.com also belongs to `platform`, so it would get two messages about one machine
      hint: keep it in one of the two
    n.toml:18:1: warning: recipients[3] "nights": `hours` and `quiet` leave no moment at which news may arrive, so they are ignored
      hint: leave a span of `hours` outside `quiet`
    n.toml:23:1: warning: recipients[3] "nights": digest: names a day that never comes
      hint: write `never` for no digests, or a schedule such as 0 8 * * MON-FRI
    n.toml:24:1: warning: recipients[4] "literal": would never hear anything: no route, no fallback and no other recipient names it
      hint: add "literal" to the `to` of a route
    n.toml:26:11: warning: recipients[4] "literal": teams.webhook: the address stands in this file, and whoever reads it can post to the channel
      hint: move it to an environment variable and write env:NAME
    n.toml:27:1: warning: recipients[4] "literal": language: messages are not yet written in `fr`; English is used
      hint: leave it out, or write `en` or `de`
    "#);
}

#[test]
fn circles_rare_digests_and_zones_without_a_place_are_noticed() {
    let text = r#"
[defaults]
fallback = ["a"]
timezone = "Etc/GMT+5"
[[recipients]]
name = "a"
email = ["a@contoso.com"]
escalate_to = "b"
[[recipients]]
name = "b"
email = ["b@contoso.com"]
escalate_to = "c"
digest = "0 8 1 * *"
timezone = "W. Europe Standard Time"
[[recipients]]
name = "c"
email = ["c@contoso.com"]
escalate_to = "a"
digest = "0 8 1,15 * *"
timezone = "EST"
[[recipients]]
name = "d"
email = ["d@contoso.com"]
escalate_to = "a"
timezone = "Asia/Kolkata"
"#;
    insta::assert_snapshot!(findings(text), @r#"
    n.toml:4:1: warning: defaults.timezone: `Etc/GMT+5` is UTC-05:00 all year, whatever the clocks do where people are
      hint: name a place, such as Europe/Berlin or America/New_York
    n.toml:8:1: warning: recipients[1] "a": escalate_to: comes back to where it began (a, then b, then c, then a), so nobody else hears of it
      hint: let the last of them escalate to somebody who is not in the circle, or to nobody
    n.toml:13:1: warning: recipients[2] "b": digest: comes more rarely than maintenance takes from its announcement to its end, so some would be over by then
      hint: send one at least every two weeks, such as 0 8 * * MON
    n.toml:20:1: warning: recipients[3] "c": timezone: `EST` is UTC-05:00 all year, whatever the clocks do where people are
      hint: name a place, such as Europe/Berlin or America/New_York
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
fn a_region_matches_by_either_of_its_names() {
    for text in [
        "westeurope",
        "West Europe",
        "WEST EUROPE",
        "(Europe) West Europe",
        "west-europe",
        "West*",
        "* Europe",
        "west?urope",
    ] {
        let text = format!(
            "[defaults]\nfallback = [\"a\"]\n[[recipients]]\nname = \"a\"\nemail = [\"a@contoso.com\"]\n\
             [[routes]]\nmatch = {{ region = \"{text}\" }}\nto = [\"a\"]\n"
        );
        let configuration = configuration(&text);
        let matcher = &configuration.policy.routes[0].matcher;
        for region in ["westeurope", "West Europe"] {
            let mut machine = crate::domain::fixtures::machine("web-01");
            machine.region = Some(region.to_owned());
            assert!(matcher.matches(&machine, &Impact::Unknown), "{text} {region}");
            machine.region = Some("northeurope".to_owned());
            assert_eq!(matcher.matches(&machine, &Impact::Unknown), text.contains("* Europe"), "{text}");
            machine.region = None;
            assert!(!matcher.matches(&machine, &Impact::Unknown), "{text}");
        }
    }
}

#[test]
fn ways_to_people_that_are_open_to_everybody_or_end_in_a_channel_are_noticed() {
    let text = r#"
[defaults]
fallback = ["platform"]
[owners]
tags = []
person_webhook = "https://flows.contoso.com/person?sig=secret"
[[recipients]]
name = "platform"
teams = { webhook = "env:TEAMS_PLATFORM" }
"#;
    insta::assert_snapshot!(findings(text), @r#"
    n.toml:3:1: warning: defaults.fallback: has no mail address: should the flow of its channel stop, nobody would hear of that
      hint: give one of them an `email` too
    n.toml:6:1: warning: owners.person_webhook: the address stands in this file, and whoever reads it can write to everybody
      hint: move it to an environment variable and write env:NAME
    n.toml:6:1: warning: owners.person_webhook: writes to nobody, because no tags are looked up
      hint: name the tags: tags = ["owner"]
    "#);
}

#[test]
fn silences_and_rehearsals_without_effect_are_noticed() {
    let text = r#"
[[silences]]
match = { resource_group = "rg-lab-*" }
until = 2026-11-01T00:00:00Z
reason = "lab"
[[silences]]
until = 2027-01-01T00:00:00Z
reason = "freeze"
[safety]
pilot = ["platform"]
"#;
    insta::assert_snapshot!(findings(&format!("{PLATFORM}{text}")), @r#"
    n.toml:10:1: warning: silences[1].until: is over and silences nothing
      hint: remove it, or give it a later `until`
    n.toml:12:1: warning: silences[2]: matches everything: nobody is told anything until 2027-01-01T00:00:00Z
      hint: say what it applies to: match = { resource_group = "rg-lab-*" }
    n.toml:16:1: warning: safety.pilot: has no effect, because mode is `live`
      hint: write mode = "pilot", or remove it
    "#);
}

#[test]
fn hosts_that_may_be_asked_are_named_one_by_one_and_half_a_setting_is_noticed() {
    let start = |text: &str| format!("{PLATFORM}[start]\n{text}\n");
    let hosts = configuration(&start(
        "health_tag = \" answers-at \"\nhealth_hosts = [\"*.Contoso.com\", \"10.1.*\"]",
    ));
    assert_eq!((hosts.start.health_tag.as_str(), hosts.start.health_hosts.len()), ("answers-at", 2));
    let problems: Vec<String> = [
        "health_tag = \"answers-at\"",
        "health_hosts = [\"*.contoso.com\"]",
        "health_tag = \"answers-at\"\nhealth_hosts = [\"*\", \"*.*\", \"https://web-01/\", \"\"]",
    ]
    .iter()
    .map(|text| findings(&start(text)))
    .collect();
    insta::assert_snapshot!(problems.join("\n"), @r#"
    n.toml:8:1: warning: start.health_tag: has no effect: no host is allowed, so nothing is asked
      hint: name the hosts: health_hosts = ["*.internal.contoso.com"]
    n.toml:8:1: warning: start.health_hosts: has no effect, because no tag is looked at
      hint: name the tag: health_tag = "answers-at"
    n.toml:9:17: error: start.health_hosts[1]: `*` names no hosts
      hint: name the hosts, without scheme and port: *.internal.contoso.com
    n.toml:9:22: error: start.health_hosts[2]: `*.*` names no hosts
      hint: name the hosts, without scheme and port: *.internal.contoso.com
    n.toml:9:29: error: start.health_hosts[3]: `https://web-01/` names no hosts
      hint: name the hosts, without scheme and port: *.internal.contoso.com
    n.toml:9:48: error: start.health_hosts[4]: `` names no hosts
      hint: name the hosts, without scheme and port: *.internal.contoso.com
    "#);
}

#[test]
fn access_that_nobody_gets_by_is_named_and_a_team_sees_a_part() {
    let access = |text: &str| findings(&format!("{PLATFORM}[access]\n{text}\n"));
    insta::assert_snapshot!(access("viewer = ['group:Readers', 'role:Reader', 'role: ', 'team:sap']"), @"
    n.toml:8:11: warning: access.viewer[1]: `group:Readers` names no object id: sign-ins carry ids, and nobody gets in by it
      hint: write its object id, as `az ad group show --group NAME --query id` gives it
    n.toml:8:43: error: access.viewer[3]: `role:` is no account, no group and no role
      hint: write an address, `group:` and the group's object id, or `role:` and the name of an app role
    n.toml:8:53: error: access.viewer[4]: `team:sap` is no account, no group and no role
      hint: write an address, `group:` and the group's object id, or `role:` and the name of an app role
    ");
    insta::assert_snapshot!(access("teams = [{ name = 'a', viewer = ['role:A'] }, { name = 'A', match = { name = 'vm-*' } }]"), @"
    n.toml:8:10: error: access.teams[1].match: limits the team to nothing
      hint: whoever may see everything stands in access.viewer
    n.toml:8:49: error: access.teams[2].name: is empty, or another team has it
      hint: give each team a name of its own
    ");
}

#[test]
fn tenants_are_ids_and_none_of_them_is_everybodys() {
    let access = |text: &str| findings(&format!("{PLATFORM}[access]\n{text}\n"));
    assert_eq!(access("tenants = ['72F988BF-86f1-41af-91ab-2d7cd011db47']\nguests = true"), "");
    let sign_in =
        configuration(&format!("{PLATFORM}[access]\ntenants = ['72F988BF-86f1-41af-91ab-2d7cd011db47']\n"));
    let sign_in = sign_in.access.sign_in;
    assert_eq!(sign_in.tenants.into_iter().collect::<Vec<_>>(), ["72f988bf-86f1-41af-91ab-2d7cd011db47"]);
    assert!(!sign_in.guests);
    insta::assert_snapshot!(access("tenants = ['contoso.com', '', '00000000-0000-0000-0000-000000000000', '9188040D-6c67-4c5b-b112-36a304b66dad']"), @"
    n.toml:8:12: error: access.tenants[1]: `contoso.com` is no id of a tenant
      hint: write the tenant's id, as `az account show --query tenantId` gives it
    n.toml:8:27: error: access.tenants[2]: `` is no id of a tenant
      hint: write the tenant's id, as `az account show --query tenantId` gives it
    n.toml:8:31: error: access.tenants[3]: `00000000-0000-0000-0000-000000000000` is no id of a tenant
      hint: write the tenant's id, as `az account show --query tenantId` gives it
    n.toml:8:71: error: access.tenants[4]: is the tenant of everybody with a personal Microsoft account
      hint: invite them as guests, and write guests = true
    ");
}

#[test]
fn line_ends_and_marks_of_other_systems_are_read() {
    let text = format!("\u{feff}{}", PLATFORM.replace('\n', "\r\n"));
    assert_eq!(findings(&text), "");
}

#[test]
fn a_missing_file_is_explained() {
    let finding = load::read(std::path::Path::new("/nowhere/notifier.toml")).unwrap_err();
    insta::assert_snapshot!(finding.render(Some("/nowhere/notifier.toml")), @"
    /nowhere/notifier.toml: error: there is no such file
      hint: copy notifier.example.toml to notifier.toml and edit it, or set NOTIFIER_CONFIG to your file; `maintenance-notifier schema` prints what can stand in it
    ");
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

#[test]
fn tags_and_regions_that_nothing_has_are_noticed_and_domains_in_any_script_are_the_same() {
    let owners = |rest: &str| findings(&format!("{PLATFORM}[owners]\n{rest}\n"));
    assert!(owners("tags = ['']").contains("owners.tags[1]: is empty"));
    assert!(owners("tags = [' owner ']").contains("has blanks around it"));
    for suffix in ["@bücher.example", "@BÜCHER.example", "@xn--bcher-kva.example"] {
        let said =
            owners(&format!("tags = ['owner']\nallowed_domains = ['bücher.example']\nsuffix = '{suffix}'"));
        assert!(!said.contains("allowed_domains"), "{said}");
    }
    let other = owners("tags = ['owner']\nallowed_domains = ['bücher.example']\nsuffix = '@contoso.com'");
    assert!(other.contains("contoso.com is not among `allowed_domains`"), "{other}");
    let region = |region: &str| {
        findings(&format!("{PLATFORM}[[routes]]\nmatch = {{ region = '{region}' }}\nto = ['platform']\n"))
    };
    assert!(region("westeurop").contains("did you mean `westeurope`?"));
    assert!(region("Switzerland").contains("did you mean `switzerlandnorth`?"));
    assert!(!region("West Europe").contains("did you mean") && !region("west*").contains("did you mean"));
    for address in
        ["https://a..b.com/S3cret", "https://x.contoso.com:0/S3cret", "https://.contoso.com/S3cret"]
    {
        let said = findings(&format!("[[recipients]]\nname = 'sap'\nteams = {{ webhook = '{address}' }}\n"));
        assert!(said.contains("is no web address") && !said.contains("S3cret"), "{said}");
    }
}
