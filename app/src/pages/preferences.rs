//! Preferences page: topics, kinds, limits and the time zone.

use domain::preference::Preferences;
use domain::source::Kind;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::accounts::{me, who_am_i};
use crate::api::preferences::SavePreferences;
use crate::components::auth_guard::RequireSignIn;
use crate::components::commute::CommuteSection;
use crate::components::form::{Choice, Field, FormAlert, FormResponse, Submit, Tick};
use crate::components::live_query::{Loaded, live_query};
use crate::components::theme::{theme_options, use_theme};
use crate::components::title::PageTitle;
use crate::live::toast::Tone;
use crate::live::use_live;
use crate::times::use_times;
use crate::{parts, paths, t};

#[component]
pub fn PreferencesPage() -> impl IntoView {
    view! {
        <PageTitle text=t!("Preferences") />
        <RequireSignIn>
            <Content />
        </RequireSignIn>
    }
}

#[component]
fn Content() -> impl IntoView {
    let kept = live_query(|| (), |()| me());
    view! {
        <h1>{t!("Preferences")}</h1>
        <p class="lead">
            {parts!(
                "The agents rank by your topics and stay within your limits. Your name, password and \
                 sessions are in your {account}; how you are notified is in the {notifications}.",
                account = view! { <a href=paths::ACCOUNT>{t!("account")}</a> },
                notifications = view! { <a href=paths::CHANNELS>{t!("notification settings")}</a> },
            )}
        </p>
        <Loaded kept what=t!("Loading your preferences")>
            {kept.value.get_untracked().map(|me| view! { <PreferencesForm saved=me.preferences /> })}
        </Loaded>
        <CommuteSection />
    }
}

const FIELDS: &[&str] =
    &["topics", "max_daily_items", "max_storage_mb", "approval.file_mb", "approval.run_mb", "timezone"];

#[component]
fn PreferencesForm(saved: Preferences) -> impl IntoView {
    let (live, times, theme) = (use_live(), use_times(), use_theme());
    let action = ServerAction::<SavePreferences>::new();
    let answer = FormResponse::of(action);
    Effect::new(move |_| {
        if let Some(Ok(())) = action.value().get() {
            live.toast(Tone::Good, t!("Preferences saved."));
            // The time zone and the theme may have changed.
            spawn_local(async move {
                if let Ok(Some(session)) = who_am_i().await {
                    times.go_by(session.clock);
                    theme.set(session.theme);
                }
            });
        }
    });
    let kinds = [
        (Kind::Podcast, "kind_podcast", t!("Podcasts")),
        (Kind::Article, "kind_article", t!("Articles")),
        (Kind::News, "kind_news", t!("News")),
        (Kind::Video, "kind_video", t!("Videos")),
        (Kind::Picture, "kind_picture", t!("Pictures")),
    ]
    .map(|(kind, name, label)| view! { <Tick answer label name value=saved.kinds.contains(&kind) /> });
    view! {
        <FormAlert answer fields=FIELDS />
        <ActionForm action attr:class="stack wide" attr:novalidate=true>
            <section class="card stack" aria-labelledby="interests">
                <h2 id="interests">{t!("Interests")}</h2>
                <Field
                    answer
                    label=t!("Topics")
                    name="topics"
                    value=saved.topics.join(", ")
                    hint=t!("Separated by commas; up to 50. Leave it empty to go by freshness alone.")
                />
                <fieldset class="ticks">
                    <legend>{t!("Kinds to recommend")}</legend>
                    {kinds.into_iter().collect::<Vec<_>>()}
                    <p class="hint">{t!("With none ticked, every kind may be recommended.")}</p>
                </fieldset>
            </section>
            <section class="card stack" aria-labelledby="limits">
                <h2 id="limits">{t!("Limits")}</h2>
                <div class="pair">
                    <Field
                        answer
                        label=t!("Items a day")
                        name="max_daily_items"
                        kind="number"
                        bounds=(1, 50)
                        value=saved.max_daily_items.to_string()
                        hint=t!("1 to 50, counted from midnight in your time zone.")
                    />
                    <Field
                        answer
                        label=t!("Storage in MB")
                        name="max_storage_mb"
                        kind="number"
                        bounds=(100, 100_000)
                        value=saved.max_storage_mb.to_string()
                        hint=t!("100 to 100,000, for everything queued, under way or ready.")
                    />
                </div>
                <Tick
                    answer
                    label=t!("Fetch new items by themselves")
                    name="auto_download"
                    value=saved.auto_download
                    hint=t!(
                        "Queues the newest item of a subscription whenever its feed brings one. What your \
                         commutes need is fetched in any case."
                    )
                />
            </section>
            <section class="card stack" aria-labelledby="approvals">
                <h2 id="approvals">{t!("Approvals")}</h2>
                <p class="muted">
                    {t!(
                        "The agents ask you before they fetch more than this. No larger file is fetched for \
                         a commute. What you queue yourself is never asked about."
                    )}
                </p>
                <div class="pair">
                    <Field
                        answer
                        label=t!("One file above, in MB")
                        name="approval.file_mb"
                        kind="number"
                        bounds=(1, 100_000)
                        value=saved.approval.file_mb.to_string()
                    />
                    <Field
                        answer
                        label=t!("A whole run above, in MB")
                        name="approval.run_mb"
                        kind="number"
                        bounds=(1, 100_000)
                        value=saved.approval.run_mb.to_string()
                    />
                </div>
            </section>
            <section class="card stack" aria-labelledby="day">
                <h2 id="day">{t!("Your day")}</h2>
                <Field
                    answer
                    label=t!("Time zone")
                    name="timezone"
                    value=saved.timezone
                    list="zones"
                    hint=t!("A name such as Europe/Berlin, America/New_York or UTC.")
                />
                <datalist id="zones">
                    {ZONES.iter().map(|zone| view! { <option value=*zone></option> }).collect::<Vec<_>>()}
                </datalist>
            </section>
            <section class="card stack" aria-labelledby="look">
                <h2 id="look">{t!("Look")}</h2>
                <Choice
                    label=t!("Theme")
                    name="theme"
                    options=theme_options()
                    chosen=Signal::stored(saved.theme.to_string())
                />
            </section>
            <div><Submit answer text=t!("Save preferences") busy=t!("Saving…") /></div>
        </ActionForm>
    }
}

/// Suggested time zones; every name of the IANA database is accepted.
const ZONES: &[&str] = &[
    "UTC",
    "Africa/Cairo",
    "Africa/Johannesburg",
    "Africa/Lagos",
    "Africa/Nairobi",
    "America/Argentina/Buenos_Aires",
    "America/Bogota",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Mexico_City",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Toronto",
    "Asia/Dubai",
    "Asia/Hong_Kong",
    "Asia/Jakarta",
    "Asia/Karachi",
    "Asia/Kolkata",
    "Asia/Seoul",
    "Asia/Shanghai",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Europe/Amsterdam",
    "Europe/Berlin",
    "Europe/Istanbul",
    "Europe/London",
    "Europe/Madrid",
    "Europe/Paris",
    "Europe/Rome",
    "Europe/Stockholm",
    "Europe/Warsaw",
    "Pacific/Auckland",
];
