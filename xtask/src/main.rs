//! Chores of the repository, run as `cargo xtask CHORE`.

mod tidy;

use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask CHORE

  tidy    check the house rules: who may import whom, what pure crates may touch, file sizes, licences
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().map(PathBuf::from).unwrap_or_default();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["tidy"] => tidy::run(&root),
        _ => {
            eprint!("{USAGE}");
            ExitCode::FAILURE
        }
    }
}
