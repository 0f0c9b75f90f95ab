//! Mails that sum up: digests, many machines, and what operators are sent.

use super::{outline, rendered, text};
use crate::rendered::samples;

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
