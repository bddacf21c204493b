//! Lookup of directory entries among the sources here that are visible to the user.

use super::sql::{args, one, row, sql};
use super::visibility::Visibility;
use super::{ConnectionTrait, DbErr};
use crate::{SourceId, SubscriptionId, UserId};

struct KnownFeed {
    id: SourceId,
    subscription_id: Option<SubscriptionId>,
}
row!(KnownFeed { id, subscription_id });

/// Source with this address, and the user's subscription to it.
pub async fn known(
    db: &impl ConnectionTrait,
    owner: UserId,
    feed_url: &str,
) -> Result<Option<(SourceId, Option<SubscriptionId>)>, DbErr> {
    let visible = Visibility::of(db, owner).await?.source();
    let sql = sql!(
        "SELECT s.id, (SELECT b.id FROM subscription b WHERE b.source_id = s.id AND b.user_id = $1) AS subscription_id
         FROM source s WHERE (s.feed_url = $2 OR (s.private_to = $1 AND s.private_url = $2)) AND {visible}"
    );
    let found: Option<KnownFeed> = one(db, sql, args![owner, feed_url]).await?;
    Ok(found.map(|known| (known.id, known.subscription_id)))
}
