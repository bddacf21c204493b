use super::LocalCopyState::{self, *};
use super::*;

fn copy(mime_type: &str) -> LocalCopy {
    LocalCopy {
        download_id: DownloadId(7),
        item_id: ItemId(3),
        title: "Night trains".into(),
        source_id: SourceId(1),
        source_name: "The Long Platform".into(),
        kind: Kind::Podcast,
        mime_type: mime_type.into(),
        duration_seconds: Some(60),
        bytes: Some(9),
        sha256: "ab".repeat(32),
        state: Wanted,
        flushed: 0,
        failure: None,
        seconds: 0.0,
        finished: false,
        wanted_at: 0.0,
        checked_at: None,
        proved_at: None,
        held_back: None,
        previous: None,
        is_planned: false,
    }
}

#[test]
fn an_inventory_lists_bytes_and_only_checked_ones_as_held() {
    let of = |state, flushed, checked_at| {
        let copy = LocalCopy { state, flushed, checked_at, ..copy("audio/mpeg") };
        copy.claims().next().map(|claim| (claim.bytes, claim.checked_at))
    };
    let at = Some(DateTime::UNIX_EPOCH);
    assert_eq!(of(Held, 9, at), Some((9, at)));
    assert_eq!(of(Held, 9, None), None);
    assert_eq!(of(Checking, 9, None), Some((9, None)));
    assert_eq!(of(OnItsWay, 4, None), Some((4, None)));
    assert_eq!(of(Wanted, 0, None), None);
    assert_eq!(of(Failed, 4, None), None);
}

#[test]
fn a_copy_is_held_only_after_it_was_checked() {
    let all = [Wanted, OnItsWay, Checking, Held, Failed];
    let to_held: Vec<LocalCopyState> = all.into_iter().filter(|state| state.may_become(Held)).collect();
    assert_eq!(to_held, [Checking]);
    assert!(all.into_iter().all(|state| !state.may_become(state)));
    assert!(all.into_iter().all(|state| state == Wanted || state.may_become(Wanted)));
}

#[test]
fn the_address_of_a_copy_names_vault_hash_and_type() {
    let held = |mime_type| LocalCopy { state: Held, ..copy(mime_type) };
    let hash = "ab".repeat(32);
    let url = format!("/api/v1/downloads/7/file?device=0123456789abcdef/{hash}&type=audio/mpeg");
    assert_eq!(held("audio/mpeg; charset=x").file_url("0123456789abcdef"), Some(url));
    assert!(held("audio/x+y").file_url("0").is_some_and(|url| url.ends_with("&type=audio/x%2By")));
    assert_eq!(copy("audio/mpeg").file_url("0"), None);
}

#[test]
fn a_replaced_file_plays_until_the_new_one_is_held() {
    let mut replaced = LocalCopy { state: Held, ..copy("audio/mpeg") };
    replaced.restart(&"cd".repeat(32));
    assert_eq!((replaced.state, replaced.sha256.as_str()), (Wanted, "cd".repeat(32).as_str()));
    assert_eq!(replaced.file(), Some(("ab".repeat(32).as_str(), "audio/mpeg", Some(9))));
    replaced.flushed = 4;
    let claims: Vec<_> = replaced.claims().map(|claim| (claim.sha256, claim.bytes)).collect();
    assert_eq!(claims, [("cd".repeat(32), 4), ("ab".repeat(32), 9)]);
    // Replaced once more before it has come.
    replaced.restart(&"ef".repeat(32));
    assert_eq!(replaced.file().map(|it| it.0), Some("ab".repeat(32).as_str()));
    // A file whose own bytes were wrong does not play.
    let mut damaged = LocalCopy { state: Held, ..copy("audio/mpeg") };
    damaged.restart(&"ab".repeat(32));
    assert_eq!(damaged.file(), None);
}
