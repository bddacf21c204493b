//! Approvals: questions by agents that block a run until its owner decides.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::page::ListFilter;
use super::refusal::{Complaints, Refusal};
use super::run::Agent;
use super::words::words;
use super::{ApprovalId, CollectionId, DateTime, RunId, Utc};

words! {
    ApprovalStatus {
        Pending = "pending",
        Approved = "approved",
        Rejected = "rejected",
        Amended = "amended",
        Expired = "expired",
    }
}

impl ApprovalStatus {
    pub fn may_become(self, next: Self) -> bool {
        self == Self::Pending && next != Self::Pending
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Approval {
    pub id: ApprovalId,
    pub run_id: RunId,
    /// Number of the run, counted per user.
    #[serde(default)]
    pub run_number: i64,
    /// Tool call that waits for the answer.
    pub call_id: String,
    pub agent: Agent,
    pub status: ApprovalStatus,
    pub question: String,
    /// Choices besides yes and no. Often empty.
    pub options: Vec<String>,
    /// Tool call to approve, exactly as it will be executed.
    pub tool: String,
    pub arguments: Value,
    /// SHA-256 of tool and arguments when the question was asked, in lower-case hex.
    pub arguments_sha256: Option<String>,
    pub comment: Option<String>,
    /// Change that the user wants instead.
    pub amended: Option<Value>,
    pub created_at: DateTime<Utc>,
    pub decided_at: Option<DateTime<Utc>>,
    pub expires_at: DateTime<Utc>,
}

/// Filter of the list of approvals. Every field narrows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct ApprovalFilter {
    pub status: Option<ApprovalStatus>,
    /// Whether to list decided or undecided approvals only.
    pub decided: Option<bool>,
    pub collection_id: Option<CollectionId>,
}

impl ListFilter for ApprovalFilter {}

words! {
    /// Action of the user on an approval.
    Verdict { Approve = "approve", Reject = "reject", Amend = "amend" }
}

impl Verdict {
    pub fn status(self) -> ApprovalStatus {
        match self {
            Self::Approve => ApprovalStatus::Approved,
            Self::Reject => ApprovalStatus::Rejected,
            Self::Amend => ApprovalStatus::Amended,
        }
    }
}

/// Answer of the user to an approval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Decision {
    pub action: Verdict,
    #[serde(default)]
    pub comment: Option<String>,
    /// Requested change. Required with `amend`, refused otherwise.
    #[serde(default)]
    pub amended: Option<Value>,
    /// Hash of the request that the user saw, if sent. A decision on a different request is refused.
    #[serde(default)]
    pub arguments_sha256: Option<String>,
}

const MAX_COMMENT: usize = 500;
const MAX_AMENDED: usize = 4_000;

impl Decision {
    pub fn check(mut self) -> Result<Self, Refusal> {
        self.comment = self.comment.map(|c| c.trim().replace('\0', "")).filter(|c| !c.is_empty());
        self.amended = self.amended.filter(|amended| !amended.is_null() && amended.as_str() != Some(""));
        let mut complaints = Complaints::default();
        complaints.check(
            self.comment.as_ref().is_none_or(|c| c.chars().count() <= MAX_COMMENT),
            "comment",
            format!("Keep the comment under {MAX_COMMENT} characters."),
        );
        complaints.check(
            self.amended.is_some() == (self.action == Verdict::Amend),
            "amended",
            if self.amended.is_some() {
                "Only “amend” takes a change."
            } else {
                "Say what you want instead."
            },
        );
        complaints.check(
            self.amended.as_ref().is_none_or(|amended| amended.to_string().len() <= MAX_AMENDED),
            "amended",
            format!("Keep the change under {MAX_AMENDED} bytes."),
        );
        complaints.finish()?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_decision_is_made_once() {
        use ApprovalStatus::*;
        assert!([Approved, Rejected, Amended, Expired].iter().all(|to| Pending.may_become(*to)));
        assert!(ApprovalStatus::ALL.iter().all(|to| !Approved.may_become(*to) && !Expired.may_become(*to)));
    }

    #[test]
    fn a_change_belongs_to_amend_and_to_nothing_else() {
        let decision =
            |action, amended| Decision { action, comment: None, amended, arguments_sha256: None }.check();
        assert!(decision(Verdict::Approve, None).is_ok());
        assert!(decision(Verdict::Approve, Some(Value::Null)).is_ok());
        assert!(decision(Verdict::Amend, Some(json!("only the short one"))).is_ok());
        for wrong in [decision(Verdict::Amend, None), decision(Verdict::Reject, Some(json!(1)))] {
            assert_eq!(wrong.expect_err("is wrong").fields()[0].field, "amended");
        }
    }
}
