//! Changes of keys between nodes that trust each other.

use super::super::rotation::apply_rotations;
use super::*;
use crate::domain::TimeDelta;
use crate::domain::bundle::Record;

/// Lines of the keys that a node trusts of another: those of now, and those before.
async fn trusted_lines(node: &Node, peer: &str) -> (String, Option<String>) {
    let peer = rows::peer(&node.engine.db, peer).await.unwrap().unwrap();
    (peer.public_keys, peer.previous_keys)
}

fn line(node: &Node) -> String {
    keyring(&node.engine).unwrap().current().node().to_string()
}

/// Applies a statement as one of the gateway's latest bundle.
async fn tell(site: &Node, rotation: serde_json::Value) {
    let position = rows::peer(&site.engine.db, "gateway").await.unwrap().unwrap().position();
    let batch = vec![Record::Rotate { rotation }];
    apply_rotations(&site.engine, "gateway", position, batch).await.unwrap();
}

/// The node some days from now.
async fn in_days(node: &Node, days: i64) -> Node {
    let clock = Clock::fixed(chrono::Utc::now() + TimeDelta::days(days));
    let engine = start::open_with(node.engine.config.clone(), clock, None).await.unwrap();
    Node { engine, _ground: None }
}

#[both_databases]
async fn new_keys_are_trusted_by_a_bundle_that_the_old_ones_signed(t: &TestEngine) {
    let pair = Pair::new(t).await;
    for (node, other, name) in [(&pair.gateway, &pair.site, "gateway"), (&pair.site, &pair.gateway, "school")]
    {
        let old = line(node);
        Keyring::rotate(&directory(&node.engine.config), node.engine.now()).unwrap();
        let late = pair.export(node, other).await;
        pair.carry(node, other).await;
        assert_eq!(trusted_lines(other, name).await, (line(node), Some(old)));
        // A volume that was on its way comes too, and changes nothing more.
        import(&other.engine, &late.volumes[0]).await.unwrap();
        assert_eq!(trusted_lines(other, name).await.0, line(node));
    }
    // Both know each other's new keys.
    pair.to_gateway().await;
    pair.to_site().await;
    // After 90 days the new keys sign, and the old ones count no more.
    let old = pair.export(&pair.gateway, &pair.site).await;
    let (gateway, site) = (in_days(&pair.gateway, 91).await, in_days(&pair.site, 91).await);
    assert!(refusal_of(&site, &old.volumes[0]).await.contains("signature"));
    pair.carry(&gateway, &site).await;
    pair.carry(&site, &gateway).await;
}

#[both_databases]
async fn a_change_that_the_trusted_keys_did_not_sign_changes_nothing(t: &TestEngine) {
    let pair = Pair::new(t).await;
    let before = trusted_lines(&pair.site, "gateway").await;
    // Of another node, and one without signatures.
    Keyring::rotate(&directory(&pair.site.engine.config), pair.site.engine.now()).unwrap();
    let other = keyring(&pair.site.engine).unwrap();
    let other = serde_json::to_value(other.rotation(pair.site.engine.now()).unwrap()).unwrap();
    for rotation in [other, serde_json::json!({ "old": before.0, "new": line(&pair.site) })] {
        tell(&pair.site, rotation).await;
    }
    assert_eq!(trusted_lines(&pair.site, "gateway").await, before);
    // A node that is trusted no more changes no keys.
    Keyring::rotate(&directory(&pair.gateway.engine.config), pair.gateway.engine.now()).unwrap();
    let own = keyring(&pair.gateway.engine).unwrap();
    let rotation = serde_json::to_value(own.rotation(pair.gateway.engine.now()).unwrap()).unwrap();
    revoke(&pair.site.engine, "gateway").await.unwrap();
    tell(&pair.site, rotation).await;
    assert_eq!(trusted_lines(&pair.site, "gateway").await, before);
}
