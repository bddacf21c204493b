//! Publishers with https: valid certificates on both protocols, bad ones refused, no downgrade to http.

use std::process::Command;
use std::time::{Duration, Instant};

use axum::http::{Version, header};
use egress::Allowed;
use serde_json::json;
use smartcache::testing::Backend;

use crate::harness::App;
use crate::identity::{Authority, Identity};
use crate::origin::{Manner, Origin, sha256};
use crate::proxy::{Fate, Proxy};

const SIZE: usize = 3_000_000;

/// Runs a check on each database, with a trusted authority and further `places` that may be fetched from.
async fn trusting(places: Vec<String>, authority: &Authority, check: impl AsyncFn(&App)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let with = |config: &mut smartcache::engine::Config| {
            config.egress_ca = authority.trusted(&config.data_dir);
            config.egress_allow.extend(places.iter().map(|place| place.parse::<Allowed>().unwrap()));
            config.max_file_mb = 4;
        };
        let Some(app) = App::with(backend, with).await else { continue };
        check(&app).await;
        app.clear().await;
    }
}

/// Cuts a connection in the middle; the rest arrives over a second one.
async fn goes_on(protocol: &str, version: Version) {
    let authority = Authority::new();
    let identity = authority.good().speaking(protocol);
    let origin = Origin::secured(&identity).await;
    let sound = origin.sound("/whole.mp3", SIZE, Manner::Proper);
    // Even connections are whole, so each database sees one that breaks and one that does not.
    let fate = |nth: usize| if nth % 2 == 1 { Fate::CutAfter(SIZE / 2) } else { Fate::Through };
    let proxy = Proxy::before(origin.addr(), fate).await;
    let media = origin.by_way_of(proxy.addr()).url("/whole.mp3");
    trusting(vec![proxy.allowance()], &authority, async |app| {
        let before = (proxy.brought(), origin.asked("/whole.mp3"));
        let ada = app.sign_up("ada").await;
        let id = ada.fetch(&app.origin, &media).await;
        let ready = ada.until_ended(id).await;
        assert_eq!(
            (&ready["status"], &ready["sha256"]),
            (&json!("ready"), &json!(sha256(&sound))),
            "{ready}"
        );
        let asked = origin.requests("/whole.mp3").split_off(before.1);
        assert_eq!(asked.iter().map(|head| head.version).collect::<Vec<_>>(), [version; 2]);
        assert!(asked[1].headers.contains_key(header::IF_RANGE), "{asked:?}");
        let came = proxy.brought() - before.0;
        assert!(came < SIZE + SIZE / 20, "{came} bytes came for a file of {SIZE}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_download_goes_on_after_a_cut_over_http_1() {
    goes_on("http/1.1", Version::HTTP_11).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_download_goes_on_after_a_cut_over_http_2() {
    goes_on("h2", Version::HTTP_2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http_2_is_spoken_where_there_is_a_choice() {
    let authority = Authority::new();
    let origin = Origin::secured(&authority.good()).await;
    origin.sound("/choice.mp3", 9_000, Manner::Proper);
    trusting(vec![origin.allowance()], &authority, async |app| {
        let ada = app.sign_up("ada").await;
        ada.until_download(ada.fetch(&app.origin, &origin.url("/choice.mp3")).await, "ready").await;
    })
    .await;
    assert!(origin.requests("/choice.mp3").iter().all(|head| head.version == Version::HTTP_2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_is_no_good_is_refused_at_once_in_words() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let cases = [
        (authority.expired(), "The server's certificate has expired."),
        (Identity::self_signed(), "The server's certificate was issued by nobody who is trusted."),
        (stranger.good(), "The server's certificate was issued by nobody who is trusted."),
        (authority.of_another_host(), "The server's certificate is for another name."),
    ];
    let mut origins = Vec::new();
    for (identity, why) in &cases {
        let origin = Origin::secured(identity).await;
        origin.sound("/never.mp3", 9_000, Manner::Proper);
        origins.push((origin, *why));
    }
    let places = origins.iter().map(|(origin, _)| origin.allowance()).collect();
    trusting(places, &authority, async |app| {
        let ada = app.sign_up("ada").await;
        for (origin, why) in &origins {
            let id = ada.fetch(&app.origin, &origin.url("/never.mp3")).await;
            let begun = Instant::now();
            let failed = ada.until_ended(id).await;
            assert_eq!((&failed["status"], &failed["error"]), (&json!("failed"), &json!(why)));
            assert_eq!((&failed["attempts"], origin.asked("/never.mp3")), (&json!(1), 0));
            assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_nobody_named_is_not_believed() {
    let origin = Origin::secured(&Authority::new().good()).await;
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let place = origin.allowance().parse().unwrap();
        let Some(app) = App::with(backend, |config| config.egress_allow.push(place)).await else { continue };
        let ada = app.sign_up("ada").await;
        let failed = ada.until_ended(ada.fetch(&app.origin, &origin.url("/x.mp3")).await).await;
        assert!(failed["error"].as_str().unwrap().contains("nobody who is trusted"), "{failed}");
        app.clear().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_leaves_neither_https_nor_anything_of_ours_behind() {
    let authority = Authority::new();
    let (first, second) =
        (Origin::secured(&authority.good()).await, Origin::secured(&authority.good()).await);
    let plain = Origin::start().await;
    plain.sound("/plain.mp3", 9_000, Manner::Proper);
    second.sound("/there.mp3", 9_000, Manner::Proper);
    let to = |path: &str, target: String| first.put(path, "text/plain", "", Manner::Redirects(target));
    let down = to("/down.mp3", plain.url("/plain.mp3"));
    let secret = to("/secret.mp3", second.url("/there.mp3").replace("https://", "https://ada:word@"));
    let over = to("/over.mp3", second.url("/there.mp3"));
    let places = [&first, &second, &plain].map(|origin| origin.allowance()).to_vec();
    trusting(places, &authority, async |app| {
        let ada = app.sign_up("ada").await;
        for (media, why) in [(&down, "from https to http"), (&secret, "name and password")] {
            let failed = ada.until_ended(ada.fetch(&app.origin, media).await).await;
            assert_eq!((&failed["status"], &failed["attempts"]), (&json!("failed"), &json!(1)), "{failed}");
            assert!(failed["error"].as_str().unwrap().contains(why), "{failed}");
        }
        ada.until_download(ada.fetch(&app.origin, &over).await, "ready").await;
    })
    .await;
    assert_eq!(plain.asked("/plain.mp3"), 0);
    for head in second.requests("/there.mp3") {
        for name in [header::AUTHORIZATION, header::COOKIE, header::REFERER, header::PROXY_AUTHORIZATION] {
            assert!(!head.headers.contains_key(&name), "{:?}", head.headers);
        }
    }
}

#[test]
fn a_file_of_no_use_is_refused_at_the_start_by_the_name_of_its_setting() {
    for (file, part) in [("/nowhere/ca.pem", "cannot be read"), ("/dev/null", "no certificate")] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_smartcache"));
        let output = command.env("SMARTCACHE_EGRESS_CA", file).arg("migrate").output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success());
        assert!(told.contains("SMARTCACHE_EGRESS_CA") && told.contains(part), "{told}");
    }
}
