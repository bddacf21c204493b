//! First card of Home: the next commute, how much of it is ready, and what to play now.

use domain::download::Download;
use leptos::prelude::*;

use super::When;
use super::fill_device::FillDevice;
use super::live_query::{Each, Loaded, live_query};
use super::play_row::{PlayRow, PlayRowContent};
use super::prepared_windows::PreparedWindows;
use super::source_row::kind_words;
use crate::api::commute::{NextCommute, ReadyNow, show_ready_now};
use crate::components::player::Track;
use crate::components::player::play_all::PlayAll;
use crate::components::player::play_button::PlayButton;
use crate::device::use_device;
use crate::live::use_live;
use crate::{measure, parts, paths, t, tn};

/// Maximum number of rows. The rest is in the library.
const SHOWN: usize = 5;

#[component]
pub fn ReadyCard() -> impl IntoView {
    let news = use_live().news;
    let kept = live_query(move || news.get(), |_| show_ready_now());
    let rows = kept.part(|now| now.downloads.iter().take(SHOWN).cloned().collect::<Vec<_>>());
    let plans = kept.part(|now| now.plans.clone());
    view! {
        <section class="card stack" aria-labelledby="ready-now">
            <Loaded kept what=t!("Loading what is ready")>
                {move || kept.value.get().map(|now| view! { <Head now /> })}
                <OnDevice />
                <PreparedWindows plans />
                {move || kept.value.with(has_commute).then(|| view! { <FillDevice /> })}
                <ul class="ready-rows" aria-label=t!("Ready to play")>
                    <Each list=rows key=|row| row.id row=|row| view! { <ReadyRow row /> } />
                </ul>
                {move || kept.value.get().map(|now| view! { <Actions now /> })}
            </Loaded>
        </section>
    }
}

fn has_commute(now: &Option<ReadyNow>) -> bool {
    now.as_ref().is_some_and(|now| now.commute.is_some())
}

/// Title, minutes and a bar. A commute needs its own minutes; without one, everything ready counts.
#[component]
fn Head(now: ReadyNow) -> impl IntoView {
    let on_the_way = (now.on_the_way > 0).then(|| t!(" {n} more on the way.", n = now.on_the_way));
    match now.commute {
        Some(commute) => {
            let words = minutes_words(now.minutes, commute.minutes);
            let bar = now.minutes.clamp(0, commute.minutes);
            view! {
                <h2 id="ready-now">{title(&commute)}</h2>
                <p class="ready-words"><b>{words}</b> {on_the_way}</p>
                <progress max=commute.minutes value=bar aria-label=t!("Minutes ready for this commute")></progress>
            }
            .into_any()
        }
        None => {
            let known = (now.minutes > 0).then(|| " · ".to_owned() + &measure::duration(now.minutes * 60));
            let items = tn!(now.count as i64, "{n} item", "{n} items");
            view! {
                <h2 id="ready-now">{t!("Ready to play")}</h2>
                <p class="ready-words"><b>{items} {known}</b> {on_the_way}</p>
            }
            .into_any()
        }
    }
}

/// Minutes to play that are on this device. Nothing in a browser that keeps no copies.
#[component]
fn OnDevice() -> impl IntoView {
    let device = use_device();
    let proved = Memo::new(move |_| device.proved_minutes());
    move || {
        let (minutes, at) = proved.get()?;
        let words = parts!(
            "{minutes} min are on {device}, proved {time}.",
            minutes = minutes.to_string(),
            device = view! { <a class="link" href=paths::DEVICE>{t!("this device")}</a> },
            time = view! { <When at /> }
        );
        Some(view! { <p class="ready-words">{words}</p> })
    }
}

/// "Morning train · today at 07:40".
fn title(commute: &NextCommute) -> String {
    let NextCommute { label, when, is_under_way, .. } = commute;
    match is_under_way {
        true => t!("{label} · on your way since {when}", label = label, when = when),
        false => format!("{label} · {when}"),
    }
}

/// "42 of 55 min ready on the server".
fn minutes_words(ready: i64, needed: i64) -> String {
    match ready >= needed {
        true => t!("All {needed} min are ready on the server.", needed = needed),
        false => t!("{ready} of {needed} min are ready on the server.", ready = ready, needed = needed),
    }
}

#[component]
fn ReadyRow(row: Signal<Download>) -> impl IntoView {
    let content = move || {
        row.with(|row| PlayRowContent {
            item_id: row.item_id,
            title: row.title.clone(),
            source_name: row.source_name.clone(),
            cover: row.cover.clone(),
            kind: kind_words(row.kind),
            facts: facts(row),
        })
    };
    let button = move || {
        let row = row.get();
        match Track::of(&row) {
            Some(track) => view! { <PlayButton track /> }.into_any(),
            None => view! {
                <a class="button button-play" href=paths::read(row.id) aria-label=t!("Read: {title}", title = row.title)>{t!("Read")}</a>
            }
            .into_any(),
        }
    };
    view! { <PlayRow row=Signal::derive(content)>{button}</PlayRow> }
}

/// "The Long Platform · 26 min", without the length if it is not known.
fn facts(row: &Download) -> String {
    let length = row.duration_seconds.map(measure::duration);
    [Some(row.source_name.clone()), length].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Play all, and the ways to more.
#[component]
fn Actions(now: ReadyNow) -> impl IntoView {
    let tracks: Vec<_> = now.downloads.iter().filter_map(Track::of).collect();
    let rest = now.count.saturating_sub(SHOWN);
    let has_commute = now.commute.is_some();
    view! {
        {(now.count == 0).then(|| view! {
            <p class="muted">{parts!(
                "Nothing is ready yet. Start the agents below, or get something from your {items}.",
                items = view! { <a href=paths::ITEMS>{t!("items")}</a> }
            )}</p>
        })}
        <div class="ready-actions">
            {(tracks.len() > 1).then(|| view! { <PlayAll tracks class="button-main" /> })}
            {(rest > 0).then(|| view! { <a class="link" href="/downloads?status=ready">{t!("{n} more ready", n = rest)}</a> })}
            {(!has_commute).then(|| view! { <a class="link" href=paths::PREFERENCES.to_owned() + "#commute">{t!("Add your commute")}</a> })}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_told_beside_what_is_needed() {
        assert_eq!(minutes_words(42, 55), "42 of 55 min are ready on the server.");
        assert_eq!(minutes_words(60, 55), "All 55 min are ready on the server.");
    }

    #[test]
    fn a_commute_under_way_says_since_when() {
        let commute = |is_under_way| NextCommute {
            label: "Train".to_owned(),
            when: "today at 07:40".to_owned(),
            is_under_way,
            minutes: 55,
        };
        assert_eq!(title(&commute(false)), "Train · today at 07:40");
        assert_eq!(title(&commute(true)), "Train · on your way since today at 07:40");
    }
}
