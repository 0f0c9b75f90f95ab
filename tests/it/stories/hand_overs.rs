//! A hand-over ends: it is taken, or it comes back to whoever asked, who was responsible all the time.

use super::tell;

#[tokio::test]
async fn a_hand_over_that_nobody_answers_comes_back_after_two_days() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | jane hands vm-web-01 to mei
        Tue 24 Nov 09:00 .. 16:00 | mei hears announced vm-web-01
        Tue 24 Nov 09:00 .. 16:00 | jane hears handed over vm-web-01
        Wed 25 Nov 12:00          | jane's page says "vm-web-01"
        Thu 26 Nov 09:00 .. 10:05 | jane hears handed back vm-web-01
        Fri 27 Nov 08:00 .. 08:01 | mei hears reassigned vm-web-01
        Fri 27 Nov 18:00          | mei's calendar is empty
                                  | jane's calendar has vm-web-01 on Fri 18 Dec 09:30
        Fri 4 Dec 08:00 .. 08:01  | jane hears the weekly line
        Fri 11 Dec 10:00 .. 10:01 | jane hears reminder vm-web-01
        Fri 11 Dec 18:00          | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_hand_over_to_a_mailbox_that_refuses_comes_back_at_once() {
    tell(
        r#"
        Mon 23 Nov 11:00          | mail refuses mei
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | jane hands vm-web-01 to mei
        Tue 24 Nov 09:00 .. 11:00 | jane hears handed over vm-web-01
        Tue 24 Nov 09:00 .. 12:00 | jane hears handed back vm-web-01
        Tue 24 Nov 18:00          | jane's calendar has vm-web-01 on Fri 18 Dec 09:30
                                  | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_hand_over_comes_back_before_somebody_is_escalated_to() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Wed 25 Nov 10:00 .. 10:01 | jane hears reminder vm-web-01
        Sun 29 Nov 12:00          | jane hands vm-web-01 to mei
        Sun 29 Nov 12:00 .. 12:01 | jane hears handed over vm-web-01
        Mon 30 Nov 08:00 .. 08:01 | mei hears announced vm-web-01
        Mon 30 Nov 08:00 .. 09:30 | jane hears handed back vm-web-01
        Mon 30 Nov 10:00 .. 10:01 | jane hears reminder vm-web-01
                                  | platform hears escalated vm-web-01
        Tue 1 Dec 08:00 .. 08:01  | mei hears reassigned vm-web-01
                  09:00           | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn what_is_taken_in_time_stays_taken() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | jane hands vm-web-01 to mei
        Tue 24 Nov 09:00 .. 16:00 | mei hears announced vm-web-01
        Tue 24 Nov 09:00 .. 16:00 | jane hears handed over vm-web-01
        Wed 25 Nov 17:00          | mei takes vm-web-01
        Wed 25 Nov 17:00 .. Thu 26 Nov 09:00 | jane hears reassigned vm-web-01
        Fri 27 Nov 18:00          | the end
        "#,
    )
    .await;
}
