//! Runs the steps of a question over the rows of a table.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::parse::{Expression, ParsedQuery, QueryStep};

/// The rows that a question leaves, each with its columns in order.
#[derive(Debug)]
pub(super) struct QueryRows {
    /// The projected columns; none when the question projects nothing.
    pub(super) columns: Option<Vec<String>>,
    pub(super) rows: Vec<Map<String, Value>>,
    /// Whether `limit` or `take` was applied.
    pub(super) limited: bool,
}

pub(super) fn evaluate(question: &ParsedQuery, rows: Vec<Map<String, Value>>) -> QueryRows {
    let mut found = QueryRows { columns: None, rows, limited: false };
    for step in &question.steps {
        apply(step, &mut found);
    }
    found
}

fn apply(step: &QueryStep, found: &mut QueryRows) {
    match step {
        QueryStep::Where(condition) => found.rows.retain(|row| is_true(&value(condition, row))),
        QueryStep::Extend(assignments) => {
            for (name, expression) in assignments {
                for row in &mut found.rows {
                    let value = value(expression, row);
                    row.insert(name.clone(), value);
                }
                if let Some(columns) = &mut found.columns
                    && !columns.contains(name)
                {
                    columns.push(name.clone());
                }
            }
        }
        QueryStep::Project(assignments) => {
            for row in &mut found.rows {
                *row = assignments
                    .iter()
                    .map(|(name, expression)| (name.clone(), value(expression, row)))
                    .collect();
            }
            found.columns = Some(assignments.iter().map(|(name, _)| name.clone()).collect());
        }
        QueryStep::MvExpand(name, expression) => {
            let rows = std::mem::take(&mut found.rows);
            found.rows = rows.into_iter().flat_map(|row| expand(name, expression, row)).collect();
            if let Some(columns) = &mut found.columns
                && !columns.contains(name)
            {
                columns.push(name.clone());
            }
        }
        QueryStep::OrderBy(columns) => found.rows.sort_by(|left, right| {
            columns.iter().fold(Ordering::Equal, |order, (column, ascending)| {
                order.then_with(|| {
                    let order = text(&value(column, left)).cmp(&text(&value(column, right)));
                    if *ascending { order } else { order.reverse() }
                })
            })
        }),
        QueryStep::Limit(count) => {
            found.rows.truncate(*count);
            found.limited = true;
        }
    }
}

/// One row for each element of an array; a row whose value is no array stays as it is.
fn expand(name: &str, expression: &Expression, row: Map<String, Value>) -> Vec<Map<String, Value>> {
    let elements = match value(expression, &row) {
        Value::Array(elements) if !elements.is_empty() => elements,
        Value::Array(_) => vec![Value::Null],
        other => vec![other],
    };
    let with = |element| {
        let mut row = row.clone();
        row.insert(name.to_owned(), element);
        row
    };
    elements.into_iter().map(with).collect()
}

fn value(expression: &Expression, row: &Map<String, Value>) -> Value {
    match expression {
        Expression::Path(path) => lookup(row, path),
        Expression::Text(text) => Value::from(text.as_str()),
        Expression::Number(number) => Value::from(*number),
        Expression::Truth(truth) => Value::from(*truth),
        Expression::Call(function, arguments) => {
            let argument = arguments.first().map_or(Value::Null, |argument| value(argument, row));
            call(function, argument)
        }
        Expression::Compare(operator, left, right) => {
            Value::from(compare(operator, &text(&value(left, row)), &text(&value(right, row))))
        }
        Expression::In(operator, left, list) => {
            let left = text(&value(left, row));
            let equal = if operator.ends_with('~') { "=~" } else { "==" };
            let found = list.iter().any(|item| compare(equal, &left, &text(&value(item, row))));
            Value::from(found != operator.starts_with('!'))
        }
        Expression::And(left, right) => {
            Value::from(is_true(&value(left, row)) && is_true(&value(right, row)))
        }
        Expression::Or(left, right) => Value::from(is_true(&value(left, row)) || is_true(&value(right, row))),
    }
}

/// Columns and the properties below them are found by their exact name.
fn lookup(row: &Map<String, Value>, path: &[String]) -> Value {
    let Some((column, rest)) = path.split_first() else {
        return Value::Null;
    };
    let mut value = row.get(column).unwrap_or(&Value::Null);
    for step in rest {
        value = match value {
            Value::Array(items) => step.parse::<usize>().ok().and_then(|index| items.get(index)),
            other => other.get(step),
        }
        .unwrap_or(&Value::Null);
    }
    value.clone()
}

fn call(function: &str, argument: Value) -> Value {
    match function {
        "tolower" => Value::from(text(&argument).to_ascii_lowercase()),
        "toupper" => Value::from(text(&argument).to_ascii_uppercase()),
        "tostring" => Value::from(text(&argument)),
        "isnotempty" => Value::from(!text(&argument).is_empty()),
        "isempty" => Value::from(text(&argument).is_empty()),
        "isnotnull" => Value::from(!argument.is_null()),
        "not" => Value::from(!is_true(&argument)),
        // parse_json and todynamic: the columns are objects already.
        _ => argument,
    }
}

fn compare(operator: &str, left: &str, right: &str) -> bool {
    let (left_folded, right_folded) = (left.to_lowercase(), right.to_lowercase());
    match operator {
        "==" => left == right,
        "!=" => left != right,
        "=~" => left_folded == right_folded,
        "!~" => left_folded != right_folded,
        "has" | "contains" => left_folded.contains(&right_folded),
        "!has" | "!contains" => !left_folded.contains(&right_folded),
        "startswith" => left_folded.starts_with(&right_folded),
        "endswith" => left_folded.ends_with(&right_folded),
        _ => false,
    }
}

fn is_true(value: &Value) -> bool {
    value.as_bool().unwrap_or(false)
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
            json!({ "id": "/b", "type": "VM", "n": 2, "properties": { "value": [{ "status": "Pending" }, { "status": "Done" }] } }),
            json!({ "id": "/a", "type": "vm", "n": 1, "properties": {} }),
        ];
        let rows = rows.into_iter().filter_map(|row| row.as_object().cloned()).collect();
        let found = evaluate(&parse(question).unwrap(), rows);
        found.rows.iter().map(|row| Value::from(row.clone()).to_string()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn rows_are_filtered_ordered_shaped_and_expanded() {
        assert_eq!(
            ask("t | where type =~ 'vm' | order by id asc | project id"),
            "{\"id\":\"/a\"}\n{\"id\":\"/b\"}"
        );
        assert_eq!(ask("t | where type == 'vm' or n == 7 | project toupper(id)"), "{\"id\":\"/A\"}");
        assert_eq!(
            ask("t | where id !in ('/a') | project s = properties.value[1].status"),
            "{\"s\":\"Done\"}"
        );
        assert_eq!(
            ask(
                "t | mv-expand d = properties.value | where isnotempty(d.status) | project tostring(d.status)"
            ),
            "{\"d_status\":\"Pending\"}\n{\"d_status\":\"Done\"}"
        );
        assert_eq!(
            ask("t | where not(id has 'a') | extend x = tolower(type) | project x | limit 1"),
            "{\"x\":\"vm\"}"
        );
        assert_eq!(ask("t | project missing.path[0] | take 1"), "{\"missing_path_0\":null}");
    }
}
