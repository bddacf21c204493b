//! Content of a shared page: an item or a collection without anything that only its owner may see.
//!
//! Of a private feed only the titles are shown. Of a feed that a user added, its address and its site are
//! left out, because such an address often holds a secret. No file is served, and none is linked.

use std::collections::HashSet;

use ammonia::Builder;

use super::feed_secrets::FeedSecrets;
use super::links::Links;
use crate::db::collections;
use crate::db::shares::{self as rows, SharedItemRow};
use crate::domain::share::{MAX_SHARED_ITEMS, SharedCollection, SharedContent, SharedItem};
use crate::domain::source::Origin;
use crate::domain::{CollectionId, ItemId, UserId};
use crate::engine::catalog::main_text;
use crate::engine::{Engine, Result};

/// Bytes of a description that are sanitised and shown.
const MAX_NOTES: usize = 200_000;

pub(super) async fn of_item(
    engine: &Engine,
    owner: UserId,
    id: ItemId,
    visitor: Option<UserId>,
) -> Result<Option<SharedContent>> {
    let Some(row) = rows::item(&engine.db, owner, id).await? else { return Ok(None) };
    let seen = seen(engine, visitor, &[id]).await?;
    Ok(Some(SharedContent::Item(shown(row, &seen))))
}

pub(super) async fn of_collection(
    engine: &Engine,
    owner: UserId,
    id: CollectionId,
    visitor: Option<UserId>,
) -> Result<Option<SharedContent>> {
    let Some(collection) = collections::get(&engine.db, owner, id).await? else { return Ok(None) };
    let mut found = rows::items_of_collection(&engine.db, owner, id).await?;
    let most = MAX_SHARED_ITEMS as usize;
    let has_more = found.len() > most;
    found.truncate(most);
    let ids: Vec<_> = found.iter().map(|row| row.id).collect();
    let seen = seen(engine, visitor, &ids).await?;
    let items = found.into_iter().map(|row| shown(row, &seen)).collect();
    let collection_id = (visitor == Some(owner)).then_some(id);
    let (name, notes) = (collection.name, collection.notes);
    Ok(Some(SharedContent::Collection(SharedCollection { name, notes, items, has_more, collection_id })))
}

/// Those of the items that a signed-in visitor sees in any case.
async fn seen(engine: &Engine, visitor: Option<UserId>, ids: &[ItemId]) -> Result<Vec<ItemId>> {
    match visitor {
        Some(visitor) => Ok(rows::visible_among(&engine.db, visitor, ids).await?),
        None => Ok(Vec::new()),
    }
}

fn shown(row: SharedItemRow, seen: &[ItemId]) -> SharedItem {
    let is_public = row.origin != Origin::Person;
    let secrets = if is_public { FeedSecrets::default() } else { FeedSecrets::of(&row.feed_url) };
    let item_id = seen.contains(&row.id).then_some(row.id);
    let title = SharedItem {
        title: secrets.redact(&row.title),
        kind: row.kind,
        is_private: row.is_private,
        source_name: None,
        site_url: None,
        url: None,
        notes: String::new(),
        cover: None,
        duration_seconds: None,
        published_at: None,
        item_id,
    };
    if row.is_private {
        return title;
    }
    let links = Links::of(secrets.clone(), &row.enclosures);
    let may_show = |url: &String| links.may_show(url);
    // A source without a title is named after its first address, which a redirect may have left behind.
    let may_name = |name: &String| !name.contains("://") && secrets.redact(name) == *name;
    SharedItem {
        source_name: Some(row.source_name).filter(may_name),
        site_url: row.site_url.filter(|url| is_public && may_show(url)),
        // On whatever host: what counts is that the address holds no secret.
        url: row.url.filter(may_show),
        notes: notes(main_text(&row.content_html, &row.summary_html), &secrets, &links),
        cover: row.cover,
        duration_seconds: row.duration_seconds,
        published_at: row.published_at,
        ..title
    }
}

/// Sanitises a description again: no pictures, only the links that may be shown, and these send no referrer.
fn notes(html: &str, secrets: &FeedSecrets, links: &Links) -> String {
    let html = start(html, MAX_NOTES);
    if html.is_empty() {
        return String::new();
    }
    // Before the sanitiser, so that its result stays as it is.
    let html = secrets.redact(html);
    let links = links.clone();
    let mut builder = Builder::default();
    builder
        .rm_tags(["img"])
        .url_schemes(HashSet::from(["http", "https"]))
        .link_rel(Some("noopener noreferrer nofollow"))
        .attribute_filter(move |_, name, value| match name {
            "href" | "src" | "cite" => links.may_show(value).then(|| value.into()),
            _ => Some(value.into()),
        });
    builder.clean(&html).to_string()
}

/// Start of a description, cut before a tag or a word, because half a secret would not be found.
fn start(html: &str, most: usize) -> &str {
    let cut = text::cut(html, most);
    let end =
        if cut.len() < html.len() { cut.rfind(['<', ' ', '\n']).unwrap_or_default() } else { cut.len() };
    &cut[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_have_no_pictures_no_scripts_and_no_links_with_secrets() {
        let secrets = FeedSecrets::of("https://feeds.example.org/members?auth=s3cr3tvalue");
        let html = "<p onclick=\"x()\">See <a href=\"https://example.org/1\">one</a>, \
            <a href=\"https://feeds.example.org/1.mp3?auth=s3cr3tvalue\">two</a>, \
            <a href=\"/logout\">three</a><img src=\"https://spy.example/1.png\" alt=\"x\"></p>\
            <script>x()</script>Yours: feeds.example.org/members?auth=s3cr3tvalue";
        let links = Links::of(secrets.clone(), &[]);
        assert_eq!(
            notes(html, &secrets, &links),
            "<p>See <a href=\"https://example.org/1\" rel=\"noopener noreferrer nofollow\">one</a>, \
             <a rel=\"noopener noreferrer nofollow\">two</a>, \
             <a rel=\"noopener noreferrer nofollow\">three</a></p>Yours: …"
        );
    }

    #[test]
    fn long_notes_are_cut_before_a_secret_that_would_be_halved() {
        for (html, shown) in [
            ("<p>One</p>", "<p>One</p>"),
            ("<p>One two</p>", "<p>One"),
            ("One two <a href>", "One two "),
            ("without_any_space", ""),
        ] {
            assert_eq!(start(html, 10), shown);
        }
        let secrets = FeedSecrets::of("https://feeds.example.org/members?auth=s3cr3tvalue");
        let (filler, links) = ("x".repeat(MAX_NOTES - 8), Links::of(secrets.clone(), &[]));
        assert_eq!(notes(&format!("{filler} s3cr3tvalue"), &secrets, &links), filler);
    }
}
