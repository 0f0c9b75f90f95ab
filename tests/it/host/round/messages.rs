//! Mails and cards as their readers have them, and whether two rounds sent the same.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use tokio::process::Command;

use super::names::{Names, beginnings};
use super::state::compare;
use crate::mail_server::python;

/// Mails by receiver, subject, and which of several it is. A mail that came twice is there twice.
pub(super) type Mails = BTreeMap<(String, String, usize), Vec<Value>>;

/// What Python reads in every mail of a folder.
pub(super) async fn mails(folder: &Path) -> Mails {
    let output = Command::new(python())
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/describe_mails.py"))
        .arg(folder)
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let described: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let header = |mail: &Value, name: &str| mail["headers"][name].as_str().unwrap().to_owned();
    let mut copies: BTreeMap<(String, String), Vec<Value>> = BTreeMap::new();
    for mail in described {
        assert_eq!(mail["defects"], Value::Array(Vec::new()), "{mail}");
        copies.entry((header(&mail, "To"), header(&mail, "Message-ID"))).or_default().push(mail);
    }
    let mut copies: Vec<Vec<Value>> = copies.into_values().collect();
    copies.sort_by_key(|copies| date(&copies[0]));
    let mut mails = Mails::new();
    for copies in copies {
        let (to, subject) = (header(&copies[0], "To"), header(&copies[0], "Subject"));
        let before = mails.keys().filter(|(other, about, _)| (other, about) == (&to, &subject)).count();
        mails.insert((to, subject, before), copies);
    }
    mails
}

/// The mail without the names that its store gave: its Message-ID, to which all its links lead, and its calendar entry's.
fn unnamed(mail: &Value) -> Value {
    let id = mail["headers"]["Message-ID"].as_str().unwrap();
    let id = id.trim_start_matches('<').split('@').next().unwrap();
    let mut names = Names::default();
    names.learn(id, "ID".to_owned());
    for part in mail["parts"].as_array().unwrap() {
        let content = part["content"].as_str().unwrap();
        assert!(beginnings(content).iter().all(|beginning| id.starts_with(beginning)), "{id}: {content}");
        let entry = content.lines().find_map(|line| line.strip_prefix("UID:"));
        if let Some(uid) = entry {
            names.learn(uid.split('@').next().unwrap(), "ENTRY".to_owned());
        }
    }
    names.meant(mail)
}

fn date(mail: &Value) -> DateTime<Utc> {
    let date = mail["headers"]["Date"].as_str().unwrap();
    DateTime::parse_from_rfc2822(date).unwrap().to_utc()
}

/// How the mails of two rounds differ, each of which came once.
pub(super) fn differences(expected: &Mails, found: &Mails) -> Vec<String> {
    assert!(expected.len() > 10, "{}", expected.len());
    assert_eq!(counts(found), counts(expected));
    let mut differences = Vec::new();
    for (name, mails) in expected {
        let [expected, found] = [mails, &found[name]].map(|copies| undated(&unnamed(&copies[0])));
        compare(&name.0, &expected, &found, TimeDelta::zero(), &mut differences);
    }
    differences
}

/// How often each mail came.
fn counts(mails: &Mails) -> Vec<(&(String, String, usize), usize)> {
    mails.iter().map(|(name, copies)| (name, copies.len())).collect()
}

/// A mail without the moment at which it was bound, which is its date and that of its calendar entry.
fn undated(mail: &Value) -> Value {
    let mut mail = mail.clone();
    let date = date(&mail);
    mail["headers"].as_object_mut().unwrap().remove("Date").unwrap();
    let stamp = date.format("DTSTAMP:%Y%m%dT%H%M%SZ").to_string();
    for part in mail["parts"].as_array_mut().unwrap() {
        let content = part["content"].as_str().unwrap();
        assert!(part["type"] != "text/calendar" || content.contains(&stamp), "{date}: {content}");
        part["content"] = without_moment(&content.replace(&stamp, "DTSTAMP:DATE")).into();
    }
    mail
}

/// The text without the moments as of which it is true.
fn without_moment(text: &str) -> String {
    let mut pieces = text.split("As of ");
    let begin = pieces.next().unwrap().to_owned();
    pieces.fold(begin, |text, piece| text + "As of MOMENT" + piece.find('.').map_or("", |at| &piece[at..]))
}

/// Asserts that two rounds posted the same cards, whatever their order.
pub(super) fn assert_same_cards(expected: &[Value], found: &[Value]) {
    let sorted = |cards: &[Value]| {
        let unnamed = |card: &Value| Names::default().text(&without_moment(&card.to_string()));
        let mut texts: Vec<String> = cards.iter().map(unnamed).collect();
        texts.sort();
        texts
    };
    assert!(!expected.is_empty());
    assert_eq!(sorted(found), sorted(expected));
}
