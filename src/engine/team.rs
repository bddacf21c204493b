//! A round robin of agents and nested teams: who speaks next, and when it is over, from what was said alone.
//!
//! Nothing here waits, writes or knows a podcast. A standing is folded from what was said, so that whoever has the
//! words has the state: after a crash, in another process, years later.

pub mod condition;
pub mod said;
pub mod standing;
#[cfg(all(test, feature = "testing"))]
mod tests;

pub use condition::Condition;
pub use said::Said;
pub use standing::{Next, Standing};

/// Speakers in turn, until a condition is met.
#[derive(Debug, Clone)]
pub struct Team {
    pub name: String,
    members: Vec<Member>,
    /// None: only what the team stands in, or its caller, ends it.
    stop: Option<Condition>,
}

#[derive(Debug, Clone)]
pub enum Member {
    Agent(String),
    /// Speaks as one: its members in turn, until its own condition is met.
    Team(Team),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TeamError {
    #[error("the team {0} has no members")]
    Empty(String),
    #[error("the name {0} is there twice")]
    Twice(String),
    #[error("the team {0} stands in another and needs a condition to end")]
    Endless(String),
}

impl Team {
    /// At least one member, and no name twice anywhere in it.
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

    /// Agents in turn.
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
