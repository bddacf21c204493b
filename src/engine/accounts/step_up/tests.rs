#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use both_databases::both_databases;
use futures::future::join_all;
use totp_rs::Totp;

use super::*;
use crate::domain::TimeDelta;
use crate::domain::account::{Credentials, User};
use crate::domain::passkey::{NewPasskey, PasskeyChallenge, PasskeySignIn};
use crate::engine::accounts::factors::{begin_totp, confirm_totp};
use crate::engine::accounts::{CEREMONY, passkeys, register};
use crate::engine::models::builtin::Planner;
use crate::engine::{Config, SharedEngine, start};
use crate::testing::authenticator::{Authenticator, VERIFIED};
use crate::testing::{PASSWORD, TestEngine, client, refusal};

const ORIGIN: &str = "https://cache.example.org";

async fn with_passkeys(t: &TestEngine) -> SharedEngine {
    let config = Config { public_url: ORIGIN.into(), ..t.engine.config.clone() };
    start::open_with(config, t.clock.clone(), Some(Arc::new(Planner) as _)).await.unwrap()
}

async fn sign_up(e: &Engine, name: &str) -> (User, String) {
    let typed = Credentials { username: name.into(), password: PASSWORD.into() };
    let session = register(e, typed, Default::default(), None, &client()).await.unwrap();
    (session.user, session.token)
}

fn typed(code: Option<&str>) -> StepUp {
    StepUp { current_password: PASSWORD.into(), code: code.map(str::to_owned) }
}

async fn add_passkey(e: &Engine, owner: &User) -> Authenticator {
    let PasskeyChallenge { ceremony, options } = passkeys::begin(e, owner).await.unwrap();
    let (made, credential) = Authenticator::register(ORIGIN, &options);
    passkeys::add(e, owner.id, NewPasskey { ceremony, name: "Phone".into(), credential }).await.unwrap();
    made
}

#[both_databases]
async fn an_account_with_an_app_steps_up_by_password_and_code_and_each_code_counts_once(t: &TestEngine) {
    let e = &t.engine;
    let (ada, token) = sign_up(e, "ada").await;
    let enrolment = begin_totp(e, &ada, "token").await.unwrap();
    let app = Totp::from_url(&enrolment.uri).unwrap();
    let code = || app.generate(t.clock.now().timestamp().try_into().unwrap()).to_string();
    let recovery = confirm_totp(e, ada.id, &code()).await.unwrap().unwrap().codes;
    t.clock.advance(TimeDelta::seconds(60));
    for missing in [None, Some(""), Some("  ")] {
        let refused = refusal(step_up(e, ada.id, &token, typed(missing), &client()).await);
        assert_eq!(refused.fields()[0].field, "code", "the password alone: {refused:?}");
    }
    let wrong = if code() == "000000" { "000001" } else { "000000" };
    for unfit in ["12", wrong] {
        let refused = refusal(step_up(e, ada.id, &token, typed(Some(unfit)), &client()).await);
        assert_eq!(refused.fields()[0].field, "code", "{refused:?}");
    }
    let no_password = StepUp { current_password: "not-the-one".into(), code: Some(code()) };
    let refused = refusal(step_up(e, ada.id, &token, no_password, &client()).await);
    assert_eq!(refused.fields()[0].field, "current_password", "the code alone");
    let right = code();
    let here = client();
    let tries = (0..4).map(|_| step_up(e, ada.id, &token, typed(Some(&right)), &here));
    let done = join_all(tries).await;
    let opened: Vec<_> = done.into_iter().filter_map(|one| one.ok()).collect();
    assert_eq!(opened.len(), 1);
    let token = &opened[0].token;
    let replayed = refusal(step_up(e, ada.id, token, typed(Some(&right)), &client()).await);
    assert_eq!(replayed.fields()[0].field, "code", "{replayed:?}");
    t.clock.advance(TimeDelta::minutes(5));
    assert!(step_up(e, ada.id, token, typed(Some(&recovery[0])), &client()).await.is_ok());
}

#[both_databases]
async fn a_passkey_steps_up_alone_for_its_user_and_its_challenge(t: &TestEngine) {
    let e = &with_passkeys(t).await;
    let ((ada, token), (eve, eves)) = (sign_up(e, "ada").await, sign_up(e, "eve").await);
    let (mut phone, mut other) = (add_passkey(e, &ada).await, add_passkey(e, &eve).await);
    let refused = refusal(step_up(e, ada.id, &token, typed(None), &client()).await);
    assert_eq!(refused.fields()[0].field, "code", "the password alone: {refused:?}");
    let here = client();
    let use_it =
        async |owner: &User, token: &str, answer: &dyn Fn(&PasskeyChallenge) -> serde_json::Value| {
            let challenge = passkeys::begin_step_up(e, owner.id).await.unwrap();
            let credential = answer(&challenge);
            let typed = PasskeySignIn { ceremony: challenge.ceremony, credential };
            passkeys::step_up(e, owner.id, token, typed, &here).await
        };
    let foreign = other.answer(&passkeys::begin_step_up(e, ada.id).await.unwrap().options);
    let refused = refusal(use_it(&ada, &token, &|_| foreign.clone()).await);
    assert_eq!(refused.fields()[0].field, "credential", "the answer to another challenge: {refused:?}");
    let challenge = passkeys::begin_step_up(e, ada.id).await.unwrap();
    let hers = PasskeySignIn { credential: other.answer(&challenge.options), ceremony: challenge.ceremony };
    let refused = refusal(passkeys::step_up(e, ada.id, &token, hers.clone(), &here).await);
    assert_eq!(refused.fields()[0].field, "credential", "the passkey of another user: {refused:?}");
    let gone = refusal(passkeys::step_up(e, ada.id, &token, hers, &here).await);
    assert!(matches!(gone, Refusal::Gone { .. }), "used up by a wrong answer");

    let challenge = passkeys::begin_step_up(e, ada.id).await.unwrap();
    let typed = PasskeySignIn { credential: phone.answer(&challenge.options), ceremony: challenge.ceremony };
    let stolen = refusal(passkeys::step_up(e, eve.id, &eves, typed.clone(), &here).await);
    assert!(matches!(stolen, Refusal::Gone { .. }), "the challenge of another user");
    let signed_in = refusal(passkeys::sign_in(e, typed.clone(), &here).await);
    assert!(matches!(signed_in, Refusal::Gone { .. }), "a step-up is no sign-in");
    let done = passkeys::step_up(e, ada.id, &token, typed.clone(), &here).await.unwrap();
    assert_ne!(done.token, token);
    let replayed = refusal(passkeys::step_up(e, ada.id, &done.token, typed, &here).await);
    assert!(matches!(replayed, Refusal::Gone { .. }));

    let late = passkeys::begin_step_up(e, ada.id).await.unwrap();
    t.clock.advance(CEREMONY);
    let late = PasskeySignIn { credential: phone.answer(&late.options), ceremony: late.ceremony };
    let late = refusal(passkeys::step_up(e, ada.id, &done.token, late, &here).await);
    assert!(matches!(late, Refusal::Gone { .. }));
    phone.flags &= !VERIFIED;
    let challenge = passkeys::begin_step_up(e, ada.id).await.unwrap();
    let unverified =
        PasskeySignIn { credential: phone.answer(&challenge.options), ceremony: challenge.ceremony };
    let refused = refusal(passkeys::step_up(e, ada.id, &done.token, unverified, &here).await);
    assert_eq!(refused.fields()[0].field, "credential", "the user was not verified");
}
