//! The whole program: simulated Azure, the functions under the local host, a store, real or remembered transports.

mod azure_trouble;
mod binary;
mod channels;
mod crashes;
mod failed_starts;
mod failing_store;
mod flow;
mod following;
mod hostile;
mod hours;
mod links;
mod mail_trouble;
mod own_rights;
mod pages;
mod responses;
mod retention;
mod rolling;
mod rolling_pages;
mod silences;
mod standing_orders;
mod starts;
mod summary;
mod teams_trouble;
pub(crate) mod tenant;
mod unsubscribe;
mod wave;
