//! What a person follows, and the directory to choose from.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Form;
use leptos_router::hooks::use_query_map;
use smartcache::domain::source::Source;

use crate::api::sources::{followed_sources, list_sources};
use crate::api::subscriptions::{Follow, FollowFeed};
use crate::components::form::{Answer, Choice, Field, FormAlert, Submit};
use crate::components::notice::{Empty, Problem, Waiting};
use crate::components::pager::{Pager, value};
use crate::components::rows::row_of;
use crate::components::source_row::{SourceRow, kind_options};
use crate::live::toast::Tone;
use crate::live::use_live;
use crate::routes;
use crate::session::Behind;

#[component]
pub fn Subscriptions() -> impl IntoView {
    view! {
        <Title text="Subscriptions" />
        <Behind>
            <Content />
        </Behind>
    }
}

#[component]
fn Content() -> impl IntoView {
    let add = ServerAction::<FollowFeed>::new();
    let follow = ServerAction::<Follow>::new();
    let news = use_live().news;
    let changed = Memo::new(move |_| (add.version().get(), follow.version().get(), news.get()));
    view! {
        <h1>"Subscriptions"</h1>
        <AddForm add />
        <FormAlert answer=Answer::of(follow) fields=&[] />
        <Following follow changed />
        <Directory follow changed />
    }
}

/// What lists depend on beyond their filter: they are asked for again when it changes.
type Changed = Memo<(usize, usize, u32)>;

#[component]
fn AddForm(add: ServerAction<FollowFeed>) -> impl IntoView {
    let live = use_live();
    let answer = Answer::of(add);
    let address = NodeRef::<leptos::html::Input>::new();
    Effect::new(move |_| {
        if let Some(Ok(name)) = add.value().get() {
            live.toast(Tone::Good, format!("You follow {name} now. Its feed is read in the background."));
            if let Some(address) = address.get_untracked() {
                address.set_value("");
            }
        }
    });
    let kind = answer.typed_or("kind", "");
    view! {
        <section class="card stack" aria-labelledby="add">
            <h2 id="add">"Add a source"</h2>
            <FormAlert answer fields=&["feed_url"] />
            <ActionForm action=add attr:class="add-form" attr:novalidate=true>
                <Field
                    answer
                    label="Address of the feed"
                    name="feed_url"
                    kind="url"
                    placeholder="https://example.org/feed.xml"
                    hint="RSS or Atom. Only you see what you add by its address."
                    node_ref=address
                />
                <Choice id="add-kind" label="Kind" name="kind" any="Not sure" options=kind_options() chosen=Signal::stored(kind) />
                <Submit answer text="Add and subscribe" busy="Adding…" />
            </ActionForm>
        </section>
    }
}

#[component]
fn Following(follow: ServerAction<Follow>, changed: Changed) -> impl IntoView {
    let found = Resource::new(move || changed.get(), |_| followed_sources(String::new()));
    let rows = RwSignal::new(Vec::<Source>::new());
    let list = move || {
        Suspend::new(async move {
            match found.await {
                Ok(page) => {
                    rows.set(page.data);
                    view! {
                        <Sources rows follow label="Following">
                            <Empty title="You follow nothing yet">
                                <p>"Subscribe to something in the directory below, or add a feed by its address."</p>
                            </Empty>
                        </Sources>
                    }
                    .into_any()
                }
                Err(error) => view! { <Problem error /> }.into_any(),
            }
        })
    };
    view! {
        <section aria-labelledby="following" class="part">
            <h2 id="following">"Following"</h2>
            <Transition fallback=|| view! { <Waiting what="Loading what you follow" /> }>{list}</Transition>
        </section>
    }
}

#[component]
fn Directory(follow: ServerAction<Follow>, changed: Changed) -> impl IntoView {
    let query = use_query_map();
    let found = Resource::new(
        move || (query.get(), changed.get()),
        |(query, _)| {
            let word = |name: &str| query.get(name).unwrap_or_default();
            list_sources(word("q"), word("kind"), word("cursor"))
        },
    );
    let rows = RwSignal::new(Vec::<Source>::new());
    let list = move || {
        Suspend::new(async move {
            match found.await {
                Ok(page) => {
                    rows.set(page.data);
                    view! {
                        <Sources rows follow label="Directory">
                            <Empty title="No source matches">
                                <p>"Try other words or another kind, or "<a href=routes::SUBSCRIPTIONS>"show the whole directory"</a>"."</p>
                            </Empty>
                        </Sources>
                        <Pager path=routes::SUBSCRIPTIONS query next=page.next_cursor />
                    }
                    .into_any()
                }
                Err(error) => view! { <Problem error /> }.into_any(),
            }
        })
    };
    let typed = move || value(query, "q");
    view! {
        <section aria-labelledby="directory" class="part">
            <h2 id="directory">"Directory"</h2>
            <search>
                <Form method="get" action=routes::SUBSCRIPTIONS attr:class="filter" noscroll=true>
                    <div class="field filter-words">
                        <label for="q">"Search"</label>
                        <input id="q" name="q" type="search" value=typed prop:value=typed placeholder="Name or description" />
                    </div>
                    <Choice label="Kind" name="kind" any="Any kind" options=kind_options() chosen=Signal::derive(move || value(query, "kind")) />
                    <button type="submit" class="button">"Search"</button>
                </Form>
            </search>
            <Transition fallback=|| view! { <Waiting what="Loading the directory" /> }>{list}</Transition>
        </section>
    }
}

/// A list of sources; the children stand there instead when it is empty.
#[component]
fn Sources(
    rows: RwSignal<Vec<Source>>,
    follow: ServerAction<Follow>,
    label: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let is_empty = Memo::new(move |_| rows.with(Vec::is_empty));
    let each = move |first: Source| {
        let source = row_of(rows, first, |source| source.id);
        view! { <SourceRow source follow /> }
    };
    view! {
        {move || is_empty.get().then(|| children())}
        <ul class="rows" aria-label=label>
            <For each=move || rows.get() key=|source| source.id let:source>{each(source)}</For>
        </ul>
    }
}
