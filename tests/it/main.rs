//! The one integration binary: a module for each subject.

mod cli_check;
mod documentation;
