//! Passkeys on the account page: listed, made, renamed and removed.

use domain::factor::RecoveryCodes;
use domain::passkey::Passkey;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::factors::NewCodes;
use crate::api::passkeys::{
    ChallengeText, RemovePasskey, RenamePasskey, add_passkey, begin_passkey, list_passkeys,
};
use crate::components::action_button::ActionButton;
use crate::components::confirm::Confirm;
use crate::components::form::{Field, FormAlert, FormResponse};
use crate::components::live_query::{Each, Loaded, live_query};
use crate::components::{Ago, Day};
use crate::device::passkey;
use crate::error::ApiError;
use crate::{parts, t};

/// `changed` counts the passkeys that this page has made or removed, for what depends on them.
#[component]
pub fn PasskeySection(changed: RwSignal<usize>) -> impl IntoView {
    let (rename, remove) = (ServerAction::<RenamePasskey>::new(), ServerAction::<RemovePasskey>::new());
    let asked = move || (changed.get(), rename.version().get(), remove.version().get());
    let kept = live_query(asked, |_| list_passkeys());
    let rows = kept.part(|view| view.passkeys.clone());
    Effect::new(move |before: Option<usize>| {
        let removed = remove.version().get();
        if before.is_some_and(|before| before != removed) {
            changed.update(|n| *n += 1);
        }
        removed
    });
    view! {
        <section class="card stack" aria-labelledby="passkeys">
            <h2 id="passkeys">{t!("Passkeys")}</h2>
            <p class="muted">
                {t!(
                    "A passkey signs you in by your phone, your computer or a security key, without a password. With \
                     one, your password alone does not sign in any more."
                )}
            </p>
            <FormAlert answer=FormResponse::of(rename) fields=&["name"] />
            <FormAlert answer=FormResponse::of(remove) fields=&[] />
            <Loaded kept what=t!("Loading your passkeys")>
                <ul class="rows" aria-labelledby="passkeys">
                    <Each
                        list=rows
                        key=|row| row.id
                        row=move |row| view! { <PasskeyRow row rename remove /> }
                    />
                </ul>
                {kept.value.get_untracked().map(|view| match view.are_available {
                    true => view! { <AddPasskey changed /> }.into_any(),
                    false => view! { <p class="hint">{unavailable()}</p> }.into_any(),
                })}
            </Loaded>
        </section>
    }
}

fn unavailable() -> &'static str {
    t!("Browsers offer passkeys only for sites with HTTPS and a name. Ask the administrator of this server.")
}

/// Button with the name of the new passkey. Passkeys need JavaScript.
#[component]
fn AddPasskey(changed: RwSignal<usize>) -> impl IntoView {
    let name = NodeRef::<leptos::html::Input>::new();
    let (busy, trouble) = (RwSignal::new(false), RwSignal::new(None::<ApiError>));
    let codes = RwSignal::new(None::<RecoveryCodes>);
    let press = move |_| {
        let typed = name.get_untracked().map(|field| field.value()).unwrap_or_default();
        busy.set(true);
        trouble.set(None);
        spawn_local(async move {
            match add(typed).await {
                Ok(made) => {
                    codes.set(made);
                    changed.update(|n| *n += 1);
                }
                Err(error) => trouble.set(Some(error)),
            }
            busy.set(false);
        });
    };
    view! {
        <div role="status">{move || codes.get().map(|made| view! { <NewCodes made /> })}</div>
        <div class="stack-slim needs-script">
            <div class="field">
                <label for="passkey-name">{t!("Name of the passkey")}</label>
                <input node_ref=name id="passkey-name" type="text" maxlength="60" value=t!("Passkey") />
            </div>
            <FormAlert answer=FormResponse::of_script(trouble, busy) fields=&[] />
            <div>
                <button type="button" class="button button-small" disabled=move || busy.get() on:click=press>
                    {t!("Add a passkey")}
                </button>
            </div>
        </div>
    }
}

async fn add(name: String) -> Result<Option<RecoveryCodes>, ApiError> {
    let ChallengeText { ceremony, options } = begin_passkey().await?;
    let credential = passkey::create(&options).await.ok_or_else(passkey::no_answer)?;
    add_passkey(ceremony, name, credential).await
}

#[component]
fn PasskeyRow(
    row: Signal<Passkey>,
    rename: ServerAction<RenamePasskey>,
    remove: ServerAction<RemovePasskey>,
) -> impl IntoView {
    let Passkey { id, created_at, .. } = row.get_untracked();
    let answer = FormResponse::of(rename).only("passkey_id", id.to_string());
    let name = move || row.with(|row| row.name.clone());
    let used = move || match row.with(|row| row.last_used_at) {
        Some(at) => view! { <span>{parts!("Used {time}", time = view! { <Ago at /> })}</span> }.into_any(),
        None => view! { <span>{t!("Not used yet")}</span> }.into_any(),
    };
    view! {
        <li class="row">
            <div class="row-main">
                <h3 class="row-title" dir="auto">{name}</h3>
                <p class="row-facts">
                    <span>{parts!("Made {time}", time = view! { <Day at=created_at /> })}</span> {used}
                </p>
                <details>
                    <summary class="button button-small">{t!("Rename")}</summary>
                    <ActionForm action=rename attr:class="stack-slim">
                        <input type="hidden" name="passkey_id" value=id.to_string() />
                        <Field
                            answer
                            label=t!("Name")
                            name="name"
                            id={"passkey-".to_owned() + &id.to_string()}
                            value=row.with_untracked(|row| row.name.clone())
                        />
                        <div><button type="submit" class="button button-small">{t!("Save")}</button></div>
                    </ActionForm>
                </details>
            </div>
            <div class="row-actions">
                <Confirm
                    verb=t!("Remove")
                    label=move || t!("Remove {name}", name = name())
                    question=t!("Remove it? It signs in no more. Delete it in your browser or phone, too.")
                >
                    <ActionForm action=remove>
                        <input type="hidden" name="passkey_id" value=id.to_string() />
                        <ActionButton text=t!("Yes, remove it") is_bad=true pending=remove.pending() />
                    </ActionForm>
                </Confirm>
            </div>
        </li>
    }
}
