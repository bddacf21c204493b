//! Writes subscriptions as OPML 2.0, with one level of folders.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::engine::catalog::feed::limits::NAME_MOST;
use crate::engine::catalog::feed::text::one_line;
use crate::engine::catalog::feed::xml::{allowed, escape, escape_value};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpmlEntry {
    pub title: String,
    pub feed_url: String,
    pub site_url: Option<String>,
    pub folder: Option<String>,
}

/// Writes the entries without a folder first, then folder by folder, each in the given order.
pub fn write(title: &str, entries: &[OpmlEntry], created: DateTime<Utc>) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n  <head>\n    <title>",
    );
    escape(&line(title), &mut xml);
    let created = created.format("%a, %d %b %Y %H:%M:%S GMT");
    xml.push_str(&format!("</title>\n    <dateCreated>{created}</dateCreated>\n  </head>\n  <body>\n"));
    for (folder, entries) in by_folder(entries) {
        if folder.is_empty() {
            entries.iter().for_each(|entry| outline(entry, "    ", &mut xml));
            continue;
        }
        xml.push_str("    <outline");
        names(&folder, &mut xml);
        xml.push_str(">\n");
        entries.iter().for_each(|entry| outline(entry, "      ", &mut xml));
        xml.push_str("    </outline>\n");
    }
    xml.push_str("  </body>\n</opml>\n");
    xml
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

fn outline(entry: &OpmlEntry, indent: &str, xml: &mut String) {
    xml.extend([indent, "<outline type=\"rss\""]);
    names(&line(&entry.title), xml);
    attribute("xmlUrl", &entry.feed_url, xml);
    if let Some(site) = &entry.site_url {
        attribute("htmlUrl", site, xml);
    }
    xml.push_str("/>\n");
}

/// Writes the name as both `text` and `title`, because programs differ in which one they read.
fn names(name: &str, xml: &mut String) {
    attribute("text", name, xml);
    attribute("title", name, xml);
}

fn attribute(name: &str, value: &str, xml: &mut String) {
    xml.extend([" ", name, "=\""]);
    escape_value(&allowed(value), xml);
    xml.push('"');
}

pub(super) fn line(name: &str) -> String {
    one_line(&allowed(name), NAME_MOST)
}
