//! When maintenance starts by itself in named hours, or why it does not and what would help.

use super::super::times::both;
use super::loss::loss;
use super::refusal::refusal;
use super::why;
use crate::domain::action::standing_order::{NextStart, NotPlanned};
use crate::domain::sanitize::one_line;
use crate::domain::start_cautions::{StartCaution, start_cautions};
use crate::domain::window::MaintenanceWindow;
use crate::words::{self, Locale};

/// When the maintenance of `window` starts by itself, as the rest of a sentence about the machine; nothing where nobody
/// named any hours.
pub fn next_start(
    next: &Result<NextStart, NotPlanned>,
    window: &MaintenanceWindow,
    reader: impl Into<Locale>,
) -> Option<String> {
    let reader = reader.into();
    Some(match next {
        Ok(NextStart::Planned { at }) => words::next_planned(reader.language, &both(reader, *at)),
        Ok(NextStart::Expected { at }) => words::next_expected(reader.language, &both(reader, *at)),
        Err(NotPlanned::NoOrder | NotPlanned::NobodyNotified) => return None,
        Err(reason) => {
            let why = why_not(reason, window, reader);
            words::next_not(reader.language, why.trim_end_matches('.'))
        }
    })
}

fn why_not(reason: &NotPlanned, window: &MaintenanceWindow, reader: Locale) -> String {
    let language = reader.language;
    match reason {
        NotPlanned::LosesData(loses) => words::not_loses(language, &loss(language, *loses)),
        NotPlanned::LeftToAzure => {
            let against = start_cautions(&window.machine);
            let speaks = |one: &&StartCaution| {
                one.leaves_it_to_azure() || matches!(one, StartCaution::OtherTenant { .. })
            };
            match against.iter().find(speaks) {
                Some(one) => words::not_left(language, &why::start_caution(language, one)),
                None => words::not_startable(language),
            }
        }
        NotPlanned::NoHours { self_service } => {
            words::not_hours(language, &both(reader, self_service.start()), &both(reader, self_service.end()))
        }
        NotPlanned::NoCommonHours => words::not_common(language),
        NotPlanned::ShortNotice { at } => words::not_notice(language, &both(reader, *at)),
        NotPlanned::Crowded => words::not_crowded(language),
        NotPlanned::HandedOver => words::not_handed_over(language),
        NotPlanned::NotAccepted => words::refused_start_not_allowed(language),
        NotPlanned::NotSaid => words::refused_start_unsaid(language),
        NotPlanned::Off { why } => refusal(language, why),
        NotPlanned::Silent => words::not_silent(language),
        other => one_line(&other.to_string(), 300),
    }
}
