//! What becomes of a message by each kind of transport.

use chrono::TimeZone;

use super::*;
use crate::render::Mailbox;

fn deliverers(mail: MailTransport, teams: TeamsTransport) -> Deliverers {
    Deliverers {
        sender: Sender {
            from: Mailbox { name: None, address: "azure-maintenance@contoso.com".parse().unwrap() },
            reply_to: None,
        },
        mail,
        teams,
        webhooks: BTreeMap::new(),
        person_webhook: None,
        left_out: Default::default(),
    }
}

fn date() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 12, 1, 8, 0, 0).unwrap()
}

fn mail() -> RenderedMail {
    RenderedMail {
        conversation: None,
        unsubscribe: None,
        message_id: "0a1b2c3d4e5f60718293a4b5c6d7e8f9@contoso.com".to_owned(),
        date: date(),
        subject: "No action needed".to_owned(),
        text: "Nothing to do.\n".to_owned(),
        html: "<p>Nothing to do.</p>\n".to_owned(),
        calendar: None,
        attachments: Vec::new(),
    }
}

fn reference(delivery: Delivery) -> String {
    match delivery {
        Delivery::Accepted { reference } => reference,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_outbox_folder_takes_mails_and_cards_without_any_address_to_send_to() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = OutboxFolder::new(folder.path());
    let deliverers = deliverers(MailTransport::Outbox(outbox.clone()), TeamsTransport::Outbox(outbox));
    let jane = "jane@contoso.com".parse().unwrap();
    let platform: RecipientName = "Platform team".parse().unwrap();
    let message = MessageId::derive(&platform, 7);
    let card = RenderedCard { json: r#"{"type":"message"}"#.to_owned() };
    let mail = mail();
    let to_jane = Outgoing::Mail { to: &jane, mail: &mail, operation: 0 };
    let to_platform =
        Outgoing::Card { to: CardTo::Channel(&platform), message: &message, date: date(), card: &card };

    let eml = reference(deliverers.send(to_jane).await);
    let json = reference(deliverers.send(to_platform).await);
    assert_eq!(reference(deliverers.send(to_jane).await), eml, "a second attempt is the same file");

    let composed = compose(&mail, &deliverers.sender, &jane).unwrap();
    assert_eq!(std::fs::read(&eml).unwrap(), composed.bytes);
    assert_eq!(std::fs::read_to_string(&json).unwrap(), card.json);
    assert!(eml.ends_with("/20261201T080000Z-jane@contoso.com-0a1b2c3d4e5f.eml"), "{eml}");
    assert!(json.contains("/20261201T080000Z-Platform_team~") && json.ends_with(".json"), "{json}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[tokio::test]
async fn memory_is_shared_by_its_clones() {
    let memory = Memory::default();
    let deliverers =
        deliverers(MailTransport::Memory(memory.clone()), TeamsTransport::Memory(Memory::default()));
    let jane = "jane@contoso.com".parse().unwrap();
    let delivery = deliverers.send(Outgoing::Mail { to: &jane, mail: &mail(), operation: 0 }).await;
    assert!(delivery.is_accepted());
    assert_eq!(memory.sent(), [compose(&mail(), &deliverers.sender, &jane).unwrap()]);
}

#[tokio::test]
async fn without_a_mail_service_the_operator_hears_of_it_and_nothing_is_lost() {
    let deliverers = deliverers(MailTransport::Unconfigured, TeamsTransport::Memory(Memory::default()));
    let jane = "jane@contoso.com".parse().unwrap();
    let delivery = deliverers.send(Outgoing::Mail { to: &jane, mail: &mail(), operation: 0 }).await;
    assert!(
        matches!(&delivery, Delivery::Ours { error, .. }
            if error.contains("NOTIFIER_SMTP_URL")),
        "{delivery:?}"
    );
}
