//! The binary: its commands, its processes side by side, and graceful shutdown.

use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use smartcache::testing::{Backend, PASSWORD};

use crate::harness::until;
use crate::live::Line;
use crate::origin::Manner;
use crate::spawned::Place;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn told_to_stop_it_says_goodbye_and_ends_soon() {
    let (place, origin) = Place::on(Backend::Sqlite).await.unwrap();
    let spawned = place.spawn().await;
    let ada = place.person();
    ada.sign_up("ada").await;
    let (feed, _) = origin.podcast("slow", 400_000, Manner::Slow(2_000));
    let item = ada.item_of(ada.follow(&feed).await).await;
    let id = ada.queue(&item).await;
    ada.until_download(id, "downloading").await;
    let mut line = Line::open(&ada).await;
    line.hear().await.unwrap();
    let ((status, took), goodbye) = tokio::join!(spawned.stop(), async {
        loop {
            if let Err(code) = line.hear().await {
                break code;
            }
        }
    });
    assert!(status.success() && took < Duration::from_secs(30), "{status} after {took:?}");
    assert_eq!(goodbye, 1001);
    place.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn told_to_stop_it_is_not_ready_any_more_and_serves_on_until_a_proxy_knows() {
    let (mut place, _) = Place::on(Backend::Sqlite).await.unwrap();
    place.set([("SMARTCACHE_DRAIN_SECONDS", "4".into())]);
    let spawned = place.spawn().await;
    let anybody = place.person();
    assert_eq!(anybody.get("/ready").await.status, 200);
    spawned.signal("TERM");
    until("it is not ready", async || (anybody.get("/ready").await.status == 503).then_some(())).await;
    assert_eq!(anybody.get("/health").await.status, 200);
    let (status, took) = spawned.stop().await;
    assert!(status.success() && took < Duration::from_secs(20), "{status} after {took:?}");
    place.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_looks_after_accounts_and_sources() {
    let (place, _) = Place::on(Backend::Sqlite).await.unwrap();
    let says = |args: &[&str], input: &str| {
        let mut child = place
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (
            output.status.success(),
            String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap(),
        )
    };
    assert!(says(&["migrate"], "").0);
    assert!(says(&["user", "add", "ada"], &format!("{PASSWORD}\n")).0);
    let (weak, why) = says(&["user", "add", "bob", "--password-stdin"], "password12\n");
    assert!(!weak && why.contains("password"), "{why}");
    assert!(says(&["user", "make-admin", "ada"], "").0);
    assert!(says(&["user", "reset-password", "ada"], "another-violet-train-17\n").0);
    assert!(says(&["user", "remove-factors", "ada"], "").1.contains("ada signs in with the password alone"));
    assert!(!says(&["user", "remove-factors", "bob"], "").0);
    assert!(says(&["seed"], "").1.contains("new sources"));
    assert!(says(&["source", "add", "https://example.org/feed.xml", "--name", "Example"], "").0);
    assert!(!says(&["source", "add", "http://10.0.0.1/feed.xml"], "").0);
    let _spawned = place.spawn().await;
    let ada = place.person();
    let typed = json!({ "username": "ada", "password": "another-violet-train-17" });
    assert_eq!(ada.post("/api/v1/auth/login", typed).await.ok()["user"]["is_admin"], true);
    assert_eq!(ada.all("/api/v1/sources?q=example.org").await[0]["name"], "Example");
    place.clear().await;
}

async fn web_and_work_in_two_processes(backend: Backend) {
    let Some((place, _)) = Place::on(backend).await else { return };
    let (web, worker) = (place.spawn_as("web").await, place.spawn_as("worker").await);
    let ada = place.person();
    ada.sign_up("ada").await;
    let station = ada.all("/api/v1/sources?kind=podcast").await[0]["id"].clone();
    ada.post("/api/v1/subscriptions", json!({ "source_id": station })).await.ok();
    ada.refresh(station.as_i64().unwrap()).await;
    let mut line = Line::open(&ada).await;
    line.hear().await.unwrap();
    let run = ada.start_run(1).await;
    let heard = line.hear_until("execution_complete").await;
    let seqs: Vec<_> = heard.iter().filter_map(|frame| frame["seq"].as_i64()).collect();
    assert!(seqs.windows(2).all(|pair| pair[1] == pair[0] + 1), "{seqs:?}");
    assert_eq!(ada.until_run(run, "completed").await["summary"]["ready"], 1);
    drop((web, worker));
    place.clear().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn web_and_work_in_two_processes_on_sqlite() {
    web_and_work_in_two_processes(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn web_and_work_in_two_processes_on_postgres() {
    web_and_work_in_two_processes(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_a_worker_is_not_well() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some((place, _)) = Place::on(backend).await else { continue };
        let web = place.spawn_as("web").await;
        let anybody = place.person();
        let alone = anybody.get("/health/detailed").await;
        assert_eq!((alone.status, &alone.json()["checks"]["workers"]["ok"]), (503, &json!(false)));
        assert_eq!(alone.json()["status"], "failing");
        let health = |status: u16| {
            let anybody = anybody.clone();
            until("the health has changed", async move || {
                (anybody.get("/health/detailed").await.status == status).then_some(())
            })
        };
        let worker = place.start(&["worker"]);
        health(200).await;
        let shown = anybody.get("/health/detailed").await.ok();
        let roles: Vec<_> =
            shown["processes"].as_array().unwrap().iter().map(|it| it["role"].clone()).collect();
        assert_eq!(roles, [json!("web"), json!("worker")], "{shown}");
        assert!(
            shown["disk"]["free_bytes"].as_u64().unwrap() > 0 && shown["checks"]["redis"].is_null(),
            "{shown}"
        );
        let (is_well, answer) = place.run(&["health"]);
        assert!(is_well && answer.contains("\"status\":\"ok\""), "{answer}");
        worker.kill();
        health(503).await;
        let (is_well, answer) = place.run(&["health"]);
        assert!(!is_well && answer.contains("is not well (HTTP 503)"), "{answer}");
        web.kill();
        let (is_well, answer) = place.run(&["health"]);
        assert!(!is_well && answer.contains("no server answers on"), "{answer}");
        place.clear().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_beside_a_server_leave_the_demo_stations_address_alone() {
    let (place, _) = Place::on(Backend::Sqlite).await.unwrap();
    let _server = place.spawn().await;
    let ada = place.person();
    ada.sign_up("ada").await;
    let station = async || {
        let sources = ada.all("/api/v1/sources").await;
        let mut found = sources.into_iter().filter(|source| source["name"] == "Demo Station");
        (found.next().unwrap(), format!("{}/demo/podcast.xml", ada.base))
    };
    let (before, address) = station().await;
    assert_eq!(before["feed_url"], address.as_str());
    let id = before["id"].to_string();
    let commands: [&[&str]; 5] =
        [&["doctor"], &["migrate"], &["user", "make-admin", "ada"], &["seed"], &["source", "refresh", &id]];
    for command in commands {
        let output = place.command(command).env_remove("SMARTCACHE_ADDR").output().unwrap();
        assert!(output.status.success(), "{command:?}: {output:?}");
        assert_eq!(station().await.0["feed_url"], address.as_str(), "{command:?}");
    }
    let mut worker = place.command(&["worker"]).env_remove("SMARTCACHE_ADDR").spawn().unwrap();
    assert_eq!(ada.refresh(before["id"].as_i64().unwrap()).await["error"], json!(null));
    worker.kill().unwrap();
    worker.wait().unwrap();
    assert_eq!(station().await.0["feed_url"], address.as_str());
    place.clear().await;
}
