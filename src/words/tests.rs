use super::*;

#[test]
fn a_tag_finds_its_language_or_the_nearest() {
    let found = ["en", "de", "de-CH", "DE", "en-GB", "fr", "qps", "qps-ploc"].map(Language::of);
    let (en, de, pseudo) = (Some(Language::En), Some(Language::De), Some(Language::Pseudo));
    assert_eq!(found, [en, de, de, de, en, None, pseudo, pseudo]);
}

#[test]
fn forms_numbers_and_lists_are_those_of_the_language() {
    let of = |language| [0, 1, 2, 1200].map(|count| machines(language, count)).join("; ");
    assert_eq!(of(Language::En), "0 machines; 1 machine; 2 machines; 1,200 machines");
    assert_eq!(of(Language::De), "0 VMs; 1 VM; 2 VMs; 1.200 VMs");
    let names = ["a", "b", "c"].map(str::to_owned);
    let listed = |language| [1, 2, 3].map(|count| list(language, &names[..count], 2)).join("; ");
    assert_eq!(listed(Language::En), "a; a and b; a, b and 1 more");
    assert_eq!(listed(Language::De), "a; a und b; a, b und 1 weitere");
}

#[test]
fn the_pseudo_language_is_longer_and_in_brackets() {
    let words = ["seconds", "minutes", "hours"].map(|unit| length(Language::Pseudo, 5, unit));
    let english = ["seconds", "minutes", "hours"].map(|unit| length(Language::En, 5, unit));
    for (pseudo, english) in words.iter().zip(english) {
        assert!(pseudo.starts_with('[') && pseudo.ends_with(']'), "{pseudo}");
        assert!(pseudo.chars().count() * 10 >= english.chars().count() * 13, "{pseudo}");
    }
}
