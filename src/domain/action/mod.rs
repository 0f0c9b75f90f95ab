//! What people decide: links that let them respond, their responses, starts, and the record of it all.
//!
//! [`token`] is the right to respond for the items of one message, or what else its [`link_purpose`] says, and
//! [`form_nonce`] ties what is sent to the form that was shown; [`response`] is what somebody said of a window;
//! [`standing_order`] turns hours that were named once, on a page as in [`hours`] or elsewhere, into planned starts,
//! for as much as their [`scope`] says; [`start`] follows one attempt at self-service maintenance from the decision to
//! Azure's final word; [`anti_affinity`] keeps members of one group apart, and [`rolling`] gives each of many machines
//! its turn, both by one guess of its [`duration`]; [`health`] is the address that answers when a machine is well; [`audit`] chains what happened. All of it
//! is pure: facts and `now` in, facts out.

mod actor;
pub mod anti_affinity;
pub mod audit;
pub mod duration;
pub mod form_keys;
pub mod form_nonce;
pub mod group_key;
pub mod health;
pub mod hours;
pub mod link_purpose;
pub mod response;
pub mod rolling;
pub mod scope;
pub mod spacing;
pub mod standing_order;
pub mod start;
pub mod start_rules;
pub mod token;

pub use actor::Actor;
