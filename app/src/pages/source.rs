//! Page of one source: its health, cached share, rules, items and details.

use domain::SourceId;
use domain::source::{OlderReport, Origin, Policy, RefreshReport, RefreshStatus, Source};
use domain::source_health::FeedTrial;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::addressed::Addressed;
use crate::api::items::{ItemQuery, list_items};
use crate::api::rules::SetRules;
use crate::api::sources::{
    LoadOlder, ReadSource, SetFeedLogin, SetPolicy, SourceSheet, TrySource, show_source,
};
use crate::api::subscriptions::Follow;
use crate::components::When;
use crate::components::cover::Cover;
use crate::components::filter::value;
use crate::components::form::{Choice, FormAlert, FormResponse, Submit};
use crate::components::item_facts::Outward;
use crate::components::item_list::ItemList;
use crate::components::live_query::{Loaded, live_query};
use crate::components::login_fields::LoginFields;
use crate::components::notice::Empty;
use crate::components::preview::Preview;
use crate::components::rules_form::RulesForm;
use crate::components::source_health::{HealthFacts, KeptHere};
use crate::components::source_row::{FollowForm, kind_words, plain};
use crate::components::title::PageTitle;
use crate::components::undo::{UnfollowedNotice, offer_refollow};
use crate::live::use_live;
use crate::measure::size;
use crate::{language, parts, paths, t, tn};

#[component]
pub fn SourcePage() -> impl IntoView {
    view! { <Addressed part="id" page=|id: SourceId| view! { <Shown id /> }.into_any() /> }
}

#[component]
fn Shown(id: SourceId) -> impl IntoView {
    let news = use_live().news;
    let (follow, set) = (ServerAction::<Follow>::new(), ServerAction::<SetRules>::new());
    let (read, policy) = (ServerAction::<ReadSource>::new(), ServerAction::<SetPolicy>::new());
    let (older, login) = (ServerAction::<LoadOlder>::new(), ServerAction::<SetFeedLogin>::new());
    offer_refollow(follow);
    let done = move || {
        let own = (follow.version().get(), set.version().get(), login.version().get());
        (own, read.version().get(), policy.version().get(), older.version().get())
    };
    let kept = live_query(move || (news.get(), done()), move |_| show_source(id));
    let source =
        Memo::new(move |_| kept.value.with(|sheet| sheet.as_ref().map(|sheet| sheet.source.clone())));
    let standing =
        Memo::new(move |_| kept.value.with(|sheet| sheet.as_ref().map(|sheet| sheet.standing.clone())));
    // Memos of single fields, so that other changes do not rebuild the forms and lose typed text.
    let has_login = Memo::new(move |_| source.with(|source| source.as_ref().map(|it| it.has_login)));
    let following = Memo::new(move |_| source.with(|source| source.as_ref()?.subscription_id));
    let is_followed = Signal::derive(move || following.with(Option::is_some));
    // A feed without followers is not read by itself.
    let is_unread = Memo::new(move |_| {
        source.with(|it| it.as_ref().is_some_and(|it| it.items == 0 && it.subscription_id.is_none()))
    });
    let subscription = move || {
        kept.value.with_untracked(|sheet| sheet.as_ref().and_then(|it: &SourceSheet| it.subscription.clone()))
    };
    let name = move || source.with(|source| source.as_ref().map(|it| it.name.clone()).unwrap_or_default());
    view! {
        <Loaded kept what=t!("Loading the source") whole=true>
            <PageTitle text=name />
            {move || source.get().map(|source| view! { <Head source /> })}
            <div><FollowForm id name=Signal::derive(name) followed=is_followed follow /></div>
            {move || is_unread.get().then(|| view! { <Preview id /> })}
            <FormAlert answer=FormResponse::of(follow) fields=&[] />
            <UnfollowedNotice />
            <section class="card stack" aria-labelledby="health">
                <h2 id="health">{t!("How it does")}</h2>
                {move || source.get().zip(standing.get()).map(|(source, standing)| view! {
                    <HealthFacts source standing />
                })}
                <Checks id read />
            </section>
            <section class="card stack" aria-labelledby="kept">
                <h2 id="kept">{t!("What of it is here")}</h2>
                {move || standing.get().map(|standing| view! { <KeptHere standing /> })}
                {move || source.get().map(|source| view! { <PolicyPart source policy /> })}
            </section>
            {move || following.get().and_then(|_| subscription()).map(|subscription| view! {
                <section class="part" aria-labelledby="wanted">
                    <h2 id="wanted">{t!("What you want of it")}</h2>
                    <RulesForm subscription set />
                </section>
            })}
            {move || has_login.get().map(|has_login| view! { <PrivatePart id has_login login /> })}
            <Brought id older has_older=Signal::derive(move || source.with(|it| it.as_ref().is_some_and(|it| it.has_older))) />
            {move || source.get().map(|source| view! { <About source /> })}
        </Loaded>
    }
}

#[component]
fn Head(source: Source) -> impl IntoView {
    let about = plain(&source.description);
    view! {
        <header class="sheet-head">
            <Cover hash=source.cover name=source.name.clone() size=112 />
            <div class="stack-slim">
                <h1 dir="auto">{source.name}</h1>
                <p class="row-facts">
                    <span>{kind_words(source.kind)}</span>
                    {source.site_url.map(|url| view! { <Outward url text=t!("Its site").to_owned() /> })}
                    <a href=paths::SOURCES>{t!("All sources")}</a>
                </p>
                {(!about.is_empty()).then(|| view! { <p class="muted" dir="auto">{about}</p> })}
            </div>
        </header>
    }
}

/// Buttons to refresh the feed, and to test it.
#[component]
fn Checks(id: SourceId, read: ServerAction<ReadSource>) -> impl IntoView {
    let attempt = ServerAction::<TrySource>::new();
    let report = move || read.value().get().and_then(Result::ok);
    let trial = move || attempt.value().get().and_then(Result::ok);
    let words = move |idle: &'static str, busy: &'static str, is_busy: Memo<bool>| {
        move || if is_busy.get() { busy } else { idle }
    };
    let (reading, trying) = (read.pending(), attempt.pending());
    view! {
        <FormAlert answer=FormResponse::of(read) fields=&[] />
        <FormAlert answer=FormResponse::of(attempt) fields=&[] />
        <div class="for-all">
            <ActionForm action=read>
                <input type="hidden" name="source_id" value=id.to_string() />
                <button type="submit" class="button button-small" disabled=reading>
                    {words(t!("Read now"), t!("Reading…"), reading)}
                </button>
            </ActionForm>
            // The result can only be shown with JavaScript.
            <div class="needs-script">
                <ActionForm action=attempt>
                    <input type="hidden" name="source_id" value=id.to_string() />
                    <button type="submit" class="button button-small" disabled=trying>
                        {words(t!("Test the feed"), t!("Testing…"), trying)}
                    </button>
                </ActionForm>
            </div>
        </div>
        <div role="status">
            {move || report().map(|report| view! { <p class="alert">{report_words(&report)}</p> })}
            {move || trial().map(|trial| view! { <Trial trial /> })}
        </div>
    }
}

fn report_words(report: &RefreshReport) -> String {
    match (report.status, &report.error) {
        (RefreshStatus::Failed, Some(why)) => {
            t!("It could not be read. {why}", why = language::sentence(why))
        }
        (RefreshStatus::Failed, None) => t!("It could not be read.").to_owned(),
        (RefreshStatus::NotModified, _) => t!("Read: nothing has changed since the last time.").to_owned(),
        (RefreshStatus::Updated, _) => tn!(
            report.added,
            "Read: {n} new item, {changed} changed.",
            "Read: {n} new items, {changed} changed.",
            changed = report.updated,
        ),
    }
}

#[component]
fn Trial(trial: FeedTrial) -> impl IntoView {
    let took = t!("It took {time} ms, {size}.", time = trial.milliseconds, size = size(trial.bytes));
    if let Some(why) = trial.error {
        let text = t!("The test failed. {why} {took}", why = language::sentence(&why), took = took);
        return view! { <p class="alert alert-bad">{text}</p> }.into_any();
    }
    let title = view! { <b dir="auto">{trial.title}</b> };
    let items = tn!(trial.items, "{n} item", "{n} items");
    let found = match trial.format {
        Some(format) => parts!(
            "The feed can be read: {title}, {items}, {format}. {took}",
            title = title,
            items = items,
            format = format.as_str(),
            took = took,
        ),
        None => parts!(
            "The feed can be read: {title}, {items}. {took}",
            title = title,
            items = items,
            took = took,
        ),
    };
    let newest = move |title: String| {
        let title = view! { <span dir="auto">{title}</span> };
        match trial.newest_at {
            Some(at) => parts!("Newest: {title}, {time}", title = title, time = view! { <When at /> }),
            None => parts!("Newest: {title}", title = title),
        }
    };
    view! {
        <div class="alert">
            <p>{found}</p>
            {trial.newest_title.map(|title| view! { <p>{newest(title)}</p> })}
            {trial.moved_to.map(|to| view! {
                <p>
                    {parts!(
                        "It has moved for good to {address}",
                        address = view! { <span class="address">{to}</span> },
                    )}
                </p>
            })}
            <p class="muted">{t!("Nothing of this was kept.")}</p>
        </div>
    }
    .into_any()
}

/// Whether media of the source may be stored. Only the user who added the source may change it.
#[component]
fn PolicyPart(source: Source, policy: ServerAction<SetPolicy>) -> impl IntoView {
    let words = match source.policy {
        Policy::CacheAllowed => t!("Its items may be kept on this server."),
        Policy::MetadataOnly => {
            t!("Only what its feed tells is kept; its items stay with their publisher.")
        }
    };
    if source.origin != Origin::Person {
        return view! { <p class="muted">{words}</p> }.into_any();
    }
    let answer = FormResponse::of(policy);
    view! {
        <FormAlert answer fields=&[] />
        <ActionForm action=policy attr:class="filter">
            <input type="hidden" name="source_id" value=source.id.to_string() />
            <Choice
                label=t!("Copies")
                name="policy"
                options=vec![
                    (Policy::CacheAllowed.as_str(), t!("May be kept on this server")),
                    (Policy::MetadataOnly.as_str(), t!("Keep only what the feed tells")),
                ]
                chosen=Signal::stored(source.policy.as_str().to_owned())
            />
            <Submit answer text=t!("Set") busy=t!("Setting…") />
        </ActionForm>
        <p class="hint">{t!("Whoever added a source decides that; it holds for all who follow it.")}</p>
    }
    .into_any()
}

/// Form for the username and password of a private feed.
#[component]
fn PrivatePart(id: SourceId, has_login: bool, login: ServerAction<SetFeedLogin>) -> impl IntoView {
    let answer = FormResponse::of(login);
    let words = match has_login {
        true => {
            t!("It is asked with a name and a password. Type new ones to replace them; empty fields take \
                 them away.")
        }
        false => t!("Where its publisher has given you a name and a password, type them here."),
    };
    view! {
        <section class="part" aria-labelledby="private">
            <details class="stack" open=has_login>
                <summary id="private">{t!("Private feed")}</summary>
                <p class="muted">{words}</p>
                <FormAlert answer fields=&["username", "password"] />
                <ActionForm action=login attr:class="stack">
                    <input type="hidden" name="source_id" value=id.to_string() />
                    <LoginFields answer />
                    <Submit answer text=t!("Set") busy=t!("Setting…") />
                </ActionForm>
            </details>
        </section>
    }
}

/// Items of the source, in the same list as elsewhere.
#[component]
fn Brought(
    id: SourceId,
    older: ServerAction<LoadOlder>,
    #[prop(into)] has_older: Signal<bool>,
) -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| ItemQuery {
        source_id: id.to_string(),
        cursor: value(query, "cursor"),
        ..ItemQuery::default()
    });
    let kept = live_query(move || (asked.get(), older.version().get()), |(asked, _)| list_items(asked));
    let (loading, report) = (older.pending(), move || older.value().get().and_then(Result::ok));
    let search = paths::items_of(id);
    view! {
        <section class="part" aria-labelledby="items">
            <h2 id="items">{t!("Items")}</h2>
            <p><a class="link" href=search>{t!("Search and filter them")}</a></p>
            <ItemList kept asked path=paths::source(id) query empty=|| view! {
                <Empty title=t!("Nothing yet")>
                    <p>
                        {t!(
                            "Its feed was not read, or has nothing in it. Read it now, or subscribe: then \
                             it is read by itself."
                        )}
                    </p>
                </Empty>
            } />
            <FormAlert answer=FormResponse::of(older) fields=&[] />
            {move || has_older.get().then(|| view! {
                <ActionForm action=older>
                    <input type="hidden" name="source_id" value=id.to_string() />
                    <button type="submit" class="button button-small" disabled=loading>
                        {move || if loading.get() { t!("Loading…") } else { t!("Load older items") }}
                    </button>
                </ActionForm>
            })}
            <div role="status">
                {move || report().map(|report| view! { <p class="alert">{older_words(&report)}</p> })}
            </div>
        </section>
    }
}

fn older_words(report: &OlderReport) -> String {
    match (&report.error, report.more) {
        (Some(why), _) => tn!(
            report.added,
            "Loaded {n} older item; then a page could not be read. {why}",
            "Loaded {n} older items; then a page could not be read. {why}",
            why = language::sentence(why),
        ),
        (None, true) => tn!(
            report.added,
            "Loaded {n} older item. There are more.",
            "Loaded {n} older items. There are more.",
        ),
        (None, false) => tn!(
            report.added,
            "Loaded {n} older item. That is all that the feed has.",
            "Loaded {n} older items. That is all that the feed has.",
        ),
    }
}

#[component]
fn About(source: Source) -> impl IntoView {
    let details = source.details;
    let fact = |name: &'static str, value: Option<String>| {
        let value = value.filter(|value| !value.is_empty())?;
        Some(view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
    };
    view! {
        <section class="part" aria-labelledby="about">
            <h2 id="about">{t!("About the feed")}</h2>
            <dl class="facts">
                <div><dt>{t!("Address")}</dt><dd class="address">{source.feed_url}</dd></div>
                {fact(t!("Form"), details.format.map(|format| format.as_str().to_owned()))}
                {fact(t!("By"), Some(details.authors.join(", ")))}
                {fact(t!("About"), Some(details.categories.join(", ")))}
                {fact(t!("Language"), details.language)}
                {fact(t!("Rights"), Some(details.copyright))}
                {fact(t!("Made with"), Some(details.generator))}
            </dl>
            {(!details.funding.is_empty()).then(|| view! {
                <p>
                    {parts!("Support it: {links}", links = details.funding.into_iter().map(|way| {
                        let text = if way.text.is_empty() { way.url.clone() } else { way.text };
                        view! { <Outward url=way.url text /> " " }
                    }).collect_view())}
                </p>
            })}
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_says_what_it_brought() {
        let report = |status, added, error: Option<&str>| RefreshReport {
            status,
            added,
            updated: 1,
            error: error.map(str::to_owned),
        };
        assert_eq!(report_words(&report(RefreshStatus::Updated, 3, None)), "Read: 3 new items, 1 changed.");
        assert_eq!(report_words(&report(RefreshStatus::Failed, 0, Some("No."))), "It could not be read. No.");
    }
}
