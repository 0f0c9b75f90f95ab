//! Nonces of forms: what was shown, to whom, until when it may be sent.
//!
//! A nonce is derived, not remembered: showing a form writes nothing. Its MAC covers the page, with the link that opened
//! it, what the form does, the machines that it offers and its expiry; so a nonce fits no other form, and no machine
//! that was not in it. Its salt is random: two forms shown in the same second are two, and each decides once.
//!
//! ```text
//! expiry (4) · salt (8) · MAC (32) · runs of machines: first (2) · last (2) · revision (4)
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};

use super::link_purpose::LinkPurpose;
use super::token::{LinkKeys, SKEW};
use crate::domain::window::Revision;

/// What the MAC of a nonce begins with.
const PREFIX: &[u8] = b"maintenance-notifier form 3\0";

/// Longest nonce that is looked at.
const MAX_LENGTH: usize = 2000;

/// How long a form may lie open before it has to be loaded again.
const FORM_AGE: TimeDelta = TimeDelta::minutes(15);

/// The bytes of a run of machines.
const RUN_BYTES: usize = 8;

/// A page with forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormPage {
    pub purpose: LinkPurpose,
    /// The token with which it was opened.
    pub token: String,
    /// Which of the pages that this token opens: the id of a rolling plan, or nothing.
    pub part: String,
}

/// A machine of a form: its place in the message, and the dates that stood beside it.
pub type OfferedMachine = (usize, Revision);

impl LinkKeys {
    /// The nonce for the form on `page` that does `act` with some of `machines`, shown at `now`; `None` without a key.
    pub fn form_nonce(
        &self,
        page: &FormPage,
        act: &str,
        machines: &[OfferedMachine],
        now: DateTime<Utc>,
    ) -> Option<String> {
        let mut bytes = u32::try_from((now + FORM_AGE).timestamp()).ok()?.to_be_bytes().to_vec();
        bytes.extend(getrandom::u64().ok()?.to_be_bytes());
        let offered = runs(machines)?;
        let mac = self.mac(PREFIX, &signed(page, act, &bytes, &offered)?)?;
        bytes.extend(mac);
        bytes.extend(offered);
        Some(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Whether `nonce` was given for this form within the last quarter of an hour, and offered all of `machines`.
    pub fn accepts_form(
        &self,
        page: &FormPage,
        act: &str,
        machines: &[OfferedMachine],
        nonce: &str,
        now: DateTime<Utc>,
    ) -> bool {
        let parsed = (nonce.len() <= MAX_LENGTH).then(|| URL_SAFE_NO_PAD.decode(nonce).ok()).flatten();
        let Some(parsed) = &parsed else { return false };
        let Some((head, rest)) = parsed.split_first_chunk::<12>() else { return false };
        let [a, b, c, d, ..] = *head;
        let Some((mac, offered)) = rest.split_first_chunk::<32>() else { return false };
        let Some(until) = DateTime::from_timestamp(u32::from_be_bytes([a, b, c, d]).into(), 0) else {
            return false;
        };
        let fresh = now <= until && until <= now + FORM_AGE + SKEW;
        let genuine = signed(page, act, head, offered).is_some_and(|bytes| self.made(PREFIX, &bytes, mac));
        fresh && genuine && machines.iter().all(|machine| offers(offered, machine))
    }
}

/// What the MAC covers: each part with its length before it, so that none can run into the next.
fn signed(page: &FormPage, act: &str, head: &[u8], offered: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = vec![page.purpose.code()];
    for part in [page.token.as_bytes(), page.part.as_bytes(), act.as_bytes(), head, offered] {
        bytes.extend(u32::try_from(part.len()).ok()?.to_be_bytes());
        bytes.extend(part);
    }
    Some(bytes)
}

/// The machines as runs of neighbours with the same revision; `None` when a place is too high.
fn runs(machines: &[OfferedMachine]) -> Option<Vec<u8>> {
    let places: Option<Vec<(u32, u16)>> =
        machines.iter().map(|(index, revision)| Some((revision.0, u16::try_from(*index).ok()?))).collect();
    let mut places = places?;
    places.sort_unstable();
    places.dedup();
    let neighbours =
        |one: &(u32, u16), next: &(u32, u16)| one.0 == next.0 && one.1.checked_add(1) == Some(next.1);
    let runs = places.chunk_by(neighbours).filter_map(|run| Some((run.first()?, run.last()?.1)));
    Some(
        runs.flat_map(|((revision, first), last)| {
            [&first.to_be_bytes()[..], &last.to_be_bytes(), &revision.to_be_bytes()].concat()
        })
        .collect(),
    )
}

fn offers(runs: &[u8], (index, revision): &OfferedMachine) -> bool {
    let (runs, _) = runs.as_chunks::<RUN_BYTES>();
    runs.iter().any(|[a, b, c, d, of @ ..]| {
        let (first, last) = (u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d]));
        (usize::from(first)..=usize::from(last)).contains(index) && u32::from_be_bytes(*of) == revision.0
    })
}

#[cfg(test)]
mod tests {
    use LinkPurpose::{Drill, Plan, Respond, Unsubscribe};

    use super::*;
    use crate::domain::fixtures::utc;

    fn keys(name: &str) -> LinkKeys {
        LinkKeys::new([(name.to_owned(), format!("{name:>32}").into_bytes())])
    }

    fn page(purpose: LinkPurpose, token: &str, part: &str) -> FormPage {
        FormPage { purpose, token: token.to_owned(), part: part.to_owned() }
    }

    fn machines(places: &[(usize, u32)]) -> Vec<OfferedMachine> {
        places.iter().map(|(index, revision)| (*index, Revision(*revision))).collect()
    }

    #[test]
    fn s3_a_form_belongs_to_a_quarter_of_an_hour() {
        let (keys, page) = (keys("a"), page(Respond, "token", ""));
        let shown = utc("2026-12-01T08:00:00Z");
        let nonce = keys.form_nonce(&page, "start", &[], shown).unwrap();
        let accepts = |nonce: &str, now| keys.accepts_form(&page, "start", &[], nonce, utc(now));
        assert!(accepts(&nonce, "2026-12-01T08:15:00Z"));
        assert!(!accepts(&nonce, "2026-12-01T08:15:01Z"));
        assert!(accepts(&nonce, "2026-12-01T07:59:00Z"), "another clock is a minute behind");
        assert!(!accepts(&nonce, "2026-12-01T07:58:59Z"));
        for forged in ["", "AAAA", &nonce[1..], &format!("{nonce}AAAA"), "äöü", &"A".repeat(5000)] {
            assert!(!accepts(forged, "2026-12-01T08:00:00Z"), "{forged}");
        }
        let bytes = URL_SAFE_NO_PAD.decode(&nonce).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut forged = bytes.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert!(!accepts(&URL_SAFE_NO_PAD.encode(forged), "2026-12-01T08:00:00Z"), "{bit}");
        }
        assert!(!super::tests::keys("b").accepts_form(&page, "start", &[], &nonce, shown));
    }

    #[test]
    fn s6_the_same_form_shown_twice_in_a_second_is_two_forms() {
        let (keys, page) = (keys("a"), page(Respond, "token", ""));
        let now = utc("2026-12-01T08:00:00Z");
        let [one, two] = [0, 1].map(|_| keys.form_nonce(&page, "start", &machines(&[(0, 1)]), now).unwrap());
        assert_ne!(one, two);
        assert!([one, two].iter().all(|nonce| keys.accepts_form(&page, "start", &[], nonce, now)));
    }

    #[test]
    fn s3_a_nonce_fits_no_other_page_and_no_other_act() {
        let keys = keys("a");
        let now = utc("2026-12-01T08:00:00Z");
        let mut forms = Vec::new();
        for purpose in [Respond, Unsubscribe, Drill, Plan] {
            for (token, part) in [("token", ""), ("token", "plan"), ("tokenplan", ""), ("other", "")] {
                for act in ["", "start", "roll", "hand-over", "accept", "plan"] {
                    forms.push((page(purpose, token, part), act));
                }
            }
        }
        for (at, (shown, act)) in forms.iter().enumerate() {
            let nonce = keys.form_nonce(shown, act, &[], now).unwrap();
            for (other, (sent, done)) in forms.iter().enumerate() {
                assert_eq!(
                    keys.accepts_form(sent, done, &[], &nonce, now),
                    at == other,
                    "{shown:?} {act} as {sent:?} {done}"
                );
            }
        }
    }

    #[test]
    fn s3_only_machines_that_a_form_offered_can_be_chosen_in_it() {
        let (keys, page) = (keys("a"), page(Respond, "token", ""));
        let now = utc("2026-12-01T08:00:00Z");
        let offered = machines(&[(7, 1), (0, 1), (1, 1), (2, 2), (3, 1), (1, 1), (65535, 4)]);
        let nonce = keys.form_nonce(&page, "start", &offered, now).unwrap();
        let accepts =
            |chosen: &[(usize, u32)]| keys.accepts_form(&page, "start", &machines(chosen), &nonce, now);
        for chosen in [&[][..], &[(0, 1)], &[(1, 1), (7, 1)], &[(2, 2), (65535, 4)], &[(3, 1)]] {
            assert!(accepts(chosen), "{chosen:?}");
        }
        for chosen in [&[(2, 1)][..], &[(0, 2)], &[(0, 1), (4, 1)], &[(8, 1)], &[(65534, 4)], &[(65536, 4)]] {
            assert!(!accepts(chosen), "{chosen:?}");
        }
        assert_eq!(keys.form_nonce(&page, "start", &machines(&[(65536, 1)]), now), None);
        // A hundred neighbours take no more room than one.
        let hundred: Vec<OfferedMachine> = (0..100).map(|index| (index, Revision(1))).collect();
        assert_eq!(keys.form_nonce(&page, "start", &hundred, now).unwrap().len(), 70);
    }
}
