//! One language's file, read.

use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, VariantKey};
use fluent_syntax::parser;

use super::Result;

/// What stands in a message: text, arguments, and choices between patterns.
#[derive(Clone)]
pub(crate) enum Node {
    Text(String),
    Argument(String),
    /// An argument that is a number, written as the language writes numbers.
    Number(String),
    Choice {
        argument: String,
        variants: Vec<(Key, Vec<Node>)>,
        otherwise: Vec<Node>,
    },
}

/// What an argument has to be for a variant.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Key {
    Exactly(u64),
    Category(String),
    Word(String),
}

/// The plural categories of CLDR.
const CATEGORIES: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

/// The messages of a language, and its terms: what CLDR says of it.
pub(crate) struct Catalogue {
    pub(crate) tag: String,
    pub(crate) messages: BTreeMap<String, Vec<Node>>,
    pub(crate) terms: BTreeMap<String, String>,
}

impl Catalogue {
    /// Reads a file. Terms have to stand before their use.
    pub(crate) fn parse(tag: &str, text: &str) -> Result<Self> {
        let resource = parser::parse(text).map_err(|(_, errors)| {
            let at = |position: usize| text[..position.min(text.len())].lines().count();
            let errors = errors.iter().map(|error| format!("{tag}.ftl:{}: {error}", at(error.pos.start)));
            errors.collect::<Vec<_>>().join("\n")
        })?;
        let mut catalogue = Self { tag: tag.to_owned(), messages: BTreeMap::new(), terms: BTreeMap::new() };
        for entry in &resource.body {
            match entry {
                Entry::Term(term) => {
                    let nodes = catalogue.pattern(&term.value)?;
                    let [Node::Text(text)] = nodes.as_slice() else {
                        return Err(format!("{tag}.ftl: -{} is more than text", term.id.name).into());
                    };
                    catalogue.terms.insert(term.id.name.to_owned(), text.clone());
                }
                Entry::Message(message) => {
                    let name = message.id.name;
                    let value =
                        message.value.as_ref().ok_or_else(|| format!("{tag}.ftl: {name} is empty"))?;
                    let nodes =
                        catalogue.pattern(value).map_err(|error| format!("{tag}.ftl: {name}: {error}"))?;
                    if catalogue.messages.insert(name.to_owned(), nodes).is_some() {
                        return Err(format!("{tag}.ftl: {name} stands there twice").into());
                    }
                }
                Entry::Junk { content } => return Err(format!("{tag}.ftl: not understood: {content}").into()),
                Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
            }
        }
        Ok(catalogue)
    }

    /// A term, such as `months`.
    pub(crate) fn term(&self, name: &str) -> Result<&str> {
        let missing = || format!("{}.ftl has no -{name}", self.tag);
        self.terms.get(name).map(String::as_str).ok_or_else(|| missing().into())
    }

    /// What this language lacks that `source` has, and the other way around.
    pub(crate) fn differences(&self, source: &Self) -> Vec<String> {
        let mut problems = Vec::new();
        let names: BTreeSet<&String> = self.messages.keys().chain(source.messages.keys()).collect();
        for name in names {
            match (self.messages.get(name), source.messages.get(name)) {
                (None, _) => problems.push(format!("{}.ftl lacks {name}", self.tag)),
                (_, None) => {
                    problems.push(format!("{}.ftl has {name}, which is not in {}.ftl", self.tag, source.tag))
                }
                (Some(own), Some(other)) if written(own) != written(other) => problems.push(format!(
                    "{}.ftl: {name} shows {:?} and not {:?}",
                    self.tag,
                    written(own),
                    written(other)
                )),
                _ => {}
            }
        }
        problems
    }

    fn pattern(&self, pattern: &Pattern<&str>) -> Result<Vec<Node>> {
        let mut nodes = Vec::new();
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } => nodes.push(Node::Text(value.replace('\n', " "))),
                PatternElement::Placeable { expression } => nodes.push(self.expression(expression)?),
            }
        }
        Ok(joined(nodes))
    }

    fn expression(&self, expression: &Expression<&str>) -> Result<Node> {
        let (selector, variants) = match expression {
            Expression::Inline(inline) => return self.inline(inline),
            Expression::Select { selector, variants } => (selector, variants),
        };
        let InlineExpression::VariableReference { id } = selector else {
            return Err("only arguments can be chosen by".into());
        };
        let mut chosen = Vec::new();
        let mut otherwise = None;
        for variant in variants {
            let nodes = self.pattern(&variant.value)?;
            let key = match &variant.key {
                VariantKey::NumberLiteral { value } => Key::Exactly(value.parse()?),
                VariantKey::Identifier { name } if CATEGORIES.contains(name) => {
                    Key::Category((*name).to_owned())
                }
                VariantKey::Identifier { name } => Key::Word((*name).to_owned()),
            };
            if variant.default {
                otherwise = Some((key, nodes));
            } else {
                chosen.push((key, nodes));
            }
        }
        let (key, otherwise) = otherwise.ok_or("a choice without *")?;
        // A default that is a word is a variant like the others; only its name says what it is for.
        if let Key::Word(_) = key {
            chosen.push((key, otherwise.clone()));
        }
        Ok(Node::Choice { argument: id.name.to_owned(), variants: chosen, otherwise })
    }

    fn inline(&self, inline: &InlineExpression<&str>) -> Result<Node> {
        Ok(match inline {
            InlineExpression::StringLiteral { value } => Node::Text((*value).to_owned()),
            InlineExpression::VariableReference { id } => Node::Argument(id.name.to_owned()),
            InlineExpression::TermReference { id, .. } => Node::Text(self.term(id.name)?.to_owned()),
            InlineExpression::Placeable { expression } => self.expression(expression)?,
            InlineExpression::FunctionReference { id, arguments } if id.name == "NUMBER" => {
                match arguments.positional.as_slice() {
                    [InlineExpression::VariableReference { id }] => Node::Number(id.name.to_owned()),
                    _ => return Err("NUMBER takes one argument".into()),
                }
            }
            _ => return Err("only arguments, terms, texts and NUMBER can stand here".into()),
        })
    }
}

/// Texts that follow each other, as one.
fn joined(nodes: Vec<Node>) -> Vec<Node> {
    let mut joined: Vec<Node> = Vec::new();
    for node in nodes {
        match (joined.last_mut(), node) {
            (Some(Node::Text(before)), Node::Text(text)) => before.push_str(&text),
            (_, node) => joined.push(node),
        }
    }
    joined
}

/// The arguments of a message.
pub(crate) fn arguments(nodes: &[Node]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    walk(nodes, &mut |node| match node {
        Node::Argument(name) | Node::Number(name) | Node::Choice { argument: name, .. } => {
            names.insert(name.clone());
        }
        Node::Text(_) => {}
    });
    names
}

/// The arguments that a reader sees. Those that only choose between forms are each language's own business.
fn written(nodes: &[Node]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    walk(nodes, &mut |node| {
        if let Node::Argument(name) | Node::Number(name) = node {
            names.insert(name.clone());
        }
    });
    names
}

/// The arguments that are numbers: those that are written as such, or chosen by as such.
pub(crate) fn numbers(nodes: &[Node]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    walk(nodes, &mut |node| match node {
        Node::Number(name) => {
            names.insert(name.clone());
        }
        Node::Choice { argument, variants, .. }
            if variants.iter().all(|(key, _)| !matches!(key, Key::Word(_))) =>
        {
            names.insert(argument.clone());
        }
        _ => {}
    });
    names
}

fn walk(nodes: &[Node], visit: &mut impl FnMut(&Node)) {
    for node in nodes {
        visit(node);
        if let Node::Choice { variants, otherwise, .. } = node {
            for (_, nodes) in variants {
                walk(nodes, visit);
            }
            walk(otherwise, visit);
        }
    }
}
