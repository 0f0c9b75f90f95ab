//! Turns the catalogue of words, one Fluent file a language under `src/words`, into Rust: one function a message.
//!
//! A message that is missing does not compile, one that nobody uses is dead code, and a language that lacks a message or
//! an argument fails this build. Adding a language is adding its file.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "Cargo and its build scripts speak by the environment and the standard output"
)]

mod catalogue;
mod generate;
mod plural;
mod pseudo;

use std::error::Error;
use std::fs;
use std::path::Path;

use catalogue::Catalogue;

/// The language that the others are translated from.
const SOURCE: &str = "en";

/// What a bad catalogue is refused with.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let folder = Path::new("src/words");
    println!("cargo::rerun-if-changed=src/words");
    println!("cargo::rerun-if-changed=build");
    let mut languages = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "ftl") {
            let tag = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            languages.push(Catalogue::parse(&tag, &fs::read_to_string(&path)?)?);
        }
    }
    languages.sort_by_key(|language| (language.tag != SOURCE, language.tag.clone()));
    let source =
        languages.first().filter(|language| language.tag == SOURCE).ok_or("src/words/en.ftl is missing")?;
    let problems: Vec<String> = languages.iter().flat_map(|language| language.differences(source)).collect();
    if !problems.is_empty() {
        return Err(problems.join("\n").into());
    }
    let pseudo = pseudo::of(source);
    let out = std::env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("words.rs"), generate::functions(&languages, &pseudo)?)?;
    fs::write(Path::new(&out).join("languages.rs"), generate::languages(&languages)?)?;
    Ok(())
}
