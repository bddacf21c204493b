#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use super::*;
use crate::db::accounts::by_name;
use crate::domain::TimeDelta;
use crate::domain::account::{AccountChange, PasswordChange};
use crate::domain::page::PageQuery;
use crate::domain::preference::Preferences;
use crate::engine::models::builtin::Planner;
use crate::engine::start;
use crate::testing::{PASSWORD, TestEngine, refusal};

fn typed(username: &str, password: &str) -> Credentials {
    Credentials { username: username.into(), password: password.into() }
}

/// Returns a client with the `n`th address, each in a network of its own.
fn at(n: u32, device: &str) -> Client {
    let ip = IpAddr::from(Ipv4Addr::from(0x0a00_0000 + n * 256));
    Client { address: ClientAddress::new(ip), device: device.into(), user_agent: "curl/8.5.0".into() }
}

/// Makes `tries` wrong guesses, each from another address. Returns how many were compared with the password.
async fn guess(t: &TestEngine, tries: u32, device: &str) -> usize {
    let mut compared = 0;
    for n in 0..tries {
        match refusal(sign_in(&t.engine, &typed("Ada", "not-the-one"), &at(n, device)).await) {
            Refusal::WrongCredentials { .. } => compared += 1,
            Refusal::RateLimited { seconds } => assert!((1..=3_601).contains(&seconds)),
            other => panic!("{other:?}"),
        }
    }
    compared
}

#[both_databases]
async fn a_name_has_fifty_tries_an_hour_over_all_addresses_and_restarts(t: &TestEngine) {
    t.sign_up("ada").await;
    assert_eq!(guess(t, 60, "").await, 50);
    let right = sign_in(&t.engine, &typed("ada", PASSWORD), &at(1_000, "")).await;
    assert!(
        matches!(refusal(right), Refusal::RateLimited { .. }),
        "an unknown device waits with the guessers"
    );
    let model = Some(Arc::new(Planner) as _);
    let restarted = start::open_with(t.engine.config.clone(), t.clock.clone(), model).await.unwrap();
    let again = sign_in(&restarted, &typed("ada", "not-the-one"), &at(2_000, "")).await;
    assert!(matches!(refusal(again), Refusal::RateLimited { .. }));
    t.clock.advance(TimeDelta::minutes(61));
    assert!(sign_in(&t.engine, &typed("ada", PASSWORD), &at(1_000, "")).await.is_ok());
}

#[both_databases]
async fn nobody_locks_a_user_out_of_a_device_they_know(t: &TestEngine) {
    t.sign_up("ada").await;
    let device = sign_in(&t.engine, &typed("ada", PASSWORD), &at(1, "")).await.unwrap().device;
    guess(t, 60, "").await;
    guess(t, 20, "0123.4567~forged").await;
    let again = sign_in(&t.engine, &typed("ada", PASSWORD), &at(1, &device)).await.unwrap();
    assert_eq!(again.device, device);
    assert_eq!(guess(t, 60, &device).await, 10, "a known device is held to a limit as well");
    reset_password(&t.engine, "ada", format!("{PASSWORD}-2")).await.unwrap();
    let stolen = sign_in(&t.engine, &typed("ada", "not-the-one"), &at(9, &device)).await;
    assert!(matches!(refusal(stolen), Refusal::RateLimited { .. }), "a new password ends what is known");
}

#[both_databases]
async fn right_passwords_are_not_counted_and_unknown_names_are(t: &TestEngine) {
    t.sign_up("ada").await;
    for n in 0..60 {
        sign_in(&t.engine, &typed("ada", PASSWORD), &at(n, "")).await.unwrap();
    }
    let mut refused = 0;
    for n in 0..55 {
        let nobody = sign_in(&t.engine, &typed("nobody", PASSWORD), &at(n, "")).await;
        refused += i32::from(matches!(refusal(nobody), Refusal::RateLimited { .. }));
    }
    assert_eq!(refused, 5);
}

#[both_databases]
async fn a_network_opens_so_many_accounts_an_hour_and_another_one_its_own(t: &TestEngine) {
    let config = crate::engine::Config { signups_per_hour: 3, ..t.engine.config.clone() };
    let engine = start::open_with(config, t.clock.clone(), Some(Arc::new(Planner) as _)).await.unwrap();
    let open = async |name: &str, client: Client| {
        register(&engine, typed(name, PASSWORD), Preferences::default(), None, &client).await
    };
    let neighbour = |last: u8| {
        let ip = IpAddr::from([192, 0, 2, last]);
        Client { address: ClientAddress::new(ip), device: String::new(), user_agent: String::new() }
    };
    assert!(open("one", neighbour(1)).await.is_ok());
    let weak =
        register(&engine, typed("two", "password12"), Preferences::default(), None, &neighbour(2)).await;
    assert!(matches!(refusal(weak), Refusal::Invalid { .. }), "and is not counted");
    assert!(matches!(refusal(open("ONE", neighbour(2)).await), Refusal::Invalid { .. }));
    assert!(open("two", neighbour(3)).await.is_ok());
    assert!(matches!(refusal(open("three", neighbour(4)).await), Refusal::RateLimited { .. }));
    assert!(open("three", at(1, "")).await.is_ok());
    t.clock.advance(TimeDelta::minutes(61));
    assert!(open("four", neighbour(4)).await.is_ok());
}

const NEW_PASSWORD: &str = "copper-lantern-river-41";

fn change(current: &str, new: &str) -> PasswordChange {
    PasswordChange { current_password: current.into(), new_password: new.into() }
}

fn fields(refusal: &Refusal) -> Vec<&str> {
    refusal.fields().iter().map(|field| field.field.as_str()).collect()
}

#[both_databases]
async fn a_sign_in_verified_before_a_change_of_the_password_opens_no_session(t: &TestEngine) {
    let (e, ada) = (&t.engine, t.sign_up("ada").await);
    let verified = by_name(&e.db, "ada").await.unwrap().unwrap().password_hash;
    reset_password(e, "ada", NEW_PASSWORD.into()).await.unwrap();
    let late = open_session_under(e, ada.clone(), &verified, &at(1, ""), SignInWay::Own).await;
    assert!(matches!(refusal(late), Refusal::WrongCredentials { .. }));
    let listed = list_sessions(e, ada.id, "", &PageQuery::default()).await.unwrap().data;
    assert_eq!(listed, []);
}

#[both_databases]
async fn a_new_password_ends_other_sessions_and_moves_the_own_one_to_a_new_token(t: &TestEngine) {
    let (e, ada) = (&t.engine, t.sign_up("ada").await.id);
    let other = sign_in(e, &typed("ada", PASSWORD), &at(1, "")).await.unwrap();
    let own = sign_in(e, &typed("ada", PASSWORD), &at(2, "")).await.unwrap();
    let here = at(2, &own.device);
    let moved = change_password(e, ada, &own.token, change(PASSWORD, NEW_PASSWORD), &here).await.unwrap();
    assert!(caller(e, &other.token).await.unwrap().is_none());
    assert!(caller(e, &own.token).await.unwrap().is_some(), "requests that are under way");
    let replaced = end_other_sessions(e, ada, &own.token).await;
    assert_eq!(refusal(replaced), Refusal::SignInRequired, "a replaced token ends no session");
    let listed = list_sessions(e, ada, &moved.token, &PageQuery::default()).await.unwrap().data;
    assert_eq!(listed.iter().map(|session| session.current).collect::<Vec<_>>(), [true]);
    t.clock.advance(TimeDelta::seconds(31));
    assert!(caller(e, &own.token).await.unwrap().is_none());
    assert_eq!(caller(e, &moved.token).await.unwrap().unwrap().user.id, ada);
    let ended = change_password(e, ada, &own.token, change(NEW_PASSWORD, PASSWORD), &here).await;
    assert_eq!(refusal(ended), Refusal::SignInRequired);
    assert!(sign_in(e, &typed("ada", PASSWORD), &at(3, "")).await.is_err());
    let again = sign_in(e, &typed("ada", NEW_PASSWORD), &at(2, &moved.device)).await.unwrap();
    assert_eq!(again.device, moved.device, "the device is known under the new password");
}

#[both_databases]
async fn wrong_current_passwords_count_as_failed_sign_ins(t: &TestEngine) {
    let (e, ada) = (&t.engine, t.sign_up("ada").await.id);
    let own = sign_in(e, &typed("ada", PASSWORD), &at(1, "")).await.unwrap();
    for _ in 0..10 {
        let wrong =
            change_password(e, ada, &own.token, change("not-the-one", "password12"), &at(1, "")).await;
        assert_eq!(fields(&refusal(wrong)), ["current_password", "new_password"]);
    }
    let right = change_password(e, ada, &own.token, change(PASSWORD, NEW_PASSWORD), &at(1, "")).await;
    assert!(matches!(refusal(right), Refusal::RateLimited { .. }));
    let elsewhere = sign_in(e, &typed("ada", PASSWORD), &at(1, "")).await;
    assert!(matches!(refusal(elsewhere), Refusal::RateLimited { .. }));
    change_password(e, ada, &own.token, change(PASSWORD, NEW_PASSWORD), &at(1, &own.device)).await.unwrap();
}

#[both_databases]
async fn of_two_changes_of_the_same_password_one_counts(t: &TestEngine) {
    let (e, ada) = (&t.engine, t.sign_up("ada").await.id);
    let own = sign_in(e, &typed("ada", PASSWORD), &at(1, "")).await.unwrap();
    let here = at(1, &own.device);
    let try_both = [NEW_PASSWORD, "marble-ticket-harbour-8"]
        .map(|new| change_password(e, ada, &own.token, change(PASSWORD, new), &here));
    let done = futures::future::join_all(try_both).await;
    assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1, "{done:?}");
}

#[both_databases]
async fn the_use_of_a_session_is_recorded_every_five_minutes(t: &TestEngine) {
    let (e, ada) = (&t.engine, t.sign_up("ada").await.id);
    let signed_in = t.engine.now();
    let own = sign_in(e, &typed("ada", PASSWORD), &at(1, "")).await.unwrap();
    let mut seen = Vec::new();
    for _ in 0..4 {
        caller(e, &own.token).await.unwrap().unwrap();
        let page = list_sessions(e, ada, &own.token, &PageQuery::default()).await.unwrap();
        seen.push((page.data[0].last_seen_at - signed_in).num_minutes());
        t.clock.advance(TimeDelta::minutes(3));
    }
    assert_eq!(seen, [0, 0, 6, 6]);
    let page = list_sessions(e, ada, &own.token, &PageQuery::default()).await.unwrap();
    let session = &page.data[0];
    assert_eq!((session.user_agent.as_str(), session.network.as_str()), ("curl/8.5.0", "10.0.1.0/24"));
    let client = Client { user_agent: "x".repeat(5_000), ..at(1, "") };
    sign_in(e, &typed("ada", PASSWORD), &client).await.unwrap();
    let first = PageQuery { limit: Some(1), cursor: None };
    let first = list_sessions(e, ada, &own.token, &first).await.unwrap();
    assert_eq!((first.data[0].user_agent.len(), first.data[0].current), (200, false));
    let second = PageQuery { limit: Some(1), cursor: first.next_cursor };
    assert!(list_sessions(e, ada, &own.token, &second).await.unwrap().data[0].current);
}

#[both_databases]
async fn a_session_ends_after_two_idle_weeks_or_thirty_days(t: &TestEngine) {
    let (e, _) = (&t.engine, t.sign_up("ada").await.id);
    let used = sign_in(e, &typed("ada", PASSWORD), &at(1, "")).await.unwrap().token;
    let idle = sign_in(e, &typed("ada", PASSWORD), &at(1, "")).await.unwrap().token;
    let is_open = async |token: &str| caller(e, token).await.unwrap().is_some();
    t.clock.advance(TimeDelta::days(13));
    assert!(is_open(&used).await);
    t.clock.advance(TimeDelta::days(1));
    assert_eq!((is_open(&used).await, is_open(&idle).await), (true, false));
    t.clock.advance(TimeDelta::days(13));
    assert!(is_open(&used).await);
    t.clock.advance(TimeDelta::days(3));
    assert!(!is_open(&used).await, "thirty days, however it is used");
}

#[both_databases]
async fn a_replaced_token_is_not_prolonged_by_its_use(t: &TestEngine) {
    let (e, ada) = (&t.engine, t.sign_up("ada").await.id);
    let own = sign_in(e, &typed("ada", PASSWORD), &at(1, "")).await.unwrap();
    t.clock.advance(TimeDelta::hours(1));
    change_password(e, ada, &own.token, change(PASSWORD, NEW_PASSWORD), &at(1, "")).await.unwrap();
    assert!(caller(e, &own.token).await.unwrap().is_some(), "requests under way");
    t.clock.advance(TimeDelta::seconds(31));
    assert!(caller(e, &own.token).await.unwrap().is_none());
}

#[both_databases]
async fn the_oldest_session_gives_way_to_the_fifty_first(t: &TestEngine) {
    let (e, ada) = (&t.engine, t.sign_up("ada").await);
    let mut tokens = Vec::new();
    for _ in 0..51 {
        let opened =
            super::sessions::open_session(e, &e.db, ada.clone(), "hash", &at(1, ""), false).await.unwrap();
        tokens.push(opened.token);
    }
    assert!(caller(e, &tokens[0]).await.unwrap().is_none());
    assert!(
        caller(e, &tokens[1]).await.unwrap().is_some() && caller(e, &tokens[50]).await.unwrap().is_some()
    );
}

#[both_databases]
async fn a_changed_account_changes_nothing_where_a_field_is_wrong(t: &TestEngine) {
    let (e, ada) = (&t.engine, t.sign_up("ada").await.id);
    let before = account(e, ada).await.unwrap();
    let wrong =
        AccountChange { display_name: Some("x\n".repeat(9)), timezone: Some("Mars".into()), language: None };
    assert_eq!(fields(&refusal(change_account(e, ada, wrong).await)), ["display_name", "timezone"]);
    let half =
        AccountChange { display_name: Some("Ada".into()), timezone: Some("Mars".into()), language: None };
    assert_eq!(fields(&refusal(change_account(e, ada, half).await)), ["timezone"]);
    assert_eq!(account(e, ada).await.unwrap(), before);
    let named = AccountChange { display_name: Some("  Ada L. ".into()), ..AccountChange::default() };
    assert_eq!(change_account(e, ada, named).await.unwrap().shown_name(), "Ada L.");
    let moved = AccountChange { timezone: Some("Asia/Tokyo".into()), ..AccountChange::default() };
    let moved = change_account(e, ada, moved).await.unwrap();
    assert_eq!((moved.shown_name(), moved.timezone.as_str()), ("Ada L.", "Asia/Tokyo"));
    assert_eq!(preferences(e, ada).await.unwrap().timezone, "Asia/Tokyo");
}
