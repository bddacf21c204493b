//! The user's data: an export of all of it, and the deletion of the account.

use domain::export::{Export, ExportState, FILE_NAME};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::accounts::DeleteAccount;
use crate::api::exports::{RequestExport, show_export};
use crate::components::action_button::ActionButton;
use crate::components::form::{Field, FormAlert, FormResponse, Submit};
use crate::components::live_query::{Loaded, live_query};
use crate::components::player::use_player;
use crate::components::{Ago, When};
use crate::device::use_device;
use crate::live::use_live;
use crate::{measure, parts, session, t};

#[component]
pub fn DataSection() -> impl IntoView {
    view! {
        <section class="card stack" aria-labelledby="data">
            <h2 id="data">{t!("Your data")}</h2>
            <ExportPart />
            <DeletionForm />
        </section>
    }
}

#[component]
fn ExportPart() -> impl IntoView {
    let (request, news) = (ServerAction::<RequestExport>::new(), use_live().news);
    let kept = live_query(move || (request.version().get(), news.get()), |_| show_export());
    let answer = FormResponse::of(request);
    view! {
        <p class="muted">
            {t!(
                "An export has everything that this server knows of you: settings, subscriptions, history, runs, \
                 and the list of your files. Passwords and secrets are left out."
            )}
        </p>
        <FormAlert answer fields=&[] />
        <Loaded kept what=t!("Loading your export") slight=true>
            <div role="status">{move || kept.value.get().flatten().map(|export| view! { <State export /> })}</div>
        </Loaded>
        <ActionForm action=request>
            <Submit answer text=t!("Prepare an export") busy=t!("Asking…") />
        </ActionForm>
    }
}

#[component]
fn State(export: Export) -> impl IntoView {
    let Export { state, requested_at, expires_at, bytes, url, .. } = export;
    match (state, url) {
        (ExportState::Ready, Some(href)) => {
            let size = measure::size(bytes.unwrap_or_default());
            view! {
                <p>
                    <a class="link" rel="external" href=href download=FILE_NAME>
                        {t!("Download the export, {size}", size = size)}
                    </a>
                    {expires_at.map(|at| view! { " · " <span>{parts!("until {time}", time = view! { <When at /> })}</span> })}
                </p>
            }
            .into_any()
        }
        (ExportState::Failed, _) => {
            view! { <p class="alert alert-bad">{t!("The export could not be written. Ask for it again.")}</p> }
                .into_any()
        }
        _ => {
            let time = view! { <Ago at=requested_at /> };
            view! {
                <p class="alert">
                    {parts!("Your export is being prepared, asked for {time}. Reload the page to see whether it is ready.", time = time)}
                </p>
            }
            .into_any()
        }
    }
}

#[component]
fn DeletionForm() -> impl IntoView {
    let (action, device, player) = (ServerAction::<DeleteAccount>::new(), use_device(), use_player());
    let answer = FormResponse::of(action);
    // The session is over; what is on this device goes, too.
    Effect::new(move |_| {
        if let Some(Ok(path)) = action.value().get() {
            player.close();
            spawn_local(async move {
                device.purge().await;
                session::load(&path);
            });
        }
    });
    view! {
        <h3>{t!("Delete the account")}</h3>
        <p class="muted">
            {t!(
                "Your account is disabled at once, on all devices and for all programs, and everything of it is \
                 deleted seven days later. Until then, an administrator of this server can undo that by enabling it."
            )}
        </p>
        <FormAlert answer fields=&["username"] />
        <ActionForm action attr:class="stack" attr:novalidate=true>
            <Field
                answer
                label=t!("Your username")
                name="username"
                id="deleted-username".to_owned()
                hint=t!("Type it, so that nothing is deleted by mistake.")
            />
            <div>
                <ActionButton text=t!("Delete my account") is_bad=true pending=action.pending() />
            </div>
        </ActionForm>
    }
}
