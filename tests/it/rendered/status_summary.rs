//! How things stand, what ends a wave, and what should not be down together: mails and cards as snapshots.

use maintenance_notifier::domain::message::MessageKind;
use maintenance_notifier::domain::message_content::{MessageContent, WaveEnd};
use maintenance_notifier::domain::summary::Summary;

use super::cards::seen;
use super::mails::{rendered, text};
use super::samples;

#[test]
fn who_watches_reads_how_things_stand_and_what_comes_if_nobody_acts() {
    insta::assert_snapshot!(text(&samples::summary()), @"
    Subject: Maintenance this week: 12 machines to come, 5 without an answer

    If nobody acts, Azure may restart 4 machines within a week and 5 within two.
    You need not do anything: the owners are told. 9 machines were done in the
    last five weeks.

    NOT BOTH AT ONCE: sap-db-01 and sap-db-02 belong to the cluster “SAP DB”.
    Azure does not know that: if nobody acts, it may restart more than one of
    them at the same time between Sat 6 Dec 2025, 18:00 CET (17:00 UTC) and Sat
    13 Dec 2025, 18:00 CET (17:00 UTC). Start them one after the other before,
    so that one of them is always up.

    * sap-basis
      4 no answer, 1 acknowledged, 2 left to Azure, 3 done
    * jane.doe@contoso.com
      1 no answer, 1 acknowledged, 1 planned, 6 done
    * muted
      2 left to Azure
    * All together
      5 no answer, 2 acknowledged, 1 planned, 4 left to Azure, 9 done

    WHO HAS NOT ANSWERED
    - sap-basis: 4 machines; the first can be started until Thu 4 Dec 2025,
      18:00 CET (17:00 UTC)
    - jane.doe@contoso.com: 1 machine; the first can be started until Fri 12 Dec
      2025, 18:00 CET (17:00 UTC)

    WHAT AZURE RESTARTS IF NOBODY ACTS
    - Any time until Fri 5 Dec 2025, 18:00 CET (17:00 UTC): sap-app-01
      (sap-basis)
    - Any time between Sat 6 Dec 2025, 18:00 CET (17:00 UTC) and Sat 13 Dec
      2025, 18:00 CET (17:00 UTC): sap-db-01 (sap-basis), sap-db-02 (sap-basis)
    and 2 more

    --
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    Sent by Azure maintenance. Replies go to platform@contoso.com. It asks for
    no password, and opening it or its links starts nothing.
    How to tell that this message is genuine: https://maintenance.contoso.com/genuine
    ");
}

#[test]
fn the_channel_of_who_watches_gets_the_numbers_and_who_has_not_answered() {
    insta::assert_snapshot!(seen(&samples::summary()), @"
    Maintenance this week: 12 machines to come, 5 without an answer
    If nobody acts, Azure may restart 4 machines within a week and 5 within two. You need not do anything: the owners are told. 9 machines were done in the last five weeks.
    [Is this genuine?]
    Not both at once: sap-db-01 and sap-db-02 belong to the cluster “SAP DB”. Azure does not know that: if nobody acts, it may restart more than one of them at the same time between Sat 6 Dec 2025, 18:00 CET (17:00 UTC) and Sat 13 Dec 2025, 18:00 CET (17:00 UTC). Start them one after the other before, so that one of them is always up.
      no answer: 5
      acknowledged: 2
      planned: 1
      left to Azure: 4
      done: 9
    sap-basis: 4 machines; the first can be started until Thu 4 Dec 2025, 18:00 CET (17:00 UTC)
    jane.doe@contoso.com: 1 machine; the first can be started until Fri 12 Dec 2025, 18:00 CET (17:00 UTC)
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    ");
}

#[test]
fn a_summary_beside_other_news_has_a_heading_of_its_own() {
    let content =
        MessageContent { summary: Some(samples::status()), kind: MessageKind::Alert, ..samples::single() };
    let mail = rendered(&content);
    assert!(mail.html.contains("How things stand") && mail.text.contains("HOW THINGS STAND"));
    assert!(mail.subject.starts_with("Act by"), "{}", mail.subject);
}

#[test]
fn a_summary_of_nothing_says_so() {
    let content = MessageContent { summary: Some(Summary::default()), ..samples::summary() };
    insta::assert_snapshot!(text(&content), @"
    Subject: Maintenance this week: nothing is planned

    No machine was done in the last five weeks. You need not do anything.

    --
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    Sent by Azure maintenance. Replies go to platform@contoso.com. It asks for
    no password, and opening it or its links starts nothing.
    How to tell that this message is genuine: https://maintenance.contoso.com/genuine
    ");
}

#[test]
fn machines_that_stand_in_for_each_other_are_warned_of() {
    let mail = text(&samples::overlapping());
    let warning: Vec<&str> = mail.lines().skip_while(|line| !line.starts_with("NOT BOTH")).take(5).collect();
    insta::assert_snapshot!(warning.join("\n"), @"
    NOT BOTH AT ONCE: sap-db-01 and sap-db-02 belong to the cluster “SAP DB”.
    Azure does not know that: if nobody acts, it may restart more than one of
    them at the same time between Sat 6 Dec 2025, 18:00 CET (17:00 UTC) and Sat
    13 Dec 2025, 18:00 CET (17:00 UTC). Start them one after the other before,
    so that one of them is always up.
    ");
    assert!(seen(&samples::overlapping()).contains("Not both at once: sap-db-01 and sap-db-02 belong"));
}

#[test]
fn the_end_of_a_wave_counts_and_thanks() {
    let mail = text(&samples::wave_end());
    insta::assert_snapshot!(mail.lines().take(7).collect::<Vec<_>>().join("\n"), @"
    Subject: Done: 11 of your 12 machines, and nothing is left to do

    This was the last of 12 machines that were announced to you: 8 started by
    you or your colleagues, 3 restarted by Azure, 1 cancelled by Azure. Nothing
    is left to do. Thank you for starting them yourselves.

    ============================================================================
    ");
    let subject = |wave| rendered(&MessageContent { wave: Some(wave), ..samples::wave_end() }).subject;
    let none = WaveEnd { machines: 3, cancelled: 3, ..WaveEnd::default() };
    let all = WaveEnd { machines: 3, by_azure: 3, ..WaveEnd::default() };
    insta::assert_snapshot!([none, all].map(subject).join("\n"), @"
    No action needed: maintenance of your 3 machines is over
    Done: all of your 3 machines
    ");
}
