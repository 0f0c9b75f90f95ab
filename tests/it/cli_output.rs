//! What the commands print after one round of the demo, whole: tables for people, with moments made equal.

use std::path::Path;
use std::process::{Command, Output};

/// Runs the program in `folder`.
fn output(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_maintenance-notifier"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("NOTIFIER_CONFIG", "demo-out/notifier.toml")
        .env("NOTIFIER_STORE", "sqlite:demo-out/state.db")
        .env("NOTIFIER_OUTBOX", "demo-out/outbox")
        .env("NOTIFIER_LOG", "off")
        .output()
        .unwrap()
}

/// The id of the first message about a machine.
fn message_about(folder: &Path, machine: &str) -> String {
    let explained = String::from_utf8(output(folder, &["explain", machine]).stdout).unwrap();
    let is_id = |word: &&str| word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    explained.split_whitespace().find(is_id).unwrap().to_owned()
}

/// Runs the program in `folder` and returns everything that it printed.
fn run(folder: &Path, arguments: &[&str]) -> String {
    let output = output(folder, arguments);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    format!(
        "{}\n--- stderr\n{}--- exit code {}",
        still(&text(output.stdout)),
        still(&text(output.stderr)),
        output.status.code().unwrap()
    )
}

/// The text with every moment replaced by its form: the demo's world is laid around the time at which it begins.
fn still(text: &str) -> String {
    let text = text.replace(env!("CARGO_BIN_EXE_maintenance-notifier"), "maintenance-notifier");
    // What comes next depends on the day of the week; the forecast has a test of its own.
    let steady = text.lines().filter(|line| !line.ends_with("(if nothing changes)"));
    let lines = steady.map(|line| {
        let words: Vec<String> = line.split(' ').map(still_word).collect();
        words.join(" ").trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// Ids of messages carry the moment at which their store began.
fn without_ids(word: &str) -> String {
    let is_id =
        |part: &&str| [12, 32].contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    match word.rsplit_once('-') {
        Some((before, last)) => match last.split_once('.') {
            Some((id, kind)) if is_id(&id) => format!("{before}-ID.{kind}"),
            _ => word.to_owned(),
        },
        None if word.len() == 32 && is_id(&word) => "ID".to_owned(),
        None => word.to_owned(),
    }
}

fn still_word(word: &str) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let shape: String = word.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    if MONTHS.contains(&word) {
        return "Mon".to_owned();
    }
    if ["00:00", "0000-00-00", "00"].contains(&shape.as_str()) {
        return shape.replace('0', "#");
    }
    // The configuration's version depends on a date in it.
    if word.len() == 12 && word.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return "VERSION".to_owned();
    }
    match word.split_once("outbox/") {
        Some((before, file)) if file.len() > 17 => {
            format!("{before}outbox/TIME{}", without_ids(&file[16..]))
        }
        _ => without_ids(word),
    }
}

#[test]
fn the_demo_and_the_commands_that_look_at_its_state_print_what_a_person_needs() {
    let folder = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(run(folder.path(), &["demo", "--once", "--vms", "12"]), @"
    Planned maintenance: ## machines
     Machine                           Status        Self-service (UTC)   Azure's window (UTC)   Told
    ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     rg-erp-us                         Start now     ## Mon ##:## –       ## Mon ##:## –         erp-operations
       vm-erp-01                                     ## Mon ##:##         ## Mon ##:##           platform

     rg-sap-hosts                      Scheduled     –                    ## Mon ##:## –         sap-basis
       vm-hana-01                                                         ## Mon ##:##

     rg-sap-hosts                      Scheduled     –                    not said –             lukas.weber@contoso.com
       hg-sap/host-01                                                     ## Mon ##:##           sap-basis

     rg-identity                       Start now     ## Mon ##:## –       ## Mon ##:## –         identity-team@contoso.com
       vm-dc-01                                      ## Mon ##:##         ## Mon ##:##

     rg-webshop-prod                   Start now     ## Mon ##:## –       ## Mon ##:## –         arjun.rao@contoso.com
       vm-search-01                                  ## Mon ##:##         ## Mon ##:##

     rg-webshop-prod                   Start now     ## Mon ##:## –       ## Mon ##:## –         arjun.rao@contoso.com
       vmss-checkout_1                               ## Mon ##:##         ## Mon ##:##           jane.doe@contoso.com
       vmss-checkout_2
       vmss-checkout_3

     rg-monitoring                     Start now     ## Mon ##:## –       ## Mon ##:## –         platform
       vm-logs-01                                    ## Mon ##:##         ## Mon ##:##

     rg-webshop-prod                   Start now     ## Mon ##:## –       ## Mon ##:## –         arjun.rao@contoso.com
       vm-web-01                                     ## Mon ##:##         ## Mon ##:##           jane.doe@contoso.com

     rg-lab-training                   Start now     ## Mon ##:## –       ## Mon ##:## –         silenced: the training lab is rebuilt before every course
       vm-class-01                                   ## Mon ##:##         ## Mon ##:##

     rg-payments-prod                  Scheduled     ## Mon ##:## –       ## Mon ##:## –         sofia.rossi@contoso.com
       vm-pay-01                                     ## Mon ##:##         ## Mon ##:##

     MC_rg-aks_aks-apps_northeurope    Scheduled     ## Mon ##:## –       ## Mon ##:## –         kubernetes-team@contoso.com
       aks-nodepool1-31418096-vmss_0                 ## Mon ##:##         ## Mon ##:##
       aks-nodepool1-31418096-vmss_1
       aks-nodepool1-31418096-vmss_2

     rg-build                          Scheduled     ## Mon ##:## –       ## Mon ##:## –         arjun.rao@contoso.com
       vm-build-01                                   ## Mon ##:##         ## Mon ##:##           jane.doe@contoso.com

     rg-stores-in                      Already       ## Mon ##:## –       ## Mon ##:## –         priya.nair@contoso.com
       vm-pos-01                       updated       ## Mon ##:##         ## Mon ##:##           stores-operations

     rg-sap-prod                       Already       ## Mon ##:## –       ## Mon ##:## –         anna.schmidt@contoso.com
       vm-sap-app-01                   updated       ## Mon ##:##         ## Mon ##:##           lukas.weber@contoso.com
                                                                                                 sap-basis

    Messages sent: ##
     Recipient                     Kind      Machines   Where
    ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     arjun.rao@contoso.com         alert            6   demo-out/outbox/TIME-arjun.rao@contoso.com-ID.eml
     erp-operations                alert            1   demo-out/outbox/TIME-erp-operations@contoso.com-ID.eml
     erp-operations                alert            1   demo-out/outbox/TIME-liam.murphy@contoso.com-ID.eml
     identity-team@contoso.com     alert            1   demo-out/outbox/TIME-identity-team@contoso.com-ID.eml
     jane.doe@contoso.com          alert            5   demo-out/outbox/TIME-jane.doe@contoso.com-ID.eml
     kubernetes-team@contoso.com   alert            3   demo-out/outbox/TIME-kubernetes-team@contoso.com-ID.eml
     lukas.weber@contoso.com       alert            1   demo-out/outbox/TIME-lukas.weber@contoso.com-ID.eml
     platform                      go-live          2   demo-out/outbox/TIME-platform@contoso.com-ID.eml
     platform                      go-live          2   demo-out/outbox/TIME-platform-ID.json
     sap-basis                     alert            2   demo-out/outbox/TIME-sap-basis@contoso.com-ID.eml
     sofia.rossi@contoso.com       alert            1   demo-out/outbox/TIME-sofia.rossi@contoso.com-ID.eml

    Mails and cards   demo-out/outbox/ (open an .eml with a mail program)
    Who is told       demo-out/notifier.toml
    Why               export NOTIFIER_CONFIG=demo-out/notifier.toml NOTIFIER_STORE=sqlite:demo-out/state.db
                      maintenance-notifier explain MACHINE
    Again             run it again here and it sends nothing: everyone was told

    --- stderr

    --- exit code 0
    ");
    insta::assert_snapshot!(run(folder.path(), &["windows", "--subscription", "Contoso SAP"]), @"
     Machine            Status        Self-service (UTC)   Azure's window (UTC)   Told
    ───────────────────────────────────────────────────────────────────────────────────────────────────────
     rg-sap-hosts       Scheduled     –                    ## Mon ##:## –         sap-basis
       vm-hana-01                                          ## Mon ##:##

     rg-sap-hosts       Scheduled     –                    not said –             lukas.weber@contoso.com
       hg-sap/host-01                                      ## Mon ##:##           sap-basis

     rg-sap-prod        Already       ## Mon ##:## –       ## Mon ##:## –         anna.schmidt@contoso.com
       vm-sap-app-01    updated       ## Mon ##:##         ## Mon ##:##           lukas.weber@contoso.com
                                                                                  sap-basis

    --- stderr
    Sweep of all machines: not begun; `local` runs a slice of it every hour.
    --- exit code 0
    ");
    insta::assert_snapshot!(run(folder.path(), &["explain", "vm-erp-01"]), @r#"
    /subscriptions/76c3e116-4e4c-5d36-9917-c218672ae26d/resourceGroups/rg-erp-us/providers/Microsoft.Compute/virtualMachines/vm-erp-01
      maintenance   first of this resource, revision 1
      status        Start now (redeploy)
      self-service  ####-##-## ##:## UTC to ####-##-## ##:## UTC
      scheduled     ####-##-## ##:## UTC to ####-##-## ##:## UTC
      deadline      ####-##-## ##:## UTC
      decided by    configuration VERSION
      forecast      if nobody acts, Azure does it between ####-##-## ##:## UTC and ####-##-## ##:## UTC; a restart usually takes about ## minutes

      erp-operations, since ####-##-## ##:## UTC
        why: Route 2 of the configuration matches (resource_group = "rg-erp-*").
        ####-##-## ##:## UTC  announced (revision 1) in ID · alert · configuration VERSION · email:erp-operations@contoso.com delivered, email:liam.murphy@contoso.com delivered

      platform (primary), since ####-##-## ##:## UTC
        why: The tag owner on its subscription names you (“platform@contoso.com”).
        ####-##-## ##:## UTC  announced (revision 1) in ID · go-live · configuration VERSION · email:platform@contoso.com delivered, teams:platform delivered

    --- stderr

    --- exit code 0
    "#);
    let message = format!("<{}@contoso.com>", message_about(folder.path(), "vm-erp-01"));
    insta::assert_snapshot!(run(folder.path(), &["explain", &message]), @r#"
    ID · alert to erp-operations
      at            ####-##-## ##:## UTC
      decided by    configuration VERSION
      to            email:erp-operations@contoso.com delivered
                    email:liam.murphy@contoso.com delivered

      vm-erp-01  announced (revision 1)
        why: Route 2 of the configuration matches (resource_group = "rg-erp-*").

    --- stderr

    --- exit code 0
    "#);
    let id = &message[1..33];
    for beginning in [&id[..8], &id[..8].to_uppercase(), &id[..31]] {
        let short = run(folder.path(), &["explain", beginning]);
        assert_eq!(short, run(folder.path(), &["explain", &message]), "{beginning}");
    }
    assert!(run(folder.path(), &["explain", &id[..5]]).contains("no maintenance of"));
    insta::assert_snapshot!(run(folder.path(), &["explain", "vm-nowhere"]), @"


    --- stderr
    error: no maintenance of `vm-nowhere` is known
    hint: `maintenance-notifier windows` lists what is; a resource can be given by id or by name
    --- exit code 1
    ");
    let configuration = std::fs::read_to_string(folder.path().join("demo-out/notifier.toml")).unwrap();
    let auditors = "\n[[recipients]]\nname = \"auditors\"\nemail = [\"auditors@contoso.com\"]\n\n\
                    [[routes]]\nmatch = { resource_group = \"rg-payments-*\" }\nto = [\"auditors\"]\n";
    let other = configuration.replace("[\"platform@contoso.com\"]", "[\"clouds@contoso.com\"]") + auditors;
    std::fs::write(folder.path().join("other.toml"), other).unwrap();
    std::fs::write(folder.path().join("broken.toml"), configuration.clone() + "\n[nothing]\n").unwrap();
    insta::assert_snapshot!(run(folder.path(), &["check", "--against", "other.toml"]), @r#"
    Now   demo-out/notifier.toml, live, version VERSION
    Then  other.toml, live, version VERSION
    Of    ## open windows

     Recipient              Gains   Loses   First message now   First message then
    ───────────────────────────────────────────────────────────────────────────────
     auditors               1       0       –                   alert, 1 machine
     platform               0       0       –                   alert, 1 machine
     platform@contoso.com   1       0       –                   –

    auditors gains
      vm-pay-01: Route 4 of the configuration matches (resource_group = "rg-payments-*").

    platform@contoso.com gains
      vm-erp-01: The tag owner on its subscription names you (“platform@contoso.com”).

    --- stderr

    --- exit code 0
    "#);
    insta::assert_snapshot!(run(folder.path(), &["check", "--against", "demo-out/notifier.toml"]), @"
    Now   demo-out/notifier.toml, live, version VERSION
    Then  demo-out/notifier.toml, live, version VERSION
    Of    ## open windows

    Nobody gains or loses anything.

    --- stderr

    --- exit code 0
    ");
    insta::assert_snapshot!(run(folder.path(), &["check", "--against", "broken.toml"]), @"


    --- stderr
    error: broken.toml:59:2: error: unknown key `nothing`
      hint: known here: access, defaults, owners, recipients, retention, routes, safety, silences, start
    --- exit code 2
    ");
    let drill = ["drill", "--yes", "--recipient", "sap-basis", "--recipient", "JANE.DOE@contoso.com"];
    insta::assert_snapshot!(run(folder.path(), &["drill", "--recipient", "nobody"]), @"


    --- stderr
    error: nobody called `nobody` is configured or told of anything
    hint: name a recipient of the configuration, or a person whom a tag names by address
    --- exit code 1
    ");
    // Nobody is there to answer.
    insta::assert_snapshot!(run(folder.path(), &["drill", "--recipient", "sap-basis"]), @"


    --- stderr
    A message marked as an exercise would go to 1 recipient:
      sap-basis
    Type yes to go on:
    Nothing was done: `yes` was not typed. `--yes` goes on without asking.
    --- exit code 1
    ");
    insta::assert_snapshot!(run(folder.path(), &drill), @"
    The exercise concerns 2 recipients. They are written to within their hours, until ####-##-## ##:## UTC.

    --- stderr
    Nothing is sent by this command: the next run of `local`, or of the deployed app, does.
    Nobody can confirm: without NOTIFIER_LINK_KEYS and NOTIFIER_PUBLIC_URL messages have no link.
    hint: `maintenance-notifier drill report` says what came of it
    --- exit code 0
    ");
    insta::assert_snapshot!(run(folder.path(), &drill), @"


    --- stderr
    error: a drill is open already
    hint: `maintenance-notifier drill report` shows it, `maintenance-notifier drill end` ends it
    --- exit code 1
    ");
    let again = run(folder.path(), &["demo", "--once", "--vms", "12"]);
    let sent: Vec<&str> =
        again.lines().filter(|line| line.contains(" drill ")).map(str::trim_start).collect();
    insta::assert_snapshot!(sent.join("\n"), @"
    jane.doe@contoso.com   drill          0   demo-out/outbox/TIME-jane.doe@contoso.com-ID.eml
    sap-basis              drill          0   demo-out/outbox/TIME-sap-basis@contoso.com-ID.eml
    ");
    insta::assert_snapshot!(run(folder.path(), &["drill", "report"]), @"
    Exercise of ####-##-## ##:## UTC, asked for by unknown user; it ends ####-##-## ##:## UTC

     Recipient              State    Confirmed after   Where
    ─────────────────────────────────────────────────────────────────────────────────────────
     jane.doe@contoso.com   silent                     email:jane.doe@contoso.com delivered
     sap-basis              silent                     email:sap-basis@contoso.com delivered

    2 silent

    --- stderr

    --- exit code 0
    ");
    insta::assert_snapshot!(run(folder.path(), &["drill", "end"]), @"
    The exercise is over. What was not sent yet will not be.

    --- stderr

    --- exit code 0
    ");
    insta::assert_snapshot!(run(folder.path(), &["preview"]), @"


    --- stderr
    Nothing is to be sent: everyone was told.
    --- exit code 0
    ");
}
