//! Lives: weeks of a small tenant in which everything happens at random, and a judge who knows no rule of the planner.
//!
//! A life ([`life`]) is made while it is played: at each step something that is possible then happens, in the words of a
//! story. What Azure really had is written down beside it ([`truth`]). The judge ([`judge`]) sees that, what people did
//! and what arrived, and asks: was anything untrue when it left? told twice? left untold while it was open? begun outside
//! what somebody agreed to? promised and never ended? Which message should have come when is not the judge's matter.

mod judge;
mod life;
mod truth;

use std::collections::BTreeSet;

use life::Life;

/// The lives that the suite lives; `LIVES` in the environment of the compiler names others, as `4-9`.
fn seeds() -> std::ops::RangeInclusive<u64> {
    let parsed = option_env!("LIVES")
        .and_then(|text| text.split_once('-'))
        .map(|(from, to)| (from.parse().expect("LIVES is like 4-9"), to.parse().expect("LIVES is like 4-9")));
    let (from, to) = parsed.unwrap_or((1, 4));
    from..=to
}

#[tokio::test]
async fn lives_with_everything_are_told_as_they_are() {
    let (mut wrong, mut noticed) = (Vec::new(), BTreeSet::new());
    for seed in seeds() {
        let life = Life::live(seed).await;
        noticed.extend(judge::notices(&life));
        let found = judge::judge(&life, &life.play.heard);
        if !found.is_empty() {
            wrong.push(format!("life {seed}:\n{}\n\nthe judge found:\n{}", life.story(), found.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    // Each question found something in lives that went another way: none of them is idle.
    assert_eq!(noticed, BTreeSet::from(judge::QUESTIONS));
}
