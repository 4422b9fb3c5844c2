//! Pure crates touch nothing: no socket, file, clock, thread, random source, runtime; no order that depends on hashing.

use std::collections::BTreeSet;

use super::Fault;
use super::crates::dependencies;
use super::names::named;
use super::source::Source;

const PURE: [&str; 4] = ["types", "callflow", "rating", "sip"];

/// What a pure crate may depend on, beside crates of ours: values, bytes and arithmetic.
const DEPENDENCIES: [&str; 19] = [
    "ahash",
    "hashbrown",
    "bytes",
    "hmac",
    "md-5",
    "memchr",
    "rust_decimal",
    "serde",
    "sha2",
    "smallvec",
    "subtle",
    "types",
    // For tests and measurements only; the crates' own code is checked below.
    "divan",
    "insta",
    "proptest",
    "serde_json",
    "rlibphonenumber",
    "callflow",
    "sip",
];

/// What a pure crate must not name, and what to do instead.
const FORBIDDEN: [(&str, &str); 24] = [
    ("std::net::UdpSocket", SOCKETS),
    ("std::net::TcpStream", SOCKETS),
    ("std::net::TcpListener", SOCKETS),
    ("std::net::ToSocketAddrs", SOCKETS),
    ("std::os", SOCKETS),
    ("std::fs", "take the contents as an argument"),
    ("std::env", "take the setting as an argument"),
    ("std::process", "return what happened and let the caller act"),
    ("std::thread", "return what is to be done and let the shell around it run it"),
    ("std::time::Instant", CLOCK),
    ("std::time::SystemTime", CLOCK),
    ("std::io::stdin", "take the text as an argument"),
    ("std::io::stdout", "return the text"),
    ("std::io::stderr", "return the text"),
    ("std::hash::RandomState", RANDOM),
    ("std::collections::hash_map::RandomState", RANDOM),
    ("rand", RANDOM),
    ("getrandom", RANDOM),
    ("tokio", SOCKETS),
    ("mio", SOCKETS),
    ("socket2", SOCKETS),
    ("axum", "HTTP lives in office"),
    ("sqlx", "SQL lives in office"),
    ("sea_orm", "SQL lives in office"),
];

const SOCKETS: &str = "return the bytes to send, take the bytes that came, and let the shell around it do the IO";
const CLOCK: &str = "take `now: Tick` or `at: Timestamp` as an argument (types::clock)";
const RANDOM: &str = "take `&dyn Entropy` as an argument (types::entropy)";

/// Words that are forbidden wherever they stand.
const WORDS: [(&str, &str); 5] = [
    ("thread_rng", RANDOM),
    ("println!", "return the text"),
    ("eprintln!", "return the text"),
    ("thread_local!", "make it a field of a value that the caller owns"),
    ("static mut", "make it a field of a value that the caller owns"),
];

/// Ways to go through a map or set in the order of its hashes.
const WALKS: [&str; 10] = [
    "iter",
    "iter_mut",
    "keys",
    "values",
    "values_mut",
    "into_iter",
    "into_keys",
    "into_values",
    "drain",
    "extract_if",
];

/// Checks the dependencies of a pure crate.
pub fn manifest(path: &str, text: &str, faults: &mut Vec<Fault>) {
    let ["crates", folder, "Cargo.toml"] = path.split('/').collect::<Vec<_>>()[..] else { return };
    if !PURE.contains(&folder) {
        return;
    }
    for name in dependencies(text) {
        if !DEPENDENCIES.contains(&name.as_str()) {
            let text = format!(
                "{folder} is pure and {name} is not on the list of what pure crates may depend on; do without, move the code to office or switch, \
                 or, where {name} does no IO and reads no clock, add it to xtask/src/tidy/purity.rs"
            );
            faults.push(Fault::new(path, 0, text));
        }
    }
}

/// Checks the product code of a pure crate.
pub fn code(source: &Source, faults: &mut Vec<Fault>) {
    let (Some(folder), Some(module)) = (source.crate_folder(), source.module()) else { return };
    if !PURE.contains(&folder) {
        return;
    }
    for name in named(&source.product, &module) {
        if let Some((pattern, instead)) = FORBIDDEN.iter().find(|(pattern, _)| name.is_under(pattern)) {
            faults.push(Fault::new(
                &source.path,
                name.line,
                format!("{folder} is pure and must not name {pattern}: {instead}"),
            ));
        }
    }
    for (index, line) in source.product.lines().enumerate() {
        if let Some((word, instead)) = WORDS.iter().find(|(word, _)| has_word(line, word)) {
            faults.push(Fault::new(
                &source.path,
                index + 1,
                format!("{folder} is pure and must not use {word}: {instead}"),
            ));
        }
    }
    hash_walks(source, faults);
}

fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        !line.get(..at).is_some_and(|before| before.ends_with(|last: char| last.is_alphanumeric() || last == '_'))
    })
}

/// Finds names that are declared as hash maps or sets in this file and then walked through.
///
/// It sees only what one file says, so it is a net with holes; clippy's `iter_over_hash_type` covers `for` loops.
fn hash_walks(source: &Source, faults: &mut Vec<Fault>) {
    let hashed = hashed_names(&source.product);
    for (index, line) in source.product.lines().enumerate() {
        for name in &hashed {
            let walk = WALKS.iter().find(|walk| {
                let call = format!("{name}.{walk}(");
                has_word(line, &call)
            });
            if let Some(walk) = walk {
                let text = format!(
                    "{name} is a hash map or set, and .{walk}() goes through it in random order; use a BTreeMap, or sort first"
                );
                faults.push(Fault::new(&source.path, index + 1, text));
            }
        }
    }
}

fn hashed_names(code: &str) -> BTreeSet<String> {
    const KINDS: [&str; 2] = ["HashMap", "HashSet"];
    let declared = |line: &str| -> Vec<String> {
        let places = KINDS.iter().flat_map(|kind| line.match_indices(kind)).map(|(at, _)| at);
        places.filter_map(|at| declared_name(line.get(..at)?)).collect()
    };
    code.lines().flat_map(declared).collect()
}

/// The `name` of `name: path::` or `name = path::`, at the end of `before`.
fn declared_name(before: &str) -> Option<String> {
    let flat = before.replace("::", "__");
    let (head, kind) = flat.rsplit_once([':', '='])?;
    let is_path = kind.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '<' | '&' | ' '));
    let name = head.trim_end().rsplit(|letter: char| !letter.is_alphanumeric() && letter != '_').next()?;
    (is_path && !name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[&str]) {
        let mut faults = Vec::new();
        code(&Source::new("crates/sip/src/a.rs", text.to_owned()), &mut faults);
        assert_eq!(faults.len(), expect.len(), "{text}: {faults:?}");
        for (fault, part) in faults.iter().zip(expect) {
            assert!(fault.to_string().contains(part), "{fault} lacks {part}");
        }
    }

    #[test]
    fn sockets_clocks_files_and_dice_are_refused() {
        check(
            "use std::net::{SocketAddr, UdpSocket};",
            &["crates/sip/src/a.rs:1: sip is pure and must not name std::net::UdpSocket"],
        );
        check("use std::time::Duration;", &[]);
        check("\nfn f() { std::time::Instant::now(); }", &[":2: sip is pure"]);
        check("use std::time;\nfn f() { time::SystemTime::now(); }", &["SystemTime"]);
        check("fn f() { tokio::spawn(x) }", &["tokio"]);
        check("fn f() { println!() }", &["println!"]);
        check("// std::fs is not used\nfn f() { g(\"std::fs\") }", &[]);
        check("#[cfg(test)]\nmod tests { use std::fs; }", &[]);
    }

    #[test]
    fn walking_through_hashes_is_refused() {
        check("struct A { phones: AHashMap<u8, u8> }\nfn f(a: &A) { a.phones.values() }", &["phones is a hash map"]);
        check("fn f() { let mut seen = std::collections::HashSet::new(); seen.iter() }", &["seen is a hash map"]);
        check("struct A { phones: BTreeMap<u8, u8> }\nfn f(a: &A) { a.phones.values() }", &[]);
        check("struct A { phones: AHashMap<u8, u8> }\nfn f(a: &A) { a.phones.get(&1) }", &[]);
    }

    #[test]
    fn dependencies_are_on_a_list() {
        let mut faults = Vec::new();
        manifest("crates/sip/Cargo.toml", "[dependencies]\nbytes = \"1\"\n", &mut faults);
        assert_eq!(faults, []);
        manifest("crates/sip/Cargo.toml", "[dependencies]\ntokio = \"1\"\n", &mut faults);
        manifest("crates/switch/Cargo.toml", "[dependencies]\ntokio = \"1\"\n", &mut faults);
        assert_eq!(faults.len(), 1);
    }
}
