//! What an agent asks its owner, and the ways to answer.

use leptos::prelude::*;
use smartcache::domain::approval::Approval;

use super::When;
use super::form::{Answer, FormAlert};
use crate::api::approvals::DecideApproval;
use crate::live::use_live;

/// Stands where the run is, for as long as it waits.
#[component]
pub fn ApprovalCard() -> impl IntoView {
    let live = use_live();
    let asked = Memo::new(move |_| live.conversation.with(|it| it.run.as_ref()?.approval.clone()));
    move || asked.get().map(|approval| view! { <Request approval /> })
}

#[component]
fn Request(approval: Approval) -> impl IntoView {
    let live = use_live();
    let action = ServerAction::<DecideApproval>::new();
    let answer = Answer::of(action);
    Effect::new(move |_| {
        if let Some(Ok(_)) = action.value().get() {
            live.answered(approval.id);
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
    view! {
        <article class="approval" aria-labelledby="approval-title">
            <h3 id="approval-title">"Approval needed"</h3>
            <p class="approval-question">{approval.question}</p>
            <FormAlert answer fields=&[] />
            <ActionForm action attr:class="stack">
                <input type="hidden" name="approval_id" value=approval.id.to_string() />
                <div class="field">
                    // In a line of text the enter key would press the first button: nobody approves by that.
                    <label for="comment">"Comment for the agent (optional)"</label>
                    <textarea id="comment" name="comment" rows="2">{answer.typed_or("comment", "")}</textarea>
                </div>
                <div class="approval-answers">
                    {button("approve".into(), "button button-main", "Approve".into())}
                    {own}
                    {button("reject".into(), "button", "Reject".into())}
                </div>
            </ActionForm>
            <p class="hint">
                {approval.agent.title()} " asks. Without an answer by " <When at=approval.expires_at />
                " the run goes on without it."
            </p>
        </article>
    }
}
