//! How long a machine is away for its maintenance: one guess, for all that is planned with it and said of it.

use chrono::TimeDelta;

/// How long a machine is usually away when its maintenance is done, by its owner or by Azure. Azure's questions and
/// answers say: within about 25 minutes. Whatever waits for a machine waits until it is seen to be well in any case.
pub const fn usual_duration() -> TimeDelta {
    TimeDelta::minutes(25)
}
