//! How much of the tenant has an owner, and how that was in the last days.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::access::Repository;
use super::writes::split;
use crate::domain::coverage::CoverageReport;
use crate::store::codec::Versioned;
use crate::store::{PartitionKey, RowKey, StoreError};

/// What is kept of earlier surveys reaches back this far.
const KEPT: TimeDelta = TimeDelta::days(14);
/// What the numbers are compared with is at least this old. A survey is made once a day, at about the same time.
const A_WEEK: TimeDelta = TimeDelta::hours(6 * 24 + 12);

/// The newest survey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageRow {
    pub report: CoverageReport,
    /// How many machines nobody owned then, for each survey that is kept, oldest first.
    pub earlier: Vec<(DateTime<Utc>, usize)>,
}

impl Versioned for CoverageRow {}

impl Repository {
    /// The newest survey, if there was one.
    pub async fn coverage(&self) -> Result<Option<CoverageReport>, StoreError> {
        let (row, _) = split(self.read::<CoverageRow>(&partition()?, &RowKey::new(COVERAGE)?).await?);
        Ok(row.map(|row| row.report))
    }

    /// Keeps a survey in the place of the last one, with the numbers of a week before.
    pub async fn note_coverage(&self, report: &CoverageReport) -> Result<(), StoreError> {
        let note = |known: Option<CoverageRow>| {
            let mut earlier = known.map(|row| row.earlier).unwrap_or_default();
            earlier.retain(|(at, _)| report.at - *at <= KEPT && *at < report.at);
            let week_before = earlier.iter().rev().find(|(at, _)| report.at - *at >= A_WEEK);
            let report =
                CoverageReport { week_before: week_before.map(|(_, count)| *count), ..report.clone() };
            earlier.push((report.at, report.without_owner()));
            Some(CoverageRow { report, earlier })
        };
        self.update(&partition()?, &RowKey::new(COVERAGE)?, note).await.map(drop)
    }
}

const COVERAGE: &str = "coverage";

fn partition() -> Result<PartitionKey, StoreError> {
    Ok(PartitionKey::new("tenant")?)
}
