//! A publisher of good and bad pictures on loopback.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{MethodRouter, get};
use futures::{StreamExt, stream};
use thumbnails::testing::png;

/// A good picture of 600 pixels.
pub fn cover() -> Vec<u8> {
    png(600, 80)
}

/// Starts the publisher.
pub async fn publisher() -> SocketAddr {
    let router = Router::new()
        .route("/good.png", file("image/png", cover()))
        .route("/mislabelled.txt", file("text/plain", cover()))
        .route("/page.png", file("image/png", b"<!doctype html><title>Gone</title>".to_vec()))
        .route("/drawing.svg", file("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec()))
        .route("/cut.png", file("image/png", cover()[..900].to_vec()))
        .route("/large.png", file("image/png", [cover(), vec![0; 11_000_000]].concat()))
        .route("/inward", get(|| async { Redirect::temporary("http://127.0.0.1:1/secret.png") }))
        .route("/drip.png", get(drip));
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    addr
}

fn file(kind: &'static str, bytes: Vec<u8>) -> MethodRouter {
    get(move || async move { ([(header::CONTENT_TYPE, kind)], bytes) })
}

/// A byte now and then, without an end.
async fn drip() -> impl IntoResponse {
    Body::from_stream(stream::iter(0..).then(|_| async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Ok::<_, Infallible>(Bytes::from_static(b"\x89"))
    }))
}
