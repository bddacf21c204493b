//! Approval by the user: the tool that requests it, and the checks of other tools that need it.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Output, Tool, ToolContext, ToolError};
use crate::db::approvals;
use crate::domain::approval::{Approval, ApprovalStatus};

/// A question to the user. The run waits for the answer, then the same call is repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub text: String,
    /// Answers to choose from besides yes and no.
    pub options: Vec<String>,
}

impl Question {
    pub fn yes_or_no(text: impl Into<String>) -> Self {
        Self { text: text.into(), options: Vec::new() }
    }
}

/// Returns the user's decision on this call, or the question as an error while there is none.
pub async fn answer(cx: &ToolContext<'_>, question: Question) -> Result<Approval, ToolError> {
    decided(cx).await?.ok_or(ToolError::Ask(question))
}

/// Returns the user's decision on this call, if there is one.
pub async fn decided(cx: &ToolContext<'_>) -> Result<Option<Approval>, ToolError> {
    let asked = approvals::of_call(&cx.engine.db, cx.owner, cx.run.id, cx.call_id).await?;
    let decided = asked.filter(|approval| approval.status != ApprovalStatus::Pending);
    if decided.as_ref().is_some_and(|approval| !is_unchanged(approval)) {
        return Err(ToolError::refused("The arguments are not those that the person was asked about."));
    }
    Ok(decided)
}

/// SHA-256 of tool and arguments, in lower-case hex.
pub fn fingerprint(tool: &str, arguments: &Value) -> String {
    hex::encode(Sha256::digest(json!([tool, arguments]).to_string()))
}

/// Whether tool and arguments are unchanged since the request was made.
pub fn is_unchanged(approval: &Approval) -> bool {
    let now = fingerprint(&approval.tool, &approval.arguments);
    approval.arguments_sha256.as_ref().is_none_or(|then| *then == now)
}

/// Succeeds only with the user's approval.
pub async fn require(cx: &ToolContext<'_>, question: Question) -> Result<(), ToolError> {
    let approval = answer(cx, question).await?;
    let said = approval.comment.map(|comment| format!(" They said: {comment}")).unwrap_or_default();
    match approval.status {
        ApprovalStatus::Approved | ApprovalStatus::Amended => Ok(()),
        ApprovalStatus::Expired => {
            Err(ToolError::refused("The person was asked and did not answer in time."))
        }
        _ => Err(ToolError::refused(format!("The person was asked and said no.{said}"))),
    }
}

/// Asks the user a question of the agent's own.
pub struct RequestApproval;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// The decision, as a question; yes or no, if there are no options
    question: String,
    /// Answers to choose from besides yes and no
    #[serde(default)]
    options: Vec<String>,
}

/// Maximum number of characters of a question and of an option, and of options of a question.
const MAX_QUESTION: usize = 500;
const MAX_OPTION: usize = 100;
const MAX_OPTIONS: usize = 6;

impl Tool for RequestApproval {
    const NAME: &'static str = "request_approval";
    const DESCRIPTION: &'static str = "Asks the person to decide and waits for the answer, a day at most. Use it \
        sparingly: everything else waits meanwhile.";
    type Args = Ask;

    async fn call(&self, cx: &ToolContext<'_>, args: Ask) -> Result<Output, ToolError> {
        let text = text::brief(args.question.trim(), MAX_QUESTION);
        if text.is_empty() {
            return Err(ToolError::refused("Ask a question."));
        }
        if args.options.len() > MAX_OPTIONS {
            return Err(ToolError::refused(format!("Offer at most {MAX_OPTIONS} options.")));
        }
        let options =
            args.options.iter().map(|o| text::brief(o.trim(), MAX_OPTION)).filter(|o| !o.is_empty());
        let approval = answer(cx, Question { text, options: options.collect() }).await?;
        let said =
            json!({ "decision": approval.status, "answer": approval.amended, "comment": approval.comment });
        Ok(said.into())
    }
}
