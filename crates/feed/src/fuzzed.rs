//! Fuzz targets for the parsers of untrusted bytes; a violated guarantee panics.

use std::time::{Duration, Instant};

use chrono::DateTime;
use url::Url;

use crate::opml::{self, OpmlEntry};
use crate::reader::{self as feed, limits};

/// Time limit for inputs of up to `MAX_BYTES` bytes.
const MAX_TIME: Duration = Duration::from_secs(1);
const MAX_BYTES: usize = 1 << 20;

/// Checks that bytes are a feed or an error, within the time limit, and that every address is http or https.
pub fn feed(bytes: &[u8]) {
    let Ok(base) = Url::parse("https://example.org/a/feed") else { return };
    let read = in_time(bytes, || feed::read(bytes, None, &base, DateTime::UNIX_EPOCH));
    let Ok(read) = read else { return };
    assert!(read.items.len() <= limits::MAX_ITEMS);
    for item in &read.items {
        let enclosures = item.enclosures.iter().map(|enclosure| &enclosure.url);
        for url in item.url.iter().chain(&item.image_url).chain(enclosures) {
            assert!(url.starts_with("http://") || url.starts_with("https://"), "{url}");
        }
    }
}

/// Like `feed`, for JSON, however broken.
pub fn json_feed(bytes: &[u8]) {
    match bytes.first() {
        Some(b'{' | b'[') => feed(bytes),
        _ => feed(&[b"{", bytes].concat()),
    }
}

/// Checks that bytes are a list or an error, within the time limit, and that a list survives a round trip.
pub fn opml(bytes: &[u8]) {
    let Ok(list) = in_time(bytes, || opml::read(bytes, None)) else { return };
    let entries: Vec<OpmlEntry> = list
        .rows
        .iter()
        .filter_map(|row| {
            let (feed_url, folder) = (row.found.clone().ok()?, row.folders.last().cloned());
            Some(OpmlEntry { title: row.title.clone(), feed_url, site_url: None, folder })
        })
        .collect();
    if entries.is_empty() {
        return;
    }
    let written = opml::write(&list.title, &entries, DateTime::UNIX_EPOCH);
    let Ok(again) = opml::read(written.as_bytes(), None) else { panic!("what was written is no list") };
    assert_eq!(again.title, list.title);
    let rows = again.rows.iter().map(|row| (&row.title, row.folders.last(), row.found.as_ref().ok()));
    let mut rows: Vec<_> = rows.collect();
    let entries = entries.iter().map(|entry| (&entry.title, entry.folder.as_ref(), Some(&entry.feed_url)));
    let mut entries: Vec<_> = entries.collect();
    // Folders are written after entries without one, and each folder once, so the order differs.
    rows.sort();
    entries.sort();
    assert_eq!(rows, entries);
}

fn in_time<T>(bytes: &[u8], read: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let read = read();
    assert!(bytes.len() > MAX_BYTES || start.elapsed() <= MAX_TIME, "it took {:?}", start.elapsed());
    read
}

#[cfg(test)]
mod tests {
    /// Keeps the seed corpus valid.
    #[test]
    fn the_seeds_keep_all_promises() {
        check("feed", super::feed);
        check("json_feed", super::json_feed);
        check("opml", super::opml);
    }

    fn check(name: &str, target: fn(&[u8])) {
        let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/seeds");
        let files = std::fs::read_dir(format!("{seeds}/{name}")).expect("seeds");
        let files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
        assert!(!files.is_empty(), "{name}");
        files.iter().for_each(|file| target(&std::fs::read(file).expect("a seed")));
    }
}
