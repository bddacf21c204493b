//! Covers and pictures of articles between a gateway and a site.

use super::*;
use crate::db::pictures as picture_rows;
use crate::domain::feed_login::MARK;
use crate::domain::picture::LARGEST;
use crate::engine::pictures;
use crate::testing::pictures::cover;

const COVER: &str = "https://example.org/cover.png";
const PHOTO: &str = "https://example.org/photo.png";

/// Stores a reading of the feed with a cover and one item.
async fn read_with_cover(node: &Node) {
    let feed = format!(
        "<rss version='2.0'><channel><title>Night Radio</title><image><url>{COVER}</url></image>
         <item><guid>1</guid><title>One</title></item></channel></rss>"
    );
    let source = node.source(FEED).await;
    catalog::store_feed_for_tests(&node.engine, source, feed.as_bytes()).await.unwrap();
}

impl Node {
    /// Keeps a picture, as if its server had sent these bytes.
    async fn keeps(&self, address: &str, bytes: Vec<u8>) {
        self.shows(address).await;
        pictures::store_bytes(&self.engine, &[address.to_owned()], bytes).await.unwrap();
    }

    /// Requests a picture, as a page does that shows it.
    async fn shows(&self, address: &str) {
        let addresses = [address.to_owned()];
        picture_rows::want(&self.engine.db, &addresses, self.engine.now()).await.unwrap();
    }

    async fn has(&self, address: &str) -> bool {
        let kept = picture_rows::kept(&self.engine.db, &[address.to_owned()], LARGEST).await.unwrap();
        let Some(kept) = kept.first() else { return false };
        let file = pictures::file(&self.engine, &kept.hash, LARGEST).await.unwrap();
        file.mime_type == "image/webp" && kept.width == 512
    }
}

#[both_databases]
async fn a_cover_comes_with_its_source_and_other_pictures_when_the_site_asks(t: &TestEngine) {
    let (pair, _) = Pair::following(t).await;
    pair.gateway.keeps(COVER, cover()).await;
    read_with_cover(&pair.gateway).await;
    let written = pair.export(&pair.gateway, &pair.site).await;
    assert_eq!(written.files, 0, "a picture is none of the files that somebody waits for");
    let imported = import(&pair.site.engine, &written.volumes[0]).await.unwrap();
    assert_eq!(imported.files, 0);
    assert!(pair.site.has(COVER).await);
    // It does not go again.
    assert_eq!(pair.export(&pair.gateway, &pair.site).await.records, 4);
    pair.to_gateway().await;
    assert_eq!(pair.export(&pair.gateway, &pair.site).await.records, 0);

    // A page of the site shows another one. The gateway fetches it, and then sends it.
    pair.site.shows(PHOTO).await;
    let private = format!("{PHOTO}{MARK}{}", "0".repeat(32));
    pair.site.shows(&private).await;
    pair.to_gateway().await;
    pair.to_site().await;
    assert!(!pair.site.has(PHOTO).await, "the gateway does not have it yet");
    let due = picture_rows::due(&pair.gateway.engine.db, pair.gateway.engine.now(), 10).await.unwrap();
    assert_eq!(due, [PHOTO], "and it is asked for nothing private");
    pair.gateway.keeps(PHOTO, cover()).await;
    let lost = pair.export(&pair.gateway, &pair.site).await;
    assert_eq!(lost.records, 1);
    std::fs::remove_file(&lost.volumes[0]).unwrap();
    pair.to_gateway().await;
    pair.to_site().await;
    assert!(pair.site.has(PHOTO).await, "asked for until it is here");
    pair.to_gateway().await;
    assert_eq!(pair.export(&pair.gateway, &pair.site).await.records, 0);
}

#[both_databases]
async fn a_picture_that_no_page_and_no_source_of_the_peer_has_is_left(t: &TestEngine) {
    let (pair, _) = Pair::following(t).await;
    pair.to_site().await;
    pair.to_gateway().await;
    pair.gateway.keeps(PHOTO, cover()).await;
    rows::want_picture(&pair.gateway.engine.db, "school", PHOTO).await.unwrap();
    let written = pair.export(&pair.gateway, &pair.site).await;
    assert_eq!(written.records, 1);
    import(&pair.site.engine, &written.volumes[0]).await.unwrap();
    assert!(!pair.site.has(PHOTO).await);
}

#[both_databases]
async fn bytes_of_a_peer_that_are_no_picture_are_not_shown(t: &TestEngine) {
    let (pair, _) = Pair::following(t).await;
    pair.gateway.keeps(PHOTO, cover()).await;
    // The gateway's store has a web page where its thumbnail should be.
    let page = b"<!doctype html><script>alert(1)</script>".to_vec();
    let sha256 = crate::testing::fixtures::sha256(&page);
    let path = pair.gateway.engine.config.data_dir.join("page");
    std::fs::write(&path, &page).unwrap();
    pair.gateway.engine.store.keep(&sha256, page.len() as u64, &path).await.unwrap();
    let blob = crate::db::media::Blob {
        sha256: sha256.clone(),
        bytes: page.len() as i64,
        mime_type: "image/webp".into(),
    };
    let db = &pair.gateway.engine.db;
    crate::db::media::keep_blob(db, &blob, pair.gateway.engine.now()).await.unwrap();
    let sql = "UPDATE picture_file SET sha256 = $1 WHERE size = $2";
    crate::db::sql::execute(db, sql, args![sha256.as_str(), LARGEST]).await.unwrap();
    pair.site.shows(PHOTO).await;
    pair.to_gateway().await;
    pair.to_site().await;
    assert!(!pair.site.has(PHOTO).await);
    assert!(!pair.site.engine.store.keeps(&sha256, page.len() as i64).await);
}
