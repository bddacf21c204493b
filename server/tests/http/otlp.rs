//! Export of traces to a collector.

use smartcache::testing::Backend;

use crate::spawned::Place;

#[cfg(feature = "otlp")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_span_of_a_request_reaches_the_collector() {
    use axum::body::Bytes;
    use axum::http::HeaderMap;
    use axum::routing::post;

    let (sender, mut received) = tokio::sync::mpsc::unbounded_channel();
    let collect = move |headers: HeaderMap, spans: Bytes| async move {
        sender.send((headers["content-type"].to_str().unwrap().to_owned(), spans)).unwrap();
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    let collector = axum::Router::new().route("/v1/traces", post(collect));
    let collector = tokio::spawn(async move { axum::serve(listener, collector).await.unwrap() });
    let (mut place, _origin) = Place::on(Backend::Sqlite).await.unwrap();
    let delay = ("OTEL_BSP_SCHEDULE_DELAY", "100".to_owned());
    place.set([("SMARTCACHE_OTLP_URL", url), ("SMARTCACHE_LOG", "info".to_owned()), delay]);
    let server = place.spawn().await;
    assert_eq!(place.person().get("/api/v1/items").await.status, 401);
    let holds = |spans: &[u8], text: &str| spans.windows(text.len()).any(|part| part == text.as_bytes());
    loop {
        let (content_type, spans) = received.recv().await.unwrap();
        assert_eq!(content_type, "application/x-protobuf");
        assert!(holds(&spans, "smartcache"), "the service is named");
        if holds(&spans, "/api/v1/items") {
            break;
        }
    }
    drop(server);
    collector.abort();
    place.clear().await;
}

#[cfg(not(feature = "otlp"))]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_cannot_export_traces_says_so() {
    let (mut place, _origin) = Place::on(Backend::Sqlite).await.unwrap();
    place.set([("SMARTCACHE_OTLP_URL", "http://127.0.0.1:4318/v1/traces".to_owned())]);
    let (succeeded, said) = place.run(&["migrate"]);
    assert!(!succeeded && said.contains("SMARTCACHE_OTLP_URL") && said.contains("`otlp`"), "{said}");
    place.clear().await;
}
