//! Convergence: two nodes, a medium that loses, doubles, delays and reorders bundles, killed imports, and
//! databases restored from older copies. In the end the site has the gateway's catalogue.

use proptest::prelude::*;

use super::model::{ITEMS, SOURCES, Step, World};
use super::*;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let change = (0..SOURCES, prop::collection::vec(0..ITEMS, 1..4));
    let step = prop_oneof![
        6 => change.prop_map(|(source, items)| Step::Change(source, items)),
        4 => Just(Step::GatewayExports),
        3 => Just(Step::SiteExports),
        8 => (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(which, part)| Step::Arrives(which, part)),
        1 => Just(Step::Backup),
        1 => Just(Step::RestoreGateway),
        1 => Just(Step::RestoreSite),
    ];
    prop::collection::vec(step, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_medium_does_the_site_ends_with_the_gateways_catalogue(steps in steps()) {
        let mut world = World::default();
        for step in &steps {
            world.step(step);
        }
        world.settle();
        for (source, copy) in world.gateway.sources.iter().zip(&world.site.copies) {
            prop_assert_eq!(copy.mark, SourceMark { epoch: world.gateway.node.epoch, rev: source.rev });
            for (item, told) in &source.items {
                prop_assert_eq!(copy.items.get(item), Some(told), "item {}", item);
            }
        }
    }

    #[test]
    fn bundles_that_came_before_change_nothing(steps in steps()) {
        let mut world = World::default();
        for step in &steps {
            world.step(step);
        }
        world.settle();
        // One that came before both databases were restored is unknown to both.
        let seen = world.site.node.seen.clone();
        let before = format!("{:?}", world.site.copies);
        for bundle in world.to_site.clone().iter().filter(|bundle| seen.contains(&bundle.id)) {
            world.site_import(bundle, bundle.rows.len());
        }
        prop_assert_eq!(format!("{:?}", world.site.copies), before);
    }
}

#[test]
fn a_bundle_that_did_not_come_is_not_counted_by_the_next() {
    let mark = SourceMark { epoch: 1, rev: 4 };
    assert_eq!(mark.after(4, 9).rev, 9);
    assert_eq!(mark.after(6, 9).rev, 4, "rows 5 and 6 are missing");
    assert_eq!(mark.after(0, 3).rev, 4, "an old bundle");
    assert_eq!(mark.entering(0), None);
    assert_eq!(mark.entering(2), Some(SourceMark { epoch: 2, rev: 0 }));
}
