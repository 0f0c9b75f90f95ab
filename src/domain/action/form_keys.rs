//! One-time keys of forms: a form decides once, and sent again it undoes nothing that was said since.

/// Takes `key`, of which `most` are kept, oldest first; whether it was not taken before.
pub fn take(forms: &mut Vec<String>, key: &str, most: usize) -> bool {
    if forms.iter().any(|taken| taken == key) {
        return false;
    }
    forms.push(key.to_owned());
    let surplus = forms.len().saturating_sub(most);
    forms.drain(..surplus);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_taken_once_and_the_oldest_are_forgotten() {
        let mut forms = Vec::new();
        assert!(take(&mut forms, "a", 2) && !take(&mut forms, "a", 2));
        assert!(take(&mut forms, "b", 2) && take(&mut forms, "c", 2));
        assert_eq!(forms, ["b", "c"]);
    }
}
