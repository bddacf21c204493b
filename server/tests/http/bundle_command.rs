//! The command `bundle`, which works without a database and without a server.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// Golden volumes, and the test keys that read them.
fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/bundles")
}

fn volume() -> String {
    golden().join("v0.1.0/sc1_gateway_site_000001_1of2.scb").to_str().unwrap().to_owned()
}

struct Node(PathBuf);

impl Node {
    fn new() -> Self {
        let directory = std::env::temp_dir().join(format!("bundle-cli-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir(&directory).unwrap();
        Self(directory)
    }

    /// The node `site` with its test keys.
    fn site() -> Self {
        let node = Self::new();
        node.text(&["keys", "init", "site"]);
        for file in ["node", "sign.key", "age.key"] {
            let text = std::fs::read(golden().join("test-keys/site").join(file)).unwrap();
            std::fs::write(node.0.join("bundles/own").join(file), text).unwrap();
        }
        node
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_smartcache"));
        command
            .args(["bundle", "--data-dir", self.0.to_str().unwrap()])
            .args(args)
            .env("SMARTCACHE_LOG", "error");
        command.output().unwrap()
    }

    fn text(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn gateway_line() -> String {
    let text = std::fs::read_to_string(golden().join("test-keys/gateway/line")).unwrap();
    text.lines().next().unwrap().to_owned()
}

#[test]
fn keys_are_made_once_shown_and_rotated_once_in_ninety_days() {
    let node = Node::new();
    assert_eq!(node.run(&["keys", "show"]).status.code(), Some(1));
    let made = node.text(&["keys", "init", "site"]);
    assert!(made.contains("sc-node1") && made.contains("Fingerprint"), "{made}");
    assert_eq!(node.run(&["keys", "init", "site"]).status.code(), Some(1));
    let (svg, pem) = (node.0.join("line.svg"), node.0.join("sign.pem"));
    let show = ["keys", "show", "--svg", svg.to_str().unwrap(), "--pem", pem.to_str().unwrap()];
    assert_eq!(node.text(&show), made);
    assert!(std::fs::read_to_string(svg).unwrap().starts_with("<svg"));
    assert!(std::fs::read_to_string(pem).unwrap().starts_with("-----BEGIN PUBLIC KEY-----"));
    assert!(node.text(&["keys", "rotate"]).contains("the keys before hold too"));
    assert_eq!(node.run(&["keys", "rotate"]).status.code(), Some(1));
    assert!(!node.0.join("smartcache.db").exists());
}

#[test]
fn a_name_that_is_none_is_refused_by_its_rule() {
    let output = Node::new().run(&["keys", "init", "../site"]);
    let why = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && why.contains("cannot name a node"), "{why}");
}

#[test]
fn a_volume_is_good_where_its_signer_is_trusted_and_its_key_is() {
    let site = Node::site();
    let line = gateway_line();
    let told = site.text(&["inspect", &volume(), "--peer", &line]);
    assert!(told.contains(": good; signed by a trusted key; for this node"), "{told}");
    let json: Value =
        serde_json::from_str(&site.text(&["inspect", &volume(), "--peer", &line, "--json"])).unwrap();
    assert_eq!((&json["is_accepted"], &json["kinds"]["item"]), (&true.into(), &40.into()));
}

#[test]
fn a_volume_of_an_unknown_signer_or_with_another_name_is_refused() {
    let node = Node::new();
    let output = node.run(&["inspect", &volume()]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.contains("signed by an unknown key") && told.contains("claims to be from gateway"),
        "{told}"
    );
    let copy = node.0.join("sc1_gateway_site_000009_1of1.scb");
    std::fs::copy(volume(), &copy).unwrap();
    assert_eq!(
        node.run(&["inspect", copy.to_str().unwrap(), "--peer", &gateway_line()]).status.code(),
        Some(2)
    );
    let other = node.0.join("notes.txt");
    std::fs::write(&other, "hello").unwrap();
    assert_eq!(node.run(&["inspect", other.to_str().unwrap()]).status.code(), Some(2));
    assert_eq!(node.run(&["inspect", "/nowhere/sc1_gateway_site_000009_1of1.scb"]).status.code(), Some(1));
}

/// Runs a command of a node between networks, and returns its exit code and output.
fn between(node: &Node, role: &str, name: &str, args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smartcache"));
    command.args(["bundle", "--data-dir", node.0.to_str().unwrap(), "--role", role, "--node", name]);
    let output = command.args(args).env("SMARTCACHE_LOG", "error").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code(), text)
}

#[test]
fn two_nodes_trust_each_other_and_exchange_bundles() {
    let (gateway, site, stick) = (Node::new(), Node::new(), Node::new());
    let at_gateway = |args: &[&str]| between(&gateway, "gateway", "hq", args);
    let at_site = |args: &[&str]| between(&site, "site", "school", args);
    let keys = |node: &Node, name: &str| {
        let shown = node.text(&["keys", "init", name]);
        let field = |label: &str| {
            let line = shown.lines().find(|line| line.starts_with(label)).unwrap();
            line[label.len()..].trim().to_owned()
        };
        (field("Line"), field("Fingerprint"))
    };
    let (hq, school) = (keys(&gateway, "hq"), keys(&site, "school"));
    let out = stick.0.to_str().unwrap();
    assert_eq!(at_gateway(&["keys", "trust", &school.0, "--fingerprint", &hq.1]).0, Some(2));
    assert_eq!(at_gateway(&["keys", "trust", &school.0, "--fingerprint", &school.1]).0, Some(0));
    assert_eq!(at_site(&["keys", "trust", &hq.0, "--fingerprint", &hq.1]).0, Some(0));
    let (code, listed) = at_site(&["keys", "list"]);
    assert!(code == Some(0) && listed.contains("hq") && listed.contains(&hq.1), "{listed}");

    let (code, written) = at_site(&["export", "--out", out]);
    assert!(code == Some(0) && written.contains("For hq: 3 records"), "{written}");
    let volume = stick.0.join("sc1_school_hq_000001_1of1.scb");
    let (code, judged) = at_gateway(&["inspect", volume.to_str().unwrap()]);
    assert!(code == Some(0) && judged.contains("for this node"), "{judged}");
    let (code, read) = at_gateway(&["import", out]);
    assert!(code == Some(0) && read.contains("Bundle 1 of school, volume 1 of 1: 3 records"), "{read}");
    let (code, again) = at_gateway(&["import", out]);
    assert!(code == Some(3) && again.contains("already here since"), "{again}");
    let copy = gateway.0.join("sc1_school_hq_000001_1of1.scb");
    std::fs::copy(&volume, &copy).unwrap();
    let (code, tidied) = at_gateway(&["tidy", gateway.0.to_str().unwrap()]);
    assert!(code == Some(0) && tidied.contains("Removed: 1. Left: 0.") && !copy.exists(), "{tidied}");
    let (code, status) = at_gateway(&["status"]);
    assert!(code == Some(0) && status.contains("received school 1, volume 1 of 1"), "{status}");

    assert_eq!(at_gateway(&["keys", "revoke", "school"]).0, Some(0));
    let (code, refused) = at_gateway(&["import", out]);
    assert!(code == Some(2) && refused.contains("no trusted node is called school"), "{refused}");
    let (code, refused) = at_gateway(&["export", "--out", out]);
    assert!(code == Some(2) && refused.contains("No node is trusted yet"), "{refused}");
    let (code, refused) = between(&gateway, "site", "elsewhere", &["export", "--to", "school", "--out", out]);
    assert!(code == Some(2) && refused.contains("The keys are those of hq"), "{refused}");
}
