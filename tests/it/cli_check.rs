//! The program itself: what `check`, `schema` and `completions` print, and how they end.

mod schema;

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// Runs the program in `folder` with nothing in its environment but `variables`; returns everything it said.
fn run(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_maintenance-notifier"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let mut said = format!("exit code {}\n", output.status.code().unwrap());
    for (name, stream) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        let text = std::str::from_utf8(stream).unwrap();
        if !text.is_empty() {
            write!(said, "--- {name}\n{text}").unwrap();
        }
    }
    said
}

fn folder_with(configuration: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("notifier.toml"), configuration).unwrap();
    folder
}

const VALID: &str = r#"
[defaults]
timezone = "Europe/Berlin"
fallback = ["platform"]

[[recipients]]
name  = "platform"
email = ["platform@contoso.com"]
teams = { webhook = "env:TEAMS_PLATFORM_WEBHOOK" }

[[routes]]
match = { resource_group = "rg-sap-*" }
to    = ["platform"]
"#;

const WEBHOOK: (&str, &str) = ("TEAMS_PLATFORM_WEBHOOK", "https://flows.contoso.com/run?sig=hunter2");

const BROKEN: &str = r#"
[defaults]
timezone = "Europe/Berln"
fallback = ["platfrom"]

[[recipients]]
name   = "platform"
digest = "daily"
teams  = { webhook = "env:TEAMS_PLATFORM_WEBHOOK" }

[[routes]]
match = { region = "West Europe" }
to    = ["sap-basis"]
"#;

#[test]
fn check_of_a_valid_file() {
    let folder = folder_with(VALID);
    insta::assert_snapshot!(run(folder.path(), &[WEBHOOK], &["check"]), @"
    exit code 0
    --- stdout
    notifier.toml is valid: 1 recipient, 1 route, 0 silences, version 5ee1a1ca80f0, time zones 2026f
    ");
}

#[test]
fn s4_check_takes_no_key_that_can_be_guessed_and_shows_none() {
    let folder = folder_with(VALID);
    let zeros = format!("k1:{}=", "A".repeat(43));
    insta::assert_snapshot!(run(folder.path(), &[WEBHOOK, ("NOTIFIER_LINK_KEYS", &zeros)], &["check"]), @"
    exit code 2
    --- stdout
    error: NOTIFIER_LINK_KEYS: key 1 can be guessed: whoever does makes links
      hint: write NAME:KEY; `openssl rand -base64 32` makes a key
    1 error
    ");
    let drawn = "k1:8vKc1mQdX0s7Yw2Zt5Jr9uBnLh3EoGaP6iTfVxCkRzE=";
    assert!(
        run(folder.path(), &[WEBHOOK, ("NOTIFIER_LINK_KEYS", drawn)], &["check"]).starts_with("exit code 0")
    );
}

#[test]
fn s4_an_address_in_place_of_a_file_is_called_so_and_its_secret_is_not_shown() {
    let folder = folder_with(VALID);
    let signed = "https://contoso.blob.core.windows.net/config/notifier.toml?sp=r&sig=hunter2hunter2";
    insta::assert_snapshot!(run(folder.path(), &[], &["check", signed]), @r#"
    exit code 2
    --- stdout
    https://contoso.blob.core.windows.net…: error: is an address, and a path is read here
      hint: set NOTIFIER_CONFIG to the address of a blob, or download it first
    1 error
    "#);
}

#[test]
fn s16_what_a_file_says_moves_no_terminal_and_hides_nothing() {
    let folder =
        folder_with("[defaults]\ntimezone = \"Eu\u{202e}rope\\u001b[2J\u{200b}\"\n\"x\u{2066}y\" = 1\n");
    for format in ["text", "json"] {
        let said = run(folder.path(), &[], &["check", "--format", format]);
        assert!(said.starts_with("exit code 2"), "{said}");
        let moves = |c: char| c != '\n' && c.is_control() || "\u{202e}\u{200b}\u{2066}".contains(c);
        assert!(!said.contains(moves), "{said:?}");
    }
}

#[test]
fn check_says_everything_that_is_wrong() {
    let folder = folder_with(BROKEN);
    let variables = [("NOTIFIER_STROE", "sqlite:state.db"), ("NOTIFIER_MAIL_LIMIT", "30 a minute")];
    insta::assert_snapshot!(run(folder.path(), &variables, &["check"]), @r#"
    exit code 2
    --- stdout
    error: NOTIFIER_MAIL_LIMIT: `30 a minute` is no limit: write a number, a slash and `s`, `min`, `h` or `d`, several with commas: 30/min,100/h
      hint: for example NOTIFIER_MAIL_LIMIT=30/min,100/h
    warning: NOTIFIER_STROE: is no setting and has no effect
      hint: did you mean `NOTIFIER_STORE`?
    notifier.toml:3:1: error: defaults.timezone: `Europe/Berln` is no time zone
      3 | timezone = "············"
        | ^
      hint: did you mean `Europe/Berlin`?
    notifier.toml:4:13: error: defaults.fallback[1]: no recipient is called `platfrom`
      4 | fallback = ["········"]
        |             ^
      hint: did you mean `platform`?
    notifier.toml:8:1: error: recipients[1] "platform": digest: `daily` is not understood: it needs 5 fields (minute hour day month weekday), and has 1; write it like `0 8 * * MON-FRI`, or `never`
      8 | digest = "·····"
        | ^
    notifier.toml:9:12: error: recipients[1] "platform": teams.webhook: the environment variable TEAMS_PLATFORM_WEBHOOK is not set
      9 | teams  = { webhook = "··························" }
        |            ^
      hint: set TEAMS_PLATFORM_WEBHOOK to the address that Teams shows for the flow
    notifier.toml:13:10: error: routes[1].to[1]: no recipient is called `sap-basis`
      13 | to    = ["·········"]
         |          ^
      hint: known here: platform
    6 errors, 1 warning
    "#);
}

#[test]
fn check_of_a_file_with_unknown_keys() {
    let folder = folder_with("[default]\nfallback = []\n[[routes]]\nmatches = { name = 'x' }\n");
    insta::assert_snapshot!(run(folder.path(), &[], &["check", "notifier.toml"]), @"
    exit code 2
    --- stdout
    notifier.toml:1:2: error: unknown key `default`
      1 | [default]
        |  ^
      hint: did you mean `defaults`?
    notifier.toml:4:1: error: unknown key `matches` in routes[1]
      4 | matches = { name = '·' }
        | ^
      hint: did you mean `match`?
    2 errors
    ");
}

#[test]
fn check_warns_and_goes_on() {
    let folder = folder_with(&VALID.replace("rg-sap-*", "rg sap"));
    insta::assert_snapshot!(run(folder.path(), &[WEBHOOK], &["check"]), @"
    exit code 0
    --- stdout
    notifier.toml:12:11: warning: routes[1].match.resource_group: matches nothing: no resource group can be called `rg sap`
      hint: names have letters, digits, dots, dashes, underscores and parentheses
    notifier.toml is valid: 1 recipient, 1 route, 0 silences, version e2c9caa415ce, time zones 2026f, 1 warning
    ");
}

#[test]
fn check_for_programs() {
    let folder = folder_with(&VALID.replace("platform@contoso.com", "platform"));
    insta::assert_snapshot!(run(folder.path(), &[WEBHOOK], &["check", "--format", "json"]), @r#"
    exit code 2
    --- stdout
    {
      "file": "notifier.toml",
      "valid": false,
      "version": null,
      "time_zones": "2026f",
      "settings": [],
      "findings": [
        {
          "severity": "error",
          "path": "recipients[1] \"platform\": email[1]",
          "line": 8,
          "column": 10,
          "problem": "`platform` is no mail address: it has no @"
        }
      ]
    }
    "#);
}

#[test]
fn check_without_a_file() {
    let folder = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(run(folder.path(), &[], &["check"]), @"
    exit code 2
    --- stdout
    notifier.toml: error: there is no such file
      hint: copy notifier.example.toml to notifier.toml and edit it, or set NOTIFIER_CONFIG to your file; `maintenance-notifier schema` prints what can stand in it
    1 error
    ");
}

#[test]
fn a_sender_who_is_a_recipient_is_noticed() {
    let folder = folder_with(VALID);
    let variables = [WEBHOOK, ("NOTIFIER_MAIL_FROM", "Maintenance <Platform@contoso.com>")];
    let said = run(folder.path(), &variables, &["check"]);
    assert!(said.starts_with("exit code 0\n"), "{said}");
    assert!(
        said.contains("recipients[1] \"platform\": email: platform@contoso.com is also NOTIFIER_MAIL_FROM"),
        "{said}"
    );
    let other = [WEBHOOK, ("NOTIFIER_MAIL_FROM", "maintenance@contoso.com")];
    assert!(!run(folder.path(), &other, &["check"]).contains("NOTIFIER_MAIL_FROM"));
    // What mails really leave from is the mailbox, and operators read them too.
    let mailbox = [
        WEBHOOK,
        ("NOTIFIER_MAIL_FROM", "maintenance@contoso.com"),
        ("NOTIFIER_GRAPH_SENDER", "platform@contoso.com"),
        ("NOTIFIER_OPERATORS", "duty@contoso.com,Maintenance@contoso.com"),
    ];
    let said = run(folder.path(), &mailbox, &["check"]);
    for known in [
        "platform\": email: platform@contoso.com is also NOTIFIER_GRAPH_SENDER",
        "NOTIFIER_OPERATORS: maintenance@contoso.com is also NOTIFIER_MAIL_FROM",
    ] {
        assert!(said.contains(known), "{said}");
    }
}

#[test]
fn check_never_shows_a_secret() {
    // Every place where the address could slip out: a wrong type, a wrong scheme, a wrong reference.
    for line in [
        "teams = 'https://flows.contoso.com/run?sig=hunter2'",
        "teams = { webhook = 'http://flows.contoso.com/run?sig=hunter2' }",
        "teams = { webhook = 'flows.contoso.com/run?sig=hunter2' }",
        "teams = { webhook = ['https://flows.contoso.com/run?sig=hunter2'] }",
        "teams = { webhook = 'https://127.0.0.1/run?sig=hunter2' }",
        "teams = { webhook = 'https://flows.contoso.com/run?sig=hunter2', webhook = 1 }",
        "teams = { webhook = 'https://flows.contoso.com/run?sig=hunter2' ",
        "teams = { webhook = https://flows.contoso.com/run?sig=hunter2 }",
        "email = { webhook = 'https://flows.contoso.com/run?sig=hunter2' }",
    ] {
        let folder = folder_with(&format!("[[recipients]]\nname = 'a'\n{line}\n"));
        for format in ["text", "json"] {
            let said = run(folder.path(), &[], &["check", "--format", format]);
            assert!(said.starts_with("exit code 2\n"), "{said}");
            assert!(!said.contains("hunter2"), "{line} shows the secret:\n{said}");
        }
    }
}

#[test]
fn check_names_the_mail_secret_that_the_vault_does_not_give() {
    let folder = folder_with(VALID);
    let reference = "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/notifier-smtp-url/)";
    let from = ("NOTIFIER_MAIL_FROM", "maintenance@contoso.com");
    let endpoint = ("NOTIFIER_ACS_ENDPOINT", "https://contoso.europe.communication.azure.com");
    let way = "put the secret into the vault, or let the app's identity read it, and restart the app";
    for (setting, more) in [("NOTIFIER_SMTP_URL", None), ("NOTIFIER_ACS_KEY", Some(endpoint))] {
        let mut settings = vec![WEBHOOK, from, (setting, reference)];
        settings.extend(more);
        let said = run(folder.path(), &settings, &["check"]);
        let expected = format!("error: {setting}: still reads `@Microsoft.KeyVault(…)`: {way}");
        assert!(said.starts_with("exit code 2\n") && said.contains(&expected), "{said}");
    }
    // The same with the secret in its place.
    let said =
        run(folder.path(), &[WEBHOOK, from, ("NOTIFIER_SMTP_URL", "smtp://mail.contoso.com")], &["check"]);
    assert!(said.starts_with("exit code 0\n"), "{said}");
}

#[test]
fn wrong_usage_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(run(folder.path(), &[], &["chekc"]), @"
    exit code 2
    --- stderr
    error: unrecognized subcommand 'chekc'

      tip: some similar subcommands exist: 'schema', 'check'

    Usage: maintenance-notifier [COMMAND]

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(run(folder.path(), &[], &["check", "--format", "xml"]), @"
    exit code 2
    --- stderr
    error: invalid value 'xml' for '--format <FORMAT>'
      [possible values: text, json]

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(run(folder.path(), &[], &[]), @"
    exit code 2
    --- stderr
    Tells the people who run Azure virtual machines about planned maintenance, in time to act

    Usage: maintenance-notifier [COMMAND]

    Commands:
      demo         See it work: a simulated Azure, mails and cards in a folder, web pages, all in one
                   process
      local        Run the same functions on this machine against the real Azure
      handler      Serve the functions to the Azure Functions host, which starts this
      package      Put together what is deployed to Azure: a zip, or a folder
      windows      List the maintenance that Azure plans, as of the last look
      explain      Say who hears about a resource, by which rule, and what they were already told
      coverage     List the machines that no tag and no route gives an owner, whether Azure plans
                   anything for them or not
      preview      Render what would be sent now, and send nothing
      export       Print the whole state as one JSON document
      import       Fill an empty store with an exported state
      replay       Say what would be sent from an exported state at a given time, and send nothing
      start        Start the maintenance of one machine, now or at a time
      drill        Try out whether messages reach people: a labelled, harmless exercise through the real
                   chain
      audit        Print who started what and what became of it; check that nobody changed the record
      outbox       Say what is unsent and why; have it tried again
      links        List the links in messages that were withdrawn, or withdraw some
      person       Print what is kept of somebody, or have them forgotten
      check        Check the settings and the configuration file, and say everything that is wrong
      schema       Print the JSON schema of the configuration file
      completions  Print completions for a shell

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Settings come from the environment, who is told from the configuration file: see
    docs/CONFIGURATION.md.
    Exit code: 0 done, 1 failed, 2 wrong usage or invalid configuration.
    ");
}
