//! Whether a file has the keys and kinds of values that it can have. Everything that does not fit is said at once.

use serde_json::Value as Schema;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::finding::{ConfigPath, Finding};
use super::span::at_span;
use super::{schema, suggest};

/// What a value can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Moment,
    List,
    Table,
    Switch,
    Number,
}

impl Kind {
    /// What the schema asks for; `None` where anything goes.
    fn wanted(schema: &Schema) -> Option<Self> {
        if schema.get("format").and_then(Schema::as_str).is_some_and(|format| format.contains("date")) {
            return Some(Self::Moment);
        }
        let kinds = schema.get("type")?;
        let kind = kinds
            .as_str()
            .or_else(|| kinds.as_array()?.iter().filter_map(Schema::as_str).find(|kind| *kind != "null"))?;
        Some(match kind {
            "string" => Self::Text,
            "array" => Self::List,
            "object" => Self::Table,
            "boolean" => Self::Switch,
            "number" | "integer" => Self::Number,
            _ => return None,
        })
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::Text => "text in quotes",
            Self::Moment => "a TOML datetime",
            Self::List => "a list",
            Self::Table => "a table",
            Self::Switch => "true or false",
            Self::Number => "a number",
        }
    }

    fn fits(self, value: &DeValue<'_>) -> bool {
        match self {
            Self::Text => matches!(value, DeValue::String(_)),
            Self::Moment => matches!(value, DeValue::Datetime(_)),
            Self::List => matches!(value, DeValue::Array(_)),
            Self::Table => matches!(value, DeValue::Table(_)),
            Self::Switch => matches!(value, DeValue::Boolean(_)),
            Self::Number => matches!(value, DeValue::Integer(_) | DeValue::Float(_)),
        }
    }
}

/// Everything in `table`, the whole of the file `text`, that does not fit.
pub(super) fn misfits(text: &str, table: &Spanned<DeTable<'_>>) -> Vec<Finding> {
    let root = schema::of_file();
    let mut walk = Walk { text, root: &root, found: Vec::new() };
    walk.table(table.get_ref(), table.span(), &root, &ConfigPath::default());
    walk.found
}

struct Walk<'a> {
    text: &'a str,
    root: &'a Schema,
    found: Vec<Finding>,
}

impl Walk<'_> {
    fn add(&mut self, span: std::ops::Range<usize>, finding: Finding) {
        self.found.push(at_span(self.text, Some(span), finding));
    }

    fn table(
        &mut self,
        table: &DeTable<'_>,
        span: std::ops::Range<usize>,
        schema: &Schema,
        path: &ConfigPath,
    ) {
        // A table with free keys, such as tags, has no properties.
        let Some(properties) = schema.get("properties").and_then(Schema::as_object) else {
            let free = schema.get("additionalProperties").filter(|free| free.is_object());
            for (key, value) in table {
                if let Some(free) = free {
                    self.value(value, schema::resolve(free, self.root), &path.key(key.get_ref()));
                }
            }
            return;
        };
        let known: Vec<&str> = properties.keys().map(String::as_str).collect();
        for (key, value) in table {
            let name: &str = key.get_ref();
            match properties.get(name) {
                Some(property) => {
                    self.value(value, schema::resolve(property, self.root), &path.key(name));
                }
                None => {
                    let place = if path.steps().is_empty() { String::new() } else { format!(" in {path}") };
                    let finding = Finding::error("", format!("unknown key `{name}`{place}"));
                    self.add(
                        key.span(),
                        match suggest::hint(name, &known) {
                            Some(hint) => finding.hint(hint),
                            None => finding
                                .hint("take it out; `maintenance-notifier schema` says what can stand here"),
                        },
                    );
                }
            }
        }
        let required = schema.get("required").and_then(Schema::as_array).into_iter().flatten();
        for key in required.filter_map(Schema::as_str).filter(|key| !table.contains_key(*key)) {
            let wanted = properties.get(key).map(|property| schema::resolve(property, self.root));
            let example = match wanted.and_then(Kind::wanted) {
                Some(Kind::Moment) => "2027-01-31T00:00:00Z",
                _ => "\"…\"",
            };
            let finding = Finding::error(path.to_string(), format!("has no `{key}`"));
            self.add(span.clone(), finding.hint(format!("add {key} = {example}")));
        }
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, schema: &Schema, path: &ConfigPath) {
        // What the parser put in the place of something that is no TOML stands nowhere.
        if value.span().is_empty() {
            return;
        }
        let Some(wanted) = Kind::wanted(schema) else { return };
        if !wanted.fits(value.get_ref()) {
            let (found, wanted_words) = (in_words(value.get_ref()), wanted.in_words());
            let problem = format!("invalid type: {found}, expected {wanted_words}");
            self.add(value.span(), Finding::error(path.to_string(), problem).hint(hint(value, wanted, path)));
            return;
        }
        match value.get_ref() {
            DeValue::Table(below) => self.table(below, value.span(), schema, path),
            DeValue::Array(items) => {
                let Some(schema) = schema.get("items").map(|items| schema::resolve(items, self.root)) else {
                    return;
                };
                for (index, item) in items.iter().enumerate() {
                    let name = item.get_ref().as_table().and_then(|item| item.get("name"));
                    let path = match name.and_then(|name| name.get_ref().as_str()) {
                        Some(name) => path.named_item(index, name),
                        None => path.item(index),
                    };
                    self.value(item, schema, &path);
                }
            }
            _ => {}
        }
    }
}

/// What a value is. Texts are not shown: one may be the address of a webhook.
fn in_words(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(_) => "text".to_owned(),
        DeValue::Integer(number) => format!("integer `{number}`"),
        DeValue::Float(number) => format!("floating point `{number}`"),
        DeValue::Boolean(switch) => format!("boolean `{switch}`"),
        DeValue::Datetime(_) => "datetime".to_owned(),
        DeValue::Array(_) => "list".to_owned(),
        DeValue::Table(_) => "table".to_owned(),
    }
}

fn hint(value: &Spanned<DeValue<'_>>, wanted: Kind, path: &ConfigPath) -> String {
    let is_section = path.steps().len() == 1;
    match (wanted, value.get_ref()) {
        (Kind::List, DeValue::Table(_)) if is_section => {
            format!("a section that may occur several times is written with two brackets: [[{path}]]")
        }
        (Kind::Table, DeValue::Array(_)) if is_section => {
            format!("a section that occurs once is written with one bracket: [{path}]")
        }
        (Kind::List, _) => "a list is written in brackets: [\"one\", \"two\"]".to_owned(),
        (Kind::Table, _) => "a table is written in braces: { key = \"value\" }".to_owned(),
        (Kind::Moment, _) => {
            "dates and times are written without quotes: 2027-01-31 or 2027-01-31T00:00:00Z".to_owned()
        }
        (Kind::Switch, _) => "write true or false, without quotes".to_owned(),
        (Kind::Number, _) => "write a number, without quotes: 3.0".to_owned(),
        (Kind::Text, _) => "write it in quotes: \"…\"".to_owned(),
    }
}
