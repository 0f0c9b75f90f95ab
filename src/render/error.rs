//! Why a message could not be rendered.

/// Why a message could not be rendered. No content can cause this: it is always a defect of the program.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("the mail templates cannot be read: {0}")]
    Templates(String),
    #[error("the template {name} cannot be filled: {source:#}")]
    Template {
        name: &'static str,
        /// What the template engine said.
        source: minijinja::Error,
    },
    #[error("there is no size that a mail could have")]
    NoRoom,
    #[error("a calendar entry cannot be written")]
    Calendar,
    #[error("a Teams card cannot be written: {0}")]
    Card(#[from] serde_json::Error),
}
