//! Every file: its length, its head, and what must not be in it.

use std::path::Path;

use super::Fault;
use super::source::{self, Source};

/// No Rust file is longer, in lines.
const LONGEST: usize = 500;

/// Files that may be longer, one a line, path and reason.
const LONG_FILES: &str = "xtask/long-files.txt";

/// Kinds of files that are text and ours.
const TEXTS: [&str; 14] =
    ["rs", "toml", "md", "sh", "yml", "yaml", "json", "txt", "js", "css", "html", "svg", "call", "snap"];

/// Beginnings of absolute paths that exist on one person's machine only.
const SOMEBODYS: [&str; 5] = ["/home/", "/Users/", "/root/", "/work/", "C:\\Users\\"];

/// Checks all files, whatever they hold.
pub fn whole(paths: &[String], root: &Path) -> Result<Vec<Fault>, String> {
    let mut faults = Vec::new();
    for path in paths {
        if path.ends_with(".snap.new") {
            faults.push(Fault::new(
                path,
                0,
                "a snapshot waits for review; run `cargo insta review` and commit what is right",
            ));
        }
        // This folder names the beginnings in order to find them.
        let is_text = path.rsplit_once('.').is_some_and(|(_, kind)| TEXTS.contains(&kind))
            || path == "Makefile"
            || path == ".ci/run";
        if is_text && !path.starts_with("xtask/src/tidy/") {
            faults.extend(somebodys_paths(path, &source::read(root, path)?));
        }
    }
    for (path, reason) in long_files(root)? {
        if !paths.contains(&path) {
            faults.push(Fault::new(LONG_FILES, 0, format!("{path} is gone; remove its line")));
        } else if reason.is_empty() {
            faults.push(Fault::new(
                LONG_FILES,
                0,
                format!("{path} has no reason to be long; give one, or split the file"),
            ));
        } else if source::read(root, &path)?.lines().count() <= LONGEST {
            faults.push(Fault::new(LONG_FILES, 0, format!("{path} is short enough now; remove its line")));
        }
    }
    let excused = long_files(root)?;
    for path in paths.iter().filter(|path| path.ends_with(".rs") && !excused.iter().any(|(long, _)| long == *path)) {
        let lines = source::read(root, path)?.lines().count();
        if lines > LONGEST {
            let text =
                format!("{lines} lines are too many for one file; split it by what it is about, below {LONGEST}");
            faults.push(Fault::new(path, 0, text));
        }
    }
    Ok(faults)
}

/// Checks one Rust file.
pub fn rust(source: &Source, faults: &mut Vec<Fault>) {
    let head = source.text.lines().find(|line| !line.trim().is_empty() && !line.starts_with("#!"));
    if !head.is_some_and(|line| line.starts_with("//!") || line.starts_with("/*!")) {
        faults.push(Fault::new(&source.path, 1, "say in a `//!` line at the head what this file is about"));
    }
}

fn long_files(root: &Path) -> Result<Vec<(String, String)>, String> {
    let text = if root.join(LONG_FILES).exists() { source::read(root, LONG_FILES)? } else { String::new() };
    Ok(text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .map(|line| {
            line.split_once(' ')
                .map_or((line.to_owned(), String::new()), |(path, reason)| (path.to_owned(), reason.trim().to_owned()))
        })
        .collect())
}

fn somebodys_paths(path: &str, text: &str) -> Vec<Fault> {
    let starts_word = |line: &str, at: usize| {
        line.get(..at).is_none_or(|before| {
            !before.ends_with(|last: char| last.is_alphanumeric() || matches!(last, '.' | '_' | '-' | '}' | '~' | ')'))
        })
    };
    text.lines()
        .enumerate()
        .filter(|(_, line)| {
            SOMEBODYS.iter().any(|start| line.match_indices(start).any(|(at, _)| starts_word(line, at)))
        })
        .map(|(index, _)| {
            Fault::new(
                path,
                index + 1,
                "this path exists on one machine only; make it relative, or take it from a variable",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_one_machine_are_found() {
        let lines = |text: &str| somebodys_paths("a.md", text).iter().map(|fault| fault.line).collect::<Vec<_>>();
        assert_eq!(lines("ok\ncd /home/anna/x\n"), [2]);
        assert_eq!(lines("see https://example.com/home/page and ./work/x and $HOME/work/y"), [0usize; 0]);
    }

    #[test]
    fn a_file_says_what_it_is_about() {
        let check = |text: &str| {
            let mut faults = Vec::new();
            rust(&Source::new("crates/sip/src/a.rs", text.to_owned()), &mut faults);
            faults.len()
        };
        assert_eq!(check("//! About.\n"), 0);
        assert_eq!(check("#![no_main]\n//! About.\n"), 0);
        assert_eq!(check("use x;\n"), 1);
        assert_eq!(check(""), 1);
    }
}
