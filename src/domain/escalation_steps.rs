//! Whom to escalate to when no owner responds, and how long before the deadline, as configured.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::{Deserialize, Deserializer, Serialize};

use super::recipient_name::RecipientName;

/// Whom to escalate to, as configured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Escalation {
    /// How long before the deadline, longest first.
    pub before: Vec<TimeDelta>,
    /// The same for owners who set their own.
    pub own: BTreeMap<RecipientName, Vec<TimeDelta>>,
    /// Who is escalated to in place of whom.
    pub to: BTreeMap<RecipientName, RecipientName>,
}

/// One step: who is notified in place of whom.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EscalationStep {
    /// How long before the deadline, in minutes.
    #[serde(deserialize_with = "bounded_minutes")]
    pub step: i64,
    pub to: RecipientName,
    /// The owner who did not respond.
    pub from: RecipientName,
}

/// Reads minutes that were stored: no more than a length of time in the configuration may be, so that they can be taken
/// from any moment.
pub(super) fn bounded_minutes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    const LONGEST: i64 = 3_660 * 24 * 60;
    let minutes = i64::deserialize(deserializer)?;
    if (-LONGEST..=LONGEST).contains(&minutes) {
        Ok(minutes)
    } else {
        Err(serde::de::Error::custom("minutes of more than ten years"))
    }
}

impl Escalation {
    /// Every step for these owners, the first named first. Nobody is escalated to who is an owner already or cannot be
    /// reached, and no chain comes back to where it was.
    pub fn escalation_steps(
        &self,
        owners: &[RecipientName],
        fallback: &[RecipientName],
        reached: impl Fn(&RecipientName) -> bool,
    ) -> Vec<EscalationStep> {
        let fit = |name: &&RecipientName| !owners.contains(name) && reached(name);
        let mut escalation_steps: Vec<EscalationStep> = Vec::new();
        let mut add = |step: &TimeDelta, to: &RecipientName, from: &RecipientName| {
            let step = EscalationStep { step: step.num_minutes(), to: to.clone(), from: from.clone() };
            if !escalation_steps.iter().any(|known| known.step == step.step && known.to == step.to) {
                escalation_steps.push(step);
            }
        };
        let mut any = false;
        for owner in owners {
            let chain = self.chain(owner);
            let chain: Vec<&RecipientName> = chain.into_iter().filter(fit).collect();
            any |= !chain.is_empty();
            for (index, step) in self.steps(owner).iter().enumerate() {
                if let Some(to) = chain.get(index).or(chain.last()) {
                    add(step, to, owner);
                }
            }
        }
        let first = owners.first().filter(|_| !any);
        if let Some((owner, last)) = first.and_then(|owner| Some((owner, self.steps(owner).last()?))) {
            fallback.iter().filter(fit).for_each(|to| add(last, to, owner));
        }
        escalation_steps
    }

    fn steps(&self, owner: &RecipientName) -> &[TimeDelta] {
        self.own.get(owner).unwrap_or(&self.before)
    }

    /// Who is escalated to in place of `owner`, then in place of that one, and so on.
    fn chain(&self, owner: &RecipientName) -> Vec<&RecipientName> {
        let mut chain: Vec<&RecipientName> = Vec::new();
        let mut next = self.to.get(owner);
        while let Some(name) = next.filter(|name| *name != owner && !chain.contains(name)) {
            chain.push(name);
            next = self.to.get(name);
        }
        chain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_step_can_be_taken_from_any_moment() {
        let read = |step: &str| {
            let text = format!(r#"{{"step":{step},"to":"mei","from":"jane"}}"#);
            serde_json::from_str::<EscalationStep>(&text)
        };
        assert_eq!(read("10080").unwrap().step, 10_080);
        for step in ["9223372036854775807", "-9223372036854775808", "5270401", "1e300", "\"7d\""] {
            assert!(read(step).is_err(), "{step}");
        }
    }
}
