//! The command line, thin: everything is in the library.

fn main() {}
