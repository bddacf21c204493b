//! Page of one collection: its notes, runs and artifacts, and the form to start a run.

use domain::CollectionId;
use domain::collection::Collection;
use domain::run::MAX_ITEMS_DEFAULT;
use domain::share::ShareTarget;
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};

use super::addressed::Addressed;
use super::collections::{CollectionFacts, CollectionFields, FIELDS};
use crate::api::collections::{ChangeCollection, DeleteCollection, Project, show_collection};
use crate::api::runs::StartRun;
use crate::components::action_button::ActionButton;
use crate::components::approval_card::ApprovalCard;
use crate::components::artifact::ArtifactCard;
use crate::components::confirm::Confirm;
use crate::components::filter::value;
use crate::components::form::{Field, FormAlert, FormResponse, Submit};
use crate::components::live_query::{Each, LiveQuery, Loaded, live_query};
use crate::components::run_row::RunRow;
use crate::components::share_link::{ShareActions, SharePart};
use crate::components::title::PageTitle;
use crate::live::toast::Tone;
use crate::live::use_live;
use crate::paths;
use crate::t;

#[component]
pub fn CollectionPage() -> impl IntoView {
    view! { <Addressed part="id" page=|id: CollectionId| view! { <Shown id /> }.into_any() /> }
}

#[component]
fn Shown(id: CollectionId) -> impl IntoView {
    let live = use_live();
    let query = use_query_map();
    let (change, sharing) = (ServerAction::<ChangeCollection>::new(), ShareActions::create());
    Effect::new(move |_| {
        if let Some(Ok(collection)) = change.value().get() {
            live.toast(Tone::Good, t!("{name} is saved.", name = collection.name));
        }
    });
    let kept = live_query(
        move || {
            let done = change.version().get() + sharing.version();
            (value(query, "runs"), value(query, "artifacts"), live.news.get(), done)
        },
        move |(runs, artifacts, ..)| show_collection(id, runs, artifacts),
    );
    let share = Memo::new(move |_| kept.value.with(|project| project.as_ref()?.share.clone()));
    let collection = Memo::new(move |_| {
        kept.value.with(|project| project.as_ref().map(|project| project.collection.clone()))
    });
    let name = move || collection.with(|it| it.as_ref().map(|it| it.name.clone()).unwrap_or_default());
    let first = move || collection.get_untracked().map(|collection| view! { <Change collection change /> });
    view! {
        <Loaded kept what=t!("Loading the collection") whole=true>
            <PageTitle text=name />
            <h1>{name}</h1>
            <p class="lead">
                {move || collection.get().map(|it| it.notes).filter(|notes| !notes.is_empty())}
                " "<a href=paths::COLLECTIONS>{t!("All collections")}</a>
            </p>
            {move || collection.get().map(|collection| view! { <CollectionFacts collection /> })}
            <Start id />
            <Each
                list=kept.part(|project| project.pending.clone())
                key=|approval| approval.id
                row=|approval| view! { <ApprovalCard approval=approval.get_untracked() /> }
            />
            <section class="part" aria-labelledby="runs">
                <h2 id="runs">{t!("Runs")}</h2>
                <ul class="rows" aria-labelledby="runs">
                    <Each
                        list=kept.part(|project| project.runs.data.clone())
                        key=|row| row.run.id
                        row=|row| view! { <RunRow row /> }
                    />
                </ul>
                <Older id part="runs" cursor=kept.part(|project| project.runs.next_cursor.clone()) />
            </section>
            <Artifacts id kept />
            <SharePart target=ShareTarget::Collection(id) share actions=sharing />
            {first}
            <Delete id />
        </Loaded>
    }
}

#[component]
fn Artifacts(id: CollectionId, kept: LiveQuery<Project>) -> impl IntoView {
    view! {
        <section class="part" aria-labelledby="kept">
            <h2 id="kept">{t!("What its runs kept")}</h2>
            <ul class="rows" aria-labelledby="kept">
                <Each
                    list=kept.part(|project| project.artifacts.data.clone())
                    key=|row| row.id
                    row=|row| view! { <ArtifactCard row /> }
                />
            </ul>
            <Older id part="artifacts" cursor=kept.part(|project| project.artifacts.next_cursor.clone()) />
        </section>
    }
}

/// Link to the older entries of one of the lists.
#[component]
fn Older(id: CollectionId, part: &'static str, cursor: Memo<Option<String>>) -> impl IntoView {
    move || {
        cursor.get().map(|cursor| {
            let href = format!("{}?{part}={cursor}", paths::collection(id));
            view! { <p><a class="button button-small" href=href data-noscroll="">{t!("Older ones")}</a></p> }
        })
    }
}

#[component]
fn Start(id: CollectionId) -> impl IntoView {
    let live = use_live();
    let start = ServerAction::<StartRun>::new();
    let go = use_navigate();
    Effect::new(move |_| {
        if let Some(Ok(run)) = start.value().get() {
            live.took(&run);
            go(&paths::run(run.id), Default::default());
        }
    });
    let answer = FormResponse::of(start);
    view! {
        <section class="card stack wide" aria-labelledby="start">
            <h2 id="start">{t!("Start a run")}</h2>
            <FormAlert answer fields=&["goal", "max_items"] />
            <ActionForm action=start attr:class="stack" attr:novalidate=true>
                <input type="hidden" name="collection_id" value=id.to_string() />
                <Field
                    answer
                    label=t!("What for")
                    name="goal"
                    placeholder=t!("Night trains, nothing longer than an hour")
                    hint=t!("In your words. Left empty, your topics decide.")
                />
                <Field
                    answer
                    label=t!("How many items")
                    name="max_items"
                    kind="number"
                    bounds=(1, 20)
                    value=MAX_ITEMS_DEFAULT.to_string()
                />
                <div><Submit answer text=t!("Start the run") busy=t!("Starting…") /></div>
            </ActionForm>
        </section>
    }
}

#[component]
fn Change(collection: Collection, change: ServerAction<ChangeCollection>) -> impl IntoView {
    let answer = FormResponse::of(change);
    let notes = RwSignal::new(answer.typed_or("notes", &collection.notes));
    view! {
        <section class="card stack wide" aria-labelledby="change">
            <h2 id="change">{t!("Change it")}</h2>
            <FormAlert answer fields=FIELDS />
            <ActionForm action=change attr:class="stack" attr:novalidate=true>
                <input type="hidden" name="collection_id" value=collection.id.to_string() />
                <CollectionFields answer name=collection.name notes />
                <div><Submit answer text=t!("Save") busy=t!("Saving…") /></div>
            </ActionForm>
        </section>
    }
}

/// Asks for confirmation, with JavaScript and without.
#[component]
fn Delete(id: CollectionId) -> impl IntoView {
    let delete = ServerAction::<DeleteCollection>::new();
    let go = use_navigate();
    Effect::new(move |_| {
        if let Some(Ok(())) = delete.value().get() {
            go(paths::COLLECTIONS, Default::default());
        }
    });
    view! {
        <FormAlert answer=FormResponse::of(delete) fields=&[] />
        <div class="for-all">
            <Confirm
                verb=t!("Delete this collection")
                question=t!("Delete it? Its runs, what they kept and what they fetched stay with you.")
            >
                <ActionForm action=delete>
                    <input type="hidden" name="collection_id" value=id.to_string() />
                    <ActionButton text=t!("Yes, delete it") is_bad=true pending=delete.pending() />
                </ActionForm>
            </Confirm>
        </div>
    }
}
