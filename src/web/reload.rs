//! The one script of the pages: it loads a page again while it can be seen and nobody is about to do something with it.
//! Without it everything is there all the same.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// The script. `data-again` of the document says after how many seconds; 0 never.
pub(super) const SCRIPT: &str = include_str!("templates/overview/reload.js");

static HASH: LazyLock<String> =
    LazyLock::new(|| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(SCRIPT))));

/// What a policy calls it.
pub(super) fn hash() -> &'static str {
    &HASH
}
