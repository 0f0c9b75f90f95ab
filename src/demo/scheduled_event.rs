//! A scheduled event as the simulated Azure lists it.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

/// One scheduled event of one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedEvent {
    pub id: String,
    /// The resource id of the machine.
    pub machine: String,
    /// `Freeze`, `Reboot`, `Redeploy`.
    pub kind: String,
    /// `Scheduled`, `Started`, `Completed`, `Canceled`.
    pub status: String,
    pub not_before: DateTime<Utc>,
    pub duration: Option<TimeDelta>,
}

impl SimulatedEvent {
    /// Its id below the machine.
    pub fn resource_id(&self) -> String {
        format!("{}/providers/microsoft.maintenance/scheduledevents/{}", self.machine, self.id)
    }

    /// Its properties, the same in Event Grid and in Resource Graph.
    pub fn properties(&self) -> Value {
        let is_to_come = self.status.eq_ignore_ascii_case("Scheduled");
        let not_before = self.not_before.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        json!({
            "EventId": self.id,
            "EventType": self.kind,
            "EventStatus": self.status,
            "ResourceType": "VirtualMachine",
            "Resources": [self.machine.rsplit('/').next()],
            "EventSource": "Platform",
            "NotBefore": if is_to_come { not_before.as_str() } else { "" },
            "DurationInSeconds": self.duration.map_or(-1, |duration| duration.num_seconds()),
            "Description": "Virtual machine is going to be restarted as requested by Azure.",
        })
    }
}
