//! Applies the parts of a volume: records in transactions of bounded size, and blobs.

use std::borrow::Cow;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use bundle::{BundleError, Keyring, PartEntry, PartKind, PartName, Volume, VolumeHeader};
use tokio::sync::mpsc;

use super::arrivals::{Arrival, apply_answers, take_blob};
use super::asked::apply_requests;
use super::follows::apply_follows;
use super::peer_accounts::apply_accounts;
use super::pictures::{apply_pictures, apply_wanted};
use super::refused;
use super::rotation::apply_rotations;
use crate::db::bundles::{self as rows, NewVolume};
use crate::domain::Refusal;
use crate::domain::bundle::{NodeRole, Record};
use crate::engine::catalog::peer_records::{self, Sender};
use crate::engine::{Error, Result, SharedEngine};

/// Records and bytes of a transaction.
const BATCH: usize = 500;
const BATCH_BYTES: usize = 4 << 20;

/// Applies the parts from `from` on.
pub(super) async fn apply(
    engine: &SharedEngine,
    keyring: Keyring,
    mut volume: Volume<File>,
    header: &VolumeHeader,
    new: &NewVolume<'_>,
    from: usize,
) -> Result<()> {
    let keyring = Arc::new(keyring);
    // Once all records of the bundle are applied, a file that belongs to nothing here is not wanted any more.
    let is_told = rows::are_earlier_applied(&engine.db, new).await?;
    let mut unknown = 0;
    for (at, part) in header.parts.iter().enumerate().skip(from) {
        let (mut records, mut files) = (0, 0);
        match part.kind {
            PartKind::Records => {
                (volume, records) = apply_records(engine, keyring.clone(), volume, at, new).await?;
            }
            PartKind::Blob if engine.config.role == NodeRole::Site => {
                let arrival;
                (volume, arrival) = apply_blob(engine, keyring.clone(), volume, at, part).await?;
                files = i64::from(arrival == Arrival::File);
                unknown += i64::from(arrival == Arrival::Unknown && !is_told);
            }
            // Sites send none.
            PartKind::Blob => {}
        }
        // A second import begins at the first unknown file.
        if unknown == 0 {
            rows::count_part(&engine.db, new, at as i64 + 1, records, files).await?;
        }
    }
    match unknown {
        0 => Ok(()),
        number => Err(unknown_files(number).into()),
    }
}

fn unknown_files(number: i64) -> Refusal {
    let files = if number == 1 { "1 file belongs".to_owned() } else { format!("{number} files belong") };
    let why = format!(
        "{files} to requests whose answers have not come. Import the other volumes, then this one again; all else of \
         it is here."
    );
    Refusal::field("volume", why)
}

/// Applies a part of records. Returns their number.
async fn apply_records(
    engine: &SharedEngine,
    keyring: Arc<Keyring>,
    mut volume: Volume<File>,
    at: usize,
    new: &NewVolume<'_>,
) -> Result<(Volume<File>, i64)> {
    let (sender, mut batches) = mpsc::channel(1);
    let reading = tokio::task::spawn_blocking(move || {
        let done = read_part(&mut volume, at, &keyring, &sender);
        (volume, done)
    });
    let mut count = 0;
    while let Some(batch) = batches.recv().await {
        count += batch.len() as i64;
        apply_batch(engine, new, batch).await?;
    }
    let (volume, done) = reading.await.map_err(Error::from)?;
    done.map_err(refused)?;
    Ok((volume, count))
}

/// Decodes a blob into a temporary file, and imports it.
async fn apply_blob(
    engine: &SharedEngine,
    keyring: Arc<Keyring>,
    mut volume: Volume<File>,
    at: usize,
    part: &PartEntry,
) -> Result<(Volume<File>, Arrival)> {
    let Ok(PartName::Blob(sha256)) = part.name.parse() else {
        return Err(Error::fault("a blob has no digest for a name"));
    };
    let sha256 = sha256.to_string();
    let path = engine.config.incoming().join(format!("{sha256}.carried"));
    std::fs::create_dir_all(engine.config.incoming())?;
    let target = path.clone();
    let writing = tokio::task::spawn_blocking(move || {
        let done = write_blob(&mut volume, at, &keyring, &target);
        (volume, done)
    });
    let (volume, done) = writing.await.map_err(Error::from)?;
    let taken = match done.map_err(refused) {
        Ok(()) => take_blob(engine, &sha256, part.raw_bytes, &path).await,
        Err(error) => Err(error),
    };
    // The store moves a file that it takes.
    tokio::fs::remove_file(&path).await.ok();
    Ok((volume, taken?))
}

fn write_blob(
    volume: &mut Volume<File>,
    at: usize,
    keyring: &Keyring,
    path: &Path,
) -> Result<(), BundleError> {
    let mut file = File::create(path)?;
    volume.part(at)?.blob(keyring, &mut file)?;
    Ok(file.sync_all()?)
}

/// Reads the records of a part and sends them in batches.
fn read_part(
    volume: &mut Volume<File>,
    at: usize,
    keyring: &Keyring,
    sender: &mpsc::Sender<Vec<Record>>,
) -> Result<(), BundleError> {
    let part = volume.part(at)?;
    let name = part.entry().name.clone();
    let mut records = part.records(keyring)?;
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while let Some(line) = records.next_record()? {
        let record = serde_json::from_slice(&without_nul(line))
            .map_err(|error| BundleError::Content { part: name.clone(), why: error.to_string() })?;
        bytes += line.len();
        batch.push(record);
        if batch.len() >= BATCH || bytes >= BATCH_BYTES {
            bytes = 0;
            if sender.blocking_send(std::mem::take(&mut batch)).is_err() {
                return Ok(());
            }
        }
    }
    sender.blocking_send(batch).ok();
    Ok(())
}

/// The line without the escapes of NUL, which PostgreSQL has no texts with.
fn without_nul(line: &[u8]) -> Cow<'_, [u8]> {
    const NUL: &[u8] = b"\\u0000";
    let mut kept = Vec::new();
    let (mut at, mut from) = (0, 0);
    while at < line.len() {
        if line[at..].starts_with(NUL) {
            kept.extend_from_slice(&line[from..at]);
            at += NUL.len();
            from = at;
        } else {
            // An escaped sign is no begin of an escape.
            at += if line[at] == b'\\' { 2 } else { 1 };
        }
    }
    match from {
        0 => Cow::Borrowed(line),
        _ => {
            kept.extend_from_slice(&line[from..]);
            Cow::Owned(kept)
        }
    }
}

/// Records of a batch by what takes them in, each in their order.
#[derive(Default)]
struct SortedRecords {
    rotations: Vec<Record>,
    accounts: Vec<Record>,
    answers: Vec<Record>,
    pictures: Vec<Record>,
    others: Vec<Record>,
}

impl SortedRecords {
    fn of(batch: Vec<Record>) -> Self {
        let mut sorted = Self::default();
        for record in batch {
            let kind = match record {
                Record::Rotate { .. } => &mut sorted.rotations,
                Record::Account(_) | Record::AccountEnd { .. } => &mut sorted.accounts,
                Record::Answer(_) | Record::AnswerEnd { .. } => &mut sorted.answers,
                Record::Picture(_) => &mut sorted.pictures,
                _ => &mut sorted.others,
            };
            kind.push(record);
        }
        sorted
    }
}

async fn apply_batch(engine: &SharedEngine, of: &NewVolume<'_>, batch: Vec<Record>) -> Result<()> {
    let SortedRecords { rotations, accounts, answers, pictures, others } = SortedRecords::of(batch);
    apply_rotations(engine, of.peer, of.position, rotations).await?;
    match engine.config.role {
        NodeRole::Site => {
            apply_accounts(engine, of.peer, of.position, accounts).await?;
            let sender = Sender { peer: of.peer, epoch: of.position.epoch };
            peer_records::store(engine, sender, others).await?;
            apply_pictures(engine, of.peer, pictures).await?;
            apply_answers(engine, of.peer, of.position, answers).await
        }
        NodeRole::Gateway | NodeRole::Alone => {
            apply_requests(engine, of.peer, of.position, &others).await?;
            apply_wanted(engine, of.peer, of.position, &others).await?;
            apply_follows(engine, of.peer, of.position, others).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nul_is_taken_out_of_texts_and_written_words_about_it_stay() {
        let read = |line: &[u8]| serde_json::from_slice::<String>(&without_nul(line)).ok();
        assert_eq!(read(br#""a\u0000b\u0000""#), Some("ab".into()));
        assert_eq!(read(br#""a\\u0000 \" \\\u0000""#), Some("a\\u0000 \" \\".into()));
        assert_eq!(read(br#""plain""#), Some("plain".into()));
    }
}
