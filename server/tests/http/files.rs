//! A ready download's file: whole, by range, and harmless.

use both_databases::both_databases;
use reqwest::Method;
use serde_json::json;

use crate::harness::{App, Person, Reply, send};
use crate::origin::{Entry, Manner, sha256};

/// Prepares a ready download. Returns its file's path and its bytes.
async fn ready(app: &App, person: &Person, title: &str) -> (String, Vec<u8>) {
    let sound = app.origin.sound("/file.mp3", 200_000, Manner::Proper);
    let entry = Entry { guid: Some("file"), title, media: Some("/file.mp3"), ..Entry::default() };
    let item = person.item_of(person.follow(&app.origin.feed("/file.xml", "Files", &[entry])).await).await;
    let id = person.queue(&item).await;
    person.until_download(id, "ready").await;
    (format!("/api/v1/downloads/{id}/file"), sound)
}

async fn with(person: &Person, path: &str, headers: &[(&str, &str)]) -> Reply {
    send(
        headers
            .iter()
            .fold(person.request(Method::GET, path), |request, (name, value)| request.header(*name, *value)),
    )
    .await
}

#[both_databases]
async fn the_owner_gets_the_bytes_whole_and_in_parts(app: &App) {
    let ada = app.sign_up("ada").await;
    let (path, sound) = ready(app, &ada, "Night trains, part \"2\" – größer").await;
    let whole = ada.get(&path).await;
    let etag = format!("\"{}\"", sha256(&sound));
    assert_eq!(
        (whole.status, sha256(&whole.body), whole.header("etag")),
        (200, sha256(&sound), etag.as_str())
    );
    assert_eq!((whole.header("accept-ranges"), whole.header("content-type")), ("bytes", "audio/mpeg"));
    assert_eq!(whole.header("content-length"), sound.len().to_string());
    let name = whole.header("content-disposition");
    assert!(name.starts_with("attachment; filename=\"Night trains"), "{name}");
    assert!(name.contains("filename*=UTF-8''Night%20trains") && name.contains("gr%C3%B6%C3%9Fer"), "{name}");

    let part = with(&ada, &path, &[("range", "bytes=100-199")]).await;
    assert_eq!(
        (part.status, part.header("content-range"), &part.body[..]),
        (206, "bytes 100-199/200000", &sound[100..200])
    );
    let tail = with(&ada, &path, &[("range", "bytes=-10"), ("if-range", &etag)]).await;
    assert_eq!((tail.status, &tail.body[..]), (206, &sound[199_990..]));
    let changed = with(&ada, &path, &[("range", "bytes=-10"), ("if-range", "\"other\"")]).await;
    assert_eq!((changed.status, changed.body.len()), (200, sound.len()));
    let several = with(&ada, &path, &[("range", "bytes=0-1,5-6")]).await;
    assert_eq!((several.status, several.body.len()), (200, sound.len()));
    let beyond = with(&ada, &path, &[("range", "bytes=200000-")]).await;
    assert_eq!((beyond.status, beyond.header("content-range")), (416, "bytes */200000"));
    assert_eq!(beyond.code(), "range_not_satisfiable");
    let known = with(&ada, &path, &[("if-none-match", &etag)]).await;
    assert_eq!((known.status, known.body.len(), known.header("etag")), (304, 0, etag.as_str()));
}

#[both_databases]
async fn a_head_request_tells_the_same_without_the_bytes(app: &App) {
    let ada = app.sign_up("ada").await;
    let (path, sound) = ready(app, &ada, "Head").await;
    let head = send(ada.request(Method::HEAD, &path)).await;
    assert_eq!(
        (head.status, head.body.len(), head.header("content-length")),
        (200, 0, sound.len().to_string().as_str())
    );
    assert!(head.header("etag").contains(&sha256(&sound)));
    let inline = ada.get(&format!("{path}?inline=1")).await;
    assert!(inline.header("content-disposition").starts_with("inline;"));
}

#[both_databases]
async fn what_is_not_ready_is_a_conflict_and_what_is_not_yours_is_not_there(app: &App) {
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let (feed, _) = app.origin.podcast("slow", 500_000, Manner::Slow(10_000));
    let item = ada.item_of(ada.follow(&feed).await).await;
    let id = ada.queue(&item).await;
    let path = format!("/api/v1/downloads/{id}/file");
    assert_eq!(ada.get(&path).await.code(), "conflict");
    assert_eq!(eve.get(&path).await.code(), "not_found");
    assert_eq!(app.stranger().get(&path).await.code(), "sign_in_required");
    ada.post(&format!("/api/v1/downloads/{id}/cancel"), json!({})).await.ok();
}

#[both_databases]
async fn a_hostile_page_is_kept_and_never_run(app: &App) {
    let ada = app.sign_up("ada").await;
    app.origin.put(
        "/page",
        "text/html",
        "<!doctype html><script>alert(document.cookie)</script>",
        Manner::Proper,
    );
    let entry = Entry { guid: Some("page"), title: "Page", link: Some("/page"), ..Entry::default() };
    let item = ada.item_of(ada.follow(&app.origin.feed("/pages.xml", "Pages", &[entry])).await).await;
    let id = ada.queue(&item).await;
    ada.until_download(id, "ready").await;
    let page = ada.get(&format!("/api/v1/downloads/{id}/file?inline=1")).await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-security-policy").starts_with("sandbox; default-src 'none'; "));
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.headers.get_all("content-security-policy").iter().count(), 1);
}
