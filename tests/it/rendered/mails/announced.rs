//! Mails about maintenance that is new.

use maintenance_notifier::domain::calendar_entry::{CalendarEntry, CalendarMethod};
use maintenance_notifier::render::mail;

use super::{outline, rendered, text};
use crate::rendered::samples;

#[test]
fn a_first_mail_about_one_machine() {
    let content = samples::single();
    let mail = rendered(&content);
    assert_eq!(mail.date, content.frozen_at);
    assert_eq!(mail.message_id, format!("{}@contoso.com", content.id));
    assert_eq!(mail.attachments, []);
    insta::assert_snapshot!(text(&content), @"
    Subject: Act by Fri 12 Dec: web-01 will be restarted

    Start the maintenance of web-01 in Azure’s portal by Fri 12 Dec. If you do
    nothing, Azure restarts it any time between Mon 15 Dec and Mon 22 Dec.

    Open in Azure’s portal:
    https://portal.azure.com/#@/resource/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/web-01

    Self-service: until Fri 12 Dec 2025, 18:00 CET (17:00 UTC)
    Azure’s window: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET (17:00
        to 17:00 UTC)
    What happens: Restart on an updated host, usually about 25 minutes; the
        temporary disk is lost

    * web-01 (rg-shop · Contoso Production · westeurope, zone 1)

    Why you: The tag owner on its resource group names you (“jane.doe”).

    This is your first message from your organisation’s maintenance notifier,
    which tells those who run machines of maintenance that Azure plans. Not
    yours? Correct the tag named above, or reply.

    Prefer the command line? This starts web-01 at once:

        az vm perform-maintenance --subscription 00000000-0000-0000-0000-000000000001 --resource-group rg-shop --name web-01

    --
    A calendar entry comes with this mail; it is shown as free, and needs no
    answer.
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    Sent by Azure maintenance. Replies go to platform@contoso.com. It asks for
    no password, and opening it or its links starts nothing.
    How to tell that this message is genuine: https://maintenance.contoso.com/genuine
    ");
    insta::assert_snapshot!(outline(&mail.html), @"
    Start the maintenance of web-01 in Azure’s portal by Fri 12 Dec. If you do nothing, Azure restarts it any time between Mon 15 Dec and Mon 22 Dec.Azure maintenance
    <h1> web-01 will be restarted
    Start the maintenance of web-01 in Azure’s portal by Fri 12 Dec. If you do nothing, Azure restarts it any time between Mon 15 Dec and Mon 22 Dec.
    Open in Azure’s portal[https://portal.azure.com/#@/resource/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/web-01] Open in Azure’s portal
    <th> Self-service
    until Fri 12 Dec 2025, 18:00 CET (17:00 UTC)
    <th> Azure’s window
    Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET (17:00 to 17:00 UTC)
    <th> What happens
    Restart on an updated host, usually about 25 minutes; the temporary disk is lost
    <th> Machine
    <th> Resource group
    [https://portal.azure.com/#@/resource/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/web-01] web-01
    rg-shop · Contoso Production · westeurope, zone 1
    Why you: The tag owner on its resource group names you (“jane.doe”).
    This is your first message from your organisation’s maintenance notifier, which tells those who run machines of maintenance that Azure plans. Not yours? Correct the tag named above, or reply.
    Prefer the command line? This starts web-01 at once:
    az vm perform-maintenance --subscription 00000000-0000-0000-0000-000000000001 --resource-group rg-shop --name web-01
    A calendar entry comes with this mail; it is shown as free, and needs no answer.
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    Sent by Azure maintenance. Replies go to platform@contoso.com. It asks for no password, and opening it or its links starts nothing. [https://maintenance.contoso.com/genuine] How to tell that this message is genuine
    ");
    insta::assert_snapshot!(mail.calendar.unwrap().text.replace('\r', ""), @r"
    BEGIN:VCALENDAR
    VERSION:2.0
    PRODID:-//maintenance-notifier//EN
    CALSCALE:GREGORIAN
    METHOD:REQUEST
    BEGIN:VEVENT
    CLASS:PUBLIC
    DESCRIPTION:Time to choose ends on Fri 12 Dec 2025\, 18:00 CET (17:00 UTC).
      What is not started by then\, Azure restarts any time in its own window.
     \n\n- web-01 (rg-shop)\n\nDetails are in the mail that came with this entr
     y.
    DTEND:20251212T170000Z
    DTSTAMP:20251202T083000Z
    DTSTART:20251212T163000Z
    ORGANIZER;CN=Azure maintenance:mailto:azure-maintenance@contoso.com
    SEQUENCE:0
    STATUS:CONFIRMED
    SUMMARY:Last chance to choose a time: Azure maintenance of web-01
    TRANSP:TRANSPARENT
    UID:5b1f0c3e7a9d5e0c8f3a2b1c4d5e6f70@maintenance
    X-MAINTNOTE-ACCOUNT:00000000-0000-0000-0000-000000000001
    X-MAINTNOTE-IMPACT:OUTAGE
    X-MAINTNOTE-MAINTENANCE-ID:5b1f0c3e7a9d5e0c8f3a2b1c4d5e6f70@maintenance
    X-MAINTNOTE-PROVIDER:azure.microsoft.com
    X-MAINTNOTE-STATUS:CONFIRMED
    X-MICROSOFT-CDO-BUSYSTATUS:FREE
    X-MICROSOFT-DISALLOW-COUNTER:TRUE
    ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;ROLE=OPT-PARTICIPANT;RSVP=
     FALSE:mailto:jane.doe@contoso.com
    X-MAINTNOTE-OBJECT-ID:/subscriptions/00000000-0000-0000-0000-000000000001/r
     esourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/web-01
    BEGIN:VALARM
    ACTION:DISPLAY
    DESCRIPTION:Last chance to choose a time: Azure maintenance of web-01
    TRIGGER:-P1D
    END:VALARM
    END:VEVENT
    END:VCALENDAR
    ");
}

#[test]
fn of_several_entries_that_were_bound_before_one_goes_inline_and_none_is_attached() {
    let mut content = samples::two_groups();
    let one = content.calendar[0].clone();
    let cancelled =
        CalendarEntry { uid: "of-before".to_owned(), method: CalendarMethod::Cancel, ..one.clone() };
    content.calendar = vec![cancelled, one.clone(), CalendarEntry { uid: "third".to_owned(), ..one.clone() }];
    let mail = rendered(&content);
    let part = mail.calendar.unwrap();
    assert!(
        part.text.contains(&format!("UID:{}", one.uid)) && part.text.matches("BEGIN:VEVENT").count() == 1
    );
    assert!(!mail.attachments.iter().any(|file| file.name.ends_with(".ics")));
}

#[test]
fn a_mail_to_the_address_that_it_comes_from_has_no_invitation_and_says_why() {
    let content = samples::two_groups();
    let deployment = samples::deployment();
    let mail = mail(&content, &deployment, &deployment.from.address.clone()).unwrap();
    assert_eq!(mail.calendar, None);
    assert!(mail.text.contains("No calendar entry comes with this mail"), "{}", mail.text);
}

#[test]
fn five_machines_in_two_groups_with_one_entry_at_the_nearest_date() {
    let content = samples::two_groups();
    let mail = rendered(&content);
    assert!(mail.calendar.is_some_and(|part| part.text.contains("METHOD:REQUEST")));
    assert_eq!(mail.attachments, []);
    insta::assert_snapshot!(text(&content), @"
    Subject: Act by Fri 12 Dec: 4 of your machines will be restarted

    Choose a time for 4 of your machines, the first by Fri 12 Dec. If you do
    nothing, Azure restarts each of them any time in its own window. News of 1
    more machine follows below.

    ============================================================================
    YOURS TO CHOOSE · 3 MACHINES

    Self-service: until Fri 12 Dec 2025, 18:00 CET (17:00 UTC)
    Azure’s window: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET (17:00
        to 17:00 UTC)
    What happens: Restart on an updated host, usually about 25 minutes; the
        temporary disk is lost

    * web-01 (rg-shop · Contoso Production · westeurope, zone 1)
    * web-02 (rg-shop · Contoso Production · westeurope, zone 1)
    * front_3 (rg-shop · 00000000-0000-0000-0000-000000000001 · westeurope, zone
      1)

    ============================================================================
    YOURS TO CHOOSE · 1 MACHINE

    Self-service: Mon 8 Dec, 18:00 to Sat 20 Dec 2025, 18:00 CET (17:00 to
        17:00 UTC)
    Azure’s window: Mon 22 Dec, 18:00 to Mon 29 Dec 2025, 18:00 CET (17:00
        to 17:00 UTC)
    What happens: Restart on an updated host, usually about 25 minutes; the
        temporary disk is lost

    * batch-06 (rg-shop · Contoso Production · westeurope, zone 1)

    ============================================================================
    LEAVE TO AZURE · 1 MACHINE

    Self-service: Mon 8 Dec, 18:00 to Sat 20 Dec 2025, 18:00 CET (17:00 to
        17:00 UTC)
    Azure’s window: Mon 22 Dec, 18:00 to Mon 29 Dec 2025, 18:00 CET (17:00
        to 17:00 UTC)
    What happens: Restart on another host; the temporary disk is lost;
        usually about 25 minutes

    * batch-07 (rg-shop · Contoso Production · westeurope, zone 1)
      ! Shut down by a schedule, which can undo a maintenance you started and
        interrupt it twice. Better leave it to Azure.
      ! Deallocated, so on no host. Starting the machine again may already end
        the maintenance.

    Why you: The tag owner on its resource group names you (“jane.doe”) (4
    machines); Route 2 of the configuration matches (resource_group = rg-shop*).
    Also told: platform and ops@contoso.com. You are named first (1 machine)

    Prefer the command line? This starts web-01 at once:

        az vm perform-maintenance --subscription 00000000-0000-0000-0000-000000000001 --resource-group rg-shop --name web-01

    Prefer the command line? This starts front_3 at once:

        az vmss perform-maintenance --subscription 00000000-0000-0000-0000-000000000001 --resource-group rg-shop --name front --instance-ids 3

    --
    A calendar entry comes with this mail; it is shown as free, and needs no
    answer.
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    Sent by Azure maintenance. Replies go to platform@contoso.com. It asks for
    no password, and opening it or its links starts nothing.
    How to tell that this message is genuine: https://maintenance.contoso.com/genuine
    ");
}

#[test]
fn an_availability_set_only_has_nothing_to_press() {
    let content = samples::set_only();
    let mail = rendered(&content);
    assert!(!mail.html.contains("class=\"button\"") && !mail.html.contains("perform-maintenance"));
    insta::assert_snapshot!(text(&content), @"
    Subject: No action needed: 2 of your machines will be restarted from Mon 15 Dec

    Azure restarts 2 of your machines any time between Mon 15 Dec and Mon 22
    Dec. You need not do anything.

    Self-service: until Fri 12 Dec 2025, 18:00 CET (17:00 UTC)
    Azure’s window: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET (17:00
        to 17:00 UTC)
    What happens: Restart on another host; the temporary disk is lost;
        usually about 25 minutes

    * dc-01 (rg-shop)
    * dc-02 (rg-shop)
    In the availability set as-dc: Azure takes one update domain at a time and
    waits another 30 minutes between them. Better leave it to Azure.
    All in Contoso Production · westeurope, zone 1

    Why you: The tag owner on its resource group names you (“jane.doe”).

    --
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    Sent by Azure maintenance. Replies go to platform@contoso.com. It asks for
    no password, and opening it or its links starts nothing.
    How to tell that this message is genuine: https://maintenance.contoso.com/genuine
    ");
}
