//! Letters as files, for who has no mail server: `.eml` opens in every mail program.

use std::path::Path;

use tokio::fs::{self, OpenOptions};
use tokio::io::AsyncWriteExt;
use types::clock::Timestamp;

use crate::{Letter, Undelivered};

/// Writes a letter, whole or not at all. The same letter is the same file, so nothing is there twice.
pub(crate) async fn keep(folder: &Path, letter: &Letter, message: Vec<u8>) -> Result<(), Undelivered> {
    let name = format!("{}-{}", stamp(letter.written), letter.id);
    write(folder, &name, &message)
        .await
        .map_err(|error| Undelivered::Later(format!("{} cannot be written: {error}", folder.display())))
}

async fn write(folder: &Path, name: &str, message: &[u8]) -> std::io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).await?;
    let unfinished = folder.join(format!(".{name}"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished).await?;
    file.write_all(message).await?;
    file.sync_all().await?;
    fs::rename(&unfinished, folder.join(format!("{name}.eml"))).await?;
    fs::File::open(folder).await?.sync_all().await
}

/// Sorts by time: milliseconds since the epoch, always as many digits.
fn stamp(written: Timestamp) -> String {
    format!("{:013}", written.0.max(0))
}
