//! A machine is its `vmId`, and its id is where it stands now.

use super::{Story, tell};

#[tokio::test]
async fn a_machine_that_is_moved_to_another_group_keeps_its_answer_its_entry_and_its_owner() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | jane acknowledges vm-web-01
                   11:20          | Azure brings vm-web-01 to the group rg-other
                   13:00          | vm-web-01 of jane is acknowledged
                                  | jane's page says "rg-other"
                                  | jane's page says "acknowledged it"
                                  | jane's calendar has vm-web-01 on Fri 18 Dec 09:30
        Tue 1 Dec 08:00 .. 08:01  | jane hears the weekly line
        Wed 9 Dec 08:00 .. 08:01  | jane hears the weekly line
        Wed 16 Dec 10:00 .. 10:01 | jane hears reminder vm-web-01
                                  | jane reads "rg-other"
        Thu 17 Dec 18:00          | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_planned_start_goes_along_to_another_subscription() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | jane plans vm-web-01 for Sat 28 Nov 22:00
        Tue 24 Nov 09:00 .. 09:05 | jane hears planned vm-web-01
                   11:20          | Azure brings vm-web-01 to another subscription
                   13:00          | jane's calendar has vm-web-01 on Sat 28 Nov 22:00
        Thu 26 Nov 12:00 .. 23:00 | jane hears planned vm-web-01
        Fri 27 Nov 12:00 .. Sat 28 Nov 21:05 | jane hears planned vm-web-01
        Sat 28 Nov 22:00 .. 22:02 | vm-web-01 is started
        Sat 28 Nov 22:00 .. 22:05 | jane hears started vm-web-01
        Sat 28 Nov 22:02 .. 23:59 | jane hears completed vm-web-01
        Sun 29 Nov 12:00          | jane's calendar is empty
        Thu 3 Dec 18:00           | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_mute_goes_along_and_holds_everything_but_the_last_call() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | jane mutes vm-web-01 until Fri 4 Dec 10:00
                   11:20          | Azure brings vm-web-01 to the group rg-other
        Mon 30 Nov 10:00 .. 10:01 | jane hears reminder vm-web-01
                                  | platform hears escalated vm-web-01
        Wed 2 Dec 10:00 .. 10:20  | jane hears note silence ends
        Wed 2 Dec 18:00           | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_mute_does_not_hold_for_a_machine_that_is_made_anew() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | jane mutes vm-web-01 until Fri 18 Dec 10:00
                   11:20          | Azure deletes vm-web-01
                   11:30          | Azure makes vm-web-01 anew of jane
        Tue 24 Nov 12:00 .. 16:00 | jane hears announced vm-web-01
        Thu 26 Nov 18:00          | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_machine_that_is_made_anew_is_another_machine() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | jane acknowledges vm-web-01
                   11:20          | Azure deletes vm-web-01
                   11:30          | Azure makes vm-web-01 anew of mei
        Tue 24 Nov 12:00 .. 16:00 | mei hears announced vm-web-01
                   18:00          | vm-web-01 of mei is not acknowledged
        Wed 25 Nov 08:00 .. 08:01 | jane hears no longer planned vm-web-01
        Wed 25 Nov 13:00          | jane's calendar is empty
        Fri 27 Nov 18:00          | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_machine_that_is_deleted_keeps_its_owner_and_nobody_else_is_told() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 11:20          | Azure deletes vm-web-01
        Wed 25 Nov 08:00 .. 08:01 | jane hears no longer planned vm-web-01
                                  | jane does not read "platform"
        Wed 25 Nov 18:00          | jane's calendar is empty
                                  | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn one_look_that_shows_nothing_is_no_verdict() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 10:30          | jane acknowledges vm-web-01
                   11:30          | Azure shows nothing of vm-web-01
                   12:30          | Azure shows vm-web-01 again
                   18:00          | vm-web-01 of jane is acknowledged
                                  | jane's calendar has vm-web-01 on Fri 18 Dec 09:30
        Wed 25 Nov 18:00          | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn what_two_looks_an_hour_apart_do_not_show_is_over_and_what_comes_back_is_the_same() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | jane acknowledges vm-web-01
                   11:30          | Azure shows nothing of vm-web-01
        Wed 25 Nov 08:00 .. 08:01 | jane hears no longer planned vm-web-01
        Wed 25 Nov 11:30          | Azure shows vm-web-01 again
        Wed 25 Nov 12:00 .. 16:00 | jane hears announced vm-web-01
        Wed 25 Nov 18:00          | vm-web-01 of jane is acknowledged
                                  | jane's calendar has vm-web-01 on Fri 18 Dec 09:30
                                  | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn what_is_back_before_anybody_hears_of_its_end_is_no_news() {
    Story::new(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Mon 23 Nov 21:30          | Azure shows nothing of vm-web-01
        Tue 24 Nov 03:30          | Azure shows vm-web-01 again
        Wed 25 Nov 18:00          | jane's calendar has vm-web-01 on Fri 18 Dec 09:30
                                  | the end
        "#,
    )
    .tell()
    .await;
}
