//! Clients of Azure, as the settings say.

use super::error::{StartupError, part};

use url::Url;

use crate::azure::ArmClient;
use crate::azure::arm::ArmOptions;
use crate::azure::observe::WatchScope;
use crate::clock::SharedClock;
use crate::config::Settings;
use crate::config::settings::{IdentitySettings, SubscriptionScope};
use crate::http::client::ClientOptions;
use crate::http::client::client;
use crate::http::token::IdentityEndpoint;
use crate::http::token::TokenSource;

/// Which subscriptions are watched.
pub fn scope(settings: &Settings) -> WatchScope {
    match &settings.subscriptions {
        SubscriptionScope::All => WatchScope::All,
        SubscriptionScope::These(ids) => WatchScope::Subscriptions(ids.clone()),
        SubscriptionScope::ManagementGroup(name) => WatchScope::ManagementGroup(name.clone()),
    }
}

/// The client of Azure Resource Manager, with this identity.
///
/// # Errors
/// When the settings do not make one.
pub fn arm_client(
    settings: &Settings,
    identity: IdentitySettings,
    clock: &SharedClock,
) -> Result<ArmClient, StartupError> {
    let what = part("Azure");
    let client = client(&ClientOptions::default()).map_err(|error| what(&error))?;
    let arm = &settings.arm;
    let tokens = tokens(&identity, &client, &arm.audience, "NOTIFIER_ARM_AUDIENCE", clock)?;
    Ok(ArmClient::new(client, arm.endpoint.clone(), tokens, clock.clone(), ArmOptions::default())?)
}

/// Where tokens for `audience` come from. `setting` is named when that is no address.
pub(super) fn tokens(
    identity: &IdentitySettings,
    client: &reqwest::Client,
    audience: &str,
    setting: &'static str,
    clock: &SharedClock,
) -> Result<TokenSource, StartupError> {
    let audience: Url = audience.parse().map_err(|error: url::ParseError| part(setting)(&error))?;
    let tokens = match (&identity.managed, &identity.application) {
        // A plain http endpoint on this machine is that of App Service, or a stand-in for it.
        (Some(managed), _) => Ok(TokenSource::identity_endpoint(
            client.clone(),
            IdentityEndpoint {
                address: managed.endpoint.clone(),
                header: managed.header.clone(),
                client_id: identity.client_id.clone(),
            },
            &audience,
            clock.clone(),
        )),
        (None, Some(application)) => TokenSource::client_secret(
            client,
            &application.tenant_id,
            &application.client_id,
            &application.secret,
            &audience,
            clock.clone(),
        ),
        (None, None) => TokenSource::azure_cli(None, &audience, clock.clone()),
    };
    tokens.map_err(|error| part("Azure")(&error))
}
