//! Told means reached, and each endpoint gets what is true when it leaves.

use super::Story;
use crate::whole::tenant::CONFIGURATION;

fn routed(to: &str, address: &str) -> String {
    format!(
        "\n[[recipients]]\nname = \"{to}\"\nemail = [\"{address}\"]\n\
         \n[[routes]]\nmatch = {{ name = \"vm-web-01\" }}\nto = [\"{to}\"]\n"
    )
}

#[tokio::test]
async fn whoever_gets_a_right_address_hears_at_once_of_what_is_open() {
    let corrected = format!("{CONFIGURATION}{}", routed("web", "jane@contoso.com"));
    Story::new(
        r#"
        Mon 23 Nov 11:00          | mail refuses jan
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of nobody, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 12:00 .. 18:00 | platform hears operator alert undeliverable
        Mon 23 Nov 12:00 .. Tue 24 Nov 18:00 | platform hears announced vm-web-01
        Wed 25 Nov 09:00          | the configuration is corrected
        Wed 25 Nov 09:00 .. 14:00 | jane hears announced vm-web-01
        Wed 25 Nov 18:00          | jane's calendar has vm-web-01 on Fri 18 Dec 09:30
        Thu 26 Nov 07:00 .. 09:00 | platform hears reassigned vm-web-01
        Thu 26 Nov 09:00          | platform's calendar is empty
        Fri 27 Nov 18:00          | the end
        "#,
    )
    .with(&routed("web", "jan@contoso.com"))
    .configuration("corrected", &corrected)
    .tell()
    .await;
}

#[tokio::test]
async fn the_fallback_whose_address_is_corrected_hears_of_what_is_open_too() {
    let corrected = CONFIGURATION.replace("platform@contoso.com", "operations@contoso.com");
    Story::new(
        r#"
        Mon 23 Nov 11:00          | mail refuses platform
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of nobody, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Wed 25 Nov 09:00          | the configuration is corrected
        Wed 25 Nov 09:00 .. 14:00 | operations hears announced vm-web-01, operator alert undeliverable
        Fri 27 Nov 18:00          | the end
        "#,
    )
    .configuration("corrected", &corrected)
    .tell()
    .await;
}

#[tokio::test]
async fn a_mail_that_waited_until_after_the_deadline_does_not_ask_to_act_by_it() {
    let team = format!(
        "{}teams = {{ webhook = \"https://flows.contoso.com/team\" }}\n",
        "\n[[recipients]]\nname = \"team\"\nemail = [\"team@contoso.com\"]\n"
    );
    Story::new(
        r#"
        Mon 23 Nov 11:00          | mail defers team
        Mon 23 Nov 11:30          | Azure plans vm-web-01 of nobody, own until Wed 25 Nov 10:00, azure from Sat 28 Nov 10:00
        Mon 23 Nov 12:00 .. 13:00 | channel team hears announced vm-web-01
                                  | channel team reads "Act by"
        Wed 25 Nov 12:00          | mail takes team
        Wed 25 Nov 12:00 .. 14:00 | team hears announced vm-web-01
                                  | team does not read "Act by"
                                  | team does not read "start it yourself until"
        Wed 25 Nov 12:00 .. 14:00 | team hears self-service closed vm-web-01
        Wed 25 Nov 18:00          | the end
        "#,
    )
    .with(&format!("{team}\n[[routes]]\nmatch = {{ name = \"vm-web-01\" }}\nto = [\"team\"]\n"))
    .tell()
    .await;
}
