//! Whether a start is accepted: what was read of it, and who hears when it is another thing.

use super::{Story, tell};
use crate::whole::tenant::CONFIGURATION;

#[tokio::test]
async fn who_read_that_nothing_need_be_done_hears_when_a_start_is_accepted_later() {
    tell(r#"
        Mon 23 Nov 11:00          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
                                  | Azure takes no start of vm-web-01
        Mon 23 Nov 12:00 .. 15:00 | jane hears announced vm-web-01
                                  | jane reads "No action needed"
                                  | jane reads "Azure accepts no start of"
                                  | jane does not read "Choose a time"
                                  | jane does not read "ct by"
        Mon 23 Nov 17:00          | jane's page says "Azure does not accept a start of this machine at the moment"
                                  | jane's page does not say "Start the maintenance"
                                  | jane's calendar has vm-web-01 on Mon 21 Dec 10:00
                                  | jane cannot start vm-web-01
        Tue 24 Nov 12:30          | Azure takes a start of vm-web-01
        Tue 24 Nov 14:00 .. 15:00 | jane hears self-service open vm-web-01
                                  | jane reads "Choose a time for"
                                  | jane reads "Act by"
                                  | jane reads "Choose a time"
                                  | jane does not read "You need not do anything"
        Tue 24 Nov 18:00          | jane's page says "Start the maintenance"
                                  | jane's calendar has vm-web-01 on Fri 18 Dec 09:30
        Thu 26 Nov 18:00          | the end
        "#)
    .await;
}

#[tokio::test]
async fn a_start_that_is_no_longer_accepted_though_the_mail_said_so_is_told_to_the_owner_who_did_nothing() {
    tell(
        r#"
        Mon 23 Nov 11:00          | Azure plans vm-web-01 of jane
        Mon 23 Nov 12:00 .. 15:00 | jane hears announced vm-web-01
                                  | jane reads "Choose a time"
        Tue 24 Nov 12:30          | Azure takes no start of vm-web-01
        Tue 24 Nov 14:00 .. 15:00 | jane hears self-service closed vm-web-01
                                  | jane reads "no start accepted now"
                                  | jane reads "Azure accepts no start of vm-web-01"
                                  | jane does not read "Choose a time"
        Tue 24 Nov 18:00          | jane's page does not say "Start the maintenance"
                                  | jane's calendar has vm-web-01 on Sat 5 Dec 10:00
                                  | jane cannot start vm-web-01
        # Nobody is pressed to do what is not possible; Azure's own date is named instead.
        Wed 2 Dec 08:00 .. 18:00  | jane hears scheduled soon vm-web-01
        Sat 5 Dec 10:00 .. Mon 7 Dec 09:00 | jane hears completed vm-web-01
        Tue 8 Dec 18:00           | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_flag_that_blinks_is_no_news_in_either_direction() {
    tell(r#"
        Mon 23 Nov 11:00          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
                                  | Azure plans vm-db-01 of mei, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
                                  | Azure takes no start of vm-db-01
        Mon 23 Nov 12:00 .. 15:00 | jane hears announced vm-web-01
                                  | mei hears announced vm-db-01
        Tue 24 Nov 12:30          | Azure takes no start of vm-web-01
                                  | Azure takes a start of vm-db-01
        Tue 24 Nov 13:30          | Azure takes a start of vm-web-01
                                  | Azure takes no start of vm-db-01
        Tue 24 Nov 16:30          | Azure takes no start of vm-web-01
                                  | Azure takes a start of vm-db-01
        Tue 24 Nov 17:30          | Azure takes a start of vm-web-01
                                  | Azure takes no start of vm-db-01
        Thu 26 Nov 18:00          | the end
        "#)
    .await;
}

#[tokio::test]
async fn who_has_a_digest_hears_in_it_and_who_has_none_at_the_next_allowed_hour() {
    let without = "\n[[recipients]]\nname = \"mei\"\nemail = [\"mei@contoso.com\"]\ndigest = \"never\"\n";
    Story::new(r#"
        Mon 23 Nov 11:00          | Azure plans vm-web-01 of jane and mei, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
                                  | Azure takes no start of vm-web-01
        Mon 23 Nov 12:00 .. 15:00 | jane hears announced vm-web-01
                                  | mei hears announced vm-web-01
        Tue 24 Nov 20:30          | Azure takes a start of vm-web-01
        Wed 25 Nov 08:00 .. 08:05 | jane hears self-service open vm-web-01
                                  | jane reads "Act by"
        Wed 25 Nov 08:00 .. 08:05 | mei hears self-service open vm-web-01
                                  | mei reads "Act by"
        Wed 25 Nov 20:30          | Azure takes no start of vm-web-01
        Thu 26 Nov 08:00 .. 08:05 | jane hears self-service closed vm-web-01
                                  | mei hears self-service closed vm-web-01
        Fri 27 Nov 18:00          | the end
        "#)
    .with(without)
    .tell()
    .await;
}

#[tokio::test]
async fn what_opens_and_closes_again_before_anybody_heard_is_no_news() {
    tell(r#"
        Mon 23 Nov 11:00          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
                                  | Azure takes no start of vm-web-01
        Mon 23 Nov 12:00 .. 15:00 | jane hears announced vm-web-01
        Tue 24 Nov 18:30          | Azure takes a start of vm-web-01
        Wed 25 Nov 03:30          | Azure takes no start of vm-web-01
        Fri 27 Nov 18:00          | the end
        "#)
    .await;
}

#[tokio::test]
async fn who_read_of_the_portal_hears_when_a_start_from_here_is_switched_on_and_when_it_is_switched_off() {
    let on = format!("{CONFIGURATION}\n[start]\nenabled = true\n");
    let off = format!("{CONFIGURATION}\n[start]\nenabled = false\n");
    Story::new(r#"
        Mon 23 Nov 10:30          | the configuration is off
        Mon 23 Nov 11:00          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 12:00 .. 15:00 | jane hears announced vm-web-01
                                  | jane reads "in Azure’s portal by"
                                  | jane does not read "Choose a time"
        Wed 25 Nov 10:00          | the configuration is on
        Wed 25 Nov 10:00 .. 11:00 | jane hears self-service open vm-web-01
                                  | jane reads "Choose a time"
        Thu 26 Nov 10:00          | the configuration is off
        Thu 26 Nov 10:00 .. 11:00 | jane hears self-service closed vm-web-01
                                  | jane reads "switched off starts of"
                                  | jane reads "Act by"
                                  | jane does not read "Choose a time"
        Fri 27 Nov 18:00          | the end
        "#)
    .configuration("on", &on)
    .configuration("off", &off)
    .tell()
    .await;
}

#[tokio::test]
async fn a_machine_without_self_service_dates_can_be_started_as_soon_as_azure_takes_it_and_everything_says_so()
 {
    tell(
        r#"
        Mon 23 Nov 11:00          | Azure plans vm-web-01 of jane, without own, azure from Mon 21 Dec 10:00
        Mon 23 Nov 12:00 .. 15:00 | jane hears announced vm-web-01
                                  | jane reads "You need not do anything"
        Tue 24 Nov 12:30          | Azure takes a start of vm-web-01
        Tue 24 Nov 14:00 .. 15:00 | jane hears self-service open vm-web-01
                                  | jane reads "Choose a time for"
                                  | jane reads "Choose a time"
        Tue 24 Nov 18:00          | jane's page says "Start the maintenance"
        Wed 25 Nov 10:00          | jane starts vm-web-01
        Wed 25 Nov 10:00 .. 10:01 | vm-web-01 is started
        Wed 25 Nov 10:00 .. 10:05 | jane hears started vm-web-01
        Wed 25 Nov 10:01 .. 12:00 | jane hears completed vm-web-01
        Fri 27 Nov 18:00          | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_failed_start_that_can_be_tried_again_later_is_said_to_be_possible_once_it_is() {
    tell(r#"
        Mon 23 Nov 11:00          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 12:00 .. 15:00 | jane hears announced vm-web-01
        Tue 24 Nov 10:30          | Azure says vm-web-01 is to be retried later
        Tue 24 Nov 11:00 .. 12:00 | jane hears failed vm-web-01
                                  | jane reads "Azure accepts no start of"
                                  | jane does not read "Choose a time"
        Thu 26 Nov 09:30          | Azure takes a start of vm-web-01
        Thu 26 Nov 10:00 .. 12:00 | jane hears self-service open vm-web-01
                                  | jane reads "Choose a time"
        Fri 27 Nov 18:00          | the end
        "#)
    .await;
}
