//! What editors and shells are told.

use super::run;

#[test]
fn schema_describes_the_file_for_editors() {
    let folder = tempfile::tempdir().unwrap();
    let said = run(folder.path(), &[], &["schema"]);
    let schema = said.strip_prefix("exit code 0\n--- stdout\n").unwrap();
    let mut schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    // The sections are in docs/CONFIGURATION.md, which another test compares; here is the frame around them.
    schema.as_object_mut().unwrap().remove("definitions").unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&schema).unwrap(), @r##"
    {
      "$schema": "http://json-schema.org/draft-07/schema#",
      "additionalProperties": false,
      "description": "The configuration of maintenance-notifier: who is notified of planned maintenance, when and how.",
      "properties": {
        "access": {
          "allOf": [
            {
              "$ref": "#/definitions/Access"
            }
          ],
          "description": "Whose sign-in counts; who may see and use the overview. Nobody, unless named."
        },
        "defaults": {
          "allOf": [
            {
              "$ref": "#/definitions/Defaults"
            }
          ],
          "description": "What holds for everybody who sets nothing else."
        },
        "owners": {
          "allOf": [
            {
              "$ref": "#/definitions/Owners"
            }
          ],
          "description": "How people named in tags are found."
        },
        "recipients": {
          "description": "People, team mailboxes and channels.",
          "items": {
            "$ref": "#/definitions/Recipient"
          },
          "type": "array"
        },
        "retention": {
          "allOf": [
            {
              "$ref": "#/definitions/Retention"
            }
          ],
          "description": "How long what is known is kept."
        },
        "routes": {
          "description": "Who hears of which resources. Tried in order; all that match apply, up to one with `stop = true`.",
          "items": {
            "$ref": "#/definitions/Route"
          },
          "type": "array"
        },
        "safety": {
          "allOf": [
            {
              "$ref": "#/definitions/Safety"
            }
          ],
          "description": "Rehearsals and brakes."
        },
        "silences": {
          "description": "Resources about which nobody is notified for a while.",
          "items": {
            "$ref": "#/definitions/Silence"
          },
          "type": "array"
        },
        "start": {
          "allOf": [
            {
              "$ref": "#/definitions/Start"
            }
          ],
          "description": "Self-service maintenance that is started from a message."
        }
      },
      "title": "maintenance-notifier",
      "type": "object"
    }
    "##);
}

#[test]
fn completions_name_the_commands() {
    let folder = tempfile::tempdir().unwrap();
    let said = run(folder.path(), &[], &["completions", "bash"]);
    assert!(said.starts_with("exit code 0\n--- stdout\n_maintenance__notifier() {"), "{said}");
    for command in ["check", "schema", "completions"] {
        assert!(said.contains(command), "{command} is missing");
    }
}
