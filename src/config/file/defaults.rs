//! `[defaults]`.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::value::Datetime;

use crate::domain::stage::Stage;

/// What holds for everybody who sets nothing else.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Defaults {
    /// The time zone in which dates are shown and hours are kept: `Europe/Berlin`, or as Windows calls it,
    /// `W. Europe Standard Time`.
    pub timezone: String,
    /// The language of messages, as a BCP 47 tag.
    pub language: String,
    /// When digests are sent: a five-field cron expression in the recipient's zone, or `never`.
    pub digest: String,
    /// The stages that do not wait for the digest.
    #[schemars(with = "Vec<Stage>")]
    pub immediate: Vec<String>,
    /// How long before self-service ends to remind, while maintenance can still be started.
    pub reminders: Vec<String>,
    /// How long before Azure's own window opens to say so, when nothing is planned.
    pub scheduled: Vec<String>,
    /// How long announcements wait for a wave to finish arriving.
    pub settle: String,
    /// When news may arrive: `MON-FRI 08:00-18:00, SAT 10:00-12:00`, or `always`.
    pub hours: String,
    /// Times of day at which nothing but `imminent` arrives.
    pub quiet: Vec<String>,
    /// Days without news.
    #[schemars(with = "Vec<chrono::NaiveDate>")]
    pub holidays: Vec<Datetime>,
    /// The recipients who are notified when no owner is found, and of everything that goes wrong. Required.
    pub fallback: Vec<String>,
    /// How long before self-service ends to notify `escalate_to`, without a response. Where no owner has one, the
    /// fallback is notified at the last step.
    pub escalate: Vec<String>,
}

impl Default for Defaults {
    fn default() -> Self {
        let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        let immediate = [
            Stage::Announced,
            Stage::Rescheduled,
            Stage::Cancelled,
            Stage::SelfServiceOpen,
            Stage::SelfServiceClosed,
            Stage::Imminent,
            Stage::Notice,
            Stage::AnnouncedElsewhere,
            Stage::Failed,
            Stage::Skipped,
        ];
        Self {
            timezone: "UTC".to_owned(),
            language: "en".to_owned(),
            digest: "0 8 * * MON-FRI".to_owned(),
            immediate: immediate.map(|stage| stage.as_str().to_owned()).to_vec(),
            reminders: texts(&["7d", "2d"]),
            scheduled: texts(&["3d"]),
            settle: "2h".to_owned(),
            hours: "MON-FRI 08:00-18:00".to_owned(),
            quiet: texts(&["22:00-07:00"]),
            holidays: Vec::new(),
            fallback: Vec::new(),
            escalate: texts(&["7d", "2d"]),
        }
    }
}
