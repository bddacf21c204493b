//! Chapters and transcripts: small files beside a feed, fetched from the publisher on demand.

use both_databases::both_databases;
use std::time::Duration;

use serde_json::json;

use crate::harness::{App, Person, Reply};
use crate::origin::Manner;

/// A user who follows a feed with one episode, with chapters and transcript at these addresses; and its path.
async fn listener(app: &App, inside: &str, chapters: &str, transcript: &str) -> (Person, String) {
    let ada = app.sign_up("ada").await;
    let feed = format!(
        "<rss version=\"2.0\" xmlns:podcast=\"https://podcastindex.org/namespace/1.0\"><channel><title>Talks</title>\
         <item><guid>t</guid><title>Talk</title><enclosure url=\"{}\" type=\"audio/mpeg\" length=\"20\"/>{inside}\
         <podcast:chapters url=\"{chapters}\" type=\"application/json+chapters\"/>\
         <podcast:transcript url=\"{transcript}\" type=\"text/vtt\"/></item></channel></rss>",
        app.origin.url("/talk.mp3")
    );
    let source = ada.follow(&app.origin.put("/talks.xml", "application/rss+xml", feed, Manner::Proper)).await;
    let path = format!("/api/v1/items/{}", ada.item_of(source).await["id"]);
    (ada, path)
}

const CHAPTERS: &str = r#"{"version":"1.2.0","chapters":[{"startTime":90,"title":"The <sea>","url":"https://example.org/sea"},
    {"startTime":0,"title":"The start"},{"startTime":50,"title":"Picture","toc":false}]}"#;
const SPOKEN: &str =
    "WEBVTT\n\n00:01.000 --> 00:03.000\n<v Ann>The train left.\n\n00:03.000 --> 00:05.000\n<v Bob>Did it?\n";

fn why(refused: &Reply) -> String {
    refused.json()["detail"].as_str().unwrap_or_default().to_owned()
}

#[both_databases]
async fn chapters_and_a_transcript_are_read_once_and_only_by_who_sees_the_item(app: &App) {
    let (chapters, spoken) = (app.origin.url("/c.json"), app.origin.url("/t.vtt"));
    app.origin.put("/c.json", "application/json", CHAPTERS, Manner::Proper);
    app.origin.put("/t.vtt", "text/vtt", SPOKEN, Manner::Proper);
    let (ada, item) = listener(app, "", &chapters, &spoken).await;
    assert_eq!((app.origin.asked("/c.json"), app.origin.asked("/t.vtt")), (0, 0), "before anybody looks");
    for _ in 0..2 {
        let told = ada.get(&format!("{item}/chapters")).await.ok();
        let titles: Vec<_> = told["data"].as_array().unwrap().iter().map(|it| it["title"].clone()).collect();
        assert_eq!(titles, ["The start", "Picture", "The <sea>"]);
        assert_eq!(
            (&told["data"][1]["hidden"], &told["data"][2]["url"]),
            (&json!(true), &json!("https://example.org/sea"))
        );
        let said = ada.get(&format!("{item}/transcript")).await.ok();
        assert_eq!(
            said["lines"],
            json!([
                { "start_seconds": 1.0, "speaker": "Ann", "text": "The train left." },
                { "start_seconds": 3.0, "speaker": "Bob", "text": "Did it?" },
            ])
        );
    }
    assert_eq!((app.origin.asked("/c.json"), app.origin.asked("/t.vtt")), (1, 1));
    let eve = app.sign_up("eve").await;
    assert_eq!(eve.get(&format!("{item}/chapters")).await.status, 404);
    assert_eq!(eve.get(&format!("{item}/transcript")).await.status, 404);
    assert_eq!(app.stranger().get(&format!("{item}/chapters")).await.status, 401);
}

#[both_databases]
async fn what_is_not_to_be_had_is_said_in_a_sentence(app: &App) {
    let (chapters, spoken) = (app.origin.url("/c.json"), app.origin.url("/t.vtt"));
    let (ada, item) = listener(app, "", &chapters, &spoken).await;
    let large = "x".repeat(1_000_001);
    for (body, manner, expected) in [
        (String::new(), Manner::Fails(404), "nothing at this address (HTTP 404)"),
        (String::new(), Manner::Fails(503), "problem of its own (HTTP 503)"),
        (large, Manner::Proper, "larger than 1 MB"),
        (String::new(), Manner::Redirects("http://192.168.1.1/c.json".into()), "private network"),
        ("<html>Not found</html>".into(), Manner::Proper, "no form that is known"),
    ] {
        app.origin.put("/c.json", "application/json", body, manner);
        let refused = ada.get(&format!("{item}/chapters")).await;
        assert_eq!((refused.status, refused.code()), (409, "conflict".into()));
        assert!(why(&refused).contains(expected), "{expected}: {}", why(&refused));
    }
    let missing = ada.get(&format!("{item}/transcript")).await;
    assert!(missing.status == 409 && why(&missing).contains("HTTP 404"), "{}", why(&missing));
}

#[both_databases]
async fn inward_addresses_in_a_feed_are_not_asked(app: &App) {
    let inward = format!("{}/api/v1/auth/me", app.base);
    let (ada, item) = listener(app, "", &inward, "http://169.254.169.254/latest/meta-data.vtt").await;
    for part in ["chapters", "transcript"] {
        let refused = ada.get(&format!("{item}/{part}")).await;
        assert_eq!(refused.status, 409, "{}", why(&refused));
        assert!(why(&refused).contains("private network"), "{}", why(&refused));
    }
}

#[both_databases]
async fn chapters_of_the_feed_itself_stand_in_for_a_file_that_is_away(app: &App) {
    let inside = "<psc:chapters xmlns:psc='http://podlove.org/simple-chapters'><psc:chapter start='00:05' title='Inside'/></psc:chapters>";
    app.origin.put("/c.json", "application/json", "", Manner::Fails(500));
    let (ada, item) = listener(app, inside, &app.origin.url("/c.json"), "").await;
    let told = ada.get(&format!("{item}/chapters")).await.ok();
    assert_eq!(
        (&told["data"][0]["title"], &told["data"][0]["start_seconds"]),
        (&json!("Inside"), &json!(5.0))
    );
    let refused = ada.get(&format!("{item}/transcript")).await;
    assert!(why(&refused).contains("no transcript"), "{}", why(&refused));
}

#[both_databases]
async fn a_publisher_who_never_answers_is_waited_for_ten_seconds(app: &App) {
    let chapters = app.origin.url("/c.json");
    app.origin.put("/c.json", "application/json", "", Manner::NeverAnswers);
    let (ada, item) = listener(app, "", &chapters, "").await;
    let refused =
        tokio::time::timeout(Duration::from_secs(14), ada.get(&format!("{item}/chapters"))).await.unwrap();
    assert!(why(&refused).contains("did not answer in time"), "{}", why(&refused));
}
