//! What the overview keeps of a machine. Texts that many lines share are kept once, beside the lines.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::state::{OverviewState, why_failed};
use crate::domain::access::TeamAccess;
use crate::domain::action::group_key::{GroupKey, groups};
use crate::domain::action::response::WindowActions;
use crate::domain::forecast::{Forecast, coming};
use crate::domain::reason::Reason;
use crate::domain::resource::SubscriptionId;
use crate::domain::responsibility::Responsibility;
use crate::domain::sanitize::one_line;
use crate::domain::window::{MaintenanceWindow, WindowState};

/// How many tags of a machine can be searched for, and how long each may be.
const MOST_TAGS: usize = 24;
const LONGEST_TAG: usize = 100;
/// How many owners of a machine are named.
const MOST_OWNERS: usize = 8;
/// How much of a reason is kept.
const LONGEST_WHY: usize = 160;

/// One machine's line. Times are seconds since 1970, and numbers lead to the texts of its part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverviewLine {
    /// The window's resource, without what others have in front too.
    #[serde(rename = "n")]
    pub name: String,
    #[serde(rename = "p")]
    pub prefix: u32,
    #[serde(rename = "g", default, skip_serializing_if = "is_zero")]
    pub generation: u32,
    /// The name for people, where it is another.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<String>,
    #[serde(rename = "k")]
    pub group: u32,
    #[serde(rename = "s")]
    pub state: OverviewState,
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<i64>,
    /// When Azure restarts it if nobody acts, at the earliest and at the latest.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    /// When its start begins, or began.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub begins: Option<i64>,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<i64>,
    #[serde(rename = "a")]
    pub announced: i64,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<i64>,
    /// Why it failed, or why nobody is notified of it.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub why: Option<u32>,
    /// Who is responsible, the primary first.
    #[serde(rename = "o", default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<u32>,
    /// Whether nobody was found for it: the fallback has it.
    #[serde(rename = "x", default, skip_serializing_if = "std::ops::Not::not")]
    pub unowned: bool,
    #[serde(rename = "q", default, skip_serializing_if = "std::ops::Not::not")]
    pub silenced: bool,
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<u32>,
    /// What Azure takes one part at a time, where it is in a cluster.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub place: Option<u32>,
    /// Its tags, as `name=value`.
    #[serde(rename = "t", default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<u32>,
    /// The fingerprints of the teams whose viewers may see it.
    #[serde(rename = "z", default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<u32>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// Some of the lines of a subscription, with the texts that they share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverviewPart {
    pub subscription: SubscriptionId,
    pub at: DateTime<Utc>,
    pub words: Vec<String>,
    pub lines: Vec<OverviewLine>,
    /// The window that this part is about alone: it replaces the earlier line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<(String, u32)>,
}

/// Texts, each once.
#[derive(Debug, Default)]
pub struct WordTable {
    words: Vec<String>,
    places: HashMap<String, u32>,
}

impl WordTable {
    fn place(&mut self, text: &str) -> u32 {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let place = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        self.words.push(text.to_owned());
        self.places.insert(text.to_owned(), place);
        place
    }

    /// The texts in their places.
    pub fn into_words(self) -> Vec<String> {
        self.words
    }
}

/// What a line is made from.
#[derive(Debug, Clone, Copy)]
pub struct LineInput<'a> {
    pub window: &'a MaintenanceWindow,
    pub actions: &'a WindowActions,
    pub responsible: &'a Responsibility,
    pub teams: &'a [TeamAccess],
    pub cluster_tag: &'a str,
}

impl OverviewLine {
    /// The line of a window at `now`; nothing where the overview does not show it.
    pub fn of(input: LineInput<'_>, words: &mut WordTable, now: DateTime<Utc>) -> Option<Self> {
        let LineInput { window, actions, responsible, teams, cluster_tag } = input;
        let state = OverviewState::of_window(window, actions, now)?;
        let machine = &window.machine;
        let id = window.id.resource.as_str();
        let (prefix, name) = id.rsplit_once('/').map_or(("", id), |(prefix, name)| (prefix, name));
        let shown = window.place().display_name();
        let (from, until) = match coming(window, actions, now) {
            Forecast::ByAzure { earliest, latest } => (Some(earliest), Some(latest)),
            _ => (None, None),
        };
        let start = actions.open_start().or_else(|| actions.last_settled());
        let start = start.filter(|start| start.revision == window.revision);
        let ended = match window.state {
            WindowState::Ended { at, .. } => Some(at),
            WindowState::Open => (state == OverviewState::Done).then_some(window.changed),
        };
        let answers = actions.responses.iter().filter(|record| record.revision == window.revision);
        let answered = answers.map(|record| record.at).chain(start.map(|start| start.decided)).min();
        let why = match state {
            OverviewState::Failed => {
                why_failed(window, actions).or_else(|| window.facts.last_message.clone())
            }
            _ if responsible.silenced.is_some() => responsible.silenced.clone(),
            _ if window.elsewhere.is_some() => {
                Some("announced by Azure, the machine shows nothing of it".to_owned())
            }
            _ if window.is_past(now) && state != OverviewState::Done => {
                Some("its last date passed, and Azure has not said what became of it".to_owned())
            }
            _ => None,
        };
        let cluster = groups(machine, cluster_tag).into_iter().find(GroupKey::is_cluster);
        let place = cluster.as_ref().map(|_| match &machine.availability_set {
            Some(set) => set.folded().to_owned(),
            None => machine.id.folded().to_owned(),
        });
        let mut tags = Vec::new();
        for (_, level) in machine.tags.levels() {
            for (name, value) in level.iter() {
                let tag = words.place(&one_line(&format!("{name}={value}"), LONGEST_TAG));
                if tags.len() < MOST_TAGS && !tags.contains(&tag) {
                    tags.push(tag);
                }
            }
        }
        let owners = responsible.recipients.iter().take(MOST_OWNERS);
        let is_found = responsible.recipients.iter().flat_map(|(_, reasons)| reasons).any(Reason::is_owners);
        Some(Self {
            prefix: words.place(prefix),
            generation: window.id.generation,
            group: words.place(machine.id.resource_group()),
            state,
            deadline: window.deadline(now).map(|at| at.timestamp()),
            from: from.map(|at| at.timestamp()),
            until: until.map(|at| at.timestamp()),
            begins: start.map(|start| start.begins.timestamp()),
            ended: ended.map(|at| at.timestamp()),
            announced: window.first_seen.timestamp(),
            answered: answered.map(|at| at.timestamp()),
            why: why.map(|why| words.place(&one_line(&why, LONGEST_WHY))),
            owners: owners.map(|(name, _)| words.place(name.as_str())).collect(),
            unowned: !is_found && responsible.silenced.is_none(),
            silenced: responsible.silenced.is_some(),
            cluster: cluster.map(|key| words.place(key.as_str())),
            place: place.map(|place| words.place(&place)),
            tags,
            teams: teams
                .iter()
                .filter(|team| team.of.matches(machine, &window.impact))
                .map(|team| words.place(&team.fingerprint()))
                .collect(),
            shown: (shown != name).then_some(shown),
            name: name.to_owned(),
        })
    }
}
