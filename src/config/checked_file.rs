//! What became of a configuration file.

use super::configuration::Configuration;
use super::finding::Finding;

/// What became of a configuration file.
#[derive(Debug)]
pub struct CheckedFile {
    /// The configuration; `None` when there is an error.
    pub configuration: Option<Configuration>,
    pub findings: Vec<Finding>,
}
