#![doc = include_str!("../README.md")]

pub mod condition;
pub mod entry;
pub mod state;
#[cfg(feature = "testing")]
#[doc(hidden)]
pub mod testing;
#[cfg(all(test, feature = "testing"))]
mod tests;

pub use condition::Condition;
pub use entry::TeamEntry;
pub use state::{Next, TeamState};

/// Speakers that take turns until a condition is met.
#[derive(Debug, Clone)]
pub struct Team {
    /// Name, which no member may have.
    pub name: String,
    members: Vec<Member>,
    /// `None` if only the outer team, or the caller, ends it.
    stop: Option<Condition>,
}

/// A speaker.
#[derive(Debug, Clone)]
pub enum Member {
    /// An agent, by its name.
    Agent(String),
    /// A nested team that speaks as one member: its members take turns until its own condition is met.
    Team(Team),
}

/// Reason why a team cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TeamError {
    /// A team needs at least one member.
    #[error("the team {0} has no members")]
    Empty(String),
    /// Two members have one name.
    #[error("the name {0} is there twice")]
    Twice(String),
    /// A nested team has no condition that ends it.
    #[error("the team {0} stands in another and needs a condition to end")]
    Endless(String),
}

impl Team {
    /// Creates a team. It needs at least one member, and no name may occur twice at any level.
    pub fn new(
        name: impl Into<String>,
        members: impl IntoIterator<Item = Member>,
        stop: Option<Condition>,
    ) -> Result<Self, TeamError> {
        let team = Self { name: name.into(), members: members.into_iter().collect(), stop };
        let mut names = vec![team.name.clone()];
        team.check(&mut names)?;
        Ok(team)
    }

    /// Creates a team of agents.
    pub fn of(
        name: &str,
        agents: impl IntoIterator<Item = impl Into<String>>,
        stop: Option<Condition>,
    ) -> Result<Self, TeamError> {
        Self::new(name, agents.into_iter().map(|agent| Member::Agent(agent.into())), stop)
    }

    fn check(&self, names: &mut Vec<String>) -> Result<(), TeamError> {
        if self.members.is_empty() {
            return Err(TeamError::Empty(self.name.clone()));
        }
        for member in &self.members {
            let name = member.name().to_owned();
            if names.contains(&name) {
                return Err(TeamError::Twice(name));
            }
            names.push(name);
            if let Member::Team(team) = member {
                if team.stop.is_none() {
                    return Err(TeamError::Endless(team.name.clone()));
                }
                team.check(names)?;
            }
        }
        Ok(())
    }
}

impl Member {
    /// Name of the agent or of the team.
    pub fn name(&self) -> &str {
        match self {
            Self::Agent(name) => name,
            Self::Team(team) => &team.name,
        }
    }
}

impl From<Team> for Member {
    fn from(team: Team) -> Self {
        Self::Team(team)
    }
}

impl From<&str> for Member {
    fn from(agent: &str) -> Self {
        Self::Agent(agent.to_owned())
    }
}
