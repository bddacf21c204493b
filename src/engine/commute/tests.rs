//! Tests of commute windows on both databases: ownership, the limit per user and time zones.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use super::*;
use crate::domain::commute::Day;
use crate::testing::{TestEngine, refusal};
use both_databases::both_databases;

fn typed(label: &str) -> TypedPlan {
    TypedPlan {
        label: Some(label.into()),
        start: Some("07:30".into()),
        end: Some("08:15".into()),
        days: Some(vec!["sun".into(), "mon".into()]),
        is_active: None,
    }
}

#[both_databases]
async fn a_window_reads_back_as_it_was_written(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let added = add(&t.engine, ada, typed("Morning")).await.unwrap();
    assert_eq!(added.plan.days, [Day::Mon, Day::Sun]);
    assert_eq!(list(&t.engine, ada).await.unwrap(), std::slice::from_ref(&added));
    let off = TypedPlan { is_active: Some(false), ..Default::default() };
    let changed = change(&t.engine, ada, added.id, off).await.unwrap();
    assert_eq!((changed.plan.is_active, &changed.plan.label), (false, &added.plan.label));
    assert_eq!(list(&t.engine, ada).await.unwrap(), [changed]);
    remove(&t.engine, ada, added.id).await.unwrap();
    assert!(list(&t.engine, ada).await.unwrap().is_empty());
}

#[both_databases]
async fn somebody_elses_window_looks_missing(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let hers = add(&t.engine, ada, typed("Morning")).await.unwrap();
    assert!(matches!(
        refusal(change(&t.engine, eve, hers.id, typed("Mine")).await),
        Refusal::NotFound { .. }
    ));
    assert!(matches!(refusal(remove(&t.engine, eve, hers.id).await), Refusal::NotFound { .. }));
    assert!(list(&t.engine, eve).await.unwrap().is_empty());
    assert_eq!(list(&t.engine, ada).await.unwrap(), [hers]);
}

#[both_databases]
async fn thirty_at_once_leave_twenty(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let asked = (0..30).map(|n| {
        let engine = t.engine.clone();
        tokio::spawn(async move { add(&engine, ada, typed(&format!("W{n}"))).await })
    });
    let answers = futures::future::join_all(asked).await;
    let refused = answers.into_iter().map(|answer| answer.unwrap()).filter(|answer| answer.is_err());
    assert!(refused.map(refusal).all(|refusal| matches!(refusal, Refusal::Conflict { .. })));
    assert_eq!(list(&t.engine, ada).await.unwrap().len(), 20);
}

#[both_databases]
async fn the_next_commute_goes_by_the_persons_clock(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    assert_eq!(next(&t.engine, ada).await.unwrap(), None);
    add(&t.engine, ada, typed("Morning")).await.unwrap();
    let eastern =
        crate::domain::preference::Preferences { timezone: "Asia/Tokyo".into(), ..Default::default() };
    crate::engine::accounts::set_preferences(&t.engine, ada, eastern).await.unwrap();
    let next = next(&t.engine, ada).await.unwrap().unwrap();
    assert_eq!((next.begins.to_rfc3339(), next.is_under_way), ("2026-11-22T07:30:00+09:00".into(), false));
}
