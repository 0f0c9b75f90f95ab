//! What is left of broken addresses, what denies somebody, and examples that nobody replaced.

use super::fate;

#[test]
fn a_scrap_of_an_address_completes_to_nobody() {
    for (value, expected) in [
        ("jane@contoso,com", "| jane@contoso | com"),
        ("jane.doe,contoso.com", "jane.doe | contoso.com"),
        ("contoso.com", "| contoso.com"),
        ("COM", "| COM"),
        ("1", "| 1"),
        ("4711", "| 4711"),
        ("jane@contoso.com,1;arjun@contoso.com,2", "jane arjun | 1 | 2"),
        ("fabrikam.com; arjun", "arjun | fabrikam.com"),
    ] {
        assert_eq!(fate(value), expected, "{value}");
    }
    let strangers = ["jane&at;contoso.com", "jane;contoso.com", "jane@contoso .com", "jane@contoso;com"];
    for value in strangers {
        let fate = fate(value);
        let told = fate.split('|').next().unwrap_or_default().trim();
        assert!(["", "jane"].contains(&told), "{value}: {fate}");
        assert!(fate.contains('|'), "{value}: {fate}");
    }
    assert_eq!(fate("jane2"), "jane2");
    assert_eq!(fate("jane.com-team"), "jane.com-team");
}

#[test]
fn a_line_feed_in_letters_separates_and_is_no_letter_of_a_name() {
    for break_ in ["\\n", "\\r\\n", "\\t", "\\\\n", "\\r", " \\n ", ";\\n"] {
        let value = format!("jane@contoso.com{break_}bob@contoso.com");
        assert_eq!(fate(&value), "jane bob", "{value}");
        assert_eq!(fate(&format!("jane@contoso.com{break_}")), "jane", "{value}");
    }
    assert_eq!(fate("\\njane@contoso.com"), "jane");
    assert_eq!(fate("CONTOSO\\jane@contoso.com"), "jane");
    for unsure in ["jane\\nbob@contoso.com", "CONTOSO\\nancy@contoso.com", "jane\\tbob@contoso.com"] {
        assert!(fate(unsure).starts_with("| "), "{unsure}: {}", fate(unsure));
    }
}

#[test]
fn everybody_who_is_named_is_told() {
    for value in [
        "jane@contoso.com:bob@contoso.com",
        "mail:jane@contoso.com:bob@contoso.com",
        "<jane@contoso.com> bob@contoso.com",
        "Jane Doe <jane@contoso.com>: bob@contoso.com",
        "j&zwnj;ane@contoso.com; bob@conto&NoBreak;so.com",
        "jane&ZeroWidthSpace;@contoso.com,&NonBreakingSpace;bob@contoso.com",
        "jane@contoso.com&Tab;bob&zwj;@contoso.com",
    ] {
        assert_eq!(fate(value), "jane bob", "{value}");
    }
}

#[test]
fn whoever_is_denied_is_not_told() {
    assert_eq!(fate("<!-- jane@contoso.com --> bob@contoso.com"), "bob");
    assert_eq!(fate("bob@contoso.com <!--was jane@contoso.com-->"), "bob");
    for value in [
        "not: jane@contoso.com",
        "not:jane@contoso.com",
        "do-not-contact: jane@contoso.com",
        "former owner: jane@contoso.com",
        "Former: Jane Doe <jane@contoso.com>",
        "Ex-owner <jane@contoso.com>",
        "nicht: jane@contoso.com",
        "previously - jane@contoso.com",
        "Except: jane@contoso.com",
    ] {
        assert!(fate(value).starts_with("| "), "{value}: {}", fate(value));
    }
    for value in [
        "jane@contoso.com (left)",
        "jane@contoso.com - left the company",
        "Jane Doe <jane@contoso.com> (until 2025)",
        "<jane@contoso.com> former owner",
        "jane@contoso.com [disabled]",
        "jane@contoso.com (ausgeschieden)",
        "jane@contoso.com not any more",
    ] {
        assert!(fate(value).starts_with("| "), "{value}: {}", fate(value));
    }
    for value in ["jane@contoso.com (primary)", "jane@contoso.com: on call", "Jane <jane@contoso.com> (SAP)"]
    {
        assert!(fate(value).starts_with("jane"), "{value}: {}", fate(value));
    }
    assert_eq!(fate("Sally Old <sally.old@contoso.com>"), "sally.old");
    assert_eq!(fate("Owner: jane@contoso.com"), "jane");
    assert!(fate("owner: bob@contoso.com; former: jane@contoso.com").starts_with("bob | "));
}

#[test]
fn examples_and_more_words_for_nobody_are_no_people() {
    for nobody in [
        "n.n.",
        "N. N.",
        "NN",
        "k.A.",
        "k. A.",
        "offen",
        "aucune",
        "Ninguna",
        "nessuna",
        "ingen",
        "orphaned",
        "Orphan",
        "vacant",
        "keine Angabe",
    ] {
        assert_eq!(fate(nobody), "", "{nobody}");
    }
    for example in [
        "firstname.lastname@contoso.com",
        "your.name@contoso.com",
        "Your Name <your.name@contoso.com>",
        "youremail@contoso.com",
        "owner@contoso.com",
        "user@contoso.com",
        "someone@contoso.com",
        "SOMEONE@contoso.com",
        "max.mustermann@contoso.com",
        "vorname.nachname@contoso.com",
        "prenom.nom@contoso.com",
        "-@contoso.com",
        "_@contoso.com",
        "various",
        "multiple",
        "default",
        "Several",
    ] {
        assert!(fate(example).starts_with("| "), "{example}: {}", fate(example));
    }
    for real in ["contact@contoso.com", "mail@contoso.com", "names@contoso.com", "ka@contoso.com", "ka"] {
        assert!(!fate(real).contains('|') && !fate(real).is_empty(), "{real}: {}", fate(real));
    }
}
