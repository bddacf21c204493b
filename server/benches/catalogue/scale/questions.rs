//! Queries of the catalogue through the engine's functions, with new parameters each time.

use chrono::SecondsFormat;
use rand::Rng;
use smartcache::db::items::candidates;
use smartcache::domain::download::DownloadStatus;
use smartcache::domain::download_filter::DownloadFilter;
use smartcache::domain::item::{Availability, ItemFilter, ItemOrder};
use smartcache::domain::page::{MAX_PAGE, PageQuery};
use smartcache::domain::source::{Health, Kind, SourceFilter};
use smartcache::domain::{TimeDelta, UserId, Utc};
use smartcache::engine::{Engine, accounts, approvals, catalog, commute, downloads, live};

use super::fill::Cast;
use crate::text::Pen;

type Asked<F> = fn(&mut Pen, &Cast) -> (F, PageQuery);

pub enum Question {
    Items(&'static str, Who, Asked<ItemFilter>),
    Sources(&'static str, Asked<SourceFilter>),
    Subscriptions(&'static str, fn(&mut Pen, &Cast) -> PageQuery),
    Downloads(&'static str, Asked<DownloadFilter>),
    Dashboard,
    Candidates,
    Export,
}
use Question::*;

#[derive(Clone, Copy)]
pub enum Who {
    /// The user who follows every source.
    All,
    /// The user who follows twenty sources, and sees the directory.
    Few,
}
use Who::*;

impl Question {
    pub fn words(&self) -> String {
        match self {
            Items(words, All, _) => format!("items: {words}"),
            Items(words, Few, _) => format!("items, 20 sources followed: {words}"),
            Sources(words, _) => format!("sources: {words}"),
            Subscriptions(words, _) => format!("subscriptions: {words}"),
            Downloads(words, _) => format!("downloads: {words}"),
            Dashboard => "dashboard: all that it asks".into(),
            Candidates => "ranking candidates of a run".into(),
            Export => "OPML of all subscriptions".into(),
        }
    }
}

/// Runs a question once. Returns the number of rows.
pub async fn ask(question: &Question, engine: &Engine, cast: &Cast, pen: &mut Pen) -> usize {
    match question {
        Items(_, who, asked) => {
            let (filter, page) = asked(pen, cast);
            let owner = if matches!(who, All) { cast.all } else { cast.few };
            catalog::items(engine, owner, &filter, &page).await.unwrap().data.len()
        }
        Sources(_, asked) => {
            let (filter, page) = asked(pen, cast);
            catalog::sources(engine, cast.all, &filter, &page).await.unwrap().data.len()
        }
        Subscriptions(_, asked) => {
            let page = asked(pen, cast);
            catalog::subscriptions(engine, cast.all, &page).await.unwrap().data.len()
        }
        Downloads(_, asked) => {
            let (filter, page) = asked(pen, cast);
            downloads::list(engine, cast.all, &filter, &page).await.unwrap().data.len()
        }
        Dashboard => dashboard(engine, cast.all).await,
        Candidates => candidates(&engine.db, cast.all, 5, 200).await.unwrap().len(),
        Export => catalog::lists::export(engine, cast.all).await.unwrap().matches("<outline").count(),
    }
}

/// Runs the queries of the page's server functions, one after the other.
async fn dashboard(engine: &Engine, owner: UserId) -> usize {
    accounts::me(engine, owner).await.unwrap();
    commute::next(engine, owner).await.unwrap();
    downloads::tally(engine, owner).await.unwrap();
    live::start(engine, owner).await.unwrap();
    approvals::pending(engine, owner).await.unwrap();
    let mut rows = 0;
    for &status in DownloadStatus::ALL.iter().filter(|status| status.is_open()) {
        let filter = DownloadFilter { status: Some(status.into()), ..DownloadFilter::default() };
        rows += downloads::list(engine, owner, &filter, &PageQuery::default()).await.unwrap().data.len();
    }
    rows
}

fn first() -> PageQuery {
    PageQuery::default()
}

fn after(id: i64) -> PageQuery {
    PageQuery { limit: None, cursor: Some(id.to_string()) }
}

fn deep(pen: &mut Pen, last: i64) -> PageQuery {
    after(pen.rng.random_range(1..=last))
}

/// Page of items before a random day.
fn some_day(pen: &mut Pen) -> PageQuery {
    let at = Utc::now() - TimeDelta::days(pen.rng.random_range(0..400));
    PageQuery {
        limit: None,
        cursor: Some(format!("newest~{}~1", at.to_rfc3339_opts(SecondsFormat::Secs, true))),
    }
}

fn followed(order: ItemOrder) -> (ItemFilter, PageQuery) {
    items_with(|filter| (filter.followed, filter.order) = (Some(true), Some(order)))
}

fn items_with(change: impl FnOnce(&mut ItemFilter)) -> (ItemFilter, PageQuery) {
    let mut filter = ItemFilter::default();
    change(&mut filter);
    (filter, first())
}

fn found_by(q: String) -> (ItemFilter, PageQuery) {
    items_with(|filter| filter.q = Some(q))
}

fn sources_with(change: impl FnOnce(&mut SourceFilter)) -> (SourceFilter, PageQuery) {
    let mut filter = SourceFilter::default();
    change(&mut filter);
    (filter, first())
}

fn one_of<T: Copy>(pen: &mut Pen, all: &[T]) -> T {
    all[pen.rng.random_range(0..all.len())]
}

/// Ranks of words that occur in one item of three to one of ten, and in one of a thousand.
const COMMON: std::ops::Range<usize> = 5..60;
const RARE: std::ops::Range<usize> = 30_000..50_000;

fn length(pen: &mut Pen, filter: &mut ItemFilter) {
    let from = pen.rng.random_range(0..6_000);
    (filter.min_seconds, filter.max_seconds) = (Some(from), Some(from + 1_200));
}

fn week(pen: &mut Pen, filter: &mut ItemFilter) {
    let until = Utc::now() - TimeDelta::days(pen.rng.random_range(0..400));
    (filter.since, filter.until) = (Some(until - TimeDelta::days(7)), Some(until));
}

fn unfinished(pen: &mut Pen) -> String {
    let word = pen.word_among(0..2_000);
    word.chars().take(pen.rng.random_range(3..6)).collect()
}

fn two_words(pen: &mut Pen) -> String {
    format!("{} {}", pen.word_among(5..300), pen.word_among(5..300))
}

pub fn questions() -> Vec<Question> {
    vec![
        Items("the newest", All, |_, _| items_with(|_| {})),
        Items("deep in the list", All, |pen, _| (ItemFilter::default(), some_day(pen))),
        Items("of a source", All, |pen, cast| items_with(|f| f.source_id = Some(one_of(pen, &cast.sources)))),
        Items("of a kind", All, |pen, _| items_with(|f| f.kind = Some(one_of(pen, Kind::ALL)))),
        Items("by availability", All, |pen, _| {
            items_with(|f| f.availability = Some(one_of(pen, Availability::ALL)))
        }),
        Items("by length", All, |pen, _| items_with(|f| length(pen, f))),
        Items("by size, above 110 MB", All, |_, _| items_with(|f| f.min_bytes = Some(110_000_000))),
        Items("of a week", All, |pen, _| items_with(|f| week(pen, f))),
        Items("by kind, availability, length and week", All, |pen, _| {
            items_with(|f| {
                length(pen, f);
                week(pen, f);
                (f.kind, f.availability) = (Some(Kind::Podcast), Some(Availability::Cached));
            })
        }),
        Items("the oldest", All, |_, _| items_with(|f| f.order = Some(ItemOrder::Oldest))),
        Items("the longest", All, |_, _| items_with(|f| f.order = Some(ItemOrder::Longest))),
        Items("the shortest", All, |_, _| items_with(|f| f.order = Some(ItemOrder::Shortest))),
        Items("of followed sources", All, |_, _| followed(ItemOrder::Newest)),
        Items("of followed sources, the longest", All, |_, _| followed(ItemOrder::Longest)),
        Items("of followed sources", Few, |_, _| followed(ItemOrder::Newest)),
        Items("of followed sources, the longest", Few, |_, _| followed(ItemOrder::Longest)),
        Items("the newest", Few, |_, _| items_with(|_| {})),
        Items("deep in the list", Few, |pen, _| (ItemFilter::default(), some_day(pen))),
        Items("by availability", Few, |pen, _| {
            items_with(|f| f.availability = Some(one_of(pen, Availability::ALL)))
        }),
        Items("found by a common word", All, |pen, _| found_by(pen.word_among(COMMON))),
        Items("found by a common word, deep in the list", All, |pen, _| {
            (found_by(pen.word_among(COMMON)).0, after(400))
        }),
        Items("found by a rare word", All, |pen, _| found_by(pen.word_among(RARE))),
        Items("found by two words", All, |pen, _| found_by(two_words(pen))),
        Items("found by an unfinished word", All, |pen, _| found_by(unfinished(pen))),
        Items("found by a common word in a source", All, |pen, cast| {
            let (mut filter, page) = found_by(pen.word_among(COMMON));
            filter.source_id = Some(one_of(pen, &cast.sources));
            (filter, page)
        }),
        Items("found by a common word", Few, |pen, _| found_by(pen.word_among(COMMON))),
        Items("found by a rare word", Few, |pen, _| found_by(pen.word_among(RARE))),
        Sources("the first", |_, _| sources_with(|_| {})),
        Sources("deep in the list", |pen, cast| {
            (SourceFilter::default(), deep(pen, cast.sources.len() as i64))
        }),
        Sources("found by a word", |pen, _| sources_with(|f| f.q = Some(pen.word_among(0..2_000)))),
        Sources("found by what no name holds", |_, _| sources_with(|f| f.q = Some("qqq".into()))),
        Sources("of a kind", |pen, _| sources_with(|f| f.kind = Some(one_of(pen, Kind::ALL)))),
        Sources("followed, 200 of them", |_, _| {
            let (filter, _) = sources_with(|f| f.subscribed = Some(true));
            (filter, PageQuery { limit: Some(MAX_PAGE), cursor: None })
        }),
        Sources("failing", |_, _| sources_with(|f| f.health = Some(Health::Failing))),
        Subscriptions("the first", |_, _| first()),
        Subscriptions("deep in the list", |pen, cast| deep(pen, cast.last_subscription)),
        Downloads("the newest", |_, _| (DownloadFilter::default(), first())),
        Downloads("deep in the list", |pen, cast| (DownloadFilter::default(), deep(pen, cast.last_download))),
        Downloads("on their way", |_, _| {
            (DownloadFilter { status: Some(DownloadStatus::Queued.into()), ..Default::default() }, first())
        }),
        Downloads("found by a word", |pen, _| {
            (DownloadFilter { q: Some(pen.word_among(COMMON)), ..Default::default() }, first())
        }),
        Dashboard,
        Candidates,
        Export,
    ]
}
