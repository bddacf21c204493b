//! Outboxes of several devices with wrong clocks, sent at any times and again: all lead to the same position.

use super::*;

const DEVICES: [&str; 3] = ["phone", "laptop", "tablet"];
/// Time of the last contact, when all outboxes are sent.
const END: i64 = 2_000;

/// A play by the real time, which no device knows.
#[derive(Debug, Clone)]
struct RealPlay {
    device: usize,
    at: i64,
    play: Play,
}

prop_compose! {
    fn any_real_play()(
        device in 0..DEVICES.len(),
        at in 1..1_000_i64,
        seconds in 0..2_800_u32,
        whole in any::<bool>(),
        finish in prop::bool::weighted(0.1),
        reopen in prop::bool::weighted(0.1),
    ) -> RealPlay {
        let seconds = f64::from(seconds);
        let from = if whole { 0.0 } else { seconds };
        RealPlay { device, at, play: Play { from, finish, reopen, ..play(DEVICES[device], at, seconds) } }
    }
}

/// Position after all contacts, each a device and a real time. A contact sends what was played since the
/// device's previous one, as many times as told.
fn position(
    plays: &[RealPlay],
    skews: &[i64],
    contacts: &[(usize, i64, usize)],
) -> (f64, DateTime<Utc>, bool) {
    let mut contacts = contacts.to_vec();
    contacts.extend((0..DEVICES.len()).map(|device| (device, END, 1)));
    contacts.sort_by_key(|(device, at, _)| (*at, *device));
    let (mut known, mut previous) = (None::<Playback>, [0; DEVICES.len()]);
    for (device, now, times) in contacts {
        let since = previous[device];
        let mut outbox: Vec<_> =
            plays.iter().filter(|it| it.device == device && it.at > since && it.at <= now).collect();
        outbox.sort_by_key(|it| it.at);
        let clock =
            ClockCorrection { skew: TimeDelta::seconds(skews[device]), previous_contact: Some(time(since)) };
        for real in std::iter::repeat_n(&outbox, times).flatten() {
            let at = clock.apply(time(real.at - skews[device]), time(now));
            let rev = known.as_ref().map(|known| known.rev_known_since(time(since)));
            let play = Play { at, rev, ..real.play.clone() };
            known = Some(merged(known.as_ref(), &play, DURATION, time(now)));
        }
        previous[device] = now;
    }
    let known = known.expect("there are plays");
    (known.seconds, known.at, known.is_finished())
}

fn any_contacts() -> impl Strategy<Value = Vec<(usize, i64, usize)>> {
    prop::collection::vec((0..DEVICES.len(), 0..END, 1..4_usize), 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn every_interleaving_of_contacts_converges(
        plays in prop::collection::vec(any_real_play(), 1..12),
        skews in prop::collection::vec(-10_800..10_800_i64, DEVICES.len()),
        (one, other) in (any_contacts(), any_contacts()),
    ) {
        let exact = position(&plays, &[0, 0, 0], &[]);
        prop_assert_eq!(position(&plays, &skews, &one), exact);
        prop_assert_eq!(position(&plays, &skews, &other), exact);
    }
}

#[test]
fn a_device_knows_the_positions_of_its_previous_contact() {
    let known = all(&[play("phone", 10, 100.0), play("phone", 20, 200.0)]);
    assert_eq!((known.rev, known.rev_known_since(time(20))), (2, 2));
    assert_eq!(known.rev_known_since(time(19)), 1, "it has moved since");
    let play = Play { rev: Some(1), ..play("laptop", 30, 900.0) };
    let next = merged(Some(&known), &play, DURATION, time(30));
    assert_eq!(offer(&next), Some((200.0, Some("phone"))));
}
