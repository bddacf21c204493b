//! First steps of new users, on both databases.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use super::*;
use crate::domain::page::PageQuery;
use crate::domain::run::RunFilter;
use crate::testing::TestEngine;
use both_databases::both_databases;

async fn shown(t: &TestEngine, owner: UserId, asked: Option<Step>) -> Option<Step> {
    current(&t.engine, owner, asked).await.unwrap().map(|onboarding| onboarding.step())
}

fn commute(start: &str, timezone: &str) -> FirstCommute {
    let plan = TypedPlan {
        label: Some("Morning".into()),
        start: Some(start.into()),
        end: Some("08:10".into()),
        days: Some(vec!["mon".into(), "fri".into()]),
        is_active: None,
    };
    FirstCommute { plan, timezone: timezone.into() }
}

async fn suggested(t: &TestEngine, owner: UserId) -> Vec<SourceId> {
    match current(&t.engine, owner, Some(Step::Sources)).await.unwrap() {
        Some(Onboarding::Sources { suggestions, .. }) => suggestions.iter().map(|it| it.source_id).collect(),
        other => panic!("{other:?}"),
    }
}

fn fields<T: std::fmt::Debug>(result: Result<T>) -> Vec<String> {
    match result {
        Err(Error::Refused(refusal)) => refusal.fields().iter().map(|field| field.field.clone()).collect(),
        other => panic!("{other:?}"),
    }
}

#[both_databases]
async fn three_steps_lead_to_a_first_run(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    catalog::seed(&t.engine, None).await.unwrap();
    assert_eq!(shown(t, ada, None).await, Some(Step::Topics));
    set_topics(&t.engine, ada, vec!["Space".into(), " night  trains ".into()]).await.unwrap();
    assert_eq!(accounts::preferences(&t.engine, ada).await.unwrap().topics, ["Space", "night trains"]);
    assert_eq!(shown(t, ada, None).await, Some(Step::Sources));
    let sources = suggested(t, ada).await;
    follow(&t.engine, ada, sources.clone()).await.unwrap();
    assert_eq!((sources.len(), shown(t, ada, None).await), (6, None));
    assert_eq!(shown(t, ada, Some(Step::Commute)).await, Some(Step::Commute));

    start(&t.engine, ada, Some(commute("07:30", "Europe/Berlin"))).await.unwrap();
    assert_eq!(shown(t, ada, Some(Step::Commute)).await, None);
    assert_eq!(accounts::preferences(&t.engine, ada).await.unwrap().timezone, "Europe/Berlin");
    let runs = runs::list(&t.engine, ada, &RunFilter::default(), &PageQuery::default()).await.unwrap();
    assert_eq!(runs.data.len(), 1);

    start(&t.engine, ada, Some(commute("07:30", "Europe/Berlin"))).await.unwrap();
    assert_eq!(super::commute::list(&t.engine, ada).await.unwrap().len(), 1);
}

#[both_databases]
async fn wrong_input_names_its_fields_and_changes_nothing(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    assert_eq!(fields(set_topics(&t.engine, ada, vec!["x".repeat(61)]).await), ["topics"]);
    assert_eq!(fields(follow(&t.engine, ada, Vec::new()).await), ["sources"]);
    assert_eq!(fields(follow(&t.engine, ada, vec![SourceId(404)]).await), ["sources"]);
    let wrong = start(&t.engine, ada, Some(commute("25:00", "Nowhere"))).await;
    assert_eq!(fields(wrong), ["start", "timezone"]);
    assert_eq!(fields(start(&t.engine, ada, Some(commute("07:30", "Nowhere"))).await), ["timezone"]);
    assert_eq!(accounts::preferences(&t.engine, ada).await.unwrap(), Preferences::default());
    assert_eq!(shown(t, ada, None).await, Some(Step::Topics));
}

#[both_databases]
async fn skipping_is_remembered_for_one_user(t: &TestEngine) {
    let (ada, bob) = (t.sign_up("ada").await.id, t.sign_up("bob").await.id);
    skip(&t.engine, ada).await.unwrap();
    assert_eq!((shown(t, ada, None).await, shown(t, ada, Some(Step::Topics)).await), (None, None));
    assert_eq!(shown(t, bob, None).await, Some(Step::Topics));
}

#[both_databases]
async fn all_chosen_sources_are_followed_or_none(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    catalog::seed(&t.engine, None).await.unwrap();
    let mut sources = suggested(t, ada).await;
    sources.push(SourceId(9_999));
    assert_eq!(fields(follow(&t.engine, ada, sources).await), ["sources"]);
    assert!(catalog::subscriptions(&t.engine, ada, &PageQuery::default()).await.unwrap().data.is_empty());
}
