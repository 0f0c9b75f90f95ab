//! Page, `windows`, calendar and mail say the same of a planned start, whatever becomes of it over weeks.

use chrono::{DateTime, Utc};
use maintenance_notifier::cli::windows::table;
use maintenance_notifier::domain::action::response::StartStatus;
use maintenance_notifier::domain::time_zone::Tz;

use super::play::Play;
use super::tell;
use crate::whole::pages::Reader;

/// When each of the four says that the maintenance of one machine starts; nothing where it says that it does not.
#[derive(Debug, PartialEq, Eq)]
struct Surfaces {
    page: Option<bool>,
    windows: bool,
    calendar: bool,
    mail: bool,
}

impl Play {
    /// Whether all that `whose` can look at says of `name` what is so: that it starts then, or that it does not start.
    pub(super) async fn surfaces(&mut self, whose: &str, name: &str) -> Option<String> {
        let window = self.window(name).await;
        let actions = self.tenant.repository.actions(&window.id).await.unwrap();
        let planned = actions.open_start().filter(|start| start.status == StartStatus::Planned);
        let begins = planned.map(|start| start.begins);
        let is_so = |says: bool| says == begins.is_some();
        let told = self
            .heard
            .iter()
            .rev()
            .filter(|it| it.who == whose)
            .find(|it| it.what.iter().any(|what| what.ends_with(&format!(" {name}"))));
        let mail = told.is_some_and(|it| begins.is_some_and(|at| it.text.contains(&in_mail(at))));
        let mail_denies = told.is_none_or(|it| !it.text.contains("Starts: "));
        let listed = table(&self.tenant.repository, self.tenant.now()).await.unwrap();
        let lines: Vec<&str> = listed.lines().collect();
        let place = lines.iter().position(|line| line.trim_start().starts_with(name));
        // A machine stands below its group, on whose line the answers begin.
        let own = place.map(|place| lines[place.saturating_sub(1)..(place + 2).min(lines.len())].join(" "));
        let windows = own.is_some_and(|own| own.contains("starts it"));
        let entries = self.calendar(whose).await;
        let entry = entries.iter().find(|entry| entry.windows.contains(&window.id));
        let calendar = entry.is_some_and(|entry| entry.planned);
        let right_date = entry.is_none_or(|entry| !entry.planned || begins == Some(entry.start));
        let page = self.page_says_planned(whose).await;
        let found = Surfaces { page, windows, calendar, mail };
        let agree = is_so(windows)
            && is_so(calendar)
            && right_date
            && page.is_none_or(is_so)
            && (mail || begins.is_none() && mail_denies);
        (!agree).then(|| format!("planned for {begins:?}, and {found:?}\n{listed}\n{entries:?}"))
    }

    /// What the page of the newest mail says, where that has one.
    async fn page_says_planned(&self, whose: &str) -> Option<bool> {
        let letter = self.letters.get(whose)?;
        let (content, _) = self.tenant.read(letter).await;
        content.link.as_ref()?;
        let answer = Reader::of(&self.tenant, letter).await.get().await;
        Some(answer.body.contains("Start planned"))
    }
}

fn in_mail(at: DateTime<Utc>) -> String {
    let berlin: Tz = "Europe/Berlin".parse().unwrap();
    format!("Starts: {}", at.with_timezone(&berlin).format("%a %-d %b %Y, %H:%M"))
}

#[tokio::test]
async fn of_a_start_that_ends_all_say_the_same_before_and_after() {
    tell(r#"
        Mon 23 Nov 11:00          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 12:00 .. 15:00 | jane hears announced vm-web-01
        Mon 23 Nov 17:00          | jane's surfaces agree on vm-web-01
        Tue 24 Nov 09:00          | jane plans vm-web-01 for Sat 28 Nov 22:00
        Tue 24 Nov 09:00 .. 09:05 | jane hears planned vm-web-01
        Tue 24 Nov 10:00          | jane's surfaces agree on vm-web-01
        Thu 26 Nov 12:00 .. 22:30 | jane hears planned vm-web-01
        Fri 27 Nov 10:00          | jane's surfaces agree on vm-web-01
        Fri 27 Nov 12:00 .. Sat 28 Nov 22:00 | jane hears planned vm-web-01
        Sat 28 Nov 22:00 .. 22:02 | vm-web-01 is started
                                  | jane hears started vm-web-01
        Sat 28 Nov 22:00 .. 23:00 | jane hears completed vm-web-01
        Mon 30 Nov 12:00          | jane's surfaces agree on vm-web-01
        Mon 14 Dec 12:00          | jane's surfaces agree on vm-web-01
        Tue 15 Dec 12:00          | the end
        "#)
    .await;
}

#[tokio::test]
async fn of_a_start_that_is_called_off_or_whose_dates_move_away_all_say_that_it_does_not_begin() {
    tell(r#"
        Mon 23 Nov 11:00          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
                                  | Azure plans vm-db-01 of mei, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 12:00 .. 15:00 | jane hears announced vm-web-01
                                  | mei hears announced vm-db-01
        Tue 24 Nov 09:00          | jane plans vm-web-01 for Thu 17 Dec 22:00
                                  | mei plans vm-db-01 for Wed 16 Dec 22:00
        Tue 24 Nov 09:00 .. 09:05 | jane hears planned vm-web-01
                                  | mei hears planned vm-db-01
        Wed 25 Nov 12:00          | jane calls vm-web-01 off
        Wed 25 Nov 12:00 .. 12:05 | jane hears called off vm-web-01
        Wed 25 Nov 13:00          | jane's surfaces agree on vm-web-01
                                  | mei's surfaces agree on vm-db-01
        # Its moment lies beside self-service now.
        Thu 26 Nov 09:30          | Azure moves vm-db-01 by -7d
        Thu 26 Nov 10:00 .. 18:00 | mei hears rescheduled vm-db-01
        Thu 26 Nov 10:00 .. 18:00 | mei hears called off vm-db-01
        Thu 26 Nov 18:30          | mei's surfaces agree on vm-db-01
        Fri 27 Nov 18:00          | the end
        "#)
    .await;
}

#[tokio::test]
async fn of_a_start_whose_owner_was_released_all_say_to_the_new_one_what_is_so() {
    tell(r#"
        Mon 23 Nov 11:00          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 12:00 .. 15:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | jane plans vm-web-01 for Thu 17 Dec 22:00
        Tue 24 Nov 09:00 .. 09:05 | jane hears planned vm-web-01
        Wed 25 Nov 09:30          | vm-web-01 belongs to mei
        Wed 25 Nov 10:00 .. 18:00 | mei hears announced vm-web-01, planned vm-web-01
        Thu 26 Nov 08:00 .. 08:05 | jane hears reassigned vm-web-01
        Thu 26 Nov 12:00          | mei's surfaces agree on vm-web-01
                                  | jane's calendar is empty
        Fri 27 Nov 09:00          | mei calls vm-web-01 off
        Fri 27 Nov 09:00 .. 18:00 | mei hears called off vm-web-01
        # She planned it, whose the machine may be by now.
                                  | jane hears called off vm-web-01
        Fri 27 Nov 18:30          | mei's surfaces agree on vm-web-01
        Mon 30 Nov 12:00          | the end
        "#)
    .await;
}

#[tokio::test]
async fn of_a_start_that_azure_refuses_all_say_that_it_did_not_begin() {
    tell(r#"
        Mon 23 Nov 11:00          | Azure plans vm-web-01 of jane, own until Fri 18 Dec 10:00, azure from Mon 21 Dec 10:00
        Mon 23 Nov 12:00 .. 15:00 | jane hears announced vm-web-01
        Tue 24 Nov 09:00          | jane plans vm-web-01 for Tue 24 Nov 21:00
        Tue 24 Nov 09:00 .. 09:05 | jane hears planned vm-web-01
        Tue 24 Nov 12:30          | jane's surfaces agree on vm-web-01
        Tue 24 Nov 17:00 .. 20:00 | jane hears planned vm-web-01
        Tue 24 Nov 20:30          | Azure takes no start of vm-web-01
        # One look is no verdict: it is tried for an hour. By then it is no blink, and the message says so too.
        Tue 24 Nov 22:00 .. 22:05 | jane hears called off vm-web-01
        Wed 25 Nov 12:00          | jane's surfaces agree on vm-web-01
        Thu 26 Nov 12:00          | the end
        "#)
    .await;
}
