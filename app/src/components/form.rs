//! Form fields that show their own errors and keep the typed values, with JavaScript and without.

mod alert;

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::error::ApiError;
use crate::language;

pub use alert::FormAlert;

/// Latest response to a form's action, for the fields of that form.
#[derive(Clone, Copy)]
pub struct FormResponse {
    error: Signal<Option<ApiError>>,
    /// Response from the URL, if the form was submitted without JavaScript.
    first: StoredValue<Option<ApiError>>,
    pending: Signal<bool>,
}

impl FormResponse {
    pub fn of<S>(action: ServerAction<S>) -> Self
    where
        S: ServerFn<Error = ApiError> + Clone + Send + Sync + 'static,
        S::Output: Clone + Send + Sync + 'static,
    {
        let value = action.value();
        let error = Signal::derive(move || value.with(|value| value.as_ref()?.as_ref().err().cloned()));
        let first = StoredValue::new(error.get_untracked());
        let answer = Self { error, first, pending: action.pending().into() };
        answer.lead_to_first_mark();
        answer
    }

    /// Response to a script that is no form.
    pub fn of_script(error: RwSignal<Option<ApiError>>, pending: RwSignal<bool>) -> Self {
        Self { error: error.into(), first: StoredValue::new(None), pending: pending.into() }
    }

    /// Restricts the response to one of several forms of an action, identified by the hidden field `name`.
    pub fn only(self, name: &'static str, value: String) -> Self {
        let is_mine = move |error: &ApiError| error.typed(name).is_none_or(|typed| typed == value);
        let first = StoredValue::new(self.first.get_value().filter(&is_mine));
        let error = self.error;
        Self { error: Signal::derive(move || error.get().filter(&is_mine)), first, ..self }
    }

    /// Whether the form was rejected when it was submitted without JavaScript.
    pub fn is_rejected(&self) -> bool {
        self.first.with_value(Option::is_some)
    }

    /// Initial value of a field: the value typed before, else the suggested one.
    fn typed(&self, name: &str, suggested: String) -> String {
        self.first.with_value(|first| first.as_ref()?.typed(name).map(str::to_owned)).unwrap_or(suggested)
    }

    /// Initial value of a field that is not a [`Field`].
    pub fn typed_or(&self, name: &str, suggested: &str) -> String {
        self.typed(name, suggested.to_owned())
    }

    /// Whether a checkbox is ticked at first.
    pub fn ticked(&self, name: &str, suggested: bool) -> bool {
        self.first
            .with_value(|first| first.as_ref()?.typed(name).map(|typed| !typed.is_empty()))
            .unwrap_or(suggested)
    }

    /// Whether one of several checkboxes of a name is ticked at first.
    pub fn chosen(&self, name: &str, value: &str, suggested: bool) -> bool {
        self.first.with_value(|first| first.as_ref().map_or(suggested, |error| error.has_typed(name, value)))
    }

    /// Error of a field, in the language of the page.
    pub fn mark(self, name: &'static str) -> Signal<Option<String>> {
        let error = self.error;
        Signal::derive(move || error.with(|error| error.as_ref()?.of_field(name).map(language::sentence)))
    }

    /// Error of the form as a whole, in the language of the page. Those of `fields` are shown there instead.
    pub fn alert(self, fields: &[&str]) -> Option<String> {
        self.error.with(|error| {
            let error = error.as_ref()?;
            let elsewhere: Vec<_> =
                error.fields().iter().filter(|f| !fields.contains(&f.field.as_str())).collect();
            let texts = elsewhere.iter().map(|f| language::sentence(&f.message));
            Some(match elsewhere.is_empty() {
                true => language::sentence(&error.message()),
                false => texts.collect::<Vec<_>>().join(" "),
            })
        })
    }

    fn needs_step_up(self) -> bool {
        self.error.with(|error| error.as_ref().is_some_and(ApiError::needs_step_up))
    }

    /// Moves the keyboard focus to the first rejected field.
    fn lead_to_first_mark(self) {
        let error = self.error;
        Effect::new(move |_| {
            if error.with(|error| error.as_ref().is_some_and(|error| !error.fields().is_empty())) {
                request_animation_frame(|| {
                    if let Ok(Some(field)) = document().query_selector("[aria-invalid=true]") {
                        super::focus(&field);
                    }
                });
            }
        });
    }
}

/// A single-line input.
#[component]
pub fn Field(
    answer: FormResponse,
    label: &'static str,
    name: &'static str,
    /// For a page with two forms that have a field of the same name.
    #[prop(optional)]
    id: Option<String>,
    #[prop(optional, into)] value: String,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional)] hint: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    /// Minimum and maximum of a number.
    #[prop(optional)]
    bounds: Option<(i64, i64)>,
    /// The id of a `datalist` with suggestions.
    #[prop(optional)]
    list: Option<&'static str>,
    #[prop(optional)] placeholder: Option<&'static str>,
    #[prop(optional)] node_ref: NodeRef<leptos::html::Input>,
) -> impl IntoView {
    let mark = answer.mark(name);
    let value = if kind == "password" { String::new() } else { answer.typed(name, value) };
    // One note below the field: its error, else its hint.
    let note = Memo::new(move |_| match mark.get() {
        Some(error) => Some((error, "field-error")),
        None => (!hint.is_empty()).then(|| (hint.to_owned(), "hint")),
    });
    let id = id.unwrap_or_else(|| name.to_owned());
    let note_id = id.clone() + "-note";
    let described = note_id.clone();
    // Usernames and URLs get no automatic capitals and no spell check.
    let plain = matches!(autocomplete, "username") || kind == "url";
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input
                node_ref=node_ref
                id=id
                name=name
                type=kind
                value=value
                autocomplete=autocomplete
                autocapitalize=plain.then_some("none")
                spellcheck=plain.then_some("false")
                min=bounds.map(|(least, _)| least)
                max=bounds.map(|(_, most)| most)
                list=list
                placeholder=placeholder
                aria-invalid=move || mark.with(Option::is_some).then_some("true")
                aria-describedby=move || note.with(Option::is_some).then(|| described.clone())
            />
            {move || note.get().map(|(text, class)| view! { <p class=class id=note_id.clone()>{text}</p> })}
        </div>
    }
}

/// A checkbox.
#[component]
pub fn Tick(
    answer: FormResponse,
    #[prop(into)] label: String,
    name: &'static str,
    /// For a page with two forms that have a box of the same name.
    #[prop(optional)]
    id: Option<String>,
    value: bool,
    #[prop(optional)] hint: &'static str,
) -> impl IntoView {
    let id = id.unwrap_or_else(|| name.to_owned());
    let note = (!hint.is_empty()).then(|| id.clone() + "-hint");
    view! {
        <div class="tick">
            <input
                id=id.clone()
                name=name
                type="checkbox"
                value="on"
                checked=answer.ticked(name, value)
                aria-describedby=note.clone()
            />
            <label for=id>{label}</label>
            {note.map(|note| view! { <p class="hint" id=note>{hint}</p> })}
        </div>
    }
}

/// A select box.
#[component]
pub fn Choice(
    label: &'static str,
    name: &'static str,
    /// For a page with two forms that have a field of the same name.
    #[prop(optional)]
    id: Option<&'static str>,
    /// Label of the empty option; without it, one of the options is always selected.
    #[prop(optional)]
    any: Option<&'static str>,
    options: Vec<(&'static str, &'static str)>,
    #[prop(into)] chosen: Signal<String>,
) -> impl IntoView {
    let option = |value: &'static str, text: &'static str| {
        let is_chosen = move || chosen.with(|chosen| chosen == value);
        view! { <option value=value selected=is_chosen prop:selected=later(is_chosen)>{text}</option> }
    };
    let rest: Vec<_> = options.into_iter().map(|(value, text)| option(value, text)).collect();
    let id = id.unwrap_or(name);
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <select id=id name=name>{any.map(|any| option("", any))}{rest}</select>
        </div>
    }
}

/// A DOM property that follows `value` from its first change on; the attribute of the same name gives its
/// first value. Set at hydration too, it would overwrite what was typed before the program had loaded.
pub fn later<T>(value: impl Fn() -> T) -> impl FnMut() -> Option<T> {
    let mut is_first = true;
    move || {
        let value = value();
        (!std::mem::take(&mut is_first)).then_some(value)
    }
}

/// The submit button, disabled and with another text while the request is pending.
#[component]
pub fn Submit(answer: FormResponse, text: &'static str, busy: &'static str) -> impl IntoView {
    let pending = answer.pending;
    view! {
        <button type="submit" class="button button-main" disabled=pending>
            {move || if pending.get() { busy } else { text }}
        </button>
    }
}
