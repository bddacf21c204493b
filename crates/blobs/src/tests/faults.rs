//! Reads and writes while the bucket fails.

use super::*;

#[tokio::test]
async fn a_read_that_breaks_off_goes_on_where_it_was() {
    let s3 = S3::start().await;
    let tiers = Tiers::on(&s3);
    let bytes = noise(20, 2 * MB);
    let sha256 = tiers.keep(&bytes).await.unwrap();
    tiers.empty_the_cache(&sha256);
    s3.plan(1, Fault::BreaksOff, is_get);
    assert_eq!(tiers.served(&sha256, &bytes).await, Tier::Store);
    assert_eq!(s3.asked(|asked| is_get(asked) && asked.range.is_some()), 1);
}

#[tokio::test]
async fn forbidden_is_a_clear_fault_and_is_not_tried_again() {
    let s3 = S3::start().await;
    let tiers = Tiers::on(&s3);
    s3.plan(99, Fault::Answers(403, "AccessDenied"), is_put);
    let told = why(tiers.keep(&noise(21, 1_000)).await);
    assert!(told.contains("an upload failed") && told.contains("403"), "{told}");
    assert_eq!((s3.asked(is_put), s3.keys().len()), (1, 0));
}

#[tokio::test]
async fn bytes_that_arrive_with_another_checksum_are_not_kept() {
    let s3 = S3::start().await;
    let tiers = Tiers::on(&s3);
    s3.plan(99, Fault::Answers(400, "BadDigest"), is_put);
    let told = why(tiers.keep(&noise(30, 1_000)).await);
    assert!(told.contains("an upload failed") && told.contains("BadDigest"), "{told}");
    assert_eq!((s3.asked(is_put), s3.keys().len()), (1, 0));
}

#[tokio::test]
async fn whoever_does_not_hold_the_keys_gets_nothing() {
    let s3 = S3::start().await;
    let mut bucket = s3.bucket();
    bucket.keys.id = "another".into();
    let told = why(Tiers::of(&StorageLocation::S3(Box::new(bucket)), MB).store.probe().await);
    assert!(told.contains("the bucket does not work") && told.contains("403"), "{told}");
}

#[tokio::test]
async fn a_server_in_trouble_is_asked_again() {
    for fault in [
        Fault::Answers(500, "InternalError"),
        Fault::Answers(503, "SlowDown"),
        Fault::Resets,
        Fault::NeverAnswers,
    ] {
        let s3 = S3::start().await;
        let tiers = Tiers::on(&s3);
        let bytes = noise(22, 1_000);
        s3.plan(1, fault, is_put);
        s3.plan(1, fault, is_get);
        let sha256 = tiers.keep(&bytes).await.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        tiers.empty_the_cache(&sha256);
        assert_eq!(tiers.served(&sha256, &bytes).await, Tier::Store, "{fault:?}");
        assert_eq!((s3.asked(is_put), s3.asked(is_get)), (2, 2), "{fault:?}");
    }
}

#[tokio::test]
async fn a_dead_server_is_given_up_in_time_and_works_again_when_it_is_back() {
    for fault in [
        Fault::Answers(500, "InternalError"),
        Fault::Answers(503, "SlowDown"),
        Fault::Resets,
        Fault::NeverAnswers,
    ] {
        let s3 = S3::start().await;
        let tiers = Tiers::on(&s3);
        let (bytes, kept) = (noise(23, 1_000), noise(24, 1_000));
        let sha256 = tiers.keep(&kept).await.unwrap();
        tiers.empty_the_cache(&sha256);
        s3.plan(99, fault, anything);
        let start = Instant::now();
        let told = why(tiers.keep(&bytes).await);
        assert!(told.contains("looked up"), "{fault:?}: {told}");
        let told = why(tiers.find(&sha256, &kept).await);
        assert!(told.contains("could not be read"), "{fault:?}: {told}");
        assert!(start.elapsed() < Duration::from_secs(6), "{fault:?}: {:?}", start.elapsed());
        s3.recover();
        assert_eq!(tiers.served(&sha256, &kept).await, Tier::Store);
        tiers.keep(&bytes).await.unwrap();
    }
}

#[test]
fn the_longest_wait_for_a_dead_server_is_under_a_minute() {
    let BucketTimeouts { silence, retry_for, .. } = BucketTimeouts::default();
    assert!(retry_for + Duration::from_secs(5) + silence < Duration::from_secs(60));
}

#[tokio::test]
async fn a_store_that_hangs_does_not_hold_up_a_transaction() {
    let s3 = S3::start().await;
    let mut bucket = s3.bucket();
    bucket.timeouts = BucketTimeouts::default();
    let tiers = Tiers::of(&StorageLocation::S3(Box::new(bucket)), MB);
    s3.plan(99, Fault::NeverAnswers, anything);
    let start = Instant::now();
    assert!(!tiers.store.holds(&"ab".repeat(32), 1).await);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}
