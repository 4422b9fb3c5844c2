//! No request, and no two at once, leave an account without an administrator.

use serde_json::json;

use crate::support::{Client, story};

story! {
async fn the_last_administrator_stays(stand: Stand) {
    let anna = &stand.company.administrator;
    let user = format!("/v1/users/{}", stand.company.user(0));
    anna.delete(&user).await.problem(409, "last-administrator");
    anna.post(&format!("{user}/block"), json!({})).await.problem(409, "last-administrator");
    anna.put(&format!("{user}/role"), json!({"administrator": false})).await.problem(409, "last-administrator");
    let preview = anna.get(&format!("{user}/consequences")).await.expect(200);
    assert_eq!(preview["lastAdministrator"], json!(true));

    // An administrator who cannot sign in is no help.
    let dora = json!({"firstName": "Dora", "email": "dora@aachener-printen.example", "administrator": true});
    anna.post("/v1/users", dora).await.expect(201);
    anna.delete(&user).await.problem(409, "last-administrator");

    let bernd = format!("/v1/users/{}/role", stand.company.user(1));
    anna.put(&bernd, json!({"administrator": true})).await.expect(200);
    anna.put(&format!("{user}/role"), json!({"administrator": false})).await.expect(200);
    anna.get("/v1/users").await.problem(403, "administrator-required");
}
}

story! {
async fn two_at_once_never_leave_nobody(stand: Stand) {
    const RACES: usize = 200;
    let anna = &stand.company.administrator;
    let [a, b] = [0, 1].map(|index| format!("/v1/users/{}", stand.company.user(index)));
    anna.put(&format!("{b}/role"), json!({"administrator": true})).await.expect(200);
    // A token, because blocking ends sessions; it works again once he is unblocked.
    let made = stand.signed_in(1).await.post("/v1/tokens", json!({"label": "race", "scopes": ["all"]})).await.expect(201);
    let bernd = Client { token: made["secret"].as_str().map(str::to_owned), ..anna.clone() };
    for race in 0..RACES {
        // Each takes the other's rights away: by role in one half, by blocking in the other.
        let (one, two) = if race % 2 == 0 {
            let role = json!({"administrator": false});
            tokio::join!(
                tokio::spawn({ let (anna, b, role) = (anna.clone(), b.clone(), role.clone()); async move { anna.put(&format!("{b}/role"), role).await } }),
                tokio::spawn({ let (bernd, a) = (bernd.clone(), a.clone()); async move { bernd.put(&format!("{a}/role"), role).await } }),
            )
        } else {
            tokio::join!(
                tokio::spawn({ let (anna, b) = (anna.clone(), b.clone()); async move { anna.post(&format!("{b}/block"), json!({})).await } }),
                tokio::spawn({ let (anna, a) = (anna.clone(), a.clone()); async move { anna.put(&format!("{a}/role"), json!({"administrator": false})).await } }),
            )
        };
        let (one, two) = (one.unwrap(), two.unwrap());
        let done = [one.status, two.status].iter().filter(|status| **status == 200).count();
        assert!(done <= 1, "race {race}: {} and {}", one.status, two.status);
        // Whoever is left makes both administrators again.
        let left = if anna.get("/v1/users?role=administrator").await.status == 200 { anna } else { &bernd };
        let there = left.all("/v1/users?role=administrator&blocked=false", 10).await;
        assert!(!there.is_empty(), "race {race}");
        for user in [&a, &b] {
            left.post(&format!("{user}/unblock"), json!({})).await.expect(200);
            left.put(&format!("{user}/role"), json!({"administrator": true})).await.expect(200);
        }
    }
}
}
