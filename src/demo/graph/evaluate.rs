//! Runs the steps of a question over the rows of a table.

use serde_json::{Map, Value};

use super::parse::{ParsedQuery, QueryStep};

/// The rows that a question leaves, each with its columns in order.
#[derive(Debug)]
pub(super) struct QueryRows {
    /// The projected columns; none when the question projects nothing.
    pub(super) columns: Option<Vec<String>>,
    pub(super) rows: Vec<Map<String, Value>>,
}

/// The columns of every table.
const COLUMNS: [&str; 16] = [
    "id",
    "name",
    "type",
    "tenantId",
    "kind",
    "location",
    "resourceGroup",
    "subscriptionId",
    "managedBy",
    "sku",
    "plan",
    "properties",
    "tags",
    "identity",
    "zones",
    "extendedLocation",
];

/// The first column that a question names and that is not there at that step.
pub(super) fn unknown_column(question: &ParsedQuery) -> Option<String> {
    let mut columns: Vec<String> = COLUMNS.map(str::to_owned).to_vec();
    for step in &question.steps {
        let named: Vec<&String> = match step {
            QueryStep::Where(path, _) | QueryStep::OrderBy(path) => path.first().into_iter().collect(),
            QueryStep::Project(projected) => projected.iter().filter_map(|(_, path)| path.first()).collect(),
        };
        if let Some(unknown) = named.into_iter().find(|name| !columns.contains(name)) {
            return Some(unknown.clone());
        }
        if let QueryStep::Project(projected) = step {
            columns = projected.iter().map(|(name, _)| name.clone()).collect();
        }
    }
    None
}

pub(super) fn evaluate(question: &ParsedQuery, rows: Vec<Map<String, Value>>) -> QueryRows {
    let mut found = QueryRows { columns: None, rows };
    for step in &question.steps {
        match step {
            QueryStep::Where(path, texts) => found.rows.retain(|row| {
                let value = text(lookup(row, path)).to_lowercase();
                texts.iter().any(|text| text.to_lowercase() == value)
            }),
            QueryStep::Project(columns) => {
                for row in &mut found.rows {
                    *row = columns
                        .iter()
                        .map(|(name, path)| (name.clone(), lookup(row, path).clone()))
                        .collect();
                }
                found.columns = Some(columns.iter().map(|(name, _)| name.clone()).collect());
            }
            QueryStep::OrderBy(path) => found.rows.sort_by_cached_key(|row| text(lookup(row, path))),
        }
    }
    found
}

/// Columns and the properties below them are found by their exact name.
fn lookup<'a>(row: &'a Map<String, Value>, path: &[String]) -> &'a Value {
    let mut steps = path.iter();
    let column = steps.next().and_then(|column| row.get(column));
    column.and_then(|column| steps.try_fold(column, |value, step| value.get(step))).unwrap_or(&Value::Null)
}

/// A value as text: texts without quotes, nothing as the empty text.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::parse::parse, *};

    fn ask(question: &str) -> String {
        let rows = [
            json!({ "id": "/b", "type": "VM", "properties": { "value": { "status": "Pending" } } }),
            json!({ "id": "/a", "type": "vm", "properties": {} }),
        ];
        let rows = rows.into_iter().filter_map(|row| row.as_object().cloned()).collect();
        let found = evaluate(&parse(question).unwrap(), rows);
        found.rows.iter().map(|row| Value::from(row.clone()).to_string()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_column_that_is_not_there_is_named() {
        let unknown = |question: &str| unknown_column(&parse(question).unwrap());
        assert_eq!(
            unknown("t | where type =~ 'vm' | project id, s = properties.a.b | order by id asc"),
            None
        );
        assert_eq!(unknown("t | where owner =~ 'x'").as_deref(), Some("owner"));
        assert_eq!(unknown("t | project id, tag").as_deref(), Some("tag"));
        assert_eq!(unknown("t | project id | order by name asc").as_deref(), Some("name"));
    }

    #[test]
    fn rows_are_filtered_ordered_and_shaped() {
        assert_eq!(
            ask("t | where type =~ 'vm' | order by id asc | project id"),
            "{\"id\":\"/a\"}\n{\"id\":\"/b\"}"
        );
        assert_eq!(ask("t | where id in~ ('/A', '/c') and type =~ 'VM' | project id"), "{\"id\":\"/a\"}");
        assert_eq!(ask("t | where id in~ () | project id"), "");
        assert_eq!(
            ask("t | where id =~ '/b' | project s = properties.value.status, missing.path"),
            "{\"missing_path\":null,\"s\":\"Pending\"}"
        );
    }
}
