//! A message as it would be handed over to one endpoint, for commands that send nothing.

use crate::deliver::compose;
use crate::domain::endpoint::Endpoint;
use crate::domain::message_content::MessageContent;
use crate::render;
use crate::services::App;

/// What one endpoint would get.
#[derive(Debug)]
pub(super) struct Rendered {
    pub(super) subject: Option<String>,
    pub(super) text: Option<String>,
    /// A name of the endpoint that is safe in every file system.
    pub(super) name: String,
    /// How a file of it ends.
    pub(super) extension: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// Renders `content` for `endpoint`.
pub(super) fn of(content: &MessageContent, endpoint: &Endpoint, app: &App) -> anyhow::Result<Rendered> {
    let card = |name: &str, bytes: Vec<u8>| Rendered {
        subject: None,
        text: None,
        name: file_name(name),
        extension: "json",
        bytes,
    };
    Ok(match endpoint {
        Endpoint::Email { address } => {
            let mail = render::mail(content, &app.deployment, address)?;
            let composed = compose(&mail, &app.deliverers.sender, address)?;
            Rendered {
                subject: Some(mail.subject),
                text: Some(mail.text),
                name: file_name(address.as_str()),
                extension: "eml",
                bytes: composed.bytes,
            }
        }
        Endpoint::Teams { recipient } => {
            card(recipient.as_str(), render::card(content, &app.deployment)?.json.into_bytes())
        }
        Endpoint::Chat { address } => {
            let json = render::card(content, &app.deployment)?.json_for(address);
            card(address.as_str(), json.into_bytes())
        }
    })
}

fn file_name(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || "@.-_".contains(c) { c } else { '_' }).collect()
}
