//! The configuration as the program uses it: everything parsed, nothing left to get wrong.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::SecretString;

use crate::domain::access::Access;
use crate::domain::action::start_rules::StartRules;
use crate::domain::email_address::EmailAddress;
use crate::domain::policy::Policy;
use crate::domain::recipient_name::RecipientName;
use crate::domain::retention_rules::RetentionRules;
use crate::domain::schedule::Hours;
use crate::domain::sign_in_rules::SignInRules;

/// One valid configuration file.
#[derive(Debug, Clone)]
pub struct Configuration {
    pub policy: Policy,
    /// Who may respond for a recipient when signed in.
    pub deputies: BTreeMap<RecipientName, Vec<EmailAddress>>,
    pub standing_orders: BTreeMap<RecipientName, Hours>,
    pub start: StartRules,
    pub safety: SafetyRules,
    pub access: AccessRules,
    pub retention: RetentionRules,
    pub webhooks: BTreeMap<RecipientName, SecretString>,
    pub person_webhook: Option<SecretString>,
    /// Why flows were left out that cannot be used.
    pub left_out: LeftOutFlows,
}

/// Flows that cannot be used, each with the reason; never with its address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOutFlows {
    pub channels: BTreeMap<RecipientName, String>,
    /// The one that posts to persons.
    pub persons: Option<String>,
}

/// How much of what is planned is really sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    Live,
    DryRun,
    /// Only to some; the rest is diverted and marked.
    Pilot {
        pilot: BTreeSet<RecipientName>,
        divert_to: Vec<RecipientName>,
    },
}

/// Rehearsals and brakes.
#[derive(Debug, Clone, PartialEq)]
pub struct SafetyRules {
    pub mode: Mode,
    pub pause_sending: bool,
    pub pause_starts: bool,
    /// Hold when one plan exceeds this many times the usual. Above 1.
    pub brake: f64,
}

/// Whose sign-in counts, and who may see and use the overview. Nobody, unless named.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AccessRules {
    pub sign_in: SignInRules,
    pub overview: Access,
}
