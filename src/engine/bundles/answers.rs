//! Answers to the requests of a site, and their files, as a bundle tells them.

use std::collections::HashSet;

use chrono::TimeDelta;

use super::ExportOptions;
use super::outgoing::RecordSender;
use super::serve::AnswerText;
use crate::db::bundles::{self as rows, PeerFile, PeerRequest};
use crate::domain::bundle::{Record, RequestAnswer, SentFile};
use crate::engine::Result;

/// Answers per page.
const PAGE: i64 = 200;
/// Time until a file is sent again whose receipt the site has not confirmed.
pub(super) const RESEND_AFTER: TimeDelta = TimeDelta::days(7);

impl RecordSender<'_> {
    /// Sends the answers that the site does not have. Returns the number of records, and the number up to
    /// which it will have all of them.
    pub(super) async fn answers(&self, has: i64) -> Result<(u64, i64)> {
        let db = &self.engine.db;
        let (mut records, mut above, mut told) = (0, has, HashSet::new());
        loop {
            let page = rows::answers(db, self.to, above, PAGE).await?;
            let Some(last) = page.last() else { break };
            above = last.rev;
            for request in page {
                records += self.answer(request, &mut told).await?;
            }
        }
        if above > has {
            records += self.send(&Record::AnswerEnd { since: has, to: above }).await?;
        }
        Ok((records, above))
    }

    /// Sends the items of an answer, then the answer.
    async fn answer(&self, request: PeerRequest, told: &mut HashSet<String>) -> Result<u64> {
        let db = &self.engine.db;
        let files = rows::files_of(db, self.to, &request.id).await?;
        let AnswerText { summary, items } = AnswerText::read(request.response.as_deref())?;
        let mut records = 0;
        for key in files.iter().map(|file| &file.item).chain(&items) {
            if !told.insert(key.clone()) {
                continue;
            }
            let Some((source, item)) = rows::item_record(db, self.to, key).await? else { continue };
            records += self.send(&Record::Source(Box::new(source))).await?;
            records += self.send(&Record::Item(Box::new(item))).await?;
        }
        let sent = |file: PeerFile| SentFile { item: file.item, sha256: file.sha256, bytes: file.bytes };
        let answer = RequestAnswer {
            id: request.id,
            status: request.status,
            error: request.error,
            summary,
            items,
            files: files.into_iter().map(sent).collect(),
        };
        Ok(records + self.send(&Record::Answer(Box::new(answer))).await?)
    }

    /// Names the files that the site waits for to the writer. A file that was sent within `RESEND_AFTER`, or
    /// ever to a site without a way back, is left out, unless all is told.
    pub(super) async fn files(&self, options: &ExportOptions) -> Result<Vec<PeerFile>> {
        let engine = self.engine;
        let is_under_way = |at| options.is_one_way || engine.now() < at + RESEND_AFTER;
        let mut named = Vec::new();
        for file in rows::awaited_files(&engine.db, self.to).await? {
            if file.sent_at.is_some_and(is_under_way) && !options.is_full {
                continue;
            }
            if !engine.store.keeps(&file.sha256, file.bytes).await {
                rows::forget_lost(&engine.db, self.to, &file).await?;
                continue;
            }
            self.send_blob(&file.sha256, file.bytes).await?;
            named.push(file);
        }
        Ok(named)
    }
}
