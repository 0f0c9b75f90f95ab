//! How long what a form carries may be.

use chrono::Days;

/// An address is no longer than this, in bytes, whatever mail programs made of it.
pub(super) const TARGET: usize = 8192;
/// A form is shorter than this, in bytes.
pub(super) const FORM: usize = 4096;
/// Longest note, in characters.
pub(super) const NOTE: usize = 300;
/// Longest number of a change, in characters.
pub(super) const CHANGE: usize = 60;
/// Longest text for hours, in characters.
pub(super) const HOURS: usize = 200;
/// Longest reason for a mute, in characters.
pub(super) const REASON: usize = 200;
/// Nobody mutes anything for longer.
pub(super) const LONGEST_MUTE: Days = Days::new(90);
