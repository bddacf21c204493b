//! Refusals of contacts, and the events of an outbox that count.

use proptest::prelude::*;

use super::*;

fn event(seq: i64) -> DeviceEvent {
    DeviceEvent {
        seq,
        kind: DeviceEventKind::Play,
        item_id: Some(ItemId(1)),
        download_id: None,
        from: Some(0.0),
        to: Some(10.0),
        at: DateTime::UNIX_EPOCH,
        ready_at: None,
    }
}

fn contact(events: Vec<DeviceEvent>) -> NewContact {
    NewContact {
        boot: "b".into(),
        rev: 1,
        sent_at: DateTime::UNIX_EPOCH,
        events,
        copies: Vec::new(),
        storage: DeviceStorage::default(),
        net: DeviceLink::default(),
        build: None,
    }
}

fn fields(contact: NewContact) -> Vec<String> {
    let refusal = contact.check().err();
    refusal.map(|it| it.fields().iter().map(|error| error.field.clone()).collect()).unwrap_or_default()
}

#[test]
fn a_wrong_event_is_named_with_its_field() {
    let of = |change: fn(&mut DeviceEvent)| {
        let mut wrong = event(2);
        change(&mut wrong);
        fields(contact(vec![event(1), wrong]))
    };
    assert_eq!(of(|_| ()), Vec::<String>::new());
    assert_eq!(of(|it| it.seq = 0), ["events[1].seq"]);
    assert_eq!(of(|it| it.item_id = None), ["events[1].item_id"]);
    assert_eq!(of(|it| it.kind = DeviceEventKind::Keep), ["events[1].download_id"]);
    for wrong in [-1.0, f64::NAN, f64::INFINITY, 604_801.0] {
        assert_eq!(fields(contact(vec![DeviceEvent { to: Some(wrong), ..event(1) }])), ["events[0].to"]);
    }
    assert_eq!(of(|it| it.to = None), ["events[1].to"]);
    assert_eq!(of(|it| it.from = Some(11.0)), ["events[1].to"]);
}

#[test]
fn a_contact_is_bounded() {
    assert_eq!(fields(contact(vec![event(1); MAX_EVENTS])), Vec::<String>::new());
    assert_eq!(fields(contact(vec![event(1); MAX_EVENTS + 1])), ["events"]);
    let claim = |sha256: &str, bytes| CopyClaim {
        download_id: DownloadId(1),
        sha256: sha256.into(),
        bytes,
        checked_at: None,
        is_planned: false,
    };
    let of = |copies| fields(NewContact { copies, ..contact(Vec::new()) });
    let hash = "0a".repeat(32);
    assert_eq!(of(vec![claim(&hash, 1); MAX_COPIES]), Vec::<String>::new());
    assert_eq!(of(vec![claim(&hash, 1); MAX_COPIES + 1]), ["copies"]);
    assert_eq!(of(vec![claim(&hash, 1), claim(&hash, -1)]), ["copies[1].bytes"]);
    assert_eq!(of(vec![claim(&hash.to_uppercase(), 1)]), ["copies[0].sha256"]);
    let before = CopyClaim { checked_at: Some(DateTime::<Utc>::MIN_UTC), ..claim(&hash, 1) };
    assert_eq!(of(vec![before]), ["copies[0].checked_at"]);
    let wrong = NewContact {
        boot: "x".repeat(65),
        rev: -1,
        build: Some("\n".into()),
        storage: DeviceStorage { used: Some(-1), persisted: None },
        net: DeviceLink { bps: Some(i64::MAX), metered: None },
        ..contact(Vec::new())
    };
    assert_eq!(fields(wrong), ["boot", "build", "rev", "storage.used", "net.bps"]);
}

#[test]
fn events_count_up_to_the_first_gap() {
    let seqs = |through, sent: &[i64]| -> Vec<i64> {
        next_events(through, sent.iter().map(|seq| event(*seq)).collect())
            .iter()
            .map(|event| event.seq)
            .collect()
    };
    assert_eq!(seqs(0, &[1, 2, 3]), [1, 2, 3]);
    assert_eq!(seqs(2, &[3, 1, 2, 4, 4]), [3, 4]);
    assert_eq!(seqs(2, &[4, 5]), Vec::<i64>::new());
    assert_eq!(seqs(0, &[1, 3]), [1]);
    assert_eq!(seqs(i64::MAX - 1, &[i64::MAX]), [i64::MAX]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// The device sends a part of its outbox each time, forgets what is acknowledged, and may miss answers.
    #[test]
    fn every_event_counts_once_whatever_is_sent_again(
        count in 1..40_i64,
        contacts in prop::collection::vec((1..20_usize, any::<bool>()), 1..60),
    ) {
        let (mut through, mut acknowledged, mut seen) = (0, 0, Vec::new());
        let rest = std::iter::repeat_n((20, true), 4);
        for (most, answer_arrives) in contacts.into_iter().chain(rest) {
            let sent: Vec<_> = (acknowledged + 1..=count).take(most).map(event).collect();
            let next = next_events(through, sent);
            through = next.last().map_or(through, |event| event.seq);
            seen.extend(next.into_iter().map(|event| event.seq));
            if answer_arrives {
                acknowledged = through;
            }
        }
        prop_assert_eq!(seen, (1..=count).collect::<Vec<_>>());
    }
}
