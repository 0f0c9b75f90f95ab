//! The templates of pages: built into the program, read once, and filled strictly.

use std::sync::LazyLock;

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{Environment, Error, UndefinedBehavior};

/// Templates by their names, or why they cannot be read.
pub(super) type Templates = LazyLock<Result<Environment<'static>, Error>>;

/// Reads templates: each by its name and its text.
pub(super) fn read(texts: &[(&'static str, &'static str)]) -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    for (name, text) in texts {
        environment.add_template(name, text)?;
    }
    Ok(environment)
}

/// Fills the template of this name. What cannot be filled is logged, and is a page without words.
pub(super) fn fill(templates: &Templates, status: StatusCode, name: &str, view: Value) -> Response {
    let filled = match &**templates {
        Ok(templates) => templates.get_template(name).and_then(|template| template.render(view)),
        Err(error) => {
            tracing::error!(%error, name, "the templates of the pages cannot be read");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    match filled {
        Ok(page) => (status, Html(page)).into_response(),
        Err(error) => {
            tracing::error!(%error, name, "a page could not be filled");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
