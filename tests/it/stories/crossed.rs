//! Two things that have nothing to do with one another happen at once.

use super::{Story, tell};
use crate::whole::tenant::CONFIGURATION;

#[tokio::test]
async fn what_somebody_was_asked_to_take_over_can_be_taken_after_the_machine_moved() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | jane hands vm-web-01 to mei
        Tue 24 Nov 09:00 .. 09:05 | jane hears handed over vm-web-01
        Tue 24 Nov 09:00 .. 16:00 | mei hears announced vm-web-01
        Wed 25 Nov 11:20          | Azure brings vm-web-01 to the group rg-other
                   13:00          | mei's page says "rg-other"
                   17:00          | mei takes vm-web-01
        Wed 25 Nov 17:00 .. Thu 26 Nov 09:00 | jane hears reassigned vm-web-01
        Fri 27 Nov 12:00          | jane's calendar is empty
                                  | mei's calendar has vm-web-01 on Fri 18 Dec 09:30
                   18:00          | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn what_somebody_was_asked_to_take_over_is_not_theirs_once_it_is_another_machine() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | jane hands vm-web-01 to mei
        Tue 24 Nov 09:00 .. 09:05 | jane hears handed over vm-web-01
        Tue 24 Nov 09:00 .. 16:00 | mei hears announced vm-web-01
        Wed 25 Nov 11:20          | Azure deletes vm-web-01
                   14:20          | Azure makes vm-web-01 anew of sam
        Wed 25 Nov 15:00 .. 18:00 | sam hears announced vm-web-01
        Thu 26 Nov 08:00 .. 08:01 | jane hears no longer planned vm-web-01
        Thu 26 Nov 08:00 .. 08:01 | mei hears no longer planned vm-web-01
        Fri 27 Nov 12:00          | mei's calendar is empty
                                  | jane's calendar is empty
                   18:00          | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_machine_that_moves_while_the_program_is_down_and_its_owner_gets_a_name_is_told_of_to_nobody() {
    let named =
        format!("{CONFIGURATION}\n[[recipients]]\nname = \"Jane Doe\"\nemail = [\"jane@contoso.com\"]\n");
    Story::new(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | jane acknowledges vm-web-01
                   09:30          | the program is down
                   11:20          | Azure brings vm-web-01 to another subscription
                   12:00          | the configuration is named
                   14:40          | the program is up
                   18:00          | vm-web-01 of jane is acknowledged
                                  | jane's calendar has vm-web-01 on Fri 18 Dec 09:30
        Fri 27 Nov 18:00          | the end
        "#,
    )
    .configuration("named", &named)
    .tell()
    .await;
}

#[tokio::test]
async fn dates_that_move_and_come_back_around_a_move_leave_a_planned_start_as_it_is() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Wed 25 Nov 09:00          | jane plans vm-web-01 for Sat 28 Nov 22:00
        Wed 25 Nov 09:00 .. 09:05 | jane hears planned vm-web-01
                   21:10          | Azure moves vm-web-01 by 1d
                   22:20          | Azure brings vm-web-01 to the group rg-other
        Thu 26 Nov 00:10          | Azure moves vm-web-01 by -1d
                   06:00          | jane's calendar has vm-web-01 on Sat 28 Nov 22:00
                                  | jane's surfaces agree on vm-web-01
        Thu 26 Nov 12:00 .. 23:00 | jane hears planned vm-web-01
        Fri 27 Nov 12:00 .. Sat 28 Nov 21:05 | jane hears planned vm-web-01
        Sat 28 Nov 22:00 .. 22:02 | vm-web-01 is started
        Sat 28 Nov 22:00 .. 22:05 | jane hears started vm-web-01
        Sat 28 Nov 22:02 .. 23:59 | jane hears completed vm-web-01
        Sun 29 Nov 18:00          | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn when_a_pilot_is_over_the_owner_hears_of_the_start_that_was_planned_in_it() {
    let pilot = "\n[safety]\nmode = \"pilot\"\npilot = [\"platform\"]\ndivert_to = [\"platform\"]\n";
    Story::new(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Tue 24 Nov 10:00          | the configuration is live
        Tue 24 Nov 10:00 .. 16:00 | jane hears announced vm-web-01
        Wed 25 Nov 09:00          | jane plans vm-web-01 for Sat 28 Nov 22:00
        Wed 25 Nov 09:00 .. 09:05 | jane hears planned vm-web-01
                   12:00          | the program restarts
        Thu 26 Nov 12:00 .. 23:00 | jane hears planned vm-web-01
        Fri 27 Nov 12:00 .. Sat 28 Nov 21:05 | jane hears planned vm-web-01
        Sat 28 Nov 22:00 .. 22:02 | vm-web-01 is started
        Sat 28 Nov 22:00 .. 22:05 | jane hears started vm-web-01
        Sat 28 Nov 22:02 .. 23:59 | jane hears completed vm-web-01
        Sun 29 Nov 12:00          | jane's calendar is empty
                   18:00          | the end
        "#,
    )
    .with(pilot)
    .configuration("live", CONFIGURATION)
    .tell()
    .await;
}
