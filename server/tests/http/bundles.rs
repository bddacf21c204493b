//! Bundles over REST: a gateway that makes its keys, trusts a site, exports, and takes a volume in.

use both_databases::both_databases;
use reqwest::Method;
use serde_json::{Value, json};
use smartcache::domain::bundle::NodeRole;
use smartcache::engine::bundles::{self, ExportOptions};
use smartcache::engine::{SharedEngine, start};
use smartcache::testing::{Backend, Ground};

use crate::api_keys::program;
use crate::harness::{App, Person, Reply, send};
use crate::users::administrator;

const BUNDLES: &str = "/api/v1/admin/bundles";
const KEYS: &str = "/api/v1/admin/bundles/keys";
const PEERS: &str = "/api/v1/admin/bundles/peers";
const EXPORT: &str = "/api/v1/admin/bundles/export";

/// A gateway that is served, and a site without a server.
struct Exchange {
    gateway: App,
    site: SharedEngine,
    ground: Ground,
}

impl Exchange {
    async fn on(backend: Backend) -> Option<Self> {
        let change = |config: &mut smartcache::engine::Config| {
            (config.role, config.node) = (NodeRole::Gateway, "hq".to_owned());
        };
        let gateway = App::with(backend, change).await?;
        let ground = Ground::new(Backend::Sqlite).await?;
        let mut config = ground.config();
        (config.role, config.node) = (NodeRole::Site, "school".to_owned());
        let site = start::open(config).await.unwrap();
        bundles::make_keys(&site).unwrap();
        Some(Self { gateway, site, ground })
    }

    async fn on_sqlite() -> Option<Self> {
        Self::on(Backend::Sqlite).await
    }

    async fn on_postgres() -> Option<Self> {
        Self::on(Backend::Postgres).await
    }

    async fn clear(self) {
        self.gateway.clear().await;
        self.ground.clear().await;
    }

    /// Line and fingerprint of the site.
    async fn shown(&self) -> Value {
        let report = bundles::report(&self.site).await.unwrap();
        json!({ "line": report.line.unwrap(), "fingerprint": report.fingerprint.unwrap() })
    }

    /// An administrator of a gateway whose keys are made and that trusts the site, and the site trusts it.
    async fn trusting(&self) -> Person {
        let root = administrator(&self.gateway).await;
        let made = root.post(KEYS, json!({})).await.ok();
        let (line, fingerprint) = (made["line"].as_str().unwrap(), made["fingerprint"].as_str().unwrap());
        bundles::trust(&self.site, line, fingerprint).await.unwrap();
        let trusted = root.post(PEERS, self.shown().await).await;
        assert_eq!(trusted.status, 201, "{}", trusted.text());
        root
    }

    /// A volume of the site for the gateway, with its name.
    async fn volume(&self) -> (String, Vec<u8>) {
        let folder = self.site.config.data_dir.join("stick");
        std::fs::create_dir_all(&folder).unwrap();
        let made = bundles::export(&self.site, "hq", &ExportOptions::into_directory(folder)).await.unwrap();
        let name = made.volumes[0].file_name().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read(&made.volumes[0]).unwrap())
    }
}

fn address(name: &str) -> String {
    format!("{BUNDLES}/volumes/{name}")
}

async fn upload(person: &Person, name: &str, bytes: Vec<u8>) -> Reply {
    send(person.request(Method::PUT, &address(name)).body(bytes)).await
}

#[both_databases]
async fn a_gateway_makes_its_keys_and_trusts_a_site_by_its_fingerprint(exchange: &Exchange) {
    let root = administrator(&exchange.gateway).await;
    let before = root.get(BUNDLES).await.ok();
    assert_eq!(
        (&before["role"], &before["node"], &before["line"]),
        (&json!("gateway"), &json!("hq"), &Value::Null)
    );
    assert_eq!(root.post(EXPORT, json!({})).await.status, 409, "without keys");
    assert_eq!(root.post(KEYS, json!({})).await.status, 201);
    assert_eq!(root.post(KEYS, json!({})).await.status, 409);
    let mut wrong = exchange.shown().await;
    wrong["fingerprint"] = json!("12345 67890");
    assert_eq!(root.post(PEERS, wrong).await.fields(), ["fingerprint"]);
    let typo = json!({ "line": "sc-node1xyz", "fingerprint": "" });
    assert_eq!(root.post(PEERS, typo).await.fields(), ["line"]);
    let trusted = root.post(PEERS, exchange.shown().await).await.ok();
    assert_eq!((&trusted["name"], &trusted["is_trusted"]), (&json!("school"), &json!(true)));
    assert_eq!(root.get(PEERS).await.ok()[0], trusted);
    assert_eq!(root.delete(&format!("{PEERS}/school")).await.status, 204);
    assert_eq!(root.delete(&format!("{PEERS}/school")).await.status, 404);
    assert_eq!(root.get(BUNDLES).await.ok()["peers"][0]["is_trusted"], json!(false));
}

#[both_databases]
async fn a_bundle_is_exported_and_its_volume_downloaded(exchange: &Exchange) {
    let root = exchange.trusting().await;
    assert_eq!(root.post(EXPORT, json!({ "to": "nobody" })).await.status, 404);
    assert_eq!(root.post(EXPORT, json!({ "for": "school" })).await.fields(), ["for"]);
    let made = root.post(EXPORT, json!({ "to": "school" })).await.ok();
    let name = made[0]["volumes"][0].as_str().unwrap();
    assert_eq!(name, "sc1_hq_school_000001_1of1.scb");
    let file = root.get(&address(name)).await;
    assert_eq!((file.status, file.header("content-type")), (200, "application/octet-stream"));
    assert_eq!(file.header("content-disposition"), format!("attachment; filename=\"{name}\""));
    assert_eq!(file.header("cache-control"), "private, no-store");
    let path = exchange.site.config.data_dir.join(name);
    std::fs::write(&path, &file.body).unwrap();
    assert_eq!(bundles::import(&exchange.site, &path).await.unwrap().peer, "hq");
    let listed = root.get(BUNDLES).await.ok();
    assert_eq!(
        (&listed["written"][0]["name"], &listed["volumes"][0]["status"]),
        (&json!(name), &json!("done"))
    );
    for other in
        ["sc1_hq_school_000002_1of1.scb", "..%2Fown%2Fsign.key", "sign.key", "sc1_school_hq_000001_1of1.scb"]
    {
        assert_eq!(root.get(&address(other)).await.status, 404, "{other}");
    }
}

#[both_databases]
async fn an_uploaded_volume_is_imported_or_refused_with_the_reason(exchange: &Exchange) {
    let root = exchange.trusting().await;
    let (name, bytes) = exchange.volume().await;
    let mut changed = bytes.clone();
    changed[600] ^= 1;
    let refused = upload(&root, &name, changed).await;
    assert_eq!(refused.fields(), ["volume"]);
    assert!(refused.text().contains("signature"), "{}", refused.text());
    assert_eq!(upload(&root, "sc1_eve_hq_000001_1of1.scb", bytes.clone()).await.fields(), ["name"]);
    assert_eq!(upload(&root, "sc1_school_other_000001_1of1.scb", bytes.clone()).await.fields(), ["name"]);
    assert_eq!(upload(&root, "notes.txt", bytes.clone()).await.fields(), ["name"]);
    let done = upload(&root, &name, bytes.clone()).await.ok();
    assert_eq!((&done["from"], &done["seq"], &done["records"]), (&json!("school"), &json!(1), &json!(3)));
    assert_eq!(done["known_since"], Value::Null);
    assert!(upload(&root, &name, bytes).await.ok()["known_since"].is_string());
    assert!(root.get(BUNDLES).await.ok()["peers"][0]["last_import_at"].is_string());
    let scrape = exchange.gateway.stranger().get("/metrics").await.text();
    assert!(
        scrape.contains("smartcache_bundles_total{direction=\"received\",outcome=\"refused\"} 1"),
        "{scrape}"
    );
    assert!(scrape.contains("smartcache_bundle_last_import_timestamp_seconds{peer=\"school\"}"), "{scrape}");
}

#[both_databases]
async fn a_key_for_bundles_exchanges_them_and_decides_on_no_trust(exchange: &Exchange) {
    let root = exchange.trusting().await;
    let carrier = program(&exchange.gateway, &root, &["bundles"]).await;
    assert_eq!(carrier.get(BUNDLES).await.status, 200);
    assert_eq!(carrier.post(EXPORT, json!({})).await.status, 200);
    let (name, bytes) = exchange.volume().await;
    assert_eq!(upload(&carrier, &name, bytes).await.status, 200);
    assert_eq!(carrier.post(PEERS, exchange.shown().await).await.status, 403);
    assert_eq!(carrier.delete(&format!("{PEERS}/school")).await.status, 403);
    assert_eq!(carrier.get("/api/v1/admin/system").await.status, 403);
    let other = program(&exchange.gateway, &root, &["admin"]).await;
    assert_eq!(other.get(BUNDLES).await.status, 403);
}

#[both_databases]
async fn a_server_that_is_alone_says_how_to_give_it_a_part(app: &App) {
    let root = administrator(app).await;
    let report = root.get(BUNDLES).await.ok();
    assert_eq!((&report["role"], &report["peers"]), (&json!("alone"), &json!([])));
    let volume = "sc1_school_hq_000001_1of1.scb";
    let peer = json!({ "line": "sc-node1", "fingerprint": "" });
    for refused in [
        root.post(EXPORT, json!({})).await,
        root.post(KEYS, json!({})).await,
        root.post(PEERS, peer).await,
        root.delete(&format!("{PEERS}/school")).await,
        upload(&root, volume, vec![0; 512]).await,
    ] {
        assert_eq!(refused.code(), "conflict");
        assert!(refused.text().contains("set SMARTCACHE_ROLE to gateway or site"), "{}", refused.text());
    }
    assert_eq!(root.get(&address(volume)).await.status, 404);
}
