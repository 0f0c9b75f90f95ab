//! Cards as snapshots.

use maintenance_notifier::domain::message_content::MessageContent;
use maintenance_notifier::render::card;
use serde_json::Value;

use super::samples;

fn rendered(content: &MessageContent) -> Value {
    serde_json::from_str(&card(content, &samples::deployment()).unwrap().json).unwrap()
}

/// What a reader of the channel sees, one block a line.
fn outline(element: &Value, lines: &mut Vec<String>) {
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    match element["type"].as_str().unwrap() {
        "RichTextBlock" => {
            let runs = element["inlines"].as_array().unwrap();
            lines.push(runs.iter().map(|run| text(run, "text")).collect());
        }
        "Container" => {
            for item in element["items"].as_array().unwrap() {
                outline(item, lines);
            }
        }
        "FactSet" => {
            for fact in element["facts"].as_array().unwrap() {
                lines.push(format!("  {}: {}", text(fact, "title"), text(fact, "value")));
            }
        }
        "ActionSet" => {
            let actions = element["actions"].as_array().unwrap();
            lines.push(actions.iter().map(|action| format!("[{}]", text(action, "title"))).collect());
        }
        other => panic!("{other} is no element that we use"),
    }
}

pub(super) fn seen(content: &MessageContent) -> String {
    let card = rendered(content);
    let mut lines = Vec::new();
    for element in card["attachments"][0]["content"]["body"].as_array().unwrap() {
        outline(element, &mut lines);
    }
    lines.join("\n")
}

#[test]
fn a_whole_card() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&rendered(&samples::single())).unwrap(), @r#"
    {
      "attachments": [
        {
          "content": {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "body": [
              {
                "bleed": true,
                "items": [
                  {
                    "inlines": [
                      {
                        "size": "Large",
                        "text": "Act by Fri 12 Dec: web-01 will be restarted",
                        "type": "TextRun",
                        "weight": "Bolder"
                      }
                    ],
                    "type": "RichTextBlock"
                  },
                  {
                    "inlines": [
                      {
                        "text": "Start the maintenance of web-01 in Azure’s portal by Fri 12 Dec. If you do nothing, Azure restarts web-01 any time between Mon 15 Dec and Mon 22 Dec.",
                        "type": "TextRun"
                      }
                    ],
                    "spacing": "Small",
                    "type": "RichTextBlock"
                  }
                ],
                "style": "warning",
                "type": "Container"
              },
              {
                "actions": [
                  {
                    "title": "Open in Azure’s portal",
                    "type": "Action.OpenUrl",
                    "url": "https://portal.azure.com/#@/resource/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/web-01"
                  },
                  {
                    "title": "Is this genuine?",
                    "type": "Action.OpenUrl",
                    "url": "https://maintenance.contoso.com/genuine"
                  }
                ],
                "type": "ActionSet"
              },
              {
                "inlines": [
                  {
                    "text": "This channel is told about planned Azure maintenance from now on.",
                    "type": "TextRun"
                  }
                ],
                "spacing": "Small",
                "type": "RichTextBlock"
              },
              {
                "inlines": [
                  {
                    "text": "Yours to choose · 1 machine",
                    "type": "TextRun",
                    "weight": "Bolder"
                  }
                ],
                "separator": true,
                "type": "RichTextBlock"
              },
              {
                "inlines": [
                  {
                    "isSubtle": true,
                    "text": "Self-service: ",
                    "type": "TextRun"
                  },
                  {
                    "text": "until Fri 12 Dec 2025, 18:00 CET",
                    "type": "TextRun",
                    "weight": "Bolder"
                  },
                  {
                    "isSubtle": true,
                    "text": " (17:00 UTC)",
                    "type": "TextRun"
                  }
                ],
                "spacing": "Small",
                "type": "RichTextBlock"
              },
              {
                "inlines": [
                  {
                    "isSubtle": true,
                    "text": "Azure’s window: ",
                    "type": "TextRun"
                  },
                  {
                    "text": "Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET",
                    "type": "TextRun",
                    "weight": "Bolder"
                  },
                  {
                    "isSubtle": true,
                    "text": " (17:00 to 17:00 UTC)",
                    "type": "TextRun"
                  }
                ],
                "spacing": "Small",
                "type": "RichTextBlock"
              },
              {
                "inlines": [
                  {
                    "isSubtle": true,
                    "text": "What happens: ",
                    "type": "TextRun"
                  },
                  {
                    "text": "Restart on an updated host, usually about 25 minutes; the temporary disk is lost",
                    "type": "TextRun",
                    "weight": "Bolder"
                  }
                ],
                "spacing": "Small",
                "type": "RichTextBlock"
              },
              {
                "inlines": [
                  {
                    "text": "web-01",
                    "type": "TextRun",
                    "weight": "Bolder"
                  },
                  {
                    "isSubtle": true,
                    "text": " rg-shop · Contoso Production · westeurope, zone 1",
                    "type": "TextRun"
                  }
                ],
                "spacing": "Small",
                "type": "RichTextBlock"
              },
              {
                "inlines": [
                  {
                    "isSubtle": true,
                    "size": "Small",
                    "text": "As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.",
                    "type": "TextRun"
                  }
                ],
                "separator": true,
                "type": "RichTextBlock"
              }
            ],
            "fallbackText": "Act by Fri 12 Dec: web-01 will be restarted",
            "msteams": {
              "width": "Full"
            },
            "type": "AdaptiveCard",
            "version": "1.4"
          },
          "contentType": "application/vnd.microsoft.card.adaptive",
          "contentUrl": null
        }
      ],
      "type": "message"
    }
    "#);
}

#[test]
fn cards_show_counts_and_the_changes_that_matter() {
    insta::assert_snapshot!(seen(&samples::two_groups()), @"
    Act by Fri 12 Dec: 3 of your machines will be restarted (and 2 more updates)
    Azure plans maintenance that restarts 3 of your machines. Until Fri 12 Dec 2025, 18:00 CET (17:00 UTC) you can choose the moment yourself. If nobody does, Azure restarts them at a moment of its own choosing between Mon 15 Dec and Mon 22 Dec. 2 more machines follow below.
    Act by Fri 12 Dec 2025, 18:00 CET · New · 3 machines
    Azure plans maintenance that restarts these machines. For 1 of them this is a new plan after an earlier one that has already ended.
      Self-service: Mon 1 Dec, 18:00 to Fri 12 Dec 2025, 18:00 CET
      : Mon 1 Dec, 17:00 to Fri 12 Dec 2025, 17:00 UTC
      Azure’s window: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET
      : Mon 15 Dec, 17:00 to Mon 22 Dec 2025, 17:00 UTC
    web-01 rg-shop · Contoso Production · westeurope, zone 1 · Start now
    web-02 rg-shop · Contoso Production · westeurope, zone 1 · Start now
    front_3 rg-shop · 00000000-0000-0000-0000-000000000001 · westeurope, zone 1 · Start now
    Act by Sat 20 Dec 2025, 18:00 CET · New · 2 machines
    Azure plans maintenance that restarts these machines.
      Self-service: Mon 8 Dec, 18:00 to Sat 20 Dec 2025, 18:00 CET
      : Mon 8 Dec, 17:00 to Sat 20 Dec 2025, 17:00 UTC
      Azure’s window: Mon 22 Dec, 18:00 to Mon 29 Dec 2025, 18:00 CET
      : Mon 22 Dec, 17:00 to Mon 29 Dec 2025, 17:00 UTC
    batch-06 rg-shop · Contoso Production · westeurope, zone 1 · Scheduled
    batch-07 rg-shop · Contoso Production · westeurope, zone 1 · Scheduled · Shut down by a schedule: that can undo a maintenance you started, and interrupt the machine twice. Better leave it to Azure.
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC).
    ");
    insta::assert_snapshot!(seen(&samples::rescheduled()), @"
    New dates, act by Wed 17 Dec: sql-01 will be restarted
    Azure moved the dates of the maintenance that restarts sql-01. From Wed 3 Dec 2025, 18:00 CET (17:00 UTC) until Wed 17 Dec 2025, 18:00 CET (17:00 UTC) you can choose the moment yourself. If nobody does, Azure restarts it at a moment of its own choosing between Fri 19 Dec and Fri 26 Dec.
    Act by Wed 17 Dec 2025, 18:00 CET · New dates · 1 machine
    Azure moved the dates of the maintenance that restarts this machine.
      Self-service: Wed 3 Dec, 18:00 to Wed 17 Dec 2025, 18:00 CET
      : Wed 3 Dec, 17:00 to Wed 17 Dec 2025, 17:00 UTC
      Self-service before: Mon 1 Dec, 18:00 to Fri 12 Dec 2025, 18:00 CET
      Azure’s window: Fri 19 Dec, 18:00 to Fri 26 Dec 2025, 18:00 CET
      : Fri 19 Dec, 17:00 to Fri 26 Dec 2025, 17:00 UTC
      Azure’s before: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET
    sql-01 rg-shop · Contoso Production · westeurope, zone 1 · Scheduled
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC).
    ");
    insta::assert_snapshot!(seen(&samples::over()), @"
    No action needed: maintenance of app-02 is cancelled (and 4 more updates)
    Azure called off the maintenance of app-02. Nothing is left to do. 4 more machines follow below.
    Nothing is left to do · Cancelled · 1 machine
    Azure called off the maintenance of this machine.
    app-02 rg-shop · Contoso Production · westeurope, zone 1
    Nothing is left to do · No longer planned · 1 machine
    In the meantime this machine ceased to exist.
    app-03 rg-shop · Contoso Production · westeurope, zone 1
    Nothing is left to do · No longer planned · 1 machine
    In the meantime this machine moved to another host (after a stop, a resize or a redeploy), so the maintenance is no longer needed.
    app-04 rg-shop · Contoso Production · westeurope, zone 1
    With shop-team now · No longer yours · 1 machine
    From now on shop-team will be told about this machine instead of you.
    app-05 rg-shop · Contoso Production · westeurope, zone 1
    Nothing is left to do · Done · 1 machine
    The maintenance of this machine is done. It runs on an updated host.
    app-01 rg-shop · Contoso Production · westeurope, zone 1
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC).
    ");
    insta::assert_snapshot!(seen(&samples::go_live()), @"
    Azure maintenance notifier is live: 42 machines with planned maintenance, 25 without an owner
    Azure plans maintenance of 42 machines in 14 subscriptions. 17 have an owner, who is told now. For 25 nobody was found: until that changes, you are told.
    This channel is told about planned Azure maintenance from now on; this is the first message.
      Subscriptions: 14
      Machines: 42
      With an owner: 17
      Without an owner: 25
    Act by Fri 12 Dec 2025, 18:00 CET · New · 1 machine
    Azure plans maintenance that restarts this machine.
      Self-service: Mon 1 Dec, 18:00 to Fri 12 Dec 2025, 18:00 CET
      : Mon 1 Dec, 17:00 to Fri 12 Dec 2025, 17:00 UTC
      Azure’s window: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET
      : Mon 15 Dec, 17:00 to Mon 22 Dec 2025, 17:00 UTC
    lab-01 rg-shop · Contoso Production · westeurope, zone 1 · Start now
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC).
    ");
    insta::assert_snapshot!(seen(&samples::operator()), @r#"
    Notifier: 8 problems to look at
    The notifier ran into trouble that it cannot solve by itself. You are told once.
    Contoso Sandbox can no longer be read. HTTP 403 AuthorizationFailed: the client has no permission to read. Nothing in it ends or changes until it can be read again. Check the notifier’s role assignment there.
    Unreadable: instance view of web-01. maintenanceWindowEndTime is no date: `soon`. The record was set aside; everything else was processed.
    jane.doe@contoso.com cannot be reached. Sending to jane.doe@contoso.com failed for good: 550 5.1.1 no such user. The fallback is told instead. Correct the address, the tag that names it, or the flow.
    Trouble with the mail service. 535 5.7.8 authentication failed. Messages wait and are tried again; check how it is set up.
    Owner of web-09 (rg-shop, subscription 00000000-0000-0000-0000-000000000001) refused. The tag owner on the resource itself names someone@fabrikam.com, which is outside the allowed domains. Correct the tag, or add the domain to owners.allowed_domains.
    The configuration cannot be used. notifier.toml:2:12: error: defaults.timezone: `Europe/Berln` is no time zone. The last valid configuration stays in force until it is corrected. `maintenance-notifier check` says everything that is wrong.
    No look at Azure has succeeded for too long. The last success was on Mon 1 Dec 2025, 21:00 CET (20:00 UTC). New maintenance is not noticed until this works again. Look at the log of the function CollectMaintenance.
    A message for deliver failed for good. It is kept: {"message":"5b1f"}. Look at the function’s log for the reason; `maintenance-notifier outbox` shows it and how to put it back.
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC).
    "#);
    insta::assert_snapshot!(seen(&samples::many(120)), @"
    Act by Fri 12 Dec: 40 of your machines will be restarted (and 80 more updates)
    Azure plans maintenance that restarts 40 of your machines. Until Fri 12 Dec 2025, 18:00 CET (17:00 UTC) you can choose the moment yourself. If nobody does, Azure restarts them at a moment of its own choosing between Mon 15 Dec and Mon 22 Dec. 80 more machines follow below.
    No action needed: Azure will take care of it · New · 40 machines
    Azure plans maintenance that restarts these machines.
      Azure’s window: Wed 10 Dec, 18:00 to Wed 17 Dec 2025, 18:00 CET
      : Wed 10 Dec, 17:00 to Wed 17 Dec 2025, 17:00 UTC
    node-002 rg-shop · Contoso Production · westeurope, zone 1 · Scheduled
    node-005 rg-shop · Contoso Production · westeurope, zone 1 · Scheduled
    node-008 rg-shop · Contoso Production · westeurope, zone 1 · Scheduled
    node-011 rg-shop · Contoso Production · westeurope, zone 1 · Scheduled
    node-014 rg-shop · Contoso Production · westeurope, zone 1 · Scheduled
    and 35 more
    Act by Fri 12 Dec 2025, 18:00 CET · New · 40 machines
    Azure plans maintenance that restarts these machines.
      Self-service: Mon 1 Dec, 18:00 to Fri 12 Dec 2025, 18:00 CET
      : Mon 1 Dec, 17:00 to Fri 12 Dec 2025, 17:00 UTC
      Azure’s window: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET
      : Mon 15 Dec, 17:00 to Mon 22 Dec 2025, 17:00 UTC
    node-000 rg-shop · Contoso Production · westeurope, zone 1 · Start now
    node-003 rg-shop · Contoso Production · westeurope, zone 1 · Start now
    node-006 rg-shop · Contoso Production · westeurope, zone 1 · Start now
    node-009 rg-shop · Contoso Production · westeurope, zone 1 · Start now
    node-012 rg-shop · Contoso Production · westeurope, zone 1 · Start now
    and 35 more
    Act by Sat 20 Dec 2025, 18:00 CET · New · 40 machines
    Azure plans maintenance that restarts these machines.
      Self-service: Mon 8 Dec, 18:00 to Sat 20 Dec 2025, 18:00 CET
      : Mon 8 Dec, 17:00 to Sat 20 Dec 2025, 17:00 UTC
      Azure’s window: Mon 22 Dec, 18:00 to Mon 29 Dec 2025, 18:00 CET
      : Mon 22 Dec, 17:00 to Mon 29 Dec 2025, 17:00 UTC
    node-001 rg-shop · Contoso Production · westeurope, zone 1 · Scheduled
    node-004 rg-shop · Contoso Production · westeurope, zone 1 · Scheduled
    node-007 rg-shop · Contoso Production · westeurope, zone 1 · Scheduled
    node-010 rg-shop · Contoso Production · westeurope, zone 1 · Scheduled
    node-013 rg-shop · Contoso Production · westeurope, zone 1 · Scheduled
    and 35 more
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC).
    ");
}

#[test]
fn a_card_of_what_happens_within_minutes_says_when_what_and_for_how_long() {
    insta::assert_snapshot!(seen(&samples::imminent()), @"
    Within minutes, not before 09:44 CET: web-01 will be restarted
    Azure restarts web-01 within minutes, no earlier than Tue 2 Dec 2025, 09:44 CET (08:44 UTC).
    Not before Tue 2 Dec 2025, 09:44 CET · Within minutes · 1 machine
    Azure restarts this machine within minutes.
      Not before: Tue 2 Dec 2025, 09:44 CET (08:44 UTC)
      What: Restart on another host; the temporary disk is lost
      Expected to take: 9 minutes
      Azure’s window: Mon 1 Dec, 18:00 to Mon 8 Dec 2025, 18:00 CET
      : Mon 1 Dec, 17:00 to Mon 8 Dec 2025, 17:00 UTC
    web-01 rg-shop · Contoso Production · westeurope, zone 1 · Scheduled
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC).
    ");
    insta::assert_snapshot!(seen(&samples::imminent_without_time()), @"
    Within minutes: web-01 will be restarted
    Azure restarts web-01 within minutes.
    Azure starts it by itself · Within minutes · 1 machine
    Azure restarts this machine within minutes.
      What: Restart
      Azure’s window: Mon 1 Dec, 18:00 to Mon 8 Dec 2025, 18:00 CET
      : Mon 1 Dec, 17:00 to Mon 8 Dec 2025, 17:00 UTC
    web-01 rg-shop · Contoso Production · westeurope, zone 1 · Scheduled
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC).
    ");
}

#[test]
fn a_sign_of_life_says_what_is_planned_and_why_it_came() {
    insta::assert_snapshot!(seen(&samples::heartbeat()), @"
    Azure maintenance: nothing is planned at the moment
    This channel hears of Azure maintenance that is planned for its machines. Nothing is planned for them at the moment. In quiet times a card like this comes once a month, and shows that the way here still works. You need not do anything.
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC).
    ");
    let mut content = samples::heartbeat();
    content.unchanged = 3;
    content.unchanged_deadline = Some(content.frozen_at + chrono::TimeDelta::days(9));
    insta::assert_snapshot!(seen(&content), @"
    Azure maintenance: nothing new about 3 machines with planned maintenance
    This channel hears of Azure maintenance that is planned for its machines. It was told of 3 machines with planned maintenance; the nearest deadline is Thu 11 Dec 2025, 09:30 CET (08:30 UTC). In quiet times a card like this comes once a month, and shows that the way here still works. You need not do anything.
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC).
    ");
}
