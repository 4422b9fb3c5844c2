//! Files that are made from the code and committed, so that a change of the API shows in the diff.

use std::path::Path;

/// Compares with a file of this crate; writes it when `RINGWERK_BLESS` is set.
pub(crate) fn compare(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("RINGWERK_BLESS").is_some() {
        std::fs::write(&path, text).expect("the file can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "{file} is not what the code says. Look at the change, then: RINGWERK_BLESS=1 cargo nextest run -p ringwerk-office --lib"
    );
}
