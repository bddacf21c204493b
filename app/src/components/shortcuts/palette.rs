//! The command palette: places and searches, chosen with the keyboard.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use leptos_router::location::Url;

use super::Overlay;
use crate::{paths, t};

fn places() -> [(&'static str, &'static str); 21] {
    [
        (t!("Home"), paths::DASHBOARD),
        (t!("Library"), paths::DOWNLOADS),
        (t!("Items"), paths::ITEMS),
        (t!("Subscriptions"), paths::SUBSCRIPTIONS),
        (t!("Import and export subscriptions"), paths::LISTS),
        (t!("Sources"), paths::SOURCES),
        (t!("Sources that need attention"), paths::NEEDS_ATTENTION),
        (t!("Runs"), paths::RUNS),
        (t!("Approvals"), paths::APPROVALS),
        (t!("Collections"), paths::COLLECTIONS),
        (t!("Agents"), paths::AGENTS),
        (t!("Tasks"), paths::TASKS),
        (t!("Notifications"), paths::NOTIFICATIONS),
        (t!("Notification settings"), paths::CHANNELS),
        (t!("History"), paths::HISTORY),
        (t!("Devices"), paths::DEVICES),
        (t!("This device"), paths::DEVICE),
        (t!("Shares"), paths::SHARES),
        (t!("Preferences"), paths::PREFERENCES),
        (t!("Account"), paths::ACCOUNT),
        (t!("API keys"), paths::API_KEYS),
    ]
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct PaletteEntry {
    words: String,
    path: String,
}

/// Places whose name has the words, and searches for them.
fn choices(typed: &str) -> Vec<PaletteEntry> {
    let words = typed.trim().to_lowercase();
    let places = places().into_iter().filter(|(name, _)| name.to_lowercase().contains(&words));
    let mut all: Vec<_> =
        places.map(|(name, path)| PaletteEntry { words: name.into(), path: path.into() }).collect();
    if !words.is_empty() {
        let (typed, query) = (typed.trim(), Url::escape(typed.trim()));
        let search = |words: String, path: &str| PaletteEntry { words, path: format!("{path}?q={query}") };
        all.extend([
            search(t!("Search items for “{words}”", words = typed), paths::ITEMS),
            search(t!("Search sources for “{words}”", words = typed), paths::SOURCES),
        ]);
    }
    all
}

#[component]
pub fn Palette(open: RwSignal<Option<Overlay>>) -> impl IntoView {
    let (typed, at) = (RwSignal::new(String::new()), RwSignal::new(0));
    let found = Memo::new(move |_| typed.with(|typed| choices(typed)));
    let navigate = use_navigate();
    let choose = StoredValue::new_local(move |n: usize| {
        if let Some(choice) = found.with_untracked(|found| found.get(n).cloned()) {
            open.set(None);
            navigate(&choice.path, Default::default());
        }
    });
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let count = found.with_untracked(Vec::len).max(1);
        match event.key().as_str() {
            "ArrowDown" => at.update(|at| *at = (*at + 1) % count),
            "ArrowUp" => at.update(|at| *at = (*at + count - 1) % count),
            "Enter" => choose.with_value(|choose| choose(at.get_untracked())),
            _ => return,
        }
        event.prevent_default();
    };
    let option = move |(n, choice): (usize, PaletteEntry)| {
        view! {
            <li
                id=format!("choice-{n}")
                role="option"
                class="choice"
                aria-selected=move || (at.get() == n).to_string()
                on:click=move |_| choose.with_value(|choose| choose(n))
            >
                {choice.words}
            </li>
        }
    };
    view! {
        <div class="field palette-field">
        <input
            type="text"
            role="combobox"
            autocomplete="off"
            placeholder=t!("Go to a page, or look for something")
            aria-label=t!("Go to a page, or look for something")
            aria-expanded="true"
            aria-controls="choices"
            aria-activedescendant=move || format!("choice-{}", at.get())
            prop:value=move || typed.get()
            on:input=move |event| {
                typed.set(event_target_value(&event));
                at.set(0);
            }
            on:keydown=on_key
        />
        </div>
        <ul id="choices" class="choices" role="listbox" aria-label=t!("Pages and searches")>
            {move || found.get().into_iter().enumerate().map(option).collect_view()}
        </ul>
    }
}

#[cfg(test)]
mod tests {
    use super::choices;

    #[test]
    fn places_come_before_searches_and_words_are_escaped() {
        assert_eq!(choices("").len(), super::places().len());
        let found = choices(" Sub&way ");
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0].words.as_str(), found[0].path.as_str()),
            ("Search items for “Sub&way”", "/items?q=Sub%26way")
        );
        assert_eq!(choices("subsc")[0].path, "/subscriptions");
    }
}
