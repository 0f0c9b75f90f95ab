//! What was sent, and what is known.

use maintenance_notifier::deliver::{SentCard, compose};
use maintenance_notifier::domain::email_address::EmailAddress;
use maintenance_notifier::domain::message_content::MessageContent;
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::domain::outbox::OutboxRow;
use maintenance_notifier::render::{self, RenderedMail};
use maintenance_notifier::store::repository::WindowRow;

use super::TestTenant;
use super::letter::Letter;

impl TestTenant {
    /// The mails that were handed over since this was last asked.
    pub(crate) async fn messages(&mut self) -> Vec<Letter> {
        let letters: Vec<Letter> = match &mut self.server {
            Some(server) => {
                let mails = server.take().await;
                let to =
                    |described: &serde_json::Value| described["recipients"][0].as_str().unwrap().to_owned();
                mails.into_iter().map(|mail| Letter::new(to(&mail.described), mail.bytes)).collect()
            }
            None => {
                let sent = self.mails.sent();
                let new = sent[self.taken..].iter();
                new.map(|mail| Letter::new(mail.to.to_string(), mail.bytes.clone())).collect()
            }
        };
        self.taken += letters.len();
        letters
    }

    /// The cards that were handed over since this was last asked.
    pub(crate) fn cards(&mut self) -> Vec<SentCard> {
        let new = self.cards.sent()[self.cards_taken..].to_vec();
        self.cards_taken += new.len();
        new
    }

    /// What the mail server does with an address from now on; `*` is everybody, `greeting` is before any.
    pub(crate) fn server_does(&self, ways: &[(&str, &str)]) {
        self.server.as_ref().expect("this tenant has a mail server").does(ways);
    }

    /// How often the mail server was given this address.
    pub(crate) fn attempts(&self, address: &str) -> usize {
        self.server.as_ref().expect("this tenant has a mail server").attempts(address)
    }

    /// What a letter was bound to, and its parts. The bytes that were sent follow from it.
    pub(crate) async fn read(&self, letter: &Letter) -> (MessageContent, RenderedMail) {
        let rows = self.repository.outbox_rows().await.unwrap();
        let is_it =
            |row: &&OutboxRow| row.message.as_str() == letter.id() && row.endpoint.to_string() == letter.to;
        let row = rows.values().find(is_it).expect("it is in the outbox");
        let content = self
            .repository
            .content_for(&row.recipient, row.sequence, &row.endpoint)
            .await
            .unwrap()
            .expect("it is bound");
        let to: EmailAddress = letter.to.parse().unwrap();
        let mail = render::mail(&content, &self.app.deployment, &to).unwrap();
        let composed = compose(&mail, &self.app.deliverers.sender, &to).unwrap();
        // On its way a mail gets one more line end.
        let same = composed.bytes.trim_ascii_end() == letter.bytes.trim_ascii_end();
        assert!(same, "what is kept of {} renders to what was sent", letter.message_id);
        (content, mail)
    }

    /// Everything that was sent: address, machine, and stage.
    pub(crate) async fn notified(&self, letters: &[Letter]) -> Vec<String> {
        let mut notified = Vec::new();
        for letter in letters {
            for item in self.read(letter).await.0.items {
                for stage in item.stages {
                    let machine = item.window.id.resource.display_name();
                    notified.push(format!("{} {machine} {}", letter.to, stage.as_str()));
                }
            }
        }
        notified.sort();
        notified
    }

    /// Every window that is kept.
    pub(crate) async fn windows(&self) -> Vec<WindowRow> {
        let mut windows = Vec::new();
        for summary in self.repository.subscription_rows().await.unwrap().values() {
            let rows = self.repository.windows(&summary.subscription).await.unwrap();
            windows.extend(rows.values().cloned());
        }
        windows
    }

    /// How many windows are open.
    pub(crate) async fn open(&self) -> usize {
        self.windows().await.iter().filter(|row| row.window.is_open()).count()
    }

    /// All trouble that is known.
    pub(crate) async fn operator_alerts(&self) -> Vec<OperatorAlert> {
        let operator_alerts = self.repository.operator_alerts().await.unwrap();
        operator_alerts.values().map(|row| row.operator_alert.clone()).collect()
    }

    /// The outbox holds nothing that is still to be sent.
    pub(crate) async fn is_settled(&self) -> bool {
        self.repository.unsettled_outbox().await.unwrap().rows.is_empty()
    }
}
