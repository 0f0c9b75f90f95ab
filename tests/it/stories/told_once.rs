//! What was told is not told again, whatever holds parts of it back.

use super::{Story, tell};
use crate::whole::tenant::CONFIGURATION;

#[tokio::test]
async fn a_start_of_a_muted_machine_that_came_back_is_told_once_and_not_every_minute() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 08:30          | jane mutes vm-web-01 until Mon 7 Dec 10:00
                  09:00           | vm-web-01 belongs to mei
        Tue 24 Nov 10:00 .. 18:00 | mei hears announced vm-web-01
        # That somebody else has it waits for the digest.
        Wed 25 Nov 08:00 .. 08:01 | jane hears reassigned vm-web-01
                   09:00          | vm-web-01 belongs to jane
                   20:00          | jane plans vm-web-01 for Fri 4 Dec 20:00
                   20:00 .. 20:05 | jane hears planned vm-web-01
        Thu 26 Nov 08:00 .. 08:01 | mei hears reassigned vm-web-01
        # Two days and an hour before it, brought forward into her hours.
        Wed 2 Dec 12:00 .. 21:00  | jane hears planned vm-web-01
        # Her silence ends before Monday's hours leave her time to say otherwise.
        Fri 4 Dec 12:00 .. 19:05  | jane hears planned vm-web-01, note silence ends
        Fri 4 Dec 20:00 .. 20:02  | vm-web-01 is started
        Fri 4 Dec 20:00 .. 20:02  | jane hears started vm-web-01
        Fri 4 Dec 20:02 .. 23:00  | jane hears completed vm-web-01
        Sat 5 Dec 18:00           | health is green
                                  | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_machine_that_is_muted_from_the_beginning_is_announced_when_that_ends() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane and mei, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
                  12:05           | mei mutes vm-web-01 until Mon 30 Nov 09:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | jane plans vm-web-01 for Thu 10 Dec 20:00
        Tue 24 Nov 09:00 .. 09:05 | jane hears planned vm-web-01
                                  | mei hears planned vm-web-01
        Mon 23 Nov 12:10 .. Sat 28 Nov 18:00 | mei hears note silence ends
        Mon 30 Nov 09:00 .. 18:00 | mei hears announced vm-web-01
        Wed 2 Dec 08:00 .. 08:01  | jane hears the weekly line
        Wed 2 Dec 18:00           | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_restart_of_the_program_and_of_its_configuration_tells_nobody_anything_again() {
    Story::new(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
                                  | Azure plans vm-web-02 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01, announced vm-web-02
        Mon 23 Nov 17:00          | the program restarts
        Tue 24 Nov 09:00          | the configuration is other
        Wed 25 Nov 09:00          | the program is down
        Wed 25 Nov 18:00          | the program is up
        Thu 26 Nov 09:00          | health is green
                                  | the end
        "#,
    )
    .configuration("other", &format!("{CONFIGURATION}\n[safety]\nmode = \"live\"\n"))
    .tell()
    .await;
}
