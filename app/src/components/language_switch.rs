//! Choice of the language of the pages. A plain form: another language needs another document anyway.

use domain::preference::LanguageChoice;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::language::{Language, language};
use crate::{paths, t};

/// A button for each language, named in itself.
#[component]
pub fn LanguageSwitch() -> impl IntoView {
    let location = use_location();
    let here = move || location.pathname.get() + &location.query.with(|query| query.to_query_string());
    let shown = language();
    let button = move |language: Language| {
        view! {
            <button
                type="submit"
                name="language"
                value=language.as_str()
                class="theme-choice"
                lang=language.as_str()
                aria-pressed=(language == shown).to_string()
            >
                {name(language)}
            </button>
        }
    };
    view! {
        <form method="post" action=paths::SAVE_LANGUAGE class="theme-switch">
            <input type="hidden" name="here" value=here />
            <fieldset>
                <legend>{t!("Language")}</legend>
                {Language::ALL.iter().copied().map(button).collect_view()}
            </fieldset>
        </form>
    }
}

/// Languages as the options of a form.
pub fn language_options() -> Vec<(&'static str, &'static str)> {
    let words = |choice: &LanguageChoice| choice.language().map_or_else(|| t!("As the browser"), name);
    LanguageChoice::ALL.iter().map(|choice| (choice.as_str(), words(choice))).collect()
}

/// Name of a language in itself.
fn name(language: Language) -> &'static str {
    match language {
        Language::English => "English",
        Language::German => "Deutsch",
    }
}
