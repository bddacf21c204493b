//! Invitations page of administrators: links that open an account, and the form that makes one.

mod make;

use domain::account::AccountRole;
use domain::invite::{Invite, InviteState, SignupMode};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use self::make::MakeForm;
use crate::api::invites::{RevokeInvite, list_invites};
use crate::components::action_button::ActionButton;
use crate::components::admin_tabs::AdminTabs;
use crate::components::auth_guard::RequireSignIn;
use crate::components::confirm::Confirm;
use crate::components::filter::value;
use crate::components::form::{FormAlert, FormResponse};
use crate::components::live_query::{Each, Loaded, live_query};
use crate::components::notice::{Badge, Empty};
use crate::components::pager::Pager;
use crate::components::title::PageTitle;
use crate::components::{Ago, Day};
use crate::live::toast::Tone;
use crate::live::use_live;
use crate::{parts, paths, t, tn};

#[component]
pub fn Invites() -> impl IntoView {
    view! {
        <PageTitle text=t!("Invitations") />
        <RequireSignIn>
            <h1>{t!("Invitations")}</h1>
            <AdminTabs />
            <p class="lead">
                {t!("Links by which new users open an account. Each gives a role, and works until it is used up.")}
            </p>
            <Content />
        </RequireSignIn>
    }
}

#[component]
fn Content() -> impl IntoView {
    let (live, query) = (use_live(), use_query_map());
    let (make, revoke) = (ServerAction::new(), ServerAction::<RevokeInvite>::new());
    let asked = move || (value(query, "cursor"), make.version().get(), revoke.version().get());
    let kept = live_query(asked, |(cursor, _, _)| list_invites(cursor));
    let rows = kept.part(|view| view.invites.clone());
    let next = kept.part(|view| view.next_cursor.clone());
    Effect::new(move |_| {
        if let Some(Ok(())) = revoke.value().get() {
            live.toast(Tone::Good, t!("Invitation revoked. It opens nothing any more."));
        }
    });
    view! {
        <FormAlert answer=FormResponse::of(revoke) fields=&[] />
        <Loaded kept what=t!("Loading the invitations")>
            {kept.value.get_untracked().map(|view| view! {
                <p>{in_words(view.signup)}</p>
                <MakeForm make guardians=view.guardians made=view.made />
            })}
            <section class="stack" aria-labelledby="invites">
                <h2 id="invites">{t!("All invitations")}</h2>
                {move || rows.with(Vec::is_empty).then(|| view! {
                    <Empty title=t!("No invitations yet")>
                        <p>{t!("Make one, and give its link to the new user.")}</p>
                    </Empty>
                })}
                <ul class="rows" aria-labelledby="invites">
                    <Each list=rows key=|row| row.id row=move |row| view! { <InviteRow row revoke /> } />
                </ul>
                <Pager path=paths::INVITES query next />
            </section>
        </Loaded>
    }
}

fn in_words(signup: SignupMode) -> &'static str {
    match signup {
        SignupMode::Open => t!("Everybody may register here; an invitation gives a role as well."),
        SignupMode::Invite => t!("New users register here by invitation alone."),
        SignupMode::Closed => {
            t!("This server takes no new accounts, not even by invitation. The setting is SMARTCACHE_SIGNUP.")
        }
    }
}

fn heading(role: AccountRole, guardian: Option<String>) -> String {
    match (role, guardian) {
        (AccountRole::Admin, _) => t!("For an administrator").to_owned(),
        (AccountRole::User, _) => t!("For a user").to_owned(),
        (AccountRole::Listener, guardian) => {
            t!("For a listener of {name}", name = guardian.unwrap_or_default())
        }
    }
}

/// Name of the state of an invitation that does not work.
fn ended(state: InviteState) -> Option<&'static str> {
    match state {
        InviteState::Works => None,
        InviteState::UsedUp => Some(t!("Used up")),
        InviteState::Expired => Some(t!("Expired")),
        InviteState::Revoked => Some(t!("Revoked")),
        InviteState::Orphaned => Some(t!("Its maker is no administrator any more")),
    }
}

#[component]
fn InviteRow(row: Signal<Invite>, revoke: ServerAction<RevokeInvite>) -> impl IntoView {
    let Invite { id, role, guardian, made_by, created_at, expires_at, .. } = row.get_untracked();
    let state = Memo::new(move |_| row.with(|row| row.state));
    let badge = move || {
        let text = Signal::stored(ended(state.get())?.to_owned());
        Some(view! { <Badge tone=Signal::stored("bad") text /> })
    };
    let uses = move || row.with(|row| tn!(row.uses_left, "{n} account left", "{n} accounts left"));
    view! {
        <li class="row">
            <div class="row-main">
                <h3 class="row-title">{heading(role, guardian)}</h3>
                <p class="row-facts">
                    {badge} <span>{uses}</span>
                    <span>
                        {parts!("Made {time} by {name}", time = view! { <Ago at=created_at /> }, name = made_by)}
                    </span>
                    <span>{parts!("Until {day}", day = view! { <Day at=expires_at /> })}</span>
                </p>
            </div>
            <div class="row-actions">
                {move || (state.get() == InviteState::Works).then(|| view! { <Revoke id=id.to_string() revoke /> })}
            </div>
        </li>
    }
}

/// Asks for confirmation, with JavaScript and without.
#[component]
fn Revoke(id: String, revoke: ServerAction<RevokeInvite>) -> impl IntoView {
    view! {
        <Confirm
            verb=t!("Revoke")
            label=t!("Revoke invitation {id}", id = id)
            question=t!("Revoke it? Accounts that it has opened stay.")
        >
            <ActionForm action=revoke>
                <input type="hidden" name="invite_id" value=id.clone() />
                <ActionButton
                    text=t!("Yes, revoke it")
                    label=t!("Yes, revoke invitation {id}", id = id)
                    is_bad=true
                    pending=revoke.pending()
                />
            </ActionForm>
        </Confirm>
    }
}
