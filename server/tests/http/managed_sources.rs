//! Health of all sources as an administrator sees it, and a refresh of another user's source.

use both_databases::both_databases;
use serde_json::{Value, json};

use crate::harness::App;
use crate::origin::Manner;
use crate::users::administrator;

const SOURCES: &str = "/api/v1/admin/sources";

#[both_databases]
async fn an_administrator_sees_which_feeds_fail_and_has_one_read(app: &App) {
    let (admin, ada) = (administrator(app).await, app.sign_up("ada").await);
    let (feed, _) = app.origin.podcast("weekly", 3_000, Manner::Proper);
    let source = ada.follow(&feed).await;
    app.origin.put("/weekly.xml", "application/rss+xml", "another version", Manner::Fails(503));
    let refresh = format!("{SOURCES}/{source}/refresh");
    let report = admin.post(&format!("{refresh}?wait=true"), json!({})).await.ok();
    assert_eq!(report["status"], "failed");

    let failing = admin.all(&format!("{SOURCES}?health=failing&followed=true")).await;
    let [row] = &failing[..] else { panic!("{failing:?}") };
    let host = app.origin.addr().to_string();
    assert_eq!((&row["id"], &row["host"], &row["followers"]), (&json!(source), &json!(host), &json!(1)));
    assert_eq!((&row["failures"], &row["is_private"]), (&json!(1), &json!(false)));
    assert!(row["last_error"].is_string() && row["next_refresh_at"].is_string());
    let text = serde_json::to_string(&failing).unwrap();
    assert!(!text.contains("weekly.xml") && !text.contains("ada"), "{text}");
    assert_eq!(
        admin.get(&format!("/api/v1/sources/{source}")).await.status,
        404,
        "it is in ada's library alone"
    );

    app.origin.podcast("weekly", 3_000, Manner::Proper);
    assert_eq!(admin.post(&refresh, json!({})).await.status, 202);
    app.until_nothing_is_read().await;
    assert_eq!(admin.all(&format!("{SOURCES}?health=failing")).await, [] as [Value; 0]);
    let told = admin.all("/api/v1/admin/audit?action=source_refresh").await;
    assert_eq!((told.len(), &told[0]["data"]), (2, &json!({ "source": source })));
    assert_eq!(admin.get(&format!("{SOURCES}?health=odd")).await.fields(), ["health"]);
    assert_eq!(admin.post(&format!("{SOURCES}/999999/refresh"), json!({})).await.status, 404);
    for status in [ada.get(SOURCES).await.status, ada.post(&refresh, json!({})).await.status] {
        assert_eq!(status, 403);
    }
    let page = admin.get("/admin/sources?followed=yes").await.text();
    assert!(page.contains("1 follower") && page.contains(&host) && !page.contains("weekly.xml"));
}
