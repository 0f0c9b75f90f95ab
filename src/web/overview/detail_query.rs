//! Which machine or recipient an address asks for, and addresses that ask for one.

use url::form_urlencoded::{Serializer, parse};

/// The longest id or name that is looked for.
const LONGEST: usize = 2048;

/// Which one is asked for.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// A machine's resource id, or a recipient's name.
    pub(super) id: String,
    /// Which window of the machine; the newest where none is said.
    pub(super) generation: Option<u32>,
}

impl Asked {
    /// Reads what stands behind the question mark.
    pub(super) fn parse(query: Option<&str>) -> Self {
        let mut asked = Self::default();
        for (key, value) in parse(query.unwrap_or_default().as_bytes()) {
            match &*key {
                "id" | "name" => asked.id = value.trim().chars().take(LONGEST).collect(),
                "generation" => asked.generation = value.trim().parse().ok(),
                _ => {}
            }
        }
        asked
    }
}

/// The question mark and what follows it, for one window of a machine.
pub(super) fn of_machine(resource: &str, generation: u32) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("id", resource).append_pair("generation", &generation.to_string());
    format!("?{}", query.finish())
}

/// The same for a recipient.
pub(super) fn of_recipient(name: &str) -> String {
    format!("?{}", Serializer::new(String::new()).append_pair("name", name).finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_asks_for_the_one_it_was_made_for() {
        assert_eq!(of_machine("vm", 1), "?id=vm&generation=1");
        let id = "/subscriptions/1/resourceGroups/a & b/providers/x/vm+1";
        let asked = Asked::parse(Some(&of_machine(id, 3)[1..]));
        assert_eq!((asked.id.as_str(), asked.generation), (id, Some(3)));
        let asked = Asked::parse(Some(&of_recipient("jane+sap@contoso.com")[1..]));
        assert_eq!((asked.id.as_str(), asked.generation), ("jane+sap@contoso.com", None));
        assert_eq!(Asked::parse(Some("generation=x&other=1")).generation, None);
    }
}
