//! Approvals page: pending requests of the agents, and decided ones.

mod listeners;

use domain::approval::Approval;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use self::listeners::ListenerRuns;
use crate::api::approvals::{decided_approvals, pending_approvals};
use crate::components::Ago;
use crate::components::agent_card::agent_title;
use crate::components::approval_card::{ApprovalCard, decision_words, reply_words};
use crate::components::auth_guard::RequireSignIn;
use crate::components::filter::value;
use crate::components::live_query::{Loaded, Rows, is_empty, live_query};
use crate::components::notice::{Badge, Empty};
use crate::components::pager::Pager;
use crate::components::title::PageTitle;
use crate::language;
use crate::live::use_live;
use crate::paths;
use crate::{parts, t};

#[component]
pub fn Approvals() -> impl IntoView {
    view! {
        <PageTitle text=t!("Approvals") />
        <RequireSignIn>
            <h1>{t!("Approvals")}</h1>
            <p class="lead">{t!("What the agents may not do without your word.")}</p>
            <ListenerRuns />
            <Pending />
            <Decided />
        </RequireSignIn>
    }
}

#[component]
fn Pending() -> impl IntoView {
    let news = use_live().news;
    let kept = live_query(move || news.get(), |_| pending_approvals());
    let is_empty = is_empty(kept.value);
    view! {
        <section class="stack" aria-labelledby="waiting">
            <h2 id="waiting">{t!("Waiting for you")}</h2>
            <Loaded kept what=t!("Loading what waits for you")>
                {move || is_empty.get().then(|| view! {
                    <Empty title=t!("Nothing waits for your answer")>
                        <p>
                            {parts!(
                                "Agents ask before they fetch more than you allow, and when they want you to \
                                 choose. The run then waits for you, a day at most. How much they may fetch \
                                 unasked is set under {preferences}.",
                                preferences = view! { <a href=paths::PREFERENCES>{t!("Preferences")}</a> },
                            )}
                        </p>
                    </Empty>
                })}
                <Rows
                    list=kept.value
                    key=|approval| approval.id
                    row=|approval| view! { <ApprovalCard approval=approval.get_untracked() /> }
                />
            </Loaded>
        </section>
    }
}

#[component]
fn Decided() -> impl IntoView {
    let news = use_live().news;
    let query = use_query_map();
    let kept =
        live_query(move || (value(query, "cursor"), news.get()), |(cursor, _)| decided_approvals(cursor));
    let is_empty = is_empty(kept.value);
    let next = kept.part(|page| page.next_cursor.clone());
    view! {
        <section class="part" aria-labelledby="decided">
            <h2 id="decided">{t!("Decided")}</h2>
            <Loaded kept what=t!("Loading what you decided")>
                {move || is_empty.get().then(|| view! {
                    <p class="muted">{t!("What you approve or reject is kept here, with your comment.")}</p>
                })}
                <ul class="rows" aria-labelledby="decided">
                    <Rows list=kept.value key=|row| row.id row=|row| view! { <DecidedRow row /> } />
                </ul>
                <Pager path=paths::APPROVALS query next />
            </Loaded>
        </section>
    }
}

#[component]
fn DecidedRow(row: Signal<Approval>) -> impl IntoView {
    let content = move || {
        let approval = row.get();
        let (text, tone) = decision_words(approval.status);
        let reply = Some(reply_words(&approval)).filter(|reply| !reply.is_empty());
        view! {
            <h3 class="row-title" dir="auto">{language::sentence(&approval.question)}</h3>
            <p class="row-facts">
                <Badge tone=Signal::stored(tone) text=Signal::stored(text.to_owned()) />
                <Ago at=approval.decided_at.unwrap_or(approval.created_at) />
                <span>
                    {parts!(
                        "{agent} asked in {run}",
                        agent = agent_title(approval.agent),
                        run = view! {
                            <a href=paths::run(approval.run_id)>
                                {t!("run {number}", number = approval.run_number)}
                            </a>
                        },
                    )}
                </span>
            </p>
            {reply.map(|reply| view! { <p>{reply}</p> })}
            <p class="approval-call"><code>{approval.tool} " " {approval.arguments.to_string()}</code></p>
        }
    };
    view! { <li class="row"><div class="row-main">{content}</div></li> }
}
