//! The command line as the person at the terminal meets it.
#![allow(clippy::unwrap_used, reason = "this is test code: a failure is a panic")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs the binary in `folder` and gives what it printed.
fn ringwerk(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ringwerk")).current_dir(folder).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("ringwerk-command-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

#[test]
fn a_sound_configuration_is_called_sound() {
    let folder = folder("sound");
    let output = ringwerk(&folder, &["check", "--http", "127.0.77.12:0", "--sip", "127.0.77.12:0"]);
    assert!(output.status.success(), "{output:?}");
    assert!(text(&output.stdout).contains("can start with this configuration"), "{output:?}");
}

#[test]
fn mistakes_are_named_before_anything_starts() {
    let folder = folder("mistakes");
    std::fs::write(folder.join("ringwerk.toml"), "[sip]\nlisten_udp = \"0.0.0.0:5060\"\n").unwrap();
    let output = ringwerk(&folder, &["check", "--config", "ringwerk.toml"]);
    assert!(!output.status.success() && text(&output.stderr).contains("listen_udp"), "{output:?}");

    std::fs::write(folder.join("ringwerk.toml"), "[database]\nurl = \"mysql://x\"\n").unwrap();
    for command in ["check", "serve"] {
        let output = ringwerk(
            &folder,
            &[command, "--config", "ringwerk.toml", "--http", "127.0.77.13:0", "--sip", "127.0.77.13:0"],
        );
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(!output.status.success() && said.contains("must start with postgres://"), "{command}: {output:?}");
    }
}

#[test]
fn a_taken_port_is_named() {
    let folder = folder("taken");
    let holder = std::net::TcpListener::bind("127.0.77.14:0").unwrap();
    let address = holder.local_addr().unwrap().to_string();
    let output = ringwerk(&folder, &["check", "--http", &address, "--sip", "127.0.77.14:0"]);
    assert!(!output.status.success() && text(&output.stdout).contains("another program uses that port"), "{output:?}");
    // The kernel chooses ports that audio could have, too.
    std::fs::write(folder.join("ringwerk.toml"), "[media]\nfirst_port = 20000\nlast_port = 29999\n").unwrap();
    for arguments in [["--http", &address, "--sip", "127.0.77.14:0"], ["--http", "127.0.77.14:0", "--sip", &address]] {
        let output =
            ringwerk(&folder, &[&["serve", "--config", "ringwerk.toml", "--metrics", "off"][..], &arguments].concat());
        let said = text(&output.stderr);
        let named = said.contains(&format!("cannot listen on {address} (TCP): another program uses that port"));
        assert!(!output.status.success() && named, "{output:?}");
    }
}

#[test]
fn demo_fills_only_what_is_empty() {
    let folder = folder("demo");
    let first = ringwerk(&folder, &["demo", "--data", "data", "--users", "3"]);
    assert!(first.status.success(), "{first:?}");
    assert!(text(&first.stdout).contains("ringwerk serve --data data"), "{first:?}");
    let again = ringwerk(&folder, &["demo", "--data", "data"]);
    assert!(!again.status.success() && text(&again.stderr).contains("not empty"), "{again:?}");
}

#[test]
fn demo_prints_what_scripts_need() {
    let folder = folder("json");
    let output = ringwerk(&folder, &["demo", "--data", "data", "--users", "12", "--json"]);
    assert!(output.status.success(), "{output:?}");
    let made: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for pointer in ["/account/id", "/account/name", "/admin/email", "/admin/password", "/apiToken", "/sipDomain"] {
        assert!(made.pointer(pointer).is_some_and(serde_json::Value::is_string), "{pointer} in {made:#}");
    }
    let users = made["users"].as_array().unwrap();
    assert_eq!(users.len(), 12);
    assert_eq!(users[0]["email"], made["admin"]["email"]);
    let mut extensions = std::collections::BTreeSet::new();
    for user in users {
        for key in ["id", "name", "email", "password", "extension", "number"] {
            assert!(user[key].is_string(), "{key} in {user:#}");
        }
        assert!(extensions.insert(user["extension"].to_string()), "{user:#}");
        assert!(user["phones"][0]["sipId"].is_string() && user["phones"][0]["password"].is_string(), "{user:#}");
    }
}

#[test]
fn what_is_not_there_cannot_be_backed_up() {
    let folder = folder("nothing");
    let output = ringwerk(&folder, &["backup", "file.tar", "--data", "data"]);
    assert!(!output.status.success() && text(&output.stderr).contains("not a data folder"), "{output:?}");
    std::fs::write(folder.join("letter.txt"), "Dear all").unwrap();
    let output = ringwerk(&folder, &["restore", "letter.txt", "--data", "data"]);
    assert!(!output.status.success() && text(&output.stderr).contains("not a backup"), "{output:?}");
}

#[test]
fn a_backup_comes_back_into_an_empty_folder_only() {
    let folder = folder("backup");
    assert!(ringwerk(&folder, &["demo", "--data", "old", "--users", "3"]).status.success());
    let output = ringwerk(&folder, &["backup", "all.tar", "--data", "old"]);
    assert!(output.status.success(), "{output:?}");
    let nowhere = ringwerk(&folder, &["backup", "there/all.tar", "--data", "old"]);
    assert!(!nowhere.status.success() && text(&nowhere.stderr).contains("no folder there"), "{nowhere:?}");
    let again = ringwerk(&folder, &["backup", "all.tar", "--data", "old"]);
    assert!(!again.status.success() && text(&again.stderr).contains("there already"), "{again:?}");
    let onto_itself = ringwerk(&folder, &["restore", "all.tar", "--data", "old"]);
    assert!(!onto_itself.status.success() && text(&onto_itself.stderr).contains("not empty"), "{onto_itself:?}");
    let output = ringwerk(&folder, &["restore", "all.tar", "--data", "new"]);
    assert!(output.status.success() && text(&output.stdout).contains("ringwerk serve --data new"), "{output:?}");
    assert_eq!(std::fs::read(folder.join("old/key")).unwrap(), std::fs::read(folder.join("new/key")).unwrap());
}

#[test]
fn an_operator_gets_a_link_and_can_be_taken_out() {
    let folder = folder("operator");
    assert!(ringwerk(&folder, &["demo", "--data", "data", "--users", "3"]).status.success());
    let operator = |more: &[&str]| ringwerk(&folder, &[&["operator", "--data", "data"], more].concat());
    let made = operator(&["night@hoster.example", "--public-url", "https://telefon.example.com"]);
    assert!(made.status.success(), "{made:?}");
    assert!(text(&made.stdout).starts_with("https://telefon.example.com/operator/link#rwl_"), "{made:?}");
    let nonsense = operator(&["night"]);
    assert!(!nonsense.status.success() && text(&nonsense.stderr).contains("not an e-mail address"), "{nonsense:?}");
    assert!(operator(&["--remove", "night@hoster.example"]).status.success());
    let again = operator(&["--remove", "night@hoster.example"]);
    assert!(!again.status.success() && text(&again.stderr).contains("no operator"), "{again:?}");
}
