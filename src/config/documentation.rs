//! The tables of `docs/CONFIGURATION.md`, made from the code, so that they cannot say anything else.

use std::fmt::Write;

use serde_json::Value;

use super::schema;
use super::settings_table::{SETTINGS, SettingDefault};

/// The sections of the configuration file, in the order in which people read them: how each begins in the file, and
/// where its keys stand in the schema.
const SECTIONS: &[(&str, &str)] = &[
    ("`[defaults]`", "Defaults"),
    ("`[owners]`", "Owners"),
    ("`[[recipients]]`", "Recipient"),
    ("`teams`, in recipients", "Teams"),
    ("`[[routes]]`", "Route"),
    ("`match`, in routes and silences", "Match"),
    ("`[[silences]]`", "Silence"),
    ("`[start]`", "Start"),
    ("`[safety]`", "Safety"),
    ("`[access]`", "Access"),
    ("`teams`, in `[access]`", "Team"),
    ("`[retention]`", "Retention"),
];

/// The table of settings, in Markdown.
pub fn settings() -> String {
    let mut table = String::from("| name | meaning | default |\n|---|---|---|\n");
    for setting in SETTINGS {
        let default = match setting.default {
            SettingDefault::Value(value) => format!("`{value}`"),
            SettingDefault::Rule(rule) => rule.to_owned(),
        };
        let secret = if setting.secret { " *Secret.*" } else { "" };
        row(&mut table, &[&format!("`{}`", setting.name), &format!("{}{secret}", setting.meaning), &default]);
    }
    table
}

/// The tables of the configuration file's keys, in Markdown: one for each section.
pub fn file() -> String {
    let schema = schema::of_file();
    let mut text = String::new();
    for (title, definition) in SECTIONS {
        let Some(section) = schema.get("definitions").and_then(|all| all.get(*definition)) else {
            continue;
        };
        let meaning = section.get("description").and_then(Value::as_str).unwrap_or_default();
        let heading =
            format!("### {title}\n\n{meaning}\n\n| key | type | default | meaning |\n|---|---|---|---|\n");
        text.push_str(&heading);
        let required: Vec<&str> = section
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let Some(properties) = section.get("properties").and_then(Value::as_object) else {
            continue;
        };
        let mut keys: Vec<(&String, &Value)> = properties.iter().collect();
        keys.sort_by_key(|(key, _)| (!required.contains(&key.as_str()), *key));
        for (key, property) in keys {
            let meaning = property.get("description").and_then(Value::as_str).unwrap_or_default();
            let default =
                if required.contains(&key.as_str()) { "required".to_owned() } else { default(property) };
            row(&mut text, &[&format!("`{key}`"), &kind(property, &schema), &default, meaning]);
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// The sections of the schema that no table describes. A test holds it empty.
pub fn undocumented() -> Vec<String> {
    let schema = schema::of_file();
    let definitions = schema.get("definitions").and_then(Value::as_object);
    let sections =
        definitions.into_iter().flatten().filter(|(_, definition)| definition.get("properties").is_some());
    sections
        .map(|(name, _)| name.clone())
        .filter(|name| !SECTIONS.iter().any(|(_, known)| known == name))
        .collect()
}

fn row(table: &mut String, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    // Writing to a string cannot fail.
    let _ = writeln!(table, "| {} |", cells.join(" | "));
}

fn kind(property: &Value, root: &Value) -> String {
    let resolved = schema::resolve(property, root);
    let names: Vec<&str> = match resolved.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect()
        }
        _ => Vec::new(),
    };
    match names.first() {
        Some(&"array") => {
            let items = resolved.get("items").map(|items| plural(schema::resolve(items, root)));
            format!("list of {}", items.unwrap_or("anything"))
        }
        Some(&"boolean") => "true or false".to_owned(),
        Some(&"number" | &"integer") => "number".to_owned(),
        Some(&"object") => "table".to_owned(),
        _ => match resolved.get("format").and_then(Value::as_str) {
            Some("date") => "date".to_owned(),
            Some("date-time") => "date and time".to_owned(),
            _ => "text".to_owned(),
        },
    }
}

fn plural(items: &Value) -> &'static str {
    if items.get("oneOf").is_some() || items.get("enum").is_some() {
        return "stages";
    }
    match items.get("format").and_then(Value::as_str) {
        Some("date") => "dates",
        _ => "texts",
    }
}

fn default(property: &Value) -> String {
    match property.get("default") {
        None | Some(Value::Null) => "none".to_owned(),
        Some(Value::Array(items)) if items.is_empty() => "none".to_owned(),
        Some(Value::Object(map)) if map.is_empty() => "none".to_owned(),
        Some(Value::Array(items)) => {
            let items: Vec<String> = items.iter().map(ToString::to_string).collect();
            format!("`[{}]`", items.join(", "))
        }
        Some(value) => format!("`{value}`"),
    }
}
