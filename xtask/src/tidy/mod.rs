//! The house rules of ARCHITECTURE.md as a test. A rule that fails says where, and how to mend it.

mod crates;
mod files;
mod licences;
mod names;
mod purity;
mod slices;
mod source;

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

use source::Source;

/// A broken rule: where, what is wrong, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    place: String,
    text: String,
    line: usize,
}

impl Fault {
    fn new(place: &str, line: usize, text: impl Into<String>) -> Self {
        Self { place: place.to_owned(), line, text: text.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{}: {}", self.place, self.text)
        } else {
            write!(f, "{}:{}: {}", self.place, self.line, self.text)
        }
    }
}

/// Checks the whole repository and prints what is broken.
pub fn run(root: &Path) -> ExitCode {
    match check(root) {
        Ok((files, faults)) if faults.is_empty() => {
            println!("tidy: {files} files, nothing to mend");
            ExitCode::SUCCESS
        }
        Ok((files, faults)) => {
            for fault in &faults {
                println!("{fault}");
            }
            println!("tidy: {files} files, {} to mend", faults.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            println!("tidy: {error}");
            ExitCode::FAILURE
        }
    }
}

fn check(root: &Path) -> Result<(usize, Vec<Fault>), String> {
    let paths = source::walk(root)?;
    let mut faults = files::whole(&paths, root)?;
    let mut sources = Vec::new();
    for path in paths.iter().filter(|path| path.ends_with(".rs")) {
        sources.push(Source::read(root, path)?);
    }
    let order = slices::Order::read(&sources, &mut faults);
    for source in &sources {
        files::rust(source, &mut faults);
        crates::code(source, &mut faults);
        purity::code(source, &mut faults);
        slices::code(source, &order, &mut faults);
    }
    for path in paths.iter().filter(|path| path.ends_with("Cargo.toml")) {
        let text = source::read(root, path)?;
        crates::manifest(path, &text, &mut faults);
        purity::manifest(path, &text, &mut faults);
    }
    licences::check(root, &mut faults)?;
    faults.sort();
    // What is named in a `use` line is usually named again below; mending the first mends all.
    faults.dedup_by(|next, first| next.place == first.place && next.text == first.text);
    Ok((paths.len(), faults))
}
