//! Timers and the Functions host.

/// When the timers run, as six-field NCRONTAB expressions in UTC. Read by the local host; in Azure the Functions host
/// resolves the same settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedules {
    pub collect: String,
    /// Looks at a slice of all machines.
    pub sweep: String,
    pub plan: String,
    pub follow: String,
}

impl Schedules {
    /// The schedule whose setting is called `name`.
    pub fn named(&self, name: &str) -> Option<&str> {
        match name {
            "COLLECT_SCHEDULE" => Some(&self.collect),
            "SWEEP_SCHEDULE" => Some(&self.sweep),
            "PLAN_SCHEDULE" => Some(&self.plan),
            "FOLLOW_SCHEDULE" => Some(&self.follow),
            _ => None,
        }
    }
}

/// What the Functions host says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostSettings {
    pub custom_handler_port: Option<u16>,
    /// Whether Easy Auth guards the app, so that its headers may be believed.
    pub easy_auth: bool,
}
