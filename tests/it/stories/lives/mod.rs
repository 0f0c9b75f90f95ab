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
    let (from, to) = parsed.unwrap_or((1, 12));
    from..=to
}

/// What the judge found in a life, and which questions it answers otherwise when something else had arrived.
fn lived(seed: u64) -> (Option<String>, Vec<&'static str>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let life = runtime.block_on(Life::live(seed));
    let found = judge::judge(&life, &life.play.heard);
    let wrong = format!("life {seed}:\n{}\n\nthe judge found:\n{}", life.story(), found.join("\n"));
    ((!found.is_empty()).then_some(wrong), judge::notices(&life))
}

#[test]
fn lives_with_everything_are_told_as_they_are() {
    let (mut wrong, mut noticed) = (Vec::new(), BTreeSet::new());
    // Two at a time.
    let half =
        |rest: u64| move || seeds().filter(move |seed| seed % 2 == rest).map(lived).collect::<Vec<_>>();
    let lives = std::thread::scope(|scope| {
        let halves = [0, 1].map(|rest| scope.spawn(half(rest)));
        halves.map(|half| half.join().unwrap()).into_iter().flatten().collect::<Vec<_>>()
    });
    for (found, questions) in lives {
        wrong.extend(found);
        noticed.extend(questions);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    // Each question found something in lives that went another way: none of them is idle.
    assert_eq!(noticed, BTreeSet::from(judge::QUESTIONS));
}
