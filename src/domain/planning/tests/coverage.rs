//! The weekly report of machines that nobody owns.

use chrono::{DateTime, Utc};

use super::*;
use crate::domain::coverage::{CoverageReport, SubscriptionCoverage};

#[test]
fn machines_without_an_owner_are_reported_to_operators_once_a_week_while_there_are_any() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.operator = true;
    life.go_live = GoLive::Since(life.now);
    let survey = |at: DateTime<Utc>, unowned: usize| CoverageReport {
        at,
        subscriptions: vec![SubscriptionCoverage {
            subscription: "sub-1".parse().unwrap(),
            name: None,
            machines: 10,
            unowned,
        }],
        unowned: Vec::new(),
        week_before: None,
    };
    for day in 1..=24 {
        // From the 20th on every machine has an owner.
        life.coverage = Some(survey(life.now, if day < 20 { 3 } else { 0 }));
        life.plan();
        let tomorrow = life.now + TimeDelta::days(1);
        life.until(&tomorrow.to_rfc3339());
    }
    insta::assert_snapshot!(life.story(), @"
    Tue 01 11:00 go-live []
    Tue 08 11:00 coverage []
    Tue 15 11:00 coverage []
    ");
}
