//! The way to the organisation's directory.

use super::clients::tokens;
use super::error::{StartupError, part};
use super::mail::{constant, graph_audience};
use crate::azure::ArmClient;
use crate::azure::arm::ArmOptions;
use crate::azure::directory::DirectoryClient;
use crate::clock::SharedClock;
use crate::config::Settings;
use crate::deliver::PUBLIC_GRAPH;
use crate::http::client::{ClientOptions, client};
use crate::http::origin::is_confidential;

/// The client of Microsoft Graph that looks people up, with the app's own identity.
///
/// # Errors
/// When the settings do not make one.
pub fn directory_client(settings: &Settings, clock: &SharedClock) -> Result<DirectoryClient, StartupError> {
    const SETTING: &str = "NOTIFIER_GRAPH_ENDPOINT";
    let what = part(SETTING);
    let public = constant(PUBLIC_GRAPH)?;
    let endpoint = settings.graph_endpoint.as_ref().unwrap_or(&public);
    if !is_confidential(endpoint) {
        let problem = "a token would travel unprotected; write an https address".to_owned();
        return Err(StartupError::Part { what: SETTING, problem });
    }
    let http = client(&ClientOptions::default()).map_err(|error| what(&error))?;
    let audience = graph_audience(endpoint, &public);
    let tokens = tokens(&settings.identity, &http, audience.as_str(), SETTING, clock)?;
    let graph = ArmClient::new(http, endpoint.clone(), tokens, clock.clone(), ArmOptions::default())?;
    Ok(DirectoryClient::new(graph))
}
