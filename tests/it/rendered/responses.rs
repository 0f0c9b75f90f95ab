//! What people did about a window, as the others read it.

use maintenance_notifier::domain::action::anti_affinity::WaitReason;
use maintenance_notifier::domain::action::response::{Response, StartStatus};
use maintenance_notifier::domain::action::start::{StartOutcome, StartRefusal};
use maintenance_notifier::domain::message::MessageKind;
use maintenance_notifier::domain::message_content::ContentItem;
use maintenance_notifier::domain::stage::Stage;

use super::mails::rendered;
use super::samples;

fn web(stage: Stage) -> ContentItem {
    samples::item("web-01", stage, samples::usual())
}

fn settled(stage: Stage, outcome: StartOutcome) -> ContentItem {
    let at = samples::now();
    samples::started(web(stage), "Anna", at, StartStatus::Settled { at, outcome })
}

#[test]
fn a_planned_start_says_who_when_and_that_nothing_is_to_be_done() {
    let begins = samples::utc("2025-12-06T21:00:00Z");
    let (note, change) = (Some("Known, see the board.".to_owned()), Some("CHG0042".to_owned()));
    let item =
        samples::said(web(Stage::Planned), "mei.lin@contoso.com", Response::Acknowledge { note, change });
    let item = samples::started(item, "Anna", begins, StartStatus::Planned);
    let mail = rendered(&samples::message(MessageKind::Alert, vec![item]));
    insta::assert_snapshot!(format!("{}\n\n{}", mail.subject, mail.text), @"
    Starts Sat 6 Dec 22:00 CET: maintenance of web-01

    Anna planned the start of web-01 for Sat 6 Dec 2025, 22:00 CET (21:00 UTC).
    It begins by itself after a last check; until then anyone who objects can
    cancel it.

    Open in Azure’s portal:
    https://portal.azure.com/#@/resource/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/web-01

    Starts: Sat 6 Dec 2025, 22:00 CET (21:00 UTC)
    Azure’s window: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET (17:00
        to 17:00 UTC)
    What happens: Restart on another host; the temporary disk is lost;
        usually about 25 minutes

    * web-01 (rg-shop · Contoso Production · westeurope, zone 1)
      ! Acknowledged by mei.lin@contoso.com: “Known, see the board.” (change
        CHG0042).
      ! Planned by Anna for Sat 6 Dec 2025, 22:00 CET (21:00 UTC).

    Why you: The tag owner on its resource group names you (“jane.doe”).

    --
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    Sent by Azure maintenance. Replies go to platform@contoso.com. It asks for
    no password, and opening it or its links starts nothing.
    How to tell that this message is genuine: https://maintenance.contoso.com/genuine
    ");
}

#[test]
fn every_outcome_of_a_start_is_said_in_its_own_words() {
    let azure = || Some("There is no capacity.".to_owned());
    let outcomes = [
        (Stage::Completed, StartOutcome::Completed { well: true }),
        (Stage::Completed, StartOutcome::Completed { well: false }),
        (Stage::Failed, StartOutcome::RetryLater { message: azure(), again: Default::default() }),
        (Stage::Skipped, StartOutcome::Skipped { message: azure() }),
        (
            Stage::Failed,
            StartOutcome::Refused { code: "Conflict".to_owned(), message: "Not <b>now</b>.".to_owned() },
        ),
        (
            Stage::Failed,
            StartOutcome::NotBegun {
                reason: StartRefusal::Gap { wait: WaitReason::Until { at: samples::now() } },
            },
        ),
        (Stage::CalledOff, StartOutcome::CalledOff),
        (Stage::Failed, StartOutcome::NeverReceived),
        (Stage::Failed, StartOutcome::Gone),
        (Stage::Failed, StartOutcome::Unknown),
    ];
    let said = outcomes.map(|(stage, outcome)| {
        let mail = rendered(&samples::message(MessageKind::Alert, vec![settled(stage, outcome)]));
        let text = mail.text.replace("\n    ", " ").replace("\n      ", " ");
        let line = text.lines().find(|line| line.contains("Anna")).unwrap_or_default().trim().to_owned();
        format!("{}\n  {line}", mail.subject)
    });
    insta::assert_snapshot!(said.join("\n"), @"
    Done: maintenance of web-01
      ! Started by Anna on Tue 2 Dec 2025, 09:30 CET (08:30 UTC): completed, and it runs again.
    Done: maintenance of web-01
      ! Started by Anna on Tue 2 Dec 2025, 09:30 CET (08:30 UTC): completed, but the machine was not seen running and well within half an hour. Look at it.
    Act by Fri 12 Dec: web-01 will be restarted (start failed)
      ! Started by Anna on Tue 2 Dec 2025, 09:30 CET (08:30 UTC): Azure could not do it then; it may be tried again. Azure says: “There is no capacity.”
    Act by Fri 12 Dec: web-01 will be restarted
      ! Started by Anna on Tue 2 Dec 2025, 09:30 CET (08:30 UTC): Azure broke it off, leaves the machine out of its own window and plans new dates. Azure says: “There is no capacity.”
    Act by Fri 12 Dec: web-01 will be restarted (start failed)
      ! Started by Anna on Tue 2 Dec 2025, 09:30 CET (08:30 UTC): Azure refused it (Conflict). Azure says: “Not <b>now</b>.”
    Act by Fri 12 Dec: web-01 will be restarted (start failed)
      ! The start by Anna on Tue 2 Dec 2025, 09:30 CET (08:30 UTC) did not begin: another member of its group was just started.
    Act by Fri 12 Dec: web-01 will be restarted (start cancelled)
      ! The start that Anna planned for Tue 2 Dec 2025, 09:30 CET (08:30 UTC) was cancelled. Nothing was done.
    Act by Fri 12 Dec: web-01 will be restarted (start failed)
      ! Started by Anna on Tue 2 Dec 2025, 09:30 CET (08:30 UTC): Azure never received it. Nothing was done, and it may be started again.
    Act by Fri 12 Dec: web-01 will be restarted (start failed)
      ! Started by Anna on Tue 2 Dec 2025, 09:30 CET (08:30 UTC): the machine no longer exists.
    Act by Fri 12 Dec: web-01 will be restarted (not known how the start ended)
      ! Started by Anna on Tue 2 Dec 2025, 09:30 CET (08:30 UTC): what became of it could not be found out within six hours. Look at it in Azure’s portal.
    ");
}

#[test]
fn somebody_who_started_it_is_named_while_it_is_under_way() {
    let item = samples::started(web(Stage::Started), "Anna", samples::now(), StartStatus::UnderWay);
    let mail = rendered(&samples::message(MessageKind::Alert, vec![item]));
    insta::assert_snapshot!(format!("{}\n\n{}", mail.subject, mail.text), @"
    Under way: maintenance of web-01

    Maintenance of web-01 is under way.

    Open in Azure’s portal:
    https://portal.azure.com/#@/resource/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/web-01

    * web-01 (rg-shop · Contoso Production · westeurope, zone 1)
      ! Started by Anna on Tue 2 Dec 2025, 09:30 CET (08:30 UTC).

    Why you: The tag owner on its resource group names you (“jane.doe”).

    --
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    Sent by Azure maintenance. Replies go to platform@contoso.com. It asks for
    no password, and opening it or its links starts nothing.
    How to tell that this message is genuine: https://maintenance.contoso.com/genuine
    ");
}
