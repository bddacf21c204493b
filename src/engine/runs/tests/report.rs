//! Tests of the report: reasons, findings and rows of runs, each for its owner alone.

use both_databases::both_databases;
use serde_json::json;

use super::*;
use crate::db::artifacts as kept;
use crate::domain::artifact::{NewArtifact, PICKS};
use crate::engine::runs;

#[both_databases]
async fn a_report_tells_what_came_of_a_run_and_why(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let ids = followed(t, ada, 4).await;
    cached(t, ada, &ids).await;
    let run = begin(t, ada, 2).await;
    work_off(t, ada, run).await;
    let report = runs::report(&t.engine, ada, run).await.unwrap();
    assert_eq!((report.run.id, report.downloads.len(), report.artifacts.len()), (run, 2, 4));
    let reasons: Vec<_> = report.downloads.iter().filter_map(|it| it.reason.as_deref()).collect();
    assert_eq!(reasons, ["From a source you follow"; 2]);
    let steps = &report.steps;
    assert_eq!((steps.candidate_count, steps.source_count, steps.considered), (2, 1, Some(4)));
    assert!(steps.candidates.iter().all(|it| it.is_queued && it.reason.is_some()));
    assert_eq!(steps.summaries.len(), 2);
    let texts: Vec<_> = steps.texts.iter().map(|it| (it.agent, it.text.as_str())).collect();
    assert!(texts[0].0 == Agent::Discovery && texts[0].1.starts_with("I pick 2 items"), "{texts:?}");
    assert!(texts[1].0 == Agent::Download && texts[1].1.starts_with("2 of 2 downloads ready"), "{texts:?}");
    assert!(texts[2].0 == Agent::Summarizer && texts[2].1.contains("looks"), "{texts:?}");
    assert_eq!(runs::picks(&t.engine, ada, run).await.unwrap(), report.downloads);

    let is_missing = |refusal| matches!(refusal, Refusal::NotFound { .. });
    assert!(is_missing(refusal(runs::report(&t.engine, eve, run).await)));
    assert!(is_missing(refusal(runs::picks(&t.engine, eve, run).await)));
    let strange = crate::db::messages::texts_and_results(&t.engine.db, eve, run, &["recommend_content"]);
    assert!(strange.await.unwrap().is_empty());
    assert!(rows_of_downloads::of_runs(&t.engine.db, eve, &[run]).await.unwrap().is_empty());
}

#[both_databases]
async fn a_listed_run_has_the_downloads_of_its_row(t: &TestEngine) {
    let (ada, eve) = (t.sign_up("ada").await.id, t.sign_up("eve").await.id);
    let ids = followed(t, ada, 3).await;
    cached(t, ada, &ids).await;
    let first = begin(t, ada, 2).await;
    work_off(t, ada, first).await;
    let second = begin(t, ada, 5).await;
    let list = async |owner| {
        let page = PageQuery { limit: Some(10), cursor: None };
        runs::listed(&t.engine, owner, &RunFilter::default(), &page).await.unwrap().data
    };
    let rows = list(ada).await;
    assert_eq!(rows.iter().map(|row| row.run.id).collect::<Vec<_>>(), [second, first]);
    assert_eq!((rows[0].totals.all(), rows[0].tiles.len(), rows[0].playable.len()), (0, 0, 0));
    let totals = &rows[1].totals;
    assert_eq!((totals.all(), totals.ready, totals.ready_bytes), (2, 2, 20));
    assert_eq!((rows[1].tiles[0].source_name.as_str(), rows[1].tiles.len()), ("Trains", 2));
    assert_eq!(rows[1].playable.len(), 2);
    assert!(list(eve).await.is_empty());
}

#[both_databases]
async fn a_run_that_continues_another_knows_the_reasons_of_its_picks(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let ids = followed(t, ada, 1).await;
    let first = begin(t, ada, 1).await;
    let picks =
        json!({ "items": [{ "item_id": ids[0], "title": "Episode 0", "reason": "about night trains" }] });
    let picks =
        NewArtifact { agent: Agent::Discovery, kind: PICKS.into(), content: picks, metadata: json!({}) };
    kept::insert(&t.engine.db, first, &picks, t.engine.now()).await.unwrap();
    cancel(&t.engine, ada, first).await.unwrap();
    let go_on = NewRun { continues: Some(first), ..NewRun::default() };
    let second = start(&t.engine, ada, go_on).await.unwrap().id;
    let (db, now) = (&t.engine.db, t.engine.now());
    rows_of_downloads::queue(db, ada, ids[0], Some(second), "http://x/0.mp3", None, now).await.unwrap();
    let picks = runs::picks(&t.engine, ada, second).await.unwrap();
    assert_eq!(picks[0].reason.as_deref(), Some("About night trains"));
}
