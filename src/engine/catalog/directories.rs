//! Podcast search in external directories.

pub(super) mod itunes;
mod merge;
mod podcast_index;

use std::collections::HashMap;

use reqwest::header::HeaderMap;
use serde_json::Value;
use url::Url;

use merge::{key, merge};

use crate::db::directory;
use crate::domain::cache::CacheScope;
use crate::domain::directory::{Directory, DirectorySearch, ListedFeed};
use crate::domain::page::PageQuery;
use crate::domain::source::{Source, SourceFilter};
use crate::domain::{Refusal, TimeDelta, UserId};
use crate::engine::response_cache::ScopeEpoch;
use crate::engine::{Engine, Result};

/// Maximum number of podcasts that one search returns.
const MAX_FOUND: i64 = 50;
const MAX_QUERY: usize = 200;
/// Maximum bytes of a response.
const MAX_ANSWER: usize = 4_000_000;
/// Time for which an answer is cached, and one without podcasts, so that a new podcast is found soon.
const LIFETIME: TimeDelta = TimeDelta::hours(24);
const LIFETIME_OF_NOTHING: TimeDelta = TimeDelta::minutes(10);
/// Maximum characters of a title or an author.
const MAX_NAME: usize = 300;
/// Maximum characters of a description.
const MAX_DESCRIPTION: usize = 1_000;

/// Searches the catalogue and the directories; each feed once, own sources first. A directory that fails adds
/// a message to `problems`.
///
/// # Errors
/// If the query is empty or too long, or the limit is below 1.
pub async fn search(
    engine: &Engine,
    owner: UserId,
    typed: &str,
    most: Option<i64>,
) -> Result<DirectorySearch> {
    let query = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    if query.is_empty() {
        return Err(Refusal::field("q", "Type some words of what you look for.").into());
    }
    if query.len() > MAX_QUERY {
        return Err(Refusal::field("q", format!("Use at most {MAX_QUERY} letters.")).into());
    }
    if most.is_some_and(|most| most < 1) {
        return Err(Refusal::field("limit", format!("Ask for 1 to {MAX_FOUND} podcasts.")).into());
    }
    let most = most.unwrap_or(20).min(MAX_FOUND);
    let filter = SourceFilter { q: Some(query.clone()), ..SourceFilter::default() };
    let page = PageQuery { limit: Some(most), cursor: None };
    let own = super::sources(engine, owner, &filter, &page).await?;
    // The same for every user: what a user knows of the feeds is added below.
    let scope = ScopeEpoch::now(&engine.db, CacheScope::All).await?;
    let settings = &engine.config.directories;
    let itunes = Some(settings.itunes_url.as_str()).filter(|url| !url.is_empty());
    let index = settings.podcast_index.as_ref().map(|index| index.url.as_str());
    let (itunes, index) = futures::join!(
        asked(engine, scope, Directory::Itunes, itunes, &query, most),
        asked(engine, scope, Directory::PodcastIndex, index, &query, most),
    );
    let mut found =
        DirectorySearch { data: own.data.into_iter().map(listed).collect(), problems: Vec::new() };
    let mut places: HashMap<String, usize> =
        found.data.iter().enumerate().map(|(place, listed)| (key(&listed.feed_url), place)).collect();
    for answer in [index, itunes] {
        match answer {
            Ok(all) => all.into_iter().for_each(|listed| merge(&mut found.data, &mut places, listed)),
            Err(why) => found.problems.push(why),
        }
    }
    found.data.truncate(most as usize);
    for listed in found.data.iter_mut().filter(|listed| listed.source_id.is_none()) {
        if let Some((source, subscription)) = directory::known(&engine.db, owner, &listed.feed_url).await? {
            (listed.source_id, listed.subscription_id) = (Some(source), subscription);
        }
    }
    super::covers::show_listed(engine, &mut found.data).await?;
    Ok(found)
}

fn listed(source: Source) -> ListedFeed {
    ListedFeed {
        feed_url: source.feed_url,
        title: source.name,
        author: source.details.authors.join(", "),
        description: text::clip(&source.description, MAX_DESCRIPTION).to_owned(),
        site_url: source.site_url,
        image_url: source.image_url,
        cover: source.cover,
        items: Some(source.items),
        kind: source.kind,
        directory: Directory::Own,
        source_id: Some(source.id),
        subscription_id: source.subscription_id,
    }
}

/// The answer of one directory, cached if recent; on failure a message. Without an address, no podcasts.
async fn asked(
    engine: &Engine,
    scope: ScopeEpoch,
    directory: Directory,
    base: Option<&str>,
    query: &str,
    most: i64,
) -> std::result::Result<Vec<ListedFeed>, String> {
    let Some(base) = base else { return Ok(Vec::new()) };
    let question = ["directory", directory.as_str(), base, &query.to_lowercase(), &most.to_string()];
    let (key, now) = (scope.key(&question), engine.now());
    // The address of each feed must pass the SSRF guard, as this process has it.
    let is_allowed = |listed: &ListedFeed| engine.egress.check(&listed.feed_url).is_ok();
    if let Some(mut found) = engine.response_cache.get::<Vec<ListedFeed>>(&key, now).await {
        found.retain(is_allowed);
        return Ok(found);
    }
    let answer = async {
        match directory {
            Directory::PodcastIndex => podcast_index::search(engine, query, most).await,
            _ => itunes::search(engine, query, most).await,
        }
    };
    let answer = tokio::time::timeout(engine.config.directories.timeout, answer).await;
    let found = answer.unwrap_or_else(|_| Err("The server did not answer in time.".into()));
    let mut found = found.map_err(|why| format!("{} did not answer: {why}", name(directory)))?;
    found.retain(is_allowed);
    found.truncate(most as usize);
    let lifetime = if found.is_empty() { LIFETIME_OF_NOTHING } else { LIFETIME };
    engine.response_cache.keep(key, &found, lifetime, now);
    Ok(found)
}

fn name(directory: Directory) -> &'static str {
    match directory {
        Directory::Itunes => "iTunes",
        Directory::PodcastIndex => "The Podcast Index",
        Directory::Own => "The catalogue",
    }
}

/// Requests JSON, with a size limit.
async fn json(engine: &Engine, url: &Url, headers: HeaderMap) -> std::result::Result<Value, String> {
    let answer = engine.egress.document(url.as_str(), headers, MAX_ANSWER).await?;
    serde_json::from_slice(&answer.bytes).map_err(|_| "The answer cannot be read.".into())
}

/// Builds the address of an API endpoint: the base, the path and the query.
fn endpoint(base: &str, path: &str, asked: &[(&str, &str)]) -> std::result::Result<Url, String> {
    let address = format!("{}{path}", base.trim_end_matches('/'));
    Url::parse_with_params(&address, asked)
        .map_err(|_| "Its address in the settings is no web address.".into())
}

/// A podcast entry of a directory, read by the directory's own member names.
struct DirectoryEntry<'v>(&'v Value);

impl DirectoryEntry<'_> {
    /// The first non-empty text among several members, in one line and without markup.
    fn text(&self, names: &[&str], most: usize) -> String {
        let told = names.iter().find_map(|name| self.0.get(*name)?.as_str().filter(|told| !told.is_empty()));
        told.map(|told| text::html::summary(told, text::html::Kind::MaybeHtml, most)).unwrap_or_default()
    }

    /// The first http or https address among several members.
    fn address(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| {
            let told = self.0.get(*name)?.as_str()?;
            feed::resolve(&Url::parse(told).ok()?, told)
        })
    }

    fn count(&self, name: &str) -> Option<i64> {
        self.0.get(name)?.as_i64().filter(|count| *count >= 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::source::Kind;

    fn listing(feed_url: &str, directory: Directory) -> ListedFeed {
        ListedFeed {
            feed_url: feed_url.into(),
            title: "T".into(),
            directory,
            kind: Kind::Podcast,
            author: String::new(),
            description: String::new(),
            site_url: None,
            image_url: None,
            cover: None,
            items: None,
            source_id: None,
            subscription_id: None,
        }
    }

    #[test]
    fn the_same_feed_in_two_directories_is_one() {
        let (mut all, mut places) = (Vec::new(), HashMap::new());
        let first = listing("https://x.example/feed", Directory::PodcastIndex);
        let second = ListedFeed { items: Some(7), ..listing("http://x.example/feed/", Directory::Itunes) };
        for listed in [first, second, listing("https://x.example/other", Directory::Itunes)] {
            merge(&mut all, &mut places, listed);
        }
        let told: Vec<_> = all.iter().map(|listed| (listed.feed_url.as_str(), listed.items)).collect();
        assert_eq!(told, [("https://x.example/feed", Some(7)), ("https://x.example/other", None)]);
    }

    #[test]
    fn texts_are_plain_and_addresses_of_the_web() {
        let value = serde_json::json!({ "a": "", "b": "<b>Two</b>\n&amp; more", "n": -1, "u": "javascript:x()", "w": "https://x.example/a b" });
        let told = DirectoryEntry(&value);
        assert_eq!(
            (told.text(&["a", "b"], 100).as_str(), told.text(&["b"], 3).as_str()),
            ("Two & more", "Two")
        );
        assert_eq!(
            (told.address(&["u", "w"]).as_deref(), told.count("n")),
            (Some("https://x.example/a%20b"), None)
        );
    }
}
