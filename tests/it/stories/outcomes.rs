//! One attempt has one outcome, whoever says it first.

use super::tell;

#[tokio::test]
async fn a_start_that_failed_is_told_once_though_azures_status_shows_it_eighteen_hours_later() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | Azure ends the next start of vm-web-01 as failed
                                  | jane starts vm-web-01
        Tue 24 Nov 09:00 .. 09:01 | vm-web-01 is started
        Tue 24 Nov 09:00 .. 09:05 | jane hears started vm-web-01
        Tue 24 Nov 09:01 .. 10:30 | jane hears failed vm-web-01
        Wed 25 Nov 03:30          | Azure says vm-web-01 is to be retried later
        Fri 27 Nov 18:00          | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_start_that_fails_while_the_dates_move_is_told_once() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:55          | Azure ends the next start of vm-web-01 as to be retried later
                                  | jane starts vm-web-01
                                  | Azure moves vm-web-01 by 1d
        Tue 24 Nov 09:55 .. 09:56 | vm-web-01 is started
        Tue 24 Nov 09:55 .. 10:00 | jane hears started vm-web-01
        Tue 24 Nov 09:56 .. 11:30 | jane hears failed vm-web-01
        Tue 24 Nov 10:00 .. Wed 25 Nov 18:00 | jane hears rescheduled vm-web-01
        Fri 27 Nov 18:00          | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_start_that_is_aborted_is_told_once_to_every_owner() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane and mei, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
                                  | mei hears announced vm-web-01
        Tue 24 Nov 09:00          | Azure ends the next start of vm-web-01 as aborted
                                  | jane starts vm-web-01
        Tue 24 Nov 09:00 .. 09:01 | vm-web-01 is started
        Tue 24 Nov 09:00 .. 09:05 | jane hears started vm-web-01
                                  | mei hears started vm-web-01
        Tue 24 Nov 09:01 .. 10:30 | jane hears skipped vm-web-01
                                  | mei hears skipped vm-web-01
        Fri 27 Nov 18:00          | the end
        "#,
    )
    .await;
}
