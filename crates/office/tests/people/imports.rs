//! Stories of files with many users: looked at, carried out, undone.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Answer, Client, Stand, story, texts};

async fn preview(client: &Client, mode: &str, file: impl AsRef<[u8]>) -> Answer {
    client.send_text("POST", &format!("/v1/imports?mode={mode}"), "text/csv", file).await
}

fn path(import: &Value) -> String {
    format!("/v1/imports/{}", import["id"].as_str().unwrap())
}

/// The time on the wall: imports run in it, whatever the story's clock says.
#[expect(clippy::disallowed_methods, reason = "how long something takes is what is looked at")]
fn wall() -> Instant {
    Instant::now()
}

/// Waits until it no longer runs.
async fn finished(client: &Client, import: &Value) -> Value {
    let started = wall();
    loop {
        let now = client.get(&format!("{}?rows=false", path(import))).await.expect(200);
        if now["state"] != "running" {
            return now;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{now}");
        tokio::task::yield_now().await;
    }
}

async fn applied(client: &Client, mode: &str, file: impl AsRef<[u8]>) -> Value {
    let import = preview(client, mode, file).await.expect(201);
    assert_eq!(import["applicable"], json!(true), "{import:#}");
    client.post(&format!("{}/apply", path(&import)), json!({})).await.expect(202);
    let done = finished(client, &import).await;
    assert_eq!(done["state"], "done", "{done}");
    done
}

fn actions(import: &Value) -> Vec<String> {
    texts(import["rows"].as_array().unwrap(), "/action")
}

/// The problems of every row: column and code.
fn problems(import: &Value) -> Vec<Vec<(String, String)>> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let of_row = |row: &Value| {
        row["problems"].as_array().unwrap().iter().map(|p| (text(&p["column"]), text(&p["code"]))).collect()
    };
    import["rows"].as_array().unwrap().iter().map(of_row).collect()
}

async fn names(client: &Client) -> Vec<String> {
    texts(&client.all("/v1/users", 100).await, "/name")
}

/// Two numbers, two groups, and an extension for Bernd.
async fn furnish(stand: &Stand) {
    let anna = &stand.company.administrator;
    anna.post("/v1/numbers", json!({"from": "+493023125000", "to": "+493023125003"})).await.expect(201);
    for group in ["Sales", "Support|Night"] {
        anna.post("/v1/groups", json!({"name": group})).await.expect(201);
    }
    let owner = json!({"type": "user", "id": stand.company.user(1).to_string()});
    anna.post("/v1/extensions", json!({"number": "44", "owner": owner})).await.expect(201);
}

async fn found(client: &Client, search: &str) -> Value {
    client.all(&format!("/v1/users?search={search}"), 10).await.into_iter().next().unwrap_or_default()
}

story! {
async fn a_file_is_looked_at_carried_out_and_undone(stand: Stand) {
    let anna = &stand.company.administrator;
    furnish(&stand).await;
    let file = "Vorname;Nachname;E-Mail;Administrator;Standort;Durchwahl;Rufnummer;Gruppen;Telefone;Abteilung\r\n\
                Dora;Dürr;dora@example.com;nein;Werk;next;030 23125000;Sales;2;Einkauf\r\n\
                Emil;Ernst;emil@example.com;ja;;70;;Sales;;\r\n\
                Bernd;Ahrens;bernd@aachener-printen.example;;;45;+493023125001;Support\\|Night;;\r\n";
    let import = preview(anna, "update", file).await.expect(201);
    assert_eq!(actions(&import), ["create", "create", "update"]);
    assert_eq!(import["counts"], json!({"create": 2, "update": 1, "skip": 0, "refuse": 0}));
    assert_eq!(import["ignoredColumns"], json!(["Abteilung"]));
    assert_eq!(import["rows"][2]["changes"], json!([
        {"column": "extension", "before": "44", "after": "45"},
        {"column": "number", "before": null, "after": "+493023125001"},
        {"column": "groups", "before": null, "after": "Support|Night"},
    ]));
    assert_eq!(names(anna).await.len(), 3, "nothing has happened yet");

    anna.post(&format!("{}/apply", path(&import)), json!({})).await.expect(202);
    let done = finished(anna, &import).await;
    assert_eq!((&done["state"], &done["applicable"]), (&json!("done"), &json!(false)));
    let dora = found(anna, "dora").await;
    assert_eq!(dora["extensions"], json!(["10"]));
    assert_eq!(dora["numbers"], json!(["+493023125000"]));
    let mut labels = texts(dora["devices"].as_array().unwrap(), "/label");
    labels.sort();
    assert_eq!(labels, ["Telefon", "Telefon 2"]);
    assert_eq!(texts(dora["groups"].as_array().unwrap(), "/name"), ["Sales"]);
    assert_eq!(found(anna, "emil").await["role"], "administrator");
    let bernd = found(anna, "bernd").await;
    assert_eq!((&bernd["extensions"], &bernd["groups"][0]["name"]), (&json!(["45"]), &json!("Support|Night")));
    let rows = anna.get(&path(&import)).await.expect(200);
    assert_eq!(rows["rows"][0]["user"], dora["id"]);

    // Again is nothing new, and the same file has nothing left to do.
    assert_eq!(anna.post(&format!("{}/apply", path(&import)), json!({})).await.expect(202)["state"], "done");
    assert_eq!(names(anna).await.len(), 5);
    assert_eq!(actions(&preview(anna, "update", file).await.expect(201)), ["skip", "skip", "skip"]);
    let stand = stand.reopened().await;
    let anna = &stand.company.administrator;
    assert_eq!(found(anna, "dora").await["extensions"], json!(["10"]));

    anna.post(&format!("{}/undo", path(&import)), json!({})).await.expect(202);
    assert_eq!(finished(anna, &import).await["state"], "undone");
    assert_eq!(names(anna).await, ["Anna Ahrens", "Bernd Ahrens", "Clara Ahrens"]);
    let bernd = found(anna, "bernd").await;
    assert_eq!((&bernd["extensions"], &bernd["numbers"], &bernd["groups"]), (&json!(["44"]), &json!([]), &json!([])));
    assert_eq!(anna.post(&format!("{}/undo", path(&import)), json!({})).await.expect(202)["state"], "undone");
    anna.post(&format!("{}/apply", path(&import)), json!({})).await.problem(409, "import-not-applicable");
    let audit = anna.get("/v1/audit").await.text;
    for action in ["imports.preview", "imports.apply", "imports.undo"] {
        assert!(audit.contains(action), "{action}");
    }
}
}

story! {
async fn every_problem_is_named_where_it_is(stand: Stand) {
    let anna = &stand.company.administrator;
    furnish(&stand).await;
    let file = "first name,last name,e-mail,administrator,location,extension,number,groups,phones\n\
                ,Dürr,dora@example.com,,,,,,\n\
                Emil,Ernst,emil,maybe,Nowhere,911,110,Nobody,x\n\
                Fritz,Fuchs,emil@example.com,,,44,+493023125099,,21\n\
                Gerd,Ganz,EMIL@example.com,,,50,+493023125000,,\n\
                Hans,Huber,hans@example.com,,,50,+493023125000,,\n\
                Xaver,X,xaver@zwickauer-gurken.example,,,,,,\n\
                Anna,Ahrens,anna@aachener-printen.example,no,,,,,\n\
                Ida,\"a\nb\",ida@example.com,,,1234567,,,,x\n\
                Bernd,Ahrens,bernd@aachener-printen.example,,,,,,0\n";
    let import = preview(anna, "update", file).await.expect(201);
    let expected: [&[(&str, &str)]; 9] = [
        &[("firstName", "text.empty")],
        &[
            ("email", "email.invalid"), ("administrator", "administrator.unclear"), ("location", "location.unknown"),
            ("extension", "extension.reserved"), ("number", "number.invalid"), ("groups", "group.unknown"),
            ("phones", "phones.invalid"),
        ],
        &[("number", "number.unknown"), ("phones", "phones.invalid"), ("extension", "extension.taken")],
        &[("email", "email.twice")],
        &[("extension", "extension.twice"), ("number", "number.twice")],
        &[("email", "email.taken")],
        &[("administrator", "administrator.last")],
        &[("-", "row.columns"), ("lastName", "text.control"), ("extension", "extension.length")],
        &[("phones", "phones.fewer")],
    ];
    let found = problems(&import);
    let found: Vec<Vec<(&str, &str)>> =
        found.iter().map(|row| row.iter().map(|(column, code)| (column.as_str(), code.as_str())).collect()).collect();
    for (row, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(found, expected, "row {row}");
    }
    assert_eq!((&import["counts"]["refuse"], &import["applicable"]), (&json!(9), &json!(false)));
    let taken = &import["rows"][2]["problems"][2];
    assert_eq!((&taken["subject"], &taken["message"]), (&json!("Bernd Ahrens"), &json!("44 belongs to Bernd Ahrens.")));
    assert!(!import.to_string().contains("Xaver Ahrens"), "whose the address is in the other account is not said");
    anna.post(&format!("{}/apply", path(&import)), json!({})).await.problem(409, "import-not-applicable");
    assert_eq!(names(anna).await.len(), 3);
    // Somebody who exists is skipped whatever the rest of the row says.
    let skipped = preview(anna, "skip", "e-mail,administrator\nanna@aachener-printen.example,no\n").await.expect(201);
    assert_eq!(actions(&skipped), ["skip"]);
}
}

story! {
async fn what_is_no_list_of_users_is_refused(stand: Stand) {
    let anna = &stand.company.administrator;
    for (file, reason) in [("", "empty"), ("a;b\n1;2\n", "headings"), ("mail;E-Mail\na;b\n", "columnTwice")] {
        assert_eq!(preview(anna, "skip", file).await.problem(422, "csv-unreadable")["reason"], reason);
    }
    anna.send_text("POST", "/v1/imports", "application/json", "{}").await.problem(415, "unsupported-media-type");
    preview(anna, "skip", vec![b'a'; 5 * 1024 * 1024 + 1]).await.problem(413, "body-too-large");
    preview(anna, "both", "mail\na@b.de").await.problem(400, "invalid-query");
}
}

story! {
async fn people_may_swap_their_extensions_and_numbers_in_one_file(stand: Stand) {
    let anna = &stand.company.administrator;
    furnish(&stand).await;
    applied(anna, "update", "mail,ext,number\nclara@aachener-printen.example,next,+493023125000\n\
                             bernd@aachener-printen.example,,+493023125001").await;
    applied(anna, "update", "mail,ext,number\nbernd@aachener-printen.example,10,+493023125000\n\
                             clara@aachener-printen.example,44,+493023125001").await;
    let (bernd, clara) = (found(anna, "bernd").await, found(anna, "clara").await);
    assert_eq!((&bernd["extensions"], &bernd["numbers"]), (&json!(["10"]), &json!(["+493023125000"])));
    assert_eq!((&clara["extensions"], &clara["numbers"]), (&json!(["44"]), &json!(["+493023125001"])));
    // Who administers may change hands too, if whoever takes over can sign in.
    let hands = "mail,admin\nanna@aachener-printen.example,no\nbernd@aachener-printen.example,yes";
    let import = preview(anna, "update", hands).await.expect(201);
    anna.post(&format!("{}/apply", path(&import)), json!({})).await.expect(202);
    let bernd = stand.signed_in(1).await;
    while bernd.get(&path(&import)).await.body["state"] != "done" {
        tokio::task::yield_now().await;
    }
    anna.get("/v1/users").await.problem(403, "administrator-required");
}
}

story! {
async fn who_is_kept_keeps_what_others_would_get_back(stand: Stand) {
    let anna = &stand.company.administrator;
    furnish(&stand).await;
    applied(anna, "update", "mail,ext\nclara@aachener-printen.example,10").await;
    let import = applied(anna, "update", "mail,ext,last\nbernd@aachener-printen.example,10,Berg\n\
                                          clara@aachener-printen.example,44,Carl").await;
    // Bernd's name changes once more, so he stays as he is, and with him Clara, whose extension he has.
    let bernd = format!("/v1/users/{}", stand.company.user(1));
    anna.patch(&bernd, json!({"lastName": "Busch"})).await.expect(200);
    let undo = format!("{}/undo", path(&import));
    let kept = anna.post(&undo, json!({})).await.problem(409, "import-contradicted")["kept"].clone();
    assert_eq!(texts(kept.as_array().unwrap(), "/problem/code"), ["changed", "extension.taken"]);
    anna.post(&undo, json!({"partly": true})).await.expect(202);
    assert_eq!(finished(anna, &import).await["state"], "undone");
    assert_eq!(found(anna, "clara").await["extensions"], json!(["44"]));
}
}

story! {
async fn an_account_that_changed_since_is_told_by_row(stand: Stand) {
    let anna = &stand.company.administrator;
    furnish(&stand).await;
    let import = preview(anna, "skip", "first,mail,ext\nDora,d@example.com,next\nEmil,e@example.com,60").await.expect(201);
    let clara = json!({"type": "user", "id": stand.company.user(2).to_string()});
    anna.post("/v1/extensions", json!({"number": "60", "owner": clara})).await.expect(201);
    let problem = anna.post(&format!("{}/apply", path(&import)), json!({})).await.problem(409, "import-outdated");
    assert_eq!((&problem["count"], &problem["rows"][0]["line"]), (&json!(1), &json!(3)));
    assert_eq!(problem["rows"][0]["problems"][0]["subject"], "Clara Ahrens");
    assert_eq!(names(anna).await.len(), 3);
    assert_eq!(anna.get(&path(&import)).await.expect(200)["state"], "preview");
}
}

story! {
async fn of_two_who_apply_at_once_one_does(stand: Stand) {
    let anna = &stand.company.administrator;
    let import = preview(anna, "skip", "first,mail\nDora,d@example.com\nEmil,e@example.com").await.expect(201);
    let apply = format!("{}/apply", path(&import));
    let (one, two) = tokio::join!(anna.post(&apply, json!({})), anna.post(&apply, json!({})));
    one.expect(202);
    two.expect(202);
    assert_eq!(finished(anna, &import).await["state"], "done");
    assert_eq!(names(anna).await.len(), 5);
}
}

story! {
async fn an_undo_names_what_has_changed_since(stand: Stand) {
    let anna = &stand.company.administrator;
    furnish(&stand).await;
    let import = applied(anna, "update", "first,last,mail,ext\nDora,D,d@example.com,\nEmil,E,e@example.com,\n\
                                          Bernd,Ahrens,bernd@aachener-printen.example,45").await;
    let dora = found(anna, "dora").await;
    anna.patch(&format!("/v1/users/{}", dora["id"].as_str().unwrap()), json!({"lastName": "Dürr"})).await.expect(200);
    let clara = json!({"type": "user", "id": stand.company.user(2).to_string()});
    anna.post("/v1/extensions", json!({"number": "44", "owner": clara})).await.expect(201);
    let undo = format!("{}/undo", path(&import));
    let kept = anna.post(&undo, json!({})).await.problem(409, "import-contradicted")["kept"].clone();
    assert_eq!(texts(kept.as_array().unwrap(), "/problem/code"), ["user.used", "extension.taken"]);
    assert_eq!(kept[1]["problem"]["subject"], "Clara Ahrens");
    assert_eq!(names(anna).await.len(), 5);

    anna.post(&undo, json!({"partly": true})).await.expect(202);
    let undone = finished(anna, &import).await;
    assert_eq!((&undone["state"], undone["kept"].as_array().unwrap().len()), (&json!("undone"), 2));
    assert_eq!(names(anna).await, ["Anna Ahrens", "Bernd Ahrens", "Clara Ahrens", "Dora Dürr"]);

    let late = applied(anna, "skip", "first,mail\nFritz,f@example.com").await;
    stand.clock.forward(31 * 24 * 3600 * 1000);
    let anna = &stand.signed_in(0).await;
    anna.post(&format!("{}/undo", path(&late)), json!({})).await.problem(409, "import-not-undoable");
}
}

story! {
async fn an_export_comes_back_unchanged_and_harmless(stand: Stand) {
    let anna = &stand.company.administrator;
    furnish(&stand).await;
    for (first, last) in [("=1+1", "@SUM(A1)"), ("+49", "-x"), ("'=", "\"quoted\""), ("Zoë; , |", "O'Neill\\")] {
        let body = json!({"firstName": first, "lastName": last});
        anna.post("/v1/users", body).await.expect(201);
    }
    anna.post("/v1/locations", json!({"name": "=HYPERLINK(\"x\")", "country": "DE"})).await.expect(201);
    applied(anna, "update", "mail,location,number,groups,phones\n\
        bernd@aachener-printen.example,\"=HYPERLINK(\"\"x\"\")\",+493023125000|+493023125001,Sales;Support\\|Night,3").await;
    for language in ["de", "en"] {
        let answer = anna.get(&format!("/v1/users.csv?language={language}")).await;
        assert_eq!((answer.status, answer.headers["content-type"].to_str().unwrap()), (200, "text/csv; charset=utf-8"));
        let file = answer.text;
        let separator = if language == "de" { ';' } else { ',' };
        for cell in file.trim_start_matches('\u{feff}').lines().flat_map(|line| line.split(separator)) {
            let cell = cell.trim_start_matches('"');
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell} in {file}");
        }
        let again = preview(anna, "update", &file).await.expect(201);
        assert_eq!(again["counts"], json!({"create": 0, "update": 0, "skip": 7, "refuse": 0}), "{again:#}\n{file}");
    }
    // Into an empty account it brings the same people, as far as the account has what they need.
    let xaver = &stand.other.administrator;
    let file = anna.get("/v1/users.csv").await.text;
    let foreign = preview(xaver, "skip", &file).await.expect(201);
    assert_eq!(foreign["rows"][0]["problems"][0]["code"], "user.unknown");
    assert!(anna.get("/v1/audit").await.text.contains("users.export"));
}
}

story! {
async fn phones_of_an_import_ring_once_they_are_set_up(stand: Stand) {
    let anna = &stand.company.administrator;
    applied(anna, "skip", "first,mail,phones\nDora,d@example.com,1").await;
    let device = found(anna, "dora").await["devices"][0]["id"].as_str().unwrap().to_owned();
    let renewed = anna.post(&format!("/v1/devices/{device}/credentials"), json!({})).await.expect(201);
    let credentials = &renewed["credentials"];
    let text = |name: &str| credentials[name].as_str().unwrap().to_owned();
    let access = stand.office.directory().device(text("username").parse().unwrap()).unwrap();
    let ha1 = office::directory::Ha1::new(&text("username"), &text("domain"), &text("password"));
    assert!(access.ha1 == ha1 && !access.blocked);
}
}

story! {
async fn three_thousand_rows_take_seconds(stand: Stand) {
    use std::fmt::Write as _;
    let anna = &stand.company.administrator;
    let mut file = "first,last,mail,location,ext,phones\n".to_owned();
    for row in 0..3_000 {
        writeln!(file, "First{row},Last{row},user{row}@example.com,Werk,next,1").unwrap();
    }
    let started = wall();
    let import = preview(anna, "skip", &file).await.expect(201);
    let looked = started.elapsed();
    anna.post(&format!("{}/apply", path(&import)), json!({})).await.expect(202);
    assert_eq!(finished(anna, &import).await["state"], "done");
    let carried_out = started.elapsed();
    anna.post(&format!("{}/undo", path(&import)), json!({})).await.expect(202);
    assert_eq!(finished(anna, &import).await["state"], "undone");
    println!("looked at in {looked:?}, carried out in {carried_out:?}, undone in {:?}", started.elapsed());
    // Also when built without optimisation, on a busy machine.
    assert!(started.elapsed() < Duration::from_secs(90));
    let world = stand.office.directory().with_world(stand.company.filled.account, |world| world.users().count());
    assert_eq!(world, Some(3));
}
}

story! {
async fn a_token_may_not_do_by_file_what_it_may_not_do_alone(stand: Stand) {
    let anna = &stand.company.administrator;
    let made = anna.post("/v1/tokens", json!({"label": "x", "scopes": ["users:write"]})).await.expect(201);
    let token = Client { token: made["secret"].as_str().map(str::to_owned), ..anna.clone() };
    preview(&token, "skip", "first,mail\nDora,d@example.com").await.expect(201);
    let problem = preview(&token, "skip", "first,mail,phones\nDora,d@example.com,1").await.problem(403, "missing-scope");
    assert!(problem["detail"].as_str().unwrap().contains("devices:write"), "{problem}");
}
}
