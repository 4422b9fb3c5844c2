//! The machine fails under the server: a full disk, a disk that lies, a database that is locked or away. Nothing that was
//! acknowledged is lost, nothing is acknowledged that is not kept, and no hand is needed afterwards.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use stories::api::Api;
use stories::company::Company;
use stories::house::House;
use stories::injection::Injection;
use stories::phone::{Dialog, Phone};
use stories::postgres::Cluster;
use stories::ringwerk::Ringwerk;
use stories::voice::Voice;
use stories::wait;

fn registered(ringwerk: &Ringwerk, company: &Company, index: u8) -> Phone {
    let mut phone = Phone::udp(ringwerk.house().phone(index), ringwerk.sip(), company.phone(usize::from(index)));
    assert_eq!(phone.register(3600).status(), 200);
    phone
}

/// The two phones in a call.
fn talking(caller: &mut Phone, called: &mut Phone, extension: &str) -> (Dialog, Dialog) {
    std::thread::scope(|scope| {
        let answering = scope.spawn(|| {
            let invite = called.expect("INVITE");
            called.answer(&invite)
        });
        (caller.call(extension).unwrap(), answering.join().unwrap())
    })
}

fn end(caller: &mut Phone, called: &mut Phone, dialog: &mut Dialog) {
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let bye = called.expect("BYE");
            called.reply(&bye, "200 OK", "", "");
        });
        assert_eq!(caller.hang_up(dialog).status(), 200);
    });
}

fn calls(ringwerk: &Ringwerk, company: &Company) -> Vec<Value> {
    company.user(&ringwerk.api(), 0).list("/v1/calls")
}

#[test]
fn calls_go_on_while_the_disk_is_full_and_all_is_well_when_it_is_not() {
    let mut ringwerk = Ringwerk::new(House(100));
    let company = ringwerk.demo(3);
    ringwerk.start();
    let (mut a, mut b) = (registered(&ringwerk, &company, 0), registered(&ringwerk, &company, 1));
    let (mut up, other) = talking(&mut a, &mut b, company.extension(1));
    let database = ringwerk.data().join("ringwerk.db");
    let full = Injection::start(ringwerk.id(), &[database.with_extension("db-wal"), database], "pwrite64:error=ENOSPC");
    // What cannot be kept is refused, and the refusal says for how long.
    let mut c = Phone::udp(ringwerk.house().phone(2), ringwerk.sip(), company.phone(2));
    let refused = c.register(3600);
    assert_eq!(refused.status(), 503, "{refused:?}");
    assert!(!refused.header("Retry-After").is_empty(), "{refused:?}");
    // Who talks goes on talking,
    let (voice_a, voice_b) = (Voice::start(&a.media, 440.0), Voice::start(&b.media, 620.0));
    voice_a.speak_to(up.message.media());
    voice_b.speak_to(other.message.media());
    voice_a.hears(620.0);
    voice_b.hears(440.0);
    // and hangs up: the record is kept beside the database, whose file alone is full here.
    end(&mut a, &mut b, &mut up);
    drop(full);
    assert_eq!(c.register(3600).status(), 200);
    assert!(ringwerk.is_up());
    let list = wait::until("the record to be in the database", || {
        Some(calls(&ringwerk, &company)).filter(|list| !list.is_empty())
    });
    assert_eq!(list.len(), 1, "{list:#?}");
    assert!(!ringwerk.data().join("records.journal").exists());
}

#[test]
fn nothing_is_acknowledged_after_an_fsync_that_failed_and_the_next_start_goes_on() {
    let mut ringwerk = Ringwerk::new(House(101));
    let company = ringwerk.demo(3);
    ringwerk.start();
    let (mut a, mut b) = (registered(&ringwerk, &company, 0), registered(&ringwerk, &company, 1));
    let (mut up, _) = talking(&mut a, &mut b, company.extension(1));
    let wal = ringwerk.data().join("ringwerk.db-wal");
    let lying = Injection::start(ringwerk.id(), &[wal], "fsync,fdatasync:error=EIO");
    let mut c = Phone::udp(ringwerk.house().phone(2), ringwerk.sip(), company.phone(2));
    let working = std::sync::atomic::AtomicBool::new(true);
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| c.try_register(3600, &working));
        let ended = wait::until("Ringwerk to end by itself", || (!ringwerk.is_up()).then(|| ringwerk.log_text()));
        working.store(false, std::sync::atomic::Ordering::Relaxed);
        assert!(ended.contains("storage failed"), "{ended}");
        let answer = asking.join().unwrap();
        assert!(answer.is_none_or(|answer| answer.status() != 200), "acknowledged what is not on disk");
    });
    drop(lying);
    ringwerk.gone();
    ringwerk.start();
    // Everything acknowledged before is there, the call that is up included.
    let admin = company.administrator(&ringwerk.api());
    for index in [0, 1] {
        let phone = company.voip_phone(&admin, index);
        assert!(phone["presence"].is_object(), "{phone:#}");
    }
    end(&mut a, &mut b, &mut up);
    assert_eq!(calls(&ringwerk, &company).len(), 1);
    assert_eq!(c.register(3600).status(), 200);
}

/// Another process that holds SQLite's write lock until it is told to let go.
struct Locked(Child);

impl Locked {
    fn take(database: &std::path::Path) -> Self {
        let script = "import sqlite3, sys\nd = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=10)\n\
                      d.execute('BEGIN IMMEDIATE')\nprint('held', flush=True)\nsys.stdin.readline()\nd.execute('ROLLBACK')\n";
        let mut child = Command::new("python3")
            .args(["-c", script])
            .arg(database)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python is installed");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "held\n");
        Self(child)
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        let _ = self.0.stdin.take().map(|mut keyboard| keyboard.write_all(b"\n"));
        let _ = self.0.wait();
    }
}

/// Somebody to add: refused for now, with a problem that says when to come back.
fn refused_for_now(admin: &Api, person: &Value) {
    let answer = admin.send("POST", "/v1/users", Some(person), &[]).expect("an answer");
    assert_eq!((answer.status, &answer.body["type"]), (503, &"urn:ringwerk:problem:busy".into()), "{answer:?}");
    assert!(answer.retry_after.is_some(), "{answer:?}");
}

#[test]
fn what_cannot_be_written_is_refused_while_another_process_locks_the_database() {
    let mut ringwerk = Ringwerk::new(House(102));
    let company = ringwerk.demo(3);
    ringwerk.start();
    let (mut a, mut b) = (registered(&ringwerk, &company, 0), registered(&ringwerk, &company, 1));
    let (mut up, other) = talking(&mut a, &mut b, company.extension(1));
    let admin = company.administrator(&ringwerk.api());
    let before = admin.list("/v1/users").len();
    let wanda = serde_json::json!({ "firstName": "Wanda", "lastName": "Warten" });
    let locked = Locked::take(&ringwerk.data().join("ringwerk.db"));
    let mut c = Phone::udp(ringwerk.house().phone(2), ringwerk.sip(), company.phone(2));
    std::thread::scope(|scope| {
        let registering = scope.spawn(|| c.register(3600).status());
        // All of them, also those that wait for one another.
        let adding: Vec<_> = (0..5).map(|_| scope.spawn(|| refused_for_now(&admin, &wanda))).collect();
        // Reading and talking do not wait, and who hangs up is not kept waiting.
        let (voice_a, voice_b) = (Voice::start(&a.media, 440.0), Voice::start(&b.media, 620.0));
        voice_a.speak_to(up.message.media());
        voice_b.speak_to(other.message.media());
        voice_a.hears(620.0);
        voice_b.hears(440.0);
        assert_eq!(admin.list("/v1/users").len(), before);
        adding.into_iter().for_each(|adding| adding.join().unwrap());
        assert_eq!(registering.join().unwrap(), 503);
    });
    end(&mut a, &mut b, &mut up);
    drop(locked);
    // Nothing of what was refused is there, and all goes on by itself.
    assert_eq!(admin.list("/v1/users").len(), before);
    assert_eq!(admin.status("POST", "/v1/users", Some(&wanda)), 201);
    assert_eq!(c.register(3600).status(), 200);
    let list = wait::until("the record to be in the database", || {
        Some(calls(&ringwerk, &company)).filter(|list| !list.is_empty())
    });
    assert_eq!(list.len(), 1, "{list:#?}");
}

#[test]
fn what_cannot_be_asked_is_refused_while_postgresql_does_not_answer() {
    let cluster = Cluster::start("house105");
    let mut ringwerk = Ringwerk::on(House(105), cluster.database("house105"));
    let company = ringwerk.demo(3);
    ringwerk.start();
    let (mut a, mut b) = (registered(&ringwerk, &company, 0), registered(&ringwerk, &company, 1));
    let (mut up, _) = talking(&mut a, &mut b, company.extension(1));
    let admin = company.administrator(&ringwerk.api());
    let before = admin.list("/v1/users").len();
    let wanda = serde_json::json!({ "firstName": "Wanda", "lastName": "Warten" });
    let frozen = cluster.freeze();
    std::thread::scope(|scope| {
        // More than there are connections to the database.
        let adding: Vec<_> = (0..20).map(|_| scope.spawn(|| refused_for_now(&admin, &wanda))).collect();
        adding.into_iter().for_each(|adding| adding.join().unwrap());
    });
    assert_eq!(ringwerk.api().status("GET", "/healthz", None), 503);
    end(&mut a, &mut b, &mut up);
    drop(frozen);
    let there = wait::until("the database to be asked again", || {
        let answer = admin.send("GET", "/v1/users?limit=100", None, &[])?;
        (answer.status == 200).then(|| answer.body["items"].as_array().map_or(0, Vec::len))
    });
    assert_eq!(there, before);
    let list = wait::until("the record to be in the database", || {
        Some(calls(&ringwerk, &company)).filter(|list| !list.is_empty())
    });
    assert_eq!(list.len(), 1, "{list:#?}");
    assert_eq!(registered_or_not(&ringwerk, &company), 200);
}

#[test]
fn a_call_that_ends_while_postgresql_is_away_keeps_its_record_even_through_a_power_cut() {
    let cluster = Cluster::start("house103");
    let mut ringwerk = Ringwerk::on(House(103), cluster.database("house103"));
    let company = ringwerk.demo(3);
    ringwerk.start();
    let (mut a, mut b) = (registered(&ringwerk, &company, 0), registered(&ringwerk, &company, 1));

    // A restart in the middle of a call: nobody notices.
    let (mut up, _) = talking(&mut a, &mut b, company.extension(1));
    cluster.stop();
    cluster.resume();
    end(&mut a, &mut b, &mut up);
    assert_eq!(a.register(3600).status(), 200);

    // Away for longer: the call goes on and ends, what is new is refused.
    let (mut up, _) = talking(&mut a, &mut b, company.extension(1));
    cluster.stop();
    end(&mut a, &mut b, &mut up);
    assert!(ringwerk.data().join("records.journal").exists());
    assert_eq!(registered_or_not(&ringwerk, &company), 503);
    ringwerk.kill();
    cluster.resume();
    ringwerk.start();
    let list = calls(&ringwerk, &company);
    assert_eq!(list.len(), 2, "{list:#?}");
    let answered = |call: &Value| call["outcome"] == "answered" || call["outcome"]["type"] == "answered";
    assert!(list.iter().all(answered), "{list:#?}");
    assert!(!ringwerk.data().join("records.journal").exists());

    // And where it comes back while we run, the records go in by themselves.
    let (mut up, _) = talking(&mut a, &mut b, company.extension(1));
    cluster.stop();
    end(&mut a, &mut b, &mut up);
    cluster.resume();
    wait::until("the record to be in the database", || (calls(&ringwerk, &company).len() == 3).then_some(()));
    wait::until("the journal to be gone", || (!ringwerk.data().join("records.journal").exists()).then_some(()));
    assert_eq!(registered_or_not(&ringwerk, &company), 200);
    ringwerk.stop();
}

fn registered_or_not(ringwerk: &Ringwerk, company: &Company) -> u16 {
    Phone::udp(ringwerk.house().phone(2), ringwerk.sip(), company.phone(2)).register(3600).status()
}

#[test]
fn every_registration_that_was_acknowledged_outlives_a_restart_of_postgresql() {
    let cluster = Cluster::start("house104");
    let mut ringwerk = Ringwerk::on(House(104), cluster.database("house104"));
    let company = ringwerk.demo(12);
    ringwerk.start();
    let mut acknowledged = Vec::new();
    std::thread::scope(|scope| {
        let registering = scope.spawn(|| {
            (2..12u8)
                .filter(|index| {
                    let index = usize::from(*index);
                    let mut phone = Phone::udp(ringwerk.house().phone(3), ringwerk.sip(), company.phone(index));
                    phone.register(3600).status() == 200
                })
                .collect::<Vec<_>>()
        });
        wait::speak(Duration::from_millis(100));
        cluster.stop();
        cluster.resume();
        acknowledged = registering.join().unwrap();
    });
    ringwerk.kill();
    ringwerk.start();
    let devices = company.administrator(&ringwerk.api()).list("/v1/devices");
    let online = devices.iter().filter(|device| device["presence"].is_object()).count();
    assert!(online >= acknowledged.len() && !acknowledged.is_empty(), "{online} of {acknowledged:?}");
}
