//! Azure Resource Manager.

pub(super) mod call;
pub(super) mod errors;
pub(super) mod function_apps;
pub(super) mod throttle;

mod activity_log;
mod hosts;
mod instance_view;
mod machines;
mod operations;
mod paging;
mod resource_health;
mod route;
mod scale_sets;
mod start;
mod subscriptions;
mod updates;
mod versions;

pub(super) use route::answer;
