//! Second factors over REST and on the pages: enrolment, sign-in in two steps, and recovery codes.

use both_databases::both_databases;
use reqwest::Method;
use serde_json::{Value, json};
use smartcache::domain::TimeDelta;
use smartcache::testing::PASSWORD;
use totp_rs::Totp;

use crate::harness::{App, Person, Reply, send};
use crate::stage::Stage;

const FACTORS: &str = "/api/v1/account/factors";
const TOTP: &str = "/api/v1/account/totp";
const CONFIRM: &str = "/api/v1/account/totp/confirm";
const RECOVERY: &str = "/api/v1/account/recovery-codes";
const LOGIN: &str = "/api/v1/auth/login";
const FINISH: &str = "/api/v1/auth/login/factor";
const ME: &str = "/api/v1/auth/me";

impl Stage {
    fn code(&self, totp: &Totp) -> String {
        totp.generate(self.app.engine.now().timestamp().try_into().unwrap()).to_string()
    }

    /// Enrols an app. Returns it with the recovery codes. The next step has come then.
    async fn enrol(&self, person: &Person) -> (Totp, Vec<String>) {
        let begun = person.post(TOTP, json!({})).await;
        assert_eq!(begun.status, 201, "{}", begun.text());
        let totp = Totp::from_url(begun.json()["uri"].as_str().unwrap()).unwrap();
        let made = person.post(CONFIRM, json!({ "code": self.code(&totp) })).await.ok();
        self.clock.advance(TimeDelta::seconds(30));
        (totp, serde_json::from_value(made["codes"].clone()).unwrap())
    }

    /// Types the right password in a browser of its own.
    async fn begin(&self, name: &str) -> (Person, Value) {
        let person = self.app.stranger();
        let reply = person.post(LOGIN, typed(name)).await;
        assert_eq!((reply.status, reply.code()), (401, "factor_required".into()));
        assert!(reply.header("set-cookie").is_empty(), "no session yet");
        (person, reply.json())
    }
}

fn typed(name: &str) -> Value {
    json!({ "username": name, "password": PASSWORD })
}

async fn finish(person: &Person, ceremony: &Value, code: &str) -> Reply {
    person.post(FINISH, json!({ "ceremony": ceremony, "code": code })).await
}

#[both_databases]
async fn an_account_with_an_app_signs_in_in_two_steps(stage: &Stage) {
    let ada = stage.app.sign_up("ada").await;
    assert_eq!(
        ada.get(FACTORS).await.ok(),
        json!({ "totp_since": null, "passkeys": 0, "recovery_codes_left": 0 })
    );
    assert_eq!(ada.post(RECOVERY, json!({})).await.code(), "conflict");
    assert_eq!(ada.post(CONFIRM, json!({ "code": "123456" })).await.code(), "conflict");
    assert_eq!(ada.post(CONFIRM, json!({ "code": "12345" })).await.fields(), ["code"]);
    let (totp, codes) = stage.enrol(&ada).await;
    assert_eq!(codes.len(), 10);
    let shown = ada.get(FACTORS).await;
    assert!(shown.ok()["totp_since"].is_string() && shown.json()["recovery_codes_left"] == 10);
    assert!(!shown.text().contains(&totp.secret().to_base32()), "the seed is not shown again");
    assert_eq!(ada.post(TOTP, json!({})).await.code(), "conflict");

    let (phone, problem) = stage.begin("ada").await;
    assert_eq!(problem["factors"], json!(["totp", "recovery_code"]));
    assert_eq!(phone.get(ME).await.code(), "sign_in_required");
    let wrong = finish(&phone, &problem["ceremony"], "000000").await;
    assert_eq!((wrong.status, wrong.code()), (401, "wrong_credentials".into()));
    assert_eq!(wrong.json()["fields"][0]["field"], "code");
    assert_eq!(finish(&phone, &problem["ceremony"], "0000").await.fields(), ["code"]);
    let code = stage.code(&totp);
    let right = finish(&phone, &problem["ceremony"], &code).await;
    assert_eq!(right.ok()["user"]["username"], "ada");
    assert_eq!(phone.get(ME).await.status, 200);
    let again = finish(&stage.app.stranger(), &problem["ceremony"], &code).await;
    assert_eq!((again.status, again.code()), (410, "gone".into()));
    let unknown = finish(&phone, &json!("0".repeat(64)), &code).await;
    assert_eq!(unknown.json()["detail"], again.json()["detail"]);

    ada.post("/api/v1/auth/logout", json!({})).await;
    let known_device = ada.post(LOGIN, typed("ada")).await;
    assert_eq!(known_device.code(), "factor_required", "a known device does not skip it");
}

#[both_databases]
async fn a_code_may_come_with_the_password_and_recovery_codes_work_once(stage: &Stage) {
    let (ada, eve) = (stage.app.sign_up("ada").await, stage.app.sign_up("eve").await);
    let (totp, codes) = stage.enrol(&ada).await;
    let sign_in = async |code: &str| {
        let typed = json!({ "username": "ada", "password": PASSWORD, "code": code });
        stage.app.stranger().post(LOGIN, typed).await
    };
    assert_eq!(sign_in(&stage.code(&totp)).await.status, 200);
    assert_eq!(sign_in(&stage.code(&totp)).await.code(), "wrong_credentials");
    assert_eq!(sign_in("1 2 3").await.fields(), ["code"]);
    assert_eq!(sign_in(&codes[0].to_lowercase()).await.status, 200);
    assert_eq!(sign_in(&codes[0]).await.code(), "wrong_credentials");
    let told = ada.all("/api/v1/notifications").await;
    let is_told =
        |one: &Value| one["kind"] == "security" && one["body"].as_str().unwrap().contains("9 are left");
    assert!(told.iter().any(is_told), "{told:?}");
    let wrong = json!({ "username": "ada", "password": "wrong guess", "code": codes[1] });
    assert_eq!(stage.app.stranger().post(LOGIN, wrong).await.json()["fields"][0]["field"], "password");
    let renewed = ada.post(RECOVERY, json!({})).await;
    assert_eq!((renewed.status, renewed.json()["codes"].as_array().unwrap().len()), (201, 10));
    assert_eq!(sign_in(&codes[1]).await.code(), "wrong_credentials");
    assert_eq!(eve.get(FACTORS).await.ok()["recovery_codes_left"], 0);
    assert_eq!(eve.delete(TOTP).await.status, 404);
    assert_eq!(ada.delete(TOTP).await.status, 204);
    let plain = stage.app.stranger().post(LOGIN, typed("ada")).await;
    assert_eq!(plain.status, 200, "{}", plain.text());
}

/// A form as a browser without JavaScript sends it from this page.
async fn submit(person: &Person, function: &str, page: &str, body: &str) -> Reply {
    let request = person
        .request(Method::POST, &format!("/api/ui/{function}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html")
        .header("referer", format!("{}{page}", person.base));
    send(request.body(body.to_owned())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_forms_work_without_javascript() {
    let stage = Stage::on_sqlite().await.unwrap();
    let ada = stage.app.sign_up("ada").await;
    assert_eq!(submit(&ada, "begin_totp", "/account", "").await.status, 302);
    let page = ada.get("/account").await.text();
    let code = page.split("Secret: ").nth(1).and_then(|rest| rest.split("<code").nth(1)).unwrap();
    let secret = code.split(['<', '>']).nth(1).unwrap().replace(' ', "");
    let seed = totp_rs::Secret::try_from_base32(&secret).unwrap();
    let totp = totp_rs::Builder::new().with_secret(seed).build().unwrap();
    let wrong = submit(&ada, "confirm_totp", "/account", "code=12").await;
    assert!(
        ada.get(wrong.header("location").trim_start_matches(&ada.base)).await.text().contains("six digits")
    );
    let code = stage.code(&totp);
    let made = submit(&ada, "confirm_totp", "/account", &format!("code={code}")).await;
    assert_eq!((made.status, made.header("location")), (302, "/account#second-factors"));
    let page = ada.get("/account").await.text();
    assert!(page.contains("Your recovery codes") && !page.contains(&secret));
    assert!(!ada.get("/account").await.text().contains("Your recovery codes"), "shown once");

    stage.clock.advance(TimeDelta::seconds(30));
    let phone = stage.app.stranger();
    let form = format!("username=ada&password={PASSWORD}&next=%2Fdownloads");
    let first = submit(&phone, "sign_in", "/login", &form).await;
    let second = first.header("location").to_owned();
    assert_eq!((first.status, second.as_str()), (302, "/login?step=code&next=%2Fdownloads"));
    assert!(first.header("set-cookie").starts_with("smartcache_ceremony="), "{:?}", first.headers);
    assert!(phone.get(&second).await.text().contains("Enter a code"));
    let wrong = submit(&phone, "finish_sign_in", &second, "code=000000&next=%2Fdownloads").await;
    let marked = phone.get(wrong.header("location").trim_start_matches(&phone.base)).await.text();
    assert!(marked.contains("This code is wrong"), "{marked}");
    let code = stage.code(&totp);
    let right = submit(&phone, "finish_sign_in", &second, &format!("code={code}&next=%2Fdownloads")).await;
    assert_eq!((right.status, right.header("location")), (302, "/downloads"));
    assert!(!phone.cookies().contains("smartcache_ceremony"), "{}", phone.cookies());
    assert_eq!(phone.get(ME).await.status, 200);
    stage.clear().await;
}

#[both_databases]
async fn strangers_have_no_factors(app: &App) {
    let stranger = app.stranger();
    assert_eq!(stranger.get(FACTORS).await.code(), "sign_in_required");
    for path in [TOTP, CONFIRM, RECOVERY] {
        assert_eq!(stranger.post(path, json!({})).await.code(), "sign_in_required", "{path}");
    }
    assert_eq!(stranger.delete(TOTP).await.code(), "sign_in_required");
}
