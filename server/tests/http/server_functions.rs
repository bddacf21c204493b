//! Every server function of the pages against a stranger, a listener and a user: it is called without a session,
//! or asks for a right.

use std::collections::BTreeSet;

use leptos::server_fn::axum::server_fn_paths;
use reqwest::Method;
use smartcache::testing::Backend;

use crate::harness::{App, Person, Reply, send};
use crate::users::{administrator, make_listener};

/// Functions for everybody: what leads to a session, and pages of strangers.
pub const PUBLIC: [&str; 13] = [
    "begin_passkey_sign_in",
    "finish_sign_in",
    "open_reset_link",
    "open_share",
    "register",
    "reset_password",
    "save_language",
    "show_sign_in_ways",
    "show_signup",
    "sign_in",
    "sign_in_with_passkey",
    "sign_out",
    "who_am_i",
];
const FOR_ADMINISTRATORS: [&str; 31] = [
    "announce",
    "cancel_job",
    "change_agent",
    "change_user_role",
    "clear_cache",
    "clear_cache_of_user",
    "disable_user",
    "end_user_sessions",
    "export_bundles",
    "list_announcements",
    "list_audit",
    "list_invites",
    "list_jobs",
    "list_limits",
    "list_managed_sources",
    "list_users",
    "make_invite",
    "make_node_keys",
    "make_reset_link",
    "refresh_managed_source",
    "reset_limits",
    "retry_job",
    "revoke_invite",
    "revoke_peer",
    "set_limits",
    "show_bundles",
    "show_system",
    "stop_all_runs",
    "stop_run",
    "trust_peer",
    "unset_limits",
];
/// Functions that change what a library is made of.
const NOT_FOR_LISTENERS: [&str; 17] = [
    "add_collection",
    "add_share",
    "change_collection",
    "delete_collection",
    "follow",
    "follow_feed",
    "follow_sources",
    "import_list",
    "load_older",
    "read_source",
    "resubscribe",
    "revoke_share",
    "set_feed_login",
    "set_policy",
    "set_rules",
    "take_back_item",
    "try_source",
];

/// Every argument that a function needs, with ids that name nothing.
const ARGUMENTS: &str = "item_id=999999&source_id=999999&run_id=999999&user_id=999999&download_id=999999&\
    subscription_id=999999&collection_id=999999&window_id=999999&channel_id=999999&device_id=999999&\
    session_id=999999&key_id=999999&invite_id=999999&passkey_id=999999&identity_id=999999&approval_id=999999&\
    notification_id=999999&task_id=999999&job_id=999999&after=0&most=1&version=0&verb=pause&kind=download&agent=discovery&\
    policy=cache_allowed&theme=dark&language=en&wanted=true&ask=false&speed=1&q=&cursor=&name=x&target=x&code=x&role=user&verdict=approve&\
    token=x&unread=&status=&days=&runs=&artifacts=&minute=&hour=&day=&hard_percent=&ceremony=x&credential=%7B%7D&\
    endpoint=x&p256dh=x&auth=x&next=&invite=&list=&new%5Bseconds%5D=1";

/// Calls a server function as a script does, with arguments that name nothing.
pub async fn call(person: &Person, method: &Method, path: &str) -> Reply {
    let request = match *method {
        Method::GET => person.request(Method::GET, &format!("{path}?{ARGUMENTS}")),
        _ => person
            .request(method.clone(), path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(ARGUMENTS),
    };
    send(request.header("accept", "application/json")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_server_function_is_public_by_name_or_asks_for_a_right() {
    let app = App::on(Backend::Sqlite).await.unwrap();
    let (admin, ada) = (administrator(&app).await, app.sign_up("ada").await);
    let (child, stranger) = (app.sign_up("child").await, app.stranger());
    make_listener(&app, &admin, "child", "ada").await;
    let all: BTreeSet<_> = server_fn_paths().map(|(path, method)| (path, method.to_string())).collect();
    assert!(all.len() > 120, "{}", all.len());
    let named: BTreeSet<_> = all.iter().map(|(path, _)| path.rsplit('/').next().unwrap()).collect();
    for name in PUBLIC.iter().chain(&FOR_ADMINISTRATORS).chain(&NOT_FOR_LISTENERS) {
        assert!(named.contains(name), "there is no {name}");
    }
    let mut off = Vec::new();
    for (path, method) in &all {
        let (name, method) = (path.rsplit('/').next().unwrap(), method.parse::<Method>().unwrap());
        let seen = call(&stranger, &method, path).await.status;
        if (seen == 401) == PUBLIC.contains(&name) {
            off.push(format!("{name} answers a stranger with {seen}"));
        }
        if PUBLIC.contains(&name) {
            continue;
        }
        let is_administration = FOR_ADMINISTRATORS.contains(&name);
        let is_closed_to_listeners = is_administration || NOT_FOR_LISTENERS.contains(&name);
        for (who, person, is_refused) in
            [("a listener", &child, is_closed_to_listeners), ("a user", &ada, is_administration)]
        {
            let seen = call(person, &method, path).await.status;
            if (seen == 403) != is_refused || seen == 401 || seen >= 500 {
                off.push(format!("{name} answers {who} with {seen}"));
            }
        }
    }
    assert!(off.is_empty(), "{off:#?}");
    app.clear().await;
}
