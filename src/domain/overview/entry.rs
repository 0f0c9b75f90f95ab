//! A line as it is looked at: with its texts, as things stand now.

use chrono::{DateTime, Utc};

use super::line::{OverviewLine, OverviewPart};
use super::state::{OverviewState, SHOWN_AFTER_END};
use crate::domain::resource::SubscriptionId;

/// One machine.
#[derive(Debug, Clone, Copy)]
pub struct OverviewEntry<'a> {
    pub line: &'a OverviewLine,
    part: &'a OverviewPart,
    /// The subscription's name for people.
    name: Option<&'a str>,
    pub state: OverviewState,
}

impl<'a> OverviewEntry<'a> {
    /// The line as things stand at `now`; nothing for what was done long ago. What was to be decided until a moment that
    /// passed since the line was written is left to Azure.
    pub fn at(
        line: &'a OverviewLine,
        part: &'a OverviewPart,
        name: Option<&'a str>,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let moment = now.timestamp();
        let is_over = |at: Option<i64>| at.is_some_and(|at| at <= moment);
        let state = match line.state {
            OverviewState::Done if is_over(line.ended.map(|at| at + SHOWN_AFTER_END.num_seconds())) => {
                return None;
            }
            OverviewState::Undecided if is_over(line.deadline) => OverviewState::LeftToAzure,
            state => state,
        };
        Some(Self { line, part, name, state })
    }

    fn word(&self, place: u32) -> &'a str {
        self.part.words.get(place as usize).map(String::as_str).unwrap_or_default()
    }

    /// The name for people.
    pub fn display_name(&self) -> &'a str {
        self.line.shown.as_deref().unwrap_or(&self.line.name)
    }

    /// The id of the window's resource.
    pub fn resource(&self) -> String {
        format!("{}/{}", self.word(self.line.prefix), self.line.name)
    }

    /// The resource group.
    pub fn resource_group(&self) -> &'a str {
        self.word(self.line.group)
    }

    /// The subscription's id.
    pub fn subscription(&self) -> &'a SubscriptionId {
        &self.part.subscription
    }

    /// The subscription's name for people, or its id.
    pub fn subscription_name(&self) -> &'a str {
        self.name.unwrap_or(self.part.subscription.as_str())
    }

    /// Who is responsible, the primary first.
    pub fn owners(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let (part, line) = (self.part, self.line);
        line.owners.iter().filter_map(|place| part.words.get(*place as usize)).map(String::as_str)
    }

    /// Who answers for it: the first of those who are responsible.
    pub fn owner(&self) -> Option<&'a str> {
        self.owners().next()
    }

    /// Why it failed, or why nobody is notified of it.
    pub fn why(&self) -> Option<&'a str> {
        self.line.why.map(|place| self.word(place))
    }

    /// The cluster that it is in, by its tag.
    pub fn cluster(&self) -> Option<&'a str> {
        self.line.cluster.map(|place| self.word(place))
    }

    /// What Azure takes one part at a time.
    pub fn place(&self) -> &'a str {
        self.line.place.map(|place| self.word(place)).unwrap_or_default()
    }

    /// Its tags, as `name=value`.
    pub fn tags(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let (part, line) = (self.part, self.line);
        line.tags.iter().filter_map(|place| part.words.get(*place as usize)).map(String::as_str)
    }

    /// Whether viewers of one of these teams may see it.
    pub fn is_of(&self, teams: &[String]) -> bool {
        self.line.teams.iter().any(|place| teams.iter().any(|team| team == self.word(*place)))
    }
}
