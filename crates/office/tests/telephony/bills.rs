//! Stories of what things cost: the third device, what comes and goes within a month, prices that change.

use office::Tariff;
use serde_json::{Value, json};
use types::money::{Currency, Money};

use crate::support::{Client, Stand, story};

const DAY: i64 = 24 * 60 * 60 * 1000;

fn euros(minor: i64) -> Value {
    json!({ "minor": minor, "currency": "EUR" })
}

/// Each item as kind, label, first day, last day, amount.
async fn bill(client: &Client, month: &str) -> (Vec<(String, String, String, String, i64)>, i64) {
    let bill = client.get(&format!("/v1/bills/{month}")).await.expect(200);
    assert_eq!(bill["currency"], "EUR");
    let text = |item: &Value, member: &str| item[member].as_str().unwrap().to_owned();
    let items: Vec<_> = bill["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            let amount = item["amount"]["minor"].as_i64().unwrap();
            (text(item, "kind"), text(item, "label"), text(item, "from"), text(item, "to"), amount)
        })
        .collect();
    let total = bill["total"]["minor"].as_i64().unwrap();
    assert_eq!(items.iter().map(|item| item.4).sum::<i64>(), total, "to the cent");
    (items, total)
}

fn item(kind: &str, label: &str, from: &str, to: &str, amount: i64) -> (String, String, String, String, i64) {
    (kind.to_owned(), label.to_owned(), from.to_owned(), to.to_owned(), amount)
}

async fn add(client: &Client, stand: &Stand, user: usize, label: &str, number: &str) -> Value {
    // One after the other, so that it is known which is older.
    stand.clock.forward(1000);
    let path = format!("/v1/users/{}/devices", stand.company.user(user));
    client.post(&path, json!({ "kind": "mobile", "label": label, "number": number })).await.expect(201)
}

story! {
async fn an_account_has_a_time_zone_of_its_own_or_its_countrys(stand: Stand) {
    let anna = &stand.company.administrator;
    let account = anna.get("/v1/account").await.expect(200);
    assert_eq!((&account["timeZone"], &account["timeZoneChosen"]), (&json!("Europe/Berlin"), &json!(false)));
    anna.patch("/v1/account", json!({ "timeZone": "Europe/Bielefeld" })).await
        .refused(&[("/timeZone", "timeZone.unknown")]);
    stand.signed_in(1).await.patch("/v1/account", json!({ "timeZone": "Asia/Tokyo" })).await
        .problem(403, "administrator-required");
    // 2026-11-30 at 12:00 UTC: still November in Berlin, and 1 December at 01:00 in Auckland.
    stand.clock.forward(6 * DAY + 4 * 60 * 60 * 1000);
    assert_eq!(anna.get("/v1/bills/current").await.expect(200)["month"], "2026-11");
    let changed = anna.patch("/v1/account", json!({ "timeZone": "Pacific/Auckland" })).await.expect(200);
    assert_eq!((&changed["timeZone"], &changed["timeZoneChosen"]), (&json!("Pacific/Auckland"), &json!(true)));
    assert_eq!(anna.get("/v1/bills/current").await.expect(200)["month"], "2026-12");
    // Choices about calls begin with the next month there: 2027 begins in Auckland at 11:00 UTC.
    let choice = json!({ "mode": "complete", "declaration": { "employeesInformed": true, "worksCouncil": "notRequired" } });
    let chosen = anna.put("/v1/call-list/settings", choice).await.expect(200);
    assert_eq!(chosen["pending"]["from"], "2026-12-31T11:00:00.000Z");
    // What a device costs is reckoned by the same days.
    add(anna, &stand, 1, "Mobile", "0171 3920017").await;
    let price = format!("/v1/users/{}/devices/price", stand.company.user(1));
    assert_eq!(anna.get(&price).await.expect(200)["next"]["days"], 31);
    // The rest of the account changes without it; the other account kept its own.
    assert_eq!(anna.patch("/v1/account", json!({ "country": "AT" })).await.expect(200)["timeZone"], "Pacific/Auckland");
    let back = anna.patch("/v1/account", json!({ "timeZone": null })).await.expect(200);
    assert_eq!((&back["timeZone"], &back["timeZoneChosen"]), (&json!("Europe/Vienna"), &json!(false)));
    assert_eq!(stand.other.administrator.get("/v1/account").await.expect(200)["timeZone"], "Europe/Berlin");
}
}

story! {
async fn the_third_device_costs_its_share_of_the_month(stand: Stand) {
    let anna = &stand.company.administrator;
    let bernd = stand.signed_in(1).await;
    let price = format!("/v1/users/{}/devices/price", stand.company.user(1));
    let asked = bernd.get(&price).await.expect(200);
    assert_eq!(asked, json!({ "included": 2, "present": 1, "next": null }));
    let second = add(&bernd, &stand, 1, "Mobile", "0171 3920017").await;
    assert_eq!((&second["number"], &second["kind"]), (&json!("+491713920017"), &json!("mobile")));
    assert_eq!((&second["included"], &second["fee"], &second["cost"]), (&json!(true), &Value::Null, &Value::Null));
    assert!(second["credentials"].is_null() && second["setupCode"].is_null() && second["sipId"].is_null());
    assert_eq!(bill(anna, "current").await, (vec![], 0));

    // From the 24th to the 30th: 7 of 30 days of 4.95 are 1.155.
    let cost = json!({ "monthly": euros(495), "thisMonth": euros(116), "days": 7 });
    assert_eq!(bernd.get(&price).await.expect(200), json!({ "included": 2, "present": 2, "next": cost }));
    let third = add(&bernd, &stand, 1, "Home", "+4920212345").await;
    assert_eq!((&third["included"], &third["fee"], &third["cost"]), (&json!(false), &euros(495), &cost));
    let devices = anna.all(&format!("/v1/devices?user={}", stand.company.user(1)), 1).await;
    let included: Vec<bool> = devices.iter().map(|device| device["included"].as_bool().unwrap()).collect();
    assert_eq!(included, [true, true, false]);

    let november = || item("device", "Home", "2026-11-24", "2026-11-30", 116);
    assert_eq!(bill(anna, "current").await, (vec![november()], 116));
    let shown = anna.get("/v1/bills/2026-11").await.expect(200);
    assert_eq!((&shown["month"], &shown["final"]), (&json!("2026-11"), &json!(false)));
    let of = &shown["items"][0];
    assert_eq!((&of["days"], &of["ofDays"], &of["monthly"]), (&json!(7), &json!(30), &euros(495)));
    assert_eq!(of["user"], json!({ "id": stand.company.user(1).to_string(), "name": "Bernd Ahrens" }));
    assert_eq!(bill(anna, "2026-10").await, (vec![], 0));

    // On 2 December the desk phone goes, and the third moves up from that day.
    stand.clock.forward(8 * DAY);
    assert_eq!(bill(anna, "current").await.1, 495);
    anna.delete(&format!("/v1/devices/{}", stand.company.device(1))).await.expect(204);
    let december = item("device", "Home", "2026-12-01", "2026-12-01", 16);
    assert_eq!(bill(anna, "2026-12").await, (vec![december], 16));
    assert_eq!(anna.get(&price).await.expect(200)["present"], 2);
    let left = anna.all(&format!("/v1/users/{}/devices", stand.company.user(1)), 50).await;
    assert!(left.iter().all(|device| device["included"] == true && device["fee"].is_null()), "{left:?}");

    // November stays what it was, also when the device and its user are gone for good.
    anna.delete(&format!("/v1/users/{}", stand.company.user(1))).await.expect(204);
    stand.clock.forward(40 * DAY);
    let stand = stand.reopened().await;
    let anna = &stand.company.administrator;
    assert_eq!(bill(anna, "2026-11").await, (vec![november()], 116));
    let shown = anna.get("/v1/bills/2026-11").await.expect(200);
    assert_eq!((&shown["final"], &shown["items"][0]["user"]["name"]), (&json!(true), &json!("Bernd Ahrens")));
}
}

story! {
async fn a_month_begins_and_ends_where_the_account_is(stand: Stand) {
    let anna = &stand.company.administrator;
    add(anna, &stand, 1, "Mobile", "+491713920017").await;
    // 2026-11-30T22:59Z is the last minute of November in Berlin.
    stand.clock.forward(6 * DAY + 14 * 60 * 60 * 1000 + 59 * 60 * 1000);
    add(anna, &stand, 1, "Home", "+4920212345").await;
    assert_eq!(bill(anna, "current").await, (vec![item("device", "Home", "2026-11-30", "2026-11-30", 17)], 17));
    stand.clock.forward(60 * 1000);
    assert_eq!(bill(anna, "current").await, (vec![item("device", "Home", "2026-12-01", "2026-12-31", 495)], 495));
}
}

story! {
async fn devices_of_a_deleted_user_cost_nothing_until_he_is_back(stand: Stand) {
    let anna = &stand.company.administrator;
    add(anna, &stand, 2, "Mobile", "+491713920017").await;
    let third = add(anna, &stand, 2, "Home", "+4920212345").await;
    let clara = format!("/v1/users/{}", stand.company.user(2));
    stand.clock.forward(DAY);
    anna.delete(&clara).await.expect(204);
    stand.clock.forward(3 * DAY);
    // On the 25th the older ones went as well, so that day it was among the included.
    let gone = item("device", "Home", "2026-11-24", "2026-11-24", 17);
    assert_eq!(bill(anna, "current").await, (vec![gone.clone()], 17));
    anna.post(&format!("{clara}/restore"), json!({})).await.expect(200);
    let back = item("device", "Home", "2026-11-28", "2026-11-30", 50);
    assert_eq!(bill(anna, "current").await, (vec![gone, back], 67));
    let restored = anna.get(&format!("/v1/devices/{}", third["id"].as_str().unwrap())).await.expect(200);
    assert_eq!((&restored["kind"], &restored["number"]), (&json!("mobile"), &json!("+4920212345")));
    let known = stand.office.directory().with_world(stand.company.filled.account, |world| {
        world.devices_of(stand.company.user(2)).filter_map(callflow::Device::number).count()
    });
    assert_eq!(known, Some(2));
}
}

story! {
async fn prices_hold_for_whole_months_and_users_and_numbers_can_cost_something(stand: Stand) {
    let euro = |minor| Money::from_minor(minor, Currency::EUR);
    let dearer = Tariff::new(1, euro(600), euro(1200), euro(100)).unwrap();
    stand.clock.forward(1000);
    let stand = stand.reopened_with(dearer).await;
    let anna = &stand.company.administrator;
    let number = anna.post("/v1/numbers", json!({ "number": "+4921190009017" })).await.expect(201);
    add(anna, &stand, 1, "Mobile", "+491713920017").await;
    // In November the old prices hold; who asks for the price is told both.
    assert_eq!(bill(anna, "current").await, (vec![], 0));
    let price = anna.get(&format!("/v1/users/{}/devices/price", stand.company.user(1))).await.expect(200);
    assert_eq!(price["next"], json!({ "monthly": euros(600), "thisMonth": euros(116), "days": 7 }));

    stand.clock.forward(10 * DAY);
    anna.delete(&format!("/v1/numbers/{}", number["id"].as_str().unwrap())).await.expect(204);
    let (items, total) = bill(anna, "2026-12").await;
    assert_eq!(items.len(), 5);
    assert!(items.contains(&item("device", "Mobile", "2026-12-01", "2026-12-31", 600)));
    assert!(items.contains(&item("user", "Anna Ahrens", "2026-12-01", "2026-12-31", 1200)));
    // Four days of a Euro.
    assert!(items.contains(&item("number", "+4921190009017", "2026-12-01", "2026-12-04", 13)));
    assert_eq!(total, 600 + 3 * 1200 + 13);

    // And back: December stays dear, January is cheap.
    let stand = stand.reopened().await;
    let anna = &stand.company.administrator;
    assert_eq!(bill(anna, "2026-12").await.1, total);
    stand.clock.forward(40 * DAY);
    assert_eq!(bill(anna, "current").await, (vec![], 0));
    assert_eq!(bill(anna, "2026-12").await.1, total);
}
}

story! {
async fn bills_are_for_administrators_and_their_own_account(stand: Stand) {
    let anna = &stand.company.administrator;
    add(anna, &stand, 1, "Mobile", "+491713920017").await;
    add(anna, &stand, 1, "Home", "+4920212345").await;
    stand.signed_in(1).await.get("/v1/bills/current").await.problem(403, "administrator-required");
    assert_eq!(bill(&stand.other.administrator, "current").await, (vec![], 0));
    for month in ["2026-12", "2026-13", "0000-01", "november", "2026-11-24", "%20"] {
        anna.get(&format!("/v1/bills/{month}")).await.problem(404, "not-found");
    }
    let theirs = format!("/v1/users/{}/devices/price", stand.company.user(1));
    stand.other.administrator.get(&theirs).await.problem(404, "not-found");
    stand.signed_in(2).await.get(&theirs).await.problem(404, "not-found");
}
}
