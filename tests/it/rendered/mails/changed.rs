//! Mails about what became of maintenance.

use maintenance_notifier::domain::message::MessageKind;
use maintenance_notifier::domain::stage::Stage;
use maintenance_notifier::domain::window::LastResult;

use super::{outline, rendered, text};
use crate::rendered::samples;

#[test]
fn new_dates_stand_beside_the_old_ones() {
    let content = samples::rescheduled();
    insta::assert_snapshot!(text(&content), @"
    Subject: Act by Wed 17 Dec: sql-01 will be restarted (new dates)

    Azure moved the dates for sql-01. Choose a time for sql-01 by Wed 17 Dec;
    the earliest is Wed 3 Dec. If you do nothing, Azure restarts it any time
    between Fri 19 Dec and Fri 26 Dec.

    Open in Azure’s portal:
    https://portal.azure.com/#@/resource/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/sql-01

    Self-service: Wed 3 Dec, 18:00 to Wed 17 Dec 2025, 18:00 CET (17:00 to
        17:00 UTC)
        before: Mon 1 Dec, 18:00 to Fri 12 Dec 2025, 18:00 CET
    Azure’s window: Fri 19 Dec, 18:00 to Fri 26 Dec 2025, 18:00 CET (17:00
        to 17:00 UTC)
        before: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET
    What happens: Restart on an updated host, usually about 25 minutes; the
        temporary disk is lost

    * sql-01 (rg-shop · Contoso Production · westeurope, zone 1)

    Why you: The tag owner on its resource group names you (“jane.doe”).

    --
    A calendar entry comes with this mail; it is shown as free, and needs no
    answer.
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    Sent by Azure maintenance. Replies go to platform@contoso.com. It asks for
    no password, and opening it or its links starts nothing.
    How to tell that this message is genuine: https://maintenance.contoso.com/genuine
    ");
    insta::assert_snapshot!(outline(&rendered(&content).html), @"
    Azure moved the dates for sql-01. Choose a time for sql-01 by Wed 17 Dec; the earliest is Wed 3 Dec. If you do nothing, Azure restarts it any time between Fri 19 Dec and Fri 26 Dec.Azure maintenance
    <h1> sql-01 will be restarted
    Azure moved the dates for sql-01. Choose a time for sql-01 by Wed 17 Dec; the earliest is Wed 3 Dec. If you do nothing, Azure restarts it any time between Fri 19 Dec and Fri 26 Dec.
    Open in Azure’s portal[https://portal.azure.com/#@/resource/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/sql-01] Open in Azure’s portal
    <th> Self-service
    Wed 3 Dec, 18:00 to Wed 17 Dec 2025, 18:00 CET (17:00 to 17:00 UTC)<br> before: Mon 1 Dec, 18:00 to Fri 12 Dec 2025, 18:00 CET
    <th> Azure’s window
    Fri 19 Dec, 18:00 to Fri 26 Dec 2025, 18:00 CET (17:00 to 17:00 UTC)<br> before: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET
    <th> What happens
    Restart on an updated host, usually about 25 minutes; the temporary disk is lost
    <th> Machine
    <th> Resource group
    [https://portal.azure.com/#@/resource/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/sql-01] sql-01
    rg-shop · Contoso Production · westeurope, zone 1
    Why you: The tag owner on its resource group names you (“jane.doe”).
    A calendar entry comes with this mail; it is shown as free, and needs no answer.
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    Sent by Azure maintenance. Replies go to platform@contoso.com. It asks for no password, and opening it or its links starts nothing. [https://maintenance.contoso.com/genuine] How to tell that this message is genuine
    ");
}

#[test]
fn what_is_over_says_why_and_takes_its_entry_away() {
    let content = samples::over();
    insta::assert_snapshot!(text(&content), @"
    Subject: No action needed: news of 5 of your machines

    Azure cancelled the maintenance of app-02. Nothing is left to do. News of 4
    more machines follows below.

    ============================================================================
    CANCELLED · 1 MACHINE

    Azure’s window was: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET
        (17:00 to 17:00 UTC)

    * app-02 (rg-shop · Contoso Production · westeurope, zone 1)

    ============================================================================
    NO LONGER PLANNED · 1 MACHINE

    app-03 no longer exists. Nothing is left to do.

    Azure’s window was: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET
        (17:00 to 17:00 UTC)

    * app-03 (rg-shop · Contoso Production · westeurope, zone 1)

    ============================================================================
    NO LONGER PLANNED · 1 MACHINE

    app-04 moved to another host (after a stop, a resize or a redeploy) and no
    longer needs the maintenance. Nothing is left to do.

    Azure’s window was: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET
        (17:00 to 17:00 UTC)

    * app-04 (rg-shop · Contoso Production · westeurope, zone 1)

    ============================================================================
    NO LONGER YOURS · 1 MACHINE

    shop-team will be told about app-05 from now on, instead of you. You need
    not do anything.

    Azure’s window was: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET
        (17:00 to 17:00 UTC)

    * app-05 (rg-shop · Contoso Production · westeurope, zone 1)

    ============================================================================
    DONE · 1 MACHINE

    Maintenance of app-01 is done. Nothing is left to do.

    Azure’s window was: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET
        (17:00 to 17:00 UTC)

    * app-01 (rg-shop · Contoso Production · westeurope, zone 1)

    Why you: The tag owner on its resource group names you (“jane.doe”).

    --
    A calendar entry comes with this mail; it is shown as free, and needs no
    answer.
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    Sent by Azure maintenance. Replies go to platform@contoso.com. It asks for
    no password, and opening it or its links starts nothing.
    How to tell that this message is genuine: https://maintenance.contoso.com/genuine
    ");
    insta::assert_snapshot!(rendered(&content).calendar.unwrap().text.replace('\r', ""), @r"
    BEGIN:VCALENDAR
    VERSION:2.0
    PRODID:-//maintenance-notifier//EN
    CALSCALE:GREGORIAN
    METHOD:CANCEL
    BEGIN:VEVENT
    CLASS:PUBLIC
    DESCRIPTION:Nothing is left to do at this time.\n\n- app-02 (rg-shop)\n\nDe
     tails are in the mail that came with this entry.
    DTEND:20251212T170000Z
    DTSTAMP:20251202T083000Z
    DTSTART:20251212T163000Z
    ORGANIZER;CN=Azure maintenance:mailto:azure-maintenance@contoso.com
    SEQUENCE:0
    STATUS:CANCELLED
    SUMMARY:Cancelled: Azure maintenance of app-02
    TRANSP:TRANSPARENT
    UID:5b1f0c3e7a9d5e0c8f3a2b1c4d5e6f70@maintenance
    X-MAINTNOTE-ACCOUNT:00000000-0000-0000-0000-000000000001
    X-MAINTNOTE-IMPACT:OUTAGE
    X-MAINTNOTE-MAINTENANCE-ID:5b1f0c3e7a9d5e0c8f3a2b1c4d5e6f70@maintenance
    X-MAINTNOTE-PROVIDER:azure.microsoft.com
    X-MAINTNOTE-STATUS:CANCELLED
    X-MICROSOFT-CDO-BUSYSTATUS:FREE
    X-MICROSOFT-DISALLOW-COUNTER:TRUE
    ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;ROLE=OPT-PARTICIPANT;RSVP=
     FALSE:mailto:jane.doe@contoso.com
    X-MAINTNOTE-OBJECT-ID:/subscriptions/00000000-0000-0000-0000-000000000001/r
     esourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/app-02
    END:VEVENT
    END:VCALENDAR
    ");
}

#[test]
fn a_failed_start_says_what_azure_said() {
    insta::assert_snapshot!(text(&samples::failed()), @"
    Subject: Act by Fri 12 Dec: web-02 will be restarted (start failed)

    The start of web-02 failed. Start the maintenance of web-02 in Azure’s
    portal by Fri 12 Dec. If you do nothing, Azure restarts it any time between
    Mon 15 Dec and Mon 22 Dec. News of 1 more machine follows below.

    ============================================================================
    START FAILED · YOURS TO CHOOSE · 1 MACHINE

    Self-service: until Fri 12 Dec 2025, 18:00 CET (17:00 UTC)
    Azure’s window: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET (17:00
        to 17:00 UTC)
    What happens: Restart on an updated host, usually about 25 minutes; the
        temporary disk is lost

    * web-02 (rg-shop · Contoso Production · westeurope, zone 1)
      ! Azure says of the last start: “Try again later.”

    ============================================================================
    SKIPPED · 1 MACHINE

    The start of web-01 failed. Azure leaves it out of this window and plans new
    dates; we will send them to you.

    * web-01 (rg-shop · Contoso Production · westeurope, zone 1)
      ! Azure says of the last start: “Maintenance aborted: allocation failed.”

    Why you: The tag owner on its resource group names you (“jane.doe”).

    Prefer the command line? This starts web-02 at once:

        az vm perform-maintenance --subscription 00000000-0000-0000-0000-000000000001 --resource-group rg-shop --name web-02

    --
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    Sent by Azure maintenance. Replies go to platform@contoso.com. It asks for
    no password, and opening it or its links starts nothing.
    How to tell that this message is genuine: https://maintenance.contoso.com/genuine
    ");
}

#[test]
fn an_end_of_self_service_and_an_imminent_start_ask_for_nothing() {
    insta::assert_snapshot!(text(&samples::closed()), @"
    Subject: No action needed: web-01 will be restarted from Sat 6 Dec

    Time to choose is over for web-01. Azure restarts web-01 any time between
    Sat 6 Dec and Sat 13 Dec. You need not do anything.

    Open in Azure’s portal:
    https://portal.azure.com/#@/resource/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/web-01

    Self-service: Mon 1 Dec, 18:00 to Tue 2 Dec 2025, 18:00 CET (17:00 to
        17:00 UTC)
    Azure’s window: Sat 6 Dec, 18:00 to Sat 13 Dec 2025, 18:00 CET (17:00 to
        17:00 UTC)
    What happens: Restart on another host; the temporary disk is lost;
        usually about 25 minutes

    * web-01 (rg-shop · Contoso Production · westeurope, zone 1)

    Why you: The tag owner on its resource group names you (“jane.doe”).

    --
    As of Tue 2 Dec 2025, 18:05 CET (17:05 UTC). Times are in Europe/Berlin.
    Sent by Azure maintenance. Replies go to platform@contoso.com. It asks for
    no password, and opening it or its links starts nothing.
    How to tell that this message is genuine: https://maintenance.contoso.com/genuine
    ");
    insta::assert_snapshot!(text(&samples::imminent_without_time()), @"
    Subject: Within minutes: web-01 will be restarted

    Azure restarts web-01 within minutes. Nothing can be chosen any more.

    Open in Azure’s portal:
    https://portal.azure.com/#@/resource/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/web-01

    Azure’s window: Mon 1 Dec, 18:00 to Mon 8 Dec 2025, 18:00 CET (17:00 to
        17:00 UTC)
    What happens: Restart

    * web-01 (rg-shop · Contoso Production · westeurope, zone 1)

    Why you: The tag owner on its resource group names you (“jane.doe”).

    --
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    Sent by Azure maintenance. Replies go to platform@contoso.com. It asks for
    no password, and opening it or its links starts nothing.
    How to tell that this message is genuine: https://maintenance.contoso.com/genuine
    ");
    insta::assert_snapshot!(text(&samples::imminent()), @"
    Subject: Within minutes, not before 09:44 CET: web-01 will be restarted

    Azure restarts web-01 within minutes, not before Tue 2 Dec 2025, 09:44 CET
    (08:44 UTC). Nothing can be chosen any more.

    Open in Azure’s portal:
    https://portal.azure.com/#@/resource/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/web-01

    Not before: Tue 2 Dec 2025, 09:44 CET (08:44 UTC)
    Azure’s window: Mon 1 Dec, 18:00 to Mon 8 Dec 2025, 18:00 CET (17:00 to
        17:00 UTC)
    What happens: Restart on another host; the temporary disk is lost; Azure
        expects 9 minutes

    * web-01 (rg-shop · Contoso Production · westeurope, zone 1)

    Why you: The tag owner on its resource group names you (“jane.doe”).

    --
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    Sent by Azure maintenance. Replies go to platform@contoso.com. It asks for
    no password, and opening it or its links starts nothing.
    How to tell that this message is genuine: https://maintenance.contoso.com/genuine
    ");
}

#[test]
fn a_start_that_azure_refuses_for_now_asks_for_nothing() {
    let mut item = samples::item("web-01", Stage::Failed, samples::usual());
    item.window.facts.self_start_allowed = false;
    item.window.facts.last_result = LastResult::RetryLater;
    item.again = true;
    let mut content = samples::message(MessageKind::Alert, vec![item]);
    content.timezone = maintenance_notifier::domain::time_zone::Tz::UTC;
    insta::assert_snapshot!(text(&content), @"
    Subject: Start failed: web-01

    The start of web-01 failed. Azure accepts no start of web-01 at the moment,
    although self-service is not over. When it does, we tell you. Azure restarts
    web-01 any time between Mon 15 Dec and Mon 22 Dec.

    Open in Azure’s portal:
    https://portal.azure.com/#@/resource/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/web-01

    Self-service: until Fri 12 Dec 2025, 17:00 UTC
    Azure’s window: Mon 15 Dec, 17:00 to Mon 22 Dec 2025, 17:00 UTC
    What happens: Restart on another host; the temporary disk is lost;
        usually about 25 minutes

    * web-01 (rg-shop · Contoso Production · westeurope, zone 1)

    Why you: The tag owner on its resource group names you (“jane.doe”).

    --
    As of Tue 2 Dec 2025, 08:30 UTC. Times are in UTC.
    Sent by Azure maintenance. Replies go to platform@contoso.com. It asks for
    no password, and opening it or its links starts nothing.
    How to tell that this message is genuine: https://maintenance.contoso.com/genuine
    ");
}
