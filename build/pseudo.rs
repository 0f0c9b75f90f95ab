//! A language that nobody speaks, made of English: longer, with accents, in brackets. Whatever stands in it without them
//! did not come from the catalogue, and whatever breaks in it is too narrow for other languages.

use super::catalogue::{Catalogue, Node};

/// Its tag: BCP 47 keeps `qps` for private use, and this is what others call a pseudo language.
pub(crate) const TAG: &str = "qps";

/// The same messages in it.
pub(crate) fn of(source: &Catalogue) -> Catalogue {
    // What a date or a number is made of stays: it is read, not only looked at.
    let is_format = |name: &str| name.starts_with("format-");
    let messages = source.messages.iter().map(|(name, nodes)| {
        let nodes = match is_format(name) {
            true => nodes.clone(),
            false => {
                let open = Node::Text("[".to_owned());
                let close = Node::Text("]".to_owned());
                std::iter::once(open).chain(longer(nodes)).chain([close]).collect()
            }
        };
        (name.clone(), nodes)
    });
    Catalogue { tag: TAG.to_owned(), messages: messages.collect(), terms: source.terms.clone() }
}

fn longer(nodes: &[Node]) -> Vec<Node> {
    let longer_of = |node: &Node| match node {
        Node::Text(text) => Node::Text(accented(text)),
        Node::Choice { argument, variants, otherwise } => Node::Choice {
            argument: argument.clone(),
            variants: variants.iter().map(|(key, nodes)| (key.clone(), longer(nodes))).collect(),
            otherwise: longer(otherwise),
        },
        other => other.clone(),
    };
    nodes.iter().map(longer_of).collect()
}

/// Four letters in ten are said twice.
fn accented(text: &str) -> String {
    let mut accented = String::with_capacity(text.len() * 2);
    let mut letters = 0;
    for letter in text.chars() {
        let with = match letter {
            'a' => 'á',
            'e' => 'é',
            'i' => 'í',
            'o' => 'ó',
            'u' => 'ú',
            'A' => 'Á',
            'E' => 'É',
            'I' => 'Í',
            'O' => 'Ó',
            'U' => 'Ú',
            other => other,
        };
        accented.push(with);
        if letter.is_alphabetic() {
            letters += 1;
            if letters % 5 < 2 {
                accented.push(with.to_lowercase().next().unwrap_or(with));
            }
        }
    }
    accented
}
