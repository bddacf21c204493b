//! Guarantees of a directory: one copy, verified before it is trusted.

use super::*;

#[tokio::test]
async fn a_directory_keeps_one_copy_and_gives_back_whole_files_and_parts() {
    let tiers = Tiers::in_directory();
    let bytes = noise(1, 300_000);
    let sha256 = tiers.keep(&bytes).await.unwrap();
    assert!(tiers.store.holds(&sha256, 300_000).await && !tiers.store.holds(&sha256, 299_999).await);
    assert_eq!(tiers.served(&sha256, &bytes).await, Tier::Store);
    let Found::Good(copy) = tiers.find(&sha256, &bytes).await.unwrap() else { panic!("it is there") };
    let part: Vec<_> = copy.read(Some(100..250_000)).await.unwrap().try_collect().await.unwrap();
    assert_eq!(part.concat(), bytes[100..250_000]);
    assert!(!tiers.directory.join("cache").exists());
    tiers.store.remove(&sha256).await.unwrap();
    assert!(matches!(tiers.find(&sha256, &bytes).await.unwrap(), Found::Missing));
    tiers.store.probe().await.unwrap();
}

#[tokio::test]
async fn a_bit_flipped_in_a_directory_is_noticed_and_the_file_is_set_aside() {
    let tiers = Tiers::in_directory();
    let bytes = noise(2, 300_000);
    let sha256 = tiers.keep(&bytes).await.unwrap();
    tiers.served(&sha256, &bytes).await;
    flip_a_bit(&tiers.directory.join(key(&sha256)));
    assert!(matches!(tiers.find(&sha256, &bytes).await.unwrap(), Found::Damaged));
    assert!(matches!(tiers.find(&sha256, &bytes).await.unwrap(), Found::Missing));
    assert_eq!((tiers.set_aside(), tiers.store.holds(&sha256, 300_000).await), (1, false));
    tiers.keep(&bytes).await.unwrap();
    assert_eq!(tiers.served(&sha256, &bytes).await, Tier::Store);
}

#[tokio::test]
async fn a_file_that_was_cut_short_is_damaged() {
    let tiers = Tiers::in_directory();
    let bytes = noise(3, 100_000);
    let sha256 = tiers.keep(&bytes).await.unwrap();
    fs::write(tiers.directory.join(key(&sha256)), &bytes[..50_000]).unwrap();
    assert!(matches!(tiers.find(&sha256, &bytes).await.unwrap(), Found::Damaged));
}

#[tokio::test]
async fn a_verified_file_is_not_read_through_again_until_it_changes() {
    let tiers = Tiers::in_directory();
    let bytes = noise(4, 100_000);
    let sha256 = tiers.keep(&bytes).await.unwrap();
    let path = tiers.directory.join(key(&sha256));
    tiers.served(&sha256, &bytes).await;
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    let pretend = |path| fs::File::options().append(true).open(path).unwrap().set_modified(modified).unwrap();
    // Only a full read detects this change: another process finds it, but this one has a valid verification.
    flip_a_bit(&path);
    pretend(&path);
    assert!(matches!(tiers.find(&sha256, &bytes).await.unwrap(), Found::Good(_)));
    let another =
        Store::open(&StorageLocation::Directory(tiers.directory.clone()), &tiers.directory, 0).unwrap();
    assert!(matches!(another.find(&sha256, 100_000).await.unwrap(), Found::Damaged));
}

#[tokio::test]
async fn what_is_old_and_of_no_use_is_deleted() {
    let tiers = Tiers::in_directory();
    let aside = tiers.directory.join("damaged");
    fs::create_dir_all(&aside).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    for age in [0, 8 * 24 * 3600] {
        fs::write(aside.join(format!("{}.{}", "ab".repeat(32), now - age)), b"x").unwrap();
    }
    tiers.store.tidy().await.unwrap();
    assert_eq!(tiers.set_aside(), 1);
}
