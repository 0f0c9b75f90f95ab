//! What a mail is like as a whole: how long, how heavy, in which language, and whether its first words say what to do.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use maintenance_notifier::domain::message::MessageKind;
use maintenance_notifier::domain::message_content::{ActionLink, MessageContent};
use maintenance_notifier::domain::reason::Reason;
use maintenance_notifier::domain::stage::Stage;
use maintenance_notifier::render::{RenderedMail, card};

use super::mails::rendered;
use super::samples;

const LANGUAGES: [&str; 3] = ["en", "de", "qps"];

/// A page on which a time can be chosen, with a token of the usual length.
fn with_page(mut content: MessageContent) -> MessageContent {
    let url = format!("https://maintenance.contoso.com/a?t={}", "k1aB9_".repeat(20));
    content.link = Some(ActionLink { url, starts: true });
    content
}

/// An announcement of so many machines, all alike.
fn announced(count: usize) -> MessageContent {
    let item = |number| samples::item(&format!("web-{number:02}"), Stage::Announced, samples::usual());
    let mut content = samples::message(MessageKind::Alert, (1..=count).map(item).collect());
    content.calendar = vec![samples::entry(
        &content.items,
        maintenance_notifier::domain::calendar_entry::CalendarMethod::Request,
    )];
    with_page(content)
}

/// Two machines that somebody asks the reader to take over.
fn asked() -> MessageContent {
    let items = ["iam-01", "iam-02"].map(|name| {
        let mut item = samples::item(name, Stage::Announced, samples::usual());
        item.reasons = vec![Reason::HandedOver { by: "identity-team".parse().unwrap(), accepted: false }];
        item
    });
    with_page(samples::message(MessageKind::Alert, items.into()))
}

fn open_only() -> MessageContent {
    let mut content = samples::message(MessageKind::Digest, Vec::new());
    content.unchanged = 12;
    content.unchanged_deadline = Some(samples::utc("2025-12-12T17:00:00Z"));
    with_page(content)
}

/// The samples, and what else has a shape of its own.
fn gallery() -> Vec<(String, MessageContent)> {
    let of_machines = |content: MessageContent| match content.items.is_empty() {
        true => content,
        false => with_page(content),
    };
    let samples =
        samples::all().into_iter().map(|(name, content)| (name.replace(' ', "-"), of_machines(content)));
    let own = [
        ("announced-8", announced(8)),
        ("announced-20", announced(20)),
        ("asked-to-take-over", asked()),
        ("digest-of-what-is-open", open_only()),
    ];
    samples.chain(own.map(|(name, content)| (name.to_owned(), content))).collect()
}

fn all_bytes(mail: &RenderedMail) -> usize {
    mail.weight()
}

#[test]
fn every_kind_keeps_to_its_bytes() {
    let rows = gallery().into_iter().map(|(name, content)| {
        let mail = rendered(&content);
        let card = card(&content, &samples::deployment()).unwrap().json;
        let kilobytes = |bytes: usize| format!("{:>5.1}", bytes as f64 / 1000.0);
        format!(
            "{name:<24} html {} text {} all {} card {}",
            kilobytes(mail.html.len()),
            kilobytes(mail.text.len()),
            kilobytes(all_bytes(&mail)),
            kilobytes(card.len())
        )
    });
    insta::assert_snapshot!(rows.collect::<Vec<_>>().join("\n"), @"
    single                   html   9.9 text   1.8 all  13.0 card   2.7
    two-groups               html  17.3 text   3.3 all  22.4 card   5.3
    rescheduled              html   9.4 text   1.6 all  12.4 card   2.9
    over                     html  16.1 text   2.6 all  19.9 card   3.6
    failed                   html  11.6 text   2.1 all  13.7 card   3.1
    digest                   html  12.5 text   2.1 all  14.6 card   3.4
    set-only                 html   9.6 text   1.4 all  11.0 card   2.9
    closed                   html   9.0 text   1.3 all  10.2 card   2.6
    imminent                 html   8.9 text   1.2 all  10.2 card   2.6
    imminent-without-a-time  html   8.3 text   1.1 all   9.3 card   2.2
    notice                   html   8.9 text   1.2 all  10.1 card   2.6
    unconfirmed              html   9.1 text   1.3 all  10.4 card   2.7
    heartbeat                html   4.9 text   0.5 all   5.4 card   1.2
    go-live                  html  12.8 text   2.5 all  15.7 card   3.1
    operator                 html   8.4 text   2.0 all  10.4 card   3.6
    summary                  html  12.3 text   1.5 all  13.8 card   2.2
    overlapping              html  10.8 text   1.9 all  12.7 card   3.1
    end-of-a-wave            html   9.2 text   1.4 all  10.5 card   1.9
    fifty                    html  24.2 text   3.5 all  36.8 card   6.9
    many                     html  17.5 text   3.0 all 106.3 card   6.9
    announced-8              html  12.7 text   1.7 all  17.0 card   3.2
    announced-20             html  13.5 text   1.9 all  19.9 card   3.2
    asked-to-take-over       html  10.2 text   1.5 all  11.7 card   2.7
    digest-of-what-is-open   html   6.1 text   0.7 all   6.8 card   1.3
    ");
}

#[test]
fn twenty_machines_take_at_most_twenty_kilobytes_with_all_parts() {
    let mail = rendered(&announced(20));
    assert!(all_bytes(&mail) <= 20_000, "{}", all_bytes(&mail));
    assert!((1..=20).all(|number| mail.html.contains(&format!("web-{number:02}"))));
}

#[test]
fn the_first_words_of_every_kind_say_what_to_do() {
    let first = gallery().into_iter().map(|(name, content)| {
        let mail = rendered(&content);
        let text: String =
            mail.text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect();
        format!("{name}\n  {}\n  {text}", mail.subject)
    });
    insta::assert_snapshot!(first.collect::<Vec<_>>().join("\n"), @"
    single
      Act by Fri 12 Dec: web-01 will be restarted
      Choose a time for web-01 by Fri 12 Dec. If you do nothing, Azure restarts it any time between Mon 15 Dec and Mon 22 Dec. Choose a time: https://maintenance.contoso.com/a?t=k1aB9_k1aB9_k1aB9_k1aB9_k1aB
    two-groups
      Act by Fri 12 Dec: 4 of your machines will be restarted
      Choose a time for 4 of your machines, the first by Fri 12 Dec. If you do nothing, Azure restarts each of them any time in its own window. News of 1 more machine follows below. Choose a time: https://m
    rescheduled
      Act by Wed 17 Dec: sql-01 will be restarted (new dates)
      Azure moved the dates for sql-01. Choose a time for sql-01 by Wed 17 Dec; the earliest is Wed 3 Dec. If you do nothing, Azure restarts it any time between Fri 19 Dec and Fri 26 Dec. Choose a time: htt
    over
      No action needed: news of 5 of your machines
      Azure cancelled the maintenance of app-02. Nothing is left to do. News of 4 more machines follows below. See details: https://maintenance.contoso.com/a?t=k1aB9_k1aB9_k1aB9_k1aB9_k1aB9_k1aB9_k1aB9_k1aB
    failed
      Act by Fri 12 Dec: web-02 will be restarted (start failed)
      The start of web-02 failed. Choose a time for web-02 by Fri 12 Dec. If you do nothing, Azure restarts it any time between Mon 15 Dec and Mon 22 Dec. News of 1 more machine follows below. Choose a time
    digest
      Act by Thu 4 Dec: 2 of your machines will be restarted (reminder)
      Choose a time for 2 of your machines by Thu 4 Dec. If you do nothing, Azure restarts them any time between Sat 6 Dec and Sat 13 Dec. News of 1 more machine follows below. Choose a time: https://mainte
    set-only
      No action needed: 2 of your machines will be restarted from Mon 15 Dec
      Azure restarts 2 of your machines any time between Mon 15 Dec and Mon 22 Dec. You need not do anything. Answer: https://maintenance.contoso.com/a?t=k1aB9_k1aB9_k1aB9_k1aB9_k1aB9_k1aB9_k1aB9_k1aB9_k1aB
    closed
      No action needed: web-01 will be restarted from Sat 6 Dec
      Time to choose is over for web-01. Azure restarts web-01 any time between Sat 6 Dec and Sat 13 Dec. You need not do anything. Answer: https://maintenance.contoso.com/a?t=k1aB9_k1aB9_k1aB9_k1aB9_k1aB9_
    imminent
      Within minutes, not before 09:44 CET: web-01 will be restarted
      Azure restarts web-01 within minutes, not before Tue 2 Dec 2025, 09:44 CET (08:44 UTC). Nothing can be chosen any more. Answer: https://maintenance.contoso.com/a?t=k1aB9_k1aB9_k1aB9_k1aB9_k1aB9_k1aB9_
    imminent-without-a-time
      Within minutes: web-01 will be restarted
      Azure restarts web-01 within minutes. Nothing can be chosen any more. Answer: https://maintenance.contoso.com/a?t=k1aB9_k1aB9_k1aB9_k1aB9_k1aB9_k1aB9_k1aB9_k1aB9_k1aB9_k1aB9_k1aB9_k1aB9_k1aB9_k1aB9_k1
    notice
      Not before Fri 5 Dec 09:30 CET: web-01 will be restarted
      Azure will restart web-01, not before Fri 5 Dec 2025, 09:30 CET (08:30 UTC). You need not do anything. Answer: https://maintenance.contoso.com/a?t=k1aB9_k1aB9_k1aB9_k1aB9_k1aB9_k1aB9_k1aB9_k1aB9_k1aB9
    unconfirmed
      Reported by an event, not yet confirmed by Azure: web-01 will be restarted
      Reported by an event, not yet confirmed by Azure: web-01 will be restarted, not before Tue 2 Dec 2025, 09:44 CET (08:44 UTC). You need not do anything; if Azure confirms it, we tell you. Answer: https
    heartbeat
      Azure maintenance: nothing is planned at the moment
      No maintenance of your machines is planned at the moment. You need not do anything. This channel hears of planned maintenance. In quiet times a card like this comes once a month, and shows that the wa
    go-live
      Azure maintenance notifier is live: 42 machines with planned maintenance, 25 without an owner
      Give 25 of 42 machines an owner: until then you are told in their place. Azure plans their maintenance in 14 subscriptions; the owners of the others are told now. Choose a time: https://maintenance.co
    operator
      Notifier: 8 problems to look at
      The notifier has 8 problems that it cannot solve by itself. You are told once. * Contoso Sandbox can no longer be read HTTP 403 AuthorizationFailed: the client has no permission to read. Nothing in it
    summary
      Maintenance this week: 12 machines to come, 5 without an answer
      If nobody acts, Azure may restart 4 machines within a week and 5 within two. You need not do anything: the owners are told. 9 machines were done in the last five weeks. NOT BOTH AT ONCE: sap-db-01 and
    overlapping
      Act by Fri 12 Dec: 2 of your machines will be restarted
      Choose a time for 2 of your machines by Fri 12 Dec. If you do nothing, Azure restarts them any time between Mon 15 Dec and Mon 22 Dec. Choose a time: https://maintenance.contoso.com/a?t=k1aB9_k1aB9_k1
    end-of-a-wave
      Done: 11 of your 12 machines, and nothing is left to do
      This was the last of 12 machines that were announced to you: 8 started by you or your colleagues, 3 restarted by Azure, 1 cancelled by Azure. Nothing is left to do. Thank you for starting them yoursel
    fifty
      Act by Fri 12 Dec: 34 of your machines will be restarted
      Choose a time for 34 of your machines, the first by Fri 12 Dec. If you do nothing, Azure restarts each of them any time in its own window. News of 16 more machines follows below. Choose a time: https:
    many
      Act by Fri 12 Dec: 80 of your machines will be restarted
      Choose a time for 80 of your machines, the first by Fri 12 Dec. If you do nothing, Azure restarts each of them any time in its own window. News of 40 more machines follows below. Choose a time: https:
    announced-8
      Act by Fri 12 Dec: 8 of your machines will be restarted
      Choose a time for 8 of your machines by Fri 12 Dec. If you do nothing, Azure restarts them any time between Mon 15 Dec and Mon 22 Dec. Choose a time: https://maintenance.contoso.com/a?t=k1aB9_k1aB9_k1
    announced-20
      Act by Fri 12 Dec: 20 of your machines will be restarted
      Choose a time for 20 of your machines by Fri 12 Dec. If you do nothing, Azure restarts them any time between Mon 15 Dec and Mon 22 Dec. Choose a time: https://maintenance.contoso.com/a?t=k1aB9_k1aB9_k
    asked-to-take-over
      identity-team asks you to take over 2 machines
      Accept or decline; until you accept, identity-team stays responsible for 2 machines. If you do nothing, Azure restarts them any time between Mon 15 Dec and Mon 22 Dec. Take over or decline: https://ma
    digest-of-what-is-open
      Still open: 12 machines, next deadline Fri 12 Dec
      12 machines still have planned maintenance; the nearest deadline is Fri 12 Dec 2025, 18:00 CET (17:00 UTC). Nothing has changed since our last message. See details: https://maintenance.contoso.com/a?t
    ");
}

#[test]
fn no_subject_of_many_names_one_machine_and_counts_the_rest() {
    for (name, content) in gallery() {
        let subject = rendered(&content).subject;
        assert!(!subject.contains("more update"), "{name}: {subject}");
        assert!(!subject.to_lowercase().contains("nothing new"), "{name}: {subject}");
    }
    assert_eq!(rendered(&samples::many(120)).subject.split(": ").next(), Some("Act by Fri 12 Dec"));
}

#[test]
fn what_is_to_choose_and_what_is_left_to_azure_never_share_a_group() {
    let mail = rendered(&with_page(samples::two_groups()));
    let (before, after) = mail.text.split_once("LEAVE TO AZURE").unwrap();
    assert!(before.contains("YOURS TO CHOOSE") && before.contains("batch-06"), "{}", mail.text);
    assert!(after.contains("batch-07") && !before.contains("* batch-07"), "{}", mail.text);
}

#[test]
fn a_mail_says_each_date_once_with_its_hour_and_has_one_button() {
    let mail = rendered(&announced(8));
    assert_eq!(mail.text.matches("18:00 CET (17:00 UTC)").count(), 1, "{}", mail.text);
    assert_eq!(mail.html.matches("class=\"button\"").count(), 1);
    assert!(!mail.text.contains("portal or with the command below"));
}

#[test]
fn who_is_asked_to_take_over_reads_who_asks_and_can_accept_or_decline() {
    let mail = rendered(&asked());
    assert_eq!(mail.subject, "identity-team asks you to take over 2 machines");
    assert!(mail.text.contains("Take over or decline:"), "{}", mail.text);
    assert!(mail.text.contains("identity-team stays responsible"), "{}", mail.text);
}

#[test]
fn all_mails_to_somebody_about_one_wave_are_one_conversation() {
    let of = |content: &MessageContent| rendered(content).conversation;
    let (first, later) = (announced(8), samples::rescheduled());
    assert_eq!(of(&first), of(&later));
    let mut other = samples::rescheduled();
    other.items[0].window.tracking_ids = vec!["OTHER-1".to_owned()];
    assert_ne!(of(&first), of(&other));
    assert_eq!(of(&open_only()), None);
}

/// `text` without what stands in brackets, however deep.
fn outside(text: &str) -> String {
    let mut depth = 0_usize;
    let mut outside = String::new();
    for character in text.chars() {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            other if depth == 0 => outside.push(other),
            _ => {}
        }
    }
    outside
}

#[test]
fn nothing_that_is_said_stands_outside_the_catalogue() {
    for (name, mut content) in gallery() {
        content.language = "qps".to_owned();
        let mail = rendered(&content);
        // What services answered is theirs.
        let left = if name == "operator" { String::new() } else { outside(&mail.text) };
        for word in [" the ", " is ", " of ", " to ", " you ", " you", " and ", " more"] {
            assert!(!left.contains(word), "{name}: {word:?} in {left}");
        }
        assert!(mail.subject.contains('['), "{name}: {}", mail.subject);
        assert!(mail.html.len() < 100_000, "{name}");
    }
}

#[test]
fn german_mails_are_german_down_to_the_calendar() {
    let mut content = announced(3);
    content.language = "de-CH".to_owned();
    let mail = rendered(&content);
    assert_eq!(mail.subject, "Bis Fr., 12. Dez. handeln: 3 Ihrer VMs werden neu gestartet");
    assert!(mail.html.contains("<html lang=\"de\""));
    assert!(mail.text.contains("Zeit wählen:") && mail.text.contains("Fr., 12. Dez. 2025, 18:00 CET"));
    let entry = mail.calendar.unwrap().text.replace("\r\n ", "");
    assert!(entry.contains("SUMMARY:Letzte Gelegenheit"), "{entry}");
    for (name, mut content) in gallery() {
        content.language = "de".to_owned();
        let mail = rendered(&content);
        for word in [" the ", "You ", " you ", "Azure restarts", "machines"] {
            let own = mail
                .text
                .lines()
                .filter(|line| !line.contains("http") && !line.contains(".csv") && !line.contains('„'));
            let said: String = own.collect::<Vec<_>>().join("\n");
            assert!(
                !said.contains(word) || name == "operator" || name == "failed",
                "{name}: {word:?}\n{said}"
            );
        }
    }
}

/// Writes what the gallery shows in every language.
pub(super) fn write_gallery(folder: &Path) {
    for language in LANGUAGES {
        for (name, mut content) in gallery() {
            content.language = language.to_owned();
            let mail = rendered(&content);
            fs::write(folder.join(format!("{name}.{language}.html")), &mail.html).unwrap();
            fs::write(
                folder.join(format!("{name}.{language}.txt")),
                format!("{}\n\n{}", mail.subject, mail.text),
            )
            .unwrap();
        }
    }
}

fn pictures(folder: &Path, out: Option<&Path>) -> BTreeMap<String, serde_json::Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node/browser/pictures.js");
    let output = Command::new("node").arg(script).arg(folder).args(out).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn eight_machines_fit_two_screens_of_a_phone_and_no_mail_is_wider_than_one() {
    let folder = tempfile::tempdir().unwrap();
    write_gallery(folder.path());
    let sizes = pictures(folder.path(), None);
    for (name, size) in &sizes {
        assert!(size["width"].as_u64().unwrap() <= 360, "{name}: {size}");
    }
    let height = |name: &str| sizes[name]["height"].as_u64().unwrap();
    for language in ["en", "de"] {
        let eight = height(&format!("announced-8.{language}"));
        assert!(eight <= 1600, "{language}: {eight}");
    }
}

/// `make gallery`: every kind in every language as pictures, in the folder that GALLERY names.
#[test]
#[expect(clippy::disallowed_methods, reason = "where pictures go is said by whoever wants them")]
fn the_gallery_is_written_where_it_is_asked_for() {
    let Some(folder) = std::env::var_os("GALLERY").map(PathBuf::from) else { return };
    fs::create_dir_all(&folder).unwrap();
    write_gallery(&folder);
    pictures(&folder, Some(&folder));
}
