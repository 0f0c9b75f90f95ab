//! The templates of mails, built into the program, and the one environment that fills them.

use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, escape_formatter};
use serde::Serialize;

use super::error::RenderError;
use super::wrap;

const SOURCES: [(&str, &str); 7] = [
    ("feed.xml", include_str!("templates/feed.xml")),
    ("mail.html", include_str!("templates/mail/mail.html")),
    ("group.html", include_str!("templates/mail/group.html")),
    ("go_live.html", include_str!("templates/mail/go_live.html")),
    ("status_summary.html", include_str!("templates/mail/status_summary.html")),
    ("operator_alerts.html", include_str!("templates/mail/operator_alerts.html")),
    ("mail.txt", include_str!("templates/mail/mail.txt")),
];

static ENVIRONMENT: LazyLock<Result<Environment<'static>, minijinja::Error>> = LazyLock::new(build);

fn build() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(|out, state, value| {
        let plain =
            (*state.auto_escape() == AutoEscape::Html && !value.is_safe()).then(|| value.to_str()).flatten();
        match plain {
            Some(text) => out.write_str(&escaped(&text)).map_err(minijinja::Error::from),
            None => escape_formatter(out, state, value),
        }
    });
    environment.add_filter("wrap", |text: Value, indent: usize| wrap::wrap(&text.to_string(), indent));
    environment.add_global("rule", "=".repeat(wrap::WIDTH));
    environment.add_filter("shout", |text: String| text.to_uppercase());
    for (name, source) in SOURCES {
        environment.add_template(name, source)?;
    }
    Ok(environment)
}

/// `text` for an HTML element or a quoted attribute.
///
/// The library's own escape also writes every slash as a reference, which is as safe but makes each link twice as long.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Fills the template called `name`.
pub(super) fn fill<T: Serialize>(name: &'static str, view: &T) -> Result<String, RenderError> {
    let failed = |source: minijinja::Error| RenderError::Template { name, source };
    let environment = ENVIRONMENT.as_ref().map_err(|error| RenderError::Templates(format!("{error:#}")))?;
    environment
        .get_template(name)
        .and_then(|template| template.render(Value::from(Serde(view))))
        .map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_can_be_read() {
        assert!(ENVIRONMENT.is_ok(), "{:?}", ENVIRONMENT.as_ref().err());
    }

    #[test]
    fn what_is_special_to_html_is_escaped_in_elements_and_attributes() {
        assert_eq!(
            escaped("<a href='x' title=\"y\">&/"),
            "&lt;a href=&#39;x&#39; title=&quot;y&quot;&gt;&amp;/"
        );
    }
}
