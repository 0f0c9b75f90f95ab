//! The JSON schema of the configuration file, for editors, for `check` and for the documentation.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::file::File;

/// The schema of the whole file, JSON schema draft 7: what TOML editors understand.
pub fn of_file() -> Value {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<File>().to_value();
    join_lines(&mut schema);
    schema
}

/// What `schema` refers to: follows `$ref`, and the one choice that is not null of an optional key.
pub fn resolve<'schema>(schema: &'schema Value, root: &'schema Value) -> &'schema Value {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let target = reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
        return target.map_or(schema, |target| resolve(target, root));
    }
    for choice in ["allOf", "anyOf"] {
        let some = schema
            .get(choice)
            .and_then(Value::as_array)
            .and_then(|choices| choices.iter().find(|choice| choice.get("type").is_none_or(|t| t != "null")));
        if let Some(some) = some {
            return resolve(some, root);
        }
    }
    schema
}

/// The lines of a comment end where the source wraps, which means nothing to a reader.
fn join_lines(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(text) if key == "description" => {
                        *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                    }
                    _ => join_lines(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(join_lines),
        _ => {}
    }
}
