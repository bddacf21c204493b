//! Tests of the choice for each kind, as tables of offered and chosen files.

use super::*;

const MB: i64 = 1_000_000;
const MAX_BYTES: i64 = 500 * MB;

/// Parses `name type`, then flags: `default`, `described` (by Media RSS or as an alternate), `medium=…`, and
/// the size in MB.
fn offered(told: &str) -> Vec<Enclosure> {
    let one = |told: &str| {
        let mut words = told.split_whitespace();
        let url = format!("https://x.example/{}", words.next().unwrap_or_default());
        let mut it = Enclosure { url, ..Enclosure::default() };
        for word in words {
            match word {
                "default" => it.is_default = true,
                "described" => it.is_alternate = true,
                word if word.contains('/') => it.mime_type = Some(word.into()),
                word if word.starts_with("medium=") => it.medium = Some(word[7..].into()),
                megabytes => it.bytes = megabytes.parse().ok().map(|mb: i64| mb * MB),
            }
        }
        it
    };
    told.split(',').filter(|told| !told.trim().is_empty()).map(one).collect()
}

fn chosen(kind: Kind, told: &str, page: Option<&str>) -> (String, Wanted) {
    let enclosures = offered(told);
    let choice = Choice::of(kind, Offer { enclosures: &enclosures, page, picture: None }, MAX_BYTES);
    let name = choice.media.map(|media| media.url.replace("https://x.example/", ""));
    (name.or(choice.reason.map(str::to_owned)).unwrap_or_default(), choice.wanted)
}

const PAGE: Option<&str> = Some("page");

#[test]
fn an_episode_is_its_sound_whatever_stands_before_it() {
    for told in [
        "notes.pdf application/pdf, a.mp3 audio/mpeg",
        "player.html text/html, a.mp3 audio/mpeg",
        "cover.jpg image/jpeg, notes.txt text/plain, a.mp3",
        "get?id=1, a.mp3 application/octet-stream",
        "show.zip application/zip, a.mp3",
        "film.mp4 video/mp4, a.mp3 audio/mpeg",
        "list.m3u8 audio/mpeg, show.torrent application/x-bittorrent, a.mp3",
        "a.pdf audio/mpeg, a.mp3 audio/mpeg",
        "huge.wav audio/wav 900, a.mp3 audio/mpeg 40",
        "a.mp3 text/html, player.html",
        "download.php?file=a.mp3 text/html, notes.pdf",
    ] {
        for kind in [Kind::Podcast, Kind::Article] {
            let (name, wanted) = chosen(kind, told, PAGE);
            assert!(name.ends_with("a.mp3") && wanted == Wanted::Media, "{kind}: {told}: {name}");
        }
    }
    let described = "low.mp3 audio/mpeg described, a.mp3 audio/mpeg described default";
    assert_eq!(chosen(Kind::Podcast, described, PAGE).0, "a.mp3");
}

#[test]
fn each_kind_takes_what_it_is_about() {
    let all = "notes.pdf, a.mp3 audio/mpeg, b.mp4 video/mp4, c.jpg image/jpeg";
    assert_eq!(chosen(Kind::Podcast, all, PAGE), ("a.mp3".into(), Wanted::Media));
    assert_eq!(chosen(Kind::Video, all, PAGE), ("b.mp4".into(), Wanted::Media));
    assert_eq!(chosen(Kind::Picture, all, PAGE), ("c.jpg".into(), Wanted::Picture));
    assert_eq!(
        chosen(Kind::Podcast, "b.mp4", PAGE),
        ("b.mp4".into(), Wanted::Media),
        "film, where there is no sound"
    );
    assert_eq!(chosen(Kind::Podcast, "huge.mp3 900, b.mp4 300", PAGE).0, "b.mp4", "what fits comes first");
    assert_eq!(chosen(Kind::Podcast, "huge.mp3 900", PAGE).0, "huge.mp3", "and a hint refuses nothing");
}

#[test]
fn another_attachment_is_the_item_where_there_is_neither_sound_nor_film() {
    assert_eq!(chosen(Kind::Podcast, "notes.pdf", PAGE), ("notes.pdf".into(), Wanted::Document));
    assert_eq!(chosen(Kind::Podcast, "get?id=1", PAGE), ("get?id=1".into(), Wanted::Media));
    assert_eq!(chosen(Kind::Article, "get?id=1", PAGE), ("get?id=1".into(), Wanted::Attachment));
    assert_eq!(chosen(Kind::Article, "paper.pdf", PAGE), ("paper.pdf".into(), Wanted::Document));
    assert_eq!(chosen(Kind::Podcast, "cover.jpg", PAGE), ("page".into(), Wanted::Page));
    assert_eq!(chosen(Kind::Podcast, "cover.jpg", None), ("cover.jpg".into(), Wanted::Picture));
    assert_eq!(chosen(Kind::Article, "", PAGE), ("page".into(), Wanted::Page));
    assert_eq!(chosen(Kind::News, "clip.mp4 video/mp4 described", PAGE), ("page".into(), Wanted::Page));
}

#[test]
fn a_page_to_watch_is_no_film() {
    for told in
        ["", "v/1 application/x-shockwave-flash medium=video described", "watch.html text/html", "player.swf"]
    {
        let (why, wanted) = chosen(Kind::Video, told, PAGE);
        assert!(why.contains("page to watch") && wanted == Wanted::Nothing, "{told}: {why}");
    }
}

#[test]
fn playlists_and_torrents_are_named_for_what_they_are() {
    for kind in [Kind::Podcast, Kind::Video, Kind::Article] {
        for told in
            ["live.m3u8", "a.pls audio/x-scpls", "x application/vnd.apple.mpegurl", "x.m3u audio/mpeg"]
        {
            assert!(chosen(kind, told, PAGE).0.contains("playlist"), "{kind}: {told}");
        }
        for told in ["a.torrent", "get?t=1 application/x-bittorrent", "a.torrent audio/mpeg"] {
            assert!(chosen(kind, told, PAGE).0.contains("torrent"), "{kind}: {told}");
        }
    }
    assert!(chosen(Kind::Podcast, "show.zip application/zip", PAGE).0.contains("not kept"));
}

#[test]
fn a_picture_stands_in_its_text_where_none_is_attached() {
    let offer = |picture| Offer { enclosures: &[], page: PAGE, picture };
    let choice = Choice::of(Kind::Picture, offer(Some("https://x.example/1.png")), MAX_BYTES);
    assert_eq!(choice.media.map(|media| media.url).as_deref(), Some("https://x.example/1.png"));
    assert_eq!(Choice::of(Kind::Picture, offer(None), MAX_BYTES).reason, Some(NO_PICTURE));
}

#[test]
fn a_size_that_cannot_be_true_is_none() {
    let size = |bytes| {
        let enclosures = [Enclosure { bytes: Some(bytes), ..offered("a.mp3")[0].clone() }];
        let offer = Offer { enclosures: &enclosures, page: None, picture: None };
        Choice::of(Kind::Podcast, offer, MAX_BYTES).media.and_then(|media| media.bytes)
    };
    assert_eq!([0, 33, MAX_BYTES + 1].map(size), [None; 3]);
    assert_eq!(size(5 * MB), Some(5 * MB));
}

#[test]
fn each_content_satisfies_its_own_wish_alone() {
    let all = ["audio/mpeg", "video/mp4", "application/pdf", "image/png", "text/html", "text/plain"];
    let taken = |wanted: Wanted| all.map(|mime_type| u8::from(wanted.accepts(mime_type)));
    assert_eq!(taken(Wanted::Media), [1, 1, 0, 0, 0, 0]);
    assert_eq!(taken(Wanted::Attachment), [1, 1, 1, 0, 0, 0]);
    assert_eq!(taken(Wanted::Document), [0, 0, 1, 0, 0, 0]);
    assert_eq!(taken(Wanted::Picture), [0, 0, 0, 1, 0, 0]);
    assert_eq!(taken(Wanted::Page), [0, 0, 0, 0, 1, 1]);
    assert_eq!(taken(Wanted::Nothing), [0; 6]);
}
