//! A question in the query language, as far as the notifier's own questions go.
//!
//! A table, then `where`, `project` and `order by`. Whatever else stands in a question is refused by name, so that
//! nobody takes a wrong answer for a right one.

use super::lexer::{Token, tokens};

/// A question: a table and what is done with its rows, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ParsedQuery {
    pub(super) table: String,
    pub(super) steps: Vec<QueryStep>,
}

/// A column and the path below it.
pub(super) type ColumnPath = Vec<String>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum QueryStep {
    /// The value at the path is one of these texts, without regard to case.
    Where(ColumnPath, Vec<String>),
    /// Names with the values that they stand for.
    Project(Vec<(String, ColumnPath)>),
    OrderBy(ColumnPath),
}

/// Parses a question; the error is a sentence that names what is not understood.
pub(super) fn parse(text: &str) -> Result<ParsedQuery, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0 };
    let table = parser.word().ok_or("The query must begin with the name of a table.")?.to_ascii_lowercase();
    let mut steps = Vec::new();
    while parser.at < parser.tokens.len() {
        parser.expect("|")?;
        parser.step(&mut steps)?;
    }
    Ok(ParsedQuery { table, steps })
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn step(&mut self, steps: &mut Vec<QueryStep>) -> Result<(), String> {
        let operator = self.word().ok_or_else(|| self.unexpected())?.to_ascii_lowercase();
        match operator.as_str() {
            "where" => {
                steps.push(self.condition()?);
                while self.accept("and") {
                    steps.push(self.condition()?);
                }
            }
            "project" => steps.push(self.projection()?),
            "order" => {
                self.expect("by")?;
                steps.push(QueryStep::OrderBy(self.path()?));
                // Without this word the language sorts descending.
                self.expect("asc")?;
            }
            other => return Err(format!("The operator '{other}' is not supported.")),
        }
        Ok(())
    }

    fn condition(&mut self) -> Result<QueryStep, String> {
        let path = self.path()?;
        if self.accept("=~") {
            return Ok(QueryStep::Where(path, vec![self.text()?]));
        }
        if !self.accept("in~") {
            return Err(match self.tokens.get(self.at) {
                Some(Token::Word(operator)) => format!("The operator '{operator}' is not supported."),
                _ => self.unexpected(),
            });
        }
        self.expect("(")?;
        let mut texts = Vec::new();
        while !self.accept(")") {
            if !texts.is_empty() {
                self.expect(",")?;
            }
            texts.push(self.text()?);
        }
        Ok(QueryStep::Where(path, texts))
    }

    /// `name = path`, or a path that names itself: `properties.status` becomes `properties_status`.
    fn projection(&mut self) -> Result<QueryStep, String> {
        let mut columns = Vec::new();
        loop {
            let path = self.path()?;
            columns.push(match (self.accept("="), path.as_slice()) {
                (true, [name]) => (name.clone(), self.path()?),
                (true, _) => return Err(self.unexpected()),
                (false, _) => (path.join("_"), path),
            });
            if !self.accept(",") {
                return Ok(QueryStep::Project(columns));
            }
        }
    }

    fn path(&mut self) -> Result<ColumnPath, String> {
        let mut path = vec![self.word().ok_or_else(|| self.unexpected())?];
        while self.accept(".") {
            path.push(self.word().ok_or_else(|| self.unexpected())?);
        }
        if self.peek() == Some("(") {
            return Err(format!("The function '{}' is not supported.", path.join(".")));
        }
        Ok(path)
    }

    fn text(&mut self) -> Result<String, String> {
        match self.tokens.get(self.at) {
            Some(Token::Text(text)) => {
                self.at += 1;
                Ok(text.clone())
            }
            _ => Err(self.unexpected()),
        }
    }

    fn word(&mut self) -> Option<String> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => {
                self.at += 1;
                Some(word.clone())
            }
            _ => None,
        }
    }

    fn peek(&self) -> Option<&str> {
        match self.tokens.get(self.at)? {
            Token::Word(text) | Token::Symbol(text) => Some(text),
            Token::Text(_) => None,
        }
    }

    fn accept(&mut self, text: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.eq_ignore_ascii_case(text));
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, text: &str) -> Result<(), String> {
        if self.accept(text) { Ok(()) } else { Err(format!("{} '{text}' was expected.", self.unexpected())) }
    }

    fn unexpected(&self) -> String {
        match self.tokens.get(self.at) {
            Some(Token::Text(text)) => format!("The text '{text}' is not expected here."),
            Some(Token::Word(text) | Token::Symbol(text)) => {
                format!("'{text}' is not expected or not supported here.")
            }
            None => "The query ends too early.".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_of_our_client_is_understood() {
        let question = parse(
            "maintenanceresources | where type =~ 'microsoft.maintenance/updates' and subscriptionId in~ ('a', 'b') \
             | project id, status = properties.status | order by id asc",
        )
        .unwrap();
        let path = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert_eq!(question.table, "maintenanceresources");
        assert_eq!(
            question.steps,
            [
                QueryStep::Where(path("type"), texts(&["microsoft.maintenance/updates"])),
                QueryStep::Where(path("subscriptionId"), texts(&["a", "b"])),
                QueryStep::Project(vec![
                    ("id".to_owned(), path("id")),
                    ("status".to_owned(), path("properties.status"))
                ]),
                QueryStep::OrderBy(path("id")),
            ]
        );
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let errors: Vec<String> = [
            "resources | summarize count() by type",
            "resources | join (x) on id",
            "resources | where strlen(name) =~ '1'",
            "resources | where name startswith 'a'",
            "resources | where name < 'a'",
            "resources | where",
            "resources where x",
            "resources | project 'unclosed",
            "resources | order by id desc",
            "| where x",
        ]
        .map(|text| parse(text).unwrap_err())
        .into();
        insta::assert_snapshot!(errors.join("\n"), @"
        The operator 'summarize' is not supported.
        The operator 'join' is not supported.
        The function 'strlen' is not supported.
        The operator 'startswith' is not supported.
        The character '<' is not supported.
        The query ends too early.
        'where' is not expected or not supported here. '|' was expected.
        A text literal is not closed.
        'desc' is not expected or not supported here. 'asc' was expected.
        The query must begin with the name of a table.
        ");
    }
}
