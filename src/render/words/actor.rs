//! The names of those who did something.

use super::machine::NAME;
use crate::domain::action::Actor;
use crate::domain::sanitize::one_line;

/// The name to show for somebody.
pub(crate) fn name(actor: &Actor) -> String {
    one_line(actor.name(), NAME)
}
