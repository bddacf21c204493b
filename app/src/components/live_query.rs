//! Data that a page loads and keeps up to date. Views are built once and then updated in place, so that a
//! playing row or a half-read list is not replaced.

use domain::Page;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::notice::{Problem, Waiting};
use super::troubles::use_troubles;
use crate::error::ApiError;
use crate::t;

/// A value loaded from the server. Its signal is read only inside [`Loaded`]: views outside of it are
/// rendered on the server before the value arrives.
pub struct LiveQuery<T: Send + Sync + 'static> {
    pub value: RwSignal<Option<T>>,
    trouble: RwSignal<Option<ApiError>>,
    first: Resource<Result<T, ApiError>>,
}

impl<T: Send + Sync + 'static> Clone for LiveQuery<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for LiveQuery<T> {}

impl<T: Send + Sync + 'static> LiveQuery<T> {
    /// Part of the value, which changes only when that part does; its default before the value is loaded.
    pub fn part<P>(self, part: fn(&T) -> P) -> Memo<P>
    where
        P: Default + PartialEq + Send + Sync + 'static,
    {
        Memo::new(move |_| self.value.with(|value| value.as_ref().map(part).unwrap_or_default()))
    }
}

/// Fetches once for the page, and again in the browser whenever `asked` changes or a temporary error is
/// retried. Only the response to the latest request counts.
pub fn live_query<T, Q, Answer>(
    asked: impl Fn() -> Q + Copy + Send + Sync + 'static,
    fetch: impl Fn(Q) -> Answer + Copy + Send + Sync + 'static,
) -> LiveQuery<T>
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    Q: PartialEq + Clone + Send + Sync + 'static,
    Answer: Future<Output = Result<T, ApiError>> + Send + 'static,
{
    let value = RwSignal::new(None);
    let trouble = RwSignal::new(None::<ApiError>);
    let first = Resource::new(|| (), move |()| fetch(untrack(asked)));
    let latest = StoredValue::new(0u32);
    let ask = move |question: Q| {
        latest.update_value(|n| *n += 1);
        let mine = latest.get_value();
        let answer = fetch(question);
        spawn_local(async move {
            let answer = answer.await;
            // The page may have been left, or a later request sent, in the meantime.
            if latest.try_get_value() != Some(mine) {
                return;
            }
            match answer {
                Ok(answer) => super::keeping_focus(|| {
                    value.set(Some(answer));
                    trouble.set(None);
                }),
                Err(error) => trouble.set(Some(error)),
            }
        });
    };
    Effect::new(move |before: Option<Q>| {
        let question = asked();
        if before.is_some_and(|before| before != question) {
            ask(question.clone());
        }
        question
    });
    let retry = use_troubles().retry;
    Effect::new(move |before: Option<u32>| {
        let retries = retry.get();
        let is_troubled = trouble.with_untracked(|trouble| trouble.as_ref().is_some_and(ApiError::may_pass));
        if is_troubled && before.is_some_and(|before| before != retries) {
            ask(untrack(asked));
        }
        retries
    });
    LiveQuery { value, trouble, first }
}

/// The content once it is loaded; a placeholder before that, or the error instead.
#[component]
pub fn Loaded<T>(
    kept: LiveQuery<T>,
    what: &'static str,
    /// Whether to omit the placeholder, because the content is usually short or empty.
    #[prop(optional)]
    slight: bool,
    /// Whether the page has no other content: an error then provides its heading and title.
    #[prop(optional)]
    whole: bool,
    children: ChildrenFn,
) -> impl IntoView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let LiveQuery { value, trouble, first } = kept;
    let troubles = use_troubles();
    let part = troubles.part();
    Effect::new(move |_| trouble.with(|trouble| troubles.note(part, trouble.as_ref())));
    let is_there = Memo::new(move |_| value.with(Option::is_some));
    let content = StoredValue::new(children);
    let failure = move |error: ApiError| match troubles.speaks(part) {
        true => view! { <Problem error whole /> }.into_any(),
        false => view! { <p class="muted">{t!("Not loaded yet.")}</p> }.into_any(),
    };
    let view = move || {
        Suspend::new(async move {
            match first.await {
                Ok(loaded) => {
                    value.set(Some(loaded));
                    content.with_value(|content| content()).into_any()
                }
                Err(error) => {
                    trouble.set(Some(error.clone()));
                    let shown = move || match is_there.get() {
                        true => content.with_value(|content| content()).into_any(),
                        false => failure(trouble.get().unwrap_or_else(|| error.clone())),
                    };
                    shown.into_any()
                }
            }
        })
    };
    // Stale content stays visible, below the error of the failed update.
    let stale = move || {
        let error = trouble.get().filter(|_| is_there.get_untracked() && troubles.speaks(part))?;
        Some(view! { <Problem error /> })
    };
    view! {
        {stale}
        <Suspense fallback=move || (!slight).then(|| view! { <Waiting what /> })>{view}</Suspense>
    }
}

/// Rows of a list by key, with one signal for each row. A removed row keeps its last value.
#[component]
pub fn Rows<T, K, Row>(
    list: RwSignal<Option<Page<T>>>,
    key: fn(&T) -> K,
    row: impl Fn(Signal<T>) -> Row + Copy + Send + Sync + 'static,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
    K: Clone + Eq + std::hash::Hash + Send + Sync + 'static,
    Row: IntoView + 'static,
{
    let all = move || list.with(|page| page.as_ref().map(|page| page.data.clone()).unwrap_or_default());
    view! { <Each list=Signal::derive(all) key row /> }
}

/// Like [`Rows`], for a list that is part of another value.
#[component]
pub fn Each<T, K, Row>(
    #[prop(into)] list: Signal<Vec<T>>,
    key: fn(&T) -> K,
    row: impl Fn(Signal<T>) -> Row + Copy + Send + Sync + 'static,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
    K: Clone + Eq + std::hash::Hash + Send + Sync + 'static,
    Row: IntoView + 'static,
{
    let one = move |first: T| {
        let id = key(&first);
        let look = Memo::new(move |before: Option<&T>| {
            let now = list.with(|all| all.iter().find(|row| key(row) == id).cloned());
            now.or_else(|| before.cloned()).unwrap_or_else(|| first.clone())
        });
        row(look.into())
    };
    view! { <For each=move || list.get() key=move |row| key(row) children=one /> }
}

/// Whether a list has no rows; also true before it is loaded.
pub fn is_empty<T: Send + Sync + 'static>(list: RwSignal<Option<Page<T>>>) -> Memo<bool> {
    Memo::new(move |_| list.with(|page| page.as_ref().is_none_or(|page| page.data.is_empty())))
}
