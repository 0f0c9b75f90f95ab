//! What looks at the invented tenant return: the place of Azure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::TimeDelta;
use maintenance_notifier::domain::machine::{Machine, PowerState};
use maintenance_notifier::domain::observation::{
    Evidence, Observation, ObservedResource, Reading, UnseenScope,
};
use maintenance_notifier::domain::resource::{ResourceId, SubscriptionId};
use maintenance_notifier::domain::tags::{TagChain, Tags};
use maintenance_notifier::domain::window::{Impact, Interval, LastResult, MaintenanceFacts, Schedule};
use serde_json::{Value, json};

use super::history::{
    Attempt, Dates, Event, EventWord, Facts, HAND_OVER_ENDS, History, LOOK_EVERY, Span, Time, UserAction,
};

/// What the ids of events begin with.
pub(super) const EVENT: &str = "event-";

/// For how long an alert says why a window ended.
const EVIDENCE_LASTS: TimeDelta = TimeDelta::days(3);

/// The invented tenant as Azure describes it.
#[derive(Debug)]
pub(crate) struct Azure<'a> {
    history: &'a History,
    ids: Vec<ResourceId>,
    by_id: HashMap<String, usize>,
    by_subscription: Vec<Vec<usize>>,
}

impl<'a> Azure<'a> {
    pub(crate) fn new(history: &'a History) -> Self {
        let id = |machine: &super::history::Machine| -> ResourceId {
            let (subscription, group, name) =
                (subscription(machine.subscription), &machine.group, &machine.name);
            format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}")
                .parse()
                .unwrap()
        };
        let ids: Vec<ResourceId> = history.machines.iter().map(id).collect();
        let by_id = ids.iter().enumerate().map(|(index, id)| (id.folded().to_owned(), index)).collect();
        let mut by_subscription = vec![Vec::new(); history.lost.len()];
        for (index, machine) in history.machines.iter().enumerate() {
            by_subscription[machine.subscription].push(index);
        }
        Self { history, ids, by_id, by_subscription }
    }

    /// The machine's id.
    pub(crate) fn id(&self, machine: usize) -> &ResourceId {
        &self.ids[machine]
    }

    /// Which machine this is.
    pub(crate) fn machine(&self, id: &ResourceId) -> usize {
        self.by_id[id.folded()]
    }

    /// The machines of a subscription.
    pub(crate) fn machines(&self, number: usize) -> impl Iterator<Item = &'a super::history::Machine> {
        self.by_subscription[number].iter().map(|machine| &self.history.machines[*machine])
    }

    /// What a look at one subscription returns.
    pub(crate) fn look(&self, number: usize, now: Time) -> Observation {
        let mut observation = Observation::empty(subscription(number), now);
        if self.history.lost[number].iter().any(|span| span.contains(now)) {
            let scope = format!("subscription {number}");
            observation.unseen.push(UnseenScope {
                scope,
                reason: "HTTP 403 AuthorizationFailed".to_owned(),
                cause: Default::default(),
            });
            return observation;
        }
        for machine in &self.by_subscription[number] {
            let machine_before = &self.history.machines[*machine];
            let has_begun = machine_before.facts.first().is_some_and(|(at, _)| *at <= now);
            if has_begun && self.history.sees(*machine, now) {
                observation.resources.push(self.read(*machine, now));
            }
        }
        let lately = |at: Time| at <= now && now - at <= EVIDENCE_LASTS;
        let called_off = self.history.cancelled.iter().filter(|(at, _)| lately(*at));
        observation.evidence = called_off
            .map(|(at, number)| Evidence::Cancelled { tracking_id: number.clone(), at: *at })
            .collect();
        observation
    }

    /// An event as Event Grid delivers it.
    pub(crate) fn event(&self, event: &Event) -> Value {
        let machine = self.id(event.machine).as_str();
        let id = format!("{EVENT}{}", event.number);
        let (status, not_before) = match event.word {
            EventWord::NotBefore(at) => ("Scheduled", at),
            EventWord::Over => ("Completed", None),
        };
        let mut properties = json!({
            "EventId": id, "EventType": "Reboot", "EventStatus": status, "ResourceType": "VirtualMachine",
            "Resources": [self.history.machines[event.machine].name], "EventSource": "Platform",
        });
        if let Some(at) = not_before {
            properties["NotBefore"] = json!(at.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
        }
        let about = format!("{machine}/providers/microsoft.maintenance/scheduledevents/{id}");
        json!({
            "id": format!("{id}-{status}"), "topic": "/subscriptions/x", "subject": about,
            "eventTime": event.at.to_rfc3339(),
            "eventType": "Microsoft.ResourceNotifications.MaintenanceResources.ScheduledEventEmitted",
            "data": { "resourceInfo": { "id": about, "properties": properties } },
        })
    }

    fn read(&self, index: usize, now: Time) -> ObservedResource {
        let machine = &self.history.machines[index];
        let facts = machine.facts_at(now);
        let names = machine.tags_at(now).join(", ");
        let tag = Tags::from_iter((!names.is_empty()).then_some(("Owner", names)));
        // An owner is found wherever the tag is.
        let tags = match index % 5 {
            0 => TagChain { resource_group: tag, ..TagChain::default() },
            1 => TagChain { subscription: tag, ..TagChain::default() },
            // A machine of a flexible scale set.
            2 => TagChain { scale_set: tag, ..TagChain::default() },
            _ => TagChain { resource: tag, ..TagChain::default() },
        };
        let set = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/availabilitySets/a";
        let power = if facts == Facts::Deallocated { PowerState::Deallocated } else { PowerState::Running };
        let machine_now = Machine {
            subscription_name: Some(format!("Contoso {}", machine.subscription)),
            region: Some("westeurope".to_owned()),
            availability_set: machine.in_set.then(|| set.parse().unwrap()),
            power,
            tags,
            ephemeral_os_disk: Some(false),
            ..Machine::bare(self.ids[index].clone())
        };
        ObservedResource {
            is_blank: false,
            machine: machine_now,
            reading: match facts {
                Facts::Nothing | Facts::Deallocated => Reading::NothingPlanned,
                Facts::Gone => Reading::Gone,
                Facts::Planned { dates, allowed, attempt } => {
                    Reading::Maintenance(planned(dates, allowed, attempt))
                }
            },
            impact: Impact::Unknown,
            announced: None,
            tracking_ids: machine.tracking.clone(),
        }
    }

    /// When each subscription has to be looked at, in order of time: the looks of which something can come. In
    /// between the program looks too, and finds the same as before, as one look a day proves.
    pub(crate) fn looks(&self) -> BTreeMap<Time, BTreeSet<usize>> {
        let history = self.history;
        let mut looks = BTreeMap::<Time, BTreeSet<usize>>::new();
        let mut add = |number: usize, moment: Time| {
            let look = history.look_after(moment);
            if look < history.to {
                looks.entry(look).or_default().insert(number);
            }
        };
        let second = |at: Time| history.second_look_after(at);
        for action in history.actions.iter().filter(|action| matches!(action.action, UserAction::HandOver(_)))
        {
            add(history.machines[action.machine].subscription, action.at + HAND_OVER_ENDS);
        }
        for machine in &history.machines {
            let moments = history.changes(machine).flat_map(|at| [at, second(at)]);
            moments.for_each(|at| add(machine.subscription, at));
        }
        for (number, lost) in history.lost.iter().enumerate() {
            lost.iter().flat_map(|span| [span.from, span.to, second(span.to)]).for_each(|at| add(number, at));
            for known in &history.configurations {
                add(number, known.from);
                known.silences.iter().for_each(|(_, until)| add(number, *until));
            }
            let mut daily = history.from + LOOK_EVERY * i32::try_from(number % 96).unwrap_or(0);
            while daily < history.to {
                add(number, daily);
                daily += TimeDelta::days(1);
            }
        }
        looks
    }
}

/// The id of a subscription.
pub(crate) fn subscription(number: usize) -> SubscriptionId {
    format!("00000000-0000-0000-0000-{number:012}").parse().unwrap()
}

fn planned(dates: Dates, allowed: bool, attempt: Attempt) -> MaintenanceFacts {
    let interval = |span: Option<Span>| span.map(|span| Interval::new(span.from, span.to).unwrap());
    MaintenanceFacts {
        schedule: Schedule { self_service: interval(dates.own), scheduled: interval(dates.azure) },
        self_start_allowed: allowed,
        is_start_unsaid: false,
        last_result: match attempt {
            Attempt::None => LastResult::None,
            Attempt::Later => LastResult::RetryLater,
            Attempt::Aborted => LastResult::MaintenanceAborted,
            Attempt::Done => LastResult::MaintenanceCompleted,
        },
        last_message: None,
    }
}
