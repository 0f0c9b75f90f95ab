//! Whole mails as snapshots.

use maintenance_notifier::domain::assignment::WithdrawnTo;
use maintenance_notifier::domain::calendar_entry::{CalendarEntry, CalendarMethod};
use maintenance_notifier::domain::message::MessageKind;
use maintenance_notifier::domain::message_content::MessageContent;
use maintenance_notifier::domain::stage::Stage;
use maintenance_notifier::domain::window::{Elsewhere, EndReason, Impact, LastResult, Schedule};
use maintenance_notifier::render::{RenderedMail, mail};

use super::samples;

pub(super) fn rendered(content: &MessageContent) -> RenderedMail {
    mail(content, &samples::deployment(), &samples::jane()).unwrap()
}

/// The subject and the text of a mail.
pub(super) fn text(content: &MessageContent) -> String {
    let mail = rendered(content);
    format!("Subject: {}\n\n{}", mail.subject, mail.text)
}

/// HTML as a reader of code wants it: without styles, comments and the layout's tables, one element a line.
fn outline(html: &str) -> String {
    let body = html.split_once("<body").map_or(html, |(_, body)| body);
    let mut outline = String::new();
    let mut rest = body.split_once('>').map_or(body, |(_, body)| body);
    while let Some((before, after)) = rest.split_once('<') {
        outline.push_str(before.trim_matches('\n'));
        let (tag, after) = after.split_once('>').unwrap();
        rest = after;
        let name: String = tag.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/').collect();
        match name.as_str() {
            "" | "table" | "/table" | "tr" | "/tr" | "div" | "/div" | "td" | "/body" | "/html" => {}
            "/td" | "/h1" | "/h2" | "/h3" | "/p" | "/th" | "/li" => outline.push('\n'),
            "a" => {
                let link = tag.split_once("href=\"").unwrap().1.split_once('"').unwrap().0;
                outline.push_str(&format!("[{link}] "));
            }
            "h1" | "h2" | "h3" | "th" | "li" | "del" | "br" => outline.push_str(&format!("<{name}> ")),
            _ => {}
        }
    }
    let lines: Vec<&str> = outline.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("\n").replace("&#8199;&#65279;&#847; ", "")
}

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
fn a_digest_has_changes_first_and_counts_the_rest() {
    insta::assert_snapshot!(text(&samples::digest()), @"
    Subject: Act by Thu 4 Dec: 2 of your machines will be restarted (reminder)

    Start the maintenance of 2 of your machines in Azure’s portal by Thu 4 Dec.
    If you do nothing, Azure restarts them any time between Sat 6 Dec and Sat 13
    Dec. News of 1 more machine follows below.

    ============================================================================
    CANCELLED · 1 MACHINE

    Azure cancelled the maintenance of app-02. Nothing is left to do.

    Azure’s window was: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET
        (17:00 to 17:00 UTC)

    * app-02 (rg-shop · Contoso Production · westeurope, zone 1)

    ============================================================================
    REMINDER · YOURS TO CHOOSE · 2 MACHINES

    Self-service: until Thu 4 Dec 2025, 18:00 CET (17:00 UTC)
    Azure’s window: Sat 6 Dec, 18:00 to Sat 13 Dec 2025, 18:00 CET (17:00 to
        17:00 UTC)
    What happens: Restart on an updated host, usually about 25 minutes; the
        temporary disk is lost

    * web-01 (rg-shop)
    * web-02 (rg-shop)
    All in Contoso Production · westeurope, zone 1

    Why you: The tag owner on its resource group names you (“jane.doe”).

    7 further machines are unchanged since our last message; the nearest
    deadline is Fri 12 Dec 2025, 18:00 CET (17:00 UTC).

    Prefer the command line? This starts web-01 at once:

        az vm perform-maintenance --subscription 00000000-0000-0000-0000-000000000001 --resource-group rg-shop --name web-01

    --
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
fn the_first_look_at_a_tenant_is_a_worklist() {
    let content = samples::go_live();
    let mail = rendered(&content);
    let names: Vec<_> = mail.attachments.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["machines-without-owner.csv"]);
    insta::assert_snapshot!(text(&content), @"
    Subject: Azure maintenance notifier is live: 42 machines with planned maintenance, 25 without an owner

    Give 25 of 42 machines an owner: until then you are told in their place.
    Azure plans their maintenance in 14 subscriptions; the owners of the others
    are told now.

    Open in Azure’s portal:
    https://portal.azure.com/#@/resource/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/lab-01

        14  Subscriptions that can be read
        42  Machines with planned maintenance
        17  Machines with an owner
        25  Machines without an owner
         9  People and channels who are told

    MACHINES WITHOUT AN OWNER
    Name an owner in a tag on the machine, its resource group or its
    subscription, or add a route to the configuration.

    - rg-lab/lab-01
    - rg-lab/lab-02
    - rg-lab/lab-03
    - rg-lab/lab-04
    - rg-lab/lab-05
    - rg-lab/lab-06
    - rg-lab/lab-07
    - rg-lab/lab-08
    - rg-lab/lab-09
    - rg-lab/lab-10
    - rg-lab/lab-11
    - rg-lab/lab-12
    - rg-lab/lab-13
    - rg-lab/lab-14
    - rg-lab/lab-15
    - rg-lab/lab-16
    - rg-lab/lab-17
    - rg-lab/lab-18
    - rg-lab/lab-19
    - rg-lab/lab-20
    And 5 more: the attached machines-without-owner.csv lists all 25.

    Self-service: until Fri 12 Dec 2025, 18:00 CET (17:00 UTC)
    Azure’s window: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET (17:00
        to 17:00 UTC)
    What happens: Restart on an updated host, usually about 25 minutes; the
        temporary disk is lost

    * lab-01 (rg-shop · Contoso Production · westeurope, zone 1)

    Why you: No owner was found (no tag owner or technical-contact; no route
    matches), and you are the fallback.

    This is your first message from your organisation’s maintenance notifier,
    which tells those who run machines of maintenance that Azure plans. Not
    yours? Correct the tag named above, or reply.

    Prefer the command line? This starts lab-01 at once:

        az vm perform-maintenance --subscription 00000000-0000-0000-0000-000000000001 --resource-group rg-shop --name lab-01

    --
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    Sent by Azure maintenance. Replies go to platform@contoso.com. It asks for
    no password, and opening it or its links starts nothing.
    How to tell that this message is genuine: https://maintenance.contoso.com/genuine
    ");
}

#[test]
fn an_operator_reads_what_is_wrong_and_the_way_out() {
    let content = samples::operator();
    insta::assert_snapshot!(text(&content), @r#"
    Subject: Notifier: 8 problems to look at

    The notifier has 8 problems that it cannot solve by itself. You are told
    once.

    * Contoso Sandbox can no longer be read
      HTTP 403 AuthorizationFailed: the client has no permission to read.
      Nothing in it ends or changes until it can be read again. Check the
      notifier’s role assignment there.

    * Unreadable: instance view of web-01
      maintenanceWindowEndTime is no date: `soon`. The record was set aside;
      everything else was processed.

    * jane.doe@contoso.com cannot be reached
      Sending to jane.doe@contoso.com failed for good: 550 5.1.1 no such user.
      The fallback is told instead. Correct the address, the tag that names it,
      or the flow.

    * Trouble with the mail service
      535 5.7.8 authentication failed. Messages wait and are tried again; check
      how it is set up.

    * Owner of web-09 (rg-shop, subscription
      00000000-0000-0000-0000-000000000001) refused
      The tag owner on the resource itself names someone@fabrikam.com, which is
      outside the allowed domains. Correct the tag, or add the domain to
      owners.allowed_domains.

    * The configuration cannot be used
      notifier.toml:2:12: error: defaults.timezone: `Europe/Berln` is no time
      zone. The last valid configuration stays in force until it is corrected.
      `maintenance-notifier check` says everything that is wrong.

    * Azure unreachable since Mon 1 Dec 21:00 CET
      The last success was on Mon 1 Dec 2025, 21:00 CET (20:00 UTC). New
      maintenance is not noticed until this works again. Look at the log of the
      function CollectMaintenance.

    * A message for deliver failed for good
      It is kept: {"message":"5b1f"}. Look at the function’s log for the reason;
      `maintenance-notifier outbox` shows it and how to put it back.

    --
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    Sent by Azure maintenance. Replies go to platform@contoso.com. It asks for
    no password, and opening it or its links starts nothing.
    How to tell that this message is genuine: https://maintenance.contoso.com/genuine
    "#);
    insta::assert_snapshot!(outline(&rendered(&content).html), @"
    The notifier has 8 problems that it cannot solve by itself. You are told once.Azure maintenance · for operators
    <h1> Notifier: 8 problems to look at
    The notifier has 8 problems that it cannot solve by itself. You are told once.
    <h2> Contoso Sandbox can no longer be read
    HTTP 403 AuthorizationFailed: the client has no permission to read. Nothing in it ends or changes until it can be read again. Check the notifier’s role assignment there.
    <h2> Unreadable: instance view of web-01
    maintenanceWindowEndTime is no date: `soon`. The record was set aside; everything else was processed.
    <h2> jane.doe@contoso.com cannot be reached
    Sending to jane.doe@contoso.com failed for good: 550 5.1.1 no such user. The fallback is told instead. Correct the address, the tag that names it, or the flow.
    <h2> Trouble with the mail service
    535 5.7.8 authentication failed. Messages wait and are tried again; check how it is set up.
    <h2> Owner of web-09 (rg-shop, subscription 00000000-0000-0000-0000-000000000001) refused
    The tag owner on the resource itself names someone@fabrikam.com, which is outside the allowed domains. Correct the tag, or add the domain to owners.allowed_domains.
    <h2> The configuration cannot be used
    notifier.toml:2:12: error: defaults.timezone: `Europe/Berln` is no time zone. The last valid configuration stays in force until it is corrected. `maintenance-notifier check` says everything that is wrong.
    <h2> Azure unreachable since Mon 1 Dec 21:00 CET
    The last success was on Mon 1 Dec 2025, 21:00 CET (20:00 UTC). New maintenance is not noticed until this works again. Look at the log of the function CollectMaintenance.
    <h2> A message for deliver failed for good
    It is kept: {&quot;message&quot;:&quot;5b1f&quot;}. Look at the function’s log for the reason; `maintenance-notifier outbox` shows it and how to put it back.
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    Sent by Azure maintenance. Replies go to platform@contoso.com. It asks for no password, and opening it or its links starts nothing. [https://maintenance.contoso.com/genuine] How to tell that this message is genuine
    ");
}

#[test]
fn more_than_fifty_machines_are_summarised_and_listed_in_a_file() {
    let content = samples::many(120);
    let mail = rendered(&content);
    insta::assert_snapshot!(text(&content), @"
    Subject: Act by Fri 12 Dec: 80 of your machines will be restarted

    Choose a time for 80 of your machines, the first by Fri 12 Dec. If you do
    nothing, Azure restarts each of them any time in its own window. News of 40
    more machines follows below.

    ============================================================================
    LEAVE TO AZURE · 40 MACHINES

    Azure’s window: Wed 10 Dec, 18:00 to Wed 17 Dec 2025, 18:00 CET (17:00
        to 17:00 UTC)
    What happens: Restart on another host; the temporary disk is lost;
        usually about 25 minutes

    * node-002 (rg-shop)
    * node-005 (rg-shop)
    * node-008 (rg-shop)
    * node-011 (rg-shop)
    * node-014 (rg-shop)
    * and 35 more in machines.csv
    All in Contoso Production · westeurope, zone 1

    ============================================================================
    YOURS TO CHOOSE · 40 MACHINES

    Self-service: until Fri 12 Dec 2025, 18:00 CET (17:00 UTC)
    Azure’s window: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET (17:00
        to 17:00 UTC)
    What happens: Restart on an updated host, usually about 25 minutes; the
        temporary disk is lost

    * node-000 (rg-shop)
    * node-003 (rg-shop)
    * node-006 (rg-shop)
    * node-009 (rg-shop)
    * node-012 (rg-shop)
    * and 35 more in machines.csv
    All in Contoso Production · westeurope, zone 1

    ============================================================================
    YOURS TO CHOOSE · 40 MACHINES

    Self-service: Mon 8 Dec, 18:00 to Sat 20 Dec 2025, 18:00 CET (17:00 to
        17:00 UTC)
    Azure’s window: Mon 22 Dec, 18:00 to Mon 29 Dec 2025, 18:00 CET (17:00
        to 17:00 UTC)
    What happens: Restart on an updated host, usually about 25 minutes; the
        temporary disk is lost

    * node-001 (rg-shop)
    * node-004 (rg-shop)
    * node-007 (rg-shop)
    * node-010 (rg-shop)
    * node-013 (rg-shop)
    * and 35 more in machines.csv
    All in Contoso Production · westeurope, zone 1

    Why you: The tag owner on its resource group names you (“jane.doe”).

    The attached machines.csv lists all 120 machines.

    Prefer the command line? This starts node-000 at once:

        az vm perform-maintenance --subscription 00000000-0000-0000-0000-000000000001 --resource-group rg-shop --name node-000

    --
    A calendar entry comes with this mail; it is shown as free, and needs no
    answer.
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    Sent by Azure maintenance. Replies go to platform@contoso.com. It asks for
    no password, and opening it or its links starts nothing.
    How to tell that this message is genuine: https://maintenance.contoso.com/genuine
    ");
    let [list] = mail.attachments.as_slice() else {
        panic!("one list is attached: {:?}", mail.attachments);
    };
    assert_eq!(list.name, "machines.csv");
    let csv = String::from_utf8(list.bytes.clone()).unwrap();
    assert_eq!(csv.lines().count(), 121);
    insta::assert_snapshot!(csv.lines().take(2).collect::<Vec<_>>().join("\n"), @"
    ﻿machine,news,resource group,subscription,subscription id,region,zones,kind,impact,status,self-service start (UTC),self-service end (UTC),Azure's own start (UTC),Azure's own end (UTC),what speaks against starting it,why you are told,who else is told,portal,resource id
    node-000,announced,rg-shop,Contoso Production,00000000-0000-0000-0000-000000000001,westeurope,1,vm,redeploy,Start now,2025-12-01T17:00:00Z,2025-12-12T17:00:00Z,2025-12-15T17:00:00Z,2025-12-22T17:00:00Z,,The tag owner on its resource group names you (“jane.doe”).,,https://portal.azure.com/#@/resource/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/node-000,/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/node-000
    ");
    assert!(rendered(&samples::many(50)).attachments.is_empty());
}

#[test]
fn every_stage_has_its_own_words() {
    let words: Vec<String> = Stage::ALL
        .into_iter()
        .map(|stage| {
            let schedule = match stage {
                Stage::SelfServiceClosed | Stage::ScheduledSoon => samples::schedule(Some((0, 1)), (5, 12)),
                Stage::ScheduledOpen | Stage::Imminent | Stage::Started => {
                    samples::schedule(Some((0, 1)), (1, 12))
                }
                Stage::Announced => samples::schedule(Some((5, 12)), (15, 22)),
                Stage::Passed => samples::schedule(Some((0, 1)), (1, 2)),
                Stage::AnnouncedElsewhere => Schedule::default(),
                _ => samples::usual(),
            };
            let mut item = samples::item("web-01", stage, schedule);
            item.ended = match stage {
                Stage::Completed => Some(EndReason::Completed),
                Stage::Cancelled => Some(EndReason::Cancelled),
                Stage::NoLongerPlanned => Some(EndReason::NoLongerPlanned),
                _ => None,
            };
            item.withdrawn = (stage == Stage::Reassigned).then(|| WithdrawnTo::Silenced {
                reason: "lab is being closed".to_owned(),
                until: Some("2027-01-30T23:00:00Z".parse().unwrap()),
            });
            if stage == Stage::AnnouncedElsewhere {
                item.window.elsewhere = Some(Elsewhere {
                    since: "2025-12-01T10:00:00Z".parse().unwrap(),
                    from: Some("2025-12-10T17:00:00Z".parse().unwrap()),
                    until: Some("2025-12-20T17:00:00Z".parse().unwrap()),
                });
                item.window.facts.self_start_allowed = false;
            }
            if stage == Stage::Skipped {
                item.window.facts.self_start_allowed = false;
                item.window.facts.last_result = LastResult::MaintenanceAborted;
            }
            let mail = rendered(&samples::message(MessageKind::Alert, vec![item]));
            let lead = mail.text.split("\n\n").next().unwrap_or_default();
            format!("[{stage}]\n{}\n{lead}\n", mail.subject)
        })
        .collect();
    insta::assert_snapshot!(words.join("\n"), @"
    [announced]
    Act by Fri 12 Dec: web-01 will be restarted
    Choose a time for web-01 by Fri 12 Dec; the earliest is Fri 5 Dec. If you do
    nothing, Azure restarts it any time between Mon 15 Dec and Mon 22 Dec.

    [rescheduled]
    Act by Fri 12 Dec: web-01 will be restarted (new dates)
    Azure moved the dates for web-01. Start the maintenance of web-01 in Azure’s
    portal by Fri 12 Dec. If you do nothing, Azure restarts it any time between
    Mon 15 Dec and Mon 22 Dec.

    [self-service open]
    Act by Fri 12 Dec: web-01 will be restarted
    Start the maintenance of web-01 in Azure’s portal by Fri 12 Dec. If you do
    nothing, Azure restarts it any time between Mon 15 Dec and Mon 22 Dec.

    [reminder]
    Act by Fri 12 Dec: web-01 will be restarted (reminder)
    Start the maintenance of web-01 in Azure’s portal by Fri 12 Dec. If you do
    nothing, Azure restarts it any time between Mon 15 Dec and Mon 22 Dec.

    [escalated]
    Act by Fri 12 Dec: web-01 will be restarted (nobody has responded)
    Nobody has chosen a time for web-01 yet. Start the maintenance of web-01 in
    Azure’s portal by Fri 12 Dec. If you do nothing, Azure restarts it any time
    between Mon 15 Dec and Mon 22 Dec.

    [self-service closed]
    No action needed: web-01 will be restarted from Fri 5 Dec
    Time to choose is over for web-01. Azure restarts web-01 any time between
    Fri 5 Dec and Fri 12 Dec. You need not do anything.

    [scheduled soon]
    No action needed: web-01 will be restarted from Fri 5 Dec
    Azure restarts web-01 any time between Fri 5 Dec and Fri 12 Dec. You need
    not do anything.

    [scheduled open]
    No action needed: web-01 will be restarted by Fri 12 Dec
    Azure restarts web-01 any time from now until Fri 12 Dec. You need not do
    anything.

    [passed]
    Date passed, nothing known: maintenance of web-01
    Azure restarts web-01 any time from now until Tue 2 Dec. You need not do
    anything.

    [announced elsewhere]
    No action needed yet: Azure announced maintenance of web-01
    Azure announced maintenance of web-01 between Wed 10 Dec 2025, 18:00 CET
    (17:00 UTC) and Sat 20 Dec 2025, 18:00 CET (17:00 UTC) under PYN_-ZL8, but
    the machine itself has shown no dates for a day. You need not do anything
    yet: dates that appear are sent to you. A machine that was stopped, moved or
    redeployed lately may not need it any more.

    [imminent]
    Within minutes: web-01 will be restarted
    Azure restarts web-01 within minutes. Nothing can be chosen any more.

    [notice]
    Act by Fri 12 Dec: web-01 will be restarted
    Azure will restart web-01. You need not do anything.

    [unconfirmed]
    Reported by an event, not yet confirmed by Azure: web-01 will be restarted
    Reported by an event, not yet confirmed by Azure: web-01 will be restarted.
    You need not do anything; if Azure confirms it, we tell you.

    [planned]
    Act by Fri 12 Dec: web-01 will be restarted
    Start the maintenance of web-01 in Azure’s portal by Fri 12 Dec. If you do
    nothing, Azure restarts it any time between Mon 15 Dec and Mon 22 Dec.

    [called off]
    Act by Fri 12 Dec: web-01 will be restarted (start cancelled)
    The planned start of web-01 was cancelled. Start the maintenance of web-01
    in Azure’s portal by Fri 12 Dec. If you do nothing, Azure restarts it any
    time between Mon 15 Dec and Mon 22 Dec.

    [started]
    Under way: maintenance of web-01
    Maintenance of web-01 is under way.

    [completed]
    Done: maintenance of web-01
    Maintenance of web-01 is done. Nothing is left to do.

    [skipped]
    Start failed: Azure skips web-01 and will plan new dates
    The start of web-01 failed. Azure leaves it out of this window and plans new
    dates; we will send them to you.

    [failed]
    Act by Fri 12 Dec: web-01 will be restarted (start failed)
    The start of web-01 failed. Start the maintenance of web-01 in Azure’s
    portal by Fri 12 Dec. If you do nothing, Azure restarts it any time between
    Mon 15 Dec and Mon 22 Dec.

    [cancelled]
    No action needed: maintenance of web-01 is cancelled
    Azure cancelled the maintenance of web-01. Nothing is left to do.

    [no longer planned]
    No action needed: maintenance of web-01 is no longer planned
    Azure no longer lists maintenance of web-01 and does not say why. Nothing is
    left to do.

    [reassigned]
    No action needed: web-01 no longer with you
    The configuration silences messages about web-01 until Sun 31 Jan 2027,
    00:00 CET (Sat 30 Jan 2027, 23:00 UTC) (“lab is being closed”). You need not
    do anything.

    [handed over]
    Act by Fri 12 Dec: web-01 will be restarted (hand-over not yet accepted)
    Somebody was asked to take over web-01. Until they accept, you stay
    responsible; to take it back, hand it over to somebody else and tell the
    operators of this service. Start the maintenance of web-01 in Azure’s portal
    by Fri 12 Dec. If you do nothing, Azure restarts it any time between Mon 15
    Dec and Mon 22 Dec.

    [handed back]
    Act by Fri 12 Dec: web-01 will be restarted (still yours)
    Whom you asked did not take over web-01: you stay responsible. Start the
    maintenance of web-01 in Azure’s portal by Fri 12 Dec. If you do nothing,
    Azure restarts it any time between Mon 15 Dec and Mon 22 Dec.
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

#[test]
fn subjects_say_the_action() {
    let mut tomorrow = samples::digest();
    tomorrow.items.remove(0);
    tomorrow.kind = MessageKind::Alert;
    tomorrow.frozen_at = samples::utc("2025-12-03T12:00:00Z");
    let mut nothing_new = samples::message(MessageKind::Digest, Vec::new());
    nothing_new.unchanged = 3;
    nothing_new.unchanged_deadline = Some(samples::utc("2025-12-12T17:00:00Z"));
    let mut pause = samples::closed();
    pause.items[0].window.impact = Impact::Freeze;
    let mut unsaid = samples::imminent();
    unsaid.items[0].window.impact = Impact::Unknown;
    unsaid.items[0].stages = vec![Stage::ScheduledSoon];
    let done = samples::message(MessageKind::Alert, vec![samples::over().items[4].clone()]);
    let mut one_trouble = samples::operator();
    one_trouble.operator_alerts.truncate(1);
    let mut some = samples::two_groups();
    some.items[0] = samples::in_set(some.items[0].clone(), "as-shop");
    let others = samples::all().into_iter().map(|(_, content)| content);
    let subjects: Vec<String> = others
        .chain([tomorrow, nothing_new, pause, unsaid, done, one_trouble, some])
        .map(|content| rendered(&content).subject)
        .collect();
    insta::assert_snapshot!(subjects.join("\n"), @"
    Act by Fri 12 Dec: web-01 will be restarted
    Act by Fri 12 Dec: 4 of your machines will be restarted
    Act by Wed 17 Dec: sql-01 will be restarted (new dates)
    No action needed: news of 5 of your machines
    Act by Fri 12 Dec: web-02 will be restarted (start failed)
    Act by Thu 4 Dec: 2 of your machines will be restarted (reminder)
    No action needed: 2 of your machines will be restarted from Mon 15 Dec
    No action needed: web-01 will be restarted from Sat 6 Dec
    Within minutes, not before 09:44 CET: web-01 will be restarted
    Within minutes: web-01 will be restarted
    Not before Fri 5 Dec 09:30 CET: web-01 will be restarted
    Reported by an event, not yet confirmed by Azure: web-01 will be restarted
    Azure maintenance: nothing is planned at the moment
    Azure maintenance notifier is live: 42 machines with planned maintenance, 25 without an owner
    Notifier: 8 problems to look at
    Maintenance this week: 12 machines to come, 5 without an answer
    Act by Fri 12 Dec: 2 of your machines will be restarted
    Done: 11 of your 12 machines, and nothing is left to do
    Act by Fri 12 Dec: 34 of your machines will be restarted
    Act by Fri 12 Dec: 80 of your machines will be restarted
    Act by Thu 4 Dec 18:00 CET: 2 of your machines will be restarted (reminder)
    Still open: 3 machines, next deadline Fri 12 Dec
    No action needed: web-01 will be paused for seconds from Sat 6 Dec
    No action needed: web-01 may be restarted by Mon 8 Dec
    Done: maintenance of app-01
    Notifier: Contoso Sandbox can no longer be read
    Act by Fri 12 Dec: 3 of your machines will be restarted
    ");
}

#[test]
fn machines_that_are_left_to_azure_are_counted_with_those_that_can_be_started() {
    let mut some = samples::two_groups();
    some.items.truncate(3);
    some.items[0] = samples::in_set(some.items[0].clone(), "as-shop");
    let text = rendered(&some).text;
    let lead: Vec<&str> = text.lines().take(12).collect();
    insta::assert_snapshot!(lead.join("\n"), @"
    Start the maintenance of 2 of your machines in Azure’s portal by Fri 12 Dec.
    If you do nothing, Azure restarts them any time between Mon 15 Dec and Mon
    22 Dec. For 1 of them this is a new plan: an earlier one has already ended.
    News of 1 more machine follows below.

    ============================================================================
    YOURS TO CHOOSE · 2 MACHINES

    Self-service: until Fri 12 Dec 2025, 18:00 CET (17:00 UTC)
    Azure’s window: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET (17:00
        to 17:00 UTC)
    What happens: Restart on an updated host, usually about 25 minutes; the
    ");
}
