//! A person is their address, and what the configuration calls them is a label: nothing is told again, nothing is taken
//! away, and what they said counts.

use super::Story;
use crate::whole::tenant::CONFIGURATION;

/// The usual configuration with these recipients too.
fn with(recipients: &[(&str, &[&str])]) -> String {
    let entry = |(name, emails): &(&str, &[&str])| {
        let emails: Vec<String> = emails.iter().map(|email| format!("\"{email}@contoso.com\"")).collect();
        format!("\n[[recipients]]\nname = \"{name}\"\nemail = [{}]\n", emails.join(", "))
    };
    recipients.iter().fold(CONFIGURATION.to_owned(), |text, recipient| text + &entry(recipient))
}

/// Everything of `vm-web-01` goes to `to`.
fn routed(text: String, to: &[&str]) -> String {
    let to: Vec<String> = to.iter().map(|name| format!("\"{name}\"")).collect();
    format!("{text}\n[[routes]]\nmatch = {{ name = \"vm-web-01\" }}\nto = [{}]\n", to.join(", "))
}

const ACKNOWLEDGED: &str = r#"
    Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
    Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
    Tue 24 Nov 09:00          | jane acknowledges vm-web-01
               12:00          | the configuration is another
               18:00          | vm-web-01 of jane is acknowledged
                              | jane's page says "vm-web-01"
                              | jane's page says "acknowledged it"
                              | jane's calendar has vm-web-01 on Fri 18 Dec 09:30
    Tue 1 Dec 08:00 .. 08:01  | jane hears the weekly line
    Wed 9 Dec 08:00 .. 08:01  | jane hears the weekly line
    Wed 16 Dec 10:00 .. 10:01 | jane hears reminder vm-web-01
    Thu 17 Dec 18:00          | jane's calendar has vm-web-01 on Fri 18 Dec 09:30
                              | the end
"#;

#[tokio::test]
async fn somebody_known_by_a_tag_who_gets_an_entry_is_the_same_person() {
    Story::new(ACKNOWLEDGED).configuration("another", &with(&[("Jane Doe", &["jane"])])).tell().await;
}

#[tokio::test]
async fn an_entry_with_another_name_is_the_same_recipient() {
    let before = "\n[[recipients]]\nname = \"Jane\"\nemail = [\"jane@contoso.com\"]\n";
    let story = Story::new(ACKNOWLEDGED).with(before);
    story.configuration("another", &with(&[("Jane Doe", &["jane"])])).tell().await;
}

#[tokio::test]
async fn whoever_loses_the_entry_is_known_by_the_tag_as_the_same_person() {
    let before = "\n[[recipients]]\nname = \"Jane\"\nemail = [\"jane@contoso.com\"]\n";
    Story::new(ACKNOWLEDGED).with(before).configuration("another", CONFIGURATION).tell().await;
}

#[tokio::test]
async fn a_name_that_differs_in_case_alone_is_the_same_recipient() {
    let before = "\n[[recipients]]\nname = \"jane doe\"\nemail = [\"jane@contoso.com\"]\n";
    let story = Story::new(ACKNOWLEDGED).with(before);
    story.configuration("another", &with(&[("Jane Doe", &["jane"])])).tell().await;
}

#[tokio::test]
async fn two_entries_that_become_a_team_are_told_nothing_again() {
    let before = routed(with(&[("Jane", &["jane"]), ("Mei", &["mei"])]), &["Jane", "Mei"]);
    let after = routed(with(&[("web", &["jane", "mei"])]), &["web"]);
    Story::new(
        r#"
        Mon 23 Nov 10:30          | the configuration is before
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of nobody, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Mon 23 Nov 14:00 .. 16:00 | mei hears announced vm-web-01
        Tue 24 Nov 09:00          | mei acknowledges vm-web-01
                   12:00          | the configuration is after
                   18:00          | vm-web-01 of mei is acknowledged
                                  | jane's page says "vm-web-01"
                                  | mei's page says "acknowledged it"
        Tue 1 Dec 08:00 .. 08:01  | jane hears the weekly line
                  08:00 .. 08:01  | mei hears the weekly line
        Wed 9 Dec 08:00 .. 08:01  | jane hears the weekly line
                  08:00 .. 08:01  | mei hears the weekly line
        Wed 16 Dec 10:00 .. 10:01 | jane hears reminder vm-web-01
                   10:00 .. 10:01 | mei hears reminder vm-web-01
        Thu 17 Dec 18:00          | jane's calendar has vm-web-01 on Fri 18 Dec 09:30
                                  | mei's calendar has vm-web-01 on Fri 18 Dec 09:30
                                  | the end
        "#,
    )
    .configuration("before", &before)
    .configuration("after", &after)
    .tell()
    .await;
}

#[tokio::test]
async fn what_was_muted_stays_muted_under_every_name() {
    Story::new(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | jane mutes vm-web-01 until Tue 1 Dec 12:00
                   12:00          | the configuration is named
        Thu 26 Nov 12:00          | the configuration is renamed
        Fri 27 Nov 12:00          | the configuration is usual
        Mon 30 Nov 08:00 .. 08:01 | jane hears note silence ends
        Mon 30 Nov 10:00 .. 10:01 | jane hears reminder vm-web-01
        Wed 2 Dec 10:00 .. 10:05  | jane hears self-service closed vm-web-01
        Fri 4 Dec 18:00           | the end
        "#,
    )
    .configuration("named", &with(&[("Jane", &["jane"])]))
    .configuration("renamed", &with(&[("Jane Doe", &["jane"])]))
    .tell()
    .await;
}

#[tokio::test]
async fn a_planned_start_begins_whatever_its_owner_is_called_by_then() {
    Story::new(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | jane plans vm-web-01 for Sat 28 Nov 22:00
        Tue 24 Nov 09:00 .. 09:05 | jane hears planned vm-web-01
                   12:00          | the configuration is named
                   18:00          | jane's calendar has vm-web-01 on Sat 28 Nov 22:00
        Thu 26 Nov 12:00 .. 23:00 | jane hears planned vm-web-01
        Fri 27 Nov 12:00 .. Sat 28 Nov 21:05 | jane hears planned vm-web-01
        Sat 28 Nov 22:00 .. 22:02 | vm-web-01 is started
        Sat 28 Nov 22:00 .. 22:05 | jane hears started vm-web-01
        Sat 28 Nov 22:02 .. 23:59 | jane hears completed vm-web-01
        Sun 29 Nov 12:00          | jane's calendar is empty
        Thu 3 Dec 18:00           | the end
        "#,
    )
    .configuration("named", &with(&[("Jane", &["jane"])]))
    .tell()
    .await;
}

#[tokio::test]
async fn a_label_that_is_given_to_somebody_else_takes_neither_history_nor_answers_along() {
    let before = routed(with(&[("duty", &["jane"])]), &["duty"]);
    let after = routed(with(&[("duty", &["mei"])]), &["duty"]);
    Story::new(
        r#"
        Mon 23 Nov 10:30          | the configuration is before
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of nobody, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 12:00          | the configuration is after
        Tue 24 Nov 12:00 .. 18:00 | mei hears announced vm-web-01
        Wed 25 Nov 18:00          | mei's calendar has vm-web-01 on Fri 18 Dec 09:30
                                  | the end
        "#,
    )
    .configuration("before", &before)
    .configuration("after", &after)
    .tell()
    .await;
}

#[tokio::test]
async fn two_entries_of_one_mailbox_that_become_one_leave_one_entry_in_its_calendar() {
    let before = routed(with(&[("web", &["jane"]), ("sap", &["jane"])]), &["web", "sap"]);
    let after = routed(with(&[("jane", &["jane"])]), &["jane"]);
    Story::new(
        r#"
        Mon 23 Nov 10:30          | the configuration is before
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of nobody
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 12:00          | the configuration is after
        Wed 25 Nov 10:00 .. 10:01 | jane hears reminder vm-web-01
                   18:00          | jane's calendar has vm-web-01 on Wed 2 Dec 09:30
        Mon 30 Nov 10:00 .. 10:01 | jane hears reminder vm-web-01
        Wed 2 Dec 10:00 .. 10:05  | jane hears self-service closed vm-web-01
        Wed 2 Dec 18:00           | the end
        "#,
    )
    .configuration("before", &before)
    .configuration("after", &after)
    .tell()
    .await;
}

#[tokio::test]
async fn whoever_changes_places_with_somebody_else_is_told_of_what_is_theirs_now_alone() {
    let before = routed(with(&[("web", &["jane"]), ("sap", &["mei"])]), &["web"]);
    let after = routed(with(&[("web", &["mei"]), ("sap", &["jane"])]), &["web"]);
    Story::new(
        r#"
        Mon 23 Nov 10:30          | the configuration is before
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of nobody, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 12:00          | the configuration is after
        Tue 24 Nov 12:00 .. 18:00 | mei hears announced vm-web-01
        Wed 25 Nov 18:00          | the end
        "#,
    )
    .configuration("before", &before)
    .configuration("after", &after)
    .tell()
    .await;
}
