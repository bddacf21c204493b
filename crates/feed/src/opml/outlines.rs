//! Reads the outlines of an OPML document from a stream of tags, without recursion.

use text::attributes;
use text::entities::decode;
use text::one_line;

use crate::reader::limits::MAX_NAME;
use crate::reader::xml::{XmlToken, XmlTokens};

use super::rows::OpmlRows;
use super::{OpmlOutline, UnreadableList};

/// Maximum number of folders of a row.
const MAX_FOLDERS: usize = 20;

/// Reads the document as far as possible.
///
/// # Errors
/// If it contains neither an `opml` nor an `outline` element, or is a web page or a feed.
pub fn read(text: &str) -> Result<OpmlOutline, UnreadableList> {
    let mut reader = OutlineReader::default();
    let mut tokens = XmlTokens::new(text);
    while let Some(token) = tokens.next("") {
        match token {
            XmlToken::Start { name, attributes, empty } => reader.start(local(name), attributes, empty)?,
            XmlToken::End(name) => reader.end(local(name)),
            XmlToken::Text(text) => reader.text(&decode(text)),
            XmlToken::Cdata(text) => reader.text(text),
            XmlToken::Doctype(text) if is_of_html(text) => return Err(UnreadableList::WebPage),
            XmlToken::Doctype(_) => {}
        }
    }
    reader.finish()
}

fn is_of_html(doctype: &str) -> bool {
    doctype.split_ascii_whitespace().nth(1).is_some_and(|root| root.eq_ignore_ascii_case("html"))
}

fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

/// Kind of an outline.
#[derive(Debug, Clone, Copy, PartialEq)]
enum OutlineKind {
    Feed,
    /// No address: a folder once it has a child, a bad row if it never has one.
    Bare,
    Folder,
    /// An episode or a playlist, which some programs write below a feed.
    Part,
}

struct OpenOutline {
    kind: OutlineKind,
    line: usize,
    title: String,
}

#[derive(Default)]
struct OutlineReader {
    is_list: bool,
    in_title: bool,
    title: String,
    line: usize,
    open: Vec<OpenOutline>,
    /// Indices in `open` of the open folders, up to `MAX_FOLDERS`.
    folders: Vec<usize>,
    rows: OpmlRows,
}

impl OutlineReader {
    fn start(&mut self, name: &str, raw: &str, empty: bool) -> Result<(), UnreadableList> {
        if name.eq_ignore_ascii_case("outline") {
            self.is_list = true;
            self.in_title = false;
            self.outline(raw, empty);
        } else if name.eq_ignore_ascii_case("opml") {
            self.is_list = true;
        } else if !self.is_list && is_one_of(&["html", "script"], name) {
            return Err(UnreadableList::WebPage);
        } else if !self.is_list && is_one_of(&["rss", "feed", "rdf"], name) {
            return Err(UnreadableList::Feed);
        } else {
            self.in_title = name.eq_ignore_ascii_case("title") && self.title.is_empty() && !empty;
        }
        Ok(())
    }

    fn outline(&mut self, raw: &str, empty: bool) {
        self.line += 1;
        self.fill_folder();
        let told = OutlineAttributes::of(raw);
        let kind = match (told.address.is_empty(), self.open.last().map(|open| open.kind)) {
            (false, _) => OutlineKind::Feed,
            (true, Some(OutlineKind::Feed | OutlineKind::Part)) => OutlineKind::Part,
            (true, _) if told.is_part => OutlineKind::Part,
            (true, _) => OutlineKind::Bare,
        };
        match kind {
            OutlineKind::Feed => self.rows.add(self.line, &told.title, self.folders(), &told.address),
            OutlineKind::Bare if empty => self.rows.add(self.line, &told.title, self.folders(), ""),
            _ => {}
        }
        if !empty {
            let title = if kind == OutlineKind::Bare { told.title } else { String::new() };
            self.open.push(OpenOutline { kind, line: self.line, title });
        }
    }

    /// Turns the innermost outline into a folder.
    fn fill_folder(&mut self) {
        let at = self.open.len();
        if let Some(open) = self.open.last_mut().filter(|open| open.kind == OutlineKind::Bare) {
            open.kind = OutlineKind::Folder;
            if self.folders.len() < MAX_FOLDERS && !open.title.is_empty() {
                self.folders.push(at - 1);
            } else {
                open.title = String::new();
            }
        }
    }

    fn folders(&self) -> Vec<String> {
        if self.rows.is_full() {
            return Vec::new();
        }
        self.folders.iter().map(|at| self.open[*at].title.clone()).collect()
    }

    fn end(&mut self, name: &str) {
        self.in_title = false;
        if !name.eq_ignore_ascii_case("outline") {
            return;
        }
        let Some(open) = self.open.pop() else { return };
        if self.folders.last() == Some(&self.open.len()) {
            self.folders.pop();
        }
        if open.kind == OutlineKind::Bare {
            self.rows.add(open.line, &open.title, self.folders(), "");
        }
    }

    fn text(&mut self, text: &str) {
        if self.in_title {
            let more = one_line(text, MAX_NAME);
            self.title = one_line(&format!("{} {more}", self.title), MAX_NAME);
        }
    }

    fn finish(mut self) -> Result<OpmlOutline, UnreadableList> {
        if !self.is_list {
            return Err(UnreadableList::NotAList);
        }
        // Only the innermost one may be empty.
        self.end("outline");
        Ok(self.rows.finish(self.title))
    }
}

/// Attributes of an outline.
#[derive(Default)]
struct OutlineAttributes {
    title: String,
    address: String,
    is_part: bool,
}

impl OutlineAttributes {
    fn of(raw: &str) -> Self {
        let (mut text, mut title, mut xml_url, mut url, mut kind) =
            <(&str, &str, &str, &str, &str)>::default();
        for (name, value) in attributes(raw) {
            let place = match name.to_ascii_lowercase().as_str() {
                "text" => &mut text,
                "title" => &mut title,
                "xmlurl" | "feedurl" => &mut xml_url,
                "url" => &mut url,
                "type" => &mut kind,
                _ => continue,
            };
            if place.trim().is_empty() {
                *place = value;
            }
        }
        let kind = kind.trim().to_ascii_lowercase();
        let is_feed = matches!(kind.as_str(), "rss" | "atom" | "link");
        let told = if xml_url.trim().is_empty() && is_feed { url } else { xml_url };
        let line = |told: &str| one_line(&decode(told), MAX_NAME);
        let text = line(text);
        Self {
            title: if text.is_empty() { line(title) } else { text },
            address: decode(told).trim().to_owned(),
            is_part: kind.starts_with("podcast-"),
        }
    }
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|one| one.eq_ignore_ascii_case(name))
}
