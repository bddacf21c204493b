//! Redis is away: short enough for `make test`.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::{Ledger, RECOVERY, Stage, delays};
use crate::redis::RedisServer;

/// Runs a fault while frames are recorded.
async fn drill(stage: &mut Stage, name: &str, fault: impl AsyncFnOnce(&mut RedisServer)) {
    stage.until_relayed().await;
    let ledger = Ledger::open(stage).await;
    sleep(Duration::from_millis(500)).await;
    fault(&mut stage.redis).await;
    let back = Instant::now();
    stage.until_relayed().await;
    let recovery = back.elapsed();
    assert!(recovery < RECOVERY, "{name}: Redis relays again after {recovery:?}");
    let heard = ledger.close().await;
    let (median, most) = delays(&heard);
    assert!(most < RECOVERY, "{name}: a frame came after {most:?}");
    println!(
        "{name}: {} frames, delay {median:?} (median), {most:?} (most); relayed again after {recovery:?}",
        heard.len()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_is_killed_stopped_emptied_and_cut_off_and_no_frame_is_lost() {
    let Some(mut stage) = Stage::set(RedisServer::start().await).await else { return };
    drill(&mut stage, "Redis killed and started empty", async |redis| {
        redis.kill();
        sleep(Duration::from_secs(2)).await;
        redis.run().await;
    })
    .await;
    drill(&mut stage, "Redis stopped for 6 s", async |redis| {
        redis.signal("STOP");
        sleep(Duration::from_secs(6)).await;
        redis.signal("CONT");
    })
    .await;
    drill(&mut stage, "Redis emptied", async |redis| {
        redis.command("FLUSHALL").await.unwrap();
    })
    .await;
    drill(&mut stage, "subscriptions cut off", async |redis| {
        redis.command("CLIENT KILL TYPE pubsub").await.unwrap();
    })
    .await;
    drill(&mut stage, "connections cut off", async |redis| {
        redis.command("CLIENT KILL TYPE normal").await.unwrap();
    })
    .await;
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_may_start_after_the_processes() {
    let Some(mut stage) = Stage::set(RedisServer::reserved()).await else { return };
    let health = stage.people[0].get("/health/detailed").await.json();
    assert_eq!(health["checks"]["redis"]["ok"], false, "{health}");
    let ledger = Ledger::open(&stage).await;
    sleep(Duration::from_secs(3)).await;
    let (median, most) = delays(&ledger.close().await);
    assert!(most < RECOVERY, "without Redis a frame came after {most:?}, {median:?} in the median");
    stage.redis.run().await;
    stage.until_relayed().await;
    stage.end().await;
}
