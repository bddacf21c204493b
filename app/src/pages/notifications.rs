//! Notifications page: what happened, newest first, with links to the things.

use domain::notification::{Notification, NotificationKind};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_query_map;

use crate::api::notifications::{
    ReadAllNotifications, ReadNotification, list_notifications, read_notification,
};
use crate::components::Ago;
use crate::components::auth_guard::RequireSignIn;
use crate::components::filter::value;
use crate::components::form::{FormAlert, FormResponse};
use crate::components::icons::{self, Icon};
use crate::components::live_query::{Loaded, Rows, is_empty, live_query};
use crate::components::notice::Empty;
use crate::components::pager::Pager;
use crate::components::title::PageTitle;
use crate::live::use_live;
use crate::{language, parts, paths, t};

#[component]
pub fn Notifications() -> impl IntoView {
    view! {
        <PageTitle text=t!("Notifications") />
        <RequireSignIn>
            <h1 id="notifications">{t!("Notifications")}</h1>
            <p class="lead">
                {parts!(
                    "They also reach you by push, mail and other ways: {link}.",
                    link = view! { <a href=paths::CHANNELS>{t!("notification settings")}</a> },
                )}
            </p>
            <Content />
        </RequireSignIn>
    }
}

#[component]
fn Content() -> impl IntoView {
    let (one, all) = (ServerAction::<ReadNotification>::new(), ServerAction::<ReadAllNotifications>::new());
    let (news, query) = (use_live().news, use_query_map());
    let asked = move || {
        let done = (one.version().get(), all.version().get());
        (value(query, "unread"), value(query, "cursor"), news.get(), done)
    };
    let kept = live_query(asked, |(unread, cursor, ..)| list_notifications(unread, cursor));
    let is_empty = is_empty(kept.value);
    let next = kept.part(|page| page.next_cursor.clone());
    let has_unread = Memo::new(move |_| {
        kept.value.with(|page| page.as_ref().is_some_and(|page| page.data.iter().any(is_unread)))
    });
    view! {
        <FormAlert answer=FormResponse::of(one) fields=&[] />
        <FormAlert answer=FormResponse::of(all) fields=&[] />
        <Loaded kept what=t!("Loading your notifications")>
            <div class="notification-bar">
                <Choices query />
                {move || has_unread.get().then(|| view! {
                    <ActionForm action=all>
                        <button type="submit" class="button button-small">{t!("Mark all as read")}</button>
                    </ActionForm>
                })}
            </div>
            {move || is_empty.get().then(|| view! { <Nothing query /> })}
            <ul class="rows" aria-labelledby="notifications">
                <Rows list=kept.value key=|row| row.id row=move |row| view! { <NotificationRow row one /> } />
            </ul>
            <Pager path=paths::NOTIFICATIONS query next />
        </Loaded>
    }
}

fn is_unread(row: &Notification) -> bool {
    row.read_at.is_none()
}

/// All, or the unread ones.
#[component]
fn Choices(query: Memo<leptos_router::params::ParamsMap>) -> impl IntoView {
    let choice = move |words: &'static str, unread: &'static str| {
        let href = match unread {
            "" => paths::NOTIFICATIONS.to_owned(),
            _ => paths::NOTIFICATIONS.to_owned() + "?unread=" + unread,
        };
        let is_chosen = move || value(query, "unread") == unread;
        view! {
            <a class="button button-small" href=href aria-current=move || is_chosen().then_some("true")>
                {words}
            </a>
        }
    };
    view! {
        <nav class="spans" aria-label=t!("Which notifications")>
            {choice(t!("All"), "")} {choice(t!("Unread"), "true")}
        </nav>
    }
}

#[component]
fn Nothing(query: Memo<leptos_router::params::ParamsMap>) -> impl IntoView {
    match value(query, "unread").as_str() {
        "true" => view! {
            <Empty title=t!("Nothing unread")>
                <p>
                    {parts!(
                        "You have seen all. {link}.",
                        link = view! { <a href=paths::NOTIFICATIONS>{t!("Look at the earlier ones")}</a> },
                    )}
                </p>
            </Empty>
        }
        .into_any(),
        _ => view! {
            <Empty title=t!("No notifications yet")>
                <p>
                    {t!(
                        "Here you find what happened while you looked elsewhere: runs that ended, questions \
                         of the agents, downloads that are ready or failed, and sources that are gone. \
                         They are kept for 90 days."
                    )}
                </p>
            </Empty>
        }
        .into_any(),
    }
}

#[component]
fn NotificationRow(row: Signal<Notification>, one: ServerAction<ReadNotification>) -> impl IntoView {
    let id = row.with_untracked(|row| row.id);
    let unread = Memo::new(move |_| row.with(is_unread));
    // A followed link marks as read, without waiting for the answer.
    let follow = move |_| {
        if unread.get_untracked() {
            spawn_local(async move {
                let _ = read_notification(id).await;
            });
        }
    };
    let content = move || {
        let Notification { kind, title, body, link, created_at, .. } = row.get();
        let [title, body] = [title, body].map(|text| in_language(kind, text));
        let (icon, tone) = look(kind);
        view! {
            <span class="notification-icon" data-tone=tone><Icon path=icon /></span>
            <div class="row-main">
                <h2 class="row-title">
                    <a href=link on:click=follow dir="auto">{title}</a>
                    {unread.get().then(|| view! { <span class="sr-only">{t!(" (unread)")}</span> })}
                </h2>
                {(!body.is_empty()).then(|| view! { <p class="row-text" dir="auto">{body}</p> })}
                <p class="row-facts"><Ago at=created_at /></p>
            </div>
        }
    };
    let label = move || {
        let Notification { kind, title, .. } = row.get();
        t!("Mark as read: {title}", title = in_language(kind, title))
    };
    view! {
        <li class="row row-slim notification" data-unread=move || unread.get().then_some("true")>
            {content}
            {move || unread.get().then(|| view! {
                <ActionForm action=one>
                    <input type="hidden" name="notification_id" value=id.to_string() />
                    <button type="submit" class="notification-read" aria-label=label title=t!("Mark as read")>
                        <Icon path=icons::CHECK />
                    </button>
                </ActionForm>
            })}
        </li>
    }
}

/// Text of a notification in the page's language. Announcements are in the words of an administrator.
fn in_language(kind: NotificationKind, text: String) -> String {
    if kind == NotificationKind::Announcement { text } else { language::sentence(&text) }
}

/// Icon of a kind, and the tone of its background.
fn look(kind: NotificationKind) -> (&'static str, &'static str) {
    match kind {
        NotificationKind::RunEnded => (icons::SPARK, "calm"),
        NotificationKind::ApprovalNeeded => (icons::ASK, "warn"),
        NotificationKind::DownloadReady => (icons::DOWN, "good"),
        NotificationKind::DownloadFailed => (icons::CLOSE, "bad"),
        NotificationKind::DownloadRemoved => (icons::STACK, "calm"),
        NotificationKind::DownloadLost => (icons::BACK, "warn"),
        NotificationKind::SourceGone => (icons::FEED, "bad"),
        NotificationKind::Announcement => (icons::BELL, "calm"),
        NotificationKind::CommuteReminder => (icons::CLOCK, "warn"),
        NotificationKind::KeyExpires => (icons::CLOCK, "warn"),
        NotificationKind::Security => (icons::ASK, "warn"),
    }
}
