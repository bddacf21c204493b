//! Error-tolerant XML reader, element by element: end tags may be missing, wrong or superfluous.

use std::rc::Rc;

use url::Url;

mod entities;
mod markup;
mod namespaces;
mod parts;
mod tokens;
mod tree;

pub use entities::Entities;
pub use markup::{allowed, escape, escape_value};
pub use namespaces::Ns;
use text::attributes;
pub use tokens::{XmlToken, XmlTokens};
pub use tree::{Element, Head, Tree};

use super::limits::MAX_DEPTH;
use super::urls;
use namespaces::Namespaces;
use parts::{begins_item_or_channel, is_part, may_hold_items};

/// Depth of the elements that an end tag closes even while the nesting is too deep to be tracked.
const OUTER: usize = 5;
/// Limit on rereading, as a multiple of the text's length.
const MAX_READINGS: usize = 4;

/// A document that is read from start to end.
pub struct Document<'a> {
    tokens: XmlTokens<'a>,
    open: Vec<OpenElement<'a>>,
    names: Namespaces<'a>,
    entities: Rc<Entities<'a>>,
    base: Rc<Url>,
    home: Ns,
    too_deep: usize,
    /// Index in `open` of the part of an item or a channel that is being read.
    part: usize,
    doubt: Option<Doubt<'a>>,
    /// Bytes that may still be reread.
    rereadable: usize,
}

/// State at the start of a part within another part, which ends there if it turns out to be unclosed.
struct Doubt<'a> {
    tokens: XmlTokens<'a>,
    nodes: usize,
}

/// An element whose end was not read yet.
struct OpenElement<'a> {
    name: &'a str,
    base: Rc<Url>,
    lang: Option<&'a str>,
    empty: bool,
    node: Option<usize>,
}

impl<'a> Document<'a> {
    pub fn new(text: &'a str, base: &Url) -> Self {
        Self {
            tokens: XmlTokens::new(text),
            open: Vec::new(),
            names: Namespaces::default(),
            entities: Rc::default(),
            base: Rc::new(base.clone()),
            home: Ns::Core,
            too_deep: 0,
            part: 0,
            doubt: None,
            rereadable: MAX_READINGS * text.len(),
        }
    }

    /// Makes a vocabulary the feed's own for the rest of the document.
    pub fn settle_in(&mut self, home: Ns) {
        self.home = home;
    }

    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// Enters the next element, a child of the last one entered unless that has ended.
    pub fn enter(&mut self) -> Option<Head<'a>> {
        if self.open.last().is_some_and(|open| open.empty) {
            self.leave_to(self.open.len() - 1);
        }
        loop {
            match self.tokens.next("")? {
                XmlToken::Start { name, attributes, empty } => {
                    return Some(self.begin(name, attributes, empty));
                }
                XmlToken::End(name) => {
                    if let Some(at) = self.opened(name) {
                        self.leave_to(at);
                    }
                }
                XmlToken::Doctype(text) => {
                    if let Some(entities) = Rc::get_mut(&mut self.entities) {
                        entities.declare(text);
                    }
                }
                XmlToken::Text(_) | XmlToken::Cdata(_) => {}
            }
        }
    }

    /// Reads the last element entered, with its content, and leaves it.
    pub fn take(&mut self, head: Head<'a>, tree: &mut Tree<'a>) {
        let level = self.open.len();
        self.part = level - usize::from(!head.is_item());
        tree.begin(head, self.entities.clone());
        if let Some(open) = self.open.last_mut() {
            open.node = Some(0);
        }
        while self.open.len() >= level && !self.open.last().is_some_and(|open| open.empty) {
            let before = self.tokens.clone();
            let innermost = self.open.last().map_or("", |open| open.name);
            match self.tokens.next(innermost) {
                None if self.reconsider(tree) => {}
                None => break,
                Some(XmlToken::Start { name, .. }) if self.is_next_item(name, tree) => {
                    if !self.reconsider(tree) {
                        self.close(self.part.min(self.open.len() - 1), None, tree);
                        self.tokens = before;
                    }
                }
                Some(XmlToken::Start { name, attributes, empty }) => {
                    if self.doubt.is_none() && self.is_doubtful(name) {
                        self.doubt = Some(Doubt { tokens: before, nodes: tree.length() });
                    }
                    self.start(name, attributes, empty || stands_alone(name), tree);
                }
                Some(XmlToken::End(name)) => self.end(name, tree),
                Some(XmlToken::Text(text)) => tree.text(text, false),
                Some(XmlToken::Cdata(text)) => tree.text(text, true),
                Some(XmlToken::Doctype(_)) => {}
            }
        }
        if self.open.len() >= level {
            self.close(level - 1, None, tree);
        }
        self.too_deep = 0;
    }

    /// Whether an item begins here, regardless of unclosed elements before it.
    fn is_next_item(&self, name: &str, tree: &Tree<'a>) -> bool {
        let is_one_more =
            |item: Option<&OpenElement<'_>>| item.is_some_and(|item| item.name.eq_ignore_ascii_case(name));
        let Some(part) = self.open.get(self.part) else { return is_one_more(self.open.last()) };
        if part.node == Some(0) {
            return begins_item_or_channel(name) && matches!(self.vocabulary(name), Ns::Core | Ns::Atom);
        }
        is_one_more(self.part.checked_sub(1).and_then(|item| self.open.get(item)))
            && !part.node.and_then(|node| tree.head(node)).is_some_and(may_hold_items)
    }

    /// Whether this part may belong beside the open one rather than inside it.
    fn is_doubtful(&self, name: &str) -> bool {
        let within = self.open.len().saturating_sub(self.part);
        within > 0 && is_part(self.vocabulary(name), name, within == 1)
    }

    /// Ends an unclosed part where the first other part began inside it, and continues from there.
    fn reconsider(&mut self, tree: &mut Tree<'a>) -> bool {
        let Some(doubt) = self.doubt.take() else { return false };
        let again = self.tokens.position() - doubt.tokens.position();
        let Some(left) = self.rereadable.checked_sub(again) else { return false };
        self.rereadable = left;
        tree.truncate(doubt.nodes);
        self.close(self.part, None, tree);
        self.tokens = doubt.tokens;
        self.too_deep = 0;
        true
    }

    fn start(&mut self, name: &'a str, attributes: &'a str, empty: bool, tree: &mut Tree<'a>) {
        if self.too_deep > 0 || self.open.len() >= MAX_DEPTH {
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
        } else if let Some(at) = opened
            && (at >= self.part || !self.reconsider(tree))
        {
            self.too_deep = 0;
            self.close(at, Some(at), tree);
        }
    }

    /// Leaves the elements from `level` on; only `named` was closed by its own end tag.
    fn close(&mut self, level: usize, named: Option<usize>, tree: &mut Tree<'a>) {
        for (at, open) in self.open.iter().enumerate().skip(level) {
            if let Some(node) = open.node {
                tree.end(node, named == Some(at) || open.empty);
            }
        }
        if level <= self.part {
            self.doubt = None;
        }
        self.leave_to(level);
    }

    fn leave_to(&mut self, level: usize) {
        self.open.truncate(level);
        self.names.leave(level);
    }

    /// The element that an end tag closes; a tag without a name closes the innermost.
    fn opened(&self, name: &str) -> Option<usize> {
        if name.is_empty() {
            return self.open.len().checked_sub(1);
        }
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
                        base = urls::base(&base, &self.entities.decode(value)).map_or(base, Rc::new);
                    }
                    ("xml", "lang") => lang = Some(value.trim_ascii()),
                    _ => {}
                }
            }
        }
        let prefix = name.split_once(':').map_or("", |(prefix, _)| prefix);
        let ns = self.names.resolve(prefix);
        let ns = if ns == self.home { Ns::Core } else { ns };
        self.open.push(OpenElement { name, base: base.clone(), lang, empty, node: None });
        Head { ns, name, attributes: raw, base, lang }
    }

    /// The vocabulary of a part; the feed's own without a prefix, as markup around it may be unclosed.
    fn vocabulary(&self, name: &str) -> Ns {
        match name.split_once(':').map(|(prefix, _)| self.names.resolve(prefix)) {
            Some(ns) if ns != self.home => ns,
            _ => Ns::Core,
        }
    }
}

/// HTML elements without an end tag, for unescaped HTML in a feed.
fn stands_alone(name: &str) -> bool {
    ["br", "hr", "img", "wbr", "input"].iter().any(|one| name.eq_ignore_ascii_case(one))
}

#[cfg(test)]
mod tests;
