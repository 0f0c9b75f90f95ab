//! Lives in which nothing goes wrong: what everybody hears, and when. The other stories leave from here.

use super::{Story, tell};

#[tokio::test]
async fn a_machine_that_nobody_touches_is_announced_reminded_of_and_done_by_azure() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Mon 23 Nov 17:00          | jane's page says "vm-web-01"
                                  | jane's calendar has vm-web-01 on Wed 2 Dec 09:30
        Wed 25 Nov 10:00 .. 10:01 | jane hears reminder vm-web-01
        Mon 30 Nov 10:00 .. 10:01 | jane hears reminder vm-web-01
                                  | platform hears escalated vm-web-01
        Wed 2 Dec 10:00 .. 10:05  | jane hears self-service closed vm-web-01
                                  | jane reads "Sat 5 Dec"
        Fri 4 Dec 18:00           | health is green
                                  | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn whoever_plans_a_start_hears_of_each_step_and_nobody_is_reminded() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | jane plans vm-web-01 for Sat 28 Nov 22:00
        Tue 24 Nov 09:00 .. 09:05 | jane hears planned vm-web-01
        Tue 24 Nov 10:00          | jane's calendar has vm-web-01 on Sat 28 Nov 22:00
        Thu 26 Nov 12:00 .. 23:00 | jane hears planned vm-web-01
        Fri 27 Nov 12:00 .. Sat 28 Nov 21:05 | jane hears planned vm-web-01
        Sat 28 Nov 22:00 .. 22:02 | vm-web-01 is started
        Sat 28 Nov 22:00 .. 22:05 | jane hears started vm-web-01
        Sat 28 Nov 22:02 .. 23:59 | jane hears completed vm-web-01
        Sun 29 Nov 12:00          | jane's calendar is empty
        Thu 3 Dec 18:00           | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_route_gives_a_machine_to_somebody_else() {
    let routed = format!(
        "{}\n[[routes]]\nmatch = {{ name = \"vm-web-01\" }}\nto = [\"platform\"]\n",
        crate::whole::tenant::CONFIGURATION
    );
    Story::new(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of mei, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | mei hears announced vm-web-01
        Tue 24 Nov 09:00          | the configuration is routed
        Tue 24 Nov 10:00 .. 18:00 | platform hears announced vm-web-01
                  18:00           | the end
        "#,
    )
    .configuration("routed", &routed)
    .tell()
    .await;
}

#[tokio::test]
async fn an_address_that_refuses_leads_to_the_fallback() {
    Story::new(
        r#"
        Mon 23 Nov 11:00          | mail refuses jane
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 12:00 .. Tue 24 Nov 12:00 | platform hears operator alert undeliverable
        Mon 23 Nov 12:00 .. Tue 24 Nov 18:00 | platform hears announced vm-web-01
        Wed 25 Nov 18:00          | health is green
                                  | the end
        "#,
    )
    .with("\n[[recipients]]\nname = \"mei\"\nemail = [\"mei@contoso.com\"]\n")
    .tell()
    .await;
}
