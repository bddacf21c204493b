//! Volumes that a trusted node signed and that break a rule.

use std::io::Write;

use serde_json::{Value, json};
use smartcache_bundle::{BundleError, PublicNode, Sha256};

use crate::forge::{Forgery, NAME, compress, seal, signing_key, volume};
use crate::stage::{Content, Stage, noise};

const RECORD: &str = "{\"k\":\"item\"}\n";

/// The reason for which the site refuses a forgery.
fn refusal(stage: &Stage, forgery: &Forgery) -> String {
    let error = stage.read(NAME, &forgery.signed(stage)).expect_err("refused");
    assert!(error.is_refusal(), "{error}");
    error.to_string()
}

fn to(stage: &Stage) -> &PublicNode {
    stage.site.current().node()
}

#[test]
fn the_forgers_own_volume_is_good() {
    let stage = Stage::new();
    let blob = noise(1, 70_000);
    let forgery =
        Forgery::new(&stage).lines(to(&stage), &RECORD.repeat(2)).blob(to(&stage), Sha256::of(&blob), &blob);
    let content = stage.read(NAME, &forgery.signed(&stage)).expect("read");
    assert_eq!(content, Content { records: vec![RECORD.trim_end().to_owned(); 2], blobs: vec![blob] });
    let newer = forgery.with("/later", json!({"unknown": [1]}));
    assert!(stage.read(NAME, &newer.signed(&stage)).is_ok());
}

#[test]
fn fields_of_the_header_keep_their_rules() {
    let stage = Stage::new();
    let other = stage.site.current().node().to_string();
    for (pointer, value, expected) in [
        ("/format", json!(2), "update this node first"),
        ("/format", json!(0), "format"),
        ("/to", json!("elsewhere"), "elsewhere"),
        ("/from", json!("site"), "node"),
        ("/from", json!("../gateway"), "cannot name a node"),
        ("/seq", json!(2), "its file was sc1_gateway_site_000002"),
        ("/volume", json!(0), "volume"),
        ("/volumes", json!(10_000), "volume"),
        ("/key", json!("0000000000000000"), "node"),
        ("/node", json!(other), "node"),
        ("/node", json!("sc-node1qqqq"), "mistyped"),
        ("/epoch", json!(""), "epoch"),
        ("/epoch", json!("a\u{0}b"), "epoch"),
        ("/epoch", json!("a".repeat(65)), "epoch"),
        ("/needs", json!(["../item"]), "needs"),
        ("/needs", json!(vec!["item"; 101]), "needs"),
        ("/bundle", json!("7"), "JSON"),
        ("/created_at", json!("yesterday"), "JSON"),
        ("/parts", json!({}), "JSON"),
        ("/parts", Value::Null, "JSON"),
        ("/volumes", json!(-1), "JSON"),
        ("/seq", json!(1.5), "JSON"),
    ] {
        let why = refusal(&stage, &Forgery::new(&stage).with(pointer, value.clone()));
        assert!(why.contains(expected), "{pointer} {value}: {why}");
    }
}

#[test]
fn a_volume_for_another_site_is_refused_by_its_signed_receiver() {
    let stage = Stage::new();
    let signed = Forgery::new(&stage).with("/to", json!("other")).signed(&stage);
    assert!(matches!(stage.read(NAME, &signed), Err(BundleError::Header { .. })));
    let renamed = stage.read("sc1_gateway_other_000001_1of1.scb", &signed);
    assert!(matches!(renamed, Err(BundleError::Receiver(_))));
}

#[test]
fn entries_of_parts_keep_their_rules() {
    let stage = Stage::new();
    let good = Forgery::new(&stage).lines(to(&stage), RECORD).blob(to(&stage), Sha256::of(b"a"), b"a");
    for (pointer, value, expected) in [
        ("/parts/0/name", json!("records/../../etc/passwd"), "parts[0].name"),
        ("/parts/0/name", json!("/records/0001.jsonl.zst.age"), "parts[0].name"),
        ("/parts/0/name", json!("records/0001.jsonl.zst.age\u{0}"), "parts[0].name"),
        ("/parts/0/name", json!("a".repeat(101)), "parts[0].name"),
        ("/parts/1/name", json!("records/0001.jsonl.zst.age"), "parts[1].kind"),
        ("/parts/0/kind", json!("blob"), "parts[0].kind"),
        ("/parts/0/kind", json!("program"), "JSON"),
        ("/parts/0/count", Value::Null, "parts[0].kind"),
        ("/parts/1/count", json!(1), "parts[1].kind"),
        ("/parts/0/count", json!(100_001), "records of a part"),
        ("/parts/0/raw_bytes", json!(u64::MAX), "decoded bytes of a part"),
        ("/parts/0/bytes", json!(u64::MAX), "bytes of a part"),
        ("/parts/0/bytes", json!(7_u64 << 30), "longer or shorter"),
        ("/parts/1/raw_bytes", json!(5_u64 << 30), "bytes of a blob"),
        ("/parts/1/raw_bytes", json!(100_000), "parts[1].raw_bytes"),
        ("/parts/0/sha256", json!("0"), "JSON"),
    ] {
        let why = refusal(&stage, &good.clone().with(pointer, value.clone()));
        assert!(why.contains(expected), "{pointer} {value}: {why}");
    }
}

#[test]
fn parts_out_of_order_or_twice_are_refused() {
    let stage = Stage::new();
    let good = Forgery::new(&stage).lines(to(&stage), RECORD).blob(to(&stage), Sha256::of(b"a"), b"a");
    let mut swapped = good.clone();
    swapped.header["parts"].as_array_mut().expect("a list").swap(0, 1);
    swapped.parts.swap(0, 1);
    let twice = good.blob(to(&stage), Sha256::of(b"a"), b"a");
    for forgery in [swapped, twice] {
        let why = refusal(&stage, &forgery);
        assert!(why.contains("out of order, or a second time"), "{why}");
    }
}

#[test]
fn duplicate_keys_and_deep_nesting_in_a_header_are_refused() {
    let stage = Stage::new();
    let text = Forgery::new(&stage).header.to_string();
    let key = signing_key(&stage.directory.join("gateway"));
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    for (header, expected) in [
        (text.replacen('{', r#"{"to":"site","#, 1), "occurs twice"),
        (text.replacen('{', r#"{"x":{"a":1,"a":1},"#, 1), "occurs twice"),
        (text.replacen('{', &format!("{{\"x\":{deep},"), 1), "nested too deeply"),
        (format!("{text}{text}"), "trailing"),
        (format!("[{text}]"), "JSON"),
        (text.replacen('{', "{\"x\":\"\u{fffd}", 1), "JSON"),
    ] {
        let error = stage.read(NAME, &volume(header.as_bytes(), &key, &[])).expect_err("refused");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn long_headers_and_too_many_parts_are_refused() {
    let stage = Stage::new();
    let long = Forgery::new(&stage).with("/have", json!("a".repeat(4 << 20)));
    assert!(refusal(&stage, &long).contains("bytes of the header"));
    let part = json!({"name": "", "bytes": 0, "sha256": Sha256::of(b""), "raw_bytes": 0, "kind": "blob"});
    let many = Forgery::new(&stage).with("/parts", json!(vec![part; 20_001]));
    assert!(refusal(&stage, &many).contains("parts: 20001 is more than the 20000"));
}

#[test]
fn declared_figures_of_records_are_the_real_ones() {
    let stage = Stage::new();
    let (frame, bytes) = (compress(RECORD.repeat(3).as_bytes()), RECORD.len() as u64 * 3);
    for (raw_bytes, count, expected) in [
        (bytes - 1, 3, "more bytes than declared"),
        (bytes + 1, 3, "fewer records or bytes"),
        (bytes, 2, "more records than declared"),
        (bytes, 4, "fewer records or bytes"),
        (0, 0, "more bytes than declared"),
    ] {
        let why = refusal(&stage, &Forgery::new(&stage).frame(to(&stage), &frame, raw_bytes, count));
        assert!(why.contains(expected), "{raw_bytes} {count}: {why}");
    }
}

#[test]
fn a_bomb_is_refused_by_its_declared_size_or_at_the_first_byte_behind_it() {
    let stage = Stage::new();
    let line = format!("{{\"k\":\"{}\"}}\n", "a".repeat(1 << 19));
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 19).expect("an encoder");
    (0..512).for_each(|_| encoder.write_all(line.as_bytes()).expect("written"));
    let bomb = encoder.finish().expect("a frame");
    let all = line.len() as u64 * 512;
    for (raw_bytes, expected) in [(all, "decoded bytes of a part"), (1 << 20, "")] {
        let why = refusal(&stage, &Forgery::new(&stage).frame(to(&stage), &bomb, raw_bytes, 512));
        assert!(why.contains(expected), "{why}");
    }
    // Ten million lines, within the ratio of decoded bytes.
    let lines = compress(&b"{\"k\":\"a\"}\n".repeat(200_000));
    for (count, expected) in [(200_000, "records of a part"), (100_000, "more records than declared")] {
        let why = refusal(&stage, &Forgery::new(&stage).frame(to(&stage), &lines, 2_000_000, count));
        assert!(why.contains(expected), "{why}");
    }
}

#[test]
fn records_that_are_no_records_are_refused_before_any_is_handed_out() {
    let stage = Stage::new();
    let deep = format!("{{\"k\":\"item\",\"a\":{}1{}}}\n", "[".repeat(32), "]".repeat(32));
    let long = format!("{{\"k\":\"item\",\"a\":\"{}\"}}\n", "a".repeat(1 << 20));
    for (last, expected) in [
        ("{\"k\":\"a\",\"k\":\"b\"}\n", "record 2: the key \"k\" occurs twice"),
        (&deep, "nested too deeply"),
        (&long, "longer than the bound"),
        ("[1]\n", "no JSON object"),
        ("\n", "no JSON object"),
        ("{\"k\":7}\n", "record 2"),
        ("{\"a\":7}\n", "missing field `k`"),
        ("{\"k\":\"../item\"}\n", "its kind k"),
        ("{\"k\":\"item\"}\r\n", "no JSON object"),
        ("{\"k\":\"item\"} {}\n", "trailing"),
    ] {
        let why = refusal(&stage, &Forgery::new(&stage).lines(to(&stage), &format!("{RECORD}{last}")));
        assert!(why.contains(expected), "{last:.40}: {why}");
    }
    let open = format!("{RECORD}{{\"k\":\"item\"}}");
    let open = Forgery::new(&stage).frame(to(&stage), &compress(open.as_bytes()), open.len() as u64, 2);
    assert!(refusal(&stage, &open).contains("no line feed"));
}

#[test]
fn frames_are_one_whole_and_of_a_small_window() {
    let stage = Stage::new();
    let frame = compress(RECORD.as_bytes());
    let bytes = RECORD.len() as u64;
    let mut wide = zstd::stream::write::Encoder::new(Vec::new(), 3).expect("an encoder");
    wide.window_log(24).expect("a window");
    wide.long_distance_matching(true).expect("a window");
    wide.write_all(&noise(1, 100)).expect("written");
    wide.flush().expect("flushed");
    let wide = wide.finish().expect("a frame");
    let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4][..], &frame].concat();
    for frame in [
        [&frame[..], &frame].concat(),
        [&frame[..], b"x"].concat(),
        frame[..frame.len() - 1].to_vec(),
        wide,
        skippable,
    ] {
        let why = refusal(&stage, &Forgery::new(&stage).frame(to(&stage), &frame, bytes, 1));
        assert!(why.starts_with("records/0001.jsonl.zst.age: "), "{why}");
    }
    let plain = Forgery::new(&stage).frame(to(&stage), RECORD.as_bytes(), bytes, 1);
    assert!(refusal(&stage, &plain).contains("cannot be decoded"));
}

#[test]
fn parts_for_other_keys_and_parts_that_age_does_not_know_are_refused() {
    let stage = Stage::new();
    let frame = compress(RECORD.as_bytes());
    let bytes = RECORD.len() as u64;
    let sealed = seal(to(&stage), &frame);
    let mut flipped = sealed.clone();
    *flipped.last_mut().expect("a byte") ^= 1;
    let endless = [b"age-encryption.org/v1\n-> X25519 ".as_slice(), &[b'a'; 400_000]].concat();
    let cut = sealed[..sealed.len() - 17].to_vec();
    for stored in
        [seal(stage.gateway.current().node(), &frame), frame.clone(), flipped, endless, cut, Vec::new()]
    {
        refusal(&stage, &Forgery::new(&stage).stored(stored, bytes, 1));
    }
}

#[test]
fn a_blob_under_the_name_of_other_bytes_is_refused() {
    let stage = Stage::new();
    for length in [9_999, 10_000, 10_001] {
        let forgery = Forgery::new(&stage).blob(to(&stage), Sha256::of(&noise(1, 10_000)), &noise(2, length));
        let forgery = forgery.with("/parts/0/raw_bytes", json!(10_000));
        refusal(&stage, &forgery);
    }
}
