//! Questions in the Kusto query language: written here as constants, with values put in as escaped literals only.

use std::fmt::{self, Write};

/// A question: a table, conditions, and the columns of the answer. Always ordered by `id`, without which Resource Graph
/// does not page.
///
/// Tables, columns and projections are constants of this program; whatever comes from outside is a value, and values
/// become literals in which nothing can end the literal.
///
/// ```
/// use maintenance_notifier::azure::graph::GraphQuery;
///
/// let query = GraphQuery::of("resources", "id, name").where_in("type", ["it's"]);
/// assert_eq!(
///     query.to_string(),
///     r"resources | where type in~ ('it\'s') | project id, name | order by id asc"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphQuery {
    table: &'static str,
    conditions: String,
    projection: &'static str,
}

impl GraphQuery {
    /// All rows of a table, with these columns, `id` among them.
    pub fn of(table: &'static str, projection: &'static str) -> Self {
        Self { table, conditions: String::new(), projection }
    }

    /// Only rows whose column is this value, without regard to case.
    #[must_use]
    pub fn where_is(mut self, column: &'static str, value: &str) -> Self {
        let _ = write!(self.conditions, " | where {column} =~ {}", Literal(value));
        self
    }

    /// Only rows whose column is one of these values, without regard to case.
    #[must_use]
    pub fn where_in<V: AsRef<str>>(
        mut self,
        column: &'static str,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values: Vec<String> =
            values.into_iter().map(|value| Literal(value.as_ref()).to_string()).collect();
        let _ = write!(self.conditions, " | where {column} in~ ({})", values.join(", "));
        self
    }

    /// What is asked, in a few words for errors and logs.
    pub fn what(&self) -> &'static str {
        self.table
    }
}

impl fmt::Display for GraphQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{} | project {} | order by id asc", self.table, self.conditions, self.projection)
    }
}

/// A value as a string literal: `'…'` with backslash escapes, which Kusto reads in single-quoted literals.
struct Literal<'a>(&'a str);

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('\'')?;
        for character in self.0.chars() {
            match character {
                '\\' => f.write_str(r"\\")?,
                '\'' => f.write_str(r"\'")?,
                '\n' => f.write_str(r"\n")?,
                '\r' => f.write_str(r"\r")?,
                '\t' => f.write_str(r"\t")?,
                // Line ends of any kind would end the literal.
                other if other.is_control() || matches!(other, '\u{2028}' | '\u{2029}') => {
                    write!(f, r"\u{:04x}", u32::from(other))?;
                }
                other => f.write_char(other)?,
            }
        }
        f.write_char('\'')
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Splits a question into the text outside of literals, each replaced by `?`, and the literals' values. Written from
    /// Kusto's rules for string literals, not from the code above.
    fn take_apart(question: &str) -> (String, Vec<String>) {
        let (mut outside, mut values) = (String::new(), Vec::new());
        let mut characters = question.chars();
        while let Some(character) = characters.next() {
            if character != '\'' {
                outside.push(character);
                continue;
            }
            let mut value = String::new();
            loop {
                match characters.next().expect("the literal ends") {
                    '\'' => break,
                    '\\' => match characters.next().expect("an escape has a second character") {
                        'n' => value.push('\n'),
                        'r' => value.push('\r'),
                        't' => value.push('\t'),
                        'u' => {
                            let digits: String = characters.by_ref().take(4).collect();
                            let code = u32::from_str_radix(&digits, 16).expect("four hex digits");
                            value.push(char::from_u32(code).expect("a character"));
                        }
                        escaped @ ('\\' | '\'') => value.push(escaped),
                        other => panic!("`\\{other}` is no escape"),
                    },
                    other => {
                        assert!(!other.is_control(), "{other:?} inside a literal");
                        value.push(other);
                    }
                }
            }
            outside.push('?');
            values.push(value);
        }
        (outside, values)
    }

    proptest! {
        #[test]
        fn s25_no_value_can_leave_its_literal(
            one in r"(?s).{0,40}",
            many in prop::collection::vec(r"[a-z'\\\n\r\t|()\u{0}\u{85}\u{2028}]{0,20}", 1..4),
        ) {
            let query = GraphQuery::of("resources", "id").where_is("name", &one).where_in("id", &many);
            let (outside, values) = take_apart(&query.to_string());
            let places = vec!["?"; many.len()].join(", ");
            prop_assert_eq!(
                outside,
                format!("resources | where name =~ ? | where id in~ ({places}) | project id | order by id asc")
            );
            let mut expected = vec![one];
            expected.extend(many);
            prop_assert_eq!(values, expected);
        }
    }

    #[test]
    fn s25_a_hostile_name_stays_a_name() {
        let query =
            GraphQuery::of("resources", "id, name").where_is("name", r"x' or 1 == 1 | project secret // \");
        insta::assert_snapshot!(query, @r"resources | where name =~ 'x\' or 1 == 1 | project secret // \\' | project id, name | order by id asc");
    }
}
