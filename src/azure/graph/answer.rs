//! One page of an answer, in either of its two forms.

use serde_json::{Map, Value};

use crate::http::json;

/// A row: its columns by name.
pub type GraphRow = Map<String, Value>;

/// One page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GraphPage {
    pub rows: Vec<GraphRow>,
    /// How to ask for the next page.
    pub skip_token: Option<String>,
    /// Whether Azure says that there is more.
    pub truncated: bool,
}

/// Reads a page: `data` is an array of objects, or a table of columns and rows.
///
/// # Errors
/// When it is neither. An answer that cannot be read is not an empty one.
pub fn parse_page(answer: &Value) -> Result<GraphPage, String> {
    let data = json::field(answer, "data").ok_or("it has no data")?;
    let rows = match data {
        Value::Array(rows) => rows
            .iter()
            .map(|row| row.as_object().cloned().ok_or("a row is no object"))
            .collect::<Result<_, _>>()?,
        table => parse_table(table)?,
    };
    Ok(GraphPage {
        rows,
        skip_token: json::text_at(answer, &["$skipToken"]).map(str::to_owned),
        truncated: match json::field(answer, "resultTruncated") {
            Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
            Some(Value::Bool(truncated)) => *truncated,
            _ => false,
        },
    })
}

fn parse_table(table: &Value) -> Result<Vec<GraphRow>, String> {
    let array = |name| json::field(table, name).and_then(Value::as_array);
    let (Some(columns), Some(rows)) = (array("columns"), array("rows")) else {
        return Err("its data is neither an array nor a table".to_owned());
    };
    let names: Vec<&str> = columns
        .iter()
        .map(|column| json::text_at(column, &["name"]).ok_or("a column has no name"))
        .collect::<Result<_, _>>()?;
    rows.iter()
        .map(|row| match row.as_array() {
            Some(cells) if cells.len() == names.len() => {
                Ok(names.iter().map(|name| (*name).to_owned()).zip(cells.iter().cloned()).collect())
            }
            _ => Err("a row does not have a cell for each column".to_owned()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_forms_say_the_same() {
        let objects = json!({ "data": [{ "id": "/a", "n": 1 }, { "id": "/b", "n": null }], "resultTruncated": "false" });
        let table = json!({
            "data": {
                "columns": [{ "name": "id", "type": "string" }, { "name": "n", "type": "integer" }],
                "rows": [["/a", 1], ["/b", null]],
            },
            "resultTruncated": "False",
        });
        let page = parse_page(&objects).unwrap();
        assert_eq!(page, parse_page(&table).unwrap());
        assert_eq!((page.rows.len(), page.truncated, page.skip_token), (2, false, None));
    }

    #[test]
    fn truncation_is_a_text_or_a_truth() {
        for truncated in [json!("true"), json!("True"), json!(true)] {
            assert!(parse_page(&json!({ "data": [], "resultTruncated": truncated })).unwrap().truncated);
        }
    }

    #[test]
    fn f8_what_cannot_be_read_is_not_an_empty_answer() {
        for answer in [
            json!({}),
            json!([]),
            json!({ "data": null }),
            json!({ "data": "rows" }),
            json!({ "data": [1] }),
            json!({ "data": { "columns": [{ "name": "id" }], "rows": [["/a", "/b"]] } }),
            json!({ "data": { "columns": [{}], "rows": [] } }),
            json!({ "data": { "rows": [] } }),
        ] {
            assert!(parse_page(&answer).is_err(), "{answer}");
        }
    }
}
