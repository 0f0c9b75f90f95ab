//! Reading JSON of which the casing and the shape are not certain.

use serde_json::{Map, Value};

/// The most characters of a record that are quoted in a report.
const EXCERPT: usize = 300;

/// The member called `name`, as written or else in any casing. `null` counts as absent.
pub fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object
        .get(name)
        .or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
        .filter(|value| !value.is_null())
}

/// The member of a value that may not be an object at all.
pub fn field<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.as_object().and_then(|object| member(object, name))
}

/// The value at the end of a path of members.
pub fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, name| field(value, name))
}

/// The text of a member; a blank one counts as absent, which is how Resource Graph writes an empty column.
pub fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    member(object, name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

/// The text at the end of a path.
pub fn text_at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    at(value, path).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

/// The beginning of a text, for a report.
pub fn excerpt_of(text: &str) -> String {
    let mut characters = text.chars();
    let mut excerpt: String = characters.by_ref().take(EXCERPT).collect();
    if characters.next().is_some() {
        excerpt.pop();
        excerpt.push('…');
    }
    excerpt
}

/// An array of texts, such as availability zones.
pub fn texts(value: Option<&Value>) -> Vec<String> {
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_found_in_any_casing_and_null_is_absent() {
        let value = json!({ "Status": "Active", "zones": null, "blank": " " });
        assert_eq!(text_at(&value, &["status"]), Some("Active"));
        assert_eq!(field(&value, "zones"), None);
        assert_eq!(text_at(&value, &["blank"]), None);
        assert_eq!(field(&json!([1]), "status"), None);
    }

    #[test]
    fn an_excerpt_is_bounded_in_characters() {
        let long = "ä".repeat(400);
        let excerpt = excerpt_of(&long);
        assert_eq!(excerpt.chars().count(), 300);
        assert!(excerpt.ends_with('…'));
        assert_eq!(excerpt_of("short"), "short");
    }
}
