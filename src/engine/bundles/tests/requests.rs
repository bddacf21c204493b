//! Searches and runs that a site asks for, and the gateway's answers.

use super::super::{asked, requests, serve};
use super::files::read_episodes;
use super::*;
use crate::db::items;
use crate::domain::bundle::{
    AskedRequest, BundlePosition, BundleRequest, MAX_OPEN, MAX_PER_DAY, NewRequest, Record, RequestFilter,
    RequestKind, RequestPayload, RequestStatus,
};
use crate::domain::download::DownloadStatus;

impl Node {
    async fn requests(&self, owner: UserId) -> Vec<BundleRequest> {
        let page = PageQuery::default();
        requests::list(&self.engine, owner, RequestFilter::default(), &page).await.unwrap().data
    }
}

fn search(query: &str) -> NewRequest {
    let payload = RequestPayload { query: Some(query.into()), ..RequestPayload::default() };
    NewRequest { kind: RequestKind::Search, payload }
}

#[both_databases]
async fn a_search_brings_items_that_the_site_may_see(t: &TestEngine) {
    let (pair, ada) = Pair::following(t).await;
    read(&pair.gateway, &["Tide tables", "Mountains"]).await;
    let asked = requests::ask(&pair.site.engine, ada, search("tide")).await.unwrap();
    assert_eq!(asked.status, RequestStatus::Pending);
    assert!(requests::response(&pair.site.engine, ada, &asked.id).await.unwrap().is_none());
    pair.to_gateway().await;
    assert_eq!(pair.site.requests(ada).await[0].status, RequestStatus::Exported);
    pair.to_site().await;
    assert_eq!(pair.site.requests(ada).await[0].status, RequestStatus::Completed);
    let answer = || requests::response(&pair.site.engine, ada, &asked.id);
    let (response, is_cached) = answer().await.unwrap().unwrap();
    let titles: Vec<_> = response.items.iter().map(|item| item.content.title.as_str()).collect();
    assert_eq!((titles, is_cached), (vec!["Tide tables"], false));
    assert!(answer().await.unwrap().unwrap().1, "the second time from the cache");
    // Another user sees neither the request nor the answer.
    let bob = pair.site.user("bob").await;
    assert!(pair.site.requests(bob).await.is_empty());
    refusal(requests::response(&pair.site.engine, bob, &asked.id).await);
    refusal(requests::withdraw(&pair.site.engine, bob, &asked.id).await);
    // The site has told that it has the answer: it is not told again, unless all is.
    pair.to_gateway().await;
    assert_eq!(pair.export(&pair.gateway, &pair.site).await.records, 0);
    pair.to_site().await;
    assert_eq!(pair.site.requests(ada).await.len(), 1);
}

#[both_databases]
async fn a_site_finds_nothing_of_what_only_others_added(t: &TestEngine) {
    let pair = Pair::new(t).await;
    let (ada, eve) = (pair.site.user("ada").await, pair.gateway.user("eve").await);
    follow(&pair.gateway, eve).await;
    read(&pair.gateway, &["Tide tables"]).await;
    let asked = requests::ask(&pair.site.engine, ada, search("tide")).await.unwrap();
    pair.to_gateway().await;
    pair.to_site().await;
    let (response, _) = requests::response(&pair.site.engine, ada, &asked.id).await.unwrap().unwrap();
    assert!(response.items.is_empty());
}

#[both_databases]
async fn a_request_is_withdrawn_before_or_after_it_has_left(t: &TestEngine) {
    let pair = Pair::new(t).await;
    let ada = pair.site.user("ada").await;
    let first = requests::ask(&pair.site.engine, ada, search("tide")).await.unwrap();
    requests::withdraw(&pair.site.engine, ada, &first.id).await.unwrap();
    pair.to_gateway().await;
    assert!(rows::unanswered(&pair.gateway.engine.db, 9).await.unwrap().is_empty());
    let second = requests::ask(&pair.site.engine, ada, search("waves")).await.unwrap();
    pair.to_gateway().await;
    requests::withdraw(&pair.site.engine, ada, &second.id).await.unwrap();
    pair.to_gateway().await;
    let there = rows::peer_request(&pair.gateway.engine.db, "school", &second.id).await.unwrap().unwrap();
    assert_eq!(there.status, RequestStatus::Failed);
    pair.to_site().await;
    let here = requests::get(&pair.site.engine, ada, &second.id).await.unwrap();
    assert_eq!((here.status, here.error.as_deref()), (RequestStatus::Failed, Some("Withdrawn.")));
    let twice = requests::withdraw(&pair.site.engine, ada, &second.id).await;
    assert_eq!(refusal(twice).code(), "conflict");
    let elsewhere = requests::ask(&pair.gateway.engine, pair.gateway.user("eve").await, search("tide")).await;
    assert_eq!(refusal(elsewhere).code(), "conflict");
}

#[both_databases]
async fn a_person_has_so_many_open_requests_and_no_more(t: &TestEngine) {
    let pair = Pair::new(t).await;
    let ada = pair.site.user("ada").await;
    for number in 0..MAX_OPEN {
        requests::ask(&pair.site.engine, ada, search(&format!("tide {number}"))).await.unwrap();
    }
    assert_eq!(refusal(requests::ask(&pair.site.engine, ada, search("more")).await).code(), "conflict");
    let bob = pair.site.user("bob").await;
    requests::ask(&pair.site.engine, bob, search("his own")).await.unwrap();
    let page = PageQuery { limit: Some(20), cursor: None };
    let first = requests::list(&pair.site.engine, ada, RequestFilter::default(), &page).await.unwrap();
    let next = PageQuery { cursor: first.next_cursor.clone(), ..page };
    let second = requests::list(&pair.site.engine, ada, RequestFilter::default(), &next).await.unwrap();
    assert!(first.data.iter().all(|one| second.data.iter().all(|other| one.id != other.id)));
    assert_eq!(second.data.len(), 20);
}

#[both_databases]
async fn a_run_brings_its_picks_and_their_files(t: &TestEngine) {
    let (pair, ada) = Pair::following(t).await;
    read_episodes(&pair.gateway, &["one", "two", "three"]).await;
    let payload = RequestPayload { max_items: Some(2), ..RequestPayload::default() };
    let new = NewRequest { kind: RequestKind::Run, payload };
    let asked = requests::ask(&pair.site.engine, ada, new).await.unwrap();
    pair.to_gateway().await;
    serve::serve(&pair.gateway.engine).await.unwrap();
    let there = rows::peer_request(&pair.gateway.engine.db, "school", &asked.id).await.unwrap().unwrap();
    let (shadow, run) = (there.user_id, there.run_id.unwrap());
    // The agents' picks are here at once.
    for name in ["one", "two", "three"] {
        pair.gateway.store(name).await;
    }
    crate::engine::runs::go_for_tests(&pair.gateway.engine, run).await.unwrap();
    let run = crate::engine::runs::get(&pair.gateway.engine, shadow, run).await.unwrap();
    assert!(run.status.is_over(), "{:?}", run.status);
    let written = pair.export(&pair.gateway, &pair.site).await;
    assert_eq!(written.files, 2);
    import(&pair.site.engine, &written.volumes[0]).await.unwrap();
    let (response, _) = requests::response(&pair.site.engine, ada, &asked.id).await.unwrap().unwrap();
    assert_eq!(response.items.len(), 2);
    assert!(response.summary.is_some());
    for item in response.items {
        let item = items::get(&pair.site.engine.db, ada, item.id).await.unwrap().unwrap();
        pair.site.transfer(&item.content.title).await;
        assert_eq!(pair.site.status(ada, &item.content.title).await.0, DownloadStatus::Ready);
    }
}

#[both_databases]
async fn a_site_that_asks_for_too_much_is_answered_tomorrow(t: &TestEngine) {
    let pair = Pair::new(t).await;
    let known = MAX_PER_DAY;
    let asked = |number: i64| {
        Record::Request(AskedRequest {
            id: format!("{number:032x}"),
            kind: RequestKind::Search,
            payload: RequestPayload { query: Some("tide".into()), ..RequestPayload::default() },
            person: String::new(),
            asked_at: pair.site.engine.now(),
        })
    };
    let batch: Vec<_> = (0..known + 5).map(asked).collect();
    let position = known_position(&pair).await;
    asked::apply_requests(&pair.gateway.engine, "school", position, &batch).await.unwrap();
    let taken = rows::unanswered(&pair.gateway.engine.db, 10_000).await.unwrap().len();
    assert_eq!(taken as i64, known);
}

async fn known_position(pair: &Pair) -> BundlePosition {
    rows::peer(&pair.gateway.engine.db, "school").await.unwrap().unwrap().position()
}

#[both_databases]
async fn what_a_broken_site_asks_for_is_left(t: &TestEngine) {
    let pair = Pair::new(t).await;
    let asked = |id: &str, person: &str, payload| {
        Record::Request(AskedRequest {
            id: id.into(),
            kind: RequestKind::Item,
            payload,
            person: person.into(),
            asked_at: pair.site.engine.now(),
        })
    };
    let right = || RequestPayload { item: Some("ab".repeat(16)), ..RequestPayload::default() };
    let wrong = RequestPayload { item: Some("../../etc".into()), ..RequestPayload::default() };
    let batch = [
        asked("x", "", right()),
        asked(&"a".repeat(32), "eve@gateway", right()),
        asked(&"b".repeat(32), "", wrong),
        asked(&"c".repeat(32), "", right()),
    ];
    let position = known_position(&pair).await;
    asked::apply_requests(&pair.gateway.engine, "school", position, &batch).await.unwrap();
    let taken = rows::unanswered(&pair.gateway.engine.db, 9).await.unwrap();
    assert_eq!(taken.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["c".repeat(32)]);
    serve::serve(&pair.gateway.engine).await.unwrap();
    assert!(rows::unanswered(&pair.gateway.engine.db, 9).await.unwrap().is_empty(), "no such item");
}
