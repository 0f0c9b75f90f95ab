//! What one look at a start under way showed.

use chrono::{DateTime, Utc};

use super::evidence::AgentBefore;
use crate::domain::machine::PowerState;
use crate::domain::observation::Reading;

/// What Azure's operation says, the first witness of a start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum OperationProgress {
    /// It was not asked: there is none to ask, or it is not time.
    #[default]
    NotAsked,
    /// It was asked, and no answer says how far it is.
    Unanswered,
    Running {
        since: Option<DateTime<Utc>>,
    },
    Succeeded {
        since: Option<DateTime<Utc>>,
        at: Option<DateTime<Utc>>,
    },
    /// Ended badly.
    Failed {
        code: String,
        message: String,
    },
}

/// What the activity log says of the request that a start sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum LogEntry {
    /// It was not asked.
    #[default]
    NotAsked,
    /// It was asked and did not answer.
    Unanswered,
    /// It shows nothing of the request, and no other start of the machine since.
    Nothing,
    /// It shows a start of the machine since, by another request.
    Another,
    /// Azure received the request.
    Begun,
    Succeeded {
        at: Option<DateTime<Utc>>,
    },
    /// Azure received the request and did not do it.
    Failed {
        code: String,
        message: String,
    },
}

/// What one look at a start under way showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartObservation {
    /// What the machine's record says; `None` when it could not be seen.
    pub reading: Option<Reading>,
    pub power: PowerState,
    /// Whether its agent reports that it is ready; `None` when there is no agent.
    pub agent_ready: Option<bool>,
    /// Whether Resource Health calls it available; `None` when that does not say, or was not asked.
    pub available: Option<bool>,
    /// Whether the address that its owner named answers; `None` when there is none, or it may not be asked.
    pub answers: Option<bool>,
    pub progress: OperationProgress,
    /// From when on Azure wants to be asked for that again.
    pub ask_from: Option<DateTime<Utc>>,
    pub log: LogEntry,
    /// Whether the window that it was decided for is over.
    pub window_over: bool,
}

impl StartObservation {
    /// A look that showed nothing.
    pub fn nothing() -> Self {
        Self {
            reading: None,
            power: PowerState::Unknown,
            agent_ready: None,
            available: None,
            answers: None,
            progress: OperationProgress::NotAsked,
            ask_from: None,
            log: LogEntry::NotAsked,
            window_over: false,
        }
    }

    /// Whether the machine runs, and nothing that was asked speaks against its being well. An agent is judged by what it
    /// said `before`: one that was not ready then says nothing now.
    pub fn is_well(&self, before: Option<AgentBefore>) -> bool {
        let counts = !matches!(before, Some(AgentBefore::NotReady | AgentBefore::Absent));
        let asked = [self.agent_ready.filter(|_| counts), self.available, self.answers];
        self.power == PowerState::Running && !asked.contains(&Some(false))
    }
}
