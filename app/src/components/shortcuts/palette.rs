//! The command palette: places and searches, chosen with the keyboard.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use leptos_router::location::Url;

use super::Overlay;
use crate::paths;

const PLACES: [(&str, &str); 18] = [
    ("Home", paths::DASHBOARD),
    ("Library", paths::DOWNLOADS),
    ("Items", paths::ITEMS),
    ("Subscriptions", paths::SUBSCRIPTIONS),
    ("Import and export subscriptions", paths::LISTS),
    ("Sources", paths::SOURCES),
    ("Sources that need attention", paths::NEEDS_ATTENTION),
    ("Runs", paths::RUNS),
    ("Approvals", paths::APPROVALS),
    ("Collections", paths::COLLECTIONS),
    ("Agents", paths::AGENTS),
    ("Tasks", paths::TASKS),
    ("Notifications", paths::NOTIFICATIONS),
    ("History", paths::HISTORY),
    ("Shares", paths::SHARES),
    ("This device", paths::DEVICE),
    ("Preferences", paths::PREFERENCES),
    ("Account", paths::ACCOUNT),
];

#[derive(Debug, Clone, PartialEq, Eq)]
struct PaletteEntry {
    words: String,
    path: String,
}

/// Places whose name has the words, and searches for them.
fn choices(typed: &str) -> Vec<PaletteEntry> {
    let words = typed.trim().to_lowercase();
    let places = PLACES.iter().filter(|(name, _)| name.to_lowercase().contains(&words));
    let mut all: Vec<_> =
        places.map(|(name, path)| PaletteEntry { words: (*name).into(), path: (*path).into() }).collect();
    if !words.is_empty() {
        let query = Url::escape(typed.trim());
        let search = |what: &str, path: &str| PaletteEntry {
            words: format!("Search {what} for “{}”", typed.trim()),
            path: format!("{path}?q={query}"),
        };
        all.extend([search("items", paths::ITEMS), search("sources", paths::SOURCES)]);
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
            placeholder="Go to a page, or look for something"
            aria-label="Go to a page, or look for something"
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
        <ul id="choices" class="choices" role="listbox" aria-label="Pages and searches">
            {move || found.get().into_iter().enumerate().map(option).collect_view()}
        </ul>
    }
}

#[cfg(test)]
mod tests {
    use super::choices;

    #[test]
    fn places_come_before_searches_and_words_are_escaped() {
        assert_eq!(choices("").len(), super::PLACES.len());
        let found = choices(" Sub&way ");
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0].words.as_str(), found[0].path.as_str()),
            ("Search items for “Sub&way”", "/items?q=Sub%26way")
        );
        assert_eq!(choices("subsc")[0].path, "/subscriptions");
    }
}
