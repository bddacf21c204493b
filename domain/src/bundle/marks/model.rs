//! Model of a gateway, a site and the medium between them.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::bundle::SectionEnd;

pub(super) const SOURCES: usize = 3;
pub(super) const ITEMS: u8 = 6;

/// Part of a node that both kinds have.
#[derive(Debug, Clone, Default)]
pub(super) struct ModelNode {
    pub(super) epoch: Epoch,
    pub(super) seq: i64,
    /// Bundles that were sent, as far as the database knows.
    pub(super) sent: BTreeSet<String>,
    /// The latest bundle received, and all of its epoch.
    pub(super) position: BundlePosition,
    pub(super) seen: BTreeSet<String>,
}

impl ModelNode {
    /// Takes the header in. False if the bundle is older than one that was taken in.
    fn receive(&mut self, bundle: &Bundle) -> bool {
        if let Some(epoch) = bundle.have.demands(self.epoch, |id| self.sent.contains(id), 0) {
            self.epoch = epoch;
        }
        if bundle.position.epoch > self.position.epoch {
            self.seen.clear();
        }
        if bundle.position.epoch >= self.position.epoch {
            self.seen.insert(bundle.id.clone());
        }
        let is_latest = bundle.position > self.position;
        self.position = self.position.max(bundle.position);
        is_latest
    }

    fn next(&mut self, clock: &mut u32) -> (String, BundlePosition) {
        (self.seq, *clock) = (self.seq + 1, *clock + 1);
        let id = format!("bundle {clock}");
        self.sent.insert(id.clone());
        (id, BundlePosition { epoch: self.epoch, seq: self.seq })
    }

    fn have(&self) -> PeerHave {
        let seen = self.seen.iter().cloned().collect();
        PeerHave { epoch: self.position.epoch, seen, ..PeerHave::default() }
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct ModelSource {
    pub(super) rev: i64,
    /// Revision and text by item.
    pub(super) items: BTreeMap<u8, (i64, u32)>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Gateway {
    pub(super) node: ModelNode,
    pub(super) sources: [ModelSource; SOURCES],
    /// Statement of the site's latest bundle.
    pub(super) have: PeerHave,
}

#[derive(Debug, Clone, Default)]
pub(super) struct ModelCopy {
    pub(super) mark: SourceMark,
    pub(super) items: BTreeMap<u8, (i64, u32)>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Site {
    pub(super) node: ModelNode,
    pub(super) copies: [ModelCopy; SOURCES],
}

#[derive(Debug, Clone)]
pub(super) enum Row {
    Item(usize, u8, i64, u32),
    End(usize, SectionEnd),
}

#[derive(Debug, Clone)]
pub(super) struct Bundle {
    pub(super) id: String,
    pub(super) position: BundlePosition,
    pub(super) have: PeerHave,
    pub(super) rows: Vec<Row>,
}

#[derive(Debug, Clone)]
pub(super) enum Step {
    /// A feed changes: so many items of a source in one transaction.
    Change(usize, Vec<u8>),
    GatewayExports,
    SiteExports,
    /// A bundle of the pool comes, is applied up to a part of its rows, and stays in the pool.
    Arrives(prop::sample::Index, u8),
    Backup,
    RestoreGateway,
    RestoreSite,
}

#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) gateway: Gateway,
    pub(super) site: Site,
    pub(super) backup: (Gateway, Site),
    pub(super) to_site: Vec<Bundle>,
    pub(super) to_gateway: Vec<Bundle>,
    pub(super) clock: u32,
}

pub(super) fn key(source: usize) -> String {
    source.to_string()
}

impl World {
    pub(super) fn step(&mut self, step: &Step) {
        match step {
            Step::Change(source, items) => {
                self.clock += 1;
                let source = &mut self.gateway.sources[*source];
                source.rev += 1;
                source.items.extend(items.iter().map(|item| (*item, (source.rev, self.clock))));
            }
            Step::GatewayExports => {
                let bundle = self.gateway_export();
                self.to_site.push(bundle);
            }
            Step::SiteExports => {
                let bundle = self.site_export();
                self.to_gateway.push(bundle);
            }
            Step::Arrives(which, part) => {
                if part % 2 == 0 && !self.to_site.is_empty() {
                    let bundle = which.get(&self.to_site).clone();
                    let rows = bundle.rows.len() * usize::from(*part) / usize::from(u8::MAX);
                    self.site_import(&bundle, rows);
                } else if !self.to_gateway.is_empty() {
                    let bundle = which.get(&self.to_gateway).clone();
                    self.gateway_import(&bundle);
                }
            }
            Step::Backup => self.backup = (self.gateway.clone(), self.site.clone()),
            Step::RestoreGateway => self.gateway = self.backup.0.clone(),
            Step::RestoreSite => self.site = self.backup.1.clone(),
        }
    }

    fn gateway_export(&mut self) -> Bundle {
        let (id, position) = self.gateway.node.next(&mut self.clock);
        let mut rows = Vec::new();
        for (at, source) in self.gateway.sources.iter().enumerate() {
            let since = self.gateway.have.rev(position.epoch, &key(at));
            let mut above: Vec<_> = source.items.iter().filter(|(_, (rev, _))| *rev > since).collect();
            above.sort_by_key(|(_, (rev, _))| *rev);
            rows.extend(above.iter().map(|(item, (rev, text))| Row::Item(at, **item, *rev, *text)));
            rows.push(Row::End(at, SectionEnd { source: key(at), since, to: source.rev }));
        }
        Bundle { id, position, have: self.gateway.node.have(), rows }
    }

    fn site_export(&mut self) -> Bundle {
        let (id, position) = self.site.node.next(&mut self.clock);
        let mut have = self.site.node.have();
        let of_epoch = self.site.copies.iter().enumerate().filter(|(_, copy)| copy.mark.epoch == have.epoch);
        have.sources = of_epoch.map(|(at, copy)| (key(at), copy.mark.rev)).collect();
        Bundle { id, position, have, rows: Vec::new() }
    }

    /// The header is taken in first, so that rows of a killed import are told to belong to that bundle.
    pub(super) fn site_import(&mut self, bundle: &Bundle, rows: usize) {
        self.site.node.receive(bundle);
        for row in &bundle.rows[..rows] {
            let (Row::Item(at, ..) | Row::End(at, _)) = row;
            let copy = &mut self.site.copies[*at];
            let Some(mark) = copy.mark.entering(bundle.position.epoch) else { continue };
            if mark.epoch > copy.mark.epoch {
                copy.items.values_mut().for_each(|(rev, _)| *rev = 0);
            }
            copy.mark = mark;
            match row {
                Row::Item(_, item, rev, text) => {
                    let present = copy.items.get(item).map_or(0, |(rev, _)| *rev);
                    if *rev > present {
                        copy.items.insert(*item, (*rev, *text));
                    }
                }
                Row::End(_, end) => {
                    let after = copy.mark.after(end.since, end.to);
                    assert!(after >= copy.mark, "a mark never goes back");
                    copy.mark = after;
                }
            }
        }
    }

    fn gateway_import(&mut self, bundle: &Bundle) {
        if self.gateway.node.receive(bundle) {
            self.gateway.have = bundle.have.clone();
        }
    }

    /// Exchanges new bundles until both are at rest.
    pub(super) fn settle(&mut self) {
        for _ in 0..4 {
            let bundle = self.site_export();
            self.gateway_import(&bundle);
            let bundle = self.gateway_export();
            self.site_import(&bundle, bundle.rows.len());
        }
    }
}
