//! Pages for signed-in and for signed-out users.

use leptos::prelude::*;

use super::notice::Problem;
use super::troubles::use_troubles;
use crate::error::ApiError;
use crate::session::{Session, load, next_path};
use crate::times::use_times;
use crate::{parts, paths};

/// A page that requires sign-in. Redirects to the sign-in page, which leads back.
#[component]
pub fn RequireSignIn(children: ChildrenFn) -> impl IntoView {
    let (session, times) = (expect_context::<Session>(), use_times());
    let here = StoredValue::new(paths::here());
    let sign_in = paths::sign_in(&here.get_value());
    let page = StoredValue::new(children);
    let view = move || {
        let sign_in = sign_in.clone();
        Suspend::new(async move {
            match session.get().await {
                Ok(Some(standing))
                    if standing.must_set_up_factor()
                        && !here.with_value(|here| paths::is_open_without_factor(here)) =>
                {
                    view! { <RedirectTo path=paths::FACTOR_SETUP.to_owned() /> }.into_any()
                }
                Ok(Some(standing)) => {
                    session.begin(&standing);
                    times.go_by(standing.clock);
                    past_the_trial().await;
                    page.with_value(|page| page()).into_any()
                }
                Ok(None) => view! { <RedirectTo path=sign_in /> }.into_any(),
                Err(error) => view! { <Unknown error /> }.into_any(),
            }
        })
    };
    view! { <Suspense>{view}</Suspense> }
}

/// Shown if the session could not be checked. Reloads the page on retry.
#[component]
fn Unknown(error: ApiError) -> impl IntoView {
    let (troubles, here) = (use_troubles(), paths::here());
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

/// Stays pending for the first poll. The server polls every view once before it renders it (`dry_resolve`).
/// That poll must not reach the page's own requests: they would be sent twice, and the browser would get the
/// first responses with a page that shows the second ones.
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

/// A page for signed-out users. Others are redirected to `next`.
#[component]
pub fn RequireSignedOut(children: ChildrenFn) -> impl IntoView {
    let session = expect_context::<Session>();
    let next = next_path();
    let page = StoredValue::new(children);
    let view = move || {
        let next = next.clone();
        Suspend::new(async move {
            match session.get().await {
                Ok(Some(_)) => view! { <RedirectTo path=next /> }.into_any(),
                _ => {
                    past_the_trial().await;
                    page.with_value(|page| page()).into_any()
                }
            }
        })
    };
    view! { <Suspense>{view}</Suspense> }
}

/// Leads to another page: by a redirect on the server, by loading it in the browser.
#[component]
fn RedirectTo(path: String) -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::server_side::redirect(&path);
    let href = path.clone();
    Effect::new(move |_| load(&path));
    let link = view! { <a href=href.clone()>{href.clone()}</a> };
    view! { <p class="muted">{parts!("This way: {link}", link = link)}</p> }
}
