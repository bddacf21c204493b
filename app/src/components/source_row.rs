//! A source in a list, with the button to follow or unfollow it.

use domain::SourceId;
use domain::source::{Health, Kind, Source};
use leptos::prelude::*;

use super::Marked;
use super::cover::Cover;
use super::icons::{self, Icon};
use super::notice::Badge;
use super::source_health::Unwell;
use crate::api::subscriptions::Follow;
use crate::{paths, t, tn};

#[component]
pub fn SourceRow(source: Signal<Source>, follow: ServerAction<Follow>) -> impl IntoView {
    let name = move || source.with(|source| source.name.clone());
    let followed = Memo::new(move |_| source.with(|source| source.subscription_id.is_some()));
    let items = move || {
        source.with(|source| match (source.items, source.health) {
            (0, Health::New) => t!("Not read yet").to_owned(),
            (items, _) => tn!(items, "{n} item", "{n} items"),
        })
    };
    let about =
        move || source.with(|source| Some(plain(&source.description)).filter(|text| !text.is_empty()));
    let place = move || source.with(|source| host(&source.feed_url).to_owned());
    view! {
        <li class="row row-slim">
            {move || source.with(|it| view! { <Cover hash=it.cover.clone() name=it.name.clone() size=56 /> })}
            <div class="row-main">
                <h3 class="row-title" dir="auto"><a href=move || source.with(|it| paths::source(it.id))>
                        {move || match source.with(|it| it.found.as_ref().map(|found| found.title.clone())) {
                            Some(pieces) => view! { <Marked pieces /> }.into_any(),
                            None => name().into_any(),
                        }}
                    </a></h3>
                <p class="row-facts">
                    <Badge tone="kind" text=Signal::derive(move || source.with(|s| kind_words(s.kind).to_owned())) />
                    <span>{items}</span>
                    <span class="row-place">{place}</span>
                </p>
                {move || about().map(|text| view! { <p class="row-text" dir="auto">{text}</p> })}
                {move || view! { <Unwell source=source.get() /> }}
            </div>
            <div class="row-actions">
                <FollowForm id=Signal::derive(move || source.with(|it| it.id)) name=Signal::derive(name) followed follow />
            </div>
        </li>
    }
}

/// Button that follows or unfollows a source.
#[component]
pub fn FollowForm(
    #[prop(into)] id: Signal<SourceId>,
    #[prop(into)] name: Signal<String>,
    #[prop(into)] followed: Signal<bool>,
    follow: ServerAction<Follow>,
    /// Whether the button is a sign alone, on a cover.
    #[prop(optional)]
    is_sign: bool,
) -> impl IntoView {
    let words = move || if followed.get() { t!("Unsubscribe") } else { t!("Subscribe") };
    let content = move || match is_sign {
        true => view! { <Icon path=if followed.get() { icons::CHECK } else { icons::PLUS } /> }.into_any(),
        false => words().into_any(),
    };
    let label = move || match followed.get() {
        true => t!("Unsubscribe from {name}", name = name.get()),
        false => t!("Subscribe to {name}", name = name.get()),
    };
    view! {
        <ActionForm action=follow>
            <input type="hidden" name="source_id" value=move || id.get().to_string() />
            <input type="hidden" name="wanted" value=move || (!followed.get()).to_string() />
            <button
                type="submit"
                class=if is_sign { "tile-follow" } else { "button button-small" }
                data-on=move || followed.get().to_string()
                aria-label=label
                title=is_sign.then_some(words)
            >
                {content}
            </button>
        </ActionForm>
    }
}

pub fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Podcast => t!("Podcast"),
        Kind::Article => t!("Article"),
        Kind::News => t!("News"),
        Kind::Video => t!("Video"),
        Kind::Picture => t!("Picture"),
    }
}

/// Kinds as the options of a form.
pub fn kind_options() -> Vec<(&'static str, &'static str)> {
    Kind::ALL.iter().map(|kind| (kind.as_str(), kind_words(*kind))).collect()
}

/// Host and port of a feed URL, without credentials, path and query, which may contain secrets.
pub fn host(url: &str) -> &str {
    let after = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = after.split(['/', '?', '#']).next().unwrap_or(after);
    host.rsplit_once('@').map_or(host, |(_, host)| host)
}

/// Strips the markup that some feeds put into a description.
pub fn plain(text: &str) -> String {
    let mut inside = false;
    let kept: String = text
        .chars()
        .filter(|c| {
            match c {
                '<' => inside = true,
                '>' if inside => {
                    inside = false;
                    return false;
                }
                _ => {}
            }
            !inside
        })
        .collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_shows_no_secrets_of_its_address() {
        assert_eq!(
            host("https://ann:secret@feeds.example.org:8443/private?token=1"),
            "feeds.example.org:8443"
        );
        assert_eq!(host("feeds.example.org"), "feeds.example.org");
    }

    #[test]
    fn descriptions_lose_their_markup() {
        assert_eq!(plain("<p>News &amp;\n <b>views</b></p>"), "News &amp; views");
    }
}
