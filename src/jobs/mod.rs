//! The registered functions: one small file each, with its trigger and the order of its calls.
//!
//! What they call stands in [`crate::services`], where pages and commands call it too.

pub mod collect_maintenance;
pub mod collect_subscription;
pub mod deliver_message;
pub mod follow_starts;
mod outputs;
pub mod park_poison;
pub mod plan_notifications;
pub mod receive_maintenance_event;
pub mod receive_service_health_alert;
pub mod sweep_machines;
