//! One parser of foreign bytes, named by `FUZZ_PARSER`, under libFuzzer.
#![no_main]

#[path = "../parsers.rs"]
mod parsers;

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

static PARSER: OnceLock<parsers::Parser> = OnceLock::new();

fuzz_target!(|bytes: &[u8]| {
    let parser = PARSER.get_or_init(|| {
        let wanted = std::env::var("FUZZ_PARSER").expect("FUZZ_PARSER names a parser");
        let known = parsers::PARSERS.iter().find(|(name, _)| *name == wanted);
        known.unwrap_or_else(|| panic!("no parser is called {wanted}")).1
    });
    parser(bytes);
});
