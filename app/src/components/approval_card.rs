//! An approval request of an agent, and the form to decide it.

use domain::approval::{Approval, ApprovalStatus};
use leptos::prelude::*;

use super::agent_card::agent_title;
use super::area::Area;
use super::form::{FormAlert, FormResponse};
use super::{Ahead, When};
use crate::api::approvals::DecideApproval;
use crate::live::use_live;
use crate::{language, parts, paths, t};

/// Approval that the latest run waits for.
#[component]
pub fn PresentApproval() -> impl IntoView {
    let live = use_live();
    let asked = Memo::new(move |_| live.conversation.with(|it| it.run.as_ref()?.approval.clone()));
    move || asked.get().map(|approval| view! { <ApprovalCard approval /> })
}

/// An approval request and its form.
#[component]
pub fn ApprovalCard(approval: Approval) -> impl IntoView {
    let live = use_live();
    let (id, run) = (approval.id, approval.run_id);
    let action = ServerAction::<DecideApproval>::new();
    let answer = FormResponse::of(action).only("approval_id", id.to_string());
    Effect::new(move |_| {
        if let Some(Ok(_)) = action.value().get() {
            live.answered(id);
        }
    });
    let busy = action.pending();
    let button = move |verdict: String, class: &'static str, text: String| {
        view! {
            <button type="submit" name="verdict" value=verdict class=class disabled=busy>{text}</button>
        }
    };
    let own: Vec<_> =
        approval.options.into_iter().map(|option| button(option.clone(), "button", option)).collect();
    let (title, comment) = (format!("approval-{id}"), format!("comment-{id}"));
    let heading = title.clone();
    let words = RwSignal::new(answer.typed_or("comment", ""));
    let hint = parts!(
        "{agent} asks in {run}. Without an answer by {time}{ahead} the run goes on without it.",
        agent = agent_title(approval.agent),
        run = view! { <a href=paths::run(run)>{t!("run {number}", number = approval.run_number)}</a> },
        time = view! { <When at=approval.expires_at /> },
        ahead = view! { <Ahead at=approval.expires_at /> }
    );
    view! {
        <article class="approval" aria-labelledby=title>
            <h3 id=heading>{t!("Approval needed")}</h3>
            <p class="approval-question" dir="auto">{language::sentence(&approval.question)}</p>
            <p class="approval-call">
                {t!("What is asked for, exactly:")} " "
                <code>{approval.tool} " " {approval.arguments.to_string()}</code>
            </p>
            <FormAlert answer fields=&[] />
            <ActionForm action attr:class="stack">
                <input type="hidden" name="approval_id" value=id.to_string() />
                // A text area: in a single-line field, Enter would press the first button and approve.
                <Area answer label=t!("Comment for the agent (optional)") name="comment" id=comment text=words rows=2 />
                <div class="approval-answers">
                    {button("approve".into(), "button button-main", t!("Approve").into())}
                    {own}
                    {button("reject".into(), "button", t!("Reject").into())}
                </div>
            </ActionForm>
            <p class="hint">{hint}</p>
        </article>
    }
}

/// Display text of an approval's status, and the tone of its badge.
pub fn decision_words(status: ApprovalStatus) -> (&'static str, &'static str) {
    match status {
        ApprovalStatus::Pending => (t!("Waiting for you"), "warn"),
        ApprovalStatus::Approved => (t!("Approved"), "good"),
        ApprovalStatus::Rejected => (t!("Rejected"), "bad"),
        ApprovalStatus::Amended => (t!("Answered"), "good"),
        ApprovalStatus::Expired => (t!("Not answered"), "calm"),
    }
}

/// The user's amended answer and comment in quotation marks; empty if there is neither.
pub fn reply_words(approval: &Approval) -> String {
    let amended = approval.amended.as_ref().filter(|amended| !amended.is_null());
    let amended = amended.map(|amended| amended.as_str().map_or_else(|| amended.to_string(), str::to_owned));
    let said: Vec<_> =
        amended.iter().chain(&approval.comment).map(|text| t!("“{text}”", text = text)).collect();
    said.join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn decided(amended: Value, comment: Value) -> Approval {
        let approval = json!({
            "id": 1, "run_id": 1, "call_id": "a", "agent": "download", "status": "amended", "question": "?",
            "options": [], "tool": "request_approval", "arguments": {}, "comment": comment, "amended": amended,
            "created_at": "2026-07-08T09:05:03Z", "decided_at": null, "expires_at": "2026-07-09T09:05:03Z",
        });
        serde_json::from_value(approval).expect("an approval")
    }

    #[test]
    fn an_answer_is_told_in_the_persons_own_words() {
        assert_eq!(
            reply_words(&decided(json!("The short one"), json!("Thanks."))),
            "“The short one” “Thanks.”"
        );
        assert_eq!(reply_words(&decided(Value::Null, Value::Null)), "");
        assert_eq!(reply_words(&decided(json!({ "item_id": 7 }), Value::Null)), "“{\"item_id\":7}”");
    }
}
