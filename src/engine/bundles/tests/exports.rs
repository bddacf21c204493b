//! The folder of exports, tidying, and what administrators see.

use std::os::unix::fs::symlink;

use super::doors::Doors;
use super::*;
use crate::domain::TimeDelta;
use crate::domain::bundle::{BundleDirection, BundlePosition, VolumeStatus};

#[both_databases]
async fn an_export_into_the_folder_can_be_listed_and_read_and_nothing_else_can(t: &TestEngine) {
    let doors = Doors::new(t).await;
    let gateway = &doors.pair.gateway.engine;
    let written = export_to_folder(gateway, None).await.unwrap();
    assert_eq!((written.len(), written[0].to.as_str(), written[0].records), (1, "school", 4));
    let name = &written[0].volumes[0];
    let folder = out_folder(&gateway.config);
    std::fs::write(folder.join("notes.txt"), "hello").unwrap();
    std::fs::write(folder.join("sc1_school_gateway_000001_1of1.scb"), "of another node").unwrap();
    let listed = report(gateway).await.unwrap();
    assert_eq!(listed.written.iter().map(|volume| &volume.name).collect::<Vec<_>>(), [name]);
    assert!(listed.peers[0].last_export_at.is_some() && !listed.written[0].is_applied);
    let opened = open_written(gateway, name).unwrap();
    assert_eq!(opened.bytes as i64, listed.written[0].bytes);
    for other in [
        "notes.txt",
        "../own/sign.key",
        "sc1_school_gateway_000001_1of1.scb",
        "sc1_gateway_x_000001_1of1.scb",
    ] {
        assert_eq!(refusal(open_written(gateway, other).map(|_| ())).code(), "not_found", "{other}");
    }
    assert_eq!(refusal(export_to_folder(gateway, Some("nobody".into())).await).code(), "not_found");
}

#[both_databases]
async fn a_folder_of_exports_that_is_not_mounted_is_not_written_beside(t: &TestEngine) {
    let doors = Doors::new(t).await;
    let mut config = doors.pair.gateway.engine.config.clone();
    config.bundle_folders.out = Some(doors.folder.join("stick"));
    let gateway = start::open_with(config, Clock::default(), None).await.unwrap();
    let refused = refusal(export_to_folder(&gateway, None).await);
    assert!(refused.to_string().contains("Is its medium mounted?"), "{refused}");
    assert!(!doors.folder.join("stick").exists());
}

#[both_databases]
async fn tidying_deletes_what_the_receiver_has_and_nothing_else(t: &TestEngine) {
    let doors = Doors::new(t).await;
    let Doors { pair, .. } = &doors;
    let ((first, _), (second, _)) = (doors.volume().await, doors.volume().await);
    let (link, notes) =
        (pair.medium.join("sc1_gateway_school_000077_1of1.scb"), pair.medium.join("notes.txt"));
    symlink(&first, &link).unwrap();
    std::fs::write(&notes, "hello").unwrap();
    let all = || vec![first.clone(), second.clone(), link.clone()];
    let gateway = &pair.gateway.engine;
    assert_eq!(tidy(gateway, all()).await.unwrap().removed, [] as [PathBuf; 0], "nothing was told yet");
    import(&pair.site.engine, &first).await.unwrap();
    assert_eq!(tidy(gateway, all()).await.unwrap().kept, 3, "the gateway does not know yet");
    pair.to_gateway().await;
    assert_eq!(tidy(gateway, all()).await.unwrap().removed, std::slice::from_ref(&first));
    assert!(!first.exists() && second.exists() && notes.exists());
    // The receiver knows by itself.
    let at_site = || vec![second.clone(), link.clone()];
    assert_eq!(tidy(&pair.site.engine, at_site()).await.unwrap().kept, 2);
    import(&pair.site.engine, &second).await.unwrap();
    assert_eq!(tidy(&pair.site.engine, at_site()).await.unwrap().removed, std::slice::from_ref(&second));
    // A file that no key has signed stays, whatever its name.
    std::fs::write(&second, "hello").unwrap();
    assert_eq!(tidy(gateway, vec![second.clone()]).await.unwrap().kept, 1);
}

#[both_databases]
async fn a_peer_of_which_nothing_came_for_a_week_is_quiet(t: &TestEngine) {
    let doors = Doors::new(t).await;
    let (path, _) = doors.volume().await;
    let mut config = doors.site.config.clone();
    config.bundle_folders.quiet_days = 7;
    // The trust was given by the clock of the system.
    let now = chrono::Utc::now();
    let at = async |days: i64| {
        let clock = Clock::fixed(now + TimeDelta::days(days));
        start::open_with(config.clone(), clock, None).await.unwrap()
    };
    let is_quiet = async |days: i64| report(&*at(days).await).await.unwrap().peers[0].is_quiet;
    assert!(!is_quiet(6).await && is_quiet(8).await);
    import(&at(8).await, &path).await.unwrap();
    assert!(!is_quiet(14).await && is_quiet(16).await);
    revoke(&doors.site, "gateway").await.unwrap();
    assert!(!is_quiet(16).await, "a node that is not trusted may be silent");
}

#[both_databases]
async fn keys_are_made_once_and_only_on_a_node_with_a_part(t: &TestEngine) {
    assert_eq!(refusal(make_keys(&t.engine)).code(), "conflict");
    let mut config = t.engine.config.clone();
    (config.role, config.node) = (NodeRole::Gateway, "hq".to_owned());
    let engine = start::open_with(config, Clock::default(), None).await.unwrap();
    assert_eq!(report(&engine).await.unwrap().line, None);
    make_keys(&engine).unwrap();
    let shown = report(&engine).await.unwrap();
    assert!(shown.line.unwrap().starts_with("sc-node1") && shown.fingerprint.unwrap().len() == 47);
    assert!(refusal(make_keys(&engine)).to_string().contains("has keys already"));
    assert_eq!(refusal(trust(&t.engine, "", "").await).code(), "conflict");
}

#[both_databases]
async fn a_scheduled_export_is_for_every_peer_and_deletes_what_the_peer_has_applied(t: &TestEngine) {
    let doors = Doors::new(t).await;
    let gateway = &doors.pair.gateway.engine;
    out_folder::export_on_schedule(gateway).await.unwrap();
    let first = out_folder(&gateway.config).join("sc1_gateway_school_000001_1of1.scb");
    import(&doors.pair.site.engine, &first).await.unwrap();
    doors.pair.to_gateway().await;
    out_folder::export_on_schedule(gateway).await.unwrap();
    let left = report(gateway).await.unwrap().written;
    let left: Vec<_> = left.iter().map(|volume| volume.name.as_str()).collect();
    assert_eq!(left, ["sc1_gateway_school_000002_1of1.scb"]);
    revoke(gateway, "school").await.unwrap();
    out_folder::export_on_schedule(gateway).await.unwrap();
}

#[both_databases]
async fn a_bundle_counts_as_applied_once_all_its_volumes_are(t: &TestEngine) {
    let pair = Pair::new(t).await;
    let (db, now) = (&pair.site.engine.db, pair.site.engine.now());
    let position = BundlePosition { epoch: 1, seq: 1 };
    let volume = |volume| rows::NewVolume {
        peer: "gateway",
        direction: BundleDirection::Received,
        bundle: "b1",
        position,
        volume,
        volumes: 2,
    };
    let end =
        rows::VolumeEnd { status: VolumeStatus::Done, volumes: 2, records: None, bytes: 1, error: None };
    for n in 1..=2 {
        rows::begin_volume(db, &volume(n), now).await.unwrap();
        assert!(rows::applied(db, "gateway", 1).await.unwrap().is_empty());
        rows::end_volume(db, &volume(n), &end, now).await.unwrap();
    }
    assert_eq!(rows::applied(db, "gateway", 1).await.unwrap(), ["b1"]);
}

#[both_databases]
async fn without_a_way_back_what_is_written_counts_as_arrived_and_all_goes_again_after_a_month(
    t: &TestEngine,
) {
    let (pair, _) = Pair::following(t).await;
    // Texts that cannot be compressed.
    let mut titles: Vec<_> = (0..300).map(|_| uuid::Uuid::new_v4().to_string()).collect();
    let read_all = async |titles: &[String]| {
        let titles: Vec<_> = titles.iter().map(String::as_str).collect();
        read(&pair.gateway, &titles).await;
    };
    read_all(&titles).await;
    let mut config = pair.gateway.engine.config.clone();
    config.bundle_folders.one_way = true;
    let clock = Clock::fixed(chrono::Utc::now());
    let gateway = start::open_with(config, clock.clone(), None).await.unwrap();
    let export = async || {
        let options = ExportOptions::into_directory(pair.medium.clone());
        super::super::export(&gateway, "school", &options).await.unwrap()
    };
    // Records that did not fit have not arrived.
    let small =
        ExportOptions { budget_bytes: Some(6_000), ..ExportOptions::into_directory(pair.medium.clone()) };
    let small = super::super::export(&gateway, "school", &small).await.unwrap();
    assert!(small.bytes < 6_000);
    let first = export().await;
    assert_eq!(first.records, 302, "source, items, end");
    assert_eq!(export().await.records, 0);
    titles.push("Three".into());
    read_all(&titles).await;
    let second = export().await;
    assert_eq!(second.records, 3, "source, the new item, end");
    for volume in first.volumes.iter().chain(&second.volumes) {
        import(&pair.site.engine, volume).await.unwrap();
    }
    assert_eq!(pair.site.catalogue().await, pair.gateway.catalogue().await);
    clock.advance(TimeDelta::days(30));
    assert_eq!(export().await.records, 303, "a lost bundle costs a month");
    assert_eq!(export().await.records, 0);
    // A bundle that comes all the same says what the site has.
    pair.to_gateway().await;
    assert_eq!(pair.export(&pair.gateway, &pair.site).await.records, 0);
}
