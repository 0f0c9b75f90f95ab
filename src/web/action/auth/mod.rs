//! Whose request it is, whether a form is genuine, and what its sender may do.

mod account;
mod form_check;
mod start_permission;
mod user_token;
mod visitor;

pub(in crate::web) use account::AccountProblem;
pub(super) use form_check::{FormRejection, check, nonces};
pub(super) use start_permission::{
    StartPermission, may_grant, may_name_hours, may_start, not_counted, why_no_grant, why_no_start,
};
pub use visitor::name_of_sign_in;
pub(in crate::web) use visitor::{SignInState, signed_in};
pub(super) use visitor::{Visitor, client_address, visitor};
