//! Tags as people, forms and templates write them.

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
fn names_with_commas_are_one_person() {
    for value in [
        "Doe, Jane <jane.doe@contoso.com>",
        "\"Doe, Jane\" <jane.doe@contoso.com>",
        "'Doe, Jane' <jane.doe@contoso.com>",
        "“Doe, Jane” <jane.doe@contoso.com>",
        "DOE, Jane <jane.doe@contoso.com>",
        "doe, jane <jane.doe@contoso.com>",
        "Doe, Jane (IT, Berlin) <jane.doe@contoso.com>",
        "Doe, Jane (jane.doe@contoso.com)",
        "Doe, Jane [jane.doe@contoso.com]",
        "Doe, Jane, Jane.Doe@contoso.com",
        "doe, jane, jane.doe@contoso.com",
        "Doe, Jane jane.doe@contoso.com",
        "Doe, Jane; jane.doe@contoso.com",
        "Doe | Jane <jane.doe@contoso.com>",
        "Müller-Doe, Jane <jane.doe@contoso.com>",
        "Doe, Jane <mailto:jane.doe@contoso.com>",
        "jane.doe@contoso.com<mailto:jane.doe@contoso.com>",
        "jane.doe@contoso.com (Doe, Jane)",
        "Jane Doe, <jane.doe@contoso.com>",
    ] {
        assert_eq!(fate(value).split(" | ").next(), Some("jane.doe"), "{value}: {}", fate(value));
    }
    assert_eq!(fate("Doe, Jane <jd4711@contoso.com>"), "jd4711");
    assert_eq!(
        fate("Doe, Jane <jane.doe@contoso.com>, Rao, Arjun <arjun.rao@contoso.com>"),
        "jane.doe arjun.rao"
    );
    assert_eq!(fate("Doe, Jane <jd@contoso.com>; Rao, Arjun <ar@contoso.com>"), "jd ar");
    // A login, or a recipient of the configuration, is somebody by itself.
    assert_eq!(fate("bob.li, Doe, Jane <jane.doe@contoso.com>"), "bob.li jane.doe");
    assert_eq!(fate("platform, Jane <jane.doe@contoso.com>"), "platform jane.doe");
    assert_eq!(fate("bob, Jane <jane.doe@contoso.com>"), "bob jane.doe");
    assert_eq!(fate("jane, arjun"), "jane arjun");
    // What may be half of a name is nobody's mailbox.
    assert_eq!(fate("Doe, Jane"), "| Doe, Jane");
    assert_eq!(fate("Doe, Jane; Rao, Arjun"), "| Doe, Jane | Rao, Arjun");
    assert_eq!(fate("Doe, Jane Mary <jd4711@contoso.com>"), "jd4711 | Doe");
    assert_eq!(fate("Web Team, Jane <jd4711@contoso.com>"), "jd4711 | Web Team");
}

#[test]
fn lists_are_read_whatever_separates_them() {
    for value in [
        "jane@contoso.com,arjun@contoso.com",
        "jane@contoso.com ; arjun@contoso.com;",
        "jane@contoso.com，arjun@contoso.com",
        "jane@contoso.com；arjun@contoso.com",
        "jane@contoso.com、arjun@contoso.com",
        "jane@contoso.com، arjun@contoso.com",
        "jane@contoso.com｜arjun@contoso.com",
        "jane@contoso.com | arjun@contoso.com",
        "jane|arjun@contoso.com",
        "jane/arjun@contoso.com",
        "jane@contoso.com / arjun@contoso.com",
        "jane@contoso.com & arjun@contoso.com",
        "jane and arjun@contoso.com",
        "jane@contoso.com arjun@contoso.com",
        "jane@contoso.com\tarjun@contoso.com",
        "jane@contoso.com\r\narjun@contoso.com",
        "jane@contoso.com\u{2028}arjun@contoso.com",
        "• jane@contoso.com • arjun@contoso.com",
        "[\"jane@contoso.com\", \"arjun@contoso.com\"]",
        "['jane', 'arjun']",
        "(jane@contoso.com, arjun@contoso.com)",
        "Jane Doe <jane@contoso.com> Arjun Rao <arjun@contoso.com>",
        "<jane@contoso.com>,<arjun@contoso.com>",
        "jane,,arjun",
        "ｊａｎｅ＠ｃｏｎｔｏｓｏ．ｃｏｍ, arjun@contoso。com",
        "mailto:jane@contoso.com,arjun@contoso.com?subject=x",
        "mailto:jane@contoso.com;mailto:arjun@contoso.com",
        "mailto:jane@contoso.com mailto:arjun@contoso.com",
        "mailto:jane@contoso.com?subject=Hello, world&body=a b, MAILTO:arjun@contoso.com?subject=x",
        "mailto:jane%40contoso.com%2Carjun%40contoso.com",
        "mailto://jane@contoso.com, arjun%40contoso.com",
        "jane&#64;contoso.com&#59; arjun&commat;contoso&period;com",
        "jane&amp;#x40;contoso.com&comma;arjun@contoso.com",
        "&lt;jane@contoso.com&gt;, &quot;Rao, Arjun&quot; &lt;arjun@contoso.com&gt;",
        "smtp:jane@contoso.com; SMTP:arjun@contoso.com",
        "E-Mail: jane@contoso.com, mail: arjun@contoso.com.",
        "i:0#.f|membership|jane@contoso.com; arjun",
        "<a href=\"mailto:jane@contoso.com\">Jane</a>, arjun",
        "[Jane](mailto:jane@contoso.com), arjun",
    ] {
        assert_eq!(fate(value), "jane arjun", "{value:?}");
    }
}

#[test]
fn what_nobody_sees_is_removed() {
    for hidden in [
        '\u{200B}', '\u{200C}', '\u{200D}', '\u{200E}', '\u{200F}', '\u{202A}', '\u{202C}', '\u{202E}',
        '\u{2060}', '\u{2066}', '\u{2069}', '\u{FEFF}', '\u{00AD}', '\u{061C}', '\u{FE0F}', '\u{0}',
        '\u{7F}', '\u{180E}',
    ] {
        for value in [
            format!("{hidden}jane@contoso.com"),
            format!("jane{hidden}@contoso.com"),
            format!("jane@contoso.com{hidden}"),
            format!("{hidden}jane{hidden}"),
        ] {
            assert_eq!(fate(&value), "jane", "{value:?}");
        }
        assert_eq!(fate(&format!("Plat{hidden}form")), "platform");
        assert_eq!(fate(&format!("{hidden}")), "", "{hidden:?}");
    }
    assert_eq!(fate("\u{A0}jane@contoso.com\u{3000}"), "jane");
}

#[test]
fn a_placeholder_is_nobody() {
    for value in [
        "none",
        "None",
        "NONE",
        "TBD",
        "tbd.",
        "T.B.D.",
        "-",
        "--",
        "—",
        "–",
        "n/a",
        "N/A",
        "N.A.",
        "na",
        "null",
        "(none)",
        "[none]",
        "<none>",
        "\"\"",
        "''",
        "?",
        "???",
        "...",
        "…",
        ".",
        "*",
        "unknown",
        "Unassigned",
        "not assigned",
        "not set",
        "No owner",
        "nobody",
        "undefined",
        "to be determined",
        "TODO",
        "xxx",
        "@",
        "#",
        "{}",
        "[]",
        "なし",
        "未定",
        "N\\A",
        "n／a",
        "tbd; n/a, -",
        "keine",
        "unbekannt",
        "nil",
        "Ｎ／Ａ",
        "NaN",
        "&nbsp;",
    ] {
        assert_eq!(fate(value), "", "{value}");
    }
    assert_eq!(fate("jane; TBD"), "jane");
    assert_eq!(fate("n/a, platform"), "platform");
    // With a domain behind it, something completed it that should not have.
    for value in ["tbd@contoso.com", "none@contoso.com", "unknown@contoso.com", "N/A@contoso.com"] {
        assert!(!fate(value).starts_with(char::is_alphabetic), "{value}: {}", fate(value));
    }
}

#[test]
fn a_template_that_nobody_filled_in_is_reported() {
    for value in [
        "${owner}",
        "${owner}@contoso.com",
        "{{ owner }}",
        "{{owner}}@contoso.com",
        "{owner}@contoso.com",
        "$(owner)",
        "$owner",
        "$OWNER@contoso.com",
        "%OWNER%",
        "%owner%@contoso.com",
        "#{owner}#",
        "#{Owner}@contoso.com",
        "<owner>",
        "<your name>",
        "<owner>@contoso.com",
        "<%= owner %>",
        "__OWNER__",
        "__owner__@contoso.com",
        "[parameters('owner')]",
        "var.owner",
        "@{variables('owner')}",
        "&#36;{owner}",
        "$&#123;owner&#125;@contoso.com",
        "{0}",
        "[[owner]]",
        "##owner##",
        "tags.owner",
        "$env:OWNER",
        "%7Bowner%7D%40contoso.com",
    ] {
        let fate = fate(value);
        assert!(fate.starts_with("| "), "{value}: {fate}");
        let said = fate.trim_start_matches("| ").split(" | ").next().unwrap();
        assert!(is_template(said), "{value}: {said}");
    }
}

#[test]
fn what_forms_and_links_leave_behind_becomes_nobodys_mailbox() {
    for value in [
        "owner",
        "Owner",
        "your.name",
        "first.last",
        "username",
        "email",
        "firstname.lastname",
        "7d1f5b3e-7c3a-4a54-8f5c-111111111111",
        "https://teams.microsoft.com/l/chat/@jane",
        "jane (at) contoso.com",
        "jane@contoso.com@evil.example",
        "jane@",
        "@contoso.com",
        "@jane",
        "CONTOSO\\jane",
        "jane@contoso",
        "jаne@contoso.com",
        "jane@10.0.0.1",
        "+49 170 1234567",
        "+491701234567",
        "Jane Doe",
        "jane..doe@contoso.com",
        "jane@contoso.com_x",
        "jane*arjun@contoso.com",
    ] {
        let fate = fate(value);
        assert!(fate.starts_with("| "), "{value}: {fate}");
    }
}

#[test]
fn a_full_stop_at_the_end_of_a_name_is_none() {
    for value in [
        "jane@contoso.com.",
        "jane.",
        "jane@contoso.com..",
        "jane@contoso.com!",
        "(jane@contoso.com).",
        "jane:",
    ] {
        assert_eq!(fate(value), "jane", "{value}");
    }
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
