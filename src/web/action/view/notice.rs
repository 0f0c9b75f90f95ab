//! What a page says beside how things stand.

use axum::http::StatusCode;

use super::super::form::Form;
use super::super::form_result::FormResult;

/// What became of a form, and what the reader asked of the page itself.
#[derive(Debug, Default)]
pub(crate) struct PageNotice<'a> {
    pub(crate) result: Option<&'a FormResult>,
    /// The form that was not acted on: it is shown again as it was filled in.
    pub(crate) refused: Option<&'a Form>,
    /// Whether the reader asked that the page should not load itself again.
    pub(crate) is_still: bool,
    /// Which page of a long list, counted from one.
    pub(crate) page: usize,
}

impl PageNotice<'_> {
    /// The status of what became of a form; where there was none, what follows from how things stand.
    pub(super) fn status(&self, otherwise: StatusCode) -> StatusCode {
        self.result.map_or(otherwise, |result| result.status)
    }
}
