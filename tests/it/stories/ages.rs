//! Facts have an age: what was not read for long is told with the time at which it was, and one cause is one problem.

use super::{Story, tell};

const WITHOUT_DIGEST: &str =
    "\n[[recipients]]\nname = \"mei\"\nemail = [\"mei@contoso.com\"]\ndigest = \"never\"\n";

#[tokio::test]
async fn of_a_subscription_that_is_gone_it_is_said_when_it_was_last_read_and_nobody_is_asked_for_a_role() {
    Story::new(r#"
        Mon 23 Nov 11:00          | Azure plans vm-web-01 of jane and mei, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 12:00 .. 15:00 | jane hears announced vm-web-01
                                  | mei hears announced vm-web-01
        Tue 24 Nov 12:30          | Azure deletes the subscription
        Tue 24 Nov 13:00 .. 14:00 | platform hears operator alert unseen
                                  | platform reads "is gone"
                                  | platform reads "no role is missing"
                                  | platform does not read "role assignment"
        Tue 24 Nov 14:30          | jane's page says "Last read on Tue 24 Nov 2026, 12:00 CET"
        # A week without any news is no week in which nothing changed.
        Tue 1 Dec 08:00 .. 08:05  | jane hears the weekly line
                                  | jane reads "Azure not read since Tue 24 Nov 12:00"
                                  | jane reads "Azure could not be read since Tue 24 Nov"
                                  | jane does not read "unchanged"
                                  | jane does not read "othing changed"
                                  | jane does not read "As of Tue 1 Dec"
        Wed 9 Dec 08:00 .. 08:05  | jane hears the weekly line
        Thu 10 Dec 08:00 .. Fri 11 Dec 12:00 | jane hears reminder vm-web-01
                                  | jane reads "As of Tue 24 Nov 12:00"
                                  | jane reads "Last read on Tue 24 Nov"
        Thu 10 Dec 08:00 .. Fri 11 Dec 12:00 | mei hears reminder vm-web-01
                                  | mei reads "Last read on Tue 24 Nov"
        Fri 11 Dec 18:00          | the end
        "#)
    .with(WITHOUT_DIGEST)
    .tell()
    .await;
}

#[tokio::test]
async fn a_disabled_subscription_is_said_to_be_disabled_before_anybody_is_told_to_choose_a_moment() {
    tell(r#"
        Mon 23 Nov 11:00          | Azure disables the subscription
                                  | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 12:00 .. 15:00 | jane hears announced vm-web-01
                                  | jane reads "subscription disabled"
                                  | jane reads "nothing can be started"
                                  | jane does not read "Choose a time"
                                  | jane does not read "ct by"
                                  | jane does not read "You can start it now"
        Mon 23 Nov 17:00          | jane's page says "Its subscription is disabled"
                                  | jane's page does not say "Start the maintenance"
                                  | jane cannot start vm-web-01
        Wed 25 Nov 10:30          | Azure enables the subscription
        Wed 25 Nov 11:00 .. 12:00 | jane hears self-service open vm-web-01
                                  | jane reads "Choose a time"
        Thu 26 Nov 10:30          | Azure disables the subscription
        Thu 26 Nov 11:00 .. 12:00 | jane hears self-service closed vm-web-01
                                  | jane reads "is disabled: nothing can be started there"
                                  | jane does not read "Choose a time"
        Fri 27 Nov 18:00          | the end
        "#)
    .await;
}

#[tokio::test]
async fn what_cannot_be_read_for_two_looks_is_told_as_it_was_and_what_is_read_again_as_it_is() {
    tell(r#"
        Mon 23 Nov 11:00          | Azure plans vm-web-01 of jane, own until Wed 2 Dec 18:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 12:00 .. 15:00 | jane hears announced vm-web-01
                                  | jane does not read "last read"
        Wed 25 Nov 10:30          | Azure lets nothing be read
        Wed 25 Nov 11:00 .. 12:00 | platform hears operator alert unseen
                                  | platform reads "role assignment"
        Wed 25 Nov 11:30          | jane's page does not say "last read"
        Wed 25 Nov 12:30          | jane's page says "Last read on Wed 25 Nov 2026, 10:00 CET"
        Wed 25 Nov 13:00 .. 18:00 | jane hears reminder vm-web-01
                                  | jane reads "As of Wed 25 Nov 10:00"
                                  | jane reads "Last read on Wed 25 Nov 2026, 10:00 CET"
        Sat 28 Nov 19:30          | Azure lets everything be read
                   20:30          | jane's page does not say "last read"
        Mon 30 Nov 13:00 .. 18:00 | jane hears reminder vm-web-01
                                  | jane does not read "last read"
        Tue 1 Dec 18:00           | the end
        "#)
    .await;
}

#[tokio::test]
async fn one_missing_role_is_one_problem_however_long_it_lasts_and_whatever_finds_it() {
    tell(r#"
        Mon 23 Nov 11:00          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
                                  | Azure plans vm-web-02 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 12:00 .. 15:00 | jane hears announced vm-web-01, announced vm-web-02
        Tue 24 Nov 10:30          | Azure lets nothing be read
        Tue 24 Nov 11:00 .. 12:00 | platform hears operator alert unseen
        Wed 25 Nov 10:30          | Azure deletes the subscription
        Thu 26 Nov 18:00          | the end
        "#)
    .await;
}

#[tokio::test]
async fn the_weekly_summary_says_of_how_many_machines_it_is_not_known_how_they_stand() {
    let watch =
        "\n[[recipients]]\nname = \"watch\"\nemail = [\"watch@contoso.com\"]\nsummary = \"0 8 * * MON\"\n";
    Story::new(r#"
        Mon 23 Nov 11:00          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 12:00 .. 15:00 | jane hears announced vm-web-01
        Thu 26 Nov 09:30          | Azure lets nothing be read
        Mon 30 Nov 08:00 .. 08:05 | watch hears summary
                                  | watch reads "could not be read since Thu 26 Nov 2026, 09:00 CET"
                                  | watch reads "how it stood then"
        Tue 1 Dec 08:00 .. 08:05  | jane hears the weekly line
        Tue 1 Dec 09:30           | Azure lets everything be read
        Mon 7 Dec 08:00 .. 08:05  | watch hears summary
                                  | watch reads "1 machine to come"
                                  | watch does not read "could not be read"
        Mon 7 Dec 18:00           | the end
        "#)
    .with(watch)
    .tell()
    .await;
}
