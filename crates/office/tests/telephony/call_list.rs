//! Stories of the itemized call list: what is kept under each choice, wherever it is kept, and who sees it.

use std::sync::Arc;

use callflow::{
    CallKind, CallRecord, Called, CallerIdentity, Destination, NodeIndex, Outcome, Owner, Side, Trail, TrailEntry,
    TrailEvent,
};
use office::ledger::{LedgerEntry, OpenCall};
use serde_json::{Value, json};
use types::clock::Timestamp;
use types::ids::CallId;

use crate::support::{MORNING, Stand, story, texts};

const SETTINGS: &str = "/v1/call-list/settings";
const DAY: i64 = 24 * 60 * 60 * 1000;

/// The last digits of an outside number, which nothing else in the data can contain.
const CANARY: &str = "468";

fn outside() -> String {
    format!("+49301357{CANARY}")
}

fn declared(mode: &str) -> Value {
    json!({ "mode": mode, "declaration": { "employeesInformed": true, "worksCouncil": "involved" } })
}

/// A call from outside to Bernd that ended at `at`.
fn incoming(stand: &Stand, at: i64, name: &str) -> CallRecord {
    let bernd = stand.company.user(1);
    CallRecord {
        id: CallId::from_parts(Timestamp(at), 5),
        account: stand.company.filled.account,
        kind: CallKind::Inbound,
        started: Timestamp(at),
        ringing: None,
        answered: None,
        ended: Timestamp(at),
        duration_ms: 0,
        caller: CallerIdentity {
            display_name: name.into(),
            number: outside().parse().ok(),
            ..CallerIdentity::default()
        },
        called: Called {
            dialled: "+4921190009017".into(),
            number: "+4921190009017".parse().ok(),
            owner: Some(Owner::User(bernd)),
            owner_name: Some("Bernd Ahrens".into()),
            ..Called::default()
        },
        answered_by: None,
        outcome: Outcome::NoAnswer,
        ended_by: Some(Side::Caller),
        participants: vec![bernd],
        trail: Trail::default(),
        shortened: false,
    }
}

/// A call of Bernd's to the outside that began and ended at `at`.
fn outgoing(stand: &Stand, at: i64) -> CallRecord {
    let bernd = stand.company.user(1);
    let destination = Destination::Number(outside().parse().unwrap());
    let what = TrailEvent::CalledOutside { destination, caller_number: None };
    CallRecord {
        id: CallId::from_parts(Timestamp(at), 6),
        kind: CallKind::Outbound,
        caller: CallerIdentity { display_name: "Bernd Ahrens".into(), user: Some(bernd), ..CallerIdentity::default() },
        called: Called {
            dialled: outside().replace("+49", "0").into(),
            number: outside().parse().ok(),
            ..Called::default()
        },
        trail: Trail { entries: vec![TrailEntry { at: Timestamp(at), node: NodeIndex(0), what }] },
        ..incoming(stand, at, "")
    }
}

async fn keep(stand: &Stand, records: Vec<CallRecord>) {
    stand.write_down(records.into_iter().map(|record| LedgerEntry::CallEnded(Arc::new(record))).collect()).await;
}

/// Whether the digits that must not be kept are in a file of the database.
fn in_files(stand: &Stand) -> bool {
    let digits = outside().replace("+4930", "");
    stand.files().iter().any(|file| {
        let bytes = std::fs::read(file).unwrap();
        bytes.windows(digits.len()).any(|window| window == digits.as_bytes())
    })
}

story! {
async fn before_anybody_chose_administrators_see_no_list(stand: Stand) {
    let anna = &stand.company.administrator;
    keep(&stand, vec![incoming(&stand, MORNING, "")]).await;
    let settings = anna.get(SETTINGS).await.expect(200);
    assert_eq!(settings, json!({ "mode": null, "since": null, "pending": null, "declaration": null, "olderRecords": 0 }));
    anna.get("/v1/call-list").await.problem(409, "call-list-off");
    anna.get("/v1/call-list.csv").await.problem(409, "call-list-off");
    let bernd = stand.signed_in(1).await;
    assert_eq!(texts(&bernd.all("/v1/calls", 10).await, "/caller/number"), [outside()]);
    bernd.get(SETTINGS).await.problem(403, "administrator-required");

    // The declaration is needed, and every part of it.
    let refused = async |body, pointer| anna.put(SETTINGS, body).await.refused(&[(pointer, "declaration.needed")]);
    refused(json!({ "mode": "complete" }), "/declaration").await;
    let informed = |informed: bool| json!({ "mode": "shortened", "declaration": { "employeesInformed": informed } });
    refused(informed(false), "/declaration/employeesInformed").await;
    refused(informed(true), "/declaration/worksCouncil").await;
    anna.put(SETTINGS, json!({ "mode": "some" })).await.problem(422, "invalid");

    // More is seen from the next month on, of calls from then on.
    let chosen = anna.put(SETTINGS, declared("complete")).await;
    let tag = chosen.etag.clone().unwrap();
    let chosen = chosen.expect(200);
    assert_eq!(chosen["pending"], json!({ "mode": "complete", "from": "2026-11-30T23:00:00.000Z" }));
    assert_eq!((&chosen["mode"], &chosen["declaration"]["name"]), (&Value::Null, &json!("Anna Ahrens")));
    anna.with("if-match", "\"v0\"").put(SETTINGS, declared("complete")).await.problem(412, "changed");
    anna.with("if-match", &tag).put(SETTINGS, declared("complete")).await.expect(200);
    anna.get("/v1/call-list").await.problem(409, "call-list-off");
    let stand = stand.reopened().await;
    let anna = &stand.company.administrator;
    stand.clock.forward(8 * DAY);
    keep(&stand, vec![incoming(&stand, MORNING + 8 * DAY, "")]).await;
    let list = anna.all("/v1/call-list", 10).await;
    assert_eq!((texts(&list, "/caller/number"), texts(&list, "/direction")), (vec![outside()], vec!["incoming".to_owned()]));
    let settings = anna.get(SETTINGS).await.expect(200);
    assert_eq!((&settings["mode"], &settings["since"], &settings["pending"]), (&json!("complete"), &json!("2026-11-30T23:00:00.000Z"), &Value::Null));
    assert_eq!(settings["declaration"]["version"], 2);
    let audit = anna.get("/v1/audit").await.text;
    assert!(audit.contains("callList.view") && audit.contains("callList.choose"), "{audit}");
    let xaver = &stand.other.administrator;
    xaver.get("/v1/call-list").await.problem(409, "call-list-off");
}
}

story! {
async fn shortened_is_shortened_wherever_it_is_kept(stand: Stand) {
    let anna = &stand.company.administrator;
    let chosen = anna.put(SETTINGS, declared("shortened")).await.expect(200);
    assert_eq!((&chosen["mode"], &chosen["pending"], &chosen["olderRecords"]), (&json!("shortened"), &Value::Null, &json!(0)));
    let (first, second) = (incoming(&stand, MORNING, &outside()), outgoing(&stand, MORNING + 1));
    let paths = [&first, &second].map(|record| format!("/v1/calls/{}", record.id));
    keep(&stand, vec![first, second]).await;
    let bernd = stand.signed_in(1).await;
    let own = bernd.all("/v1/calls", 10).await;
    assert_eq!(texts(&own, "/caller/number"), ["-", "+49301357xxx"]);
    assert_eq!(texts(&own, "/called/number"), ["+49301357xxx", "+4921190009017"]);
    assert_eq!((&own[0]["dialled"], &own[1]["caller"]["name"]), (&json!("+49301357xxx"), &json!("+49301357xxx")));
    let trail = bernd.get(&paths[1]).await.expect(200)["trail"][0]["what"]["destination"]["number"].clone();
    assert_eq!(trail, "+49301357xxx");
    assert_eq!(bernd.all("/v1/calls?search=0301357", 10).await.len(), 2);
    assert_eq!(bernd.all(&format!("/v1/calls?search={CANARY}"), 10).await.len(), 0);
    let list = anna.get("/v1/call-list").await;
    let table = anna.get("/v1/call-list.csv").await;
    for text in [&list.text, &table.text, &bernd.get(&paths[0]).await.text] {
        assert!(!text.contains(CANARY) || text.contains("xxx"), "{text}");
        assert!(!text.contains(&outside()[3..]), "{text}");
    }
    assert_eq!(list.body["items"].as_array().unwrap().len(), 2);
    stand.office.ledger().close().await;
    assert!(!in_files(&stand));
}
}

story! {
async fn nothing_is_kept_of_a_call_when_nothing_is_to_be_kept(stand: Stand) {
    let anna = &stand.company.administrator;
    anna.put(SETTINGS, json!({ "mode": "doNotSave" })).await.expect(200);
    let record = outgoing(&stand, MORNING);
    let open = OpenCall {
        call: record.id,
        account: record.account,
        started: record.started,
        state: serde_json::to_string(&record).unwrap(),
    };
    stand.write_down(vec![LedgerEntry::CallOpen(open)]).await;
    let path = format!("/v1/calls/{}", record.id);
    keep(&stand, vec![record]).await;
    assert!(stand.office.stored(drop).await.unwrap().open_calls.is_empty());
    let bernd = stand.signed_in(1).await;
    assert!(bernd.all("/v1/calls", 10).await.is_empty());
    bernd.get(&path).await.problem(404, "not-found");
    anna.get("/v1/call-list").await.problem(409, "call-list-off");
    // Also what the open call needed is gone from the file, once it is closed.
    let stand = stand.reopened().await;
    let files = stand.files();
    stand.office.close().await;
    let digits = outside().replace("+4930", "");
    for file in files.iter().filter(|file| file.exists()) {
        let bytes = std::fs::read(file).unwrap();
        assert!(!bytes.windows(digits.len()).any(|window| window == digits.as_bytes()), "{}", file.display());
    }
}
}

story! {
async fn older_records_are_told_and_kept_shortened_or_erased(stand: Stand) {
    let anna = &stand.company.administrator;
    let records = |from: i64, count: i64| (from..from + count).map(|minute| incoming(&stand, MORNING + minute * 60_000, "")).collect::<Vec<_>>();
    keep(&stand, records(0, 450)).await;
    stand.clock.forward(DAY);
    let bernd = stand.signed_in(1).await;
    let first = async || texts(bernd.get("/v1/calls?limit=1").await.expect(200)["items"].as_array().unwrap(), "/caller/number");

    let kept = anna.put(SETTINGS, declared("shortened")).await.expect(200);
    assert_eq!((&kept["olderRecords"], first().await), (&json!(450), vec![outside()]));
    // They were kept before anybody declared anything: no administrator sees them.
    assert!(anna.all("/v1/call-list", 10).await.is_empty());
    let mut again = declared("shortened");
    again["existing"] = json!("shorten");
    let swept = anna.put(SETTINGS, again).await.expect(200);
    assert_eq!((&swept["olderRecords"], first().await), (&json!(0), vec!["+49301357xxx".to_owned()]));
    assert_eq!(bernd.all("/v1/calls", 200).await.len(), 450);
    assert!(!in_files(&stand));

    let none = anna.put(SETTINGS, json!({ "mode": "doNotSave" })).await.expect(200);
    assert_eq!(none["olderRecords"], 450);
    let erased = anna.put(SETTINGS, json!({ "mode": "doNotSave", "existing": "erase" })).await.expect(200);
    assert_eq!((&erased["olderRecords"], bernd.all("/v1/calls", 10).await.len()), (&json!(0), 0));
}
}

story! {
async fn the_list_is_narrowed_paged_and_written_as_a_table(stand: Stand) {
    let anna = &stand.company.administrator;
    anna.put(SETTINGS, declared("shortened")).await.expect(200);
    let mut call = incoming(&stand, MORNING, "=HYPERLINK(\"x\")");
    call.caller.number = None;
    let mut internal = incoming(&stand, MORNING + 3, "Bernd, \"der\" Ahrens");
    (internal.kind, internal.caller.number) = (CallKind::Internal, None);
    internal.called.extension = "45".parse().ok();
    internal.called.dialled = "45".into();
    internal.participants.push(stand.company.user(2));
    keep(&stand, vec![call, outgoing(&stand, MORNING + 2), internal]).await;
    let directions = async |query: &str| texts(&anna.all(&format!("/v1/call-list?{query}"), 1).await, "/direction");
    assert_eq!(directions("").await, ["internal", "outgoing", "incoming"]);
    assert_eq!(directions("direction=outgoing").await, ["outgoing"]);
    assert_eq!(directions(&format!("user={}", stand.company.user(2))).await, ["internal"]);
    assert_eq!(directions("from=2026-11-24T08:00:00.001Z&to=2026-11-24T08:00:00.003Z").await, ["outgoing"]);
    for bad in ["direction=up", "user=bernd", "from=yesterday", "cursor=00"] {
        assert_eq!(anna.get(&format!("/v1/call-list?{bad}")).await.status, 400, "{bad}");
    }
    let foreign = stand.other.user(0);
    anna.get(&format!("/v1/call-list?user={foreign}")).await.problem(400, "invalid-query");

    let table = anna.get("/v1/call-list.csv").await;
    assert!(table.headers["content-type"].to_str().unwrap().starts_with("text/csv"));
    let lines: Vec<&str> = table.text.split_terminator("\r\n").collect();
    assert!(lines[0].starts_with("Beginn,Richtung,Anrufer,"), "{}", lines[0]);
    assert_eq!(lines[1], "2026-11-24 09:00:00,intern,\"Bernd, \"\"der\"\" Ahrens\",,,Bernd Ahrens,'+4921190009017,45,45,0,nicht angenommen");
    assert!(lines[2].contains("'+49301357xxx"), "{}", lines[2]);
    assert!(lines[3].contains("\"'=HYPERLINK(\"\"x\"\")\""), "{}", lines[3]);
    anna.patch("/v1/account", json!({ "language": "en" })).await.expect(200);
    assert!(anna.get("/v1/call-list.csv?direction=internal").await.text.starts_with("Started,Direction,"));
    let audit = anna.get("/v1/audit?limit=200").await.text;
    assert!(audit.contains("callList.export"), "{audit}");
}
}

story! {
async fn callers_of_a_number_that_is_free_for_them_are_always_shortened(stand: Stand) {
    let mut call = incoming(&stand, MORNING, "");
    call.called.number = "+498001234567".parse().ok();
    keep(&stand, vec![call, incoming(&stand, MORNING + 1, "")]).await;
    let own = stand.signed_in(1).await.all("/v1/calls", 10).await;
    assert_eq!(texts(&own, "/caller/number"), [outside(), "+49301357xxx".to_owned()]);
}
}

story! {
async fn records_are_gone_after_six_months(stand: Stand) {
    keep(&stand, (0..3).map(|month| incoming(&stand, MORNING + month * 30 * DAY, "")).collect()).await;
    let bernd = stand.signed_in(1).await;
    assert_eq!(bernd.all("/v1/calls", 10).await.len(), 3);
    drop(bernd);
    stand.clock.forward(200 * DAY);
    // Housekeeping runs when the process starts, and every hour.
    let stand = stand.reopened().await;
    let bernd = stand.signed_in(1).await;
    let purged = async {
        while bernd.all("/v1/calls", 10).await.len() > 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), purged).await.unwrap();
    assert_eq!(bernd.all("/v1/calls", 10).await.len(), 2);
}
}
