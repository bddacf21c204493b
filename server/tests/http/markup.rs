//! The HTML of pages: foreign texts are escaped, and every page has a title and a heading.

use serde_json::json;
use smartcache::testing::Backend;

use crate::harness::App;

const PLANTED: &str =
    "</title></textarea><meta http-equiv=\"refresh\" content=\"0;url=/planted\"><b data-planted>";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_name_ends_the_title_or_the_text_area_it_stands_in() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let ada = app.sign_up("ada").await;
    let name: String = PLANTED.chars().take(80).collect();
    let trip = ada.post("/api/v1/collections", json!({ "name": name, "notes": PLANTED })).await.ok();
    let title = name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let html = ada.get(&format!("/collections/{}", trip["id"])).await.text();
    assert!(html.contains(&format!("<title>{title} · SmartCache</title>")), "{html}");
    let list = ada.get("/collections").await.text();
    for page in [html, list] {
        // Only as JSON or as escaped text.
        assert!(!page.contains("<meta http-equiv") && !page.contains("<b data-planted"), "{page}");
        assert!(!page.contains("</textarea><meta") && page.contains("&lt;/title&gt;"), "{page}");
    }
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_has_a_title_and_a_heading() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let ada = app.sign_up("ada").await;
    for (path, heading) in [
        ("/items/999999", "Item not found"),
        ("/sources/999999", "Source not found"),
        ("/collections/999999", "Collection not found"),
        ("/downloads/999999/read", "Download not found"),
        ("/items/nothing", "Page not found"),
        ("/nowhere", "Page not found"),
    ] {
        let page = ada.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        let html = page.text();
        assert!(html.contains(&format!("<title>{heading} · SmartCache</title>")), "{path}: {html}");
        assert_eq!(html.matches("<h1>").count(), 1, "{path}: {html}");
        assert!(html.contains(heading), "{path}");
    }
    app.clear().await;
}
