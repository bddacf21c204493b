//! Private feeds between a gateway and a site: only their user gets anything of them.

use super::super::serve;
use super::files::{episode, read_episodes_of};
use super::*;
use crate::db::downloads as download_rows;
use crate::db::sources::private as private_rows;
use crate::domain::download::DownloadStatus;
use crate::domain::feed_login::{FeedLogin, Secret, mark_in};
use crate::domain::item::ItemFilter;
use crate::engine::catalog::logins;
use crate::engine::downloads;
use crate::testing::fixtures::sha256;

fn login(password: &str) -> NewSubscription {
    NewSubscription {
        feed_url: Some(FEED.into()),
        username: Some("ada@example.org".into()),
        password: Some(Secret(password.into())),
        ..NewSubscription::default()
    }
}

impl Node {
    /// The one private source here, its owner, and the name and password that its server is given.
    async fn private_source(&self) -> Option<(SourceId, UserId, FeedLogin)> {
        struct Row {
            id: SourceId,
            private_to: UserId,
            credential: String,
        }
        row!(Row { id, private_to, credential });
        let sql = "SELECT id, private_to, credential FROM source WHERE private_url = $1";
        let found: Option<Row> = crate::db::sql::one(&self.engine.db, sql, args![FEED]).await.unwrap();
        let Row { id, private_to, credential } = found?;
        Some((id, private_to, logins::unseal(&self.engine, private_to, FEED, &credential).unwrap()))
    }

    async fn media_url(&self, title: &str) -> String {
        let sql = "SELECT media_url FROM item WHERE title = $1";
        crate::db::sql::value(&self.engine.db, sql, args![title]).await.unwrap().unwrap()
    }

    async fn sees(&self, owner: UserId) -> usize {
        let page = PageQuery::default();
        catalog::items(&self.engine, owner, &ItemFilter::default(), &page).await.unwrap().data.len()
    }
}

#[both_databases]
async fn a_private_feed_and_its_files_come_for_its_user_alone(t: &TestEngine) {
    let pair = Pair::new(t).await;
    let (ada, bob) = (pair.site.user("ada").await, pair.site.user("bob").await);
    catalog::subscribe(&pair.site.engine, ada, login("first")).await.unwrap();
    pair.to_gateway().await;
    let (there, shadow, told) = pair.gateway.private_source().await.unwrap();
    assert_eq!(told, FeedLogin { username: "ada@example.org".into(), password: "first".into() });
    read_episodes_of(&pair.gateway, there, &["one", "two"]).await;
    pair.to_site().await;
    assert_eq!((pair.site.sees(ada).await, pair.site.sees(bob).await), (2, 0));
    let sources = "SELECT COUNT(*) FROM source WHERE peer IS NOT NULL";
    let known: Option<i64> = crate::db::sql::value(&pair.site.engine.db, sources, args![]).await.unwrap();
    assert_eq!(known, Some(1), "it is the row of its user");

    // Its files have the marks of either side, so that their address alone finds none.
    let (here, there) = (pair.site.media_url("one").await, pair.gateway.media_url("one").await);
    assert!(mark_in(&here).is_some() && mark_in(&there).is_some() && mark_in(&here) != mark_in(&there));
    let item = pair.site.item("one").await;
    refusal(downloads::queue(&pair.site.engine, bob, item, None).await);
    downloads::queue(&pair.site.engine, ada, item, None).await.unwrap();
    pair.site.transfer_at(here.clone()).await;
    pair.to_gateway().await;
    serve::serve(&pair.gateway.engine).await.unwrap();
    let asked = pair.gateway.item("one").await;
    let download = download_rows::of_item(&pair.gateway.engine.db, shadow, asked).await.unwrap();
    assert!(download.is_some(), "it is fetched with the password of its user");
    pair.gateway.store_at(&there, "one").await;
    pair.gateway.transfer_at(there).await;
    pair.to_site().await;
    pair.site.transfer_at(here).await;
    let download = download_rows::of_item(&pair.site.engine.db, ada, item).await.unwrap().unwrap();
    assert_eq!((download.status, download.sha256), (DownloadStatus::Ready, Some(sha256(&episode("one")))));
}

#[both_databases]
async fn a_private_feed_is_told_to_no_other_site_and_ends_with_its_subscription(t: &TestEngine) {
    let pair = Pair::new(t).await;
    let ada = pair.site.user("ada").await;
    let mine = catalog::subscribe(&pair.site.engine, ada, login("first")).await.unwrap();
    pair.to_gateway().await;
    let (there, shadow, _) = pair.gateway.private_source().await.unwrap();
    read_episodes_of(&pair.gateway, there, &["one"]).await;
    let db = &pair.gateway.engine.db;
    let key: Option<String> = crate::db::sql::value(db, "SELECT key FROM item", args![]).await.unwrap();
    let key = key.unwrap();
    assert!(rows::item_record(db, "school", &key).await.unwrap().is_some());
    assert!(rows::item_record(db, "harbour", &key).await.unwrap().is_none());
    let eve = pair.gateway.user("eve").await;
    assert_eq!(rows::item_for(db, eve, &key).await.unwrap(), None);
    assert!(rows::item_for(db, shadow, &key).await.unwrap().is_some());
    // A follow of another site does not reach a private source.
    rows::trust(db, "harbour", "keys of no meaning here", pair.gateway.engine.now()).await.unwrap();
    rows::follow(db, "harbour", "https://example.org/other.xml", there, 9).await.unwrap();
    assert!(rows::followed(db, "harbour").await.unwrap().is_empty());
    crate::db::sql::execute(db, "DELETE FROM peer WHERE name = 'harbour'", args![]).await.unwrap();

    // A new password goes with the next bundle; none ends it there.
    catalog::subscribe(&pair.site.engine, ada, login("second")).await.unwrap();
    pair.to_gateway().await;
    assert_eq!(pair.gateway.private_source().await.unwrap().2.password, "second");
    catalog::unsubscribe(&pair.site.engine, ada, mine.id).await.unwrap();
    pair.to_gateway().await;
    assert!(pair.gateway.private_source().await.is_none());
    assert!(private_rows::find(db, shadow, FEED).await.unwrap().is_none());
}

#[both_databases]
async fn the_passwords_of_a_site_go_with_the_trust_in_it(t: &TestEngine) {
    let pair = Pair::new(t).await;
    let ada = pair.site.user("ada").await;
    catalog::subscribe(&pair.site.engine, ada, login("first")).await.unwrap();
    pair.to_gateway().await;
    assert!(pair.gateway.private_source().await.is_some());
    revoke(&pair.gateway.engine, "school").await.unwrap();
    assert!(pair.gateway.private_source().await.is_none());
}

#[both_databases]
async fn a_feed_that_becomes_private_leaves_the_public_one_to_others(t: &TestEngine) {
    let (pair, ada) = Pair::following(t).await;
    read(&pair.gateway, &["Public"]).await;
    pair.to_site().await;
    catalog::subscribe(&pair.site.engine, ada, login("first")).await.unwrap();
    let bob = pair.site.user("bob").await;
    follow(&pair.site, bob).await;
    pair.to_gateway().await;
    read(&pair.gateway, &["Public", "Also public"]).await;
    pair.to_site().await;
    assert_eq!((pair.site.sees(bob).await, pair.site.sees(ada).await), (2, 1));
}

#[both_databases]
async fn a_gateway_writes_into_no_private_source_that_it_was_not_told_of(t: &TestEngine) {
    let pair = Pair::new(t).await;
    let ada = pair.site.user("ada").await;
    catalog::subscribe(&pair.site.engine, ada, login("first")).await.unwrap();
    // It follows the same feed for others, without a password.
    let eve = pair.gateway.user("eve").await;
    follow(&pair.gateway, eve).await;
    let bob = pair.site.user("bob").await;
    follow(&pair.site, bob).await;
    pair.to_gateway().await;
    read(&pair.gateway, &["Public"]).await;
    pair.to_site().await;
    assert_eq!((pair.site.sees(bob).await, pair.site.sees(ada).await), (1, 0));
}
