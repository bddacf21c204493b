//! Requests page of a site: what its gateway is asked for, and the answers.

use domain::bundle::{BundleRequest, RequestKind, RequestStatus};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::api::requests::{AskForItems, AskForRun, RequestWithAnswer, WithdrawRequest, list_requests};
use crate::components::Ago;
use crate::components::action_button::ActionButton;
use crate::components::auth_guard::RequireSignIn;
use crate::components::confirm::Confirm;
use crate::components::filter::value;
use crate::components::form::{Field, FormAlert, FormResponse, Submit};
use crate::components::live_query::{Each, Loaded, live_query};
use crate::components::notice::{Badge, Empty};
use crate::components::pager::Pager;
use crate::components::request_words::request_words;
use crate::components::title::PageTitle;
use crate::live::use_live;
use crate::{language, parts, paths, t, tn};

#[component]
pub fn Requests() -> impl IntoView {
    view! {
        <PageTitle text=t!("Requests") />
        <RequireSignIn>
            <h1>{t!("Requests")}</h1>
            <p class="lead">
                {t!("This server has no network of its own. What you ask for here goes to its gateway with the next bundle, and the answer comes back with a later one.")}
            </p>
            <Content />
        </RequireSignIn>
    }
}

#[component]
fn Content() -> impl IntoView {
    let (news, query) = (use_live().news, use_query_map());
    let (search, run) = (ServerAction::<AskForItems>::new(), ServerAction::<AskForRun>::new());
    let withdraw = ServerAction::<WithdrawRequest>::new();
    let versions = move || (search.version().get(), run.version().get(), withdraw.version().get());
    let kept = live_query(
        move || (value(query, "cursor"), news.get(), versions()),
        |(cursor, _, _)| list_requests(cursor),
    );
    let rows = kept.part(|view| view.requests.clone());
    let next = kept.part(|view| view.next_cursor.clone());
    let is_site = kept.part(|view| view.is_site);
    view! {
        <Loaded kept what=t!("Loading the requests")>
            {move || match is_site.get() {
                true => view! { <Forms search run /> }.into_any(),
                false => view! {
                    <p class="alert">{t!("This server is no site: it has a network of its own. Search its items, or start a run.")}</p>
                }.into_any(),
            }}
            <section class="stack" aria-labelledby="requests">
                <h2 id="requests">{t!("Your requests")}</h2>
                <FormAlert answer=FormResponse::of(withdraw) fields=&[] />
                {move || rows.with(Vec::is_empty).then(|| view! {
                    <Empty title=t!("No requests yet")>
                        <p>{t!("Files of items are asked for by themselves when you get them in Discover.")}</p>
                    </Empty>
                })}
                <ul class="rows" aria-labelledby="requests">
                    <Each
                        list=rows
                        key=|row| row.request.id.clone()
                        row=move |row| view! { <RequestRow row withdraw /> }
                    />
                </ul>
                <Pager path=paths::REQUESTS query next />
            </section>
        </Loaded>
    }
}

#[component]
fn Forms(search: ServerAction<AskForItems>, run: ServerAction<AskForRun>) -> impl IntoView {
    let (of_search, of_run) = (FormResponse::of(search), FormResponse::of(run));
    view! {
        <section class="panel stack" aria-labelledby="ask-items">
            <h2 id="ask-items">{t!("Search what the gateway has")}</h2>
            <FormAlert answer=of_search fields=&["query"] />
            <ActionForm action=search attr:class="stack" attr:novalidate=true>
                <Field answer=of_search label=t!("Words to search for") name="query" kind="search" />
                <div><Submit answer=of_search text=t!("Ask for items") busy=t!("Asking…") /></div>
            </ActionForm>
        </section>
        <section class="panel stack" aria-labelledby="ask-run">
            <h2 id="ask-run">{t!("Let the gateway's agents find something")}</h2>
            <FormAlert answer=of_run fields=&["goal", "max_items"] />
            <ActionForm action=run attr:class="stack" attr:novalidate=true>
                <div class="pair">
                    <Field
                        answer=of_run
                        label=t!("Goal of the run")
                        name="goal"
                        hint=t!("May be empty: then they choose from what this site follows.")
                    />
                    <Field
                        answer=of_run
                        label=t!("Items at most")
                        name="max_items"
                        kind="number"
                        bounds=(1, 20)
                        value="5"
                    />
                </div>
                <div><Submit answer=of_run text=t!("Ask for a run") busy=t!("Asking…") /></div>
            </ActionForm>
        </section>
    }
}

fn heading(request: &BundleRequest) -> String {
    let payload = &request.payload;
    match request.kind {
        RequestKind::Search => t!("Search: {query}", query = payload.query.clone().unwrap_or_default()),
        RequestKind::Run => match &payload.goal {
            Some(goal) => t!("Run: {goal}", goal = goal),
            None => t!("Run without a goal").to_owned(),
        },
        RequestKind::Item => t!("File of an item").to_owned(),
    }
}

#[component]
fn RequestRow(row: Signal<RequestWithAnswer>, withdraw: ServerAction<WithdrawRequest>) -> impl IntoView {
    let RequestWithAnswer { request, .. } = row.get_untracked();
    let (title, id, created_at) = (heading(&request), request.id, request.created_at);
    let status = Memo::new(move |_| row.with(|row| row.request.status));
    let badge = move || {
        let (text, tone) = request_words(status.get());
        view! { <Badge tone=Signal::stored(tone) text=Signal::stored(text.to_owned()) /> }
    };
    let error = move || row.with(|row| row.request.error.clone());
    let name = title.clone();
    view! {
        <li class="row">
            <div class="row-main">
                <h3 class="row-title" dir="auto">{title}</h3>
                <p class="row-facts">
                    {badge} <span>{parts!("Asked {time}", time = view! { <Ago at=created_at /> })}</span>
                </p>
                {move || error().map(|why| view! { <p class="row-trouble">{language::sentence(&why)}</p> })}
                {move || (status.get() == RequestStatus::Completed).then(|| view! { <Answer row /> })}
            </div>
            <div class="row-actions">
                {move || (!status.get().is_over()).then(|| view! {
                    <Withdraw id=id.clone() name=name.clone() withdraw />
                })}
            </div>
        </li>
    }
}

#[component]
fn Answer(row: Signal<RequestWithAnswer>) -> impl IntoView {
    let RequestWithAnswer { summary, items, .. } = row.get_untracked();
    let number = tn!(items.len() as i64, "{n} item", "{n} items");
    let links = items.into_iter().map(|(id, title, source)| {
        view! { <li dir="auto"><a href=paths::item(id)>{title}</a> <span class="muted">" · "{source}</span></li> }
    });
    view! {
        {summary.map(|summary| view! { <p dir="auto">{language::sentence(&summary)}</p> })}
        <p class="muted">{number}</p>
        <ul class="stack-slim">{links.collect_view()}</ul>
    }
}

/// Asks for confirmation, with JavaScript and without.
#[component]
fn Withdraw(id: String, name: String, withdraw: ServerAction<WithdrawRequest>) -> impl IntoView {
    view! {
        <Confirm
            verb=t!("Withdraw")
            label=t!("Withdraw: {title}", title = &name)
            question=t!("Withdraw it? If it is on its way, the gateway learns of it with the next bundle.")
        >
            <ActionForm action=withdraw>
                <input type="hidden" name="request_id" value=id />
                <ActionButton
                    text=t!("Yes, withdraw it")
                    label=t!("Yes, withdraw: {title}", title = &name)
                    is_bad=true
                    pending=withdraw.pending()
                />
            </ActionForm>
        </Confirm>
    }
}
