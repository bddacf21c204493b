//! Successive readings of a feed: which items are new, changed or the same.

use super::*;
use crate::domain::TimeDelta;
use crate::domain::item::{Enclosure, ItemContent};
use crate::testing::fixtures::chosen;

/// An item that was published on the n-th day.
fn item(guid: &str, n: i64) -> NewItem {
    chosen(ItemContent {
        guid: guid.into(),
        title: format!("Episode {n}"),
        url: Some(format!("http://x/{n}")),
        published_at: Some(DateTime::UNIX_EPOCH + TimeDelta::days(n)),
        enclosures: vec![Enclosure { url: format!("http://x/{n}.mp3"), ..Enclosure::default() }],
        ..ItemContent::default()
    })
}

fn with(mut item: NewItem, change: impl FnOnce(&mut ItemContent)) -> NewItem {
    change(&mut item);
    item
}

/// The time of all readings.
fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(1_000)
}

/// Reads the items after what is known, and adds them to it.
fn read(items: Vec<NewItem>, known: &mut Vec<KnownItem>) -> Vec<Fate> {
    let settled = merge_duplicates(items, known, now());
    for MergedItem { item, content_hash, fate } in &settled {
        let id = match fate {
            Fate::New | Fate::Newer(_) => ItemId(known.len() as i64 + 1),
            Fate::Changed(id) => *id,
            Fate::Same => continue,
        };
        known.retain(|known| known.id != id);
        known.push(KnownItem {
            id,
            identity: item.identity.clone(),
            content_hash: content_hash.clone(),
            title: item.title.clone(),
            url: item.url.clone(),
            media_url: item.media_url().map(str::to_owned),
            media_bytes: item.media_bytes(),
            wanted: item.choice.wanted,
            duration_seconds: item.duration_seconds,
            published_at: item.published_at,
            first_seen_at: now(),
        });
    }
    settled.into_iter().map(|settled| settled.fate).collect()
}

#[test]
fn reading_ten_times_adds_nothing() {
    let mut known = Vec::new();
    let feed = || vec![item("a", 1), item("b", 2), item("", 3)];
    assert_eq!(read(feed(), &mut known), [Fate::New; 3]);
    for _ in 0..10 {
        assert_eq!(read(feed(), &mut known), [Fate::Same; 3]);
    }
}

#[test]
fn what_a_feed_changes_of_an_item_leaves_it_the_same() {
    let mut known = Vec::new();
    read(vec![item("a", 1)], &mut known);
    let mended = with(item("a", 1), |item| item.title = "Episode 1, mended".into());
    assert_eq!(read(vec![mended.clone()], &mut known), [Fate::Changed(ItemId(1))]);
    assert_eq!(read(vec![mended], &mut known), [Fate::Same]);
}

#[test]
fn a_guid_that_all_items_share_names_none_of_them() {
    let mut known = Vec::new();
    let feed = |from: i64| (from..from + 3).map(|n| item("same", n)).collect::<Vec<_>>();
    assert_eq!(read(feed(1), &mut known), [Fate::New; 3]);
    assert_eq!(read(feed(2), &mut known), [Fate::Same, Fate::Same, Fate::New]);
}

#[test]
fn a_guid_that_comes_back_for_something_else_names_something_new() {
    let mut known = Vec::new();
    read(vec![item("latest", 1)], &mut known);
    assert_eq!(read(vec![item("latest", 2)], &mut known), [Fate::Newer(ItemId(1))]);
    assert_eq!(read(vec![item("latest", 2)], &mut known), [Fate::Same]);
    assert_eq!(read(vec![item("latest", 3)], &mut known), [Fate::Newer(ItemId(1))]);
}

#[test]
fn new_guids_for_all_items_add_nothing() {
    let mut known = Vec::new();
    read((1..=3).map(|n| item(&format!("old-{n}"), n)).collect(), &mut known);
    let renamed = || (1..=4).map(|n| item(&format!("new-{n}"), n)).collect::<Vec<_>>();
    let fates = read(renamed(), &mut known);
    assert_eq!(fates[..3], [1, 2, 3].map(|n| Fate::Changed(ItemId(n))));
    assert_eq!(fates[3], Fate::New);
    assert_eq!(read(renamed(), &mut known), [Fate::Same; 4]);
}

#[test]
fn items_that_all_link_to_the_front_page_are_told_apart() {
    let mut known = Vec::new();
    let front =
        |n| chosen(ItemContent { url: Some("http://x/".into()), enclosures: vec![], ..item("", n).content });
    assert_eq!(read(vec![front(1), front(2)], &mut known), [Fate::New; 2]);
    assert_eq!(read(vec![front(1), front(2)], &mut known), [Fate::Same; 2]);
}

#[test]
fn the_same_item_twice_is_one() {
    let mut known = Vec::new();
    assert_eq!(read(vec![item("a", 1), item("a", 1)], &mut known), [Fate::New]);
    let bare = |title: &str| NewItem::from(ItemContent { title: title.into(), ..ItemContent::default() });
    assert_eq!(read(vec![bare("One"), bare("One")], &mut known), [Fate::New]);
}

#[test]
fn an_item_with_nothing_but_a_text_stays_what_it_is() {
    let mut known = Vec::new();
    let bare =
        |summary: &str| NewItem::from(ItemContent { summary_html: summary.into(), ..ItemContent::default() });
    assert_eq!(read(vec![bare("One"), bare("Two")], &mut known), [Fate::New; 2]);
    assert_eq!(read(vec![bare("One"), bare("Two")], &mut known), [Fate::Same; 2]);
}

/// An episode under the guid `g`: title, file, and date in minutes after midnight, if any.
fn episode(title: &str, file: &str, minutes: Option<i64>) -> NewItem {
    let url = format!("http://x/{file}");
    chosen(ItemContent {
        title: title.into(),
        url: Some("http://x/news".into()),
        published_at: minutes.map(|minutes| DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)),
        enclosures: vec![Enclosure { url, ..Enclosure::default() }],
        ..item("g", 0).content
    })
}

/// Fate of an item in the second of two readings.
fn then(first: NewItem, second: NewItem) -> Fate {
    let mut known = Vec::new();
    read(vec![first], &mut known);
    let fate = read(vec![second.clone()], &mut known)[0];
    assert_eq!(read(vec![second], &mut known), [Fate::Same], "reading it again adds nothing");
    fate
}

#[test]
fn a_newer_publication_under_the_same_guid_is_new_whatever_stays() {
    let six = || episode("News at 06", "06.mp3", Some(360));
    let newer = Fate::Newer(ItemId(1));
    for (second, why) in [
        (episode("News at 07", "07.mp3", Some(420)), "title, file and date"),
        (episode("News at 06", "07.mp3", Some(420)), "file and date"),
        (episode("News at 07", "06.mp3", Some(420)), "title and date"),
        (episode("News at 06", "06.mp3", Some(420)), "the date alone"),
        (episode("News at 06", "06.mp3?v=2", Some(420)), "date and query"),
        (
            with(episode("News at 06", "06.mp3", Some(420)), |item| item.duration_seconds = Some(9)),
            "date and length",
        ),
    ] {
        assert_eq!(then(six(), second), newer, "{why}");
    }
    assert_eq!(then(episode("06", "06.mp3", None), episode("07", "07.mp3", None)), newer, "without dates");
    let named = |id: &str| episode(id, &format!("get.php?id={id}&sig=a"), None);
    assert_eq!(then(named("06"), named("07")), newer, "named in the query");
}

#[test]
fn a_correction_of_the_same_publication_is_the_same_item() {
    let six = || episode("News at 06", "a/06.mp3?sig=1", Some(360));
    let changed = Fate::Changed(ItemId(1));
    for (second, why) in [
        (episode("News at six", "a/06.mp3?sig=1", Some(360)), "a corrected title"),
        (episode("News at 06", "a/06.mp3?sig=2", Some(360)), "a signature that rotates"),
        (episode("News at six", "a/06.mp3?sig=2", Some(360)), "both"),
        (episode("News at 06", "cdn/06.mp3", Some(360)), "a file that was moved"),
        (episode("News at six", "cdn/six.mp3", Some(360)), "corrected and moved"),
        (episode("News at 06", "a/06.mp3?sig=1", Some(300)), "an earlier date"),
    ] {
        assert_eq!(then(six(), second), changed, "{why}");
    }
    let undated = |title: &str, sig: &str| episode(title, &format!("06.mp3?sig={sig}"), None);
    assert_eq!(then(undated("News at 06", "1"), undated("News at six", "2")), changed, "without dates");
}

#[test]
fn the_newest_of_many_under_one_guid_and_address_is_new_each_time() {
    let mut known = Vec::new();
    let latest = |hour: i64| vec![episode("Latest", "latest.mp3", Some(hour * 60))];
    assert_eq!(read(latest(6), &mut known), [Fate::New]);
    for hour in 7..10 {
        assert_eq!(read(latest(hour), &mut known), [Fate::Newer(ItemId(1))], "{hour}");
        assert_eq!(read(latest(hour), &mut known), [Fate::Same], "{hour}");
    }
    let corrected = vec![episode("The latest", "latest.mp3", Some(9 * 60))];
    assert_eq!(read(corrected, &mut known), [Fate::Changed(ItemId(4))]);
    let signed = vec![episode("The newest", "latest.mp3?sig=2", Some(9 * 60))];
    assert_eq!(read(signed, &mut known), [Fate::Changed(ItemId(4))]);
}

#[test]
fn a_publisher_who_dates_everything_anew_publishes_nothing_new() {
    let mut known = Vec::new();
    let at = |n: i64, days: i64| {
        with(item(&format!("g{n}"), n), |item| {
            item.published_at = Some(DateTime::UNIX_EPOCH + TimeDelta::days(days));
        })
    };
    read(vec![at(1, 1), at(2, 2)], &mut known);
    let fates = read(vec![at(1, 11), at(2, 12)], &mut known);
    assert_eq!(fates, [1, 2].map(|n| Fate::Changed(ItemId(n))));
    let mut known = Vec::new();
    let dated = |seconds: i64| {
        with(item("g", 1), |item| item.published_at = Some(now() - TimeDelta::seconds(seconds)))
    };
    read(vec![dated(1)], &mut known);
    known[0].published_at = Some(now() - TimeDelta::hours(1));
    known[0].first_seen_at = now() - TimeDelta::hours(1);
    assert_eq!(read(vec![dated(2)], &mut known), [Fate::Changed(ItemId(1))], "the time of each reading");
}

#[test]
fn an_article_that_is_edited_is_dated_anew_and_stays_the_same() {
    let article = |title: &str, page: &str, minutes: i64| {
        let url = Some(format!("http://x/{page}"));
        chosen(ItemContent { url, enclosures: vec![], ..episode(title, "", Some(minutes)).content })
    };
    assert_eq!(then(article("Storm", "a", 1), article("Storm hits", "a", 90)), Fate::Changed(ItemId(1)));
    assert_eq!(then(article("Storm", "a", 1), article("Calm", "b", 90)), Fate::Newer(ItemId(1)));
}

#[test]
fn a_file_without_guid_and_page_may_be_signed_anew() {
    let bare = |sig: &str| {
        with(episode("One", &format!("{sig}/1.mp3"), Some(5)), |item| {
            (item.url, item.guid) = (None, String::new());
        })
    };
    assert_eq!(then(bare("a"), bare("b")), Fate::Changed(ItemId(1)));
}
