//! Reads from the ledger what was sent, in the plain form that the model knows, and asks of each thing why.
//!
//! Every message says why in what it was bound to. In small tenants `explain` is asked too: it reads much for a window.

use std::collections::BTreeSet;

use maintenance_notifier::cli::explain::explain_all;
use maintenance_notifier::domain::calendar_entry::CalendarMethod;
use maintenance_notifier::domain::endpoint::Endpoint;
use maintenance_notifier::domain::message_content::MessageContent;
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::domain::urgency::Urgency;
use maintenance_notifier::domain::window::WindowId;

use super::azure::EVENT;
use super::driver::Driver;
use super::log::{Item, Message};

/// Tenants with so many machines are small.
const FEW: usize = 100;

impl Driver<'_> {
    /// Every message that was sent, and what is left over.
    pub(super) async fn read_ledger(&mut self) {
        let explained = match self.history.machines.len() {
            ..=FEW => Some(self.explained().await),
            _ => None,
        };
        let app = self.app.clone();
        let repository = &app.repository;
        let names: Vec<String> = self.history.people.iter().map(|person| person.name.clone()).collect();
        for name in names {
            let state = repository.state(&name.parse().unwrap()).await.unwrap();
            assert!(state.unreadable.is_empty(), "{name}: {:?}", state.unreadable);
            for message in state.ledger.into_iter().map(|stored| stored.value) {
                let Some(at) = message.notified_at.filter(|_| message.notifies()) else { continue };
                let content = repository.content(&message.recipient, message.sequence).await.unwrap();
                let content = content.expect("what was sent is kept");
                self.unexplained(&name, &content);
                let asked =
                    explained.iter().flat_map(|known| message.items.iter().map(move |item| (known, item)));
                for (known, item) in asked {
                    let (id, stage) = (message.id.to_string(), item.stage.to_string());
                    if !known.contains(&(name.clone(), item.window.to_string(), id, stage)) {
                        self.log.unexplained.push(format!("`explain` knows nothing of {item:?} for {name}"));
                    }
                }
                let items = message.items.iter().map(|item| Item {
                    machine: self.azure.machine(&item.window.resource),
                    generation: item.window.generation,
                    revision: item.revision.0,
                    stage: item.stage.to_string(),
                    step: item.step,
                    start: item.event.as_ref().and_then(|id| self.starts.get(id).copied()),
                    event: item
                        .event
                        .as_ref()
                        .and_then(|id| id.split('@').next()?.strip_prefix(EVENT)?.parse().ok()),
                });
                let ends = message.operator_alerts.iter().filter_map(|operator_alert| match operator_alert {
                    OperatorAlert::SilenceEnds { said: Some(_), until, .. } => Some(*until),
                    _ => None,
                });
                let settled = |is: fn(&Endpoint) -> bool| {
                    let taken = message.endpoints.iter().filter(|to| message.settled.contains(&to.key()));
                    taken.filter(|to| is(to)).count()
                };
                let notified = Message {
                    recipient: name.clone(),
                    sequence: message.sequence,
                    at,
                    kind: message.kind.as_str().to_owned(),
                    items: items.collect(),
                    mails: settled(Endpoint::is_mail),
                    cards: settled(|endpoint| matches!(endpoint, Endpoint::Teams { .. })),
                    chats: settled(|endpoint| matches!(endpoint, Endpoint::Chat { .. })),
                    summary: message.summary,
                    silences_end: ends.collect(),
                    calendar: message
                        .calendar
                        .iter()
                        .map(|entry| {
                            (entry.uid.clone(), entry.sequence, entry.method == CalendarMethod::Cancel)
                        })
                        .collect(),
                };
                self.log.messages.push(notified);
            }
        }
        let index = repository.outbox_index(Urgency::calm_after(self.history.to), usize::MAX).await.unwrap();
        self.log.unsettled = index.entries.len();
    }

    /// What `explain` says of every window: who was notified of it, in which message, at which stage, where it says why.
    async fn explained(&self) -> BTreeSet<(String, String, String, String)> {
        let mut explained = BTreeSet::new();
        for answer in explain_all(&self.app, |_| true).await.unwrap() {
            let answer = serde_json::to_value(&answer).unwrap();
            let window: WindowId = serde_json::from_value(answer["window"]["id"].clone()).unwrap();
            for holder in answer["told"].as_array().unwrap() {
                let has_reason = holder["reasons"].as_array().is_some_and(|reasons| !reasons.is_empty());
                if !has_reason && holder["withdrawn"].is_null() {
                    continue;
                }
                for notified in holder["messages"].as_array().unwrap() {
                    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
                    let (id, stage) = (text(&notified["message"]), text(&notified["stage"]));
                    explained.insert((text(&holder["recipient"]), window.to_string(), id, stage));
                }
            }
        }
        explained
    }

    /// Each thing that was sent has a reason: why this recipient, or who took over.
    fn unexplained(&mut self, name: &str, content: &MessageContent) {
        for item in &content.items {
            if item.reasons.is_empty() && item.withdrawn.is_none() {
                self.log.unexplained.push(format!("{name} {} {:?}", item.window.id, item.stages));
            }
        }
    }
}
