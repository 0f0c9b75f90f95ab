//! Lists in pages, with an opaque absolute `nextLink`.

use std::ops::Range;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::errors;
use crate::demo::{ListPages, answer::SimulatedReply, request::ArmRequest};

const PARAMETER: &str = "$skiptoken";

/// One page of the items, the first unless the request carries a token of an earlier page.
pub(super) fn page(request: &ArmRequest, items: &[Value], pages: ListPages) -> SimulatedReply {
    let cuts = cuts(items.len(), pages);
    let number = match request.parameter(PARAMETER).map(decode) {
        None => 0,
        Some(Some(number)) if number < cuts.len() => number,
        Some(_) => return errors::error(400, "InvalidSkipToken", "The skip token is not one of ours."),
    };
    let range = cuts.get(number).cloned().unwrap_or_default();
    let mut body = json!({ "value": items.get(range).unwrap_or_default() });
    if number + 1 < cuts.len() {
        body["nextLink"] = json!(request.link_with(PARAMETER, &encode(number + 1)));
    } else if pages.empty_link {
        body["nextLink"] = json!("");
    }
    SimulatedReply::ok(body)
}

fn cuts(total: usize, pages: ListPages) -> Vec<Range<usize>> {
    let size = pages.size.max(1);
    let mut cuts = Vec::new();
    let mut start = 0;
    loop {
        if pages.empty {
            cuts.push(start..start);
        }
        let length = if pages.short && cuts.len() % 2 == 1 { size.div_ceil(2) } else { size };
        let end = total.min(start + length);
        cuts.push(start..end);
        if end == total {
            return cuts;
        }
        start = end;
    }
}

fn encode(number: usize) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("page:{number}"))
}

fn decode(token: &str) -> Option<usize> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    std::str::from_utf8(&bytes).ok()?.strip_prefix("page:")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_can_be_short_and_empty_and_lose_nothing() {
        for total in [0, 1, 9, 10, 11] {
            for (short, empty) in [(false, false), (true, false), (false, true), (true, true)] {
                let cuts = cuts(total, ListPages { size: 5, short, empty, empty_link: false });
                let all: Vec<usize> = cuts.iter().cloned().flatten().collect();
                assert_eq!(all, (0..total).collect::<Vec<_>>());
                assert!(cuts.iter().all(|cut| cut.len() <= 5));
                assert!(!empty || cuts[0].is_empty());
            }
        }
        assert_eq!(decode(&encode(12)), Some(12));
        assert_eq!(decode("nonsense"), None);
    }
}
