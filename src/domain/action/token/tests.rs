//! What links are good for, and for how long.

use LinkPurpose::{Drill, Feed, FeedWithNames, Plan, Respond, Unsubscribe};

use super::*;
use crate::domain::fixtures::utc;
use crate::domain::store_epoch::StoreEpoch;

fn keys(ids: &[&str]) -> LinkKeys {
    LinkKeys::new(ids.iter().map(|id| ((*id).to_owned(), format!("{id:>32}").into_bytes())))
}

fn link() -> Link {
    let message = MessageRef::new(&"jane.doe@contoso.com".parse().unwrap(), 7).unwrap();
    Link { purpose: Some(Respond), message, expires: utc("2026-12-10T08:00:00Z") }
}

/// A token as it was signed before links had a purpose.
fn token_of_before(link: &Link) -> String {
    let mut bytes = [&[1, 5][..], b"2026a", &link.message.recipient].concat();
    bytes.extend(link.message.sequence.to_be_bytes());
    bytes.extend(u32::try_from(link.expires.timestamp()).unwrap().to_be_bytes());
    let secret = format!("{:>32}", "2026a").into_bytes();
    let mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
    let mac = mac.chain_update(b"maintenance-notifier action link 1\0").chain_update(&bytes);
    bytes.extend(mac.finalize().into_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

#[test]
fn s4_a_token_is_short_plain_and_says_what_was_signed() {
    let keys = keys(&["2026a"]);
    let token = keys.sign(&link()).unwrap();
    assert_eq!(token.len(), 91);
    assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    assert_eq!(keys.verify(&token, &[Respond], utc("2026-12-01T08:00:00Z")), Ok(link()));
    assert_eq!(keys.sign(&link()).unwrap(), token);
}

#[test]
fn s4_a_token_of_another_life_of_the_state_means_no_other_message() {
    let keys = keys(&["2026a"]);
    let jane = "jane.doe@contoso.com".parse().unwrap();
    let life = |begun| StoreEpoch { begun: utc(begun), took_over: false };
    let (first, second) = (life("2026-11-01T00:00:00Z"), life("2026-11-02T00:00:00Z"));
    let of_before = MessageId::derive(&jane, 7);
    let ids = [&first, &second].map(|life| MessageId::of(&jane, 7, Some(life), utc("2026-11-03T00:00:00Z")));
    let now = utc("2026-12-01T08:00:00Z");
    for (signed, meant) in [(&of_before, [true, false, false]), (&ids[0], [false, true, false])] {
        let message = MessageRef::to_message(&jane, 7, signed).unwrap();
        let token = keys.sign(&Link { message, ..link() }).unwrap();
        let link = keys.verify(&token, &[Respond], now).unwrap();
        assert_eq!(link.message, message);
        assert_eq!([&of_before, &ids[0], &ids[1]].map(|id| link.message.means(&jane, id)), meant);
    }
}

#[test]
fn s4_no_key_of_zeros_makes_a_link_in_the_name_of_one_that_is_not_known() {
    let zeros = LinkKeys::new([("gone".to_owned(), vec![0; 32])]);
    let token = zeros.sign(&link()).unwrap();
    let now = utc("2026-12-01T08:00:00Z");
    assert_eq!(keys(&["2026a"]).verify(&token, &[Respond], now), Err(LinkError::NotOurs));
}

#[test]
fn s4_every_flipped_bit_is_refused() {
    let keys = keys(&["2026a"]);
    let bytes = URL_SAFE_NO_PAD.decode(keys.sign(&link()).unwrap()).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut forged = bytes.clone();
        forged[bit / 8] ^= 1 << (bit % 8);
        let forged = URL_SAFE_NO_PAD.encode(forged);
        assert_eq!(
            keys.verify(&forged, &[Respond], utc("2026-12-01T08:00:00Z")),
            Err(LinkError::NotOurs),
            "{bit}"
        );
    }
}

#[test]
fn s4_keys_are_rotated_verify_first_sign_later() {
    let now = utc("2026-12-01T08:00:00Z");
    let [old, both, turned, new] = [&["a"][..], &["a", "b"], &["b", "a"], &["b"]].map(keys);
    let before = old.sign(&link()).unwrap();
    let after = turned.sign(&link()).unwrap();
    assert_eq!(both.sign(&link()).unwrap(), before);
    for (keys, accepts) in
        [(&old, [true, false]), (&both, [true; 2]), (&turned, [true; 2]), (&new, [false, true])]
    {
        assert_eq!([&before, &after].map(|token| keys.verify(token, &[Respond], now).is_ok()), accepts);
    }
}

#[test]
fn s7_it_expires_with_a_minute_for_clocks_that_differ() {
    let keys = keys(&["a"]);
    let token = keys.sign(&link()).unwrap();
    assert!(keys.verify(&token, &[Respond], utc("2026-12-10T08:01:00Z")).is_ok());
    assert_eq!(keys.verify(&token, &[Respond], utc("2026-12-10T08:01:01Z")), Err(LinkError::Expired(link())));
}

#[test]
fn s4_a_token_is_good_for_its_purpose_alone() {
    let keys = keys(&["2026a"]);
    let now = utc("2026-12-01T08:00:00Z");
    let sign = |purpose| keys.sign(&Link { purpose, ..link() });
    let all = [Respond, Unsubscribe, Drill, Plan, Feed, FeedWithNames];
    for one in all {
        let token = sign(Some(one)).unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
        for other in all {
            assert_eq!(keys.verify(&token, &[other], now).is_ok(), one == other, "{one:?} at {other:?}");
            let mut renamed = bytes.clone();
            renamed[1] = other.code();
            let renamed = URL_SAFE_NO_PAD.encode(renamed);
            assert_eq!(keys.verify(&renamed, &[other], now).is_ok(), one == other, "{one:?} as {other:?}");
        }
        let others: Vec<LinkPurpose> = all.into_iter().filter(|other| *other != one).collect();
        assert_eq!(keys.verify(&token, &others, now), Err(LinkError::NotOurs), "{one:?}");
    }
    assert_eq!(sign(None), None, "nothing is signed without one");
}

#[test]
fn s4_a_link_of_before_is_accepted_by_pages_of_before_and_nowhere_else() {
    let keys = keys(&["2026a"]);
    let token = token_of_before(&link());
    let now = utc("2026-12-01T08:00:00Z");
    let known = Link { purpose: None, ..link() };
    for wanted in [Respond, Unsubscribe, Drill] {
        assert_eq!(keys.verify(&token, &[wanted], now), Ok(known), "{wanted:?}");
    }
    for wanted in [Plan, Feed, FeedWithNames] {
        assert_eq!(keys.verify(&token, &[wanted], now), Err(LinkError::NotOurs), "{wanted:?}");
    }
    // Nor does it become a newer one: its first byte is signed, as is what a newer one begins with.
    let mut bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
    bytes[0] = 2;
    bytes.insert(1, Respond.code());
    let forged = URL_SAFE_NO_PAD.encode(bytes);
    assert_eq!(keys.verify(&forged, &[Respond], now), Err(LinkError::NotOurs));
    assert!(matches!(
        keys.verify(&token, &[Respond], utc("2026-12-10T08:02:00Z")),
        Err(LinkError::Expired(link)) if link == known
    ));
}

#[test]
fn keys_are_not_shown() {
    assert_eq!(format!("{:?}", keys(&["2026a", "b"])), r#"["2026a", "b"]"#);
}
