//! The readers of what visitors send, one call each and without a visitor: for whoever tries bytes on them.

use super::form::Form;
use super::query::PageQuery;

/// Reads a page's query and a form as the pages do, and gives the texts that they would look up, show or keep.
pub fn texts_of_a_visit(query: &str, body: &[u8]) -> Vec<String> {
    let asked = PageQuery::parse(Some(query));
    let form = Form::parse(body);
    let losses = form.ticked().into_iter().filter_map(|machine| form.accepted_loss(machine));
    let losses = losses.map(|loss| format!("{loss:?}"));
    [asked.token].into_iter().chain(form.line("note", 80)).chain(losses).collect()
}
