//! What every call to another service has in common.
//!
//! [`client`] makes clients that follow no redirects, [`calls`] sends with a trace and counts, [`body`] reads no more
//! than a bound, [`retry_after`] reads how long to wait, [`time_budget`] how long the work at
//! hand may wait, [`token`] says who we are and [`authorized`] shows it to
//! one origin only, [`public_network`] checks addresses that somebody else chose. Nothing here knows what is asked for.

pub mod authorized;
pub mod body;
pub mod calls;
pub mod causes;
pub mod client;
pub mod date;
pub mod json;
pub mod origin;
pub mod public_network;
pub mod refusal;
pub mod retry_after;
pub mod time_budget;
pub mod token;
pub mod vault_address;
pub mod webhook_address;
