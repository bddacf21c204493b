//! Requests of a site over REST: asked, listed, answered with what the cache says, and withdrawn.

use both_databases::both_databases;
use sea_orm::ConnectionTrait;
use serde_json::json;
use smartcache::domain::bundle::NodeRole;
use smartcache::testing::Backend;

use crate::harness::App;

const REQUESTS: &str = "/api/v1/requests";

/// A site that is served.
struct Site(App);

impl Site {
    async fn on(backend: Backend) -> Option<Self> {
        let change = |config: &mut smartcache::engine::Config| {
            (config.role, config.node) = (NodeRole::Site, "school".to_owned());
        };
        Some(Self(App::with(backend, change).await?))
    }

    async fn on_sqlite() -> Option<Self> {
        Self::on(Backend::Sqlite).await
    }

    async fn on_postgres() -> Option<Self> {
        Self::on(Backend::Postgres).await
    }

    async fn clear(self) {
        self.0.clear().await;
    }
}

#[both_databases]
async fn a_request_is_accepted_answered_from_the_cache_and_withdrawn(site: &Site) {
    let (ada, bob) = (site.0.sign_up("ada").await, site.0.sign_up("bob").await);
    let search = json!({ "kind": "search", "payload": { "query": " tide tables " } });
    let asked = ada.post(REQUESTS, search.clone()).await;
    assert_eq!((asked.status, &asked.json()["payload"]), (202, &json!({ "query": "tide tables" })));
    let path = format!("{REQUESTS}/{}", asked.json()["id"].as_str().unwrap());
    let response = format!("{path}/response");
    let early = ada.get(&response).await;
    assert_eq!((early.status, &early.json()["status"]), (202, &json!("pending")));
    for (method, of_another) in [("GET", bob.get(&path).await), ("GET", bob.get(&response).await)] {
        assert_eq!(of_another.status, 404, "{method}");
    }
    assert_eq!(bob.delete(&path).await.status, 404);
    // As an import does.
    let answered =
        r#"UPDATE bundle_request SET status = 'completed', response = '{"summary":null,"items":[]}'"#;
    site.0.engine.db.execute_unprepared(answered).await.unwrap();
    for cache in ["miss", "hit"] {
        let reply = ada.get(&response).await;
        assert_eq!((reply.status, reply.header("x-cache")), (200, cache));
        assert_eq!(reply.json(), json!({ "summary": null, "items": [] }));
    }
    assert_eq!(ada.delete(&path).await.status, 409, "it is over");
    let second = ada.post(REQUESTS, search).await.json();
    let gone = ada.delete(&format!("{REQUESTS}/{}", second["id"].as_str().unwrap())).await.ok();
    assert_eq!((&gone["status"], &gone["error"]), (&json!("failed"), &json!("Withdrawn.")));
    assert_eq!(ada.all(&format!("{REQUESTS}?status=failed")).await.len(), 1);
    assert_eq!(ada.all(REQUESTS).await.len(), 2);
}

#[both_databases]
async fn wrong_requests_name_the_field(site: &Site) {
    let ada = site.0.sign_up("ada").await;
    for (wrong, field) in [
        (json!({ "kind": "search", "payload": { "query": "x" } }), "query"),
        (json!({ "kind": "search", "payload": { "query": "tide", "goal": "x" } }), "goal"),
        (json!({ "kind": "run", "payload": { "max_items": 99 } }), "max_items"),
        (json!({ "kind": "item", "payload": {} }), "kind"),
    ] {
        let reply = ada.post(REQUESTS, wrong).await;
        assert_eq!((reply.status, reply.fields()), (422, vec![field.to_owned()]));
    }
}

#[both_databases]
async fn a_server_with_a_network_asks_nobody(app: &App) {
    let ada = app.sign_up("ada").await;
    let search = json!({ "kind": "search", "payload": { "query": "tide tables" } });
    assert_eq!(ada.post(REQUESTS, search).await.status, 409);
    assert!(ada.all(REQUESTS).await.is_empty());
}
