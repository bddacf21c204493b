use blobs::StorageLocation;
use smartcache::domain::bundle::NodeRole;
use smartcache::domain::factor_rule::FactorRule;
use smartcache::domain::invite::SignupMode;
use smartcache::engine::Config;
use smartcache::engine::config::OidcSignup;

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
    assert_eq!((config.signup, config.egress_allow.len()), (SignupMode::Closed, 2));
}

#[test]
fn a_node_between_networks_has_a_name() {
    let site = config(&["--role", "site", "--node", "school-2"]);
    assert_eq!((site.role, site.node.as_str()), (NodeRole::Site, "school-2"));
    assert_eq!(config(&[]).role, NodeRole::Alone);
    for wrong in [&["--role", "site"][..], &["--role", "gateway", "--node", "The School"]] {
        let why = Cli::try_parse_from([&["smartcache"], wrong].concat()).expect_err("no such node");
        assert!(why.to_string().contains("--node"), "{why}");
    }
}

#[test]
fn accounts_follow_the_provider_and_the_rule_of_second_factors_as_they_are_told() {
    let provider = ["--oidc-issuer", "https://id.example.org", "--oidc-client-id", "cache"];
    let claim = ["--oidc-role-claim", "groups", "--oidc-admin-value", "admins"];
    let told = config(&[&provider[..], &claim, &["--oidc-signup", "invite", "--mfa", "everyone"]].concat());
    let oidc = told.oidc.expect("a provider");
    let role = oidc.role.expect("a claim");
    assert_eq!((role.name.as_str(), role.admin.as_str()), ("groups", "admins"));
    assert_eq!((oidc.signup, told.mfa), (OidcSignup::Invite, FactorRule::Everyone));
    let usual = config(&provider);
    assert_eq!((usual.mfa, usual.oidc.map(|oidc| oidc.role)), (FactorRule::Off, Some(None)));
    for half in [&claim[..2], &claim[2..]] {
        assert!(Cli::try_parse_from([&["smartcache"], &provider[..], half].concat()).is_err(), "{half:?}");
    }
    assert!(Cli::try_parse_from(["smartcache", "--mfa", "some"]).is_err());
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
