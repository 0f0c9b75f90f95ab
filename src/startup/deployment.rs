//! What messages say of the deployment.

use url::Url;

use crate::config::Settings;
use crate::render::{DeploymentInfo, Mailbox};

/// A sender that no mail server takes: shown where messages are only written to a folder or rendered.
const NO_SENDER: &str = "maintenance-notifier@localhost";

/// What messages say of this deployment.
pub(super) fn deployment(settings: &Settings) -> DeploymentInfo {
    let mailbox = |mailbox: &crate::config::settings::SenderAddress| Mailbox {
        name: mailbox.name.clone(),
        address: mailbox.address.clone(),
    };
    let from = settings.mail_from.as_ref().map(mailbox).or_else(|| {
        let address = NO_SENDER.parse().ok()?;
        Some(Mailbox { name: Some("Azure maintenance".to_owned()), address })
    });
    DeploymentInfo {
        #[expect(clippy::expect_used, reason = "the constant is an address, as a test shows")]
        from: from.expect("NO_SENDER is an address"),
        reply_to: settings.mail_reply_to.as_ref().map(mailbox),
        public_url: settings.public_url.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned()),
        portal_url: portal(&settings.arm.endpoint).to_owned(),
    }
}

/// The portal that belongs to a cloud's Resource Manager.
fn portal(arm: &Url) -> &'static str {
    match arm.host_str() {
        Some("management.usgovcloudapi.net") => "https://portal.azure.us",
        Some("management.chinacloudapi.cn") => "https://portal.azure.cn",
        _ => "https://portal.azure.com",
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_stand_in_sender_is_an_address() {
        assert!(super::NO_SENDER.parse::<crate::domain::email_address::EmailAddress>().is_ok());
    }
}
