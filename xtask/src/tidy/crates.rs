//! Who may import whom, between the crates of this repository.

use super::Fault;
use super::names::named;
use super::source::Source;

/// Folder under `crates/`, and the crates of ours that it may import.
const TABLE: [(&str, &[&str]); 10] = [
    ("types", &[]),
    ("callflow", &["types"]),
    ("rating", &["types"]),
    ("sip", &["types"]),
    ("office", &["types", "callflow", "rating"]),
    ("switch", &["types", "callflow", "sip"]),
    ("post", &["types"]),
    ("texting", &["types"]),
    ("invoice_pdf", &["types", "rating"]),
    ("server", &["types", "callflow", "rating", "sip", "office", "switch", "post", "texting", "invoice_pdf"]),
];

/// The file of `server` in which office and switch meet.
const WIRE: [&str; 2] = ["crates/server/src/wire.rs", "crates/server/src/wire/"];

/// Checks the dependencies of one manifest.
pub fn manifest(path: &str, text: &str, faults: &mut Vec<Fault>) {
    let folder = match path.split('/').collect::<Vec<_>>().as_slice() {
        ["crates", folder, "Cargo.toml"] => *folder,
        // The stories see the product from outside only, and chores work on its text.
        ["tests" | "xtask", "Cargo.toml"] => "",
        _ => return,
    };
    let Some(allowed) = allowed(folder) else {
        let text =
            "this crate is not in the import table; give it a line in ARCHITECTURE.md and in xtask/src/tidy/crates.rs";
        faults.push(Fault::new(path, 0, text));
        return;
    };
    for name in dependencies(text) {
        if is_ours(&name) && !allowed.contains(&name.as_str()) {
            faults.push(Fault::new(path, 0, forbidden(folder, &name, allowed)));
        }
    }
}

/// Checks the paths of one file.
pub fn code(source: &Source, faults: &mut Vec<Fault>) {
    let (Some(folder), Some(module)) = (source.crate_folder(), source.module()) else { return };
    let Some(allowed) = allowed(folder) else { return };
    let mut sees = (false, false);
    for name in named(&source.product, &module) {
        let Some(first) = name.path.first().filter(|first| !declares(source, first)) else { continue };
        if name.path.len() > 1 && is_ours(first) && first != folder && !allowed.contains(&first.as_str()) {
            faults.push(Fault::new(&source.path, name.line, forbidden(folder, first, allowed)));
        }
        sees = (sees.0 || name.is_under("office"), sees.1 || name.is_under("switch"));
    }
    if sees == (true, true) && !WIRE.iter().any(|wire| source.path.starts_with(wire)) {
        let text = "office and switch do not know each other; only crates/server/src/wire.rs may name both, so move this there";
        faults.push(Fault::new(&source.path, 0, text));
    }
}

/// Whether the file declares a module of this name, so that a path through it leads to no crate.
fn declares(source: &Source, name: &str) -> bool {
    source.product.lines().any(|line| {
        line.trim_end_matches(" {").trim_end_matches(';').rsplit_once("mod ").is_some_and(|(_, own)| own == name)
    })
}

/// The names of all dependencies in a manifest, of every kind and for every platform.
pub fn dependencies(manifest: &str) -> Vec<String> {
    let Ok(table) = manifest.parse::<toml::Table>() else { return Vec::new() };
    let mut found = Vec::new();
    gather(&table, &mut found);
    for platform in table.get("target").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::values) {
        if let Some(platform) = platform.as_table() {
            gather(platform, &mut found);
        }
    }
    found
}

fn gather(table: &toml::Table, found: &mut Vec<String>) {
    for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
        found.extend(table.get(kind).and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::keys).cloned());
    }
}

fn allowed(folder: &str) -> Option<&'static [&'static str]> {
    if folder.is_empty() {
        return Some(&[]);
    }
    TABLE.iter().find(|(name, _)| *name == folder).map(|(_, allowed)| *allowed)
}

fn is_ours(name: &str) -> bool {
    TABLE.iter().any(|(folder, _)| *folder == name)
}

fn forbidden(folder: &str, name: &str, allowed: &[&str]) -> String {
    let who = if folder.is_empty() { "this crate" } else { folder };
    let may = if allowed.is_empty() { "nothing of ours".to_owned() } else { allowed.join(", ") };
    format!(
        "{who} must not import {name}, it may import {may}; pass what you need as an argument, or move the code to where it may"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, expect: &[&str]) {
        let mut faults = Vec::new();
        if path.ends_with(".rs") {
            code(&Source::new(path, text.to_owned()), &mut faults);
        } else {
            manifest(path, text, &mut faults);
        }
        assert_eq!(faults.len(), expect.len(), "{faults:?}");
        for (fault, part) in faults.iter().zip(expect) {
            assert!(fault.to_string().contains(part), "{fault} lacks {part}");
        }
    }

    #[test]
    fn the_table_holds_for_manifests() {
        check("crates/sip/Cargo.toml", "[dependencies]\ntypes.workspace = true\n", &[]);
        check("crates/sip/Cargo.toml", "[dependencies]\noffice.workspace = true\n", &["sip must not import office"]);
        check(
            "crates/office/Cargo.toml",
            "[dev-dependencies]\nswitch = { path = \"../switch\" }\n",
            &["office must not import switch"],
        );
        check(
            "crates/office/Cargo.toml",
            "[target.'cfg(unix)'.dependencies]\nsip = \"1\"\n",
            &["office must not import sip"],
        );
        check("crates/common/Cargo.toml", "", &["not in the import table"]);
        check("tests/Cargo.toml", "[dependencies]\noffice.workspace = true\n", &["this crate must not import office"]);
    }

    #[test]
    fn the_table_holds_for_code() {
        check("crates/switch/src/a.rs", "use sip::agent;", &[]);
        check("crates/switch/src/a.rs", "fn f() { office::Office::open() }", &["switch must not import office"]);
        check("crates/switch/src/a.rs", "mod server;\nuse server::Server;", &[]);
        check("crates/switch/src/a.rs", "#[cfg(test)] mod tests { use office::x; }", &[]);
    }

    #[test]
    fn only_one_file_sees_both_shells() {
        check("crates/server/src/wire.rs", "use office::Office; use switch::Ticket;", &[]);
        check(
            "crates/server/src/serve.rs",
            "use office::Office;\nuse switch::Ticket;",
            &["only crates/server/src/wire.rs"],
        );
        check("crates/server/src/serve.rs", "use office::Office;", &[]);
    }
}
