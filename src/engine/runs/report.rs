//! Report of a run: its downloads with the reasons of their picks, and the findings of the agents, from its
//! rows alone.

mod findings;

use std::collections::HashMap;

use crate::db::{artifacts, downloads as rows_of_downloads, messages};
use crate::domain::artifact::Artifact;
use crate::domain::download::Download;
use crate::domain::page::PageQuery;
use crate::domain::run::{Run, RunFilter};
use crate::domain::run_report::{ListedRun, MAX_TILES, PickedDownload, RunReport};
use crate::domain::{ItemId, Page, RunId, UserId};
use crate::engine::catalog::covers;
use crate::engine::{Engine, Result, approvals, collections, downloads};

use self::findings::{TOOLS, reasons, steps};

/// Returns the report of a run.
pub async fn report(engine: &Engine, owner: UserId, id: RunId) -> Result<RunReport> {
    let run = super::get(engine, owner, id).await?;
    let collection = match run.collection_id {
        Some(id) => Some(collections::get(engine, owner, id).await?),
        None => None,
    };
    let artifacts = artifacts::of_run(&engine.db, owner, id).await?;
    let messages = messages::texts_and_results(&engine.db, owner, id, &TOOLS).await?;
    let reasons = reasons_of(engine, owner, &run, &artifacts).await?;
    let downloads = picked(downloads::of_run(engine, owner, id).await?, &reasons);
    let shown: Vec<_> = downloads.iter().map(|picked| picked.download.item_id).collect();
    covers::show_items(engine, &shown).await;
    Ok(RunReport {
        approvals: approvals::of_run(engine, owner, id).await?,
        steps: steps(&artifacts, &messages, &reasons, &shown.into_iter().collect()),
        run,
        collection,
        artifacts,
        downloads,
    })
}

/// Lists the downloads of a run, oldest first, each with the reason of its pick.
pub async fn picks(engine: &Engine, owner: UserId, id: RunId) -> Result<Vec<PickedDownload>> {
    let run = super::get(engine, owner, id).await?;
    let artifacts = artifacts::of_run(&engine.db, owner, id).await?;
    let reasons = reasons_of(engine, owner, &run, &artifacts).await?;
    Ok(picked(downloads::of_run(engine, owner, id).await?, &reasons))
}

/// Lists runs with their downloads, newest first.
pub async fn listed(
    engine: &Engine,
    owner: UserId,
    filter: &RunFilter,
    page: &PageQuery,
) -> Result<Page<ListedRun>> {
    let Page { data, next_cursor } = super::list(engine, owner, filter, page).await?;
    let ids: Vec<_> = data.iter().map(|run| run.id).collect();
    let mut of_run: HashMap<RunId, Vec<Download>> = HashMap::new();
    for download in rows_of_downloads::of_runs(&engine.db, owner, &ids).await? {
        if let Some(run) = download.run_id {
            of_run.entry(run).or_default().push(download);
        }
    }
    let shown: Vec<_> =
        of_run.values().flat_map(|all| all.iter().take(MAX_TILES)).map(|it| it.item_id).collect();
    covers::show_items(engine, &shown).await;
    let row = |run: Run| {
        let downloads = of_run.remove(&run.id).unwrap_or_default();
        ListedRun::new(run, &downloads)
    };
    Ok(Page { data: data.into_iter().map(row).collect(), next_cursor })
}

fn picked(downloads: Vec<Download>, reasons: &HashMap<ItemId, String>) -> Vec<PickedDownload> {
    let with_reason =
        |download: Download| PickedDownload { reason: reasons.get(&download.item_id).cloned(), download };
    downloads.into_iter().map(with_reason).collect()
}

/// Reasons by item. A run that continues another may have been handed items that the other one picked.
async fn reasons_of(
    engine: &Engine,
    owner: UserId,
    run: &Run,
    artifacts: &[Artifact],
) -> Result<HashMap<ItemId, String>> {
    let mut known = match run.continues {
        Some(earlier) => reasons(&artifacts::of_run(&engine.db, owner, earlier).await?),
        None => HashMap::new(),
    };
    known.extend(reasons(artifacts));
    Ok(known)
}
