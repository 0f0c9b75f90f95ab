//! The whole program: simulated Azure, the functions under the local host, a store, real or remembered transports.

mod azure_trouble;
mod binary;
mod channels;
mod coverage;
mod crashes;
mod directory;
mod escalation;
mod failing_store;
mod flow;
mod hostile;
mod mail_trouble;
mod pages;
mod responses;
mod rolling;
mod rolling_pages;
mod standing_orders;
mod starts;
mod teams_trouble;
pub(crate) mod tenant;
mod wave;
