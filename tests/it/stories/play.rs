//! Plays a story to the program, and compares what was heard.

use std::collections::BTreeMap;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use maintenance_notifier::domain::action::start::StartState;

use super::heard::{Heard, differences};
use super::moment::written;
use super::read::{StoryRow, rows};
use crate::whole::tenant::{CONFIGURATION, Letter, Setup, TestTenant, empty_world, subscription};

const MINUTE: TimeDelta = TimeDelta::minutes(1);
/// How often Azure is looked at.
const LOOK: TimeDelta = TimeDelta::hours(1);

/// A table, with what it needs beside it.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    table: String,
    /// Configurations by name; the first is in force when the story begins.
    configurations: Vec<(String, String)>,
}

/// Plays a story under the usual configuration: owners by tag, and a platform team.
pub(crate) async fn tell(table: &str) {
    Story::new(table).tell().await;
}

impl Story {
    pub(crate) fn new(table: &str) -> Self {
        Self { table: table.to_owned(), configurations: vec![("usual".to_owned(), CONFIGURATION.to_owned())] }
    }

    /// What the usual configuration has besides, from the beginning.
    pub(crate) fn with(mut self, more: &str) -> Self {
        self.configurations[0].1.push_str(more);
        self
    }

    /// A configuration that a row can bring into force by its name.
    pub(crate) fn configuration(mut self, name: &str, text: &str) -> Self {
        self.configurations.push((name.to_owned(), text.to_owned()));
        self
    }

    /// Everything is in place, and no row of the table is played yet.
    pub(super) async fn begin(&self) -> Play {
        Play::begin(self, &rows(&self.table)).await
    }

    /// Plays it, and panics with everything that is not as the table has it.
    pub(crate) async fn tell(self) {
        let rows = rows(&self.table);
        let mut play = Play::begin(&self, &rows).await;
        let acts = rows.iter().filter(|row| row.until.is_none());
        for row in acts {
            play.until(row.from).await;
            play.row(row).await;
        }
        let mut wrong = play.wrong;
        wrong.extend(differences(&rows, &play.heard));
        let heard: Vec<String> = play.heard.iter().map(Heard::line).collect();
        assert!(
            wrong.is_empty(),
            "the story went another way:\n{}\n\nwhat was heard:\n{}\n",
            wrong.join("\n"),
            heard.join("\n")
        );
    }
}

/// A story while it is played.
pub(super) struct Play {
    pub(super) tenant: TestTenant,
    pub(super) configurations: BTreeMap<String, String>,
    pub(super) heard: Vec<Heard>,
    /// The newest letter to each.
    pub(super) letters: BTreeMap<String, Letter>,
    /// What checks in the middle of the story found.
    pub(super) wrong: Vec<String>,
    /// What the mail server does with whom.
    pub(super) ways: BTreeMap<String, String>,
    pub(super) down: bool,
}

impl Play {
    async fn begin(story: &Story, rows: &[StoryRow]) -> Self {
        let world = empty_world();
        world.script().add_subscription(subscription(crate::whole::tenant::SUBSCRIPTION, "Contoso Test"));
        let mut setup = Setup::new(world).configuration(story.configurations[0].1.clone());
        if rows.iter().any(|row| row.what.starts_with("mail ")) {
            setup = setup.smtp();
        }
        let tenant = setup.begin().await;
        let mut play = Self {
            tenant,
            configurations: story.configurations.iter().cloned().collect(),
            heard: Vec::new(),
            letters: BTreeMap::new(),
            wrong: Vec::new(),
            ways: BTreeMap::new(),
            down: false,
        };
        play.round(true).await;
        play
    }

    /// Lets time pass until `end`, which is still to come.
    pub(super) async fn until(&mut self, end: DateTime<Utc>) {
        while let Some(next) = self.next().await.filter(|next| *next <= end) {
            self.tenant.clock.set(next);
            self.round(next == next.duration_trunc(LOOK).unwrap()).await;
        }
        assert!(self.tenant.now() <= end, "rows are in order: {} comes too late", written(end));
        self.tenant.clock.set(end);
    }

    /// The next minute at which something is to be done.
    async fn next(&self) -> Option<DateTime<Utc>> {
        let soonest = (self.tenant.now() + MINUTE).duration_trunc(MINUTE).unwrap();
        let look = (self.tenant.now() + LOOK).duration_trunc(LOOK).unwrap();
        if self.down {
            return Some(look);
        }
        let open = self.tenant.repository.open_starts().await.unwrap();
        let follow = open.values().map(|start| match start.state {
            StartState::Planned => start.begins.max(soonest),
            _ => soonest,
        });
        let tick = self.tenant.next_tick().await;
        follow.chain(tick).chain([look]).min()
    }

    /// What the timers do in this minute.
    async fn round(&mut self, looks: bool) {
        if self.down {
            return;
        }
        if looks {
            let swept = self.tenant.host.invoke_timer("SweepMachines").await;
            assert!(swept.is_ok(), "{swept:?}");
            self.tenant.look().await;
        }
        self.tenant.follow().await;
        self.tenant.plan().await;
        self.listen().await;
    }

    /// Takes what was sent since.
    pub(super) async fn listen(&mut self) {
        let at = self.tenant.now();
        for letter in self.tenant.messages().await {
            let (content, mail) = self.tenant.read(&letter).await;
            let who = letter.to.split('@').next().unwrap_or_default().to_owned();
            let what = super::table::of(&content);
            let text = format!("{}\n{}", mail.subject, mail.text);
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            self.heard.push(Heard { at, who: who.clone(), what, text, content: Some(content) });
            self.letters.insert(who, letter);
        }
        for card in self.tenant.cards() {
            let what = self.card(&card).await;
            self.heard.push(Heard {
                at,
                who: format!("channel {}", card.to),
                what,
                text: card.json,
                content: None,
            });
        }
        let script = self.tenant.simulation.script();
        for request in script.requests().iter().filter(|it| it.path.ends_with("/performMaintenance")) {
            let who = request.path.rsplit('/').nth(1).unwrap_or_default().to_owned();
            let what = ["is started".to_owned()].into();
            let text = request.status.to_string();
            self.heard.push(Heard { at, who, what, text, content: None });
        }
        script.forget_requests();
    }
}
