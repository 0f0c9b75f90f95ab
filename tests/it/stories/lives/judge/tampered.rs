//! Lives that went another way than they did: the judge has to notice.

use chrono::TimeDelta;
use maintenance_notifier::domain::stage::Stage;

use super::judge;
use crate::stories::heard::Heard;
use crate::stories::lives::life::Life;

/// How the lines begin with which the judge answers its questions.
pub(in crate::stories::lives) const QUESTIONS: [&str; 12] = [
    "untrue",
    "no news",
    "twice",
    "untold",
    "begun without",
    "begun while",
    "nobody heard",
    "promised",
    "too many",
    "never ended",
    "old",
    "disabled",
];

/// The questions that the judge answers otherwise when something else had arrived than did.
pub(in crate::stories::lives) fn notices(life: &Life) -> Vec<&'static str> {
    let heard = &life.play.heard;
    let tells = |stage: Stage| {
        heard.iter().position(|heard| {
            let items = heard.content.iter().flat_map(|content| &content.items);
            heard.who != "platform" && items.into_iter().any(|item| item.stages.contains(&stage))
        })
    };
    let mut tampered: Vec<Vec<Heard>> = Vec::new();
    let mut changed = |change: &dyn Fn(&mut Vec<Heard>)| {
        let mut other = heard.clone();
        change(&mut other);
        tampered.push(other);
    };
    for stage in [Stage::Announced, Stage::Rescheduled, Stage::Reminder, Stage::Completed] {
        let Some(place) = tells(stage) else { continue };
        changed(&|heard| heard[place].at -= TimeDelta::days(3));
        changed(&|heard| {
            let mut again = heard[place].clone();
            again.at += TimeDelta::minutes(1);
            heard.insert(place + 1, again);
        });
        changed(&|heard| {
            let again = heard[place].clone();
            heard.splice(place..place, std::iter::repeat_n(again, 7));
        });
    }
    if let Some(start) = heard.iter().position(|heard| heard.what.contains("is started")) {
        changed(&|heard| heard[start].at += TimeDelta::hours(5));
        changed(&|heard| {
            let again = heard[start].clone();
            heard.insert(start + 1, again);
        });
    }
    // No text says how old it is, and each that something can be started.
    changed(&|heard| heard.iter_mut().for_each(|heard| heard.text = "Choose a time for it".to_owned()));
    // Nobody got any mail, or nobody one that ends something.
    changed(&|heard| heard.retain(|heard| heard.content.is_none()));
    changed(&|heard| {
        let ends = ["started", "completed", "failed", "skipped", "called off", "no longer", "cancelled"];
        heard.retain(|heard| !heard.what.iter().any(|what| ends.iter().any(|end| what.starts_with(end))));
    });
    let found: Vec<String> = tampered.iter().flat_map(|heard| judge(life, heard)).collect();
    QUESTIONS.into_iter().filter(|question| found.iter().any(|line| line.starts_with(question))).collect()
}
