//! Plays a history to the program: the jobs as they are deployed, on a store in memory and a clock that jumps from one
//! moment at which something is to be done to the next.
//!
//! Azure is replaced by what looks at it return. Of the looks every quarter of an hour only those are made of which
//! something can come, and one a day of every subscription, which has to find nothing new.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DurationRound, TimeDelta};
use maintenance_notifier::azure::ArmClient;
use maintenance_notifier::clock::ManualClock;
use maintenance_notifier::config::Configuration;
use maintenance_notifier::deliver::{Concerns, Delivery};
use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::domain::action::response::{Response, StartProgress, StartStatus, StartSummary};
use maintenance_notifier::domain::action::scope::Scope;
use maintenance_notifier::domain::action::start::{
    EarlierAttempts, ReleasedBy, RetryTime, Start, StartOrigin, StartOutcome, StartState,
};
use maintenance_notifier::domain::directory::People;
use maintenance_notifier::domain::ids::MessageId;
use maintenance_notifier::domain::imminent::ScheduledEventNotice;
use maintenance_notifier::domain::observation::Observation;
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::domain::recipient_name::RecipientName;
use maintenance_notifier::domain::recipient_settings::Mute;
use maintenance_notifier::domain::reconcile::reconcile;
use maintenance_notifier::domain::urgency::Urgency;
use maintenance_notifier::domain::window::{LastResult, MaintenanceWindow};
use maintenance_notifier::jobs::receive_maintenance_event::receive_events;
use maintenance_notifier::services::assign::assign;
use maintenance_notifier::services::delivery::deliver;
use maintenance_notifier::services::emit::emit;
use maintenance_notifier::services::event_confirmation::note_confirmed;
use maintenance_notifier::services::planning::plan_due;
use maintenance_notifier::services::recipient_settings::{self, LinkHolder, SettingResult};
use maintenance_notifier::services::respond::{ResponseRequest, ResponseResult, respond};
use maintenance_notifier::services::start::{StartRequest, StartResult, start};
use maintenance_notifier::services::sync_assignments::sync_assignments;
use maintenance_notifier::services::{App, ServiceError};
use maintenance_notifier::store::SharedStore;
use maintenance_notifier::store::repository::{ActionTransaction, RoundRow};
use tokio::task::JoinSet;

use super::azure::{Azure, subscription};
use super::history::{Action, Ending, Event, HAND_OVER_ENDS, History, Refusal, Time, UserAction};
use super::log::Log;
use super::setup::{self, HandedOver};

/// How many messages are handed over at once.
const AT_ONCE: usize = 16;
const MINUTE: TimeDelta = TimeDelta::minutes(1);

/// Something that kills the process, and brings the store back for the next one.
pub(crate) trait Killer {
    /// Whether the process is dead: nothing is read or written any more.
    fn has_killed(&self) -> bool;
    /// The store works again, for the next process.
    fn revive(&self);
}

/// Nothing ever goes wrong.
pub(crate) struct Peace;

impl Killer for Peace {
    fn has_killed(&self) -> bool {
        false
    }

    fn revive(&self) {}
}

/// Plays `history` on `store`.
pub(crate) async fn play(history: &History, store: SharedStore, killer: &dyn Killer) -> Log {
    let mut driver = Driver::new(history, store, killer);
    driver.run().await;
    driver.finish().await
}

pub(super) struct Driver<'a> {
    pub(super) history: &'a History,
    pub(super) azure: Azure<'a>,
    killer: &'a dyn Killer,
    clock: Arc<ManualClock>,
    arm: ArmClient,
    store: SharedStore,
    configuration: (Time, Configuration),
    mail_is_down: bool,
    pub(super) app: Arc<App>,
    handed_over: HandedOver,
    handed_over_before: HashSet<(String, String)>,
    last_looks: HashMap<usize, Time>,
    /// The starts by id, with their numbers among those of their window.
    pub(super) starts: HashMap<String, u32>,
    pub(super) log: Log,
    parts: BTreeMap<&'static str, (usize, Duration)>,
}

impl<'a> Driver<'a> {
    fn new(history: &'a History, store: SharedStore, killer: &'a dyn Killer) -> Self {
        let clock = Arc::new(ManualClock::new(history.from));
        let arm = setup::nowhere(&clock);
        let text = setup::file(history, history.from);
        let configuration = setup::configuration(&text, history.from);
        let handed_over = HandedOver::default();
        let app = setup::app(configuration.clone(), &store, (&clock, &arm), &handed_over, false);
        Self {
            history,
            azure: Azure::new(history),
            killer,
            clock,
            arm,
            store,
            configuration: (history.from, configuration),
            mail_is_down: false,
            app,
            handed_over,
            handed_over_before: HashSet::new(),
            last_looks: HashMap::new(),
            starts: HashMap::new(),
            log: Log::default(),
            parts: BTreeMap::new(),
        }
    }

    fn now(&self) -> Time {
        maintenance_notifier::clock::Clock::now(&*self.clock)
    }

    /// A new process, under the configuration and with the mail service as they are now.
    fn restart(&mut self) {
        let now = self.now();
        let from = self.history.configuration_at(now).from;
        if from != self.configuration.0 {
            let text = setup::file(self.history, now);
            self.configuration = (from, setup::configuration(&text, now));
        }
        self.mail_is_down = self.history.outages.iter().any(|outage| outage.contains(now));
        self.count_mails();
        self.handed_over = HandedOver::default();
        let around = (&self.clock, &self.arm);
        let configuration = self.configuration.1.clone();
        self.app = setup::app(configuration, &self.store, around, &self.handed_over, self.mail_is_down);
        self.mailboxes_refuse(now);
    }

    fn count_mails(&mut self) {
        self.handed_over.cards.take();
        for mail in self.handed_over.mails.take() {
            let head = &mail.bytes[..mail.bytes.len().min(4096)];
            let text = String::from_utf8_lossy(head);
            let id = text.lines().find(|line| line.to_ascii_lowercase().starts_with("message-id:"));
            let id = id.expect("a mail has a Message-ID").to_owned();
            self.log.handed_over += 1;
            if !self.handed_over_before.insert((mail.to.to_string(), id)) {
                self.log.twice += 1;
            }
        }
    }

    async fn run(&mut self) {
        let mut looks = self.azure.looks();
        let first = looks.keys().next().copied().unwrap_or(self.history.from);
        self.clock.set(first);
        self.begin().await;
        let (mut actions, mut events) = (0, 0);
        let mut now = first - MINUTE;
        self.log.taken = vec![false; self.history.actions.len()];
        loop {
            let action = self.history.actions.get(actions).map(|action| action.at);
            let event = self.history.events.get(events).map(|event| event.at);
            let look = looks.keys().next().copied();
            let tick = self.next_tick(now).await;
            let Some(next) = [action, event, look, tick].into_iter().flatten().min() else { break };
            if next >= self.history.to {
                break;
            }
            now = next;
            self.clock.set(now);
            let down = self.history.outages.iter().any(|outage| outage.contains(now));
            let configured = self.history.configuration_at(now).from;
            if down != self.mail_is_down || configured != self.configuration.0 {
                self.restart();
            }
            self.mailboxes_refuse(now);
            let due =
                if look == Some(now) { looks.remove(&now).unwrap_or_default() } else { BTreeSet::new() };
            self.look(due).await;
            while self.history.actions.get(actions).is_some_and(|action| action.at <= now) {
                let action = self.history.actions[actions].clone();
                loop {
                    match self.act(&action).await {
                        Ok(taken) => break self.log.taken[actions] |= taken,
                        Err(_) => self.after_a_kill(),
                    }
                }
                actions += 1;
            }
            while let Some(event) = self.history.events.get(events).filter(|event| event.at <= now) {
                while self.announce(event).await.is_err() {
                    self.after_a_kill();
                }
                events += 1;
            }
            if self.tick().await.is_err() || self.killer.has_killed() {
                self.after_a_kill();
            }
            self.count_mails();
        }
        self.clock.set(self.history.to);
        self.restart();
    }

    /// What each mailbox answers now.
    fn mailboxes_refuse(&self, now: Time) {
        let refusing = self.history.refusals.iter().filter(|(_, span, _)| span.contains(now));
        let answers = refusing.filter_map(|(index, _, why)| {
            let address = self.history.people[*index].address.clone()?;
            let delivery = match why {
                Refusal::Full => Delivery::Deferred {
                    error: "mail:25 answered 452 4.2.2 for the recipient's address: mailbox full".to_owned(),
                    retry_after: None,
                    certainly_unsent: true,
                    concerns: Concerns::Recipient,
                },
                Refusal::Ours => Delivery::Ours {
                    error: "mail:25 answered 550 5.7.1 for the recipient's address: relaying denied"
                        .to_owned(),
                    retry_after: None,
                    concerns: Concerns::Message,
                },
            };
            Some((address, delivery))
        });
        self.handed_over.mails.answer(answers);
    }

    fn after_a_kill(&mut self) {
        assert!(self.killer.has_killed(), "a job failed though nothing was wrong");
        self.killer.revive();
        self.log.kills += 1;
        self.restart();
    }

    async fn timed<T>(&mut self, part: &'static str, count: usize, work: impl Future<Output = T>) -> T {
        let begun = Instant::now();
        let done = work.await;
        self.spent(part, count, begun);
        done
    }

    fn spent(&mut self, part: &'static str, count: usize, begun: Instant) {
        let (times, spent) = self.parts.entry(part).or_default();
        *times += count;
        *spent += begun.elapsed();
    }

    /// The tenant is there, and its first round of looks begins.
    async fn begin(&self) {
        let now = self.now();
        let all = (0..self.history.lost.len()).map(subscription).collect::<Vec<_>>();
        let begun = self.app.repository.update_tenant(|tenant| {
            tenant.collected = Some(now);
            tenant.known_subscriptions.clone_from(&all);
            tenant.round = Some(RoundRow { id: now, started: now, expected: Vec::new() });
        });
        begun.await.unwrap();
    }

    /// The first whole minute after `now` at which planning or sending has something to do.
    async fn next_tick(&self, now: Time) -> Option<Time> {
        let repository = &self.app.repository;
        let wake = repository.next_wake().await.unwrap();
        let index = repository.outbox_index(Urgency::calm_after(now), usize::MAX).await.unwrap();
        let attempt = index.entries.iter().map(|entry| entry.next_attempt).min();
        let due = [wake, attempt].into_iter().flatten().min()?;
        let tick = due.duration_trunc(MINUTE).unwrap();
        Some(if tick < due { tick + MINUTE } else { tick }.max(now + MINUTE))
    }

    /// Plans, and sends what is due.
    async fn tick(&mut self) -> Result<(), ServiceError> {
        let now = self.now();
        let app = self.app.clone();
        let (tenant, _) = app.repository.tenant().await?;
        if tenant.collected.is_none_or(|at| now - at >= TimeDelta::hours(1)) {
            // Resource Graph answers every quarter of an hour, whatever it leaves out.
            app.repository.update_tenant(|tenant| tenant.collected = Some(now)).await?;
        }
        self.timed("plan", 1, plan_due(&app)).await?;
        let tickets = self.timed("emit", 1, emit(&app)).await?;
        let count = tickets.len();
        let deliver = async move {
            // A queue hands out many messages at once.
            let mut running: JoinSet<Result<(), ServiceError>> = JoinSet::new();
            for ticket in tickets {
                let app = app.clone();
                running.spawn(async move { deliver(&app, &ticket).await.map(drop) });
                if running.len() == AT_ONCE {
                    running.join_next().await.unwrap().unwrap()?;
                }
            }
            while let Some(done) = running.join_next().await {
                done.unwrap()?;
            }
            Ok(())
        };
        self.timed("deliver", count, deliver).await
    }

    /// Looks at subscriptions, as a queue hands them out: many at once, and those again whose look was killed.
    async fn look(&mut self, mut due: BTreeSet<usize>) {
        while !due.is_empty() {
            let (now, begun) = (self.now(), Instant::now());
            let mut looks = 0;
            let mut running: JoinSet<(usize, Result<usize, ServiceError>)> = JoinSet::new();
            for number in due.iter().copied() {
                let (app, observation) = (self.app.clone(), self.azure.look(number, now));
                running.spawn(async move { (number, look_at(&app, &observation, now).await) });
            }
            while let Some(done) = running.join_next().await {
                let (number, Ok(changes)) = done.unwrap() else { continue };
                let last = self.last_looks.insert(number, now);
                assert!(
                    changes == 0 || last.is_none_or(|last| self.changed(number, last, now)),
                    "a look that nothing happened before found something: {number} {now}"
                );
                due.remove(&number);
                looks += 1;
            }
            self.spent("look", looks, begun);
            if !due.is_empty() {
                self.after_a_kill();
            }
        }
    }

    /// Whether anything of which a look can tell happened in the subscription after one look and up to another.
    fn changed(&self, number: usize, after: Time, up_to: Time) -> bool {
        let history = self.history;
        // What is not there any more ends with the second look that misses it.
        let within =
            |at: Time| [at, history.second_look_after(at)].iter().any(|at| after < *at && *at <= up_to);
        let handed_over = history.actions.iter().any(|action| {
            let of_it = history.machines[action.machine].subscription == number;
            let is_back = within(action.at + HAND_OVER_ENDS);
            of_it && matches!(action.action, UserAction::HandOver(_)) && (within(action.at) || is_back)
        });
        let touches = |span: &super::history::Span| within(span.from) || within(span.to);
        handed_over
            || history.lost[number].iter().any(touches)
            || self.azure.machines(number).any(|machine| history.changes(machine).any(within))
    }

    /// Azure announces an event.
    async fn announce(&mut self, event: &Event) -> Result<(), ServiceError> {
        let app = self.app.clone();
        let subscription = self.azure.id(event.machine).subscription();
        let event = self.azure.event(event);
        self.timed("event", 1, receive_events(&app, &[event])).await?;
        // Azure lists what it sent.
        let windows = app.repository.windows(&subscription).await?;
        let events = windows.values().flat_map(|row| {
            let about = &row.window.id.resource;
            row.window.scheduled_events.iter().map(|event| ScheduledEventNotice {
                event: event.clone(),
                about: about.clone(),
                names: Vec::new(),
            })
        });
        let listed: Vec<ScheduledEventNotice> = events.collect();
        note_confirmed(&app, &subscription, Some(&listed), &[], app.clock.now()).await?;
        Ok(())
    }

    /// Wants to hear nothing of a machine, or of its group.
    async fn silence(
        &self,
        app: &App,
        action: &Action,
        group: bool,
        until: Time,
    ) -> Result<bool, ServiceError> {
        let resource = self.azure.id(action.machine);
        let scope = match group {
            true => Scope::group_of(resource),
            false => Scope::Machine { resource: resource.clone(), vm_id: None },
        };
        let recipient: RecipientName = action.who.parse().unwrap();
        let by = Actor { recipient: Some(recipient.clone()), ..Actor::default() };
        let message = MessageId::derive(&recipient, 0);
        let silence =
            Mute { scope, until, reason: "the lab is rebuilt".to_owned(), by: by.clone(), at: action.at };
        let holder = LinkHolder { recipient, by, message, form: None };
        Ok(recipient_settings::mute(app, &holder, &[silence]).await? == SettingResult::Done)
    }

    /// Does what somebody does. Returns whether it was taken.
    async fn act(&mut self, action: &Action) -> Result<bool, ServiceError> {
        let app = self.app.clone();
        let repository = &app.repository;
        if let UserAction::Silence { group, until } = action.action {
            return self.silence(&app, action, group, until).await;
        }
        let id = self.azure.id(action.machine);
        let rows = repository.windows(&id.subscription()).await?;
        let newest = rows.values().filter(|row| row.window.id.resource == *id);
        let Some(row) = newest.max_by_key(|row| row.window.id.generation) else { return Ok(false) };
        let (window, revision) = (row.window.id.clone(), row.window.revision);
        let by = Actor { recipient: Some(action.who.parse().unwrap()), ..Actor::default() };
        let response = match &action.action {
            UserAction::Plan(begins) => {
                let origin = StartOrigin::CommandLine;
                let start_request =
                    StartRequest { window, revision, by, origin, begins: Some(*begins), accepts: None };
                return Ok(match start(&app, &start_request).await? {
                    StartResult::Planned(start) => {
                        let actions = repository.actions(&start.window).await?;
                        self.starts.insert(start.id.to_string(), actions.attempts);
                        true
                    }
                    // It was planned by a process that was killed before it could answer.
                    StartResult::Already(known) => {
                        self.starts.insert(known.id.to_string(), row.actions.attempts.max(1));
                        known.decided == self.now()
                    }
                    _ => false,
                });
            }
            UserAction::Begin => {
                let before = EarlierAttempts { last_result: LastResult::None, last_message: None };
                let at = self.now();
                let state =
                    StartState::Accepted { at, before, operation: None, correlation: None, ask_from: None };
                return self.put_start(&app, action, state, StartStatus::UnderWay, None).await;
            }
            UserAction::GoUnknown => {
                let before = EarlierAttempts { last_result: LastResult::None, last_message: None };
                let at = self.now() - TimeDelta::days(1);
                let state =
                    StartState::Accepted { at, before, operation: None, correlation: None, ask_from: None };
                let since = Some(self.now());
                return self.put_start(&app, action, state, StartStatus::UnderWay, since).await;
            }
            UserAction::End(ending) => {
                let refused = || ("OperationNotAllowed".to_owned(), "Not now.".to_owned());
                let outcome = match ending {
                    // Some have no agent that could say so.
                    Ending::Completed => StartOutcome::Completed { well: !action.machine.is_multiple_of(3) },
                    Ending::Refused => {
                        let (code, message) = refused();
                        StartOutcome::Refused { code, message }
                    }
                    Ending::Lost => StartOutcome::NeverReceived,
                    Ending::NotKnown => StartOutcome::NotKnown { released: ReleasedBy::Window },
                    Ending::RetryLater => {
                        StartOutcome::RetryLater { message: None, again: RetryTime::default() }
                    }
                    Ending::Skipped => StartOutcome::Skipped { message: None },
                };
                let at = self.now();
                let state = StartState::Settled { at, outcome: outcome.clone() };
                return self.put_start(&app, action, state, StartStatus::Settled { at, outcome }, None).await;
            }
            UserAction::Acknowledge => Response::Acknowledge { note: None, change: None },
            UserAction::Snooze(until) => Response::Snooze { until: *until },
            UserAction::HandOver(to) => Response::HandOver { to: to.parse().unwrap() },
            UserAction::Accept => Response::Accept,
            UserAction::NotMine => Response::NotMine,
            UserAction::Object => match repository.actions(&window).await?.starts.last() {
                Some(start) => Response::Object { start: start.id.clone() },
                None => return Ok(false),
            },
            UserAction::Silence { .. } => unreachable!("it is about no window"),
        };
        let heard = respond(
            &app,
            &ResponseRequest { window, revision, by, origin: StartOrigin::CommandLine, response },
        )
        .await?;
        Ok(matches!(heard, ResponseResult::Noted | ResponseResult::CalledOff))
    }

    /// What following a start at Azure would have found out.
    async fn put_start(
        &self,
        app: &App,
        action: &Action,
        state: StartState,
        status: StartStatus,
        not_known: Option<Time>,
    ) -> Result<bool, ServiceError> {
        let id = self.azure.id(action.machine);
        let open = app.repository.open_starts().await?;
        let open = open.values().find(|start| start.window.resource == *id).cloned();
        let Some(open) = open else { return Ok(false) };
        let decide = |transaction: &mut ActionTransaction| {
            let next = Start { state: state.clone(), ..open.clone() };
            transaction.actions.note_start(StartSummary {
                id: next.id.clone(),
                by: next.by.clone(),
                decided: next.decided,
                begins: next.begins,
                revision: next.revision,
                plan: None,
                status: status.clone(),
                ordered: None,
                accepts: None,
                progress: StartProgress { not_known, ..StartProgress::default() },
            });
            transaction.start = Some(next);
        };
        app.repository.decide(&open.window, &[], decide).await?;
        sync_assignments(app, &open.window).await?;
        Ok(true)
    }

    async fn finish(mut self) -> Log {
        let begun = Instant::now();
        self.read_ledger().await;
        self.parts.insert("read the ledger", (1, begun.elapsed()));
        self.log.parts = self.parts.iter().map(|(part, (times, spent))| (*part, *times, *spent)).collect();
        self.log
    }
}

/// What a look at one subscription leads to. Returns how many of its windows it changed.
async fn look_at(app: &App, observation: &Observation, now: Time) -> Result<usize, ServiceError> {
    let (repository, policy, id) = (&app.repository, app.policy(), &observation.subscription);
    let known = repository.windows(id).await?;
    let windows: Vec<MaintenanceWindow> = known.values().map(|row| row.window.clone()).collect();
    let reconciled = reconcile(&windows, observation);
    let changes = reconciled.changes.len();
    let done =
        assign(repository, &policy, &People::default(), id, known.rows, reconciled.windows, now).await?;
    repository
        .update_subscription(id, |summary| {
            summary.open_windows = done.open;
            summary.owned = done.owned;
            summary.observed = Some(now);
            summary.decided_by = Some(policy.version.clone());
        })
        .await?;
    let unseen = observation.unseen.iter().map(|unseen| OperatorAlert::Unseen {
        scope: unseen.scope.clone(),
        reason: unseen.reason.clone(),
        cause: unseen.cause,
    });
    let operator_alerts: Vec<OperatorAlert> = unseen.chain(done.operator_alerts).collect();
    app.report(&operator_alerts, now).await?;
    Ok(changes)
}
