//! Collects the rows of a list, up to a limit and each address once.

use std::collections::HashMap;

use super::{OpmlOutline, OpmlRow};
use crate::address::{FeedAddress, Unusable};

/// Maximum number of rows.
const MAX_ROWS: usize = 10_000;

#[derive(Default)]
pub struct OpmlRows {
    rows: Vec<OpmlRow>,
    /// Addresses so far, with their row numbers.
    lines: HashMap<String, usize>,
    left_out: usize,
}

impl OpmlRows {
    /// Adds a row with an address as written, which may be empty.
    pub fn add(&mut self, line: usize, title: &str, folders: Vec<String>, told: &str) {
        if self.is_full() {
            self.left_out += 1;
            return;
        }
        let read = address(told);
        let is_scheme_assumed = read.as_ref().is_ok_and(|address| address.is_scheme_assumed);
        let found =
            read.map(|address| String::from(address.url)).and_then(|url| match self.lines.get(&url) {
                Some(before) => Err(format!("The same address is in the file before, as number {before}.")),
                None => {
                    self.lines.insert(url.clone(), line);
                    Ok(url)
                }
            });
        self.rows.push(OpmlRow { line, title: title.to_owned(), folders, found, is_scheme_assumed });
    }

    pub fn is_full(&self) -> bool {
        self.rows.len() >= MAX_ROWS
    }

    pub fn finish(mut self, title: String) -> OpmlOutline {
        if self.left_out > 0 {
            let last = self.rows.last().map_or(0, |row| row.line);
            let (count, are) = (self.left_out, if self.left_out == 1 { "more was" } else { "more were" });
            let why = format!("{count} {are} left out: at most 10,000 are read from one file.");
            self.rows.push(OpmlRow {
                line: last + 1,
                title: String::new(),
                folders: Vec::new(),
                found: Err(why),
                is_scheme_assumed: false,
            });
        }
        OpmlOutline { title, rows: self.rows }
    }
}

/// Parses an address of a list, or returns the reason as a message.
pub fn address(told: &str) -> Result<FeedAddress, String> {
    let address = FeedAddress::read(told).map_err(|why| match why {
        Unusable::Empty => "It has no address.".to_owned(),
        other => other.to_string(),
    })?;
    if address.has_credentials() {
        return Err("Its address holds a name or a password. Add it by itself, on Subscriptions.".to_owned());
    }
    match address.service() {
        Some(service) => Err(service.advice()),
        None => Ok(address),
    }
}
