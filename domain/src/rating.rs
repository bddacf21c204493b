//! Ratings: the user's thumbs for items, and for the parts of agents in runs.

use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use super::run::Agent;
use super::words::words;
use super::{DateTime, RunId, Utc};

words! {
    /// Verdict of a rating. An item with a thumb down is not picked by agents again.
    Thumb { Up = "up", Down = "down" }
}

impl Thumb {
    /// Parses the verdict of a form. An empty one takes the rating back.
    pub fn typed(verdict: &str) -> Result<Option<Self>, Refusal> {
        if verdict.is_empty() {
            return Ok(None);
        }
        let wrong = "Choose “up” or “down”, or nothing to take the rating back.";
        verdict.parse().map(Some).map_err(|_| Refusal::field("verdict", wrong))
    }
}

/// Rating of an item, or of an agent's part in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rating {
    pub verdict: Thumb,
    /// Time at which this verdict was given.
    pub created_at: DateTime<Utc>,
}

/// Request to rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRating {
    pub verdict: Thumb,
}

/// Ratings that a user gave an agent in the last fifty runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentRatings {
    pub agent: Agent,
    pub rated: i64,
    pub liked: i64,
}

/// Part of an agent in a run, with the user's verdict on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentPart {
    pub run_id: RunId,
    /// Number of the run, counted per user.
    pub run_number: i64,
    pub verdict: Option<Thumb>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_gives_a_verdict_or_takes_it_back() {
        assert_eq!(Thumb::typed("down"), Ok(Some(Thumb::Down)));
        assert_eq!(Thumb::typed(""), Ok(None));
        let wrong = Thumb::typed("sideways").expect_err("is wrong");
        assert_eq!(wrong.fields()[0].field, "verdict");
    }
}
