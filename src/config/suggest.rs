//! "Did you mean …?"

/// The one of `known` that `word` was probably meant to be; `None` when none is near.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = fold(word);
    // A third of the letters may be wrong: enough for a slip, too little for another word.
    let tolerance = (folded.chars().count() / 3).max(1);
    known
        .into_iter()
        // Insertions, deletions, replacements and swaps of neighbours.
        .map(|candidate| (strsim::osa_distance(&folded, &fold(candidate)), candidate))
        .filter(|(distance, _)| *distance <= tolerance)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The hint for an unknown word: the near one, or the whole choice when it is short enough to read.
pub(super) fn hint(word: &str, known: &[&str]) -> Option<String> {
    match nearest(word, known.iter().copied()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if known.is_empty() || known.len() > 20 => None,
        None => Some(format!("known here: {}", known.join(", "))),
    }
}

/// Whether `word` is `known` but for at most so many letters.
pub(super) fn is_slip(word: &str, known: &str, letters: usize) -> bool {
    word.len() < 64 && strsim::osa_distance(word, known) <= letters
}

/// Letters in lower case; dashes, spaces and underscores are the same slip.
fn fold(word: &str) -> String {
    let one_dash = |c: char| if c == '-' || c == ' ' { '_' } else { c };
    word.chars().take(64).flat_map(char::to_lowercase).map(one_dash).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = ["resource_group", "region", "name", "subscription"];
        assert_eq!(nearest("resource-group", known), Some("resource_group"));
        assert_eq!(nearest("Regoin", known), Some("region"));
        assert_eq!(nearest("subscripton", known), Some("subscription"));
        assert_eq!(nearest("nmae", known), Some("name"));
        assert_eq!(nearest("severity", known), None);
    }
}
