//! Licences and bans of everything the product is built from, by the lists in deny.toml.
//!
//! `cargo deny check` knows more (it reads licence files, too); this needs nothing installed and always runs.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::Fault;
use super::source;

const DENY: &str = "deny.toml";

/// Checks the packages in Cargo.lock that are built for this platform.
pub fn check(root: &Path, faults: &mut Vec<Fault>) -> Result<(), String> {
    let lists = Lists::read(&source::read(root, DENY)?)?;
    let version = output(Command::new("rustc").arg("-vV").current_dir(root))?;
    let platform =
        version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc does not name its platform")?;
    let arguments = ["metadata", "--format-version=1", "--locked", "--filter-platform", platform];
    let text = output(Command::new("cargo").args(arguments).current_dir(root))?;
    let metadata: Value =
        serde_json::from_str(&text).map_err(|error| format!("cargo metadata is not JSON: {error}"))?;
    faults.extend(packages(&metadata, &lists));
    Ok(())
}

fn output(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?} cannot be run: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?} failed:\n{}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The lists of deny.toml.
#[derive(Debug, Default)]
struct Lists {
    allowed: Vec<String>,
    banned: Vec<String>,
}

impl Lists {
    fn read(text: &str) -> Result<Self, String> {
        let table: toml::Table = text.parse().map_err(|error| format!("{DENY}: {error}"))?;
        let texts = |section: &str, list: &str| -> Vec<String> {
            let items = table.get(section).and_then(|section| section.get(list)).and_then(toml::Value::as_array);
            let item = |item: &toml::Value| {
                item.as_str().or_else(|| item.get("crate").or_else(|| item.get("name"))?.as_str()).map(str::to_owned)
            };
            items.into_iter().flatten().filter_map(item).collect()
        };
        Ok(Self { allowed: texts("licenses", "allow"), banned: texts("bans", "deny") })
    }
}

fn packages(metadata: &Value, lists: &Lists) -> Vec<Fault> {
    let mut faults = Vec::new();
    let used: Vec<&str> =
        array(metadata.pointer("/resolve/nodes")).filter_map(|node| node.get("id")?.as_str()).collect();
    for package in array(metadata.get("packages")) {
        let text = |key: &str| package.get(key).and_then(Value::as_str).unwrap_or_default();
        if !used.contains(&text("id")) {
            continue;
        }
        let (name, licence) = (text("name"), text("license"));
        if lists.banned.iter().any(|banned| banned == name) {
            let text = format!(
                "{name} is banned; `cargo tree -i {name}` tells who brings it, and a feature of that crate usually leaves it out"
            );
            faults.push(Fault::new("Cargo.lock", 0, text));
        }
        if !permits(licence, &lists.allowed) {
            let text = format!(
                "{name} is under {licence:?}, which is not on the list in {DENY}; use another crate, or add the licence if it fits Apache-2.0"
            );
            faults.push(Fault::new("Cargo.lock", 0, text));
        }
    }
    faults
}

fn array(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

/// Whether an SPDX expression can be met with the allowed licences alone. `/` is the old way to write `OR`.
fn permits(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut place = 0;
    any(&words, &mut place, allowed) && place == words.len()
}

fn any(words: &[&str], place: &mut usize, allowed: &[String]) -> bool {
    let mut permitted = all(words, place, allowed);
    while words.get(*place) == Some(&"OR") {
        *place += 1;
        permitted |= all(words, place, allowed);
    }
    permitted
}

fn all(words: &[&str], place: &mut usize, allowed: &[String]) -> bool {
    let mut permitted = one(words, place, allowed);
    while words.get(*place) == Some(&"AND") {
        *place += 1;
        permitted &= one(words, place, allowed);
    }
    permitted
}

fn one(words: &[&str], place: &mut usize, allowed: &[String]) -> bool {
    let Some(word) = words.get(*place) else { return false };
    *place += 1;
    if *word == "(" {
        let permitted = any(words, place, allowed);
        *place += 1;
        return permitted;
    }
    let mut name = (*word).to_owned();
    if words.get(*place) == Some(&"WITH") {
        name = format!("{word} WITH {}", words.get(*place + 1).unwrap_or(&""));
        *place += 2;
    }
    allowed.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licence_expressions_are_understood() {
        let allowed = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "ISC"].map(str::to_owned);
        for good in [
            "MIT",
            "MIT/Apache-2.0",
            "GPL-3.0 OR MIT",
            "Apache-2.0 AND ISC",
            "(GPL-3.0 OR MIT) AND ISC",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert!(permits(good, &allowed), "{good}");
        }
        for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "GPL-3.0 OR (MIT AND GPL-2.0)", "MIT WITH Something", "MIT ISC"] {
            assert!(!permits(bad, &allowed), "{bad}");
        }
    }

    #[test]
    fn banned_and_unlicensed_packages_are_named() {
        let lists = Lists::read(
            "[licenses]\nallow = [\"MIT\"]\n[bans]\ndeny = [{ crate = \"openssl-sys\" }, \"aws-lc-sys\"]\n",
        )
        .unwrap_or_default();
        let metadata = serde_json::json!({
            "resolve": { "nodes": [{ "id": "a" }, { "id": "b" }] },
            "packages": [
                { "id": "a", "name": "openssl-sys", "license": "MIT" },
                { "id": "b", "name": "odd", "license": "GPL-3.0" },
                { "id": "c", "name": "aws-lc-sys", "license": "GPL-3.0" },
            ],
        });
        let found: Vec<String> = packages(&metadata, &lists).iter().map(Fault::to_string).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found.iter().any(|text| text.contains("openssl-sys is banned"))
                && found.iter().any(|text| text.contains("odd is under"))
        );
    }
}
