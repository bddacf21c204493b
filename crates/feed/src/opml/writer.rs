//! Writes subscriptions as OPML 2.0, with one level of folders.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use text::one_line;

use crate::reader::limits::MAX_NAME;
use crate::reader::xml::allowed;
use crate::xml_writer::XmlWriter;

/// Subscription to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpmlEntry {
    /// Name of the feed.
    pub title: String,
    /// Address of the feed.
    pub feed_url: String,
    /// Page of its publisher.
    pub site_url: Option<String>,
    /// Folder that holds it.
    pub folder: Option<String>,
}

/// Writes the entries without a folder first, then folder by folder, each in the given order.
pub fn write(title: &str, entries: &[OpmlEntry], created: DateTime<Utc>) -> String {
    let mut xml = XmlWriter::new();
    xml.start("opml", &[("version", "2.0")]);
    xml.start("head", &[]);
    xml.text("title", &line(title));
    xml.text("dateCreated", &created.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
    xml.end("head");
    xml.start("body", &[]);
    for (folder, entries) in by_folder(entries) {
        if !folder.is_empty() {
            xml.start("outline", &names(&folder));
        }
        entries.iter().for_each(|entry| outline(entry, &mut xml));
        if !folder.is_empty() {
            xml.end("outline");
        }
    }
    xml.end("body");
    xml.end("opml");
    xml.finish()
}

/// Groups entries by folder in order of first use; the group without a folder comes first.
fn by_folder(entries: &[OpmlEntry]) -> Vec<(String, Vec<&OpmlEntry>)> {
    let mut places = HashMap::from([(String::new(), 0)]);
    let mut folders = vec![(String::new(), Vec::new())];
    for entry in entries {
        let name = line(entry.folder.as_deref().unwrap_or_default());
        let place = *places.entry(name).or_insert_with_key(|name| {
            folders.push((name.clone(), Vec::new()));
            folders.len() - 1
        });
        folders[place].1.push(entry);
    }
    folders
}

fn outline(entry: &OpmlEntry, xml: &mut XmlWriter) {
    let name = line(&entry.title);
    let [text, title] = names(&name);
    let mut attributes = vec![("type", "rss"), text, title, ("xmlUrl", &*entry.feed_url)];
    attributes.extend(entry.site_url.as_deref().map(|site| ("htmlUrl", site)));
    xml.empty("outline", &attributes);
}

/// Gives the name as both `text` and `title`, because programs differ in which one they read.
fn names(name: &str) -> [(&str, &str); 2] {
    [("text", name), ("title", name)]
}

pub(super) fn line(name: &str) -> String {
    one_line(&allowed(name), MAX_NAME)
}
