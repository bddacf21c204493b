//! Agents as shown to users: instructions, model and track record.

use serde::{Deserialize, Serialize};

use super::refusal::{Complaints, Refusal};
use super::run::Agent;
use super::{DateTime, RunId, Utc};

/// Member of the agent team.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentCard {
    pub agent: Agent,
    pub title: String,
    pub tools: Vec<ToolCard>,
    /// Version in force. Version 0 is the built-in one.
    pub current: AgentVersion,
    /// Model of the agent unless it fails; `builtin` is the planner.
    pub model: String,
    /// Run in which it is the agent's turn now.
    pub speaking_in: Option<RunId>,
    /// Number of that run, counted per user.
    #[serde(default)]
    pub speaking_in_number: Option<i64>,
    pub record: AgentRecord,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ToolCard {
    pub name: String,
    pub description: String,
}

/// Statistics of an agent over the user's last fifty runs, counted from their messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentRecord {
    pub runs: i64,
    pub turns: i64,
    /// Number of tool calls with a result; `calls_done` counts the successful ones.
    pub calls: i64,
    pub calls_done: i64,
    /// Mean duration of a turn. Null before the first turn.
    pub turn_seconds: Option<f64>,
    /// Number of those runs in which the user rated its part; `liked` counts the thumbs up.
    #[serde(default)]
    pub rated: i64,
    #[serde(default)]
    pub liked: i64,
}

/// Instructions and model of an agent. Versions are immutable; a change adds a version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentVersion {
    pub agent: Agent,
    pub version: i64,
    pub prompt: String,
    /// Model and temperature. Null means the server's model and that model's default temperature.
    pub model: Option<String>,
    pub temperature: Option<f64>,
    pub changed_by: Option<String>,
    pub created_at: Option<DateTime<Utc>>,
}

/// New version, derived from the version in `version`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAgentVersion {
    /// Version that is replaced. The change is refused if a newer version exists (optimistic concurrency).
    pub version: i64,
    /// Instructions. Empty means the built-in ones.
    #[serde(default)]
    pub prompt: String,
    #[serde(default)]
    pub model: Option<String>,
    #[serde(default)]
    pub temperature: Option<f64>,
}

const MAX_PROMPT: usize = 4_000;
const MAX_MODEL: usize = 100;

impl NewAgentVersion {
    pub fn check(mut self) -> Result<Self, Refusal> {
        self.prompt = self.prompt.replace('\0', "").trim().to_owned();
        self.model = self.model.map(|m| m.replace('\0', "").trim().to_owned()).filter(|m| !m.is_empty());
        let mut complaints = Complaints::default();
        complaints.check(
            self.prompt.chars().count() <= MAX_PROMPT,
            "prompt",
            format!(
                "Keep the instructions under {MAX_PROMPT} characters: models forget the middle of long ones."
            ),
        );
        complaints.check(
            self.model.as_ref().is_none_or(|model| model.chars().count() <= MAX_MODEL),
            "model",
            format!("A model's name has at most {MAX_MODEL} characters."),
        );
        complaints.check(
            self.temperature.is_none_or(|temperature| (0.0..=2.0).contains(&temperature)),
            "temperature",
            "Choose between 0 and 2; lower is steadier.",
        );
        complaints.finish()?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_that_makes_no_sense_names_every_field() {
        let wrong = NewAgentVersion {
            version: 0,
            prompt: "x".repeat(4_001),
            model: Some("m".repeat(101)),
            temperature: Some(2.1),
        };
        let fields: Vec<_> =
            wrong.check().expect_err("is wrong").fields().iter().map(|f| f.field.clone()).collect();
        assert_eq!(fields, ["prompt", "model", "temperature"]);
        let fine = NewAgentVersion {
            version: 0,
            prompt: " Pick. ".into(),
            model: Some(" ".into()),
            temperature: None,
        };
        let fine = fine.check().expect("is fine");
        assert_eq!((fine.prompt.as_str(), fine.model), ("Pick.", None));
    }
}
