#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use both_databases::both_databases;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use super::*;
use crate::engine::models::builtin::Planner;
use crate::engine::start;
use crate::testing::{PASSWORD, TestEngine};

fn typed(username: &str, password: &str) -> Credentials {
    Credentials { username: username.into(), password: password.into() }
}

/// Returns a client with the `n`th address, each in a network of its own.
fn at(n: u32, device: &str) -> Client {
    let ip = IpAddr::from(Ipv4Addr::from(0x0a00_0000 + n * 256));
    Client { address: ClientAddress::new(ip), device: device.into() }
}

fn refusal<T: std::fmt::Debug>(result: Result<T>) -> Refusal {
    match result.expect_err("a refusal") {
        Error::Refused(refusal) => refusal,
        Error::Fault(fault) => panic!("a fault: {fault}"),
    }
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
        register(&engine, typed(name, PASSWORD), Preferences::default(), &client).await
    };
    let neighbour = |last: u8| {
        let ip = IpAddr::from([192, 0, 2, last]);
        Client { address: ClientAddress::new(ip), device: String::new() }
    };
    assert!(open("one", neighbour(1)).await.is_ok());
    let weak = register(&engine, typed("two", "password12"), Preferences::default(), &neighbour(2)).await;
    assert!(matches!(refusal(weak), Refusal::Invalid { .. }), "and is not counted");
    assert!(matches!(refusal(open("ONE", neighbour(2)).await), Refusal::Invalid { .. }));
    assert!(open("two", neighbour(3)).await.is_ok());
    assert!(matches!(refusal(open("three", neighbour(4)).await), Refusal::RateLimited { .. }));
    assert!(open("three", at(1, "")).await.is_ok());
    t.clock.advance(TimeDelta::minutes(61));
    assert!(open("four", neighbour(4)).await.is_ok());
}
