//! Cases of files: expired addresses, reused guids, live streams, attachments, outages.

use serde_json::json;

use super::publisher::{answer, live_stream, publish, recording};
use super::{Stage, play};
use crate::rogue::{Step, head};

const SIGNED: &str = include_str!("signed-addresses.xml");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_07_a_signed_address_that_has_expired_is_asked_for_anew() {
    play(async |stage: &Stage| {
        let Stage { rogue, ada, .. } = stage;
        for path in ["/c07/one.mp3", "/c07/two.mp3"] {
            let bytes = crate::origin::sound(path, 80_540);
            rogue.on(path, move |asked| match asked.query.contains("token-time=2") {
                true => crate::rogue::proper(&bytes),
                false => answer("403 Forbidden", "text/plain", b"Expired URL"),
            });
        }
        let feed = publish(rogue, "/c07/feed.xml", SIGNED, &[("time", "1")]);
        let source = ada.follow(&feed).await;
        // The feed has no new address yet: the download waits.
        let one = stage.queue(source, &["Behind the scenes"]).await[0];
        let failed = ada.until_download(one, "failed").await;
        assert!(failed["next_attempt_at"].is_string(), "{failed}");
        // A refresh brings the new address: triggered by the refusal, and also used for the failed download.
        publish(rogue, "/c07/feed.xml", SIGNED, &[("time", "2")]);
        let two = stage.queue(source, &["Asked and answered"]).await[0];
        ada.until_download(two, "ready").await;
        ada.until_download(one, "ready").await;
    })
    .await;
}

const BULLETIN: &str = include_str!("bulletin.xml");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_09_a_guid_used_again_is_a_new_bulletin() {
    play(async |stage: &Stage| {
        let Stage { rogue, ada, .. } = stage;
        let (six, seven) = ("Sat, 28 Nov 2026 06:00:00 GMT", "Sat, 28 Nov 2026 07:00:00 GMT");
        let files = ["06", "07"].map(|hour| recording(rogue, &format!("/c09/bulletin-{hour}.mp3")));
        let feed = publish(rogue, "/c09/feed.xml", BULLETIN, &[("hour", "06"), ("date", six)]);
        let source = ada.follow(&feed).await;
        let first = stage.queue(source, &["News at 06"]).await[0];
        ada.until_download(first, "ready").await;
        publish(rogue, "/c09/feed.xml", BULLETIN, &[("hour", "07"), ("date", seven)]);
        ada.refresh(source).await;
        let second = stage.queue(source, &["News at 07"]).await[0];
        let ready = ada.until_download(second, "ready").await;
        assert_eq!((&ready["title"], stage.file(second).await), (&json!("News at 07"), files[1].clone()));
        assert_eq!(ada.download(first).await["title"], "News at 06");
        assert_eq!(stage.file(first).await, files[0]);
    })
    .await;
}

const LIVE: &str = include_str!("live-streams.xml");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_11_a_live_stream_is_no_file_and_holds_nothing_up() {
    play(async |stage: &Stage| {
        let Stage { rogue, ada, .. } = stage;
        for n in ["1", "2", "3", "5"] {
            live_stream(rogue, &format!("/c11/live/0{n}"), "HTTP/1.1 200 OK", 3_000);
        }
        live_stream(rogue, "/c11/live/04", "HTTP/1.1 200 OK", 200);
        live_stream(rogue, "/c11/icy", "ICY 200 OK", 3_000);
        let recorded = recording(rogue, "/c11/rec-1.mp3");
        let feed = publish(rogue, "/c11/feed.xml", LIVE, &[("n", "0")]);
        let source = ada.follow(&feed).await;
        let items = ada.all(&format!("/api/v1/items?source_id={source}")).await;
        assert!(items.iter().all(|item| item["title"] != "Live item of Podcasting 2.0"), "{items:?}");
        let streams = [
            "We are live!",
            "We are live too",
            "And on the third channel",
            "A stream whose server hangs up after 20 s",
            "And on the fourth",
            "Old style stream",
        ];
        let queued = stage.queue(source, &streams).await;
        let honest = stage.queue(source, &["Yesterday's show"]).await[0];
        ada.until_download(honest, "ready").await;
        assert_eq!(stage.file(honest).await, recorded);
        for (download, title) in queued.into_iter().zip(streams) {
            let failed = ada.until_download(download, "failed").await;
            let error = failed["error"].as_str().unwrap();
            assert!(error.contains("live stream"), "{title}: {error}");
        }
    })
    .await;
}

const ATTACHMENTS: &str = include_str!("attachments.xml");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_13_the_sound_is_fetched_whatever_stands_before_it() {
    play(async |stage: &Stage| {
        let Stage { rogue, ada, .. } = stage;
        rogue.on("/c13/notes.pdf", |_| answer("200 OK", "application/pdf", b"%PDF-1.4 notes"));
        rogue.on("/c13/player.html", |_| answer("200 OK", "text/html", b"<html>A player</html>"));
        let sounds = ["a", "c"].map(|name| recording(rogue, &format!("/c13/{name}.mp3")));
        let feed = publish(rogue, "/c13/feed.xml", ATTACHMENTS, &[]);
        let source = ada.follow(&feed).await;
        let titles = ["Notes before the talk", "Player page before the talk"];
        for (download, sound) in stage.queue(source, &titles).await.into_iter().zip(sounds) {
            let ready = ada.until_download(download, "ready").await;
            assert_eq!((&ready["mime_type"], stage.file(download).await), (&json!("audio/mpeg"), sound));
        }
    })
    .await;
}

const OUTAGE: &str = include_str!("outage.xml");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_31_an_outage_of_a_minute_costs_minutes() {
    play(async |stage: &Stage| {
        let Stage { rogue, ada, .. } = stage;
        let down = |path: &str, step: fn() -> Vec<Step>| rogue.on(path, move |_| step());
        down("/c31/s503.mp3", || answer("503 Service Unavailable", "text/plain", b"busy"));
        down("/c31/s500.mp3", || answer("500 Internal Server Error", "text/plain", b"oops"));
        down("/c31/drop.mp3", || {
            vec![head("200 OK", &[("Content-Type", "audio/mpeg"), ("Content-Length", "80000")])]
        });
        down("/c31/s404.mp3", || answer("404 Not Found", "text/plain", b"not yet"));
        let feed = publish(rogue, "/c31/feed.xml", OUTAGE, &[("n", "0")]);
        let source = ada.follow(&feed).await;
        let titles = [
            "503 for a minute",
            "500 for a minute",
            "Hangs up for a minute",
            "404 for a minute after it was published",
        ];
        let queued = stage.queue(source, &titles).await;
        for (download, title) in queued.iter().zip(titles) {
            let failed = ada.until_download(*download, "failed").await;
            let next: chrono::DateTime<chrono::Utc> = failed["next_attempt_at"]
                .as_str()
                .unwrap_or_else(|| panic!("{title}: {failed}"))
                .parse()
                .unwrap();
            let minutes = (next - chrono::Utc::now()).num_seconds() / 60;
            assert!((0..60).contains(&minutes), "{title}: {failed}");
        }
        // The host works again, and the user retries at once.
        for path in ["/c31/s503.mp3", "/c31/s500.mp3", "/c31/drop.mp3", "/c31/s404.mp3"] {
            recording(rogue, path);
        }
        for download in queued {
            ada.post(&format!("/api/v1/downloads/{download}/retry"), json!({})).await.ok();
            ada.until_download(download, "ready").await;
        }
    })
    .await;
}
