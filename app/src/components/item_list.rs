//! An item list with cursor pagination: appends the next items, or without JavaScript links to them.

use std::collections::HashMap;
use std::sync::Arc;

use domain::ItemId;
use domain::download::{Download, DownloadStatus};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::params::ParamsMap;

use super::item_row::{ItemRowView, Prepare};
use super::live_query::{LiveQuery, Loaded};
use super::notice::Problem;
use super::pager::address_of;
use crate::api::items::{FoundItems, ITEMS_AT_ONCE, ItemQuery, ItemRow, downloads_of_items, list_items};
use crate::error::ApiError;
use crate::live::toast::Tone;
use crate::live::use_live;
use crate::{t, tn};

/// One page of rows. It is not rebuilt when further pages are appended.
#[derive(Clone)]
struct Batch {
    /// Cursor at which the page begins; also its key in the list.
    cursor: String,
    rows: Arc<[ItemRow]>,
    next: Option<String>,
}

/// The list. `kept` is the first batch for `asked`; `path` and `query` are the URL of the page.
#[component]
pub fn ItemList(
    kept: LiveQuery<FoundItems>,
    #[prop(into)] asked: Signal<ItemQuery>,
    #[prop(into)] path: String,
    query: Memo<ParamsMap>,
    #[prop(into)] empty: ViewFn,
) -> impl IntoView {
    let more = RwSignal::new(Vec::<Batch>::new());
    let states = RwSignal::new(HashMap::<ItemId, Option<Download>>::new());
    let prepare = Prepare::new();
    Effect::new(move |before: Option<()>| {
        kept.value.track();
        if before.is_some() {
            more.set(Vec::new());
        }
    });
    follow(kept, more, states, prepare);
    let row = move |row: &ItemRow| {
        let (id, first) = (row.id, row.download.clone());
        let download =
            Memo::new(move |_| states.with(|all| all.get(&id).cloned()).unwrap_or_else(|| first.clone()));
        view! { <ItemRowView row=row.clone() download prepare /> }
    };
    let first = move || {
        kept.value.with(|found| found.as_ref().map(|found| found.items.data.iter().map(row).collect_view()))
    };
    let is_empty =
        move || kept.value.with(|found| found.as_ref().is_some_and(|found| found.items.data.is_empty()));
    view! {
        <Loaded kept what=t!("Loading items")>
            {
                let empty = empty.clone();
                move || is_empty().then(|| empty.run())
            }
            <ul class="rows" aria-label=t!("Items")>
                {first}
                <For
                    each=move || more.get()
                    key=|batch| batch.cursor.clone()
                    children=move |batch| batch.rows.iter().map(row).collect_view()
                />
            </ul>
            <More kept more asked path=path.clone() query />
        </Loaded>
    }
}

/// Reloads the downloads of all rows whenever there is news, and stores the result of a prepare request.
fn follow(
    kept: LiveQuery<FoundItems>,
    more: RwSignal<Vec<Batch>>,
    states: RwSignal<HashMap<ItemId, Option<Download>>>,
    prepare: Prepare,
) {
    let live = use_live();
    Effect::new(move |_| {
        if let Some(Ok(download)) = prepare.value().get() {
            if download.status != DownloadStatus::Ready {
                live.toast(Tone::Info, t!("On its way: {title}", title = download.title));
            }
            states.update(|all| drop(all.insert(download.item_id, Some(download))));
        }
    });
    Effect::new(move |before: Option<u32>| {
        let now = live.news.get();
        if before.is_some_and(|before| before != now) {
            let mut ids: Vec<_> = kept.value.with_untracked(|found| {
                found.iter().flat_map(|it| it.items.data.iter().map(|row| row.id)).collect()
            });
            more.with_untracked(|all| {
                ids.extend(all.iter().flat_map(|batch| batch.rows.iter().map(|row| row.id)))
            });
            spawn_local(async move {
                let mut all: HashMap<_, _> = ids.iter().map(|id| (*id, None)).collect();
                for some in ids.chunks(ITEMS_AT_ONCE) {
                    let Ok(found) = downloads_of_items(some.to_vec()).await else { return };
                    all.extend(found.data.into_iter().map(|download| (download.item_id, Some(download))));
                }
                let _ = states.try_set(all);
            });
        }
        now
    });
}

/// Link to the next items, which are appended to the list or shown on a page of their own.
#[component]
fn More(
    kept: LiveQuery<FoundItems>,
    more: RwSignal<Vec<Batch>>,
    asked: Signal<ItemQuery>,
    path: String,
    query: Memo<ParamsMap>,
) -> impl IntoView {
    let path = StoredValue::new(path);
    let trouble = RwSignal::new(None::<ApiError>);
    let pending = RwSignal::new(false);
    let next = Memo::new(move |_| match more.with(|all| all.last().map(|batch| batch.next.clone())) {
        Some(next) => next,
        None => kept.value.with(|found| found.as_ref()?.items.next_cursor.clone()),
    });
    let shown = move || {
        let first = kept.value.with(|found| found.as_ref().map_or(0, |found| found.items.data.len()));
        first + more.with(|all| all.iter().map(|batch| batch.rows.len()).sum::<usize>())
    };
    let with_cursor = move |cursor| path.with_value(|path| address_of(path, query.get(), cursor));
    let show = move |event: leptos::ev::MouseEvent| {
        let Some(cursor) = next.get_untracked().filter(|_| is_plain(&event)) else { return };
        event.prevent_default();
        if pending.get_untracked() {
            return;
        }
        pending.set(true);
        let question = asked.get_untracked();
        spawn_local(async move {
            let answer = list_items(ItemQuery { cursor: cursor.clone(), ..question.clone() }).await;
            // The page may have been left, or its query changed, in the meantime.
            if pending.try_set(false).is_some() || asked.get_untracked() != question {
                return;
            }
            match answer {
                Ok(FoundItems { items, .. }) => super::keeping_focus(|| {
                    trouble.set(None);
                    let batch = Batch { cursor, rows: items.data.into(), next: items.next_cursor };
                    more.update(|all| all.push(batch));
                }),
                Err(error) => trouble.set(Some(error)),
            }
        });
    };
    let is_later = move || query.with(|query| query.get_str("cursor").is_some());
    view! {
        {move || trouble.get().map(|error| view! { <Problem error /> })}
        <nav class="pager" aria-label=t!("More items")>
            {move || is_later().then(|| view! { <a class="button button-small" href=with_cursor(None)>{t!("First page")}</a> })}
            {move || next.with(Option::is_some).then(|| view! {
                <a
                    class="button button-small"
                    href=move || with_cursor(next.get())
                    on:click=show
                    aria-busy=move || pending.get().then_some("true")
                >
                    {move || if pending.get() { t!("Loading…") } else { t!("Show more") }}
                </a>
            })}
        </nav>
        <p class="sr-only" role="status">
            {move || more
                .with(|all| !all.is_empty())
                .then(|| tn!(shown() as i64, "{n} item is shown.", "{n} items are shown."))}
        </p>
    }
}

/// Whether a click opens the link in place, not in another tab or window.
fn is_plain(event: &leptos::ev::MouseEvent) -> bool {
    !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key() || event.button() != 0)
}
