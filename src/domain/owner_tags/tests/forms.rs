//! The forms in which people, forms and templates name somebody, or nobody.

use super::super::is_template;
use super::fate;

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
    assert_eq!(fate("Doe, Jane A. <jd4711@contoso.com>"), "jd4711");
    assert_eq!(fate("Doe, Dr. Jane <jd4711@contoso.com>"), "jd4711");
    assert_eq!(fate("O'Brien, Pat <pat.obrien@contoso.com>"), "pat.obrien");
    assert_eq!(fate("Jane Doe jane.doe@contoso.com"), "jane.doe");
    assert_eq!(fate("Primary: jane@contoso.com, Backup - arjun@contoso.com (night)"), "jane arjun");
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
        "jane doe@contoso.com",
        "<jane doe@contoso.com>",
        "jane. doe@contoso.com",
        "jane.doe@contoso .com",
        "jane.doe@contoso.com .au",
        "\"jane doe\"@contoso.com",
        "jane doe and arjun rao@contoso.com",
        "Team arjun@contoso.com",
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
fn what_a_program_wrote_as_json_names_whom_it_names() {
    for value in [
        r#"{"owner":"jane@contoso.com"}"#,
        r#"{ "Owner" : "Jane Doe <jane@contoso.com>", "costCenter": "4711" }"#,
        r#"{\"owner\":\"jane@contoso.com\"}"#,
        "{'owner': 'jane@contoso.com'}",
        "{“owner”: “jane@contoso.com”}",
        "{&quot;owner&quot;:&quot;jane@contoso.com&quot;}",
        r#"["jane@contoso.com"]"#,
        r#"{"contacts":[{"mail":"jane@contoso.com","phone":"+49 170 1"}],"env":"prod"}"#,
        "{\n  \"owner\": \"jane@contoso.com\"\n}",
        r#"{"owner":"jane","env":"prod","created":true}"#,
    ] {
        assert_eq!(fate(value), "jane", "{value}");
    }
    assert_eq!(fate(r#"{"owners":["jane@contoso.com","arjun@contoso.com"]}"#), "jane arjun");
    for nobody in ["{}", "[]", r#"{"owner":null}"#, r#"{"owner":""}"#, r#"{"owner":"TBD"}"#] {
        assert!(
            !fate(nobody).contains('@') && !fate(nobody).starts_with(char::is_alphabetic),
            "{nobody}: {}",
            fate(nobody)
        );
    }
    for template in [r#"{"owner":"${owner}"}"#, r#"{"owner":"{{owner}}@contoso.com"}"#] {
        assert!(fate(template).starts_with("| "), "{template}: {}", fate(template));
    }
}
