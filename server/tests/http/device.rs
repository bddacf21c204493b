//! Copies in browsers: the vault of a user, and the headers of the files that keep them.

use both_databases::both_databases;
use reqwest::Method;
use smartcache::testing::Backend;

use crate::harness::{App, send};

#[both_databases]
async fn every_user_has_a_vault_of_their_own(app: &App) {
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    let vault = ada.get("/api/v1/devices/vault").await.ok()["vault"].as_str().unwrap().to_owned();
    assert!(vault.len() == 16 && vault.bytes().all(|byte| byte.is_ascii_hexdigit()), "{vault}");
    assert_eq!(ada.get("/api/v1/devices/vault").await.ok()["vault"], vault.as_str());
    assert_ne!(bob.get("/api/v1/devices/vault").await.ok()["vault"], vault.as_str());
    let refused = app.stranger().get("/api/v1/devices/vault").await;
    assert_eq!((refused.status, refused.header("cache-control")), (401, "no-store"));
}

#[both_databases]
async fn answers_of_the_rest_interface_name_the_installation(app: &App) {
    let ada = app.sign_up("ada").await;
    let vault = ada.get("/api/v1/devices/vault").await;
    let mark = vault.header("x-smartcache").to_owned();
    assert_eq!(mark.len(), 16);
    assert_ne!(vault.json()["vault"], mark.as_str());
    for path in ["/api/v1/devices/vault", "/api/v1/downloads/1/file", "/api/v1/nothing"] {
        assert_eq!(app.stranger().get(path).await.header("x-smartcache"), mark, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_worker_is_asked_for_again_and_its_shell_never() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let anybody = app.stranger();
    let worker = anybody.get("/sw.js").await;
    assert_eq!((worker.status, worker.header("content-type")), (200, "text/javascript; charset=utf-8"));
    assert!(worker.header("cache-control").contains("no-cache"));
    let shell = anybody.get("/_shell/0123456789abcdef/index.html").await;
    assert_eq!((shell.status, shell.header("content-type")), (200, "text/html; charset=utf-8"));
    assert_eq!(shell.header("cache-control"), "public, max-age=31536000, immutable");
    let missing = anybody.get("/_shell/fedcba9876543210/index.html").await;
    assert_eq!((missing.status, missing.header("cache-control")), (404, "no-store"));
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shell_and_device_worker_may_compile_webassembly_and_nothing_more() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let anybody = app.stranger();
    for path in ["/_shell/0123456789abcdef/index.html", "/pkg/0123456789abcdef/device-worker.js"] {
        let file = anybody.get(path).await;
        let policy = file.header("content-security-policy").to_owned();
        let again =
            anybody.request(Method::GET, path).header("if-modified-since", file.header("last-modified"));
        let known = send(again).await;
        assert_eq!((known.status, known.header("content-security-policy")), (304, policy.as_str()), "{path}");
        assert!(policy.contains("script-src 'self' 'wasm-unsafe-eval';"), "{path}: {policy}");
        assert!(policy.contains("connect-src 'self';"), "{path}: {policy}");
    }
    let page = anybody.get("/login").await.header("content-security-policy").to_owned();
    for part in ["media-src 'self' blob:;", "worker-src 'self';", "manifest-src 'self';"] {
        assert!(page.contains(part), "{part} in {page}");
    }
    // The policy of the shell has no nonce, which a stored copy could not renew.
    let shell = anybody.get("/_shell/0123456789abcdef/index.html").await;
    assert!(!shell.header("content-security-policy").contains("nonce"));
    let other = anybody.get("/sw.js").await;
    assert!(!other.header("content-security-policy").contains("wasm"));
    app.clear().await;
}
