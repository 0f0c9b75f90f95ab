//! The key of the functions that services call.

use std::hint::black_box;

use axum::extract::Request;
use uuid::Uuid;

use super::request::joined_query;

/// Where a caller puts the key, unless it is `code` in the query.
const KEY_HEADER: &str = "x-functions-key";

/// The key of the functions that services call.
pub(super) struct HookKey(pub(super) String);

impl HookKey {
    /// A new one: 244 bits at random.
    pub(super) fn random() -> Self {
        Self(format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()))
    }

    /// Whether a request has it. How long that takes says nothing of how much of it was right.
    pub(super) fn is_in(&self, request: &Request) -> bool {
        let header = request.headers().get(KEY_HEADER).map(|value| value.as_bytes().to_vec());
        let given = header.or_else(|| {
            let query = joined_query(request.uri().query().unwrap_or_default());
            query.into_iter().find(|(name, _)| name == "code").map(|(_, value)| value.into_bytes())
        });
        let (given, key) = (given.unwrap_or_default(), self.0.as_bytes());
        let differences = given.iter().zip(key).fold(0, |found, (one, other)| found | (one ^ other));
        black_box(differences) == 0 && given.len() == key.len()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn only_the_whole_key_is_one() {
        let key = HookKey::random();
        let whole = key.0.clone();
        let is_in = |header: Option<&str>, code: &str| {
            let request = Request::builder().uri(format!("/api/events?code={code}"));
            let request = match header {
                Some(header) => request.header(KEY_HEADER, header),
                None => request,
            };
            key.is_in(&request.body(Body::empty()).unwrap())
        };
        assert!(is_in(None, &whole) && is_in(Some(&whole), ""));
        let another = HookKey::random().0;
        for wrong in ["", &whole[..1], &whole[..whole.len() - 1], &format!("{whole}0"), &another] {
            assert!(!is_in(None, wrong), "{wrong}");
            assert!(!is_in(Some(wrong), &whole), "the header counts: {wrong}");
        }
        assert!(!key.is_in(&Request::new(Body::empty())));
    }
}
