//! Second factors on the account page: an authenticator app, and recovery codes.

use domain::factor::{Factors, RecoveryCodes};
use leptos::prelude::*;
use leptos_router::location::Url;

use crate::api::factors::{
    BeginTotp, ConfirmTotp, EnrolmentView, FactorsView, RemoveTotp, RenewRecoveryCodes, show_factors,
};
use crate::components::Day;
use crate::components::action_button::ActionButton;
use crate::components::confirm::Confirm;
use crate::components::form::{Field, FormAlert, FormResponse, Submit};
use crate::components::live_query::{Loaded, live_query};
use crate::{parts, t, tn};

/// Actions of the section.
#[derive(Clone, Copy)]
struct FactorActions {
    begin: ServerAction<BeginTotp>,
    confirm: ServerAction<ConfirmTotp>,
    remove: ServerAction<RemoveTotp>,
    renew: ServerAction<RenewRecoveryCodes>,
}

impl FactorActions {
    fn create() -> Self {
        let (begin, confirm) = (ServerAction::new(), ServerAction::new());
        Self { begin, confirm, remove: ServerAction::new(), renew: ServerAction::new() }
    }

    fn version(self) -> usize {
        let Self { begin, confirm, remove, renew } = self;
        begin.version().get() + confirm.version().get() + remove.version().get() + renew.version().get()
    }

    /// Codes that the latest action has made.
    fn made(self) -> Option<RecoveryCodes> {
        let confirmed = self.confirm.value().with(|value| value.as_ref()?.as_ref().ok()?.clone());
        let renewed = self.renew.value().with(|value| value.as_ref()?.as_ref().ok().cloned());
        renewed.or(confirmed)
    }
}

#[component]
pub fn FactorSection(passkeys_changed: RwSignal<usize>) -> impl IntoView {
    let actions = FactorActions::create();
    let FactorActions { begin, confirm, remove, renew } = actions;
    let kept = live_query(move || (actions.version(), passkeys_changed.get()), |_| show_factors());
    let code = FormResponse::of(confirm);
    let is_on = Memo::new(move |_| {
        kept.value.with(|view| view.as_ref().is_some_and(|view| view.factors.recovery_codes_left > 0))
    });
    let state = move || {
        kept.value.get().map(|FactorsView { factors, pending, .. }| match (factors.totp_since, pending) {
            (Some(_), _) => view! { <Enrolled factors actions /> }.into_any(),
            (None, Some(enrolment)) => view! { <Enrolment enrolment confirm code begin /> }.into_any(),
            (None, None) => view! {
                <NotEnrolled begin />
                <CodesLeft factors renew />
            }
            .into_any(),
        })
    };
    view! {
        <section class="card stack" aria-labelledby="second-factors">
            <h2 id="second-factors">{t!("Second factors")}</h2>
            <p class="muted">
                {t!(
                    "With a second factor, your password alone does not sign in: you also enter a code from an app \
                     on your phone."
                )}
            </p>
            <FormAlert answer=FormResponse::of(begin) fields=&[] />
            <FormAlert answer=code fields=&["code"] />
            <FormAlert answer=FormResponse::of(remove) fields=&[] />
            <FormAlert answer=FormResponse::of(renew) fields=&[] />
            <Loaded kept what=t!("Loading your second factors")>
                <div role="status">
                    {kept.value.get_untracked().and_then(|view| view.made).map(|made| {
                        view! { <NewCodes made /> }
                    })}
                    {move || actions.made().filter(|_| is_on.get()).map(|made| view! { <NewCodes made /> })}
                </div>
                {state}
            </Loaded>
        </section>
    }
}

#[component]
fn NotEnrolled(begin: ServerAction<BeginTotp>) -> impl IntoView {
    view! {
        <p>{t!("No authenticator app is set up.")}</p>
        <ActionForm action=begin>
            <ActionButton text=t!("Set up an authenticator app") pending=begin.pending() />
        </ActionForm>
    }
}

/// Seed of a new app, and the form for its first code.
#[component]
fn Enrolment(
    enrolment: EnrolmentView,
    confirm: ServerAction<ConfirmTotp>,
    code: FormResponse,
    begin: ServerAction<BeginTotp>,
) -> impl IntoView {
    let EnrolmentView { secret, uri, qr_path, view_box } = enrolment;
    view! {
        <p>
            {parts!(
                "Scan the picture with an authenticator app, type the secret there, or {link}. Then enter the \
                 code that the app shows.",
                link = view! { <a href=uri>{t!("open the app on this device")}</a> },
            )}
        </p>
        <svg role="img" aria-label=t!("QR code of the secret below") width="220" height="220" viewBox=view_box>
            <rect width="100%" height="100%" fill="#fff" />
            <path d=qr_path fill="#000" />
        </svg>
        <p>{parts!("Secret: {secret}", secret = view! { <code>{secret}</code> })}</p>
        <p class="hint">{t!("Both are shown until you confirm, for ten minutes, and never again.")}</p>
        <ActionForm action=confirm attr:class="stack" attr:novalidate=true>
            <Field answer=code label=t!("Code") name="code" autocomplete="one-time-code" />
            <div><Submit answer=code text=t!("Confirm the code") busy=t!("Confirming…") /></div>
        </ActionForm>
        <ActionForm action=begin>
            <button type="submit" class="button button-small">{t!("Begin again with another secret")}</button>
        </ActionForm>
    }
}

#[component]
fn Enrolled(factors: Factors, actions: FactorActions) -> impl IntoView {
    let FactorActions { remove, renew, .. } = actions;
    let since = factors.totp_since.map(|at| {
        parts!("Sign-in asks for a code of your authenticator app. Set up {day}.", day = view! { <Day at /> })
    });
    view! {
        <p>{since}</p>
        <Confirm
            verb=t!("Turn off the authenticator app")
            question=t!("Turn it off? Without another factor, your password alone signs in, and the recovery codes are gone.")
        >
            <ActionForm action=remove>
                <ActionButton text=t!("Yes, turn it off") is_bad=true pending=remove.pending() />
            </ActionForm>
        </Confirm>
        <CodesLeft factors renew />
    }
}

/// Number of recovery codes, and the way to new ones. Empty without a factor that they stand in for.
#[component]
fn CodesLeft(factors: Factors, renew: ServerAction<RenewRecoveryCodes>) -> impl IntoView {
    let Factors { totp_since, passkeys, recovery_codes_left: left } = factors;
    let class = if left < 3 { "alert" } else { "" };
    (totp_since.is_some() || passkeys > 0).then(|| {
        view! {
            <p class=class>{tn!(left, "{n} recovery code is left.", "{n} recovery codes are left.")}</p>
            <Confirm
                verb=t!("Make new recovery codes")
                question=t!("Make new ones? The codes that you have now open nothing any more.")
            >
                <ActionForm action=renew>
                    <ActionButton text=t!("Yes, make new ones") pending=renew.pending() />
                </ActionForm>
            </Confirm>
        }
    })
}

/// New recovery codes, shown this once.
#[component]
pub fn NewCodes(made: RecoveryCodes) -> impl IntoView {
    let text = t!("Recovery codes of SmartCache. Each signs you in once.").to_owned()
        + "\n\n"
        + &made.codes.join("\n")
        + "\n";
    let file = "data:text/plain;charset=utf-8,".to_owned() + &Url::escape(&text);
    let codes: Vec<_> = made.codes.into_iter().map(|code| view! { <li><code>{code}</code></li> }).collect();
    view! {
        <div class="alert stack-slim">
            <p>
                {t!(
                    "Your recovery codes. They are shown this once. Keep them where your phone is not: each signs \
                     you in once if you do not have the app."
                )}
            </p>
            <ul aria-label=t!("Recovery codes")>{codes}</ul>
            <div>
                <a class="button button-small" href=file download="smartcache-recovery-codes.txt">
                    {t!("Download as text")}
                </a>
            </div>
        </div>
    }
}
