//! Mails and words before judges that nobody here wrote: html-validate, the data of caniemail.com, and CLDR.

use std::path::Path;
use std::process::Command;

use super::{read_back, shape};

fn script(name: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node").join(name));
    command
}

#[test]
fn every_kind_of_mail_is_valid_html_and_uses_what_mail_programs_know() {
    let folder = tempfile::tempdir().unwrap();
    shape::write_gallery(folder.path());
    read_back::run(script("mail_check.js").arg(folder.path()));
}

#[test]
fn names_plurals_lists_and_numbers_are_those_of_cldr() {
    read_back::run(&mut script("words_check.js"));
}
