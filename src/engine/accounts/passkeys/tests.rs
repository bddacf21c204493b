#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use both_databases::both_databases;
use futures::future::join_all;

use super::*;
use crate::domain::account::Credentials;
use crate::domain::factor::Factor;
use crate::engine::accounts::{finish_sign_in, sign_in as type_password};
use crate::engine::models::builtin::Planner;
use crate::engine::{Config, SharedEngine, start};
use crate::testing::authenticator::{Authenticator, VERIFIED};
use crate::testing::{PASSWORD, TestEngine, client, refusal};

const ORIGIN: &str = "https://cache.example.org";

/// The engine of a test, at this address.
async fn at(t: &TestEngine, public_url: &str) -> SharedEngine {
    let config = Config { public_url: public_url.into(), ..t.engine.config.clone() };
    start::open_with(config, t.clock.clone(), Some(Arc::new(Planner) as _)).await.unwrap()
}

async fn register(e: &Engine, owner: &User, name: &str) -> (Authenticator, AddedPasskey) {
    let PasskeyChallenge { ceremony, options } = begin(e, owner).await.unwrap();
    assert_eq!(
        (&options["authenticatorSelection"]["residentKey"], &options["attestation"]),
        (&json!("required"), &json!("none"))
    );
    let (authenticator, credential) = Authenticator::register(ORIGIN, &options);
    let added = add(e, owner.id, NewPasskey { ceremony, name: name.into(), credential }).await.unwrap();
    (authenticator, added)
}

/// Signs in with an answer that the test may have changed.
async fn answer(
    e: &Engine,
    authenticator: &mut Authenticator,
    change: impl FnOnce(&mut Value),
) -> Result<NewSession> {
    let PasskeyChallenge { ceremony, options } = begin_sign_in(e, &client()).await.unwrap();
    let mut credential = authenticator.answer(&options);
    change(&mut credential);
    sign_in(e, PasskeySignIn { ceremony, credential }, &client()).await
}

fn is_wrong(result: Result<NewSession>) -> bool {
    matches!(refusal(result), Refusal::WrongCredentials { .. })
}

#[both_databases]
async fn a_passkey_signs_in_and_a_password_alone_no_more(t: &TestEngine) {
    let (e, ada) = (at(t, ORIGIN).await, t.sign_up("ada").await);
    let (mut phone, added) = register(&e, &ada, " My phone ").await;
    assert_eq!((added.passkey.name.as_str(), added.passkey.last_used_at), ("My phone", None));
    let codes = added.recovery.unwrap().codes;
    assert_eq!(answer(&e, &mut phone, |_| ()).await.unwrap().user.id, ada.id);
    assert!(list(&e, ada.id).await.unwrap()[0].last_used_at.is_some());
    let typed = Credentials { username: "ada".into(), password: PASSWORD.into() };
    let asked = refusal(type_password(&e, &typed, &client()).await);
    let Refusal::FactorRequired { ceremony, factors } = asked else { panic!("{asked:?}") };
    assert_eq!(factors, [Factor::Passkey, Factor::RecoveryCode]);
    finish_sign_in(&e, &ceremony, &codes[0], &client()).await.unwrap();

    let (mut laptop, second) = register(&e, &ada, "Laptop").await;
    assert_eq!(second.recovery, None, "nine codes are left");
    remove(&e, ada.id, added.passkey.id).await.unwrap();
    assert!(is_wrong(answer(&e, &mut phone, |_| ()).await));
    assert!(answer(&e, &mut laptop, |_| ()).await.is_ok());
    assert_eq!(rename(&e, ada.id, second.passkey.id, "Desk").await.unwrap().name, "Desk");
    remove(&e, ada.id, second.passkey.id).await.unwrap();
    assert!(type_password(&e, &typed, &client()).await.is_ok());
    assert_eq!(factors::list(&e, ada.id).await.unwrap().recovery_codes_left, 0);
}

#[both_databases]
async fn an_answer_counts_once_for_its_challenge_its_origin_and_its_user(t: &TestEngine) {
    let (e, ada) = (at(t, ORIGIN).await, t.sign_up("ada").await);
    let (mut phone, _) = register(&e, &ada, "Phone").await;
    let challenge = begin_sign_in(&e, &client()).await.unwrap();
    let credential = phone.answer(&challenge.options);
    let typed = PasskeySignIn { ceremony: challenge.ceremony, credential };
    let here = client();
    let tries = (0..4).map(|_| sign_in(&e, typed.clone(), &here));
    let done = join_all(tries).await;
    assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1, "{done:?}");
    assert!(matches!(refusal(sign_in(&e, typed.clone(), &client()).await), Refusal::Gone { .. }));
    let other = begin_sign_in(&e, &client()).await.unwrap();
    let replayed = PasskeySignIn { ceremony: other.ceremony, ..typed };
    assert!(is_wrong(sign_in(&e, replayed, &client()).await), "the answer to another challenge");

    for part in ["authenticatorData", "clientDataJSON", "signature", "userHandle"] {
        let flip = |credential: &mut Value| {
            let text = &mut credential["response"][part];
            let mut bytes = URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            *text = json!(URL_SAFE_NO_PAD.encode(bytes));
        };
        let refused = refusal(answer(&e, &mut phone, flip).await);
        let is_named = refused.fields().iter().any(|error| error.field == "credential");
        assert!(is_named, "{part}: {refused:?}");
    }
    phone.flags &= !VERIFIED;
    assert!(is_wrong(answer(&e, &mut phone, |_| ()).await), "the user was not verified");
    phone.flags |= VERIFIED;
    phone.origin = "https://evil.example".into();
    assert!(is_wrong(answer(&e, &mut phone, |_| ()).await), "the page of another site");
    phone.origin = ORIGIN.into();
    phone.counter = 0;
    assert!(is_wrong(answer(&e, &mut phone, |_| ()).await), "a copy of the authenticator");
    phone.counter = 90;
    assert!(answer(&e, &mut phone, |_| ()).await.is_ok());
    let late = begin_sign_in(&e, &client()).await.unwrap();
    t.clock.advance(CEREMONY);
    let credential = phone.answer(&late.options);
    let late = sign_in(&e, PasskeySignIn { ceremony: late.ceremony, credential }, &client()).await;
    assert!(matches!(refusal(late), Refusal::Gone { .. }));
}

#[both_databases]
async fn a_registration_belongs_to_its_user_and_its_challenge(t: &TestEngine) {
    let (e, ada, eve) = (at(t, ORIGIN).await, t.sign_up("ada").await, t.sign_up("eve").await);
    let begun = begin(&e, &ada).await.unwrap();
    let (_, credential) = Authenticator::register(ORIGIN, &begun.options);
    let new = NewPasskey { ceremony: begun.ceremony, name: "Phone".into(), credential };
    assert!(matches!(refusal(add(&e, eve.id, new.clone()).await), Refusal::Gone { .. }));
    let unnamed = NewPasskey { name: " ".into(), ..new.clone() };
    assert_eq!(refusal(add(&e, ada.id, unnamed).await).fields()[0].field, "name");
    let nonsense = NewPasskey { credential: json!({}), ..new.clone() };
    assert_eq!(refusal(add(&e, ada.id, nonsense).await).fields()[0].field, "credential");
    let both = [add(&e, ada.id, new.clone()), add(&e, ada.id, new.clone())];
    assert_eq!(join_all(both).await.iter().filter(|one| one.is_ok()).count(), 1);
    let elsewhere = begin(&e, &ada).await.unwrap();
    let (_, credential) = Authenticator::register("https://evil.example", &elsewhere.options);
    let foreign = NewPasskey { ceremony: elsewhere.ceremony, credential, ..new };
    assert_eq!(refusal(add(&e, ada.id, foreign).await).fields()[0].field, "credential");
    let id = list(&e, ada.id).await.unwrap()[0].id;
    assert!(matches!(refusal(rename(&e, eve.id, id, "Mine").await), Refusal::NotFound { .. }));
    assert!(matches!(refusal(remove(&e, eve.id, id).await), Refusal::NotFound { .. }));
    factors::remove_all(&e, "ada").await.unwrap();
    assert_eq!(list(&e, ada.id).await.unwrap(), []);
}

#[both_databases]
async fn passkeys_need_https_and_a_name_and_their_challenges_are_bounded(t: &TestEngine) {
    let ada = t.sign_up("ada").await;
    for (url, is_fine) in [
        (ORIGIN, true),
        ("http://localhost:3000", true),
        ("http://cache.example.org", false),
        ("https://192.0.2.1", false),
        ("http://127.0.0.1:3000", false),
    ] {
        let e = at(t, url).await;
        assert_eq!((are_available(&e), begin(&e, &ada).await.is_ok()), (is_fine, is_fine), "{url}");
    }
    let e = at(t, ORIGIN).await;
    for _ in 0..60 {
        begin_sign_in(&e, &client()).await.unwrap();
    }
    assert!(matches!(refusal(begin_sign_in(&e, &client()).await), Refusal::RateLimited { .. }));
}
