//! Where a person is named in what is kept.

use serde_json::Value;

use super::pseudonym::Pseudonyms;

/// How much of a text around a name is shown.
const SHOWN: usize = 300;

/// What is not looked at for a plain name: resources and machines have names of their own.
const OF_MACHINES: [&str; 6] = ["machine", "resource", "region", "resource_group", "scope", "subscription"];

/// How a name is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    /// Anywhere in a text, as a word: an address, the part of it that tags use, or the id of a message.
    Word,
    /// As a whole text, or behind the word for an endpoint: a name of the configuration.
    Whole,
}

/// A name of the person, folded, with what takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Alias {
    name: String,
    look: Look,
    pseudonym: String,
}

/// A person, by everything that names them.
#[derive(Debug, Clone)]
pub struct Person {
    aliases: Vec<Alias>,
}

/// A place that names the person.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Mention {
    /// The names on the way there, with dots.
    pub at: String,
    pub text: String,
}

impl Person {
    /// Whoever has these names and addresses. What people write in tags for an address without its domain names them
    /// too, where it is more than one word.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>, pseudonyms: &Pseudonyms) -> Self {
        let mut aliases = Vec::new();
        for name in names {
            let name = name.trim().to_ascii_lowercase();
            let pseudonym = pseudonyms.forgotten(&name);
            let look = if name.contains('@') { Look::Word } else { Look::Whole };
            let short = name.split_once('@').map(|(local, _)| local.to_owned());
            aliases.push(Alias { name, look, pseudonym: pseudonym.clone() });
            if let Some(short) = short.filter(|short| short.contains(['.', '_', '-'])) {
                aliases.push(Alias { name: short, look: Look::Word, pseudonym });
            }
        }
        // An address first: what is in it is not looked for again.
        aliases.sort_by_key(|alias| std::cmp::Reverse(alias.name.len()));
        aliases.dedup();
        Self { aliases }
    }

    /// The same, whom this also stands for: `id` of a message to them.
    #[must_use]
    pub fn with_ids(mut self, ids: impl IntoIterator<Item = String>, pseudonyms: &Pseudonyms) -> Self {
        self.aliases.extend(ids.into_iter().map(|id| Alias {
            pseudonym: pseudonyms.digits(&id, 16),
            look: Look::Word,
            name: id,
        }));
        self
    }

    /// The names and addresses, without what is derived from them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.aliases.iter().map(|alias| alias.name.as_str())
    }

    /// Whether `text` names the person.
    pub fn is_in(&self, text: &str) -> bool {
        self.replaced(text, false).is_some()
    }

    /// `text` with the pseudonym in place of the person; `None` when it does not name them.
    fn replaced(&self, text: &str, of_machine: bool) -> Option<String> {
        let mut next = text.to_owned();
        for alias in &self.aliases {
            next = match alias.look {
                Look::Word => words_replaced(&next, alias).unwrap_or(next),
                Look::Whole if !of_machine => whole_replaced(&next, alias).unwrap_or(next),
                Look::Whole => next,
            };
        }
        (next != text).then_some(next)
    }

    /// Puts the pseudonym in place of the person everywhere in `document`. Says whether they were there.
    pub fn replace(&self, document: &mut Value) -> bool {
        self.walk(document, false)
    }

    fn walk(&self, value: &mut Value, of_machine: bool) -> bool {
        match value {
            Value::String(text) => match self.replaced(text, of_machine) {
                Some(next) => {
                    *text = next;
                    true
                }
                None => false,
            },
            Value::Array(items) => {
                items.iter_mut().map(|item| self.walk(item, of_machine)).fold(false, |any, one| any | one)
            }
            Value::Object(members) => {
                let mut any = false;
                for (name, mut member) in std::mem::take(members) {
                    any |= self.walk(&mut member, of_machine || OF_MACHINES.contains(&name.as_str()));
                    let next = self.replaced(&name, true);
                    any |= next.is_some();
                    members.insert(next.unwrap_or(name), member);
                }
                any
            }
            _ => false,
        }
    }

    /// Every place in `document` that names the person.
    pub fn mentions(&self, document: &Value) -> Vec<Mention> {
        let mut found = Vec::new();
        self.find(document, "", false, &mut found);
        found
    }

    fn find(&self, value: &Value, at: &str, of_machine: bool, found: &mut Vec<Mention>) {
        let below = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
        match value {
            Value::String(text) if self.replaced(text, of_machine).is_some() => {
                found.push(Mention { at: at.to_owned(), text: text.chars().take(SHOWN).collect() });
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.find(item, &below(&index.to_string()), of_machine, found);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    if self.replaced(name, true).is_some() {
                        found.push(Mention { at: at.to_owned(), text: name.clone() });
                    }
                    let of_machine = of_machine || OF_MACHINES.contains(&name.as_str());
                    self.find(member, &below(name), of_machine, found);
                }
            }
            _ => {}
        }
    }
}

/// Whether a character can be part of a name, so that the name that is looked for is part of a longer one.
fn is_part(character: char) -> bool {
    character.is_alphanumeric() || "._-+/@".contains(character)
}

/// `text` with every word that is the alias replaced.
fn words_replaced(text: &str, alias: &Alias) -> Option<String> {
    // Folding ASCII alone keeps every place where it is.
    let folded = text.to_ascii_lowercase();
    let (mut next, mut done) = (String::new(), 0);
    for (start, _) in folded.match_indices(&alias.name) {
        let end = start + alias.name.len();
        let before = text.get(..start).and_then(|before| before.chars().next_back());
        let mut after = text.get(end..).unwrap_or_default().chars();
        // A full stop that ends a sentence is no part of a name.
        let goes_on = match after.next() {
            Some('.') => after.next().is_some_and(char::is_alphanumeric),
            Some(character) => is_part(character),
            None => false,
        };
        if start < done || before.is_some_and(is_part) || goes_on {
            continue;
        }
        next.push_str(text.get(done..start).unwrap_or_default());
        next.push_str(&alias.pseudonym);
        done = end;
    }
    next.push_str(text.get(done..).unwrap_or_default());
    (done > 0).then_some(next)
}

/// `text` replaced where it is the alias, or the key of an endpoint of that name.
fn whole_replaced(text: &str, alias: &Alias) -> Option<String> {
    for before in ["", "teams:", "email:", "chat:"] {
        if text.get(..before.len()) == Some(before)
            && text.get(before.len()..)?.eq_ignore_ascii_case(&alias.name)
        {
            return Some(format!("{before}{}", alias.pseudonym));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn jane() -> Person {
        Person::new(["Jane.Doe@contoso.com", "platform"], &Pseudonyms::new(b"key"))
    }

    #[test]
    fn a_person_is_replaced_wherever_they_are_named_and_nobody_else_is() {
        let mut document = json!({
            "recipient": "jane.doe@contoso.com",
            "others": ["mei.lin@contoso.com", "platform"],
            "note": "Ask JANE.DOE@contoso.com, or jane.doe.",
            "email:jane.doe@contoso.com": 1,
            "machine": { "tags": { "owner": "jane.doe; mei.lin", "team": "platform" } },
            "resource": "/subscriptions/1/resourceGroups/platform/providers/x/vm/jane.doe",
            "not": ["mary.jane.doe@contoso.com", "jane.doe@contoso.com.evil.org", "jane.doer", "platform-2", "xjane.doe@contoso.com"],
        });
        let before = document.clone();
        assert_eq!(jane().mentions(&document).len(), 5);
        assert!(jane().replace(&mut document));
        let text = document.to_string();
        assert_eq!(document["not"], before["not"]);
        assert_eq!(document["resource"], before["resource"]);
        assert_eq!(document["machine"]["tags"]["team"], "platform");
        assert_eq!(text.to_ascii_lowercase().matches("jane.doe").count(), 5, "{text}");
        assert_eq!(jane().mentions(&document), []);
        assert!(!jane().replace(&mut document));
        let owner = document["machine"]["tags"]["owner"].as_str().unwrap();
        assert!(owner.ends_with("; mei.lin") && owner.starts_with("person-"), "{owner}");
    }

    #[test]
    fn names_beside_letters_of_any_script_are_whole_names() {
        for text in
            ["été jane.doe@contoso.com été", "„jane.doe@contoso.com“", "<jane.doe@contoso.com>", "(jane.doe)"]
        {
            assert!(jane().is_in(text), "{text}");
        }
        for text in ["éjane.doe@contoso.com", "jane.doeé", ""] {
            assert!(!jane().is_in(text), "{text}");
        }
    }
}
