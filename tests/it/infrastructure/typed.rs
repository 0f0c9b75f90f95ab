//! Types what the documents say into a shell, with stand-ins for everything that would leave the machine.

use std::path::Path;
use std::process::{Command, Stdio};

use super::documents::section;
use super::project_file;
use super::walk::write_program;

/// Stands for `az`: notes how it was called, keeps the file that a secret is read from, and answers as Azure would.
const AZ: &str = r#"#!/usr/bin/env bash
printf '%s\n' "az $*" >> "$NOTED/calls"
while (($#)); do
  if [[ -z $1 ]]; then echo "an empty word" >> "$NOTED/problems"; fi
  if [[ $1 == --file && -n ${2:-} && $2 != *.toml ]]; then cp "$2" "$NOTED/secret"; fi
  line="${line:-} $1"
  shift
done
case "$line" in
  *"keyvault secret show"*) if [[ $NOTED_KEYS == refuse ]]; then echo Forbidden >&2; exit 1; fi; echo "$NOTED_KEYS" ;;
  *"--query [].[resourceGroup, name]"*) printf 'rg-one\ttopic-one\n' ;;
  *"provider show"*) echo Microsoft.EventGrid/systemTopics/topicType ;;
  *) echo answer ;;
esac
"#;

/// The blocks of a section, one after the other, as a script.
fn script(heading: &str) -> String {
    let text = section(heading);
    let blocks = text.split("```bash\n").flat_map(|block| block.split("   ```bash\n")).skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap()).collect()
}

/// Runs it in a shell that stops at what fails and at a name without a value. What was noted is in the folder.
fn typed(script: &str, keys: &str) -> tempfile::TempDir {
    let (answer, folder) = answer_of(script, keys);
    assert!(answer.status.success(), "{}\n{script}", String::from_utf8_lossy(&answer.stderr));
    assert!(!folder.path().join("problems").exists(), "a word was empty in:\n{script}");
    folder
}

fn answer_of(script: &str, keys: &str) -> (std::process::Output, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    write_program(&folder.path().join("az"), AZ);
    write_program(&folder.path().join("maintenance-notifier"), "#!/bin/sh\n");
    std::fs::create_dir(folder.path().join("infra")).unwrap();
    for name in ["infra/remove.sh", "infra/from-before.sh"] {
        std::fs::write(folder.path().join(name), project_file(name)).unwrap();
    }
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let mut shell = Command::new("bash")
        .args(["-euo", "pipefail", "-c", script])
        .current_dir(folder.path())
        .env_clear()
        .envs([("PATH", path.as_str()), ("NOTED_KEYS", keys)])
        .envs([("HOME", folder.path()), ("NOTED", folder.path())])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(
        &mut shell.stdin.take().unwrap(),
        b"https://example.com/flow\nmaint-notifier\n",
    )
    .unwrap();
    (shell.wait_with_output().unwrap(), folder)
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn every_command_of_the_page_can_be_typed_from_top_to_bottom() {
    let page = [
        script("## The ten minutes"),
        script("## Going live"),
        script("### What whoever deploys needs"),
        script("### Optional tiers"),
        script("### What the notifier gets where it watches"),
        script("### Rotating the keys of links"),
        script("### Upgrade, and the way back"),
        script("### Removing it"),
    ]
    .concat();
    let noted = typed(&page, &format!("{},k2:second", old_key()));
    let calls = read(noted.path(), "calls");
    for call in [
        "az deployment mg create --management-group-id contoso-root",
        "az storage blob upload --auth-mode login",
        "az eventgrid system-topic event-subscription delete --yes --subscription answer --resource-group rg-one \
         --system-topic-name topic-one --name maintenance-notifier\n",
        "az role definition delete --name Planned maintenance reader (maint-notifier-answer)",
        "az group delete --yes --name answer\n",
    ] {
        assert!(calls.contains(call), "{call}\n{calls}");
    }
}

/// As the template makes it: two GUIDs.
fn old_key() -> String {
    let guids = "5b2f8f0c-3d53-4f0e-9a52-6b8f4b5a7f10c1d7e9a4-6f2b-4c3d-8e15-0a9b7c6d5e4f";
    format!("k1:{}", base64::Engine::encode(&base64::engine::general_purpose::STANDARD, guids))
}

const VARIABLES: &str = "VAULT=vault RG=rg APP=app\nrefresh() { az refresh; }\n";

/// The section up to the first step, in which nothing is written but a function, and each step that uses it.
fn change_of_keys(steps: &str) -> String {
    let text = script("### Rotating the keys of links");
    let functions: Vec<&str> =
        text.lines().filter(|line| !line.trim_start().starts_with("change_keys ")).collect();
    assert_eq!(text.lines().count() - functions.len(), 3);
    format!("{VARIABLES}{}\n{steps}\n", functions.join("\n"))
}

#[test]
fn a_new_key_of_links_verifies_beside_the_old_one_then_signs_then_the_old_one_goes() {
    let old = old_key();
    let noted = typed(&change_of_keys("change_keys appended"), &old);
    let written = read(noted.path(), "secret");
    assert!(written.starts_with(&format!("{old},k2")), "{written}");
    assert!(!noted.path().join("keys").exists(), "the file with the keys is left behind");
    assert!(read(noted.path(), "calls").contains("az refresh"));
    let said = super::resources::said_of_keys(&written);
    assert!(!said.contains("NOTIFIER_LINK_KEYS"), "{said}");
    let new = written.split_once(',').unwrap().1.to_owned();
    let noted = typed(&change_of_keys("change_keys newest_first"), &written);
    assert_eq!(read(noted.path(), "secret"), format!("{new},{old}"));
    let noted = typed(&change_of_keys("change_keys without_last"), &format!("{new},{old}"));
    assert_eq!(read(noted.path(), "secret"), new);
}

#[test]
fn keys_that_cannot_be_read_are_not_written() {
    for (how, keys) in
        [("appended", "refuse"), ("appended", ""), ("newest_first", "k1:one"), ("without_last", "k1:one")]
    {
        let script = change_of_keys(&format!("change_keys {how}"));
        let (answer, noted) = answer_of(&script, keys);
        assert!(!answer.status.success(), "{how} {keys}");
        let calls = read(noted.path(), "calls");
        assert!(!calls.contains("secret set") && !calls.contains("refresh"), "{how} {keys}: {calls}");
        assert!(!noted.path().join("keys").exists(), "{how} {keys}");
        // Somebody's shell goes on after what fails.
        let (_, noted) = answer_of(&format!("set +e\n{script}"), keys);
        assert!(!read(noted.path(), "calls").contains("secret set"), "{how} {keys}");
    }
}

/// A tenant with a notifier, and with what belongs to others beside it: the names say which.
fn tenant() -> serde_json::Value {
    let (group, above) = (
        "/subscriptions/s1/resourceGroups/rg-maint-notifier",
        "/providers/Microsoft.Management/managementGroups/contoso-root",
    );
    let role = |name: &str, scopes: &[&str]| serde_json::json!({ "name": name, "assignableScopes": scopes });
    let assignment = |id: &str, principal: &str, scope: &str| serde_json::json!({ "id": id, "principal": principal, "scope": scope });
    let subscription = |name: &str, topic: &str| serde_json::json!({ "name": name, "topic": topic });
    serde_json::json!({
        "current": "s1",
        "subscriptions": ["s1", "s2"],
        "outputs": {
            "identity": "abcdefgh", "readerPrincipalId": "reader", "starterPrincipalId": "",
            "functionAppName": "app", "recordsAccountName": "records", "resourceGroupName": "rg-maint-notifier",
        },
        "parameters": { "createResourceGroup": "true" },
        "locks": [
            { "id": "ours", "name": "maintenance-notifier", "group": "rg-maint-notifier" },
            { "id": "theirs", "name": "hands-off", "group": "rg-maint-notifier" },
        ],
        "remediations": [{ "name": "mn-abcdefgh-health-sub-1" }, { "name": "mn-other-health-sub-1" }],
        "topics": [
            { "subscription": "s1", "resourceGroup": "rg-maint-notifier-events-abcdefgh", "name": "topic-ours" },
            { "subscription": "s2", "resourceGroup": "rg-platform", "name": "topic-theirs" },
        ],
        "eventSubscriptions": [
            subscription("maintenance-notifier-abcdefgh-a1b2c", "topic-ours"),
            subscription("maintenance-notifier-abcdefgh-a1b2c", "topic-theirs"),
            subscription("maintenance-notifier-ijklmnop-a1b2c", "topic-theirs"),
            subscription("platform", "topic-theirs"),
        ],
        "groups": [["s1", "rg-maint-notifier-events-abcdefgh"], ["s2", "rg-maint-notifier-alerts-abcdefgh"], ["s2", "rg-maint-notifier-events-ijklmnop"]],
        "identities": [
            { "name": "id-maint-notifier-events", "principalId": "events", "group": "rg-maint-notifier" },
            { "name": "id-theirs", "principalId": "somebody", "group": "rg-maint-notifier" },
        ],
        "assignments": [
            assignment("reader-above", "reader", above),
            assignment("reader-in-s1", "reader", &format!("{group}/x")),
            assignment("reader-in-s2", "reader", "/subscriptions/s2/resourceGroups/rg-lab"),
            assignment("events-above", "events", above),
            assignment("theirs-in-s1", "somebody", "/subscriptions/s1"),
        ],
        "roles": [
            role("ours", &[group]),
            role("theirs-of-the-tenant", &[above]),
            role("theirs-of-the-subscription", &["/subscriptions/s1"]),
            role("theirs-of-two-groups", &[group, "/subscriptions/s2/resourceGroups/rg-other"]),
        ],
        "links": [
            { "name": "maint-notifier-a-insights", "linkedResourceId": format!("{group}/providers/x") },
            { "name": "maint-notifier-b-insights", "linkedResourceId": "/subscriptions/s2/resourceGroups/rg-second/providers/x" },
            { "name": "platform", "linkedResourceId": format!("{group}/providers/x") },
        ],
        "etag": "etag",
    })
}

/// Runs the removal in that tenant with `said` typed where it asks, and answers with what was deleted.
fn removed(
    tenant: &serde_json::Value,
    said: &str,
    settings: &[(&str, &str)],
) -> Vec<(String, serde_json::Value)> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tenant.json"), tenant.to_string()).unwrap();
    std::fs::write(folder.path().join("deleted.jsonl"), "").unwrap();
    std::fs::write(folder.path().join("said"), format!("{said}\n")).unwrap();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = root.join("tests/python/az_tenant.py");
    let az =
        format!("#!/bin/sh\nexec {} {} \"$@\"\n", crate::mail_server::python().display(), program.display());
    write_program(&folder.path().join("az"), &az);
    let answer = Command::new("bash")
        .arg(root.join("infra/remove.sh"))
        .stdin(std::fs::File::open(folder.path().join("said")).unwrap())
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", folder.path().display()))
        .env("TENANT", folder.path())
        .envs([("SUBSCRIPTION", "s1"), ("NAME", "maint-notifier")])
        .envs(settings.iter().copied())
        .output()
        .unwrap();
    let deleted = read(folder.path(), "deleted.jsonl");
    let errors = String::from_utf8_lossy(&answer.stderr).into_owned();
    assert!(answer.status.success() || deleted.is_empty(), "{errors}");
    deleted.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

const ALL: &[(&str, &str)] =
    &[("GROUP", "contoso-root"), ("LINKS", "rg-monitor"), ("SCOPE", "ampls-platform")];

#[test]
fn a_removal_that_does_not_know_which_notifier_or_whether_takes_nothing() {
    let mut unknown = tenant();
    unknown["outputs"]["identity"] = serde_json::json!("");
    assert_eq!(removed(&unknown, "maint-notifier", ALL), []);
    for said in ["", "y", "maint-notifier-2"] {
        assert_eq!(removed(&tenant(), said, ALL), [], "{said}");
    }
    assert_eq!(removed(&tenant(), "", &[("NAME", ""), ("GROUP", "contoso-root")]), []);
}

#[test]
fn a_removal_leaves_a_resource_group_that_was_there_before() {
    let mut before = tenant();
    before["parameters"]["createResourceGroup"] = serde_json::json!("false");
    let deleted = removed(&before, "maint-notifier", ALL);
    assert!(deleted.len() > 10);
    assert!(deleted.iter().all(|(kind, which)| kind != "group" || which["--name"] != "rg-maint-notifier"));
}

#[test]
fn the_removal_of_a_trial_asks_for_no_management_group() {
    let deleted = removed(&tenant(), "maint-notifier", &[]);
    assert!(deleted.iter().all(|(_, which)| !which.to_string().contains("managementGroups")), "{deleted:?}");
    assert!(deleted.iter().any(|(kind, which)| kind == "group" && which["--name"] == "rg-maint-notifier"));
}

#[test]
fn the_removal_takes_what_is_the_notifiers_and_nothing_of_anybody_else() {
    let deleted = removed(&tenant(), "maint-notifier", ALL);
    let of = |kind: &str, option: &str| -> Vec<String> {
        let all = deleted.iter().filter(|(deleted, _)| deleted == kind);
        all.filter_map(|(_, which)| Some(which.get(option)?.as_str()?.to_owned())).collect()
    };
    assert_eq!(of("lock", "--ids"), ["ours"]);
    assert_eq!(of("policy remediation", "--name"), ["mn-abcdefgh-health-sub-1"]);
    let ours = "maintenance-notifier-abcdefgh-a1b2c";
    assert_eq!(of("eventgrid system-topic event-subscription", "--name"), [ours, ours]);
    assert_eq!(
        of("role assignment", "--ids"),
        ["reader-above", "reader-in-s1", "reader-in-s2", "events-above"]
    );
    let roles = of("role definition", "--name");
    assert_eq!(
        roles.iter().filter(|role| !role.ends_with("(maint-notifier-abcdefgh)")).collect::<Vec<_>>(),
        ["ours"]
    );
    assert_eq!(roles.len(), 5);
    assert_eq!(
        of("group", "--name"),
        ["rg-maint-notifier-events-abcdefgh", "rg-maint-notifier-alerts-abcdefgh", "rg-maint-notifier"]
    );
    // A lock below which something is deleted goes before it, and roles before who has them.
    let at = |kind: &str| deleted.iter().position(|(deleted, _)| deleted == kind).unwrap();
    assert!(at("lock") < at("role assignment") && at("role assignment") < at("role definition"));
    assert_eq!(of("monitor private-link-scope scoped-resource", "--name"), ["maint-notifier-a-insights"]);
}
