//! News is the difference between what somebody was told and what is true now.

use super::tell;

#[tokio::test]
async fn dates_that_come_back_before_anybody_heard_are_no_news_and_the_answer_counts_again() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | jane acknowledges vm-web-01
        Tue 24 Nov 20:10          | Azure moves vm-web-01 by 1d
                  21:30           | vm-web-01 of jane is not acknowledged
                  23:10           | Azure moves vm-web-01 by -1d
        Wed 25 Nov 12:00          | vm-web-01 of jane is acknowledged
        Fri 27 Nov 18:00          | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn four_minutes_around_midnight_are_no_other_dates() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 23:58, azure from Mon 21 Dec 23:58
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | jane acknowledges vm-web-01
        Tue 24 Nov 09:30          | Azure moves vm-web-01 by 4m
        Wed 25 Nov 09:30          | Azure moves vm-web-01 by -4m
        Thu 26 Nov 09:30          | Azure moves vm-web-01 by 4m
        Fri 27 Nov 12:00          | vm-web-01 of jane is acknowledged
                                  | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn dates_that_drift_are_news_once_they_are_an_hour_from_those_told() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:30          | Azure moves vm-web-01 by 25m
        Wed 25 Nov 09:30          | Azure moves vm-web-01 by 25m
        Thu 26 Nov 09:30          | Azure moves vm-web-01 by 25m
        Thu 26 Nov 10:00 .. 18:00 | jane hears rescheduled vm-web-01
        Fri 27 Nov 09:30          | Azure moves vm-web-01 by 25m
        Fri 27 Nov 18:00          | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn dates_that_come_back_after_they_were_told_are_news() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:30          | Azure moves vm-web-01 by 1d
        Tue 24 Nov 10:00 .. 18:00 | jane hears rescheduled vm-web-01
        Wed 25 Nov 07:00 .. 09:00 | jane hears self-service open vm-web-01
                   09:30          | Azure moves vm-web-01 by -1d
        Thu 26 Nov 07:00 .. 09:00 | jane hears rescheduled vm-web-01
        Thu 26 Nov 09:30          | Azure moves vm-web-01 by 1d
        Fri 27 Nov 07:00 .. 09:00 | jane hears rescheduled vm-web-01
        Fri 27 Nov 18:00          | the end
        "#,
    )
    .await;
}
