//! Page of the user's subscriptions, with the directory of sources to follow.

use domain::directory::Directory as OtherDirectory;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::api::directory::search_directories;
use crate::api::sources::{SourceQuery, followed_sources, list_sources};
use crate::api::subscriptions::{Follow, FollowFeed};
use crate::components::auth_guard::RequireSignIn;
use crate::components::filter::{Filter, value};
use crate::components::form::{Choice, Field, FormAlert, FormResponse, Submit};
use crate::components::listed_row::ListedRow;
use crate::components::live_query::{Each, Loaded, Rows, is_empty, live_query};
use crate::components::login_fields::LoginFields;
use crate::components::notice::Empty;
use crate::components::pager::Pager;
use crate::components::source_row::kind_options;
use crate::components::source_tile::SourceTile;
use crate::components::title::PageTitle;
use crate::components::undo::{UnfollowedNotice, offer_refollow};
use crate::live::toast::Tone;
use crate::live::use_live;
use crate::{language, parts, paths, t};

#[component]
pub fn Subscriptions() -> impl IntoView {
    view! {
        <PageTitle text=t!("Subscriptions") />
        <RequireSignIn>
            <Content />
        </RequireSignIn>
    }
}

#[component]
fn Content() -> impl IntoView {
    let (add, join) = (ServerAction::<FollowFeed>::new(), ServerAction::<FollowFeed>::new());
    let follow = ServerAction::<Follow>::new();
    offer_refollow(follow);
    let live = use_live();
    for new in [add, join] {
        Effect::new(move |_| {
            if let Some(Ok(name)) = new.value().get() {
                let text = t!("You follow {name} now. Its feed is read in the background.", name = name);
                live.toast(Tone::Good, text);
            }
        });
    }
    let followed = move || add.version().get() + join.version().get();
    let changed = Memo::new(move |_| (followed(), follow.version().get(), live.news.get()));
    view! {
        <h1>{t!("Subscriptions")}</h1>
        <p class="lead">
            {parts!(
                "How each of them does: {sources}. From and to other programs: {lists}.",
                sources = view! { <a href=paths::SOURCES>{t!("Sources")}</a> },
                lists = view! { <a href=paths::LISTS>{t!("Import and export")}</a> },
            )}
        </p>
        <FormAlert answer=FormResponse::of(follow) fields=&[] />
        <UnfollowedNotice />
        <Following follow changed />
        <AddForm add />
        <Directory follow changed />
        <Elsewhere join />
    }
}

/// Dependencies of lists besides their filter; a change reloads them.
type Changed = Memo<(usize, usize, u32)>;

#[component]
fn AddForm(add: ServerAction<FollowFeed>) -> impl IntoView {
    let answer = FormResponse::of(add);
    let address = NodeRef::<leptos::html::Input>::new();
    Effect::new(move |_| {
        if let (Some(Ok(_)), Some(address)) = (add.value().get(), address.get_untracked()) {
            address.set_value("");
        }
    });
    let kind = answer.typed_or("kind", "");
    let shared = use_query_map().with_untracked(|query| {
        let word = |name| query.get_str(name).unwrap_or_default().to_owned();
        shared_address(&word("url"), &word("text"))
    });
    view! {
        <section class="card stack" aria-labelledby="add">
            <h2 id="add">{t!("Add a source")}</h2>
            <FormAlert answer fields=&["feed_url", "username", "password"] />
            <ActionForm action=add attr:class="add-form" attr:novalidate=true>
                <Field
                    answer
                    label=t!("Address of the feed or site")
                    name="feed_url"
                    kind="url"
                    value=shared
                    placeholder="https://example.org/feed.xml"
                    hint=t!("A feed, or a page that has one. Only you see what you add by its address.")
                    node_ref=address
                />
                <Choice
                    id="add-kind"
                    label=t!("Kind")
                    name="kind"
                    any=t!("Not sure")
                    options=kind_options()
                    chosen=Signal::stored(kind)
                />
                <details class="stack">
                    <summary>{t!("Private feed")}</summary>
                    <LoginFields answer />
                </details>
                <Submit answer text=t!("Add and subscribe") busy=t!("Adding…") />
            </ActionForm>
        </section>
    }
}

#[component]
fn Following(follow: ServerAction<Follow>, changed: Changed) -> impl IntoView {
    let kept = live_query(move || changed.get(), |_| followed_sources());
    let is_empty = is_empty(kept.value);
    view! {
        <section aria-labelledby="following" class="part">
            <h2 id="following">{t!("Following")}</h2>
            <Loaded kept what=t!("Loading what you follow")>
                {move || is_empty.get().then(|| view! {
                    <Empty title=t!("You follow nothing yet")>
                        <p>
                            {t!(
                                "Add a feed by its address, or subscribe to something in the directory \
                                 below."
                            )}
                        </p>
                    </Empty>
                })}
                <ul class="tiles-sources" aria-label=t!("Following")>
                    <Rows list=kept.value key=|row| row.id row=move |source| view! { <SourceTile source follow /> } />
                </ul>
            </Loaded>
        </section>
    }
}

#[component]
fn Directory(follow: ServerAction<Follow>, changed: Changed) -> impl IntoView {
    let query = use_query_map();
    let kept = live_query(
        move || (query.get(), changed.get()),
        |(query, _)| {
            let word = |name: &str| query.get(name).unwrap_or_default();
            let [q, kind, cursor] = ["q", "kind", "cursor"].map(word);
            list_sources(SourceQuery { q, kind, cursor, ..SourceQuery::default() })
        },
    );
    let is_empty = is_empty(kept.value);
    let next = kept.part(|page| page.next_cursor.clone());
    view! {
        <section aria-labelledby="directory" class="part">
            <h2 id="directory">{t!("Directory")}</h2>
            <Filter
                path=paths::SUBSCRIPTIONS
                query
                placeholder=t!("Name or description")
                button=t!("Search")
            />
            <Loaded kept what=t!("Loading the directory")>
                {move || is_empty.get().then(|| view! {
                    <Empty title=t!("No source matches")>
                        <p>
                            {parts!(
                                "Try other words or another kind, or {link}.",
                                link = view! {
                                    <a href=paths::SUBSCRIPTIONS>{t!("show the whole directory")}</a>
                                },
                            )}
                        </p>
                    </Empty>
                })}
                <ul class="tiles-sources" aria-label=t!("Directory")>
                    <Rows list=kept.value key=|row| row.id row=move |source| view! { <SourceTile source follow /> } />
                </ul>
                <Pager path=paths::SUBSCRIPTIONS query next />
            </Loaded>
        </section>
    }
}

/// Results of external podcast directories for the same search.
#[component]
fn Elsewhere(join: ServerAction<FollowFeed>) -> impl IntoView {
    let query = use_query_map();
    let words = Memo::new(move |_| value(query, "q"));
    let kept = live_query(move || (words.get(), join.version().get()), |(q, _)| search_directories(q));
    let problems =
        move || kept.value.with(|found| found.as_ref().map(|f| f.problems.clone()).unwrap_or_default());
    // Known sources are already listed in the directory above.
    let others = Signal::derive(move || {
        let found = kept.value.get().unwrap_or_default();
        found.data.into_iter().filter(|listed| listed.directory != OtherDirectory::Own).collect::<Vec<_>>()
    });
    view! {
        <Loaded kept what=t!("Asking podcast directories") slight=true>
            <Show when=move || !words.get().trim().is_empty()>
                <section aria-labelledby="elsewhere" class="part">
                    <h2 id="elsewhere">{t!("In podcast directories")}</h2>
                    <FormAlert answer=FormResponse::of(join) fields=&[] />
                    {move || problems().iter().map(|why| view! {
                        <p class="row-trouble">{language::sentence(why)}</p>
                    }).collect_view()}
                    {move || (others.with(Vec::is_empty) && problems().is_empty()).then(|| view! {
                        <p>{t!("The podcast directories have nothing for these words.")}</p>
                    })}
                    <ul class="rows" aria-label=t!("In podcast directories")>
                        <Each
                            list=others
                            key=|row| row.feed_url.clone()
                            row=move |listed| view! { <ListedRow listed join /> }
                        />
                    </ul>
                </section>
            </Show>
        </Loaded>
    }
}

/// Address that another app has shared with this one (Web Share Target, W3C). Some apps put it into the text.
fn shared_address(url: &str, text: &str) -> String {
    let is_address = |word: &&str| word.starts_with("https://") || word.starts_with("http://");
    [url].into_iter().chain(text.split_whitespace()).find(is_address).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::shared_address;

    #[test]
    fn a_shared_address_is_found_in_the_text_too() {
        assert_eq!(shared_address("https://a.example/", "https://b.example/"), "https://a.example/");
        assert_eq!(shared_address("", "Listen: https://b.example/x?y=1 now"), "https://b.example/x?y=1");
        assert_eq!(shared_address("javascript:alert(1)", "nothing here"), "");
    }
}
