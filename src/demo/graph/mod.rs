//! Azure Resource Graph: one question over what a principal may read.

mod evaluate;
mod existing;
mod lexer;
mod parse;
mod planned;
mod question;
mod reply;
mod row;
mod scheduled;
mod tables;

pub(super) use planned::updates_of;
pub(super) use question::{asks_about, is_question, page_of};
pub(super) use reply::answer;
