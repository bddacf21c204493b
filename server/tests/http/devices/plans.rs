//! Plans of devices over REST: from a followed source onto a device, and what is refused.

use super::*;

const PLANS: &str = "/api/v1/plans";

/// A daily window of so many minutes that begins in five hours.
async fn travel(person: &Person, minutes: i64) {
    let begins = chrono::Utc::now() + chrono::TimeDelta::hours(5);
    let clock = |at: chrono::DateTime<chrono::Utc>| at.format("%H:%M").to_string();
    let end = clock(begins + chrono::TimeDelta::minutes(minutes));
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let window = json!({ "label": "Train", "start": clock(begins), "end": end, "days": days });
    assert_eq!(person.post("/api/v1/commute-windows", window).await.status, 201);
}

impl Phone {
    fn id(&self) -> i64 {
        self.path.rsplit('/').next().unwrap().parse().unwrap()
    }

    async fn plans(&self) -> Vec<Value> {
        self.person.all(&format!("{PLANS}?device_id={}", self.id())).await
    }

    /// Polls until the next window is in this state.
    async fn until_plan(&self, state: &str) -> Value {
        for _ in 0..300 {
            if let Some(plan) = self.plans().await.into_iter().next().filter(|plan| plan["state"] == state) {
                return plan;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("not {state}: {:?}", self.plans().await);
    }
}

#[both_databases]
async fn an_episode_gets_onto_a_device_without_a_wish_for_it(app: &App) {
    let ada = app.sign_up("ada").await;
    follow(&ada, &app.origin, "one").await;
    travel(&ada, 40).await;
    let mut phone = Phone::register(&ada, "Phone").await;
    phone.contact().await;
    let plan = phone.until_plan("on_server").await;
    assert_eq!(
        (&plan["label"], &plan["need_minutes"], &plan["on_device"]),
        (&json!("Train"), &json!(44), &json!(0))
    );
    let item = &plan["items"][0];
    assert_eq!(
        (&item["title"], &item["minutes"], &item["location"]),
        (&json!("one"), &json!(50), &json!("on_server"))
    );
    let answer = phone.contact().await;
    assert_eq!(answer["want"][0]["departs_at"].as_str().map(|at| at.len()), Some(20));
    phone.fetch(&answer).await;
    let answer = phone.contact().await;
    phone.prove(phone.proof(&answer["challenge"])).await.ok();
    let plan = phone.until_plan("ready").await;
    assert_eq!(
        (&plan["on_device"], &plan["on_server"], &plan["reason"]),
        (&json!(44), &json!(0), &Value::Null)
    );
    assert!(plan["sentence"].as_str().unwrap().starts_with("44 of 44 minutes are on Phone, proved "));
    assert!(plan["proved_at"].is_string() && plan["contact_by"].is_string());
    assert_eq!(ada.all(&format!("{PLANS}/outcomes?days=7")).await, Vec::<Value>::new());
}

#[both_databases]
async fn plans_of_another_user_are_missing_and_wrong_questions_are_named(app: &App) {
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    travel(&ada, 40).await;
    let mut phone = Phone::register(&ada, "Phone").await;
    phone.contact().await;
    assert!(!phone.plans().await.is_empty());
    let path = format!("{PLANS}?device_id={}", phone.id());
    assert_eq!(eve.get(&path).await.status, 404);
    assert_eq!(app.stranger().get(&path).await.status, 401);
    for (path, field) in [("", "device_id"), ("/outcomes?days=57", "days"), ("/outcomes?week=1", "week")] {
        assert_eq!(ada.get(&format!("{PLANS}{path}")).await.fields(), [field]);
    }
}

#[both_databases]
async fn a_changed_plan_is_heard_live(app: &App) {
    let ada = app.sign_up("ada").await;
    follow(&ada, &app.origin, "one").await;
    let phone = Phone::register(&ada, "Phone").await;
    let mut line = Line::open(&ada).await;
    line.hear().await.unwrap();
    travel(&ada, 40).await;
    let changed = line.hear_until("plan_changed").await.pop().unwrap();
    assert_eq!(changed["data"]["device_id"], phone.id());
    assert!(changed["seq"].is_i64());
}
