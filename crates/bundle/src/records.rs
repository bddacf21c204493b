//! Records of a part: JSON objects, one per line, compressed by zstd.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Seek, Take};

use age::stream::StreamReader;
use serde::Deserialize;
use zstd::stream::read::Decoder;

use crate::bounds::{Bounds, WINDOW_LOG};
use crate::checked_reader::{CheckedReader, decoding};
use crate::error::{BundleError, Result};
use crate::header::{PartEntry, is_kind};
use crate::keyring::Keyring;
use crate::{seal, strict_json};

/// Number of records of each kind, the value of their key `k`.
pub type RecordKinds = BTreeMap<String, u64>;

type EncodedRecords<'a, F> = BufReader<StreamReader<CheckedReader<'a, F>>>;
type Decoded<R> = BufReader<Take<Decoder<'static, R>>>;

const BUFFER: usize = 128 << 10;

/// Checks one record, without its line feed, and returns its kind.
pub fn check(record: &[u8], bounds: &Bounds) -> std::result::Result<String, String> {
    #[derive(Deserialize)]
    struct Kind<'a> {
        #[serde(borrow)]
        k: Cow<'a, str>,
    }
    if record.len() as u64 > bounds.record_bytes {
        return Err(format!("it has more than {} bytes", bounds.record_bytes));
    }
    if !record.starts_with(b"{") || !record.ends_with(b"}") || record.contains(&b'\n') {
        return Err("it is no JSON object on one line".to_owned());
    }
    strict_json::check(record, bounds.depth).map_err(|error| error.to_string())?;
    let kind: Kind<'_> = serde_json::from_slice(record).map_err(|error| error.to_string())?;
    match is_kind(&kind.k) {
        true => Ok(kind.k.into_owned()),
        false => Err("its kind k must have 1 to 32 of a-z and the underscore".to_owned()),
    }
}

/// Reader of the records of one verified part, in their order.
pub struct Records<'a, F: Read + Seek> {
    lines: Option<Lines<EncodedRecords<'a, F>>>,
    part: String,
}

impl<'a, F: Read + Seek> Records<'a, F> {
    pub(crate) fn new(
        entry: &PartEntry,
        bounds: &Bounds,
        reader: CheckedReader<'a, F>,
        keys: &Keyring,
    ) -> Result<Self> {
        let decrypted = seal::decrypt(&entry.name, reader, keys)?;
        let encoded = BufReader::with_capacity(BUFFER, decrypted);
        let lines = Lines::new(encoded, entry, bounds).map_err(|error| decoding(&entry.name, error))?;
        Ok(Self { lines: Some(lines), part: entry.name.clone() })
    }

    /// The next record, without its line feed. `None` after the last one, if the part ended as declared.
    pub fn next_record(&mut self) -> Result<Option<&[u8]>> {
        let Some(lines) = &mut self.lines else { return Ok(None) };
        match lines.advance(&self.part) {
            Ok(true) => {}
            Ok(false) => {
                let ended = self.lines.take().map_or(Ok(()), |lines| lines.end(&self.part));
                return ended.map(|()| None);
            }
            Err(error) => {
                self.lines = None;
                return Err(error);
            }
        }
        Ok(self.lines.as_ref().map(|lines| lines.line.as_slice()))
    }
}

/// Lines out of one zstd frame, within the declared figures.
pub(crate) struct Lines<R: BufRead> {
    decoded: Decoded<R>,
    line: Vec<u8>,
    record_bytes: u64,
    bytes_left: u64,
    records_left: u64,
}

impl<R: BufRead> Lines<R> {
    pub fn new(encoded: R, entry: &PartEntry, bounds: &Bounds) -> std::io::Result<Self> {
        let mut decoder = Decoder::with_buffer(encoded)?.single_frame();
        decoder.window_log_max(WINDOW_LOG)?;
        // Decodes one byte beyond the declared ones at most, which is enough to see that there are more.
        let decoded = BufReader::with_capacity(BUFFER, decoder.take(entry.raw_bytes.saturating_add(1)));
        Ok(Self {
            decoded,
            line: Vec::new(),
            record_bytes: bounds.record_bytes,
            bytes_left: entry.raw_bytes,
            records_left: entry.count.unwrap_or_default(),
        })
    }

    /// Reads the next line. False at the end.
    fn advance(&mut self, part: &str) -> Result<bool> {
        self.line.clear();
        let limited = &mut (&mut self.decoded).take(self.record_bytes + 1);
        let read = limited.read_until(b'\n', &mut self.line).map_err(|error| decoding(part, error))?;
        if read == 0 {
            return Ok(false);
        }
        let wrong = |why: &str| Err(BundleError::content(part, why));
        let Some(bytes_left) = self.bytes_left.checked_sub(read as u64) else {
            return wrong("it decodes to more bytes than declared");
        };
        self.bytes_left = bytes_left;
        if self.line.pop() != Some(b'\n') {
            return wrong("a record is longer than the bound, or has no line feed");
        }
        let Some(records_left) = self.records_left.checked_sub(1) else {
            return wrong("it has more records than declared");
        };
        self.records_left = records_left;
        Ok(true)
    }

    /// Checks that everything declared was there, and nothing follows the frame.
    fn end(self, part: &str) -> Result<()> {
        if self.bytes_left > 0 || self.records_left > 0 {
            return Err(BundleError::content(part, "it has fewer records or bytes than declared"));
        }
        let mut encoded = self.decoded.into_inner().into_inner().finish();
        match encoded.fill_buf().map_err(|error| decoding(part, error))?.is_empty() {
            true => Ok(()),
            false => Err(BundleError::content(part, "something follows the records")),
        }
    }

    /// Reads all lines. For fuzzing, without encryption around.
    pub fn drain(mut self, part: &str) -> Result<u64> {
        let mut lines = 0;
        while self.advance(part)? {
            lines += 1;
        }
        self.end(part).map(|()| lines)
    }
}
