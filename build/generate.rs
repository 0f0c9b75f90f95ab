//! The Rust that is made of the catalogue.

use std::collections::{BTreeMap, BTreeSet};

use super::Result;
use super::catalogue::{Catalogue, Key, Node, arguments, numbers};
use super::{plural, pseudo};

/// The languages, as an enum that knows their tags.
pub(crate) fn languages(languages: &[Catalogue]) -> Result<String> {
    let mut code = String::from(
        "/// A language that messages are written in.\n#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]\npub enum \
         Language {\n",
    );
    for (index, language) in languages.iter().enumerate() {
        let default = if index == 0 { "#[default] " } else { "" };
        code.push_str(&format!("/// {}.\n{default}{},\n", language.term("name")?, variant(language)));
    }
    code.push_str("/// The pseudo language, for tests.\n#[cfg(debug_assertions)] Pseudo,\n}\n");
    code.push_str(
        "/// Every language that is complete, English first.\npub const LANGUAGES: &[Language] = &[",
    );
    for language in languages {
        code.push_str(&format!("Language::{}, ", variant(language)));
    }
    code.push_str("];\nimpl Language {\n");
    let mut arms =
        |name: &str, doc: &str, result: &str, of: &dyn Fn(&Catalogue) -> Result<String>| -> Result<()> {
            code.push_str(&format!("/// {doc}\npub const fn {name}(self) -> {result} {{ match self {{\n"));
            for language in languages {
                code.push_str(&format!("Self::{} => {},\n", variant(language), of(language)?));
            }
            let like = of(&languages[0])?;
            let like = if name == "tag" { format!("{:?}", pseudo::TAG) } else { like };
            code.push_str(&format!("#[cfg(debug_assertions)] Self::Pseudo => {like},\n}} }}\n"));
            Ok(())
        };
    let list = |text: &str| format!("{:?}", text.split(", ").collect::<Vec<_>>());
    arms("tag", "Its BCP 47 tag.", "&'static str", &|language| Ok(format!("{:?}", language.tag)))?;
    arms("weekdays", "Short names of the days, Monday first.", "[&'static str; 7]", &|language| {
        Ok(list(language.term("weekdays")?))
    })?;
    arms("months", "Short names of the months.", "[&'static str; 12]", &|language| {
        Ok(list(language.term("months")?))
    })?;
    arms("group", "What stands between thousands.", "&'static str", &|language| {
        Ok(format!("{:?}", language.term("group")?))
    })?;
    code.push_str("/// The plural category of a number, by the rules of CLDR.\n");
    code.push_str("pub const fn plural(self, n: usize) -> &'static str { match self {\n");
    for language in languages {
        code.push_str(&format!("Self::{} => {{ {} }}\n", variant(language), plural::body(language)?));
    }
    code.push_str(&format!(
        "#[cfg(debug_assertions)] Self::Pseudo => {{ {} }}\n}} }}\n}}\n",
        plural::body(&languages[0])?
    ));
    Ok(code)
}

/// One function a message.
pub(crate) fn functions(languages: &[Catalogue], pseudo: &Catalogue) -> Result<String> {
    let source = languages.first().ok_or("no language")?;
    let mut code = String::new();
    for name in source.messages.keys() {
        let all = || languages.iter().filter_map(|language| language.messages.get(name));
        let numeric: BTreeSet<String> = all().flat_map(|nodes| numbers(nodes)).collect();
        let parameters: BTreeMap<String, &str> = all()
            .flat_map(|nodes| arguments(nodes))
            .map(|argument| {
                let kind = if numeric.contains(&argument) { "usize" } else { "&str" };
                (argument, kind)
            })
            .collect();
        let listed: String =
            parameters.iter().map(|(name, kind)| format!(", {}: {kind}", rust(name))).collect();
        code.push_str(&format!("/// `{name}` of the catalogue.\n#[must_use]\n"));
        code.push_str(&format!("pub(crate) fn {}(language: Language{listed}) -> String {{\n", rust(name)));
        code.push_str("let mut line = String::new();\nmatch language {\n");
        let variants = languages.iter().map(|language| (variant(language), language, ""));
        let made = std::iter::once(("Pseudo".to_owned(), pseudo, "#[cfg(debug_assertions)] "));
        for (variant, language, condition) in variants.chain(made) {
            let nodes = language.messages.get(name).map(Vec::as_slice).unwrap_or_default();
            code.push_str(&format!("{condition}Language::{variant} => {{ {} }}\n", written(nodes, &numeric)));
        }
        code.push_str("}\nline\n}\n");
    }
    Ok(code)
}

fn written(nodes: &[Node], numeric: &BTreeSet<String>) -> String {
    let mut code = String::new();
    for node in nodes {
        match node {
            Node::Text(text) => code.push_str(&format!("line.push_str({text:?}); ")),
            Node::Argument(name) | Node::Number(name) if numeric.contains(name) => {
                code.push_str(&format!("line.push_str(&number(language, {})); ", rust(name)));
            }
            Node::Argument(name) | Node::Number(name) => {
                code.push_str(&format!("line.push_str({}); ", rust(name)))
            }
            Node::Choice { argument, variants, otherwise } => {
                let name = rust(argument);
                for (key, nodes) in variants {
                    let condition = match key {
                        Key::Exactly(number) => format!("{name} == {number}"),
                        Key::Category(category) => format!("language.plural({name}) == {category:?}"),
                        Key::Word(word) => format!("{name} == {word:?}"),
                    };
                    code.push_str(&format!("if {condition} {{ {}}} else ", written(nodes, numeric)));
                }
                code.push_str(&format!("{{ {}}} ", written(otherwise, numeric)));
            }
        }
    }
    code
}

/// The name of a language among the variants of the enum: `de-CH` is `DeCh`.
fn variant(language: &Catalogue) -> String {
    let capital = |part: &str| {
        let mut letters = part.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters.map(|letter| letter.to_ascii_lowercase())).collect::<String>()
    };
    language.tag.split('-').map(capital).collect()
}

/// A name of the catalogue as one of Rust.
fn rust(name: &str) -> String {
    name.replace('-', "_")
}
