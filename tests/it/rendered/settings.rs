//! What people said beyond one window, as mails show it: hours that were named, silences that end, digests.

use maintenance_notifier::domain::action::hours::{HoursSource, OrderedHours};
use maintenance_notifier::domain::action::response::StartStatus;
use maintenance_notifier::domain::action::scope::Scope;
use maintenance_notifier::domain::message::MessageKind;
use maintenance_notifier::domain::message_content::{ActionLink, MessageContent};
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::domain::stage::Stage;
use maintenance_notifier::render::card;

use super::mails::rendered;
use super::samples;

fn ends(of: Option<Scope>, open: &[&str]) -> OperatorAlert {
    OperatorAlert::SilenceEnds {
        said: of.as_ref().map(|_| samples::utc("2025-11-20T08:00:00Z")),
        of,
        until: samples::utc("2025-12-05T07:00:00Z"),
        reason: "the lab is rebuilt".to_owned(),
        open: open.iter().map(|name| (*name).to_owned()).collect(),
        count: open.len(),
    }
}

fn note(operator_alert: OperatorAlert) -> MessageContent {
    MessageContent {
        operator_alerts: vec![operator_alert],
        ..samples::message(MessageKind::Alert, Vec::new())
    }
}

#[test]
fn a_mute_that_ends_is_a_calm_note_to_its_author_and_to_operators() {
    let group =
        Scope::group_of(&samples::item("web-01", Stage::Announced, samples::usual()).window.id.resource);
    let content = note(ends(Some(group), &["web-01", "web-02"]));
    let mail = rendered(&content);
    insta::assert_snapshot!(format!("{}\n\n{}", mail.subject, mail.text), @"
    Your mute of the resource group rg-shop ends soon

    After that, messages about these machines come again. You are told once, and
    need not do anything.

    MUTES THAT END SOON

    * Your mute of the resource group rg-shop ends soon
      You asked for it on Thu 20 Nov, because “the lab is rebuilt”. It ends on
      Fri 5 Dec 2025, 08:00 CET (07:00 UTC). 2 windows are open underneath:
      web-01 and web-02. Whoever wants it to last longer says so again, with the
      link in any message about these machines.

    --
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    Sent by Azure maintenance. Replies go to platform@contoso.com. It asks for
    no password, and opening it or its links starts nothing.
    How to tell that this message is genuine: https://maintenance.contoso.com/genuine
    ");
    assert!(!mail.html.contains("operator"), "{}", mail.html);
    let deployment = samples::deployment();
    assert!(card(&content, &deployment).unwrap().json.contains("ends soon"));
    let mail = rendered(&note(ends(None, &[])));
    insta::assert_snapshot!(format!("{}\n\n{}", mail.subject, mail.text), @"
    A silence of the configuration ends soon: “the lab is rebuilt”

    After that, messages about these machines come again. You are told once, and
    need not do anything.

    MUTES THAT END SOON

    * A silence of the configuration ends soon: “the lab is rebuilt”
      It ends on Fri 5 Dec 2025, 08:00 CET (07:00 UTC). No window is open
      underneath. Whoever wants it to last longer changes its end in the
      configuration.

    --
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    Sent by Azure maintenance. Replies go to platform@contoso.com. It asks for
    no password, and opening it or its links starts nothing.
    How to tell that this message is genuine: https://maintenance.contoso.com/genuine
    ");
}

#[test]
fn a_start_in_named_hours_says_who_named_them_and_the_footer_where_to_be_silent() {
    let begins = samples::utc("2025-12-06T21:00:00Z");
    let item = samples::item("web-01", Stage::Planned, samples::usual());
    let mut item = samples::started(item, "jane.doe@contoso.com", begins, StartStatus::Planned);
    let start = item.actions.starts.last_mut().unwrap();
    start.ordered = Some(OrderedHours {
        hours: "SAT 22:00-04:00 (Europe/Berlin)".to_owned(),
        sources: vec![HoursSource::Page {
            of: "jane.doe@contoso.com".parse().unwrap(),
            by: "mei.lin@contoso.com".to_owned(),
            scope: Scope::group_of(&item.window.id.resource),
            since: samples::utc("2025-11-20T08:00:00Z"),
        }],
    });
    let base = "https://maintenance.contoso.com";
    let content = MessageContent {
        link: Some(ActionLink { url: format!("{base}/a?t=TOKEN"), starts: true }),
        unsubscribe: Some(format!("{base}/unsubscribe?t=TOKEN")),
        ..samples::message(MessageKind::Digest, vec![item])
    };
    let mail = rendered(&content);
    insta::assert_snapshot!(format!("{}\n\n{}", mail.subject, mail.text), @"
    Starts Sat 6 Dec 22:00 CET: maintenance of web-01

    The start of web-01 is planned for Sat 6 Dec 2025, 22:00 CET (21:00 UTC). It
    begins by itself after a last check; until then anyone who objects can
    cancel it.

    Answer:
    https://maintenance.contoso.com/a?t=TOKEN

    Starts: Sat 6 Dec 2025, 22:00 CET (21:00 UTC)
    Azure’s window: Mon 15 Dec, 18:00 to Mon 22 Dec 2025, 18:00 CET (17:00
        to 17:00 UTC)
    What happens: Restart on another host; the temporary disk is lost;
        usually about 25 minutes

    * web-01 (rg-shop · Contoso Production · westeurope, zone 1)
      ! Planned by itself for Sat 6 Dec 2025, 22:00 CET (21:00 UTC), in the
        maintenance hours SAT 22:00-04:00 (Europe/Berlin): mei.lin@contoso.com
        for jane.doe@contoso.com named them on Thu 20 Nov for the resource group
        rg-shop.

    Why you: The tag owner on its resource group names you (“jane.doe”).

    The button leads to a page where you acknowledge it, ask to be reminded, or
    hand it over.

    --
    Mute these machines: https://maintenance.contoso.com/a?t=TOKEN#silence
    Turn off digests (Reminders and last calls still come.): https://maintenance.contoso.com/unsubscribe?t=TOKEN
    As of Tue 2 Dec 2025, 09:30 CET (08:30 UTC). Times are in Europe/Berlin.
    Sent by Azure maintenance. Replies go to platform@contoso.com. It asks for
    no password, and opening it or its links starts nothing.
    How to tell that this message is genuine: https://maintenance.contoso.com/genuine
    ");
    assert!(mail.html.contains(&format!("href=\"{base}/a?t=TOKEN#silence\"")), "{}", mail.html);
    assert!(mail.html.contains(&format!("href=\"{base}/unsubscribe?t=TOKEN\"")), "{}", mail.html);
    assert_eq!(mail.unsubscribe, content.unsubscribe);
}
