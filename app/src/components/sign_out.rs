//! Sign-out, which also deletes what is on this device.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::accounts::SignOut;
use crate::components::player::use_player;
use crate::device::{push, use_device};
use crate::live::toast::Tone;
use crate::live::use_live;
use crate::{session, t};

/// Deletes what is on this device, and ends the session.
#[component]
pub fn SignOutForm() -> impl IntoView {
    let (sign_out, player, device) = (ServerAction::<SignOut>::new(), use_player(), use_device());
    let live = use_live();
    let address = <SignOut as leptos::server_fn::ServerFn>::url();
    let is_clean = StoredValue::new(true);
    // The copies go first: positions of theirs can be sent while the session lasts.
    let purge = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        player.close();
        device.begin_sign_out();
        spawn_local(async move {
            is_clean.set_value(device.purge().await);
            push::unsubscribe().await;
            sign_out.dispatch(SignOut {});
        });
    };
    // A sign-out without the server is made up for when it answers.
    let make_up = move || {
        if device.is_signing_out() {
            spawn_local(async move {
                device.sign_off_late().await;
                sign_out.dispatch(SignOut {});
            });
        }
    };
    Effect::new(move |_| {
        live.greetings.track();
        make_up();
    });
    Effect::new(move |_| {
        window_event_listener(leptos::ev::online, move |_| make_up());
    });
    Effect::new(move |_| {
        match sign_out.value().get() {
        Some(Ok(path)) => {
            device.end_sign_out();
            player.close();
            session::load(&path);
        }
        Some(Err(_)) if !is_clean.get_value() => live.toast(
            Tone::Bad,
            t!("The server does not answer, and some of your files could not be deleted here. Open SmartCache again: both are made up for."),
        ),
        Some(Err(_)) => live.toast(
            Tone::Bad,
            t!("The server does not answer. Nothing of yours is on this device any more, and you are signed out once it does."),
        ),
        None => {}
    }
    });
    view! {
        <form method="post" action=address on:submit=purge>
            <button type="submit" class="button button-small">{t!("Sign out")}</button>
        </form>
    }
}
