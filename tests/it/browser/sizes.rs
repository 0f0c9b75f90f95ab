//! How long the page is on a phone, with many machines.

use serde_json::json;

use super::Demo;

/// Everything is one person's.
const CONFIGURATION: &str = r#"
[defaults]
timezone = "Europe/Berlin"
digest   = "never"
settle   = "0m"
hours    = "always"
quiet    = []
fallback = ["jane.doe@contoso.com"]

[owners]
tags            = ["nobody"]
allowed_domains = ["contoso.com"]
suffix          = "@contoso.com"

[[recipients]]
name  = "jane.doe@contoso.com"
email = ["jane.doe@contoso.com"]
"#;

/// Five screens of a phone of 360 × 800.
const FIVE_SCREENS: u64 = 4000;

/// So many machines of the simulated tenant bring 82 into the message.
const SIMULATED: usize = 101;

#[tokio::test]
async fn eighty_two_machines_are_five_screens_of_a_phone_and_what_is_pressed_is_on_the_first() {
    let demo = Demo::configured(CONFIGURATION, 1, SIMULATED, "error").await;
    let seen = demo.browse("sizes.js", json!({})).await;
    assert_eq!(seen["problems"], json!([]));
    for state in ["fresh", "acknowledged"] {
        let page = &seen["sizes"][state];
        let number = |what: &str| page[what].as_u64().unwrap_or_else(|| panic!("{what} in {page}"));
        assert_eq!(number("machines"), 82, "{state}: {page}");
        assert!(number("height") <= FIVE_SCREENS, "{state}: {page}");
        // Choose a time, Acknowledge, Not mine and More: whole, and big enough for a thumb.
        assert!(number("buttons") >= if state == "fresh" { 4 } else { 3 }, "{state}: {page}");
        assert!(number("lowest") <= 800 && number("smallest") >= 44, "{state}: {page}");
    }
}
