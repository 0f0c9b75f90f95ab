mod noticed;
mod refused;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret as _;

use super::*;
use crate::config::checked_file::CheckedFile;
use crate::config::configuration::{Configuration, Mode};
use crate::config::environment::Environment;
use crate::config::vault_secret::VaultSecrets;
use crate::config::{Severity, load};
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
fn secrets_are_left_alone_where_nothing_is_sent() {
    let text = PLATFORM.replace("email = ", "teams = { webhook = 'env:UNSET' }\nemail = ");
    assert!(examine(&text).configuration.is_none());
    let examined = load::examine(&text, Secrets::Leave, now());
    let configuration = examined.configuration.unwrap();
    assert!(configuration.webhooks.is_empty());
    assert!(configuration.policy.recipients[&name("platform")].teams);
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
