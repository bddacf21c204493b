//! The outbox: positions, finishes and wishes that count once, whatever the clock and the network do.

use super::*;
use crate::domain::ItemId;
use crate::domain::device::{DeviceEvent, DeviceEventKind, MAX_EVENTS};
use crate::engine::playback;

const HOUR: i64 = 3_600;

/// An item of 3,000 seconds with a ready download.
async fn episode(t: &TestEngine, owner: UserId, name: &str) -> (ItemId, DownloadId) {
    let download = t.claim(owner, name, 1_000, None).await;
    let item = engine_downloads::get(&t.engine, owner, download).await.unwrap().item_id;
    let sql = "UPDATE item SET duration_seconds = 3000 WHERE id = $1";
    sql::execute(&t.engine.db, sql, args![item]).await.unwrap();
    (item, download)
}

/// A play that ends now by the device's clock.
fn play(t: &TestEngine, phone: &Phone, seq: i64, item: ItemId, from: f64, to: f64) -> DeviceEvent {
    DeviceEvent {
        seq,
        kind: DeviceEventKind::Play,
        item_id: Some(item),
        download_id: None,
        from: Some(from),
        to: Some(to),
        at: phone.now(t),
        ready_at: None,
    }
}

fn wish(t: &TestEngine, phone: &Phone, seq: i64, kind: DeviceEventKind, id: DownloadId) -> DeviceEvent {
    let none = play(t, phone, seq, ItemId(0), 0.0, 0.0);
    DeviceEvent { kind, item_id: None, download_id: Some(id), from: None, to: None, ..none }
}

async fn send(t: &TestEngine, phone: &mut Phone, events: &[DeviceEvent]) -> ContactAnswer {
    let new = NewContact { events: events.to_vec(), ..phone.next(t) };
    phone.send(t, new).await
}

async fn position(t: &TestEngine, owner: UserId, item: ItemId) -> (f64, Option<String>, Option<f64>) {
    let it = playback::position(&t.engine, owner, item).await.unwrap();
    (it.seconds, it.device, it.other.map(|other| other.seconds))
}

#[both_databases]
async fn the_newest_real_play_wins_though_clocks_are_hours_wrong(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (item, _) = episode(t, ada, "episode").await;
    let (mut phone, mut laptop) =
        (Phone::register(t, ada, "Phone").await, Phone::register(t, ada, "Laptop").await);
    (phone.behind, laptop.behind) = (3 * HOUR, -3 * HOUR);
    t.clock.advance(TimeDelta::hours(1));
    let on_laptop = [play(t, &laptop, 1, item, 0.0, 1_000.0)];
    t.clock.advance(TimeDelta::hours(1));
    let on_phone = [play(t, &phone, 1, item, 0.0, 200.0)];
    t.clock.advance(TimeDelta::hours(1));
    send(t, &mut phone, &on_phone).await;
    let answer = send(t, &mut laptop, &on_laptop).await;
    assert_eq!(position(t, ada, item).await, (200.0, Some("Phone".into()), Some(1_000.0)));
    assert_eq!(answer.positions[0].seconds, 200.0);
    let told = t.engine.now() - TimeDelta::hours(1);
    assert_eq!(playback::position(&t.engine, ada, item).await.unwrap().at, Some(told));
    let known = playback::position(&t.engine, ada, item).await.unwrap();
    for _ in 0..3 {
        assert_eq!(send(t, &mut phone, &on_phone).await.events_through, 1);
        assert_eq!(send(t, &mut laptop, &on_laptop).await.events_through, 1);
    }
    assert_eq!(playback::position(&t.engine, ada, item).await.unwrap(), known);
}

#[both_databases]
async fn an_offline_play_that_wins_offers_the_position_of_the_other_device(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (item, _) = episode(t, ada, "episode").await;
    let (mut phone, mut laptop) =
        (Phone::register(t, ada, "Phone").await, Phone::register(t, ada, "Laptop").await);
    t.clock.advance(TimeDelta::hours(1));
    let events = [play(t, &laptop, 1, item, 0.0, 2_000.0)];
    send(t, &mut laptop, &events).await;
    t.clock.advance(TimeDelta::hours(1));
    let unaware = [play(t, &phone, 1, item, 0.0, 300.0)];
    send(t, &mut phone, &unaware).await;
    assert_eq!(position(t, ada, item).await, (300.0, Some("Phone".into()), Some(2_000.0)));
    t.clock.advance(TimeDelta::hours(25));
    let aware = [play(t, &laptop, 2, item, 300.0, 900.0)];
    send(t, &mut laptop, &aware).await;
    let (seconds, device, offered) = position(t, ada, item).await;
    assert_eq!((seconds, device, offered), (900.0, Some("Laptop".into()), Some(300.0)), "it did not know");
    t.clock.advance(TimeDelta::hours(1));
    let aware = [play(t, &laptop, 3, item, 900.0, 1_500.0)];
    send(t, &mut laptop, &aware).await;
    assert_eq!(position(t, ada, item).await.2, Some(300.0), "offered for a day");
}

#[both_databases]
async fn a_finish_is_told_to_the_download_and_stays_until_it_is_taken_back(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (item, download) = episode(t, ada, "episode").await;
    let mut phone = Phone::register(t, ada, "Phone").await;
    let mut seq = 0;
    let mut next = async |kind, from: f64, to: f64| {
        t.clock.advance(TimeDelta::minutes(1));
        seq += 1;
        let event = DeviceEvent { kind, ..play(t, &phone, seq, item, from, to) };
        send(t, &mut phone, &[event]).await;
        engine_downloads::get(&t.engine, ada, download).await.unwrap().played_at.is_some()
    };
    assert!(!next(DeviceEventKind::Play, 0.0, 100.0).await);
    assert!(next(DeviceEventKind::Finish, 100.0, 100.0).await);
    assert!(next(DeviceEventKind::Play, 40.0, 100.0).await, "a look at the middle");
    assert!(!next(DeviceEventKind::Play, 0.0, 31.0).await, "from the start again");
    assert!(next(DeviceEventKind::Play, 2_000.0, 2_900.0).await);
    assert!(!next(DeviceEventKind::Reopen, 0.0, 0.0).await);
}

#[both_databases]
async fn an_outbox_of_more_than_one_contact_keeps_its_times(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (item, _) = episode(t, ada, "episode").await;
    let (mut phone, mut laptop) =
        (Phone::register(t, ada, "Phone").await, Phone::register(t, ada, "Laptop").await);
    let mut events = Vec::new();
    for seq in 1..=(MAX_EVENTS as i64 + 20) {
        t.clock.advance(TimeDelta::seconds(1));
        events.push(play(t, &phone, seq, item, 0.0, seq as f64));
    }
    let last = t.engine.now();
    t.clock.advance(TimeDelta::hours(1));
    assert_eq!(send(t, &mut phone, &events[..MAX_EVENTS]).await.events_through, 500);
    let newer = [play(t, &laptop, 1, item, 0.0, 7.0)];
    send(t, &mut laptop, &newer).await;
    t.clock.advance(TimeDelta::hours(1));
    assert_eq!(send(t, &mut phone, &events[MAX_EVENTS..]).await.events_through, 520);
    assert_eq!(position(t, ada, item).await.0, 7.0, "the rest of the outbox is older than the laptop's play");
    let report = playback::report(&t.engine, ada, Some(1)).await.unwrap();
    assert!(report.minutes > 8.0 && report.minutes < 9.0, "{}", report.minutes);
    assert!(playback::position(&t.engine, ada, item).await.unwrap().at > Some(last));
}

#[both_databases]
async fn events_after_a_gap_wait_for_those_before(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let (item, _) = episode(t, ada, "episode").await;
    let mut phone = Phone::register(t, ada, "Phone").await;
    let events: Vec<_> = (1..=3).map(|seq| play(t, &phone, seq, item, 0.0, seq as f64 * 100.0)).collect();
    assert_eq!(send(t, &mut phone, &events[1..]).await.events_through, 0);
    assert_eq!(position(t, ada, item).await.0, 0.0);
    assert_eq!(send(t, &mut phone, &events).await.events_through, 3);
    assert_eq!(position(t, ada, item).await.0, 300.0);
}

#[both_databases]
async fn wishes_on_the_device_reach_the_server(t: &TestEngine) {
    let ada = t.sign_up("ada").await.id;
    let mut phone = Phone::register(t, ada, "Phone").await;
    let one = t.stock(&[ada], "one", b"one one").await[0];
    let two = t.stock(&[ada], "two", b"two two").await[0];
    let [keep_one, keep_two] =
        [(1, one), (2, two)].map(|(seq, id)| wish(t, &phone, seq, DeviceEventKind::Keep, id));
    let unknown = wish(t, &phone, 3, DeviceEventKind::Keep, DownloadId(9_999));
    let answer = send(t, &mut phone, &[keep_one, keep_two, unknown]).await;
    assert_eq!((answer.want.len(), answer.events_through), (2, 3), "an impossible wish blocks nothing");
    let ready_at = answer.want[0].ready_at;
    let seen = DeviceEvent { ready_at, ..wish(t, &phone, 4, DeviceEventKind::Drop, one) };
    let earlier = ready_at.map(|at| at - TimeDelta::days(1));
    let unseen = DeviceEvent { ready_at: earlier, ..wish(t, &phone, 5, DeviceEventKind::Drop, two) };
    send(t, &mut phone, &[seen, unseen]).await;
    assert_eq!(refusal(engine_downloads::get(&t.engine, ada, one).await), Refusal::missing("download"));
    assert_eq!(engine_downloads::get(&t.engine, ada, two).await.unwrap().status.as_str(), "ready");
    assert_eq!(phone.state(t, two).await, CopyState::Dropped);
}

#[both_databases]
async fn no_event_is_lost_over_kills_of_the_device(t: &TestEngine) {
    use rand::{Rng, SeedableRng};
    let ada = t.sign_up("ada").await.id;
    let (item, _) = episode(t, ada, "episode").await;
    let mut phone = Phone::register(t, ada, "Phone").await;
    let mut random = rand::rngs::StdRng::seed_from_u64(3);
    let (mut outbox, mut seq): (Vec<DeviceEvent>, i64) = (Vec::new(), 0);
    for _ in 0..100 {
        for _ in 0..random.random_range(0..5) {
            t.clock.advance(TimeDelta::seconds(2));
            seq += 1;
            outbox.push(play(t, &phone, seq, item, 0.0, seq as f64));
        }
        let answer = send(t, &mut phone, &outbox).await;
        // A killed device has not read the answer, and sends everything again.
        if random.random_bool(0.5) {
            outbox.retain(|event| event.seq > answer.events_through);
        }
    }
    let known = playback::position(&t.engine, ada, item).await.unwrap();
    assert_eq!((known.rev, known.seconds), (seq, seq as f64), "each event counts once");
}
