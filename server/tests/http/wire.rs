//! Traffic over a bad network: hardly a byte is sent twice, and no other host is delayed.

use std::time::{Duration, Instant};

use egress::{Allowed, Timeouts};
use serde_json::json;
use smartcache::testing::Backend;

use crate::harness::App;
use crate::origin::{Manner, Origin, sha256};
use crate::proxy::{Fate, Proxy};

const SIZE: usize = 24_000_000;

/// Runs a check on each database, with an origin behind a proxy.
async fn behind(
    fate: impl Fn(usize) -> Fate + Send + Clone + 'static,
    check: impl AsyncFn(&App, &Proxy, &Origin),
) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let origin = Origin::start().await;
        let proxy = Proxy::before(origin.addr(), fate.clone()).await;
        // Also by the name `localhost`, which counts as another host.
        let places = [proxy.allowance(), format!("[::1]/128:{}", proxy.addr().port())];
        let with = |config: &mut smartcache::engine::Config| {
            let [connect, head, idle] = [1, 1, 1].map(Duration::from_secs);
            config.timeouts =
                Timeouts { connect, head, idle, slow: Duration::from_secs(30), ..Timeouts::default() };
            config.egress_allow.extend(places.iter().map(|place| place.parse::<Allowed>().unwrap()));
            (config.max_file_mb, config.transfers, config.transfers_per_host) = (40, 6, 3);
        };
        let Some(app) = App::with(backend, with).await else { continue };
        check(&app, &proxy, &origin.by_way_of(proxy.addr())).await;
        app.clear().await;
    }
}

/// Asserts that a file is ready with the right bytes, and that hardly any byte arrived twice.
async fn arrives(app: &App, proxy: &Proxy, origin: &Origin) {
    let sound = origin.sound("/long.mp3", SIZE, Manner::Proper);
    let ada = app.sign_up("ada").await;
    let id = ada.fetch(&app.origin, &origin.url("/long.mp3")).await;
    let ready = ada.until_ended(id).await;
    assert_eq!((&ready["status"], &ready["sha256"]), (&json!("ready"), &json!(sha256(&sound))), "{ready}");
    let (came, connections) = (proxy.brought(), proxy.connections());
    eprintln!(
        "{connections} connections, {came} bytes for a file of {SIZE}, {} bytes of requests",
        proxy.asked()
    );
    // Bytes in flight at each cut, and the heads.
    let in_flight = connections * 64 * 1024;
    assert!(came >= SIZE && came <= SIZE + SIZE / 20 + in_flight, "{came} bytes came for a file of {SIZE}");
    assert!(proxy.asked() < connections * 1_000, "requests are small");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cuts_at_random_places_cost_hardly_a_byte() {
    let fate = |nth| match nth {
        // Too little to resume from.
        1 => Fate::CutAfter(rand::random_range(1..60_000)),
        2..=6 => Fate::CutAfter(rand::random_range(1_100_000..5_000_000)),
        _ => Fate::Through,
    };
    behind(fate, async |app, proxy, origin| {
        arrives(app, proxy, origin).await;
        assert!(proxy.connections() >= 6, "{}", proxy.connections());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_way_that_stalls_is_left_after_the_idle_limit_and_gone_on_with() {
    let fate = |nth| if nth == 1 { Fate::StallAfter(SIZE / 2) } else { Fate::Through };
    behind(fate, async |app, proxy, origin| {
        let begun = Instant::now();
        arrives(app, proxy, origin).await;
        assert!(begun.elapsed() >= Duration::from_secs(1), "the idle limit");
        assert_eq!((proxy.connections(), origin.asked("/long.mp3")), (2, 2));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_way_that_is_only_long_costs_nothing_but_time() {
    behind(
        |_| Fate::Late(Duration::from_millis(2)),
        async |app, proxy, origin| {
            arrives(app, proxy, origin).await;
            assert_eq!(proxy.connections(), 1);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_black_hole_is_given_up_and_delays_no_other_host() {
    behind(
        |_| Fate::BlackHole,
        async |app, proxy, origin| {
            let ada = app.sign_up("ada").await;
            let hole = |n: usize| format!("http://localhost:{}/{n}.mp3", proxy.addr().port());
            let mut lost = Vec::new();
            for n in 0..8 {
                lost.push(ada.fetch(&app.origin, &hole(n)).await);
            }
            let good = app.origin.sound("/good.mp3", 300_000, Manner::Proper);
            let begun = Instant::now();
            let id = ada.fetch(&app.origin, &app.origin.url("/good.mp3")).await;
            let ready = ada.until_ended(id).await;
            assert_eq!(ready["sha256"], sha256(&good), "{ready}");
            assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
            let all = ada.all("/api/v1/downloads").await;
            assert!(
                all.iter().any(|download| download["status"] == "downloading"),
                "the eight are still at it: {all:?}"
            );
            let failed = ada.until_ended(lost[0]).await;
            assert_eq!(
                (&failed["status"], &failed["error"]),
                (&json!("failed"), &json!("The server did not answer in time."))
            );
            assert_eq!((proxy.brought(), origin.asked("/0.mp3")), (0, 0));
            assert!(proxy.connections() >= 4, "it went on accepting");
        },
    )
    .await;
}
