//! Whoever starts a machine hears how it ended, whose it may be by then, and whether it was ever announced to them.

use super::tell;

const OWN: &str = "own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00";

#[tokio::test]
async fn an_owner_who_starts_a_machine_before_it_was_announced_hears_that_it_is_done_and_no_announcement() {
    tell(&format!(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane and mei, {OWN}
        Mon 23 Nov 12:30          | jane starts vm-web-01
        Mon 23 Nov 12:30 .. 12:31 | vm-web-01 is started
        Mon 23 Nov 12:31 .. 13:30 | jane hears completed vm-web-01
                                  | jane reads "vm-web-01"
                                  | jane does not read "Choose when"
        # To mei it was never announced, and she started nothing.
        Mon 23 Nov 18:00          | mei's calendar is empty
        Fri 27 Nov 18:00          | the end
        "#
    ))
    .await;
}

#[tokio::test]
async fn an_owner_whose_start_fails_before_the_machine_was_announced_hears_both_at_once() {
    tell(&format!(
        r#"
        Mon 23 Nov 19:30          | Azure plans vm-web-01 of jane, {OWN}
                                  | Azure refuses the next start of vm-web-01 with 403 RequestDisallowedByPolicy
        # In her quiet hours, as what answers one's own act does.
        Mon 23 Nov 22:30          | jane starts vm-web-01
        Mon 23 Nov 22:30 .. 22:31 | vm-web-01 is started
        Mon 23 Nov 22:31 .. 22:40 | jane hears announced vm-web-01, failed vm-web-01
                                  | jane reads "policy"
        Fri 27 Nov 18:00          | the end
        "#
    ))
    .await;
}

#[tokio::test]
async fn whoever_owns_nothing_and_starts_a_machine_hears_how_it_ended_and_nothing_else() {
    tell(&format!(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, {OWN}
                                  | Azure plans vm-web-02 of jane, {OWN}
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01, announced vm-web-02
        Tue 24 Nov 09:00          | sam starts vm-web-01
        Tue 24 Nov 09:00 .. 09:01 | vm-web-01 is started
        Tue 24 Nov 09:00 .. 10:00 | jane hears started vm-web-01
        Tue 24 Nov 09:01 .. 10:30 | jane hears completed vm-web-01
        Tue 24 Nov 09:01 .. 10:30 | sam hears completed vm-web-01
                                  | sam reads "jane"
                                  | sam does not read "Choose when"
        Tue 24 Nov 12:00          | Azure ends the next start of vm-web-02 as failed
                                  | sam starts vm-web-02
        Tue 24 Nov 12:00 .. 12:01 | vm-web-02 is started
        Tue 24 Nov 12:00 .. 13:00 | jane hears started vm-web-02
        Tue 24 Nov 12:01 .. 14:00 | jane hears failed vm-web-02
        Tue 24 Nov 12:01 .. 14:00 | sam hears failed vm-web-02
                                  | sam does not read "Choose when"
        Wed 25 Nov 18:00          | sam's calendar is empty
        # What happens to the machine afterwards is no business of theirs.
        Thu 26 Nov 09:00          | Azure moves vm-web-02 by 2d
        Thu 26 Nov 10:00 .. Fri 27 Nov 12:00 | jane hears rescheduled vm-web-02
        Mon 30 Nov 09:30          | Azure shows nothing of vm-web-02
        Tue 1 Dec 08:00 .. 08:05  | jane hears no longer planned vm-web-02
        Fri 4 Dec 18:00           | the end
        "#
    ))
    .await;
}

#[tokio::test]
async fn whoever_planned_a_start_and_has_the_machine_no_longer_hears_how_it_ended() {
    tell(&format!(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, {OWN}
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | jane plans vm-web-01 for Thu 26 Nov 22:00
        Tue 24 Nov 09:00 .. 09:05 | jane hears planned vm-web-01
        Tue 24 Nov 09:30          | vm-web-01 belongs to mei
        Tue 24 Nov 10:00 .. 16:00 | mei hears announced vm-web-01, planned vm-web-01
        # Two days before it.
        Tue 24 Nov 17:00 .. 17:05 | mei hears planned vm-web-01
        Wed 25 Nov 07:00 .. 09:00 | jane hears reassigned vm-web-01
        Thu 26 Nov 16:00 .. 22:00 | mei hears planned vm-web-01
        Thu 26 Nov 22:00 .. 22:01 | vm-web-01 is started
        Thu 26 Nov 22:00 .. 23:59 | jane hears completed vm-web-01
                                  | jane reads "mei"
        Fri 27 Nov 07:00 .. 12:00 | mei hears completed vm-web-01
        Tue 1 Dec 18:00           | the end
        "#
    ))
    .await;
}

#[tokio::test]
async fn whoever_planned_a_start_hears_that_the_present_owner_called_it_off() {
    tell(&format!(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, {OWN}
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | jane plans vm-web-01 for Thu 26 Nov 22:00
        Tue 24 Nov 09:00 .. 09:05 | jane hears planned vm-web-01
        Tue 24 Nov 09:30          | vm-web-01 belongs to mei
        Tue 24 Nov 10:00 .. 16:00 | mei hears announced vm-web-01, planned vm-web-01
        # Two days before it.
        Tue 24 Nov 17:00 .. 17:05 | mei hears planned vm-web-01
        Wed 25 Nov 07:00 .. 09:00 | jane hears reassigned vm-web-01
        Wed 25 Nov 10:00          | mei calls vm-web-01 off
        Wed 25 Nov 10:00 .. 10:05 | mei hears called off vm-web-01
        Wed 25 Nov 10:00 .. 10:05 | jane hears called off vm-web-01
        Fri 27 Nov 18:00          | the end
        "#
    ))
    .await;
}

#[tokio::test]
async fn whoever_starts_machine_after_machine_within_an_hour_hears_of_each_and_health_stays_green() {
    let names = ["vm-a", "vm-b", "vm-c", "vm-d", "vm-e", "vm-f"];
    let mut table =
        names.map(|name| format!("Mon 23 Nov 11:30 | Azure plans {name} of jane, {OWN}\n")).concat();
    let announced = names.map(|name| format!("announced {name}")).join(", ");
    table += &format!("Mon 23 Nov 14:00 .. 16:00 | jane hears {announced}\n");
    for (place, name) in names.iter().enumerate() {
        let minute = place * 9;
        table += &format!(
            "Tue 24 Nov 09:{minute:02} | jane starts {name}
             Tue 24 Nov 09:{minute:02} .. 10:00 | {name} is started
             Tue 24 Nov 09:{minute:02} .. 10:00 | jane hears started {name}
             Tue 24 Nov 09:{minute:02} .. 10:00 | jane hears completed {name}\n"
        );
    }
    table += "Tue 24 Nov 09:58 | health is green\nFri 27 Nov 18:00 | the end";
    tell(&table).await;
}

#[tokio::test]
async fn whoever_hears_that_new_dates_ended_their_planned_start_reads_these_dates_once() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Sat 28 Nov 12:00          | jane plans vm-web-01 for Thu 17 Dec 22:00
        Sat 28 Nov 12:00 .. 12:05 | jane hears planned vm-web-01
        Sun 29 Nov 18:18          | Azure moves vm-web-01 by -5d
        Sun 29 Nov 19:00 .. 19:05 | jane hears called off vm-web-01, rescheduled vm-web-01
        Mon 30 Nov 18:00          | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_machine_whose_subscription_is_gone_for_hours_is_not_said_to_be_gone_while_it_is_started() {
    tell(&format!(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, {OWN}
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | Azure ends the next start of vm-web-01 as never
                                  | jane starts vm-web-01
        Tue 24 Nov 09:00 .. 09:01 | vm-web-01 is started
        Tue 24 Nov 09:00 .. 09:05 | jane hears started vm-web-01
        Tue 24 Nov 12:30          | Azure deletes the subscription
        Tue 24 Nov 18:30          | Azure restores the subscription
        # Nothing was to be found out for a day.
        Wed 25 Nov 09:00 .. 09:10 | jane hears started vm-web-01
        Wed 25 Nov 18:00          | the end
        "#
    ))
    .await;
}
