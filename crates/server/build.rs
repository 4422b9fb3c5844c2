//! Builds the web application and lists its files for `src/web.rs`, so that `cargo build` alone yields the whole product.
//!
//! `RINGWERK_WEB` may name a folder that holds a finished build; npm is not needed then.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

/// What the web application is made from.
const SOURCES: [&str; 7] =
    ["src", "public", "index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts"];

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            println!("cargo::error={message}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    println!("cargo::rerun-if-env-changed=RINGWERK_WEB");
    let out = folder("OUT_DIR")?;
    let built = match env::var_os("RINGWERK_WEB") {
        Some(finished) => {
            println!("cargo::rerun-if-changed={}", Path::new(&finished).display());
            PathBuf::from(finished)
        }
        None => run_npm(&folder("CARGO_MANIFEST_DIR")?.join("../../web"), &out.join("web"))?,
    };
    let mut files = Vec::new();
    collect(&built, &mut files)?;
    fs::write(out.join("assets.rs"), list(&built, &files)?).map_err(|error| format!("assets.rs: {error}"))
}

fn folder(variable: &str) -> Result<PathBuf, String> {
    env::var_os(variable).map(PathBuf::from).ok_or_else(|| format!("{variable} is not set"))
}

fn run_npm(web: &Path, out: &Path) -> Result<PathBuf, String> {
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", web.join(source).display());
    }
    let lock = web.join("package-lock.json");
    let installed = web.join("node_modules/.package-lock.json");
    let changed = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).ok();
    if changed(&installed).is_none_or(|installed| changed(&lock).is_some_and(|lock| lock > installed)) {
        npm(web, &["ci", "--no-audit", "--no-fund"], out)?;
    }
    npm(web, &["run", "build"], out)?;
    Ok(out.to_path_buf())
}

fn npm(web: &Path, arguments: &[&str], out: &Path) -> Result<(), String> {
    let hint = "Node.js 20 with npm builds the web page; RINGWERK_WEB can name a finished build instead";
    let run = Command::new("npm")
        .args(arguments)
        .current_dir(web)
        .env("RINGWERK_WEB_OUT", out)
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
        .output()
        .map_err(|error| format!("npm cannot be started: {error}. {hint}."))?;
    if run.status.success() {
        return Ok(());
    }
    let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    Err(format!("npm {} failed. {hint}. {}", arguments.join(" "), said.replace('\n', " | ")))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let error = |error: std::io::Error| format!("{} cannot be read: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(error)? {
        let path = entry.map_err(error)?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// Rust source with every file, and beside it the one compressed by the web build where there is one.
fn list(root: &Path, files: &[PathBuf]) -> Result<String, String> {
    let mut named: Vec<(String, &PathBuf)> = Vec::new();
    for file in files {
        let name = file.strip_prefix(root).map_err(|error| error.to_string())?;
        named.push((name.to_string_lossy().into_owned(), file));
    }
    named.sort();
    let mut text = String::from("static ASSETS: &[Asset] = &[\n");
    for (name, file) in named {
        if name == "index.html" || name.ends_with(".br") {
            continue;
        }
        let compressed = PathBuf::from(format!("{}.br", file.display()));
        let brotli = if files.contains(&compressed) {
            format!("Some(include_bytes!({:?}))", compressed.display().to_string())
        } else {
            "None".to_owned()
        };
        let plain = file.display().to_string();
        let _ =
            writeln!(text, "    Asset {{ path: \"/{name}\", plain: include_bytes!({plain:?}), brotli: {brotli} }},");
    }
    let _ =
        writeln!(text, "];\nstatic INDEX: &str = include_str!({:?});", root.join("index.html").display().to_string());
    Ok(text)
}
