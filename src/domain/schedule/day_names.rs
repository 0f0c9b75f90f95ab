//! The names of the days in other languages and at full length, for hints.

/// How people write each day, from Monday on. What two languages call different days is left out.
const NAMES: [(&str, &[&str]); 7] = [
    (
        "MON",
        &[
            "mo", "montag", "monday", "mondays", "lun", "lundi", "lunes", "lunedi", "lunedì", "ma",
            "maandag", "seg", "segunda", "pn", "pon",
        ],
    ),
    (
        "TUE",
        &[
            "di", "die", "dienstag", "tu", "tues", "tuesday", "mardi", "martes", "martedi", "martedì",
            "dinsdag", "ter", "terça", "wt",
        ],
    ),
    (
        "WED",
        &[
            "mi",
            "mit",
            "mittwoch",
            "we",
            "weds",
            "wednesday",
            "mer",
            "mercredi",
            "mié",
            "mie",
            "miércoles",
            "mercoledi",
            "mercoledì",
            "wo",
            "woensdag",
            "qua",
            "quarta",
            "śr",
        ],
    ),
    (
        "THU",
        &[
            "do",
            "don",
            "donnerstag",
            "th",
            "thur",
            "thurs",
            "thursday",
            "jeu",
            "jeudi",
            "jue",
            "jueves",
            "gio",
            "giovedi",
            "giovedì",
            "donderdag",
            "qui",
            "quinta",
            "czw",
        ],
    ),
    (
        "FRI",
        &[
            "fr", "fre", "freitag", "friday", "ven", "vendredi", "vie", "viernes", "venerdi", "venerdì",
            "vr", "vrijdag", "sex", "sexta", "pt",
        ],
    ),
    (
        "SAT",
        &[
            "sa",
            "sam",
            "samstag",
            "sonnabend",
            "saturday",
            "samedi",
            "sáb",
            "sab",
            "sábado",
            "sabato",
            "za",
            "zaterdag",
            "sb",
        ],
    ),
    (
        "SUN",
        &[
            "so", "son", "sonntag", "su", "sunday", "dim", "dimanche", "dom", "domingo", "domenica", "zo",
            "zondag", "nd",
        ],
    ),
];

/// The day that a word means in some language, as it is written here.
pub(super) fn meant(word: &str) -> Option<&'static str> {
    let word = word.trim().trim_end_matches('.').to_lowercase();
    NAMES.iter().find(|(_, names)| names.contains(&word.as_str())).map(|(day, _)| *day)
}

/// `text` with every name of a day as it is written here, and plain hyphens, where that makes it another text.
pub(super) fn rewritten(text: &str) -> Option<String> {
    let hyphens = text.replace(['\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2212}'], "-");
    let mut read = String::new();
    let mut word = String::new();
    for character in hyphens.chars().chain([' ']) {
        if character.is_alphabetic() || character == '.' && !word.is_empty() {
            word.push(character);
            continue;
        }
        read.push_str(meant(&word).unwrap_or(&word));
        word.clear();
        read.push(character);
    }
    let read = read.trim_end().to_owned();
    (read != text.trim_end()).then_some(read)
}

#[cfg(test)]
mod tests {
    use crate::domain::schedule::{DailyRange, DigestSchedule, Hours};

    #[test]
    fn days_and_times_of_other_languages_are_offered_in_our_way() {
        for (text, meant) in [
            ("Mo-Fr 08:00-18:00", "MON-FRI"),
            ("Mo–Fr 08:00–18:00", "MON-FRI"),
            ("MON–FRI 08:00-18:00", "MON-FRI"),
            ("Montag-Freitag 08:00-18:00, Sa 10:00-12:00", "MON-FRI"),
            ("MON-FRI 08:00-18:00, Sa 10:00-12:00", "SAT"),
            ("lun-ven 08:00-18:00", "MON-FRI"),
            ("lunes-viernes 08:00-18:00", "MON-FRI"),
            ("za+zo 08:00-18:00", "SAT+SUN"),
            ("Monday-Friday 08:00-18:00", "MON-FRI"),
        ] {
            let problem = text.parse::<Hours>().unwrap_err().to_string();
            assert!(problem.ends_with(&format!("; write {meant}")), "{problem}");
            assert!(format!("{meant} 08:00-18:00").parse::<Hours>().is_ok(), "{meant}");
        }
        let digest = "0 8 * * Mo-Fr".parse::<DigestSchedule>().unwrap_err().to_string();
        assert!(digest.contains("write MON"), "{digest}");
        for (text, meant) in
            [("8-18:00", "08:00"), ("08.30-18:00", "08:30"), ("8h30-18:00", "08:30"), ("08:00-6pm", "18:00")]
        {
            let problem = text.parse::<DailyRange>().unwrap_err().to_string();
            assert!(problem.ends_with(&format!("; write {meant}")), "{problem}");
        }
        let problem = "soon-18:00".parse::<DailyRange>().unwrap_err().to_string();
        assert!(problem.ends_with("looks like 08:30"), "{problem}");
    }
}
