//! `/health`: in total and without names, whether the notifier does its work, and why not.
//!
//! Anybody may ask, so it reads three rows, whatever there is; planning notes every minute what it sees.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::deliver::unresolved;
use crate::domain::brake::Hold;
use crate::http::causes::chain;
use crate::services::App;
use crate::store::repository::{PulseRow, TenantRow};

/// Collecting runs every quarter of an hour; four missed rounds are no accident.
const STALE: TimeDelta = TimeDelta::hours(1);

/// Planning runs every minute.
const STANDS_STILL: TimeDelta = TimeDelta::minutes(15);

/// A message may wait for a quota, for a mail server that restarts, for its turn. Longer is a problem.
const LATE: TimeDelta = TimeDelta::hours(1);

/// What `/health` answers as JSON.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Health {
    healthy: bool,
    problems: Vec<Problem>,
    /// What is no problem, and worth knowing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<Problem>,
}

/// Why it is not healthy, or what else is to be known.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Problem {
    /// For machines: it stays the same.
    code: &'static str,
    text: String,
}

impl Health {
    fn of(problems: Vec<Problem>) -> Self {
        Self { healthy: problems.is_empty(), problems, notes: Vec::new() }
    }

    fn status(&self) -> StatusCode {
        if self.healthy { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
    }

    fn text(&self) -> String {
        let mut text = if self.healthy { "healthy\n" } else { "not healthy\n" }.to_owned();
        for problem in self.problems.iter().chain(&self.notes) {
            text.push_str(&format!("- {}\n", problem.text));
        }
        text
    }
}

/// The answer as JSON, or as plain text for who asks for text alone: a browser, a person with `curl -H`.
pub(super) async fn health(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let health = look(&app).await;
    if wants_text(&headers) {
        (health.status(), health.text()).into_response()
    } else {
        (health.status(), Json(health)).into_response()
    }
}

/// The problems and what is worth knowing, each with its code.
pub(super) async fn findings(app: &App) -> (Vec<(&'static str, String)>, Vec<(&'static str, String)>) {
    let health = look(app).await;
    let plain = |list: Vec<Problem>| list.into_iter().map(|one| (one.code, one.text)).collect();
    (plain(health.problems), plain(health.notes))
}

/// The same for who asks by another way: a function that operators have the key of.
pub async fn health_now(app: &App) -> serde_json::Value {
    serde_json::to_value(look(app).await).unwrap_or_default()
}

/// Whether a browser asks, and not a program.
pub(super) fn wants_text(headers: &HeaderMap) -> bool {
    let accepted: Vec<&str> =
        headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let accepted = accepted.join(",").to_ascii_lowercase();
    accepted.contains("text/") && !accepted.contains("json")
}

async fn look(app: &App) -> Health {
    let repository = &app.repository;
    let read =
        async { Ok((repository.tenant().await?.0, repository.pulse().await?, repository.brake().await?)) };
    match read.await {
        Ok((tenant, pulse, brake)) => {
            let mut problems = problems(&tenant, pulse.as_ref(), app.sending, app.clock.now());
            problems.extend(brake.held.map(held));
            let mail = app.deliverers.unresolved_setting();
            problems.extend(mail.map(|setting| problem("mail-is-not-set-up", unresolved(setting))));
            let configuration = app.configuration_problem();
            problems.extend(configuration.map(|text| problem("configuration-is-invalid", text.to_string())));
            Health {
                notes: app.is_on_built_in().then(built_in).into_iter().collect(),
                ..Health::of(problems)
            }
        }
        Err(error) => {
            let error: crate::store::StoreError = error;
            tracing::error!(error = chain(&error), "the store cannot be read");
            Health::of(vec![problem("store-is-unreadable", "the store cannot be read")])
        }
    }
}

fn held(hold: Hold) -> Problem {
    let text = format!(
        "far more is to be sent than usual: what can wait is held since {}, until `maintenance-notifier outbox release`",
        written(hold.since)
    );
    problem("messages-are-held", text)
}

/// Who deployed a minute ago reads this: it says what comes next.
fn built_in() -> Problem {
    let text = "there is no configuration yet: the built-in one is in force, a dry run that sends nothing. Write one from \
                notifier.example.toml, have `maintenance-notifier check` read it, and put it where NOTIFIER_CONFIG says";
    problem("configuration-is-built-in", text)
}

fn problem(code: &'static str, text: impl Into<String>) -> Problem {
    Problem { code, text: text.into() }
}

fn problems(tenant: &TenantRow, pulse: Option<&PulseRow>, sending: bool, now: DateTime<Utc>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut add = |code, text| problems.push(problem(code, text));
    match tenant.collected {
        None => add("collection-is-stale", "Azure was not asked yet".to_owned()),
        Some(at) if now - at > STALE => {
            add("collection-is-stale", format!("Azure was last asked at {}", written(at)));
        }
        Some(_) => {}
    }
    let Some(pulse) = pulse else {
        add("planning-stands-still", "nothing was planned yet".to_owned());
        return problems;
    };
    if now - pulse.at > STANDS_STILL {
        add("planning-stands-still", format!("nothing was planned since {}", written(pulse.at)));
    }
    // What is held on purpose is not late.
    if let Some(oldest) = pulse.oldest.filter(|oldest| sending && now - *oldest > LATE) {
        let text = format!(
            "{}, the oldest since {}",
            count(pulse.unsent, "message is unsent", "messages are unsent"),
            written(oldest)
        );
        add("messages-are-unsent", text);
    }
    if pulse.services > 0 {
        let text = count(
            pulse.services,
            "service that messages leave by does",
            "services that messages leave by do",
        );
        add("services-refuse", format!("{text} not work as set up"));
    }
    if pulse.operators_unreachable {
        let text = "every address and channel of the operators refused: nobody hears of trouble";
        add("operators-are-unreachable", text.to_owned());
    }
    if pulse.repeats > 0 {
        let text = count(pulse.repeats, "recipient has a message", "recipients have messages");
        let text = format!("{text} held: too many within an hour, or told before");
        add("messages-repeat", text);
    }
    if pulse.unseen > 0 {
        let text = count(pulse.unseen, "scope", "scopes");
        add("scopes-are-unseen", format!("{text} in Azure cannot be read"));
    }
    if pulse.parked > 0 {
        let text = count(pulse.parked, "queue message is", "queue messages are");
        add(
            "messages-are-parked",
            format!(
                "{text} parked, having failed as often as they may; what is done meanwhile goes by itself, and \
             `maintenance-notifier outbox retry --all` puts the rest back"
            ),
        );
    }
    problems
}

fn count(number: u64, one: &str, more: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { more })
}

fn written(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::utc;

    fn well() -> (TenantRow, PulseRow, DateTime<Utc>) {
        let now = utc("2026-12-01T12:00:00Z");
        let at = utc("2026-12-01T11:59:30Z");
        let pulse = PulseRow {
            at,
            unsent: 0,
            oldest: None,
            parked: 0,
            unseen: 0,
            services: 0,
            operators_unreachable: false,
            repeats: 0,
        };
        (TenantRow { collected: Some(utc("2026-12-01T11:45:00Z")), ..TenantRow::default() }, pulse, now)
    }

    #[test]
    fn all_is_well_while_messages_wait_a_little_or_on_purpose() {
        let (tenant, mut pulse, now) = well();
        assert_eq!(problems(&tenant, Some(&pulse), true, now), []);
        (pulse.unsent, pulse.oldest) = (3, Some(utc("2026-12-01T11:01:00Z")));
        assert_eq!(problems(&tenant, Some(&pulse), true, now), []);
        pulse.oldest = Some(utc("2026-11-20T11:01:00Z"));
        assert_eq!(problems(&tenant, Some(&pulse), false, now), []);
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let now = utc("2026-12-01T12:00:00Z");
        let long_ago = utc("2026-12-01T10:00:00Z");
        let pulse = PulseRow {
            at: long_ago,
            unsent: 12,
            oldest: Some(long_ago),
            parked: 1,
            unseen: 2,
            services: 1,
            operators_unreachable: true,
            repeats: 1,
        };
        let tenant = TenantRow { collected: Some(long_ago), ..TenantRow::default() };
        let health = Health::of(problems(&tenant, Some(&pulse), true, now));
        assert_eq!(health.status(), StatusCode::SERVICE_UNAVAILABLE);
        insta::assert_snapshot!(health.text(), @"
        not healthy
        - Azure was last asked at 2026-12-01 10:00 UTC
        - nothing was planned since 2026-12-01 10:00 UTC
        - 12 messages are unsent, the oldest since 2026-12-01 10:00 UTC
        - 1 service that messages leave by does not work as set up
        - every address and channel of the operators refused: nobody hears of trouble
        - 1 recipient has a message held: too many within an hour, or told before
        - 2 scopes in Azure cannot be read
        - 1 queue message is parked, having failed as often as they may; what is done meanwhile goes by itself, and `maintenance-notifier outbox retry --all` puts the rest back
        ");
        let codes: Vec<&str> = health.problems.iter().map(|problem| problem.code).collect();
        insta::assert_snapshot!(codes.join(" "), @"collection-is-stale planning-stands-still messages-are-unsent services-refuse operators-are-unreachable messages-repeat scopes-are-unseen messages-are-parked");
        let never = Health::of(problems(&TenantRow::default(), None, true, now));
        insta::assert_snapshot!(serde_json::to_string(&never).unwrap(), @r#"{"healthy":false,"problems":[{"code":"collection-is-stale","text":"Azure was not asked yet"},{"code":"planning-stands-still","text":"nothing was planned yet"}]}"#);
    }

    #[test]
    fn what_is_worth_knowing_makes_nobody_ill() {
        let health = Health { notes: vec![built_in()], ..Health::of(Vec::new()) };
        assert_eq!(health.status(), StatusCode::OK);
        assert!(health.text().starts_with("healthy\n- there is no configuration yet"));
        let json = serde_json::to_value(&health).unwrap();
        assert_eq!((&json["healthy"], &json["problems"]), (&true.into(), &serde_json::json!([])));
        assert_eq!(json["notes"][0]["code"], "configuration-is-built-in");
    }

    #[test]
    fn text_is_for_who_wants_no_json() {
        let wants = |accept: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(header::ACCEPT, accept.parse().unwrap());
            }
            wants_text(&headers)
        };
        assert!(wants(Some("text/plain")));
        assert!(wants(Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")));
        assert!(!wants(None));
        assert!(!wants(Some("*/*")));
        assert!(!wants(Some("application/json, text/plain, */*")));
    }
}
