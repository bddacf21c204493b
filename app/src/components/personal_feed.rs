//! The personal feed of ready downloads, for any podcast client: creates and revokes its address.

use domain::personal_feed::PersonalFeed;
use leptos::prelude::*;

use super::Ago;
use super::form::{FormAlert, FormResponse, Submit};
use super::live_query::{Loaded, live_query};
use crate::api::personal_feed::{ClosePersonalFeed, OpenPersonalFeed, show_personal_feed};
use crate::{parts, t};

#[component]
pub fn PersonalFeedSection() -> impl IntoView {
    let open = ServerAction::<OpenPersonalFeed>::new();
    let close = ServerAction::<ClosePersonalFeed>::new();
    let kept = live_query(move || (open.version().get(), close.version().get()), |_| show_personal_feed());
    // The address is shown once after its creation, and hidden once it is revoked.
    let made = move || {
        let known = kept.value.with(|feed| feed.as_ref().is_some_and(Option::is_some));
        open.value().get().and_then(Result::ok).filter(|_| known)
    };
    view! {
        <section class="card stack wide" aria-labelledby="personal-feed">
            <h2 id="personal-feed">{t!("In any podcast program")}</h2>
            <p>
                {t!("What you have ready, as a feed of your own: subscribe to its address in your podcast program, and it \
                    fetches the files from this server. Whoever knows the address can do the same.")}
            </p>
            <FormAlert answer=FormResponse::of(open) fields=&[] />
            <FormAlert answer=FormResponse::of(close) fields=&[] />
            <Loaded kept what=t!("Loading your feed")>
                <div role="status">
                    {move || made().map(|made| view! {
                        <div class="alert">
                            <p>{t!("Your feed’s address. Copy it now: it is not shown again.")}</p>
                            <p><code class="address">{made.url}</code></p>
                        </div>
                    })}
                </div>
                {move || kept.value.get().flatten().map(|feed| view! { <Facts feed /> })}
                // Needs JavaScript: only a script's response contains the address, so that it is shown once.
                <div class="for-all needs-script">
                    <ActionForm action=open>
                        {move || {
                            let is_there = kept.value.with(|feed| feed.as_ref().is_some_and(Option::is_some));
                            let text = if is_there { t!("Make a new address") } else { t!("Make an address") };
                            view! { <Submit answer=FormResponse::of(open) text busy=t!("Making…") /> }
                        }}
                    </ActionForm>
                    {move || kept.value.with(|feed| feed.as_ref().is_some_and(Option::is_some)).then(|| view! {
                        <ActionForm action=close>
                            <button type="submit" class="button button-bad" disabled=close.pending()>
                                {t!("Take the address back")}
                            </button>
                        </ActionForm>
                    })}
                </div>
            </Loaded>
        </section>
    }
}

#[component]
fn Facts(feed: PersonalFeed) -> impl IntoView {
    view! {
        <p class="row-facts">
            <span>{parts!("Made {time}", time = view! { <Ago at=feed.created_at /> })}</span>
            {match feed.last_read_at {
                Some(at) => view! { <span>{parts!("Read last {time}", time = view! { <Ago at /> })}</span> }.into_any(),
                None => view! { <span>{t!("Not read yet")}</span> }.into_any(),
            }}
        </p>
    }
}
