//! Facts about an item beside its text: credits, location, files and quality score.

use domain::item::{AlternateEnclosure, Enclosure, Item, Person, Soundbite};
use leptos::prelude::*;

use super::{Ago, Day};
use crate::components::player::place::{Place, PlayableTrack};
use crate::measure::{self, duration, size};
use crate::{language, parts, paths, t};

fn is_of_the_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// An external link; plain text if the URL is not HTTP or HTTPS.
#[component]
pub fn Outward(url: String, text: String) -> impl IntoView {
    if is_of_the_web(&url) {
        view! { <a class="link" href=url rel="external noopener noreferrer nofollow">{text}</a> }.into_any()
    } else {
        view! { <span>{text}</span> }.into_any()
    }
}

/// Summary and quality score of an item, written by a model or by the built-in planner.
#[component]
pub fn Verdict(item: Item) -> impl IntoView {
    let Item { summary, quality_score, quality_reasons, .. } = item;
    (summary.is_some() || quality_score.is_some()).then(|| {
        view! {
            <section class="part" aria-labelledby="verdict">
                <h2 id="verdict">{t!("What the agents say")}</h2>
                {summary.map(|summary| view! { <p class="writing" dir="auto">{summary}</p> })}
                {quality_score.map(|score| {
                    let score = t!("{score} of 100", score = (score * 100.0).round() as i64);
                    view! { <p>{parts!("Quality: {score}", score = view! { <b>{score}</b> })}</p> }
                })}
                <ul class="reasons">
                    {quality_reasons.into_iter().map(|reason| view! { <li>{language::sentence(&reason)}</li> }).collect_view()}
                </ul>
            </section>
        }
    })
}

#[component]
pub fn Soundbites(soundbites: Vec<Soundbite>, title: String, playable: PlayableTrack) -> impl IntoView {
    let one = move |bite: Soundbite| {
        let named = if bite.title.is_empty() { title.clone() } else { bite.title };
        view! {
            <li class="chapter">
                <Place seconds=bite.start_seconds playable />
                <span class="chapter-title">{named} ", " {duration(bite.duration_seconds as i64)}</span>
            </li>
        }
    };
    (!soundbites.is_empty()).then(|| {
        view! {
            <section class="part" aria-labelledby="soundbites">
                <h2 id="soundbites">{t!("Worth a listen")}</h2>
                <ol class="chapters">{soundbites.into_iter().map(one).collect_view()}</ol>
            </section>
        }
    })
}

/// A name and its value; nothing without a value.
fn fact(name: &'static str, value: Option<impl IntoView + 'static>) -> Option<impl IntoView> {
    value.map(|value| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
}

fn words(all: Vec<String>) -> Option<String> {
    Some(all.join(", ")).filter(|text| !text.is_empty())
}

#[component]
pub fn Facts(item: Item) -> impl IntoView {
    let details = item.details.clone();
    let season = item.season.map(|number| match details.season_name.filter(|name| !name.is_empty()) {
        Some(name) => format!("{number}, {name}"),
        None => number.to_string(),
    });
    let episode = details.episode_display.or(item.episode.map(|number| number.to_string()));
    let sort = details.episode_type.filter(|sort| sort != "full").map(|sort| match sort.as_str() {
        "trailer" => t!("trailer").to_owned(),
        "bonus" => t!("bonus").to_owned(),
        _ => sort,
    });
    let link =
        |text: &str, url: Option<String>| url.map(|url| view! { <Outward url text=text.to_owned() /> });
    let people = details.persons;
    let people = (!people.is_empty()).then(|| people.into_iter().map(person).collect_view());
    view! {
        <section class="part" aria-labelledby="facts">
            <h2 id="facts">{t!("Details")}</h2>
            <dl class="facts">
                {fact(t!("Published"), item.published_at.map(|at| view! { <Ago at /> }))}
                {fact(t!("Changed"), item.updated_at.map(|at| view! { <Ago at /> }))}
                {fact(t!("Found here"), Some(view! { <Day at=item.first_seen_at /> }))}
                {fact(t!("Season"), season)}
                {fact(t!("Episode"), episode)}
                {fact(t!("Sort"), sort)}
                {fact(t!("By"), words(item.content.authors))}
                {fact(t!("With"), people)}
                {fact(t!("About"), words(item.content.categories))}
                {fact(t!("Topics"), topics(item.topics))}
                {fact(t!("Language"), item.content.language)}
                {fact(t!("Explicit"), (item.content.explicit == Some(true)).then(|| t!("Yes, its publisher says")))}
                {fact(t!("Place"), details.location)}
                {fact(t!("License"), details.license)}
                {fact(t!("Page"), link(t!("On its publisher's site"), item.content.url))}
                {fact(t!("Comments"), link(t!("Discussion"), details.comments_url))}
            </dl>
        </section>
    }
}

/// Links to all items about each topic.
fn topics(all: Vec<String>) -> Option<impl IntoView> {
    let one = |topic: String| {
        view! { <li><a class="link" href=paths::items_about(&topic)>{topic.clone()}</a></li> }
    };
    (!all.is_empty()).then(|| view! { <ul class="topics">{all.into_iter().map(one).collect_view()}</ul> })
}

fn person(person: Person) -> impl IntoView {
    let role = if person.role.is_empty() { String::new() } else { format!(" ({})", person.role) };
    let name = match person.href {
        Some(url) => view! { <Outward url text=person.name /> }.into_any(),
        None => view! { <span>{person.name}</span> }.into_any(),
    };
    view! { <span class="person">{name} {role}</span> }
}

/// Links to the publisher's files, in every declared quality. `fetched` is the URL that is downloaded.
#[component]
pub fn Files(
    mut enclosures: Vec<Enclosure>,
    alternates: Vec<AlternateEnclosure>,
    fetched: Option<String>,
) -> impl IntoView {
    // Alternate enclosures have more detailed rows of their own.
    enclosures
        .retain(|file| !file.is_alternate || alternates.iter().all(|it| !it.sources.contains(&file.url)));
    let mark = |is_fetched: bool| is_fetched.then(|| t!("this is what is fetched").to_owned());
    let file = |file: Enclosure| {
        let facts = [
            file.mime_type,
            file.bytes.filter(|bytes| *bytes > 0).map(size),
            mark(fetched.as_ref() == Some(&file.url)),
        ];
        view! { <FileRow urls=vec![file.url] facts=facts.into_iter().flatten().collect() /> }
    };
    let alternate = |other: AlternateEnclosure| {
        let is_fetched = fetched.as_ref().is_some_and(|url| other.sources.contains(url));
        let facts = [
            other.title,
            other.mime_type,
            other.codecs,
            other.height.map(|lines| t!("{lines} lines", lines = lines)),
            other.bitrate.map(|bits| measure::number(bits as i64 / 1_000) + " kbit/s"),
            other.bytes.filter(|bytes| *bytes > 0).map(size),
            other.language,
            mark(is_fetched),
        ];
        view! { <FileRow urls=other.sources facts=facts.into_iter().flatten().collect() /> }
    };
    (!enclosures.is_empty() || !alternates.is_empty()).then(|| {
        view! {
            <section class="part" aria-labelledby="files">
                <h2 id="files">{t!("Files at the publisher")}</h2>
                <ul class="files">
                    {enclosures.into_iter().map(file).collect_view()}
                    {alternates.into_iter().map(alternate).collect_view()}
                </ul>
            </section>
        }
    })
}

#[component]
fn FileRow(urls: Vec<String>, facts: Vec<String>) -> impl IntoView {
    let links = urls.into_iter().map(|url| {
        let text = url.split_once("://").map_or(url.clone(), |(_, rest)| rest.to_owned());
        view! { <Outward url text /> }
    });
    view! {
        <li>
            {links.collect_view()}
            <span class="muted">{facts.join(" · ")}</span>
        </li>
    }
}
