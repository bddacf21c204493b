//! Reads a document element by element, as far as it makes sense: ends may be missing, wrong or too many.

use std::rc::Rc;

use url::Url;

mod attributes;
mod entities;
mod markup;
mod namespaces;
mod tokens;
mod tree;

pub use attributes::attributes;
pub use entities::Entities;
pub use markup::{allowed, escape, escape_value};
pub use namespaces::Ns;
pub use tokens::{Token, Tokens};
pub use tree::{Element, Head, Tree};

use super::address;
use super::limits::DEPTH_MOST;
use namespaces::Namespaces;

/// How many of the outermost elements an end tag may close from where elements stand too deep to be known.
const OUTER: usize = 5;

/// A document, read from its start to its end.
pub struct Document<'a> {
    tokens: Tokens<'a>,
    open: Vec<Open<'a>>,
    names: Namespaces<'a>,
    entities: Rc<Entities<'a>>,
    base: Rc<Url>,
    home: Ns,
    too_deep: usize,
}

/// An element whose end was not read yet.
struct Open<'a> {
    name: &'a str,
    base: Rc<Url>,
    lang: Option<&'a str>,
    empty: bool,
    node: Option<usize>,
}

impl<'a> Document<'a> {
    pub fn new(text: &'a str, base: &Url) -> Self {
        Self {
            tokens: Tokens::new(text),
            open: Vec::new(),
            names: Namespaces::default(),
            entities: Rc::default(),
            base: Rc::new(base.clone()),
            home: Ns::Core,
            too_deep: 0,
        }
    }

    /// From here on, names of this vocabulary are the feed's own.
    pub fn settle_in(&mut self, home: Ns) {
        self.home = home;
    }

    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// Enters the next element, which is a child of the one entered last unless that has ended.
    pub fn enter(&mut self) -> Option<Head<'a>> {
        if self.open.last().is_some_and(|open| open.empty) {
            self.leave_to(self.open.len() - 1);
        }
        loop {
            match self.tokens.next("")? {
                Token::Start { name, attributes, empty } => {
                    return Some(self.begin(name, attributes, empty));
                }
                Token::End(name) => {
                    if let Some(at) = self.opened(name) {
                        self.leave_to(at);
                    }
                }
                Token::Doctype(text) => {
                    if let Some(entities) = Rc::get_mut(&mut self.entities) {
                        entities.declare(text);
                    }
                }
                Token::Text(_) | Token::Cdata(_) => {}
            }
        }
    }

    /// Reads the element entered last, with all there is in it, and leaves it.
    pub fn take(&mut self, head: Head<'a>, tree: &mut Tree<'a>) {
        let level = self.open.len();
        tree.begin(head, self.entities.clone());
        if let Some(open) = self.open.last_mut() {
            open.node = Some(0);
        }
        while self.open.len() >= level && !self.open.last().is_some_and(|open| open.empty) {
            let position = self.tokens.position();
            let innermost = self.open.last().map_or("", |open| open.name);
            match self.tokens.next(innermost) {
                None => break,
                Some(Token::Start { name, .. }) if ends_before(innermost, name) => {
                    self.close(self.open.len() - 1, None, tree);
                    self.tokens.rewind(position);
                }
                Some(Token::Start { name, attributes, empty }) => {
                    self.start(name, attributes, empty || stands_alone(name), tree);
                }
                Some(Token::End(name)) => self.end(name, tree),
                Some(Token::Text(text)) => tree.text(text, false),
                Some(Token::Cdata(text)) => tree.text(text, true),
                Some(Token::Doctype(_)) => {}
            }
        }
        if self.open.len() >= level {
            self.close(level - 1, None, tree);
        }
        self.too_deep = 0;
    }

    fn start(&mut self, name: &'a str, attributes: &'a str, empty: bool, tree: &mut Tree<'a>) {
        if self.too_deep > 0 || self.open.len() >= DEPTH_MOST {
            self.too_deep += usize::from(!empty);
            return;
        }
        let head = self.begin(name, attributes, empty);
        let node = tree.element(head);
        if let Some(open) = self.open.last_mut() {
            open.node = node;
        }
        if empty {
            self.close(self.open.len() - 1, None, tree);
        }
    }

    fn end(&mut self, name: &str, tree: &mut Tree<'a>) {
        let opened = self.opened(name);
        if self.too_deep > 0 && opened.is_none_or(|at| at >= OUTER) {
            self.too_deep -= 1;
        } else if let Some(at) = opened {
            self.too_deep = 0;
            self.close(at, Some(at), tree);
        }
    }

    /// Leaves the elements from `level` on; only `named` has been closed by its own end tag.
    fn close(&mut self, level: usize, named: Option<usize>, tree: &mut Tree<'a>) {
        for (at, open) in self.open.iter().enumerate().skip(level) {
            if let Some(node) = open.node {
                tree.end(node, named == Some(at) || open.empty);
            }
        }
        self.leave_to(level);
    }

    fn leave_to(&mut self, level: usize) {
        self.open.truncate(level);
        self.names.leave(level);
    }

    fn opened(&self, name: &str) -> Option<usize> {
        self.open.iter().rposition(|open| open.name.eq_ignore_ascii_case(name))
    }

    fn begin(&mut self, name: &'a str, raw: &'a str, empty: bool) -> Head<'a> {
        let depth = self.open.len() + 1;
        let mut base = self.open.last().map_or_else(|| self.base.clone(), |open| open.base.clone());
        let mut lang = self.open.last().and_then(|open| open.lang);
        if raw.contains("xml") {
            for (attribute, value) in attributes(raw) {
                match attribute.split_once(':').unwrap_or((attribute, "")) {
                    ("xmlns", prefix) => self.names.declare(prefix, &self.entities.decode(value), depth),
                    ("xml", "base") => {
                        base = address::base(&base, &self.entities.decode(value)).map_or(base, Rc::new);
                    }
                    ("xml", "lang") => lang = Some(value.trim_ascii()),
                    _ => {}
                }
            }
        }
        let prefix = name.split_once(':').map_or("", |(prefix, _)| prefix);
        let ns = self.names.resolve(prefix);
        let ns = if ns == self.home { Ns::Core } else { ns };
        self.open.push(Open { name, base: base.clone(), lang, empty, node: None });
        Head { ns, name, attributes: raw, base, lang }
    }
}

/// Elements of HTML that have no end, met where somebody wrote HTML into a feed as it is.
fn stands_alone(name: &str) -> bool {
    ["br", "hr", "img", "wbr", "input"].iter().any(|one| name.eq_ignore_ascii_case(one))
}

/// Whether an element that was never closed ends where the other begins.
fn ends_before(open: &str, next: &str) -> bool {
    const LEAVES: [&str; 10] =
        ["title", "link", "guid", "pubDate", "author", "category", "comments", "id", "updated", "published"];
    const PARTS: [&str; 13] = [
        "title",
        "link",
        "guid",
        "pubDate",
        "author",
        "comments",
        "id",
        "updated",
        "published",
        "description",
        "enclosure",
        "item",
        "entry",
    ];
    let is_one_of = |names: &[&str], name: &str| names.iter().any(|one| one.eq_ignore_ascii_case(name));
    match next.len() {
        4 | 5 if is_one_of(&["item", "entry"], open) => open.eq_ignore_ascii_case(next),
        _ => is_one_of(&LEAVES, open) && is_one_of(&PARTS, next),
    }
}

#[cfg(test)]
mod tests;
