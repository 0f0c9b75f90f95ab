//! Whole mails, and what no text of a stranger may do to them.

use chrono::{TimeZone, Utc};
use proptest::prelude::*;

use super::*;

fn sender() -> Sender {
    Sender {
        from: Mailbox {
            name: Some("Azure maintenance".to_owned()),
            address: "azure-maintenance@contoso.com".parse().unwrap(),
        },
        reply_to: Some(Mailbox { name: None, address: "platform@contoso.com".parse().unwrap() }),
    }
}

fn mail() -> RenderedMail {
    RenderedMail {
        conversation: None,
        unsubscribe: None,
        message_id: "0a1b2c3d4e5f60718293a4b5c6d7e8f9@contoso.com".to_owned(),
        date: Utc.with_ymd_and_hms(2026, 12, 1, 8, 0, 0).unwrap(),
        subject: "Act by Fri 12 Dec: 3 of your machines will be restarted".to_owned(),
        text: "web-01 will be restarted.\nNothing to do.\n".to_owned(),
        html: "<p>web-01 will be restarted – nothing to do.</p>\n".to_owned(),
        calendar: Some(CalendarPart {
            method: CalendarMethod::Request,
            text: "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n".to_owned(),
        }),
        attachments: vec![Attachment {
            name: "machines.csv".to_owned(),
            content_type: "text/csv; charset=utf-8".to_owned(),
            bytes: b"name\nweb-01\n".to_vec(),
        }],
    }
}

fn text(mail: &RenderedMail) -> String {
    let to = "jane@contoso.com".parse().unwrap();
    String::from_utf8(compose(mail, &sender(), &to).unwrap().bytes).unwrap()
}

/// The names of the headers before the body, with folded lines joined to the header that they continue.
fn header_names(text: &str) -> Vec<&str> {
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    head.split("\r\n")
        .filter(|line| !line.starts_with([' ', '\t']))
        .map(|line| line.split_once(": ").unwrap().0)
        .collect()
}

const HEADERS: [&str; 11] = [
    "Date",
    "Message-ID",
    "From",
    "Reply-To",
    "To",
    "Subject",
    "List-Id",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
];

#[test]
fn a_whole_mail() {
    insta::assert_snapshot!(text(&mail()).replace("\r\n", "\n"), @r#"
    Date: Tue, 01 Dec 2026 08:00:00 +0000
    Message-ID: <0a1b2c3d4e5f60718293a4b5c6d7e8f9@contoso.com>
    From: "Azure maintenance" <azure-maintenance@contoso.com>
    Reply-To: platform@contoso.com
    To: jane@contoso.com
    Subject: Act by Fri 12 Dec: 3 of your machines will be restarted
    List-Id: <maintenance-notifier.contoso.com>
    Auto-Submitted: auto-generated
    X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply
    MIME-Version: 1.0
    Content-Type: multipart/mixed;
     boundary="mixed-170023ac2f406e7e07d8d74435e51202"

    --mixed-170023ac2f406e7e07d8d74435e51202
    Content-Type: multipart/alternative;
     boundary="alternative-170023ac2f406e7e07d8d74435e51202"

    --alternative-170023ac2f406e7e07d8d74435e51202
    Content-Type: text/plain; charset=utf-8
    Content-Transfer-Encoding: 7bit

    web-01 will be restarted.
    Nothing to do.

    --alternative-170023ac2f406e7e07d8d74435e51202
    Content-Type: text/html; charset=utf-8
    Content-Transfer-Encoding: quoted-printable

    <p>web-01 will be restarted =E2=80=93 nothing to do.</p>

    --alternative-170023ac2f406e7e07d8d74435e51202
    Content-Type: text/calendar; method=REQUEST; charset=utf-8
    Content-Disposition: inline
    Content-Transfer-Encoding: 7bit

    BEGIN:VCALENDAR
    METHOD:REQUEST
    END:VCALENDAR

    --alternative-170023ac2f406e7e07d8d74435e51202--
    --mixed-170023ac2f406e7e07d8d74435e51202
    Content-Type: text/csv; charset=utf-8
    Content-Disposition: attachment; filename="machines.csv"
    Content-Transfer-Encoding: base64

    bmFtZQp3ZWItMDEK
    --mixed-170023ac2f406e7e07d8d74435e51202--
    "#);
}

#[test]
fn nothing_attached_means_no_outer_layer() {
    let mut mail = mail();
    mail.attachments.clear();
    mail.calendar = None;
    let text = text(&mail);
    assert!(text.contains("\r\nContent-Type: multipart/alternative;"), "{text}");
    assert!(!text.contains("multipart/mixed") && !text.contains("text/calendar"), "{text}");
}

#[test]
fn f3_the_same_mail_has_the_same_bytes_and_another_has_another_boundary() {
    assert_eq!(text(&mail()), text(&mail()));
    let boundary = |mail: &RenderedMail| {
        let text = text(mail);
        text.split_once("boundary=\"").unwrap().1.chars().take(38).collect::<String>()
    };
    let mut other = mail();
    other.text.push_str("One line more.\n");
    assert_ne!(boundary(&mail()), boundary(&other));
}

#[test]
fn s17_a_message_id_that_would_break_its_header_is_refused() {
    for id in ["", "no-domain", "a@b@c", "a b@c.com", "a@c.com>\r\nBcc: x@y.z", "<a@c.com>", "@c.com", "a@"] {
        let mut mail = mail();
        mail.message_id = id.to_owned();
        let error = compose(&mail, &sender(), &"jane@contoso.com".parse().unwrap());
        assert!(matches!(error, Err(ComposeError::MessageId(_))), "{id}");
    }
}

#[test]
fn an_unknown_media_type_is_sent_as_bytes() {
    let mut mail = mail();
    mail.attachments[0].content_type = "not a type\r\nBcc: x@y.z".to_owned();
    assert!(text(&mail).contains("Content-Type: application/octet-stream\r\n"));
}

/// Text with the pieces that break headers, bodies and boundaries, between ordinary ones.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\r\nBcc: eve@evil.example\r\n".to_owned()),
        Just("\n.\n".to_owned()),
        Just("\r.\r".to_owned()),
        Just("\r\n.\r\n".to_owned()),
        Just("\r\n\r\n--alternative-\r\n".to_owned()),
        Just("\"; filename=\"x.exe".to_owned()),
        Just("=?utf-8?b?DQpCY2M6IGE=?=".to_owned()),
        Just("\u{2028}\u{85}\u{0}\u{b}".to_owned()),
        "\\PC{0,40}",
        any::<String>(),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn s17_no_text_can_add_a_header_or_end_the_message(
        subject in hostile(),
        body in hostile(),
        calendar in hostile(),
        name in hostile(),
        content_type in hostile(),
        from in hostile(),
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut mail = mail();
        mail.subject = subject;
        mail.text = body.clone();
        mail.html = body;
        mail.calendar = Some(CalendarPart { method: CalendarMethod::Request, text: calendar });
        mail.attachments = vec![Attachment { name, content_type, bytes }];
        let mut sender = sender();
        sender.from.name = Some(from);
        let to = "jane@contoso.com".parse().unwrap();

        let composed = compose(&mail, &sender, &to).unwrap();
        prop_assert_eq!(&composed, &compose(&mail, &sender, &to).unwrap());
        let text = String::from_utf8(composed.bytes).unwrap();

        prop_assert_eq!(header_names(&text), HEADERS);
        prop_assert!(text.is_ascii());
        prop_assert!(text.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n', '\0'])));
        // One mixed with two parts, one alternative with three: no more boundary lines than that.
        prop_assert_eq!(text.split("\r\n").filter(|line| line.starts_with("--mixed-")).count(), 3);
        let whole_boundary = |line: &&str| line.starts_with("--alternative-") && line.len() >= 46;
        prop_assert_eq!(text.split("\r\n").filter(whole_boundary).count(), 4);
    }

    #[test]
    fn s17_every_address_of_ours_fits_an_envelope(
        local in "[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,30}(\\.[a-z0-9+=_-]{1,10}){0,2}",
        domain in "[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?){1,4}",
    ) {
        let Ok(to) = format!("{local}@{domain}").parse::<EmailAddress>() else {
            return Ok(());
        };
        let composed = compose(&mail(), &sender(), &to).unwrap();
        let envelope: &str = composed.to.as_ref();
        prop_assert_eq!(envelope, to.as_str());
    }
}
