//! Tags as people, forms and templates write them.

mod forms;
mod scraps;

use super::*;
use crate::domain::fixtures::policy;

fn address(text: &str) -> EmailAddress {
    text.parse().unwrap()
}

fn found_in(policy: &Policy, directory: &Directory, value: &str) -> Vec<Result<String, String>> {
    let place = TagPosition { tag: "owner", level: TagLevel::Resource };
    let names = owner_name::names(policy, "owner", value);
    let owners = names.iter().flat_map(|name| owners(policy, directory, place, name));
    owners.map(|owner| owner.map(|(name, _)| name.to_string()).map_err(|refused| said(&refused))).collect()
}

fn said(refused: &RefusedOwner) -> String {
    match refused {
        RefusedOwner::OutsideDomain { address, .. } => address.to_string(),
        RefusedOwner::Disabled { value, .. }
        | RefusedOwner::NoMailbox { value, .. }
        | RefusedOwner::Several { value, .. }
        | RefusedOwner::NotAnAddress { value, .. } => value.clone(),
    }
}

fn found(directory: &Directory, part: &str) -> Vec<Result<String, RefusedOwner>> {
    let (policy, place) = (policy(), TagPosition { tag: "owner", level: TagLevel::Resource });
    let names = owner_name::names(&policy, "owner", part);
    let owners = names.iter().flat_map(|name| owners(&policy, directory, place, name));
    owners.map(|owner| owner.map(|(name, _)| name.to_string())).collect()
}

/// What becomes of a value: who is notified, and after a bar what is reported.
fn fate(value: &str) -> String {
    let (mut told, mut reported) = (Vec::new(), Vec::new());
    for owner in found_in(&policy(), &Directory::default(), value) {
        match owner {
            Ok(name) => told.push(name.replace("@contoso.com", "")),
            Err(value) => reported.push(value),
        }
    }
    let bar = if reported.is_empty() { "" } else { " | " };
    format!("{}{bar}{}", told.join(" "), reported.join(" | ")).trim().to_owned()
}

#[test]
fn a_domain_in_another_script_is_the_one_that_mail_servers_know() {
    let mut policy = policy();
    policy.owners.allowed_domains = ["xn--bcher-kva.example".to_owned()].into();
    let told = |value: &str| found_in(&policy, &Directory::default(), value);
    for value in [
        "jane@bücher.example",
        "jane@BÜCHER.example",
        "Jane <jane@bücher。example>",
        "jane@xn--bcher-kva.example",
    ] {
        assert_eq!(told(value), [Ok("jane@xn--bcher-kva.example".to_owned())], "{value}");
    }
    assert!(told("jäne@bücher.example")[0].is_err());
    // What only looks like an allowed domain is another one: the letter o is Cyrillic here.
    assert_eq!(fate("jane@c\u{43E}ntoso.com"), "| jane@xn--cntoso-wqf.com");
}

#[test]
fn a_configured_name_comes_before_every_rule() {
    let mut policy = policy();
    for name in ["TBD", "R&D, Berlin".replace(',', " |").as_str(), "web/ops", "運用（東京）", "Doe"] {
        let recipient = crate::domain::fixtures::recipient("x");
        let name: RecipientName = name.parse().unwrap();
        policy.recipients.insert(name.clone(), crate::domain::recipient::Recipient { name, ..recipient });
    }
    for (value, expected) in [
        ("tbd", vec!["TBD"]),
        ("R&D | Berlin", vec!["R&D | Berlin"]),
        ("R&amp;D | Berlin; web/ops", vec!["R&D | Berlin", "web/ops"]),
        ("運用（東京）", vec!["運用（東京）"]),
        ("運用(東京)", vec!["運用（東京）"]),
        ("Doe, Jane", vec!["Doe", "Jane@contoso.com"]),
    ] {
        let told: Vec<_> =
            found_in(&policy, &Directory::default(), value).into_iter().map(Result::unwrap).collect();
        let expected: Vec<String> = expected.into_iter().map(|it| it.replace("Jane@", "jane@")).collect();
        assert_eq!(told, expected, "{value}");
    }
}

proptest::proptest! {
    #[test]
    fn whatever_a_tag_says_only_allowed_addresses_are_notified(value in "\\PC{0,80}") {
        for owner in found_in(&policy(), &Directory::default(), &value) {
            if let Ok(name) = owner && name != "platform" {
                let address: EmailAddress = name.parse().unwrap();
                proptest::prop_assert_eq!(address.domain(), "contoso.com");
            }
        }
    }
}

#[test]
fn separators_within_quotes_and_brackets_belong_to_a_name() {
    let values = |value: &str| -> Vec<String> {
        let names = owner_name::names(&policy(), "owner", value).into_iter();
        names.map(|name| name.value().to_owned()).collect()
    };
    assert_eq!(values("ab; b ,c;;"), ["ab", "b", "c"]);
    assert_eq!(
        values("\"Doe, Jane\" <jane@contoso.com>, arjun"),
        ["\"Doe, Jane\" <jane@contoso.com>", "arjun"]
    );
    assert_eq!(values("O\"Brien, jane"), ["O\"Brien", "jane"]);
    assert_eq!(values("a <b, c"), ["a <b", "c"]);
}

#[test]
fn addresses_are_read_as_people_paste_them() {
    let none = Directory::default();
    for part in [
        "jane@contoso.com",
        "mailto:jane@contoso.com",
        "MAILTO:Jane@contoso.com?subject=hello",
        "Jane Doe <jane@contoso.com>",
        "\"Doe, Jane\" <mailto:jane@contoso.com>",
        "\"jane\"",
        "jane",
    ] {
        assert_eq!(found(&none, part), [Ok("jane@contoso.com".to_owned())], "{part}");
    }
    assert!(matches!(found(&none, "Jane Doe")[..], [Err(RefusedOwner::NotAnAddress { .. })]));
}

#[test]
fn the_directory_says_where_somebody_reads_mail_and_who_is_there_instead() {
    let person = |mail: Option<&str>, enabled, manager: Option<&str>| DirectoryAnswer::Person {
        mail: mail.map(address),
        enabled,
        manager: manager.map(address),
    };
    let name = |name: &str| DirectoryQuery::Name { name: name.to_owned() };
    let at = |text: &str| DirectoryQuery::Address { address: address(text) };
    let directory = Directory::new(
        [
            (name("Jane Doe"), person(Some("jane@contoso.com"), true, None)),
            (at("jd4711@contoso.com"), person(Some("jane@contoso.com"), true, None)),
            (at("gone@contoso.com"), person(Some("gone@contoso.com"), false, Some("boss@contoso.com"))),
            (at("lost@contoso.com"), person(None, false, None)),
            (at("robot@contoso.com"), person(None, true, None)),
            (
                name("Web team"),
                DirectoryAnswer::Group { mail: Some(address("web@contoso.com")), members: vec![] },
            ),
            (
                name("Admins"),
                DirectoryAnswer::Group {
                    mail: None,
                    members: vec![address("a@contoso.com"), address("b@evil.com")],
                },
            ),
            (name("J Smith"), DirectoryAnswer::Several),
            (at("new@contoso.com"), DirectoryAnswer::Nobody),
        ],
        [],
    );
    let one = |part: &str| found(&directory, part).remove(0);
    assert_eq!(one("jane doe").unwrap(), "jane@contoso.com");
    assert_eq!(one("jd4711").unwrap(), "jane@contoso.com");
    assert_eq!(one("gone").unwrap(), "boss@contoso.com");
    assert_eq!(one("new").unwrap(), "new@contoso.com");
    assert_eq!(one("Web Team").unwrap(), "web@contoso.com");
    assert!(matches!(one("lost"), Err(RefusedOwner::Disabled { .. })));
    assert!(matches!(one("robot"), Err(RefusedOwner::NoMailbox { .. })));
    assert!(matches!(one("J Smith"), Err(RefusedOwner::Several { .. })));
    // What the directory says passes the same checks as what a tag says.
    let members = found(&directory, "Admins");
    assert!(matches!(&members[..], [Ok(_), Err(RefusedOwner::OutsideDomain { .. })]));
}
