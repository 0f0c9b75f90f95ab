//! What the sections of the page are made from.

use crate::domain::time_zone::Tz;
use chrono::{DateTime, Utc};

use super::super::link_target::LinkTarget;
use super::page_data::PageData;
use crate::services::App;

/// What everything on the page is seen with.
pub(super) struct ViewContext<'a> {
    pub(super) app: &'a App,
    pub(super) target: &'a LinkTarget,
    pub(super) page_data: &'a PageData,
    pub(super) now: DateTime<Utc>,
    pub(super) zone: Tz,
}
