//! Whoever was responsible hears that they are not, and the entry leaves their calendar.

use super::{Story, tell};
use crate::whole::tenant::CONFIGURATION;

#[tokio::test]
async fn a_route_takes_a_machine_from_its_owner_who_has_no_digest() {
    let mei = "\n[[recipients]]\nname = \"mei\"\nemail = [\"mei@contoso.com\"]\ndigest = \"never\"\n";
    let route =
        |to: &str| format!("{mei}\n[[routes]]\nmatch = {{ name = \"vm-web-01\" }}\nto = [\"{to}\"]\n");
    let routed = format!("{CONFIGURATION}{}", route("platform"));
    Story::new(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of nobody, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | mei hears announced vm-web-01
        Tue 24 Nov 09:00          | the configuration is routed
        Tue 24 Nov 10:00 .. 18:00 | mei hears reassigned vm-web-01
                                  | mei reads "platform"
                                  | platform hears announced vm-web-01
        Wed 25 Nov 19:00          | mei's calendar is empty
                                  | the end
        "#,
    )
    .with(&route("mei"))
    .configuration("routed", &routed)
    .tell()
    .await;
}

#[tokio::test]
async fn a_tag_that_changes_takes_a_machine_and_brings_it_back() {
    tell(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | vm-web-01 belongs to mei
        Tue 24 Nov 10:00 .. 18:00 | mei hears announced vm-web-01
        Wed 25 Nov 07:00 .. 09:00 | jane hears reassigned vm-web-01
        Wed 25 Nov 09:00          | jane's calendar is empty
                                  | vm-web-01 belongs to jane
        Thu 26 Nov 07:00 .. 09:00 | jane hears announced vm-web-01
                                  | mei hears reassigned vm-web-01
        Thu 26 Nov 09:00          | mei's calendar is empty
                                  | jane's calendar has vm-web-01 on Fri 18 Dec 09:30
                                  | the end
        "#,
    )
    .await;
}

#[tokio::test]
async fn whoever_is_only_escalated_to_from_now_on_hears_that_somebody_else_is_responsible() {
    let escalates = "\n[[recipients]]\nname = \"jane\"\nemail = [\"jane@contoso.com\"]\n\
                     \n[[recipients]]\nname = \"mei\"\nemail = [\"mei@contoso.com\"]\nescalate_to = \"jane\"\n";
    let route = |to: &str| format!("\n[[routes]]\nmatch = {{ name = \"vm-web-01\" }}\nto = [\"{to}\"]\n");
    let given = format!("{CONFIGURATION}{escalates}{}", route("mei"));
    Story::new(
        r#"
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of nobody, own until Wed 2 Dec 10:00
        Mon 23 Nov 14:00 .. 16:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | the configuration is given
        Tue 24 Nov 10:00 .. 18:00 | mei hears announced vm-web-01
        Wed 25 Nov 07:00 .. 09:00 | jane hears reassigned vm-web-01
        Wed 25 Nov 09:00          | jane's calendar is empty
        Wed 25 Nov 10:00 .. Thu 26 Nov 18:00 | mei hears reminder vm-web-01
                                  | jane hears escalated vm-web-01
        Thu 26 Nov 19:00          | jane's calendar is empty
                                  | the end
        "#,
    )
    .with(&format!("{escalates}{}", route("jane")))
    .configuration("given", &given)
    .tell()
    .await;
}
