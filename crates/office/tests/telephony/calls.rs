//! Stories of call records: who sees which, and who sees none.

use std::sync::Arc;

use callflow::{AnsweredBy, CallKind, CallRecord, Called, CallerIdentity, Outcome, Owner, Side, Trail};
use office::ledger::LedgerEntry;
use office::ports::LiveCall;
use types::clock::Timestamp;
use types::ids::{CallId, UserId};

use crate::support::{MORNING, Stand, story, texts};

/// A call of one user to another that began `minute` minutes after the morning.
fn call(stand: &Stand, minute: i64, from: usize, to: usize, outcome: Outcome) -> CallRecord {
    let started = Timestamp(MORNING + minute * 60_000);
    let answered = outcome == Outcome::Answered;
    let (caller, called) = (stand.company.user(from), stand.company.user(to));
    let name = |index: usize| format!("{} Ahrens", ["Anna", "Bernd", "Clara"][index]);
    CallRecord {
        id: CallId::from_parts(started, 99),
        account: stand.company.filled.account,
        kind: CallKind::Internal,
        started,
        ringing: Some(started),
        answered: answered.then_some(started),
        ended: Timestamp(started.0 + 5000),
        duration_ms: if answered { 5000 } else { 0 },
        caller: CallerIdentity {
            display_name: name(from).into(),
            number: "+4921190009017".parse().ok(),
            extension: "44".parse().ok(),
            user: Some(caller),
            device: Some(stand.company.device(from)),
        },
        called: Called {
            dialled: "45".into(),
            extension: "45".parse().ok(),
            owner: Some(Owner::User(called)),
            owner_name: Some(name(to).into()),
            ..Called::default()
        },
        answered_by: answered.then(|| AnsweredBy { user: called, device: stand.company.device(to) }),
        outcome,
        ended_by: Some(Side::Caller),
        participants: vec![caller, called],
        trail: Trail::default(),
        shortened: false,
    }
}

async fn keep(stand: &Stand, records: Vec<CallRecord>) {
    stand.write_down(records.into_iter().map(|record| LedgerEntry::CallEnded(Arc::new(record))).collect()).await;
}

story! {
async fn everybody_sees_the_own_calls_and_nobody_else_s(stand: Stand) {
    let record = call(&stand, 0, 1, 2, Outcome::Answered);
    let path = format!("/v1/calls/{}", record.id);
    keep(&stand, vec![record]).await;
    let (bernd, clara) = (stand.signed_in(1).await, stand.signed_in(2).await);
    for (who, direction, answered_by_me) in [(&bernd, "outgoing", false), (&clara, "incoming", true)] {
        let list = who.all("/v1/calls", 10).await;
        assert_eq!(texts(&list, "/direction"), [direction]);
        assert_eq!(list[0]["answeredByMe"], answered_by_me);
        assert_eq!((&list[0]["caller"]["name"], &list[0]["called"]["name"]), (&"Bernd Ahrens".into(), &"Clara Ahrens".into()));
        assert_eq!((&list[0]["durationMs"], &list[0]["answered"]), (&5000.into(), &"2026-11-24T08:00:00.000Z".into()));
        let detail = who.get(&path).await.expect(200);
        assert_eq!(texts(detail["participants"].as_array().unwrap(), "/name"), ["Bernd Ahrens", "Clara Ahrens"]);
        assert_eq!((&detail["endedBy"], &detail["ended"]), (&"caller".into(), &"2026-11-24T08:00:05.000Z".into()));
    }
    // An administrator is nobody special here.
    let anna = &stand.company.administrator;
    assert!(anna.all("/v1/calls", 10).await.is_empty());
    anna.get(&path).await.problem(404, "not-found");
    stand.other.administrator.get(&path).await.problem(404, "not-found");
}
}

story! {
async fn the_own_list_goes_back_page_by_page_and_can_be_narrowed(stand: Stand) {
    let outcomes = [Outcome::Answered, Outcome::NoAnswer, Outcome::Busy, Outcome::Declined, Outcome::Answered];
    let records = outcomes.into_iter().zip(0..).map(|(outcome, minute)| call(&stand, minute, 1, 2, outcome));
    let mut records: Vec<CallRecord> = records.collect();
    records.push(call(&stand, 10, 2, 1, Outcome::Cancelled));
    keep(&stand, records).await;
    let clara = stand.signed_in(2).await;
    let outcomes = async |query: &str| texts(&clara.all(&format!("/v1/calls?{query}"), 2).await, "/outcome");
    assert_eq!(outcomes("").await, ["cancelled", "answered", "declined", "busy", "noAnswer", "answered"]);
    assert_eq!(outcomes("direction=outgoing").await, ["cancelled"]);
    assert_eq!(outcomes("outcome=missed").await, ["declined", "busy", "noAnswer"]);
    assert_eq!(outcomes("outcome=answered").await.len(), 2);
    assert_eq!(outcomes("from=2026-11-24T08:02:00Z&to=2026-11-24T08:04:00Z").await, ["declined", "busy"]);
    assert_eq!(outcomes("search=ANNA").await, Vec::<String>::new());
    assert_eq!(outcomes("search=bernd%20ahr").await.len(), 6);
    assert_eq!(outcomes("search=0211%2F900").await.len(), 6);
    assert_eq!(outcomes("search=%25").await.len(), 0);
    for bad in ["direction=up", "outcome=fine", "from=yesterday", "outcome=missed&direction=outgoing", "cursor=00"] {
        assert_eq!(clara.get(&format!("/v1/calls?{bad}")).await.status, 400, "{bad}");
    }
}
}

story! {
async fn a_ladder_is_for_administrators_who_took_part(stand: Stand) {
    let (theirs, own) = (call(&stand, 0, 1, 2, Outcome::Answered), call(&stand, 1, 0, 1, Outcome::Answered));
    let live = CallId::from_parts(Timestamp(MORNING), 7);
    let path = |call: CallId| format!("/v1/calls/{call}/ladder");
    for call in [theirs.id, own.id, live] {
        stand.phones.ladders.lock().insert(call, "A -> B: INVITE".to_owned());
    }
    let (theirs_id, own_id) = (theirs.id, own.id);
    keep(&stand, vec![theirs, own]).await;
    let anna = &stand.company.administrator;
    let ladder = anna.get(&path(own_id)).await;
    assert_eq!((ladder.status, ladder.text.as_str()), (200, "A -> B: INVITE"));
    anna.get(&path(theirs_id)).await.problem(404, "not-found");
    stand.signed_in(1).await.get(&path(own_id)).await.problem(403, "administrator-required");
    stand.other.administrator.get(&path(own_id)).await.problem(404, "not-found");

    let up = |participants: Vec<UserId>| {
        *stand.phones.live.lock() = vec![LiveCall { call: live, started: Timestamp(MORNING), answered: None, participants }];
    };
    up(vec![stand.company.user(1)]);
    anna.get(&path(live)).await.problem(404, "not-found");
    up(vec![stand.company.user(1), stand.company.user(0)]);
    assert_eq!(anna.get(&path(live)).await.status, 200);
}
}
