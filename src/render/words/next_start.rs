//! When maintenance starts by itself in named hours, or why it does not and what would help.

use crate::domain::time_zone::Tz;

use super::super::times::both;
use super::loss::loss;
use super::why;
use crate::domain::action::standing_order::{NextStart, NotPlanned};
use crate::domain::advice::{Advice, advice};
use crate::domain::sanitize::one_line;
use crate::domain::window::MaintenanceWindow;

/// When the maintenance of `window` starts by itself, as the rest of a sentence about the machine; nothing where nobody
/// named any hours.
pub fn next_start(
    next: &Result<NextStart, NotPlanned>,
    window: &MaintenanceWindow,
    zone: Tz,
) -> Option<String> {
    Some(match next {
        Ok(NextStart::Planned { at }) => format!("starts on {}, as planned", both(zone, *at)),
        Ok(NextStart::Expected { at }) => format!(
            "starts by itself on {}, which is planned with the next look at Azure if nothing changes",
            both(zone, *at)
        ),
        Err(NotPlanned::NoOrder | NotPlanned::NobodyNotified) => return None,
        Err(reason) => {
            let why = why_not(reason, window, zone);
            format!("does not start by itself: {}", why.trim_end_matches('.'))
        }
    })
}

fn why_not(reason: &NotPlanned, window: &MaintenanceWindow, zone: Tz) -> String {
    match reason {
        NotPlanned::LosesData(loses) => {
            let told = loss(*loses);
            format!("a start loses data, and that is agreed to for each start by itself. {told}")
        }
        NotPlanned::LeftToAzure => {
            let against = advice(&window.machine);
            let against = against.iter().find(|one| one.leaves_it_to_azure() || matches!(one, Advice::OtherTenant { .. }));
            match against {
                Some(one) => format!("it is better left to Azure. {}", why::advice(one)),
                None => "its owner cannot start it any more, so Azure does it".to_owned(),
            }
        }
        NotPlanned::NoHours { self_service } => format!(
            "none of the hours lie in self-service, which lasts from {} to {}. Name hours within that, or start it at a \
             time of your own",
            both(zone, self_service.start()),
            both(zone, self_service.end())
        ),
        NotPlanned::NoCommonHours => {
            "no moment in self-service suits all owners who named hours. Agree on hours with the others, or start it at \
             a time of your own"
                .to_owned()
        }
        NotPlanned::ShortNotice { at } => format!(
            "the last moment in these hours, {}, is less than a day away, and a start is announced a day ahead. Start it \
             then yourself",
            both(zone, *at)
        ),
        NotPlanned::Crowded => {
            "other starts take all of the hours in self-service. Name more hours, or start it at a time of your own".to_owned()
        }
        NotPlanned::HandedOver => {
            "it was handed over, and that is not accepted yet".to_owned()
        }
        other => one_line(&other.to_string(), 300),
    }
}
