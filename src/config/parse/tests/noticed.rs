//! What is no error, and is said all the same.

use super::{PLATFORM, configuration, findings};

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
