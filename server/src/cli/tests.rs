use blobs::StorageLocation;
use smartcache::engine::Config;

use super::*;

fn config(args: &[&str]) -> Config {
    let cli = Cli::try_parse_from([&["smartcache"], args].concat()).expect("parses");
    cli.settings.into_config(&cli.command.unwrap_or(Command::Serve))
}

#[test]
fn flags_become_settings() {
    let config = config(&[
        "--data-dir",
        "/srv/x",
        "--signup",
        "closed",
        "--egress-allow",
        "10.0.0.0/8,127.0.0.1/32:81",
    ]);
    assert_eq!(config.database_url, "sqlite:///srv/x/smartcache.db?mode=rwc");
    assert_eq!((config.signup_open, config.egress_allow.len()), (false, 2));
}

#[test]
fn the_public_url_is_where_we_listen_unless_it_is_set() {
    assert_eq!(config(&[]).public_url, "http://127.0.0.1:3000");
    assert_eq!(
        config(&["--public-url", "https://Cache.example.org/"]).public_url,
        "https://cache.example.org"
    );
    assert!(Cli::try_parse_from(["smartcache", "--public-url", "https://a/b"]).is_err());
}

#[test]
fn bytes_are_kept_in_the_data_directory_unless_another_place_is_named() {
    assert_eq!(
        config(&["--data-dir", "/srv/x"]).storage,
        StorageLocation::Directory("/srv/x/storage".into())
    );
    assert_eq!(config(&["--storage", "/mnt/y"]).storage, StorageLocation::Directory("/mnt/y".into()));
    let wrong = Cli::try_parse_from(["smartcache", "--storage", "gs://media"]).expect_err("no such store");
    assert!(wrong.to_string().contains("SMARTCACHE_STORAGE"), "{wrong}");
}

#[test]
fn a_model_needs_an_address_and_a_name() {
    let named = config(&["--llm-url", "http://127.0.0.1:11434/v1/", "--llm-model", "qwen3"]);
    let llm = named.llm.expect("a model");
    assert_eq!((llm.url.as_str(), llm.model.as_str()), ("http://127.0.0.1:11434/v1", "qwen3"));
    assert!(config(&[]).llm.is_none());
    for wrong in [["--llm-url", "http://127.0.0.1/v1"], ["--llm-model", "qwen3"], ["--llm-url", "ollama"]] {
        assert!(Cli::try_parse_from(["smartcache", wrong[0], wrong[1]]).is_err(), "{wrong:?}");
    }
}

#[test]
fn directories_are_asked_where_they_are_set() {
    let usual = config(&[]).directories;
    assert_eq!((usual.itunes_url.as_str(), usual.podcast_index), ("https://itunes.apple.com", None));
    let set =
        config(&["--itunes-url", "", "--podcast-index-key", "K", "--podcast-index-secret", "S"]).directories;
    let index = set.podcast_index.expect("an index");
    assert_eq!((set.itunes_url.as_str(), index.url.as_str()), ("", "https://api.podcastindex.org/api/1.0"));
    for wrong in [["--podcast-index-key", "K"], ["--itunes-url", "itunes"]] {
        assert!(Cli::try_parse_from(["smartcache", wrong[0], wrong[1]]).is_err(), "{wrong:?}");
    }
}

#[test]
fn commands_take_settings_on_both_sides() {
    assert_eq!(config(&["serve", "--addr", "127.0.0.1:81"]).addr.port(), 81);
    assert_eq!(config(&["--addr", "127.0.0.1:81", "serve"]).addr.port(), 81);
}

#[test]
fn a_process_takes_as_many_connections_as_its_part_needs() {
    let connections = |args: &[&str]| config(args).database_connections;
    assert_eq!([connections(&[]), connections(&["worker"]), connections(&["web"])], [50, 42, 12]);
    assert_eq!(connections(&["--transfers", "16"]), 60);
    assert_eq!(connections(&["--database-connections", "20"]), 20);
}

#[test]
fn metrics_are_for_this_machine_unless_networks_are_named() {
    let allowed = |args: &[&str], ip: &str| {
        let networks = config(args).metrics_allow;
        networks.iter().any(|network| network.contains(&ip.parse::<std::net::IpAddr>().expect("an address")))
    };
    assert!(allowed(&[], "127.0.0.1") && allowed(&[], "::1") && !allowed(&[], "192.168.1.9"));
    assert!(allowed(&["--metrics-allow", "192.168.0.0/16"], "192.168.1.9"));
}
