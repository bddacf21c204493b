//! Collects the rows of a list: so many and no more, and each address once.

use std::collections::HashMap;

use super::addresses::address;
use super::{Outline, Row};

/// Outlines that are read.
const ROWS_MOST: usize = 10_000;

#[derive(Default)]
pub struct Rows {
    rows: Vec<Row>,
    /// Addresses so far, with the lines they stand in.
    lines: HashMap<String, usize>,
    left_out: usize,
}

impl Rows {
    /// Takes an address as written; an empty one is a row without.
    pub fn add(&mut self, line: usize, title: &str, folders: Vec<String>, told: &str) {
        if self.is_full() {
            self.left_out += 1;
            return;
        }
        let found = address(told).and_then(|address| match self.lines.get(&address) {
            Some(before) => Err(format!("The same address is in the file before, as number {before}.")),
            None => {
                self.lines.insert(address.clone(), line);
                Ok(address)
            }
        });
        self.rows.push(Row { line, title: title.to_owned(), folders, found });
    }

    pub fn is_full(&self) -> bool {
        self.rows.len() >= ROWS_MOST
    }

    pub fn finish(mut self, title: String) -> Outline {
        if self.left_out > 0 {
            let last = self.rows.last().map_or(0, |row| row.line);
            let (count, are) = (self.left_out, if self.left_out == 1 { "more was" } else { "more were" });
            let why = format!("{count} {are} left out: at most 10,000 are read from one file.");
            self.rows.push(Row {
                line: last + 1,
                title: String::new(),
                folders: Vec::new(),
                found: Err(why),
            });
        }
        Outline { title, rows: self.rows }
    }
}
