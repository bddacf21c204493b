//! Who is signed in, as the pages see it. Comfort only: every server function asks for itself.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::api::accounts::{Standing, who_am_i};
use crate::components::notice::Problem;
use crate::components::troubles::use_troubles;
use crate::error::ApiError;
use crate::routes;
use crate::times::use_times;

/// Asked once for a document; signing in and out load a new one.
#[derive(Clone, Copy)]
pub struct Session(Resource<Result<Option<Standing>, ApiError>>);

pub fn provide_session() {
    provide_context(Session(Resource::new_blocking(|| (), |()| who_am_i())));
}

impl Session {
    pub async fn get(self) -> Result<Option<Standing>, ApiError> {
        self.0.await
    }
}

/// A page behind sign-in: whoever is not signed in is sent to sign in and comes back.
#[component]
pub fn Behind(children: ChildrenFn) -> impl IntoView {
    let (session, times) = (expect_context::<Session>(), use_times());
    let sign_in = routes::sign_in(&routes::here());
    let page = StoredValue::new(children);
    let view = move || {
        let sign_in = sign_in.clone();
        Suspend::new(async move {
            match session.get().await {
                Ok(Some(standing)) => {
                    times.go_by(standing.clock);
                    past_the_trial().await;
                    page.with_value(|page| page()).into_any()
                }
                Ok(None) => view! { <Elsewhere path=sign_in /> }.into_any(),
                Err(error) => view! { <Unknown error /> }.into_any(),
            }
        })
    };
    view! { <Suspense>{view}</Suspense> }
}

/// Instead of a page whose user could not be asked for: it is loaded anew by itself.
#[component]
fn Unknown(error: ApiError) -> impl IntoView {
    let (troubles, here) = (use_troubles(), routes::here());
    let part = troubles.part();
    let trouble = error.clone();
    Effect::new(move |before: Option<u32>| {
        troubles.note(part, Some(&trouble));
        let retries = troubles.retry.get();
        if before.is_some_and(|before| before != retries) {
            load(&here);
        }
        retries
    });
    view! { <Problem error whole=true /> }
}

/// The server tries every view before it renders it. It must not get as far as the page's own questions: they would be
/// asked twice, and the browser would be given the first answers with a page that shows the second.
async fn past_the_trial() {
    #[cfg(feature = "ssr")]
    {
        let mut is_trial = true;
        let once = |cx: &mut std::task::Context<'_>| {
            cx.waker().wake_by_ref();
            if std::mem::take(&mut is_trial) { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
        };
        std::future::poll_fn(once).await;
    }
}

/// A page for strangers: whoever is signed in goes where they wanted to go.
#[component]
pub fn ForStrangers(children: ChildrenFn) -> impl IntoView {
    let session = expect_context::<Session>();
    let next = next_path();
    let page = StoredValue::new(children);
    let view = move || {
        let next = next.clone();
        Suspend::new(async move {
            match session.get().await {
                Ok(Some(_)) => view! { <Elsewhere path=next /> }.into_any(),
                _ => page.with_value(|page| page()).into_any(),
            }
        })
    };
    view! { <Suspense>{view}</Suspense> }
}

/// Where the address says to go after signing in.
pub fn next_path() -> String {
    use_query_map()
        .with_untracked(|query| routes::safe_next(query.get_str("next").unwrap_or_default()).to_owned())
}

/// Takes a person to another page: by a redirect while the server renders, by loading it in the browser.
#[component]
fn Elsewhere(path: String) -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::server_side::redirect(&path);
    let href = path.clone();
    Effect::new(move |_| load(&path));
    view! { <p class="muted">"This way: " <a href=href.clone()>{href.clone()}</a></p> }
}

/// Loads a page of this site anew, with all that depends on who is signed in.
pub fn load(path: &str) {
    let _ = window().location().set_href(path);
}
