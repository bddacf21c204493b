//! Theme of the pages: an attribute of the document, set before it is first painted.

use domain::preference::Theme;
use leptos::prelude::*;

use crate::api::preferences::SaveTheme;
use crate::t;

/// Theme of the user, as far as it is known.
pub fn use_theme() -> RwSignal<Theme> {
    expect_context::<CurrentTheme>().0
}

#[derive(Clone, Copy)]
struct CurrentTheme(RwSignal<Theme>);

pub fn provide_theme() {
    provide_context(CurrentTheme(RwSignal::new(Theme::System)));
}

/// Attribute of the document. Without one, the device decides.
#[component]
pub fn DocumentTheme() -> impl IntoView {
    let theme = use_theme();
    let word = move || Some(theme.get()).filter(|theme| *theme != Theme::System).map(Theme::as_str);
    view! { <leptos_meta::Html attr:data-theme=word /> }
}

/// Buttons of the account menu.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let theme = use_theme();
    let save = ServerAction::<SaveTheme>::new();
    Effect::new(move |_| {
        if let Some(Ok(saved)) = save.value().get() {
            theme.set(saved);
        }
    });
    let button = move |(value, text): (&'static str, &'static str)| {
        view! {
            <button
                type="submit"
                name="theme"
                value=value
                class="theme-choice"
                aria-pressed=move || (theme.get().as_str() == value).to_string()
            >
                {text}
            </button>
        }
    };
    view! {
        <ActionForm action=save attr:class="theme-switch">
            <fieldset>
                <legend>{t!("Theme")}</legend>
                {theme_options().into_iter().map(button).collect_view()}
            </fieldset>
        </ActionForm>
    }
}

/// Themes as the options of a form.
pub fn theme_options() -> Vec<(&'static str, &'static str)> {
    let words = |theme: &Theme| match theme {
        Theme::System => t!("As the device"),
        Theme::Light => t!("Light"),
        Theme::Dark => t!("Dark"),
        Theme::Black => t!("Black"),
    };
    Theme::ALL.iter().map(|theme| (theme.as_str(), words(theme))).collect()
}
