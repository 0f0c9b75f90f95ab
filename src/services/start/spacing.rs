//! How far apart starts have to be, by the configuration.

use crate::domain::action::spacing::Spacing;
use crate::services::App;

/// How far apart starts have to be.
pub fn spacing(app: &App) -> Spacing {
    let limits = app.start_rules.limit.allowances().iter();
    Spacing {
        min_gap: app.start_rules.min_gap,
        limits: limits.map(|it| (usize::try_from(it.count).unwrap_or(usize::MAX), it.window)).collect(),
    }
}
