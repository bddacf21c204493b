//! Undo of deletions: offered in a toast, and without JavaScript by a notice on the page that follows.

use domain::download::Verb;
use leptos::prelude::*;

use super::download_actions::Steer;
use super::live_query::{Loaded, live_query};
use crate::api::downloads::deleted_downloads;
use crate::api::subscriptions::{Follow, Resubscribe, ended_subscriptions};
use crate::live::toast::Undo;
use crate::live::use_live;
use crate::t;

/// Offers to undo the deletion of a download.
pub fn offer_undo(steer: Steer) {
    let live = use_live();
    Effect::new(move |_| {
        if let Some(Ok(done)) = steer.value().get()
            && done.verb == Verb::Delete
        {
            live.offer_undo(t!("Deleted: {title}", title = done.title), Undo::Downloads(vec![done.id]));
        }
    });
}

/// Offers to undo the end of a subscription.
pub fn offer_refollow(follow: ServerAction<Follow>) {
    let live = use_live();
    Effect::new(move |_| {
        if let Some(Ok(Some(ended))) = follow.value().get() {
            let text = t!("You no longer follow {name}.", name = ended.source_name);
            live.offer_undo(text, Undo::Subscription(ended.id));
        }
    });
}

/// Recent deletions with a form to undo each. Shown without JavaScript only.
#[component]
pub fn DeletedNotice(steer: Steer) -> impl IntoView {
    let kept = live_query(|| (), |()| deleted_downloads());
    let notices = move || {
        let deleted = kept.value.get().unwrap_or_default();
        let notice = move |it: domain::deleted::DeletedDownload| {
            let label = t!("Undo deleting {title}", title = it.title);
            view! {
                <div class="alert without-script" role="status">
                    <p>{t!("Deleted: {title}", title = it.title)}</p>
                    <ActionForm action=steer>
                        <input type="hidden" name="download_id" value=it.id.to_string() />
                        <input type="hidden" name="verb" value=Verb::Restore.as_str() />
                        <button type="submit" class="button button-small" aria-label=label>{t!("Undo")}</button>
                    </ActionForm>
                </div>
            }
        };
        deleted.into_iter().map(notice).collect_view()
    };
    view! { <Loaded kept what=t!("Loading what was deleted") slight=true>{notices}</Loaded> }
}

/// Recently ended subscriptions with a form to undo each. Shown without JavaScript only.
#[component]
pub fn UnfollowedNotice() -> impl IntoView {
    let back = ServerAction::<Resubscribe>::new();
    let kept = live_query(|| (), |()| ended_subscriptions());
    let notices = move || {
        let ended = kept.value.get().unwrap_or_default();
        let notice = move |it: domain::deleted::DeletedSubscription| {
            let label = t!("Undo: follow {name}", name = it.source_name);
            view! {
                <div class="alert without-script" role="status">
                    <p>{t!("You no longer follow {name}.", name = it.source_name)}</p>
                    <ActionForm action=back>
                        <input type="hidden" name="subscription_id" value=it.id.to_string() />
                        <button type="submit" class="button button-small" aria-label=label>{t!("Undo")}</button>
                    </ActionForm>
                </div>
            }
        };
        ended.into_iter().map(notice).collect_view()
    };
    view! { <Loaded kept what=t!("Loading what you left") slight=true>{notices}</Loaded> }
}
