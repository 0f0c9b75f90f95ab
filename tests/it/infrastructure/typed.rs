//! Types what the documents say into a shell, with stand-ins for everything that would leave the machine.

use std::path::Path;
use std::process::{Command, Stdio};

use super::documents::section;

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
  *"keyvault secret show"*) echo "$NOTED_KEYS" ;;
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
    let folder = tempfile::tempdir().unwrap();
    let stand_in = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let mut permissions = std::fs::metadata(&path).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
        std::fs::set_permissions(&path, permissions).unwrap();
    };
    stand_in("az", AZ);
    stand_in("maintenance-notifier", "#!/bin/sh\n");
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
    std::io::Write::write_all(&mut shell.stdin.take().unwrap(), b"https://example.com/flow\n").unwrap();
    let answer = shell.wait_with_output().unwrap();
    assert!(answer.status.success(), "{}\n{script}", String::from_utf8_lossy(&answer.stderr));
    assert!(!folder.path().join("problems").exists(), "a word was empty in:\n{script}");
    folder
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn every_command_of_the_page_can_be_typed_from_top_to_bottom() {
    // Functions that are used before they are explained stand in the section on removing.
    let (begin, removal) = (script("## Going live"), script("### Removing it"));
    let (unsubscribe, _) = removal.split_once("\nunsubscribe() {").unwrap().1.split_once("\n}\n").unwrap();
    let page = [
        script("## The ten minutes"),
        begin,
        script("### Optional tiers"),
        script("### What the notifier gets where it watches"),
        script("### Rotating the keys of links"),
        format!("unsubscribe() {{{unsubscribe}\n}}\n"),
        script("### Upgrade, and the way back"),
        removal,
    ]
    .concat();
    let noted = typed(&page, "k1:key");
    let calls = read(noted.path(), "calls");
    for call in [
        "az deployment mg create --management-group-id contoso-root",
        "az storage blob upload --auth-mode login",
        "az eventgrid system-topic event-subscription delete --yes --subscription answer --resource-group rg-one \
         --system-topic-name topic-one --name maintenance-notifier\n",
        "az role definition delete --name Planned maintenance reader (maint-notifier-answer)",
        "az group delete --yes --name rg-maint-notifier\n",
    ] {
        assert!(calls.contains(call), "{call}\n{calls}");
    }
}

#[test]
fn a_new_key_of_links_verifies_beside_the_old_one_and_the_program_takes_both() {
    // As the template makes it: two GUIDs.
    let guids = "5b2f8f0c-3d53-4f0e-9a52-6b8f4b5a7f10c1d7e9a4-6f2b-4c3d-8e15-0a9b7c6d5e4f";
    let key = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, guids);
    let old = format!("k1:{key}");
    let variables = "VAULT=vault RG=rg APP=app\nrefresh() { az refresh; }\n";
    let noted = typed(&format!("{variables}{}", script("### Rotating the keys of links")), &old);
    let written = read(noted.path(), "secret");
    assert!(written.starts_with(&format!("{old},k2:")), "{written}");
    assert!(!noted.path().join("keys").exists(), "the file with the keys is left behind");
    let said = super::resources::said_of_keys(&written);
    assert!(!said.contains("NOTIFIER_LINK_KEYS"), "{said}");
}
