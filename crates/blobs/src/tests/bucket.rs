//! Guarantees of a bucket behind the cache.

use super::*;

#[tokio::test]
async fn what_is_kept_in_a_bucket_is_served_by_the_cache_without_a_request() {
    let s3 = S3::start().await;
    let tiers = Tiers::on(&s3);
    let bytes = noise(5, 300_000);
    let sha256 = tiers.keep(&bytes).await.unwrap();
    assert_eq!(s3.object(&key(&sha256)).unwrap(), bytes);
    assert_eq!(tiers.served(&sha256, &bytes).await, Tier::Cache);
    assert_eq!(s3.asked(is_get), 0);
}

#[tokio::test]
async fn a_first_read_fills_the_cache_and_the_second_asks_nobody() {
    let s3 = S3::start().await;
    let tiers = Tiers::on(&s3);
    let bytes = noise(6, 300_000);
    let sha256 = tiers.keep(&bytes).await.unwrap();
    tiers.empty_the_cache(&sha256);
    let (one, two) = tokio::join!(tiers.served(&sha256, &bytes), tiers.served(&sha256, &bytes));
    assert_eq!([one, two], [Tier::Store, Tier::Cache]);
    assert_eq!(tiers.served(&sha256, &bytes).await, Tier::Cache);
    assert_eq!(s3.asked(is_get), 1);
}

#[tokio::test]
async fn equal_bytes_are_uploaded_once_and_objects_lie_below_the_prefix() {
    let s3 = S3::start().await;
    let bucket = Bucket { prefix: "smart/cache".into(), ..s3.bucket() };
    let tiers = Tiers::of(&StorageLocation::S3(Box::new(bucket)), MB);
    let bytes = noise(7, 1_000);
    let sha256 = tiers.keep(&bytes).await.unwrap();
    tiers.keep(&bytes).await.unwrap();
    assert_eq!((s3.asked(is_put), s3.keys()), (1, vec![format!("smart/cache/{}", key(&sha256))]));
    tiers.store.probe().await.unwrap();
    tiers.store.remove(&sha256).await.unwrap();
    assert!(s3.keys().is_empty() && !tiers.cached(&sha256).exists());
}

#[tokio::test]
async fn the_least_recently_used_leave_the_cache_at_its_bound() {
    let s3 = S3::start().await;
    let tiers = Tiers::of(&s3.place(), 35 * MB / 10);
    let bodies: Vec<_> = (10..14).map(|seed| noise(seed, MB)).collect();
    let mut names = Vec::new();
    for body in &bodies[..3] {
        names.push(tiers.keep(body).await.unwrap());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(tiers.served(&names[0], &bodies[0]).await, Tier::Cache);
    names.push(tiers.keep(&bodies[3]).await.unwrap());
    let here: Vec<_> = names.iter().map(|name| tiers.cached(name).exists()).collect();
    assert_eq!(here, [true, false, true, true]);
    assert_eq!(tiers.served(&names[1], &bodies[1]).await, Tier::Store);
}

#[tokio::test]
async fn a_cache_that_is_shrunk_loses_the_least_recently_used_and_the_bucket_nothing() {
    let s3 = S3::start().await;
    let tiers = Tiers::on(&s3);
    let bodies: Vec<_> = (20..23).map(|seed| noise(seed, MB)).collect();
    let mut names = Vec::new();
    for body in &bodies {
        names.push(tiers.keep(body).await.unwrap());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(tiers.store.shrink_cache(MB as u64 + 1).await.unwrap(), 2 * MB as u64);
    let here: Vec<_> = names.iter().map(|name| tiers.cached(name).exists()).collect();
    assert_eq!((here, s3.keys().len()), (vec![false, false, true], 3));
    assert_eq!(tiers.store.shrink_cache(u64::MAX).await.unwrap(), MB as u64);
    assert_eq!(tiers.served(&names[2], &bodies[2]).await, Tier::Store);
    assert_eq!(Tiers::in_directory().store.shrink_cache(u64::MAX).await.unwrap(), 0);
}

#[tokio::test]
async fn a_file_larger_than_the_cache_is_served_all_the_same() {
    let s3 = S3::start().await;
    let tiers = Tiers::of(&s3.place(), MB);
    let (small, large) = (noise(14, 500_000), noise(15, 2 * MB));
    let small_name = tiers.keep(&small).await.unwrap();
    let name = tiers.keep(&large).await.unwrap();
    assert_eq!(tiers.served(&name, &large).await, Tier::Cache);
    assert!(!tiers.cached(&small_name).exists());
}

#[tokio::test]
async fn a_damaged_cache_is_filled_anew_from_the_store() {
    let s3 = S3::start().await;
    let tiers = Tiers::on(&s3);
    let bytes = noise(16, 300_000);
    let sha256 = tiers.keep(&bytes).await.unwrap();
    flip_a_bit(&tiers.cached(&sha256));
    assert_eq!(tiers.served(&sha256, &bytes).await, Tier::Store);
    assert_eq!((tiers.served(&sha256, &bytes).await, tiers.set_aside()), (Tier::Cache, 1));
}

#[tokio::test]
async fn a_bit_flipped_in_the_bucket_is_noticed_and_the_object_deleted() {
    let s3 = S3::start().await;
    let tiers = Tiers::on(&s3);
    let bytes = noise(17, 300_000);
    let sha256 = tiers.keep(&bytes).await.unwrap();
    tiers.empty_the_cache(&sha256);
    s3.flip_a_bit(&key(&sha256));
    assert!(matches!(tiers.find(&sha256, &bytes).await.unwrap(), Found::Damaged));
    assert!(s3.keys().is_empty() && !tiers.store.holds(&sha256, 300_000).await);
    assert!(fs::read_dir(tiers.directory.join("cache/arriving")).unwrap().next().is_none());
    tiers.keep(&bytes).await.unwrap();
    assert_eq!(s3.object(&key(&sha256)).unwrap(), bytes);
}

#[tokio::test]
async fn an_audit_sees_what_is_damaged_or_missing_in_the_bucket_and_not_in_the_cache() {
    let s3 = S3::start().await;
    let tiers = Tiers::on(&s3);
    let bytes = noise(31, 1_000);
    let sha256 = tiers.keep(&bytes).await.unwrap();
    let examined = async || tiers.store.examine(&sha256, 1_000).await.unwrap();
    assert!(matches!(examined().await, Found::Good(())));
    s3.flip_a_bit(&key(&sha256));
    assert!(matches!(examined().await, Found::Damaged));
    s3.lose(&key(&sha256));
    assert!(matches!(examined().await, Found::Missing));
    assert!(tiers.store.holds(&sha256, 1_000).await && !tiers.store.keeps(&sha256, 1_000).await);
    assert_eq!(tiers.served(&sha256, &bytes).await, Tier::Cache);
}

#[tokio::test]
async fn an_object_that_was_damaged_on_the_way_only_is_read_once_more() {
    let s3 = S3::start().await;
    let tiers = Tiers::on(&s3);
    let bytes = noise(18, 300_000);
    let sha256 = tiers.keep(&bytes).await.unwrap();
    tiers.empty_the_cache(&sha256);
    s3.plan(1, Fault::FlipsABit, is_get);
    assert_eq!(tiers.served(&sha256, &bytes).await, Tier::Store);
    assert_eq!((s3.asked(is_get), s3.keys().len()), (2, 1));
}

#[tokio::test]
async fn a_missing_object_is_missing() {
    let s3 = S3::start().await;
    let tiers = Tiers::on(&s3);
    let bytes = noise(19, 1_000);
    let sha256 = tiers.keep(&bytes).await.unwrap();
    tiers.empty_the_cache(&sha256);
    s3.lose(&key(&sha256));
    assert!(!tiers.store.holds(&sha256, 1_000).await);
    assert!(matches!(tiers.find(&sha256, &bytes).await.unwrap(), Found::Missing));
}
