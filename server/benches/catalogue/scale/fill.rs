//! The data of a server after years: ten thousand feeds, a million items, and a user who follows them all.

use rand::Rng;
use sea_orm::{ConnectionTrait, DbBackend};
use smartcache::db::items::{self, NewItem};
use smartcache::db::media::{self, Blob};
use smartcache::db::sql::{sql, value};
use smartcache::db::{accounts, downloads, sources, subscriptions};
use smartcache::domain::account::Credentials;
use smartcache::domain::download::Provider;
use smartcache::domain::item::{Availability, Enclosure, ItemContent};
use smartcache::domain::preference::Preferences;
use smartcache::domain::source::{Hints, Kind, Origin, Policy, SourceDetails};
use smartcache::domain::{DateTime, ItemId, SourceId, TimeDelta, UserId, Utc};
use smartcache::engine::catalog::search::index_all;
use smartcache::engine::{Engine, accounts as people};
use smartcache::testing::PASSWORD;
use smartcache::testing::fixtures::chosen;

use crate::text::Pen;

pub const ITEMS: usize = 1_000_000;
/// Average number of items per source.
const EACH: usize = 100;
/// One in this many sources is in the directory, visible to all users; the others only to their followers.
const LISTED: usize = 20;
/// Refreshes over which the items arrive.
const READINGS: usize = 10;
const AT_ONCE: usize = 1_000;
/// Downloads of the user who follows everything.
const DOWNLOADS: usize = 2_000;

/// The users who run the queries, and the ids to query.
pub struct Cast {
    /// User who follows every source.
    pub all: UserId,
    /// User who follows twenty sources.
    pub few: UserId,
    pub sources: Vec<SourceId>,
    pub last_download: i64,
    pub last_subscription: i64,
}

struct Show {
    id: SourceId,
    kind: Kind,
    items: usize,
    gap: TimeDelta,
}

/// Fills an empty database; leaves a filled one.
pub async fn fill(engine: &Engine, items: usize) -> Cast {
    let known = accounts::by_name(&engine.db, "all").await.unwrap();
    if known.is_none() {
        let mut pen = Pen::new(1);
        let (all, few) = (person(engine, "all").await, person(engine, "few").await);
        let others = [person(engine, "half").await, person(engine, "tenth").await];
        let shows = shows(engine, &mut pen, items / EACH, all, few, others).await;
        for reading in 0..READINGS {
            read(engine, &mut pen, &shows, reading).await;
            eprintln!("reading {} of {READINGS}", reading + 1);
        }
        prepare(engine, &mut pen, all).await;
    }
    index_all(engine).await.unwrap();
    if engine.db.get_database_backend() == DbBackend::Postgres {
        // Autovacuum does the same within some minutes.
        engine.db.execute_unprepared("VACUUM (ANALYZE)").await.unwrap();
    }
    let id = async |name| accounts::by_name(&engine.db, name).await.unwrap().unwrap().user.id;
    let most = async |table: &'static str| -> i64 {
        value(&engine.db, sql!("SELECT MAX(id) FROM {table}"), Vec::new()).await.unwrap().unwrap()
    };
    Cast {
        all: id("all").await,
        few: id("few").await,
        sources: (1..=most("source").await).map(SourceId).collect(),
        last_download: most("download").await,
        last_subscription: most("subscription").await,
    }
}

async fn person(engine: &Engine, name: &str) -> UserId {
    let typed = Credentials { username: name.into(), password: PASSWORD.into() };
    people::create(engine, typed, Preferences::default()).await.unwrap().id
}

/// Inserts the sources, most of them small and a few with a thousand items, and their followers.
async fn shows(
    engine: &Engine,
    pen: &mut Pen,
    count: usize,
    all: UserId,
    few: UserId,
    [half, tenth]: [UserId; 2],
) -> Vec<Show> {
    let (work, now) = (engine.begin().await.unwrap(), engine.now());
    let mut shows = Vec::new();
    for n in 0..count {
        let kind = [
            Kind::Podcast,
            Kind::Article,
            Kind::Podcast,
            Kind::News,
            Kind::Podcast,
            Kind::Article,
            Kind::Video,
        ][n % 7];
        let (name, feed_url) = (pen.title(), format!("https://host{}.example/{n}/feed.xml", n / 10));
        let origin = if n.is_multiple_of(LISTED) { Origin::Directory } else { Origin::Person };
        let new = sources::NewSource {
            feed_url: &feed_url,
            name: &name,
            kind,
            policy: Policy::CacheAllowed,
            origin,
            added_by: (origin == Origin::Person).then_some(all),
        };
        let id = sources::insert(&*work, &new, now).await.unwrap().0;
        let followers = [(all, 1), (few, count / 20), (half, 2), (tenth, 10)];
        for (owner, _) in followers.iter().filter(|(_, one_in)| n % one_in == one_in / 2) {
            subscriptions::upsert(&*work, *owner, id, 1 + n as i64 % 5, now).await.unwrap();
        }
        let told = sources::FeedMetadata {
            name: &name,
            description: &pen.sentences(40),
            site_url: Some(&format!("https://host{}.example/{n}/", n / 10)),
            image_url: Some(&format!("https://host{}.example/{n}/cover.jpg", n / 10)),
            etag: Some("\"7\""),
            last_modified: None,
            details: &SourceDetails { language: Some("en".into()), ..Default::default() },
            hints: &Hints::default(),
        };
        sources::save_feed_metadata(&*work, id, &told).await.unwrap();
        let next = now + TimeDelta::minutes(pen.rng.random_range(15..1_440));
        let answered =
            sources::FeedAnswer { now, next, max_age_seconds: None, moved_to: None, moved_times: 0 };
        sources::record_poll_success(&*work, id, &answered).await.unwrap();
        let gap = TimeDelta::minutes(pen.rng.random_range(200..20_000));
        // Harmonic tail above 48: a hundred on average, and few sources are large.
        let items = EACH * 48 / 100 + EACH * 10 / (1 + n % 100);
        shows.push(Show { id, kind, items, gap });
    }
    work.commit().await.unwrap();
    shows
}

/// Inserts the items of one refresh, source by source.
async fn read(engine: &Engine, pen: &mut Pen, shows: &[Show], reading: usize) {
    let (mut work, mut pending, now) = (engine.begin().await.unwrap(), 0, engine.now());
    for show in shows {
        let revision = sources::lock(&*work, show.id).await.unwrap();
        for n in show.items * reading / READINGS..show.items * (reading + 1) / READINGS {
            let published = now - show.gap * (show.items - n) as i32;
            let item = item(pen, show, n, published);
            let (hash, seen) = (format!("{}-{n}", show.id), published + TimeDelta::minutes(20));
            let availability = availability(pen);
            items::insert(&*work, revision, &item, &hash, availability, seen).await.unwrap();
            pending += 1;
            if pending % AT_ONCE == 0 {
                work.commit().await.unwrap();
                work = engine.begin().await.unwrap();
            }
        }
    }
    work.commit().await.unwrap();
}

fn item(pen: &mut Pen, show: &Show, n: usize, published: DateTime<Utc>) -> NewItem {
    let (summary, content) = (pen.rng.random_range(20..60), pen.rng.random_range(0..180));
    let base = format!("https://media.example/{}/{n}", show.id);
    let seconds = matches!(show.kind, Kind::Podcast | Kind::Video).then(|| pen.rng.random_range(60..7_200));
    let file = |seconds: i64| Enclosure {
        url: format!("{base}.mp3"),
        mime_type: Some("audio/mpeg".into()),
        bytes: Some(seconds * 16_000),
        ..Enclosure::default()
    };
    let content = ItemContent {
        guid: format!("{base}/guid"),
        title: format!("{} (No. {n})", pen.title()),
        url: Some(format!("{base}.html")),
        authors: vec![pen.title()],
        published_at: Some(published),
        summary_html: pen.html(summary),
        content_html: pen.html(content),
        language: Some("en".into()),
        duration_seconds: seconds,
        categories: vec![pen.word_among(0..500)],
        enclosures: seconds.map(file).into_iter().collect(),
        ..ItemContent::default()
    };
    chosen(NewItem { identity: format!("guid:{}-{n}", show.id), ..content.into() })
}

fn availability(pen: &mut Pen) -> Availability {
    match pen.rng.random_range(0..100) {
        0..3 => Availability::MetadataOnly,
        3 => Availability::Unavailable,
        4..14 => Availability::Cached,
        _ => Availability::Cacheable,
    }
}

/// Inserts downloads, most of them ready.
async fn prepare(engine: &Engine, pen: &mut Pen, owner: UserId) {
    let (work, now) = (engine.begin().await.unwrap(), engine.now());
    let last: i64 = value(&*work, "SELECT MAX(id) FROM item", Vec::new()).await.unwrap().unwrap();
    for n in 0..DOWNLOADS {
        let item = ItemId(pen.rng.random_range(1..=last));
        let url = format!("https://media.example/prepared/{n}.mp3");
        let queued = downloads::queue(&*work, owner, item, None, &url, Some(20_000_000), now).await.unwrap();
        let Some(id) = queued.filter(|_| n % 100 > 3) else { continue };
        let blob = Blob { sha256: format!("{n:064x}"), bytes: 20_000_000, mime_type: "audio/mpeg".into() };
        media::keep(&*work, &url, &blob, now).await.unwrap();
        let until = now + TimeDelta::days(14);
        downloads::ready(&*work, id, &blob, Provider::Origin, now, until).await.unwrap();
    }
    work.commit().await.unwrap();
}
