//! What fuzzing found worth keeping, read again as ordinary tests.

use std::path::Path;

#[path = "../../fuzz/parsers.rs"]
mod parsers;

#[test]
fn every_parser_reads_its_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, parser) in parsers::PARSERS {
        let files: Vec<_> =
            std::fs::read_dir(corpus.join(name)).unwrap().map(|file| file.unwrap().path()).collect();
        assert!(files.len() > 2 || *name == "state" || *name == "machine", "{name} has a corpus");
        for file in files {
            let bytes = std::fs::read(&file).unwrap();
            let read = std::panic::catch_unwind(|| parser(&bytes));
            assert!(read.is_ok(), "{name} fell over {}", file.display());
        }
    }
    let folders = std::fs::read_dir(corpus).unwrap().count();
    assert_eq!(folders, parsers::PARSERS.len(), "every folder has a parser");
}
