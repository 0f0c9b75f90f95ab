//! Small messages and senders for the tests of delivery.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeZone, Utc};
use maintenance_notifier::deliver::{Deliverers, Delivery, MailTransport, Memory, Sender, TeamsTransport};
use maintenance_notifier::domain::calendar_entry::CalendarMethod;
use maintenance_notifier::render::{Attachment, CalendarPart, Mailbox, RenderedMail};

pub(crate) fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 12, 1, 12, 0, 0).unwrap()
}

pub(crate) fn mail() -> RenderedMail {
    RenderedMail {
        conversation: Some("conversation-1@contoso.com".to_owned()),
        unsubscribe: None,
        message_id: "0a1b2c3d4e5f60718293a4b5c6d7e8f9@contoso.com".to_owned(),
        date: noon(),
        subject: "Act by Fri 12 Dec: web-01 will be restarted – für Jäger".to_owned(),
        text: "web-01 will be restarted.\n.\nA line that begins with a dot:\n.web\n".to_owned(),
        html: "<p>web-01 will be restarted.</p>\n".to_owned(),
        calendar: Some(CalendarPart {
            method: CalendarMethod::Request,
            text: "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n".to_owned(),
        }),
        attachments: vec![Attachment {
            name: "machines.csv".to_owned(),
            content_type: "text/csv; charset=utf-8".to_owned(),
            bytes: b"name\nweb-01\n.\n".to_vec(),
        }],
    }
}

/// Deliverers with one mail transport and cards kept in memory.
pub(crate) fn by_mail(transport: MailTransport) -> Deliverers {
    Deliverers {
        sender: Sender {
            from: Mailbox {
                name: Some("Azure maintenance".to_owned()),
                address: "azure-maintenance@contoso.com".parse().unwrap(),
            },
            reply_to: None,
        },
        mail: transport,
        teams: TeamsTransport::Memory(Memory::default()),
        webhooks: BTreeMap::new(),
        person_webhook: None,
        left_out: Default::default(),
    }
}

/// An outcome without its words: `accepted`, `rejected Endpoint`, `ours`, `deferred unsent`, `deferred unknown`.
pub(crate) fn kind(delivery: &Delivery) -> String {
    match delivery {
        Delivery::Accepted { .. } | Delivery::Taken { .. } => "accepted".to_owned(),
        Delivery::Rejected { cause, .. } => format!("rejected {cause:?}"),
        Delivery::Ours { .. } => "ours".to_owned(),
        Delivery::Deferred { certainly_unsent, .. } => {
            format!("deferred {}", if *certainly_unsent { "unsent" } else { "unknown" })
        }
    }
}
