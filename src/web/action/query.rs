//! What the address of a page asks for.

use std::borrow::Cow;

use crate::domain::ids::PlanId;

/// The fields of a page's query.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PageQuery {
    pub(super) token: String,
    /// Which rolling plan is asked for, when any is: `Some(None)` for what cannot be one.
    pub(super) plan: Option<Option<PlanId>>,
    /// Whether the reader asked that the page should not load itself again.
    pub(super) is_still: bool,
    /// Which page of a long list, counted from one.
    pub(super) page: usize,
}

impl PageQuery {
    pub(super) fn parse(query: Option<&str>) -> Self {
        let fields: Vec<(Cow<'_, str>, Cow<'_, str>)> =
            url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).collect();
        let mut query = Self { token: String::new(), plan: None, is_still: false, page: 1 };
        for (name, value) in fields.iter().rev() {
            match name.as_ref() {
                "t" => query.token = token(value),
                "plan" => query.plan = Some(PlanId::parse(value.trim())),
                "still" => query.is_still = true,
                "page" => query.page = value.trim().parse().unwrap_or(1),
                name => query.token = name.strip_prefix("t=").map_or(query.token, token),
            }
        }
        query
    }
}

/// The token, whatever mail programs made of the address: they break it into lines, leave its `=` encoded as in a query
/// or as in quoted-printable text, and append things.
fn token(text: &str) -> String {
    let token: String = text.split_whitespace().collect();
    let foreign = |character: char| !character.is_ascii_alphanumeric() && !"-_".contains(character);
    // No token begins like this: the first letter says of which version it is.
    let token = token.strip_prefix("3D").unwrap_or(&token);
    token.trim_matches(foreign).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s13_a_token_is_found_whatever_mail_programs_did_around_it() {
        for query in [
            "t=Ab-_9",
            "x=1&t=Ab-_9&data=05%7C02",
            "t=Ab-_9.",
            "t=%20Ab-_9%3E",
            "t=Ab-_9%0D%0A",
            "t=Ab%0D%0A-_9",
            "t=Ab+-_9",
            "t=Ab%20%20-_9",
            "t%3DAb-_9",
            "t=3DAb-_9",
            "t==Ab-_9",
            "t=%3CAb-_9%3E%29",
        ] {
            assert_eq!(PageQuery::parse(Some(query)).token, "Ab-_9", "{query}");
        }
        assert_eq!(PageQuery::parse(None).token, "");
    }

    #[test]
    fn a_page_is_a_number_and_the_first_one_otherwise() {
        let page = |query| PageQuery::parse(Some(query)).page;
        assert_eq!([page("t=a"), page("t=a&page=7"), page("page=%202&t=a")], [1, 7, 2]);
        assert_eq!([page("page=-1"), page("page=x"), page("page=99999999999999999999999")], [1, 1, 1]);
    }
}
