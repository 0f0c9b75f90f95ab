//! `start` and `audit`: what they do and print, against a simulated Azure.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use chrono::TimeDelta;
use maintenance_notifier::clock::{Clock, SharedClock, SystemClock};
use maintenance_notifier::demo::{Simulation, SimulationOptions};
use maintenance_notifier::store::{PartitionKey, RowKey, SqliteStore, Store, Write};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::process::Command;

const CONFIGURATION: &str = r#"
[defaults]
timezone = "Etc/UTC"
fallback = ["platform"]
[[recipients]]
name  = "platform"
email = ["platform@contoso.com"]
"#;

struct Terminal {
    folder: tempfile::TempDir,
    azure: String,
    simulation: Simulation,
}

impl Terminal {
    /// Azure with a dozen machines, which was looked at once.
    async fn begin() -> Self {
        let mut options = SimulationOptions::new(SystemClock.now());
        options.machines = 12;
        options.self_start_duration = TimeDelta::seconds(2);
        options.switches.throttling = false;
        let simulation = Simulation::new(options);
        let served = simulation.clone();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let azure = format!("http://{}", listener.local_addr().unwrap());
        let clock: SharedClock = Arc::new(SystemClock);
        tokio::spawn(async move { served.serve(listener, clock).await });
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("notifier.toml"), CONFIGURATION).unwrap();
        let terminal = Self { folder, azure, simulation };
        assert!(terminal.run(&["local", "--once"], "").await.ends_with("exit code 0"));
        terminal
    }

    /// Runs the program, types `input`, and returns everything that it printed, with moments and ids made equal.
    async fn run(&self, arguments: &[&str], input: &str) -> String {
        let (stdout, stderr, code) = self.output(arguments, input).await;
        format!("{}--- stderr\n{}--- exit code {code}", still(&stdout), still(&stderr))
    }

    async fn output(&self, arguments: &[&str], input: &str) -> (String, String, i32) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_maintenance-notifier"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("USER", "jane")
            .env("NOTIFIER_OUTBOX", "outbox")
            .env("NOTIFIER_STORE", "sqlite:state.db")
            .env("NOTIFIER_ARM_ENDPOINT", &self.azure)
            .env("NOTIFIER_ARM_AUDIENCE", &self.azure)
            .env("IDENTITY_ENDPOINT", format!("{}/msi/token", self.azure))
            .env("IDENTITY_HEADER", "simulated-identity")
            .env("NOTIFIER_LOG", "off")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        // A program that asks nothing may have ended before it is answered.
        let mut stdin = child.stdin.take().unwrap();
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        let output = child.wait_with_output().await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (text(output.stdout), text(output.stderr), output.status.code().unwrap())
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// The text with times, numbers and ids replaced by their form.
fn still(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let words: Vec<String> = line.split(' ').map(still_word).collect();
        words.join(" ").trim_end().to_owned() + "\n"
    });
    lines.collect()
}

fn still_word(word: &str) -> String {
    let names = ["Mon Tue Wed Thu Fri Sat Sun", "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"];
    if names.iter().any(|names| names.split(' ').any(|name| name == word)) {
        return "___".to_owned();
    }
    let trimmed = word.trim_matches(['.', ',', ':', '"']);
    let is_id = trimmed.len() >= 8 && trimmed.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let digit = |c: char| if c.is_ascii_digit() || is_id && c.is_ascii_hexdigit() { '#' } else { c };
    if word.starts_with("/subscriptions/") { word.to_owned() } else { word.chars().map(digit).collect() }
}

#[tokio::test]
async fn one_machine_is_started_by_its_name_and_everything_is_on_record() {
    let terminal = Terminal::begin().await;
    let run = async |arguments: &[&str], input: &str| terminal.run(arguments, input).await;

    insta::assert_snapshot!(run(&["start", "vm-nowhere"], "").await, @"
    --- stderr
    error: no maintenance of `vm-nowhere` is known
    hint: `maintenance-notifier windows` lists what is
    --- exit code 1
    ");
    insta::assert_snapshot!(run(&["start", "vmss-checkout", "--yes"], "").await, @"
    --- stderr
    error: `vmss-checkout` may be each of these
      /subscriptions/76c3e116-4e4c-5d36-9917-c218672ae26d/resourceGroups/rg-webshop-prod/providers/Microsoft.Compute/virtualMachineScaleSets/vmss-checkout/virtualMachines/1
      /subscriptions/76c3e116-4e4c-5d36-9917-c218672ae26d/resourceGroups/rg-webshop-prod/providers/Microsoft.Compute/virtualMachineScaleSets/vmss-checkout/virtualMachines/2
      /subscriptions/76c3e116-4e4c-5d36-9917-c218672ae26d/resourceGroups/rg-webshop-prod/providers/Microsoft.Compute/virtualMachineScaleSets/vmss-checkout/virtualMachines/3
    hint: give the id of one of them
    --- exit code 1
    ");
    insta::assert_snapshot!(run(&["start", "vm-web-01", "--at", "soon"], "").await, @r#####"
    --- stderr
    error: --at: `soon` is no time; write ####-##-##T##:##:##+##:##, or "####-##-## ##:##" in Etc/UTC
    --- exit code 2
    "#####);
    insta::assert_snapshot!(run(&["start", "vm-web-01"], "vm-web-02\n").await, @"
    --- stderr
    /subscriptions/76c3e116-4e4c-5d36-9917-c218672ae26d/resourceGroups/rg-webshop-prod/providers/Microsoft.Compute/virtualMachines/vm-web-01
      status        Start now
      self-service  ___ ## ___ #### ##:## UTC to ___ ## ___ #### ##:## UTC
      Azure's own   ___ ## ___ #### ##:## UTC to ___ ## ___ #### ##:## UTC
      begins        now
    Azure moves the machine to updated hardware: it restarts and is away for several minutes, its temporary disk is lost, and a dynamic address may change.
      against it    In the availability set avail-web: Azure takes one update domain at a time and waits another ## minutes between them. Better leave it to Azure.
    Type vm-web-## to go on:
    Nothing was started; `--yes` does not ask.
    --- exit code 1
    ");
    assert_eq!(terminal.simulation.script().starts(), Vec::<String>::new());
    insta::assert_snapshot!(run(&["audit"], "").await, @"
    --- stderr
    Nothing was recorded.
    --- exit code 0
    ");

    insta::assert_snapshot!(run(&["start", "VM-web-01", "--follow"], "vm-web-01\n").await, @"
    Completed: the maintenance is done and the machine is running.
    --- stderr
    /subscriptions/76c3e116-4e4c-5d36-9917-c218672ae26d/resourceGroups/rg-webshop-prod/providers/Microsoft.Compute/virtualMachines/vm-web-01
      status        Start now
      self-service  ___ ## ___ #### ##:## UTC to ___ ## ___ #### ##:## UTC
      Azure's own   ___ ## ___ #### ##:## UTC to ___ ## ___ #### ##:## UTC
      begins        now
    Azure moves the machine to updated hardware: it restarts and is away for several minutes, its temporary disk is lost, and a dynamic address may change.
      against it    In the availability set avail-web: Azure takes one update domain at a time and waits another ## minutes between them. Better leave it to Azure.
    Type vm-web-## to go on:
    Azure accepted the start; it takes several minutes.
    --- exit code 0
    ");
    assert_eq!(terminal.simulation.script().starts().len(), 1);

    // Of a scale set's instances the one that is named, and only it.
    let begun = terminal.output(&["start", "vmss-checkout_1", "--yes", "--format", "json"], "").await;
    let report: serde_json::Value = serde_json::from_str(&begun.0).unwrap();
    assert_eq!((&report["answer"], &report["start"]["state"]["is"]), (&"begun".into(), &"accepted".into()));
    assert_eq!(report["start"]["by"]["principal"], "command line: jane");
    let requests = terminal.simulation.script().requests();
    let posts = requests.iter().filter(|request| request.path.ends_with("vmss-checkout/performMaintenance"));
    let bodies: Vec<&str> = posts.map(|request| request.body.as_str()).collect();
    assert_eq!(bodies, [r#"{"instanceIds":["1"]}"#]);
    insta::assert_snapshot!(run(&["start", "vmss-checkout_2", "--yes"], "").await, @"
    Azure accepted the start; it takes several minutes.
    --- stderr
    /subscriptions/76c3e116-4e4c-5d36-9917-c218672ae26d/resourceGroups/rg-webshop-prod/providers/Microsoft.Compute/virtualMachineScaleSets/vmss-checkout/virtualMachines/2
      status        Start now
      self-service  ___ ## ___ #### ##:## UTC to ___ ## ___ #### ##:## UTC
      Azure's own   ___ ## ___ #### ##:## UTC to ___ ## ___ #### ##:## UTC
      begins        now
    Azure moves the machine to updated hardware: it restarts and is away for several minutes, its temporary disk is lost, and a dynamic address may change.
    --- exit code 0
    ");

    let at = (SystemClock.now() + TimeDelta::hours(2)).format("%Y-%m-%d %H:%M").to_string();
    insta::assert_snapshot!(run(&["start", "vm-search-01", "--yes", "--at", &at], "").await, @"
    Planned: it begins at ___ ## ___ #### ##:## UTC. The deployed app or `local` must run then; everything is checked again.
    --- stderr
    /subscriptions/76c3e116-4e4c-5d36-9917-c218672ae26d/resourceGroups/rg-webshop-prod/providers/Microsoft.Compute/virtualMachines/vm-search-01
      status        Start now
      self-service  ___ ## ___ #### ##:## UTC to ___ ## ___ #### ##:## UTC
      Azure's own   ___ ## ___ #### ##:## UTC to ___ ## ___ #### ##:## UTC
      begins        ___ ## ___ #### ##:## UTC
    Azure moves the machine to updated hardware: it restarts and is away for several minutes, its temporary disk is lost, and a dynamic address may change.
    --- exit code 0
    ");
    insta::assert_snapshot!(run(&["start", "vm-search-01"], "").await, @"
    --- stderr
    error: command line: jane planned it already: it begins at ___ ## ___ #### ##:## UTC
    --- exit code 1
    ");
    // What is lost is agreed to by name, and neither `--yes` nor a time stands in for that.
    let at = (SystemClock.now() + TimeDelta::days(4)).format("%Y-%m-%d %H:%M").to_string();
    for beside in [&["--yes"][..], &["--yes", "--at", &at]] {
        let lost = terminal.output(&[&["start", "vm-build-01"], beside].concat(), "vm-build-01\n").await;
        assert!(lost.1.contains("error: not started: it wipes the operating system disk"), "{lost:?}");
        assert!(lost.1.contains("hint: `--accept-data-loss vm-build-01` agrees to it"), "{lost:?}");
        assert_eq!((lost.0.as_str(), lost.2), ("", 1));
        let other = [&["start", "vm-build-01", "--accept-data-loss", "vm-build-02"], beside].concat();
        let other = terminal.output(&other, "").await;
        assert!(other.1.contains("`vm-build-02` is not the machine that is to be started"), "{other:?}");
        assert_eq!(other.2, 2);
    }
    let agreed = ["start", "vm-build-01", "--yes", "--at", &at, "--accept-data-loss", "VM-build-01"];
    let agreed = terminal.output(&agreed, "").await;
    assert!(agreed.0.contains("It wipes the operating system disk"), "{agreed:?}");
    let (windows, _, _) = terminal.output(&["windows", "--format", "json"], "").await;
    assert!(windows.contains("It wipes the operating system disk"), "{windows}");
    let (explained, _, _) = terminal.output(&["explain", "vm-build-01"], "").await;
    assert!(explained.contains("command line: jane agreed to that."), "{explained}");
    insta::assert_snapshot!(run(&["start", "vm-hana-01", "--yes"], "").await, @"
    --- stderr
    /subscriptions/8113aa23-f332-5823-87e3-44ab1dbb1c54/resourceGroups/rg-sap-hosts/providers/Microsoft.Compute/virtualMachines/vm-hana-01
      status        Scheduled
      self-service  none
      Azure's own   ___ ## ___ #### ##:## UTC to ___ ## ___ #### ##:## UTC
      begins        now
    Azure moves the machine to updated hardware: it restarts and is away for several minutes, its temporary disk is lost, and a dynamic address may change.
    error: not started: the time lies outside the window in which Azure lets the maintenance be started
    --- exit code 1
    ");

    insta::assert_snapshot!(run(&["audit"], "").await, @"
     No.   When (UTC)            Who                  Machine           What
    ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     #     ####-##-## ##:##:##   command line: jane   vm-web-##         decided start ######## for ####-##-## ##:##
     #     ####-##-## ##:##:##   command line: jane   vm-web-##         start ######## goes to Azure
     #     ####-##-## ##:##:##   command line: jane   vm-web-##         Azure accepted start ######## as ########-####-####-####-############
     #     ####-##-## ##:##:##   command line: jane   vm-web-##         start ######## ended: completed
     #     ####-##-## ##:##:##   command line: jane   vmss-checkout_#   decided start ######## for ####-##-## ##:##
     #     ####-##-## ##:##:##   command line: jane   vmss-checkout_#   start ######## goes to Azure
     #     ####-##-## ##:##:##   command line: jane   vmss-checkout_#   Azure accepted start ######## as ########-####-####-####-############
     #     ####-##-## ##:##:##   command line: jane   vmss-checkout_#   decided start ######## for ####-##-## ##:##
     #     ####-##-## ##:##:##   command line: jane   vmss-checkout_#   start ######## goes to Azure
     ##    ####-##-## ##:##:##   command line: jane   vmss-checkout_#   Azure accepted start ######## as ########-####-####-####-############
     ##    ####-##-## ##:##:##   command line: jane   vm-search-##      decided start ######## for ####-##-## ##:##
     ##    ####-##-## ##:##:##   command line: jane   vm-build-##       decided start ######## for ####-##-## ##:##
     ##    ####-##-## ##:##:##   command line: jane   vm-hana-##        was refused: the time lies outside the window in which Azure lets the maintenance be started
    --- stderr
    --- exit code 0
    ");
    insta::assert_snapshot!(run(&["audit", "verify"], "").await, @"
    The trail is whole: ## entries, the last one is ## with the hash ################################################################.
    --- stderr
    Not compared with what was anchored: whoever may write to the store could have written all of it anew.
    --- exit code 0
    ");
    let (lines, _, _) = terminal.output(&["audit", "--since", "2020-01-01", "--format", "json"], "").await;
    let entries: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(entries.iter().all(|entry| entry["actor"]["principal"] == "command line: jane"));
    let numbers: Vec<u64> = entries.iter().map(|entry| entry["sequence"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=entries.len() as u64).collect::<Vec<_>>());

    // Whoever may write to the store changes who it was.
    let store = SqliteStore::open(&terminal.path().join("state.db")).await.unwrap();
    let (partition, row) =
        (PartitionKey::new("actions").unwrap(), RowKey::new("a|00000000000000000002").unwrap());
    let value = store.get(&partition, &row).await.unwrap().unwrap().value.replace("jane", "mei");
    store.write(&partition, vec![Write::Put { row, value }]).await.unwrap();
    insta::assert_snapshot!(run(&["audit", "verify"], "").await, @"
    --- stderr
    Not compared with what was anchored: whoever may write to the store could have written all of it anew.
    error: the trail is broken: entry # was changed after it was written
    Good up to entry # with the hash ################################################################.
    --- exit code 1
    ");
}
