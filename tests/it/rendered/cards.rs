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
                        "text": "Start the maintenance of web-01 in Azure’s portal by Fri 12 Dec. If you do nothing, Azure restarts it any time between Mon 15 Dec and Mon 22 Dec.",
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
    Act by Fri 12 Dec: 4 of your machines will be restarted
    Choose a time for 4 of your machines, the first by Fri 12 Dec. If you do nothing, Azure restarts each of them any time in its own window. News of 1 more machine follows below.
    [Is this genuine?]
    Yours to choose · 3 machines
    Self-service: until Fri 12 Dec 2025, 18:00 CET (17:00 UTC)
    Azure’s window: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET (17:00 to 17:00 UTC)
    What happens: Restart on an updated host, usually about 25 minutes; the temporary disk is lost
    web-01 rg-shop · Contoso Production · westeurope, zone 1
    web-02 rg-shop · Contoso Production · westeurope, zone 1
    front_3 rg-shop · 00000000-0000-0000-0000-000000000001 · westeurope, zone 1
    Yours to choose · 1 machine
    Self-service: Mon 8 Dec, 18:00 to Sat 20 Dec 2025, 18:00 CET (17:00 to 17:00 UTC)
    Azure’s window: Mon 22 Dec, 18:00 to Mon 29 Dec 2025, 18:00 CET (17:00 to 17:00 UTC)
    What happens: Restart on an updated host, usually about 25 minutes; the temporary disk is lost
    batch-06 rg-shop · Contoso Production · westeurope, zone 1
    Leave to Azure · 1 machine
    Self-service: Mon 8 Dec, 18:00 to Sat 20 Dec 2025, 18:00 CET (17:00 to 17:00 UTC)
    Azure’s window: Mon 22 Dec, 18:00 to Mon 29 Dec 2025, 18:00 CET (17:00 to 17:00 UTC)
    What happens: Restart on another host; the temporary disk is lost; usually about 25 minutes
    batch-07 rg-shop · Contoso Production · westeurope, zone 1 · Shut down by a schedule, which can undo a maintenance you started and interrupt it twice. Better leave it to Azure. · Deallocated, so on no host. Starting the machine again may already end the maintenance.
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    ");
    insta::assert_snapshot!(seen(&samples::rescheduled()), @"
    Act by Wed 17 Dec: sql-01 will be restarted (new dates)
    Azure moved the dates for sql-01. Choose a time for sql-01 by Wed 17 Dec; the earliest is Wed 3 Dec. If you do nothing, Azure restarts it any time between Fri 19 Dec and Fri 26 Dec.
    [Open in Azure’s portal][Is this genuine?]
    New dates · Yours to choose · 1 machine
    Self-service: Wed 3 Dec, 18:00 to Wed 17 Dec 2025, 18:00 CET (17:00 to 17:00 UTC) · before: Mon 1 Dec, 18:00 to Fri 12 Dec 2025, 18:00 CET
    Azure’s window: Fri 19 Dec, 18:00 to Fri 26 Dec 2025, 18:00 CET (17:00 to 17:00 UTC) · before: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET
    What happens: Restart on an updated host, usually about 25 minutes; the temporary disk is lost
    sql-01 rg-shop · Contoso Production · westeurope, zone 1
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    ");
    insta::assert_snapshot!(seen(&samples::over()), @"
    No action needed: news of 5 of your machines
    Azure cancelled the maintenance of app-02. Nothing is left to do. News of 4 more machines follows below.
    [Is this genuine?]
    Cancelled · 1 machine
    app-02 rg-shop · Contoso Production · westeurope, zone 1
    No longer planned · 1 machine
    app-03 no longer exists. Nothing is left to do.
    app-03 rg-shop · Contoso Production · westeurope, zone 1
    No longer planned · 1 machine
    app-04 moved to another host (after a stop, a resize or a redeploy) and no longer needs the maintenance. Nothing is left to do.
    app-04 rg-shop · Contoso Production · westeurope, zone 1
    No longer yours · 1 machine
    shop-team will be told about app-05 from now on, instead of you. You need not do anything.
    app-05 rg-shop · Contoso Production · westeurope, zone 1
    Done · 1 machine
    Maintenance of app-01 is done. Nothing is left to do.
    app-01 rg-shop · Contoso Production · westeurope, zone 1
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    ");
    insta::assert_snapshot!(seen(&samples::go_live()), @"
    Azure maintenance notifier is live: 42 machines with planned maintenance, 25 without an owner
    Give 25 of 42 machines an owner: until then you are told in their place. Azure plans their maintenance in 14 subscriptions; the owners of the others are told now.
    [Open in Azure’s portal][Is this genuine?]
    This channel is told about planned Azure maintenance from now on.
      Subscriptions that can be read: 14
      Machines with planned maintenance: 42
      Machines with an owner: 17
      Machines without an owner: 25
    Yours to choose · 1 machine
    Self-service: until Fri 12 Dec 2025, 18:00 CET (17:00 UTC)
    Azure’s window: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET (17:00 to 17:00 UTC)
    What happens: Restart on an updated host, usually about 25 minutes; the temporary disk is lost
    lab-01 rg-shop · Contoso Production · westeurope, zone 1
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    ");
    insta::assert_snapshot!(seen(&samples::operator()), @r#"
    Notifier: 8 problems to look at
    The notifier has 8 problems that it cannot solve by itself. You are told once.
    [Is this genuine?]
    Contoso Sandbox can no longer be read. HTTP 403 AuthorizationFailed: the client has no permission to read. Nothing in it ends or changes until it can be read again. Check the notifier’s role assignment there.
    Unreadable: instance view of web-01. maintenanceWindowEndTime is no date: `soon`. The record was set aside; everything else was processed.
    jane.doe@contoso.com cannot be reached. Sending to jane.doe@contoso.com failed for good: 550 5.1.1 no such user. The fallback is told instead. Correct the address, the tag that names it, or the flow.
    Trouble with the mail service. 535 5.7.8 authentication failed. Messages wait and are tried again; check how it is set up.
    Owner of web-09 (rg-shop, subscription 00000000-0000-0000-0000-000000000001) refused. The tag owner on the resource itself names someone@fabrikam.com, which is outside the allowed domains. Correct the tag, or add the domain to owners.allowed_domains.
    The configuration cannot be used. notifier.toml:2:12: error: defaults.timezone: `Europe/Berln` is no time zone. The last valid configuration stays in force until it is corrected. `maintenance-notifier check` says everything that is wrong.
    Azure unreachable since Mon 1 Dec 21:00 CET. The last success was on Mon 1 Dec 2025, 21:00 CET (20:00 UTC). New maintenance is not noticed until this works again. Look at the log of the function CollectMaintenance.
    A message for deliver failed for good. It is kept: {"message":"5b1f"}. Look at the function’s log for the reason; `maintenance-notifier outbox` shows it and how to put it back.
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    "#);
    insta::assert_snapshot!(seen(&samples::many(120)), @"
    Act by Fri 12 Dec: 80 of your machines will be restarted
    Choose a time for 80 of your machines, the first by Fri 12 Dec. If you do nothing, Azure restarts each of them any time in its own window. News of 40 more machines follows below.
    [Is this genuine?]
    Leave to Azure · 40 machines
    Azure’s window: Wed 10 Dec, 18:00 to Wed 17 Dec 2025, 18:00 CET (17:00 to 17:00 UTC)
    What happens: Restart on another host; the temporary disk is lost; usually about 25 minutes
    node-002 rg-shop
    node-005 rg-shop
    node-008 rg-shop
    node-011 rg-shop
    node-014 rg-shop
    and 35 more
    All in Contoso Production · westeurope, zone 1
    Yours to choose · 40 machines
    Self-service: until Fri 12 Dec 2025, 18:00 CET (17:00 UTC)
    Azure’s window: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET (17:00 to 17:00 UTC)
    What happens: Restart on an updated host, usually about 25 minutes; the temporary disk is lost
    node-000 rg-shop
    node-003 rg-shop
    node-006 rg-shop
    node-009 rg-shop
    node-012 rg-shop
    and 35 more
    All in Contoso Production · westeurope, zone 1
    Yours to choose · 40 machines
    Self-service: Mon 8 Dec, 18:00 to Sat 20 Dec 2025, 18:00 CET (17:00 to 17:00 UTC)
    Azure’s window: Mon 22 Dec, 18:00 to Mon 29 Dec 2025, 18:00 CET (17:00 to 17:00 UTC)
    What happens: Restart on an updated host, usually about 25 minutes; the temporary disk is lost
    node-001 rg-shop
    node-004 rg-shop
    node-007 rg-shop
    node-010 rg-shop
    node-013 rg-shop
    and 35 more
    All in Contoso Production · westeurope, zone 1
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    ");
}

#[test]
fn a_card_of_what_happens_within_minutes_says_when_what_and_for_how_long() {
    insta::assert_snapshot!(seen(&samples::imminent()), @"
    Within minutes, not before 09:44 CET: web-01 will be restarted
    Azure restarts web-01 within minutes, not before Tue 2 Dec 2025, 09:44 CET (08:44 UTC). Nothing can be chosen any more.
    [Open in Azure’s portal][Is this genuine?]
    Within minutes · 1 machine
    Not before: Tue 2 Dec 2025, 09:44 CET (08:44 UTC)
    Azure’s window: Mon 1 Dec, 18:00 to Mon 8 Dec 2025, 18:00 CET (17:00 to 17:00 UTC)
    What happens: Restart on another host; the temporary disk is lost; Azure expects 9 minutes
    web-01 rg-shop · Contoso Production · westeurope, zone 1
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    ");
    insta::assert_snapshot!(seen(&samples::imminent_without_time()), @"
    Within minutes: web-01 will be restarted
    Azure restarts web-01 within minutes. Nothing can be chosen any more.
    [Open in Azure’s portal][Is this genuine?]
    Within minutes · 1 machine
    Azure’s window: Mon 1 Dec, 18:00 to Mon 8 Dec 2025, 18:00 CET (17:00 to 17:00 UTC)
    What happens: Restart
    web-01 rg-shop · Contoso Production · westeurope, zone 1
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    ");
}

#[test]
fn a_sign_of_life_says_what_is_planned_and_why_it_came() {
    insta::assert_snapshot!(seen(&samples::heartbeat()), @"
    Azure maintenance: nothing is planned at the moment
    No maintenance of your machines is planned at the moment. You need not do anything. This channel hears of planned maintenance. In quiet times a card like this comes once a month, and shows that the way here still works.
    [Is this genuine?]
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    ");
    let mut content = samples::heartbeat();
    content.unchanged = 3;
    content.unchanged_deadline = Some(content.frozen_at + chrono::TimeDelta::days(9));
    insta::assert_snapshot!(seen(&content), @"
    Azure maintenance: 3 machines still open
    3 machines still have planned maintenance; the nearest deadline is Thu 11 Dec 2025, 09:30 CET (08:30 UTC). You need not do anything. This channel hears of planned maintenance. In quiet times a card like this comes once a month, and shows that the way here still works.
    [Is this genuine?]
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    ");
}
