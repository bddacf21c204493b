//! The description of the REST API: it is the router's own, and the file in `docs/` is the current one.

use std::process::Command;

use reqwest::{Method, header};
use serde_json::{Map, Value, json};

use crate::harness::{App, Person, Reply, send};

const ROUTER: &str = include_str!("../../src/router.rs");
const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

/// The description in `docs/`.
fn kept() -> String {
    std::fs::read_to_string("../docs/openapi.json").unwrap()
}

fn golden() -> Value {
    serde_json::from_str(&kept()).unwrap()
}

fn entries(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flat_map(Map::iter)
}

/// The address of a path with values for its parameters, of things that do not exist.
fn address(path: &str) -> String {
    let values = [("{name}", "discovery"), ("{token}", "none"), ("{hash}", "0"), ("{download_id}", "9")];
    values.iter().fold(path.replace("{id}", "999999"), |path, (name, value)| path.replace(name, value))
}

async fn ask(person: &Person, method: &str, path: &str) -> Reply {
    let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
    let request = person.request(method.clone(), &address(path));
    send(if method == Method::GET { request } else { request.json(&json!({})) }).await
}

#[test]
fn the_file_in_docs_is_the_current_description() {
    let printed = Command::new(env!("CARGO_BIN_EXE_smartcache")).arg("openapi").output().unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert!(
        printed == kept(),
        "the API is no longer as docs/openapi.json says: look at `make openapi; git diff`"
    );
}

#[tokio::test]
async fn anybody_may_read_the_description_and_ask_whether_it_is_still_the_same() {
    let app = App::on_sqlite().await.unwrap();
    let stranger = app.stranger();
    let served = stranger.get("/api/v1/openapi.json").await;
    assert_eq!((served.status, served.header("content-type")), (200, "application/json"));
    assert!(served.text() == kept(), "docs/openapi.json is another one: `make openapi; git diff`");
    let known = stranger.request(Method::GET, "/api/v1/openapi.json");
    let again = send(known.header(header::IF_NONE_MATCH, served.header("etag"))).await;
    assert_eq!((again.status, again.text().as_str()), (304, ""));
    let page = stranger.get("/api/docs").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let page = page.text();
    assert!(page.contains("/api/v1/sources/{id}") && !page.contains("<script"));
    for target in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(page.contains(&format!("id=\"{target}\"")), "nothing is at #{target}");
    }
    app.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_described_route_answers_as_described_and_no_other_method_does() {
    let app = App::on_sqlite().await.unwrap();
    let (stranger, ada) = (app.stranger(), app.sign_up("ada").await);
    let document = golden();
    for (path, item) in entries(&document["paths"]) {
        // The session is needed for the others.
        let person = if path.ends_with("/logout") { &stranger } else { &ada };
        for method in METHODS {
            let operation = &item[method];
            let reply = ask(person, method, path).await;
            let asked = format!("{method} {path}: {} {}", reply.status, reply.text());
            if operation.is_null() {
                assert_eq!(reply.status, 405, "{asked}");
                continue;
            }
            assert!(!reply.text().contains("no such address"), "{asked}");
            assert!(!operation["responses"][reply.status.to_string()].is_null(), "{asked}");
        }
    }
    app.clear().await;
}

#[test]
fn no_route_of_the_api_is_registered_without_a_description() {
    assert!(!ROUTER.contains(".route(\"/api/v1"));
}

#[test]
fn every_operation_has_a_summary_and_a_name_of_its_own() {
    let document = golden();
    let mut names = Vec::new();
    for (path, item) in entries(&document["paths"]) {
        for (method, operation) in entries(item) {
            let summary = operation["summary"].as_str().unwrap_or_default();
            assert!(summary.ends_with('.'), "{method} {path} has no summary");
            names.push(operation["operationId"].as_str().unwrap());
        }
    }
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn every_reference_leads_to_a_component() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|field| references(field, found));
            }
            Value::Array(all) => all.iter().for_each(|one| references(one, found)),
            _ => {}
        }
    }
    let document = golden();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 100);
    for reference in found {
        let there = document.pointer(reference.trim_start_matches('#'));
        assert!(there.is_some(), "{reference} leads nowhere");
    }
}

#[tokio::test]
async fn a_list_in_the_place_of_an_object_is_refused_by_its_field() {
    let app = App::on_sqlite().await.unwrap();
    let ada = app.sign_up("ada").await;
    for (body, field) in [(json!([null, null]), "body"), (json!({ "approval": [300] }), "approval")] {
        let refused = ada.put("/api/v1/preferences", body).await;
        assert_eq!((refused.status, &refused.json()["fields"][0]["field"]), (422, &json!(field)));
    }
    assert_eq!(ada.patch("/api/v1/account", json!([null])).await.status, 422);
    app.clear().await;
}

#[tokio::test]
async fn a_path_that_is_no_text_is_answered_like_a_missing_row() {
    let app = App::on_sqlite().await.unwrap();
    let ada = app.sign_up("ada").await;
    for path in ["/api/v1/agents/%FF", "/api/v1/sources/%FF", "/covers/%FF"] {
        assert_eq!(ada.get(path).await.status, 404, "{path}");
    }
    assert_eq!(ada.get("/api/v1/downloads/1/file?inline=1&inline=1").await.status, 422);
    app.clear().await;
}
