//! Whether a machine whose maintenance is done is well again, asked of those who know beside the machine's own record:
//! Resource Health, and the address that its owner named in a tag.

use super::{App, ServiceError};
use crate::azure::health::is_available;
use crate::domain::action::health::HealthAddress;
use crate::domain::action::start::{Start, StartObservation};
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::resource::ResourceId;

/// Asks, and adds what was said to `observation`. A tag without an allowed
/// address is an operator alert, and does not speak against the machine.
pub async fn observe_health(
    app: &App,
    start: &Start,
    resource: &ResourceId,
    observation: &mut StartObservation,
) -> Result<(), ServiceError> {
    let window = &start.window;
    observation.available = is_available(&app.arm, resource).await;
    let rules = &app.start_rules;
    if rules.health_tag.is_empty() || !observation.is_well(start.evidence.agent_before) {
        return Ok(());
    }
    let Some(row) = app.repository.window(window).await? else { return Ok(()) };
    let tagged = row.value.window.machine.tags.resource.get(&rules.health_tag).map(str::to_owned);
    let Some(text) = tagged.filter(|text| !text.trim().is_empty()) else { return Ok(()) };
    match HealthAddress::allowed(&text, &rules.health_hosts) {
        Ok(address) => {
            let answer = app.probe.ask(&address).await;
            if let Err(problem) = &answer {
                tracing::info!(%resource, %address, problem, "a machine does not answer yet");
            }
            observation.answers = Some(answer.is_ok());
        }
        Err(problem) => {
            let what = format!("the tag {} of {resource}", rules.health_tag);
            let operator_alert = OperatorAlert::Unreadable { what, problem: problem.to_string() };
            app.report(&[operator_alert], app.clock.now()).await?;
        }
    }
    Ok(())
}
