//! Whole mails as snapshots.

mod announced;
mod changed;
mod summed_up;
mod words;

use maintenance_notifier::domain::message_content::MessageContent;
use maintenance_notifier::render::{RenderedMail, mail};

use super::samples;

pub(super) fn rendered(content: &MessageContent) -> RenderedMail {
    mail(content, &samples::deployment(), &samples::jane()).unwrap()
}

/// The subject and the text of a mail.
pub(super) fn text(content: &MessageContent) -> String {
    let mail = rendered(content);
    format!("Subject: {}\n\n{}", mail.subject, mail.text)
}

/// HTML as a reader of code wants it: without styles, comments and the layout's tables, one element a line.
fn outline(html: &str) -> String {
    let body = html.split_once("<body").map_or(html, |(_, body)| body);
    let mut outline = String::new();
    let mut rest = body.split_once('>').map_or(body, |(_, body)| body);
    while let Some((before, after)) = rest.split_once('<') {
        outline.push_str(before.trim_matches('\n'));
        let (tag, after) = after.split_once('>').unwrap();
        rest = after;
        let name: String = tag.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/').collect();
        match name.as_str() {
            "" | "table" | "/table" | "tr" | "/tr" | "div" | "/div" | "td" | "/body" | "/html" => {}
            "/td" | "/h1" | "/h2" | "/h3" | "/p" | "/th" | "/li" => outline.push('\n'),
            "a" => {
                let link = tag.split_once("href=\"").unwrap().1.split_once('"').unwrap().0;
                outline.push_str(&format!("[{link}] "));
            }
            "h1" | "h2" | "h3" | "th" | "li" | "del" | "br" => outline.push_str(&format!("<{name}> ")),
            _ => {}
        }
    }
    let lines: Vec<&str> = outline.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("\n").replace("&#8199;&#65279;&#847; ", "")
}
