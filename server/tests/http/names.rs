//! Names from foreign sources: none reaches the disk, and names sent to clients are safe and readable.

use std::path::{Path, PathBuf};

use smartcache::testing::Backend;

use crate::harness::{App, Person};
use crate::origin::{Manner, sha256, sound};
use crate::rogue::{Rogue, Step, head};

struct Case {
    path: String,
    /// Title, escaped for XML.
    title: String,
    /// File name that the origin suggests.
    suggested: String,
    /// File name that the server sends to the client.
    saved: String,
}

fn cases() -> Vec<Case> {
    let case = |path: &str, title: &str, suggested: &str, saved: &str| Case {
        path: path.into(),
        title: title.into(),
        suggested: suggested.into(),
        saved: saved.into(),
    };
    let long = "long ".repeat(2_000);
    // One of the longest accepted addresses, without repeated parts.
    let winding: String = (0..37).map(|n: u8| sha256(&[n])).collect();
    vec![
        case("/../..%2f..%2fetc%2fpasswd", "../../etc/passwd", "../../etc/shadow", "etc passwd.mp3"),
        case("/a%00.mp3", "nul\u{0} and&#13;&#10;Set-Cookie: x=1", "a%00b", "nul and Set-Cookie x 1.mp3"),
        case(
            "/b%0d%0aX-Evil:%201.mp3",
            "quote&quot;; filename=evil.exe",
            "b\"; filename=\"c",
            "quote filename evil.exe.mp3",
        ),
        case("/c%e2%80%ae3pm.exe", "\u{202e}3pm.exe\u{2066}", "UTF-8''%E2%80%AE3pm.exe", "3pm.exe.mp3"),
        case(&format!("/{winding}.mp3"), &long, &"e".repeat(10_000), &format!("{}.mp3", long[..79].trim())),
        case("/f.mp3", "größe \u{20000}ß", "größe", "größe \u{20000}ß.mp3"),
        case("/g.mp3", "/", ".", "download.mp3"),
    ]
}

/// The decoded name in `filename*` (RFC 8187).
fn decoded(disposition: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = disposition.split_once("filename*=UTF-8''").unwrap().1.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

async fn check(app: &App, ada: &Person, rogue: &Rogue, case: &Case) {
    let bytes = sound(&case.title, 9_000);
    let item = format!(
        "<item><guid>{0}</guid><title>{1}</title><enclosure url=\"{2}\" type=\"audio/mpeg\"/></item>",
        sha256(case.title.as_bytes()),
        case.title,
        rogue.url(&case.path)
    );
    let feed = format!("<rss version=\"2.0\"><channel><title>Names</title>{item}</channel></rss>");
    let feed = app.origin.put(
        &format!("/{}.xml", sha256(case.title.as_bytes())),
        "application/rss+xml",
        feed,
        Manner::Proper,
    );
    let id = ada.queue(&ada.item_of(ada.follow(&feed).await).await).await;
    let ready = ada.until_ended(id).await;
    assert_eq!(ready["sha256"], sha256(&bytes), "{ready}");
    let file = ada.get(&format!("/api/v1/downloads/{id}/file")).await;
    assert_eq!(file.body, bytes);
    let named: Vec<_> = file.headers.get_all("content-disposition").iter().collect();
    assert_eq!(named.len(), 1);
    let disposition = file.header("content-disposition");
    assert_eq!(decoded(disposition), case.saved, "{disposition}");
    // Nothing ends the quoted name early, and no other parameter follows.
    let plain = disposition.strip_prefix("attachment; filename=\"").unwrap();
    let (plain, rest) = plain.split_once('"').unwrap();
    assert!(rest.starts_with("; filename*=UTF-8''") && !rest[2..].contains([';', '"', ' ']), "{disposition}");
    assert!(plain.is_ascii() && !plain.contains(['/', '\\', '%']), "{disposition}");
    assert!(case.saved.len() < 255 && !file.headers.contains_key("x-evil"));
    assert!(!file.headers.contains_key("set-cookie"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strangers_names_never_reach_the_disk_and_leave_as_safe_ones() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let rogue = Rogue::start().await;
        let cases = cases();
        for case in &cases {
            let bytes = sound(&case.title, 9_000);
            let named = format!("attachment; filename=\"{}\"", case.suggested);
            // The path as the client sends it; `..` segments are resolved by then.
            let path = reqwest::Url::parse(&rogue.url(&case.path)).unwrap().path().to_owned();
            rogue.on(&path, move |_| {
                let fields = [
                    ("Content-Type", "audio/mpeg"),
                    ("Content-Length", "9000"),
                    ("Content-Disposition", &*named),
                ];
                vec![head("200 OK", &fields), Step::Send(bytes.clone())]
            });
        }
        let place = rogue.allowance().parse().unwrap();
        let Some(app) = App::with(backend, |config| config.egress_allow.push(place)).await else { continue };
        let ada = app.sign_up("ada").await;
        ada.put("/api/v1/preferences", serde_json::json!({ "max_daily_items": 50 })).await.ok();
        for case in &cases {
            check(&app, &ada, &rogue, case).await;
        }
        let data = &app.engine.config.data_dir;
        assert!(files(&data.join("incoming")).is_empty());
        let stored = files(&data.join("objects"));
        assert_eq!(stored.len(), cases.len(), "{stored:?}");
        for file in stored {
            let bytes = std::fs::read(&file).unwrap();
            assert_eq!(file.file_name().unwrap().to_str().unwrap(), sha256(&bytes));
        }
        app.clear().await;
    }
}
