#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;
use futures::future::join_all;
use totp_rs::Totp;

use super::*;
use crate::domain::Refusal;
use crate::domain::account::{Credentials, User};
use crate::domain::audit_entry::{AuditFilter, AuditOutcome};
use crate::domain::factor::{RECOVERY_CODES, RecoveryCodes};
use crate::domain::notification::{NotificationFilter, NotificationKind};
use crate::domain::page::PageQuery;
use crate::engine::accounts::{NewSession, finish_sign_in, list_sessions, reset_password, sign_in};
use crate::engine::{audit as audit_log, notifications};
use crate::testing::{PASSWORD, TestEngine, client, refusal};

const NEW_PASSWORD: &str = "copper-lantern-river-41";

/// An authenticator app that has the seed of a user.
struct App(Totp);

impl App {
    /// Code that the app shows so many steps from now.
    fn code(&self, t: &TestEngine, steps: i64) -> String {
        let at = t.engine.now().timestamp() + 30 * steps;
        self.0.generate(at.try_into().unwrap()).to_string()
    }
}

async fn type_password(t: &TestEngine, password: &str) -> Result<NewSession> {
    let typed = Credentials { username: "ada".into(), password: password.into() };
    sign_in(&t.engine, &typed, &client()).await
}

/// Types the right password. Returns the ceremony that it opens.
async fn begin(t: &TestEngine) -> String {
    match refusal(type_password(t, PASSWORD).await) {
        Refusal::FactorRequired { ceremony, .. } => ceremony,
        other => panic!("{other:?}"),
    }
}

async fn finish(t: &TestEngine, ceremony: &str, code: &str) -> Result<NewSession> {
    finish_sign_in(&t.engine, ceremony, code, &client()).await
}

/// A user whose authenticator app is enrolled, two steps ago.
async fn enrol(t: &TestEngine) -> (User, App, RecoveryCodes) {
    let ada = t.sign_up("ada").await;
    let enrolment = begin_totp(&t.engine, &ada, "token").await.unwrap();
    let app = App(Totp::from_url(&enrolment.uri).unwrap());
    let codes = confirm_totp(&t.engine, ada.id, &app.code(t, 0)).await.unwrap().unwrap();
    t.clock.advance(TimeDelta::seconds(60));
    (ada, app, codes)
}

#[both_databases]
async fn an_enrolment_counts_after_one_right_code_and_its_seed_is_not_shown_again(t: &TestEngine) {
    let (e, ada) = (&t.engine, t.sign_up("ada").await);
    let first = begin_totp(e, &ada, "token").await.unwrap();
    let second = begin_totp(e, &ada, "token").await.unwrap();
    assert_ne!(first.secret, second.secret);
    assert_eq!(pending_totp(e, &ada, "token").await.unwrap().unwrap(), second);
    assert_eq!(pending_totp(e, &ada, "another").await.unwrap(), None, "another session does not see it");
    assert!(type_password(t, PASSWORD).await.is_ok(), "nothing is asked for yet");
    let [old, app] = [first.uri, second.uri].map(|uri| App(Totp::from_url(&uri).unwrap()));
    let wrong = refusal(confirm_totp(e, ada.id, &old.code(t, 0)).await);
    assert_eq!(wrong.fields()[0].field, "code");
    let made = confirm_totp(e, ada.id, &app.code(t, 0)).await.unwrap().unwrap();
    assert_eq!(made.codes.len(), RECOVERY_CODES);
    assert!(made.codes.iter().all(|code| code.len() == 29), "{:?}", made.codes);
    assert_eq!(pending_totp(e, &ada, "token").await.unwrap(), None);
    let again = refusal(begin_totp(e, &ada, "token").await);
    assert!(matches!(again, Refusal::Conflict { .. }), "{again:?}");
    let required = refusal(type_password(t, PASSWORD).await);
    let Refusal::FactorRequired { factors, .. } = required else { panic!("{required:?}") };
    assert_eq!(factors, [Factor::Totp, Factor::RecoveryCode]);
    let replay = finish(t, &begin(t).await, &app.code(t, 0)).await;
    assert!(matches!(refusal(replay), Refusal::WrongCredentials { .. }), "the confirming code is used up");
}

#[both_databases]
async fn an_enrolment_ends_after_ten_minutes(t: &TestEngine) {
    let (e, ada) = (&t.engine, t.sign_up("ada").await);
    let enrolment = begin_totp(e, &ada, "token").await.unwrap();
    t.clock.advance(TimeDelta::minutes(10));
    assert_eq!(pending_totp(e, &ada, "token").await.unwrap(), None);
    let app = App(Totp::from_url(&enrolment.uri).unwrap());
    let late = refusal(confirm_totp(e, ada.id, &app.code(t, 0)).await);
    assert!(matches!(late, Refusal::Conflict { .. }), "{late:?}");
    remove_totp(e, ada.id).await.unwrap();
    assert!(matches!(refusal(remove_totp(e, ada.id).await), Refusal::NotFound { .. }));
}

#[both_databases]
async fn a_step_is_accepted_once_and_one_before_and_after_count(t: &TestEngine) {
    let (_, app, _) = enrol(t).await;
    let mut accepted = Vec::new();
    for steps in [-2, 2, -1, -1, 0, 0, 1, 1] {
        let code = app.code(t, steps);
        accepted.push(finish(t, &begin(t).await, &code).await.is_ok());
    }
    assert_eq!(accepted, [false, false, true, false, true, false, true, false]);
}

#[both_databases]
async fn of_codes_replayed_at_once_one_opens_a_session(t: &TestEngine) {
    let (ada, app, _) = enrol(t).await;
    let code = app.code(t, 0);
    let mut ceremonies = Vec::new();
    for _ in 0..5 {
        ceremonies.push(begin(t).await);
    }
    let done = join_all(ceremonies.iter().map(|one| finish(t, one, &code))).await;
    assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1, "{done:?}");
    t.clock.advance(TimeDelta::minutes(4));
    let ceremony = begin(t).await;
    t.clock.advance(TimeDelta::minutes(2));
    let codes = [app.code(t, 0), app.code(t, 1)];
    let done = join_all(codes.iter().map(|code| finish(t, &ceremony, code))).await;
    assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1, "one ceremony opens one session: {done:?}");
    let open = list_sessions(&t.engine, ada.id, "", &PageQuery::default()).await.unwrap();
    assert_eq!(open.data.len(), 2);
}

#[both_databases]
async fn five_wrong_codes_end_a_ceremony_and_bound_the_account(t: &TestEngine) {
    let (_, app, _) = enrol(t).await;
    let (ceremony, other) = (begin(t).await, begin(t).await);
    for typed in ["12345", "no code", ""] {
        assert_eq!(refusal(finish(t, &ceremony, typed).await).fields()[0].field, "code");
    }
    let wrong = if app.code(t, 0) == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        let refused = refusal(finish(t, &ceremony, wrong).await);
        assert!(matches!(refused, Refusal::WrongCredentials { .. }), "{refused:?}");
    }
    assert!(matches!(refusal(finish(t, &ceremony, &app.code(t, 0)).await), Refusal::Gone { .. }));
    let limited = refusal(finish(t, &other, &app.code(t, 0)).await);
    assert!(matches!(limited, Refusal::RateLimited { seconds } if seconds <= 301), "{limited:?}");
    t.clock.advance(TimeDelta::seconds(301));
    assert!(matches!(refusal(finish(t, &other, &app.code(t, 0)).await), Refusal::Gone { .. }));
    assert!(finish(t, &begin(t).await, &app.code(t, 0)).await.is_ok());
}

#[both_databases]
async fn recovery_codes_work_once_each_and_tell_how_many_are_left(t: &TestEngine) {
    let (ada, _, made) = enrol(t).await;
    let (e, code) = (&t.engine, made.codes[0].to_lowercase());
    let ceremonies = [begin(t).await, begin(t).await, begin(t).await];
    let done = join_all(ceremonies.iter().map(|one| finish(t, one, &code))).await;
    assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1, "{done:?}");
    assert_eq!(list(e, ada.id).await.unwrap().recovery_codes_left, 9);
    let told =
        notifications::list(e, ada.id, &NotificationFilter::default(), &PageQuery::default()).await.unwrap();
    let told = &told.data[0];
    assert_eq!(told.kind, NotificationKind::Security);
    assert!(told.body.contains("9 are left"), "{told:?}");
    let renewed = renew_recovery_codes(e, ada.id).await.unwrap();
    assert_eq!(list(e, ada.id).await.unwrap().recovery_codes_left, 10);
    let old = refusal(finish(t, &begin(t).await, &made.codes[1]).await);
    assert!(matches!(old, Refusal::WrongCredentials { .. }), "{old:?}");
    assert!(finish(t, &begin(t).await, &renewed.codes[9]).await.is_ok());
    let log = audit_log::list(e, &AuditFilter::default(), &PageQuery::default()).await.unwrap().data;
    assert_eq!((log[0].action, &log[0].data), (AuditAction::SignIn, &json!({ "factor": "recovery_code" })));
    assert_eq!((log[1].action, log[1].outcome), (AuditAction::SignIn, AuditOutcome::Refused));
    let changes = log.iter().filter(|entry| entry.action == AuditAction::FactorChange);
    let changes: Vec<_> = changes.map(|entry| entry.data["change"].clone()).collect();
    assert_eq!(changes, ["renewed", "added"]);
}

#[both_databases]
async fn a_ceremony_ends_with_its_time_the_password_and_the_account(t: &TestEngine) {
    let (ada, app, _) = enrol(t).await;
    let late = begin(t).await;
    t.clock.advance(TimeDelta::minutes(5));
    assert!(matches!(refusal(finish(t, &late, &app.code(t, 0)).await), Refusal::Gone { .. }));
    assert_eq!(ceremonies::delete_expired(&t.engine.db, t.engine.now()).await.unwrap(), 1);
    let before = begin(t).await;
    reset_password(&t.engine, "ada", NEW_PASSWORD.into()).await.unwrap();
    assert!(matches!(refusal(finish(t, &before, &app.code(t, 0)).await), Refusal::Gone { .. }));
    let still = refusal(type_password(t, NEW_PASSWORD).await);
    let Refusal::FactorRequired { ceremony, .. } = still else { panic!("a reset removes no factor") };
    remove_all(&t.engine, "ada").await.unwrap();
    assert!(matches!(refusal(finish(t, &ceremony, &app.code(t, 0)).await), Refusal::Gone { .. }));
    assert!(type_password(t, NEW_PASSWORD).await.is_ok());
    assert_eq!(
        list(&t.engine, ada.id).await.unwrap(),
        Factors { totp_since: None, passkeys: 0, recovery_codes_left: 0 }
    );
    let unknown = refusal(remove_all(&t.engine, "eve").await);
    assert!(matches!(unknown, Refusal::NotFound { .. }), "{unknown:?}");
}

#[both_databases]
async fn open_ceremonies_of_an_account_are_bounded(t: &TestEngine) {
    let (_, app, _) = enrol(t).await;
    let oldest = begin(t).await;
    for _ in 0..20 {
        t.clock.advance(TimeDelta::milliseconds(10));
        begin(t).await;
    }
    assert!(matches!(refusal(finish(t, &oldest, &app.code(t, 0)).await), Refusal::Gone { .. }));
}

#[both_databases]
async fn turning_the_app_off_leaves_the_password_alone(t: &TestEngine) {
    let (ada, ..) = enrol(t).await;
    remove_totp(&t.engine, ada.id).await.unwrap();
    assert_eq!(list(&t.engine, ada.id).await.unwrap().recovery_codes_left, 0);
    assert!(type_password(t, PASSWORD).await.is_ok());
    assert!(matches!(refusal(renew_recovery_codes(&t.engine, ada.id).await), Refusal::Conflict { .. }));
    let again = begin_totp(&t.engine, &ada, "token").await;
    assert!(again.is_ok());
}
