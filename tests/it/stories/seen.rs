//! What can be seen in the middle of a story: pages, calendars, answers, health.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use maintenance_notifier::deliver::SentCard;
use maintenance_notifier::domain::calendar_entry::{CalendarEntry, CalendarMethod};
use maintenance_notifier::domain::endpoint::Endpoint;
use maintenance_notifier::web;
use std::collections::BTreeSet;
use tower::ServiceExt as _;

use super::acts::address;
use super::moment::written;
use super::play::Play;
use super::read::StoryRow;
use crate::whole::pages::Reader;

impl Play {
    /// Looks at something, if this is about that.
    pub(super) async fn sees(&mut self, row: &StoryRow) -> bool {
        let words = row.words();
        let fine = match words.as_slice() {
            [whose, "page", "says", ..] => self.page(whose).await.contains(row.quoted()),
            [whose, "page", "does", "not", "say", ..] => !self.page(whose).await.contains(row.quoted()),
            [name, "of", _, "is", "acknowledged"] => self.is_acknowledged(name).await,
            [name, "of", _, "is", "not", "acknowledged"] => !self.is_acknowledged(name).await,
            [whose, "calendar", "is", "empty"] => self.calendar(whose).await.is_empty(),
            [whose, "calendar", "has", name, "on", at @ ..] => {
                let entries = self.calendar(whose).await;
                let found: Vec<String> = entries
                    .iter()
                    .filter(|entry| entry.windows.iter().any(|id| id.resource.name() == *name))
                    .map(|entry| written(entry.start))
                    .collect();
                found == [at.join(" ")]
            }
            [whose, "surfaces", "agree", "on", name] => {
                let wrong = self.surfaces(whose.trim_end_matches("'s"), name).await;
                self.wrong.extend(wrong.clone());
                wrong.is_none()
            }
            ["health", "is", "green"] => self.health().await["healthy"] == true,
            ["health", "is", "red:", code] => {
                let health = self.health().await;
                health["problems"].as_array().unwrap().iter().any(|problem| problem["code"] == *code)
            }
            _ => return false,
        };
        if !fine {
            self.wrong.push(format!("not so:     {}", row.text));
        }
        true
    }

    /// The page behind the link of somebody's newest mail, as one line.
    async fn page(&self, whose: &str) -> String {
        let who = whose.trim_end_matches("'s");
        let letter = self.letters.get(who).unwrap_or_else(|| panic!("{who} got no mail"));
        let answer = Reader::of(&self.tenant, letter).await.get().await;
        answer.body.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    async fn is_acknowledged(&self, name: &str) -> bool {
        let window = self.window(name).await;
        let actions = self.tenant.repository.actions(&window.id).await.unwrap();
        actions.acknowledged(window.revision).is_some()
    }

    /// The entries that somebody's calendar holds, after everything that was sent to them.
    pub(super) async fn calendar(&self, whose: &str) -> Vec<CalendarEntry> {
        let own = address(whose.trim_end_matches("'s"));
        let mut entries: BTreeMap<String, CalendarEntry> = BTreeMap::new();
        let rows = self.tenant.repository.outbox_rows().await.unwrap();
        let sent = rows.values().filter(|row| {
            let to_them = matches!(&row.endpoint, Endpoint::Email { address } if address.to_string() == own);
            to_them && row.is_settled()
        });
        let mut sent: Vec<_> = sent.collect();
        sent.sort_by_key(|row| (row.recipient.clone(), row.sequence));
        for row in sent {
            let content = self
                .tenant
                .repository
                .content_for(&row.recipient, row.sequence, &row.endpoint)
                .await
                .unwrap();
            for entry in content.into_iter().flat_map(|content| content.calendar) {
                if entries.get(&entry.uid).is_none_or(|known| known.sequence < entry.sequence) {
                    entries.insert(entry.uid.clone(), entry);
                }
            }
        }
        entries.into_values().filter(|entry| entry.method == CalendarMethod::Request).collect()
    }

    async fn health(&self) -> serde_json::Value {
        let request = Request::get("/health").header("accept", "application/json");
        let request = request.body(Body::empty()).unwrap();
        let response = web::router(self.tenant.app.clone()).oneshot(request).await.unwrap();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&body).unwrap()
    }

    /// What a card says, in the words of a story.
    pub(super) async fn card(&self, card: &SentCard) -> BTreeSet<String> {
        let rows = self.tenant.repository.outbox_rows().await.unwrap();
        let to_it = rows.values().filter(|row| !row.endpoint.is_mail() && row.is_settled());
        for row in to_it {
            let content = self
                .tenant
                .repository
                .content_for(&row.recipient, row.sequence, &row.endpoint)
                .await
                .unwrap();
            let Some(content) = content else { continue };
            let rendered = maintenance_notifier::render::card(&content, &self.tenant.app.deployment).unwrap();
            if rendered.json == card.json {
                return super::table::of(&content);
            }
        }
        panic!("no message is this card: {}", card.json)
    }
}
