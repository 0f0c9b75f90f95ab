//! A question in the query language, as far as the simulation understands it.
//!
//! A table, then `where`, `extend`, `project`, `mv-expand`, `order by` and `limit`. Whatever else stands in a
//! question is refused by name, so that nobody takes a wrong answer for a right one.

use super::lexer::{Token, tokens};

/// A question: a table and what is done with its rows, in order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ParsedQuery {
    pub(super) table: String,
    pub(super) steps: Vec<QueryStep>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum QueryStep {
    Where(Expression),
    Extend(Vec<(String, Expression)>),
    Project(Vec<(String, Expression)>),
    MvExpand(String, Expression),
    /// Columns, each ascending or not.
    OrderBy(Vec<(Expression, bool)>),
    Limit(usize),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    /// A column and the path below it; numbers index arrays.
    Path(Vec<String>),
    Text(String),
    Number(f64),
    Truth(bool),
    Call(String, Vec<Expression>),
    /// The operator as written, such as `=~` or `contains`.
    Compare(String, Box<Expression>, Box<Expression>),
    /// `in`, `in~`, `!in`, `!in~`.
    In(String, Box<Expression>, Vec<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
}

const COMPARISONS: [&str; 10] =
    ["==", "=~", "!=", "!~", "has", "contains", "startswith", "endswith", "!has", "!contains"];
const MEMBERSHIPS: [&str; 4] = ["in", "in~", "!in", "!in~"];
const FUNCTIONS: [&str; 9] = [
    "tolower",
    "toupper",
    "tostring",
    "parse_json",
    "todynamic",
    "isnotempty",
    "isempty",
    "isnotnull",
    "not",
];

/// Parses a question; the error is a sentence that names what is not understood.
pub(super) fn parse(text: &str) -> Result<ParsedQuery, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0 };
    let table = parser.word().ok_or("The query must begin with the name of a table.")?.to_ascii_lowercase();
    let mut steps = Vec::new();
    while parser.at < parser.tokens.len() {
        parser.expect("|")?;
        steps.push(parser.step()?);
    }
    Ok(ParsedQuery { table, steps })
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn step(&mut self) -> Result<QueryStep, String> {
        let operator = self.word().ok_or_else(|| self.unexpected())?.to_ascii_lowercase();
        match operator.as_str() {
            "where" => Ok(QueryStep::Where(self.either()?)),
            "extend" => Ok(QueryStep::Extend(self.assignments()?)),
            "project" => Ok(QueryStep::Project(self.assignments()?)),
            "mv-expand" => match self.assignments()?.as_slice() {
                [(name, expression)] => Ok(QueryStep::MvExpand(name.clone(), expression.clone())),
                _ => Err("mv-expand is supported for one column only.".to_owned()),
            },
            "order" | "sort" => {
                self.expect("by")?;
                self.order()
            }
            "limit" | "take" => match self.next() {
                Some(Token::Number(number)) => number
                    .parse()
                    .map(QueryStep::Limit)
                    .map_err(|_| format!("'{number}' is not a number of rows.")),
                _ => Err(format!("{operator} needs a number of rows.")),
            },
            other => Err(format!("The operator '{other}' is not supported.")),
        }
    }

    fn order(&mut self) -> Result<QueryStep, String> {
        let mut columns = Vec::new();
        loop {
            let column = self.operand()?;
            // Without a word the language sorts descending.
            let ascending = if self.accept("asc") {
                true
            } else {
                self.accept("desc");
                false
            };
            columns.push((column, ascending));
            if !self.accept(",") {
                return Ok(QueryStep::OrderBy(columns));
            }
        }
    }

    /// `name = expression`, or an expression that names itself.
    fn assignments(&mut self) -> Result<Vec<(String, Expression)>, String> {
        let mut assignments = Vec::new();
        loop {
            let named = matches!(self.tokens.get(self.at + 1), Some(Token::Symbol(symbol)) if symbol == "=");
            let name = match (named, self.tokens.get(self.at)) {
                (true, Some(Token::Word(word))) => Some(word.clone()),
                _ => None,
            };
            if name.is_some() {
                self.at += 2;
            }
            let expression = self.either()?;
            let name = name.unwrap_or_else(|| own_name(&expression, assignments.len()));
            assignments.push((name, expression));
            if !self.accept(",") {
                return Ok(assignments);
            }
        }
    }

    fn either(&mut self) -> Result<Expression, String> {
        let mut left = self.both()?;
        while self.accept("or") {
            left = Expression::Or(Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Expression, String> {
        let mut left = self.comparison()?;
        while self.accept("and") {
            left = Expression::And(Box::new(left), Box::new(self.comparison()?));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<Expression, String> {
        let left = self.operand()?;
        let Some(operator) = self.peek_text().map(str::to_ascii_lowercase) else {
            return Ok(left);
        };
        if COMPARISONS.contains(&operator.as_str()) {
            self.at += 1;
            return Ok(Expression::Compare(operator, Box::new(left), Box::new(self.operand()?)));
        }
        if MEMBERSHIPS.contains(&operator.as_str()) {
            self.at += 1;
            self.expect("(")?;
            return Ok(Expression::In(operator, Box::new(left), self.arguments()?));
        }
        if ["<", ">", "<=", ">=", "between", "matches", "has_any", "+", "-"].contains(&operator.as_str()) {
            return Err(format!("The operator '{operator}' is not supported."));
        }
        Ok(left)
    }

    fn operand(&mut self) -> Result<Expression, String> {
        match self.next() {
            Some(Token::Text(text)) => Ok(Expression::Text(text)),
            Some(Token::Number(number)) => {
                number.parse().map(Expression::Number).map_err(|_| format!("'{number}' is not a number."))
            }
            Some(Token::Symbol(symbol)) if symbol == "(" => {
                let inner = self.either()?;
                self.expect(")")?;
                Ok(inner)
            }
            Some(Token::Word(word)) if word == "true" || word == "false" => {
                Ok(Expression::Truth(word == "true"))
            }
            Some(Token::Word(word)) if self.accept("(") => {
                let function = word.to_ascii_lowercase();
                if !FUNCTIONS.contains(&function.as_str()) {
                    return Err(format!("The function '{word}' is not supported."));
                }
                let arguments = self.arguments()?;
                if arguments.len() != 1 {
                    return Err(format!("The function '{word}' takes one argument."));
                }
                Ok(Expression::Call(function, arguments))
            }
            Some(Token::Word(word)) => self.path(vec![word]),
            // `['type']` names a column whose name is also a keyword.
            Some(Token::Symbol(symbol)) if symbol == "[" => {
                self.at -= 1;
                self.path(Vec::new())
            }
            _ => {
                self.at = self.at.saturating_sub(1);
                Err(self.unexpected())
            }
        }
    }

    fn path(&mut self, mut path: Vec<String>) -> Result<Expression, String> {
        loop {
            if self.accept(".") {
                path.push(self.word().ok_or_else(|| self.unexpected())?);
            } else if self.accept("[") {
                match self.next() {
                    Some(Token::Text(step) | Token::Number(step)) => path.push(step),
                    _ => return Err(self.unexpected()),
                }
                self.expect("]")?;
            } else {
                return Ok(Expression::Path(path));
            }
        }
    }

    /// The rest of a list in parentheses, after the opening one.
    fn arguments(&mut self) -> Result<Vec<Expression>, String> {
        let mut arguments = Vec::new();
        if self.accept(")") {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.either()?);
            if self.accept(")") {
                return Ok(arguments);
            }
            self.expect(",")?;
        }
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
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

    fn peek_text(&self) -> Option<&str> {
        match self.tokens.get(self.at)? {
            Token::Word(text) | Token::Symbol(text) => Some(text),
            Token::Text(_) | Token::Number(_) => None,
        }
    }

    fn accept(&mut self, text: &str) -> bool {
        let found = self.peek_text().is_some_and(|token| token.eq_ignore_ascii_case(text));
        if found {
            self.at += 1;
        }
        found
    }

    fn expect(&mut self, text: &str) -> Result<(), String> {
        if self.accept(text) { Ok(()) } else { Err(format!("{} '{text}' was expected.", self.unexpected())) }
    }

    fn unexpected(&self) -> String {
        match self.tokens.get(self.at) {
            Some(Token::Text(text)) => format!("The text '{text}' is not expected here."),
            Some(Token::Word(text) | Token::Symbol(text) | Token::Number(text)) => {
                format!("'{text}' is not expected or not supported here.")
            }
            None => "The query ends too early.".to_owned(),
        }
    }
}

/// The name that a projected expression gives itself: `properties.status` becomes `properties_status`.
fn own_name(expression: &Expression, position: usize) -> String {
    match expression {
        Expression::Path(path) => path.join("_"),
        Expression::Call(_, arguments) => match arguments.first() {
            Some(argument) => own_name(argument, position),
            None => format!("Column{}", position + 1),
        },
        _ => format!("Column{}", position + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_of_our_client_is_understood() {
        let question = parse(
            "maintenanceresources\n| where type =~ 'microsoft.maintenance/updates' and subscriptionId in~ ('a', 'b')\n\
             | extend target = tolower(name) // the target's id\n\
             | project id, target, status = tostring(properties.value[0].status)\n| order by id asc | take 5",
        )
        .unwrap();
        assert_eq!(question.table, "maintenanceresources");
        assert_eq!(question.steps.len(), 5);
        assert_eq!(question.steps[4], QueryStep::Limit(5));
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let errors: Vec<String> = [
            "resources | summarize count() by type",
            "resources | join (x) on id",
            "resources | where strlen(name) == 1",
            "resources | where name < 'a'",
            "resources | where",
            "resources where x",
            "resources | project 'unclosed",
            "| where x",
        ]
        .map(|text| parse(text).unwrap_err())
        .into();
        insta::assert_snapshot!(errors.join("\n"), @"
        The operator 'summarize' is not supported.
        The operator 'join' is not supported.
        The function 'strlen' is not supported.
        The operator '<' is not supported.
        The query ends too early.
        'where' is not expected or not supported here. '|' was expected.
        A text literal is not closed.
        The query must begin with the name of a table.
        ");
    }
}
