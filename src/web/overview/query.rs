//! What an address asks for, and addresses that ask for something else.

use url::form_urlencoded::{Serializer, parse};

use crate::domain::overview::{OverviewFilter, OverviewSort, OverviewState};

/// The longest text that is searched for.
const LONGEST: usize = 200;

/// What an address asks for. What it does not understand it leaves out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct OverviewQuery {
    pub(super) filter: OverviewFilter,
    pub(super) sort: OverviewSort,
    /// From 1.
    pub(super) page: usize,
    /// Whether everybody who has not answered is to be named.
    pub(super) everybody: bool,
}

impl OverviewQuery {
    /// Reads what stands behind the question mark. The host puts the values of a repeated key into one, with commas.
    pub(super) fn parse(query: Option<&str>) -> Self {
        let mut asked = Self { page: 1, ..Self::default() };
        for (key, value) in parse(query.unwrap_or_default().as_bytes()) {
            let text: String = value.trim().chars().filter(|c| !c.is_control()).take(LONGEST).collect();
            let text = text.trim().to_owned();
            if text.is_empty() {
                continue;
            }
            let filter = &mut asked.filter;
            match &*key {
                "subscription" => filter.subscription = Some(text),
                "team" => filter.team = Some(text),
                "tag" => filter.tag = Some(text),
                "text" => filter.text = Some(text),
                "state" => filter.states.extend(text.split(',').filter_map(OverviewState::of)),
                "unowned" => filter.unowned = text == "1",
                "sort" => asked.sort = OverviewSort::of(&text).unwrap_or_default(),
                "page" => asked.page = text.parse().unwrap_or(1).clamp(1, 1_000_000),
                "everybody" => asked.everybody = text == "1",
                _ => {}
            }
        }
        asked
    }

    /// The address that asks for this, from its question mark on.
    pub(super) fn address(&self) -> String {
        let mut query = Serializer::new(String::new());
        let filter = &self.filter;
        for (key, value) in [
            ("subscription", &filter.subscription),
            ("team", &filter.team),
            ("tag", &filter.tag),
            ("text", &filter.text),
        ] {
            if let Some(value) = value {
                query.append_pair(key, value);
            }
        }
        let states: Vec<&str> = filter.states.iter().map(|state| state.as_str()).collect();
        if !states.is_empty() {
            query.append_pair("state", &states.join(","));
        }
        if filter.unowned {
            query.append_pair("unowned", "1");
        }
        if self.sort != OverviewSort::default() {
            query.append_pair("sort", self.sort.as_str());
        }
        if self.everybody {
            query.append_pair("everybody", "1");
        }
        if self.page > 1 {
            query.append_pair("page", &self.page.to_string());
        }
        let query = query.finish();
        if query.is_empty() { query } else { format!("?{query}") }
    }

    /// The same from its first page, with `change`.
    pub(super) fn with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut changed = Self { page: 1, ..self.clone() };
        change(&mut changed);
        changed.address()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_asks_for_what_it_was_made_from() {
        let text = "?subscription=Contoso+SAP&team=jane%40contoso.com&tag=app%3Dsap&text=vm+%26+co&state=failed,undecided&unowned=1&sort=owner&page=3";
        let asked = OverviewQuery::parse(Some(&text[1..]));
        assert_eq!(OverviewQuery::parse(Some(&asked.address()[1..])), asked);
        assert_eq!((asked.page, asked.filter.states.len(), asked.sort), (3, 2, OverviewSort::Owner));
        assert_eq!(asked.filter.text.as_deref(), Some("vm & co"));
    }

    #[test]
    fn what_is_not_understood_is_left_out() {
        for text in ["", "page=0", "page=x&sort=size&state=open&other=1", "state=,,&unowned=yes&team=++"] {
            assert_eq!(OverviewQuery::parse(Some(text)).address(), "", "{text}");
        }
        assert_eq!(OverviewQuery::parse(None).address(), "");
        // What is left out leaves no blanks at the ends, or the next address would ask for something else.
        for text in ["team=%00+a+%00+", &format!("team=a{}b", "+".repeat(LONGEST))] {
            assert_eq!(OverviewQuery::parse(Some(text)).filter.team.as_deref(), Some("a"), "{text}");
        }
    }
}
