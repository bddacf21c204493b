//! Tree of one item or one property of a feed, stored as a flat list that borrows from the document's text.

use std::borrow::Cow;
use std::rc::Rc;

use text::{attribute, attributes};
use url::Url;

use super::{Entities, Ns};
use crate::reader::limits::{MAX_NODES, MAX_TEXT};
use crate::reader::urls;

/// A start tag, with the base and language in scope.
#[derive(Debug, Clone)]
pub struct Head<'a> {
    pub ns: Ns,
    /// With its prefix.
    pub name: &'a str,
    pub attributes: &'a str,
    pub base: Rc<Url>,
    pub lang: Option<&'a str>,
}

impl Head<'_> {
    /// The name without its prefix.
    pub fn local(&self) -> &str {
        self.name.split_once(':').map_or(self.name, |(_, local)| local)
    }

    pub fn is(&self, local: &str) -> bool {
        self.local().eq_ignore_ascii_case(local)
    }

    pub fn is_item(&self) -> bool {
        matches!(self.ns, Ns::Core | Ns::Atom) && (self.is("item") || self.is("entry"))
    }

    /// An attribute as written.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        attribute(self.attributes, name)
    }

    /// An attribute resolved to an http or https address.
    pub fn address(&self, name: &str) -> Option<String> {
        urls::resolve(&self.base, &Entities::default().decode(self.attribute(name)?))
    }
}

enum Node<'a> {
    Element {
        head: Head<'a>,
        /// Index after the last node within.
        end: usize,
        /// Whether the end tag was present rather than implied.
        closed: bool,
    },
    Text {
        raw: &'a str,
        cdata: bool,
    },
}

/// Reused for all elements, to save allocations.
#[derive(Default)]
pub struct Tree<'a> {
    nodes: Vec<Node<'a>>,
    entities: Rc<Entities<'a>>,
}

impl<'a> Tree<'a> {
    pub(super) fn begin(&mut self, head: Head<'a>, entities: Rc<Entities<'a>>) {
        self.nodes.clear();
        self.entities = entities;
        self.element(head);
    }

    /// Adds an element and returns its index; none if there are too many.
    pub(super) fn element(&mut self, head: Head<'a>) -> Option<usize> {
        if self.nodes.len() >= MAX_NODES {
            return None;
        }
        self.nodes.push(Node::Element { head, end: usize::MAX, closed: false });
        Some(self.nodes.len() - 1)
    }

    pub(super) fn text(&mut self, raw: &'a str, cdata: bool) {
        if self.nodes.len() < MAX_NODES {
            self.nodes.push(Node::Text { raw, cdata });
        }
    }

    pub(super) fn end(&mut self, node: usize, by_its_tag: bool) {
        let now = self.nodes.len();
        if let Some(Node::Element { end, closed, .. }) = self.nodes.get_mut(node) {
            (*end, *closed) = (now, by_its_tag);
        }
    }

    pub(super) fn length(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn truncate(&mut self, nodes: usize) {
        self.nodes.truncate(nodes);
    }

    pub(super) fn head(&self, node: usize) -> Option<&Head<'a>> {
        match self.nodes.get(node)? {
            Node::Element { head, .. } => Some(head),
            Node::Text { .. } => None,
        }
    }

    /// The root element; none before anything was read.
    pub fn root(&self) -> Option<Element<'_, 'a>> {
        match self.nodes.first()? {
            Node::Element { head, .. } => Some(Element { tree: self, at: 0, head }),
            Node::Text { .. } => None,
        }
    }
}

/// An element with its content.
#[derive(Clone, Copy)]
pub struct Element<'t, 'a> {
    tree: &'t Tree<'a>,
    at: usize,
    pub head: &'t Head<'a>,
}

/// A child node of an element.
pub enum Child<'t, 'a> {
    Element(Element<'t, 'a>),
    Text(Cow<'a, str>),
}

impl<'t, 'a> Element<'t, 'a> {
    /// An attribute's value, decoded and trimmed; none if missing or empty.
    pub fn attribute(&self, name: &str) -> Option<Cow<'t, str>> {
        let decoded = match self.decode(attribute(self.head.attributes, name)?) {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        };
        (!decoded.is_empty()).then_some(decoded)
    }

    /// Names as written and decoded values, in order.
    pub fn attributes(&self) -> impl Iterator<Item = (&'t str, Cow<'t, str>)> + use<'t, 'a> {
        let element = *self;
        attributes(self.head.attributes).map(move |(name, value)| (name, element.decode(value)))
    }

    /// An attribute resolved to an http or https address.
    pub fn address(&self, name: &str) -> Option<String> {
        urls::resolve(self.base(), &self.attribute(name)?)
    }

    /// The trimmed text resolved to an http or https address.
    pub fn text_address(&self) -> Option<String> {
        urls::resolve(self.base(), &self.text())
    }

    pub fn base(&self) -> &'t Rc<Url> {
        &self.head.base
    }

    pub fn is_closed(&self) -> bool {
        matches!(self.tree.nodes[self.at], Node::Element { closed: true, .. })
    }

    /// All text within, decoded, without tags.
    pub fn text(&self) -> Cow<'a, str> {
        let mut texts = self.tree.nodes[self.at + 1..self.end()].iter().filter_map(|node| match node {
            Node::Text { raw, cdata } => Some(self.text_of(raw, *cdata)),
            Node::Element { .. } => None,
        });
        let first = texts.next().unwrap_or_default();
        let Some(second) = texts.next() else { return first };
        let mut all = first.into_owned() + &second;
        for text in texts {
            if all.len() > 4 * MAX_TEXT {
                break;
            }
            all.push_str(&text);
        }
        Cow::Owned(all)
    }

    /// The child elements, in order.
    pub fn children(&self) -> impl Iterator<Item = Element<'t, 'a>> + use<'t, 'a> {
        self.nodes().filter_map(|child| match child {
            Child::Element(element) => Some(element),
            Child::Text(_) => None,
        })
    }

    /// The first child element with that local name, in any vocabulary.
    pub fn child(&self, local: &str) -> Option<Element<'t, 'a>> {
        self.children().find(|child| child.head.is(local))
    }

    /// Child elements and texts, in order.
    pub fn nodes(&self) -> impl Iterator<Item = Child<'t, 'a>> + use<'t, 'a> {
        let (element, end) = (*self, self.end());
        let mut at = self.at + 1;
        std::iter::from_fn(move || {
            if at >= end {
                return None;
            }
            Some(match &element.tree.nodes[at] {
                Node::Element { head, end, .. } => {
                    let child = Element { tree: element.tree, at, head };
                    at = (*end).max(at + 1);
                    Child::Element(child)
                }
                Node::Text { raw, cdata } => {
                    at += 1;
                    Child::Text(element.text_of(raw, *cdata))
                }
            })
        })
    }

    fn end(&self) -> usize {
        match self.tree.nodes[self.at] {
            Node::Element { end, .. } => end.min(self.tree.nodes.len()),
            Node::Text { .. } => self.at,
        }
    }

    /// Decodes text, limited to the maximum that is ever used.
    fn text_of(&self, raw: &'a str, cdata: bool) -> Cow<'a, str> {
        let raw = &raw[..raw.floor_char_boundary(4 * MAX_TEXT)];
        if cdata { Cow::Borrowed(raw) } else { self.decode(raw) }
    }

    pub(super) fn decode<'r>(&self, raw: &'r str) -> Cow<'r, str> {
        self.tree.entities.decode(raw)
    }
}
