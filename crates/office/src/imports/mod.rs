//! Imports: many users from a file, looked at first, then carried out whole or not at all, and undone if need be.
//!
//! A file is read and stored as rows; what it would do is a plan that follows from the rows and the account alone
//! ([`rules`]). Carrying it out makes the plan anew inside the transaction and refuses if it is not the one that was
//! shown. Phones that an import makes have passwords that nobody has seen; setting one up gives it a new one.

mod carry;
mod cells;
mod error;
mod export;
pub(crate) mod http;
mod journal;
mod model;
mod rules;
mod running;
mod store;
mod text;
mod undo;

use std::collections::BTreeSet;

use types::ids::{ImportId, UserId};

use crate::Office;
use crate::accounts;
use crate::audit;
use crate::db::{DbError, Tx};
use crate::http::Moment;
use crate::scope::{Right, Scope};
use crate::tasks::guarded;
use crate::users;

pub(crate) use error::Error;
pub(crate) use running::Running;

use model::{Column, Counts, Import, Kept, Mode, Row, State};
use rules::{Planned, Snapshot};
use running::Progress;
use store::{Head, Stored};
use text::Source;

const DAY: i64 = 24 * 60 * 60 * 1000;
/// For how long an import can be undone, and is remembered.
const UNDO: i64 = 30 * DAY;
/// For how long a preview is kept that nobody carries out.
const PREVIEW: i64 = 7 * DAY;
/// Previews of one account.
const PREVIEWS: u64 = 10;

/// Reads a file and says what it would do.
pub(crate) async fn preview(office: &Office, scope: &Scope, mode: Mode, file: Vec<u8>) -> Result<Import, Error> {
    let table = blocking(move || text::read(&file)).await?.map_err(Error::Unreadable)?;
    check_rights(scope, &table.columns)?;
    let emails = emails(&table.rows);
    let snapshot = store::snapshot::read(office.db().reads(), scope, &emails).await?;
    let (source, planned) = plan(table.rows, snapshot, mode).await?;
    let rows: Vec<Row> = planned.into_iter().map(|planned| planned.row).collect();
    let head = Head { columns: table.columns, ignored: table.ignored, counts: Counts::of(&rows) };
    let mut tx = office.db().write(scope).await?;
    let id = ImportId::new(tx.now(), tx.entropy());
    store::insert(&tx, scope, id, mode, &head, &source, &rows).await?;
    store::forget_previews(&tx, scope, PREVIEWS).await?;
    audit::record(&mut tx, scope, audit::Change::new("imports.preview", id).after(&head.counts)).await?;
    tx.commit().await?;
    let stored = store::find(office.db().reads(), scope, id).await?.ok_or(Error::NotFound)?;
    Ok(shown(office, stored, None, Some(rows)))
}

/// Work that takes longer than other requests should wait for.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, DbError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| DbError::Damaged("a thread that ended"))
}

async fn plan(rows: Vec<Source>, snapshot: Snapshot, mode: Mode) -> Result<(Vec<Source>, Vec<Planned>), DbError> {
    blocking(move || {
        let planned = rules::plan(&rows, &snapshot, mode);
        (rows, planned)
    })
    .await
}

/// Addresses in the file, in lower case.
fn emails(rows: &[Source]) -> BTreeSet<String> {
    rows.iter().filter_map(|row| row.cells.get(&Column::Email)).map(|email| email.to_ascii_lowercase()).collect()
}

/// A token must be allowed to do one by one what the file does at once.
fn check_rights(scope: &Scope, columns: &[Column]) -> Result<(), Error> {
    for column in columns {
        let right = match column {
            Column::Extension => Right::ExtensionsWrite,
            Column::Number => Right::NumbersWrite,
            Column::Groups => Right::GroupsWrite,
            Column::Phones => Right::DevicesWrite,
            Column::Location => Right::LocationsRead,
            _ => Right::UsersWrite,
        };
        if !scope.has(right) {
            return Err(Error::MissingRight(right));
        }
    }
    Ok(())
}

fn shown(office: &Office, stored: Stored, running: Option<(usize, usize)>, rows: Option<Vec<Row>>) -> Import {
    let state = if running.is_some() { State::Running } else { stored.state };
    let (done, total) = running.unwrap_or_default();
    let undo_until = stored.applied.map(|applied| applied + UNDO);
    let now = office.clock().now().0;
    Import {
        id: stored.id,
        mode: stored.mode,
        state,
        done,
        total,
        counts: stored.head.counts,
        applicable: can_apply(&stored) && running.is_none(),
        ignored_columns: stored.head.ignored,
        created_at: Moment::from_millis(stored.created),
        created_by: stored.user,
        applied_at: stored.applied.map(Moment::from_millis),
        undo_until: undo_until.filter(|end| state == State::Done && *end > now).map(Moment::from_millis),
        rows,
        kept: stored.kept,
    }
}

fn can_apply(stored: &Stored) -> bool {
    matches!(stored.state, State::Preview | State::Failed) && stored.head.counts.refuse == 0
}

/// The account's imports, newest first, without their rows.
pub(crate) async fn list(
    office: &Office,
    scope: &Scope,
    before: Option<ImportId>,
    limit: u64,
) -> Result<Vec<Import>, Error> {
    let running = office.imports().now();
    let stored = store::list(office.db().reads(), scope, before, limit).await?;
    let show = |stored: Stored| {
        let running = running.get(&stored.id).copied();
        shown(office, stored, running, None)
    };
    Ok(stored.into_iter().map(show).collect())
}

/// One import.
pub(crate) async fn find(office: &Office, scope: &Scope, id: ImportId, rows: bool) -> Result<Import, Error> {
    let running = office.imports().now().get(&id).copied();
    let reads = office.db().reads();
    let stored = store::find(reads, scope, id).await?.ok_or(Error::NotFound)?;
    let rows = if rows { Some(store::rows(reads, scope, id).await?) } else { None };
    Ok(shown(office, stored, running, rows))
}

/// What became of the decision to begin.
type Begun = tokio::sync::oneshot::Sender<Result<(), Error>>;

/// Carries an import out. Answers once it has begun; refuses when the account is no longer the one that was looked at.
/// Nothing happens to one that was carried out before.
pub(crate) async fn apply(office: &Office, scope: &Scope, id: ImportId) -> Result<Import, Error> {
    let stored = store::find(office.db().reads(), scope, id).await?.ok_or(Error::NotFound)?;
    check_rights(scope, &stored.head.columns)?;
    if stored.state == State::Done {
        return Ok(shown(office, stored, None, None));
    }
    if !can_apply(&stored) {
        return Err(Error::NotApplicable);
    }
    let (office_there, scope_there) = (office.clone(), scope.clone());
    in_background(office, scope, id, move |progress, begun| async move {
        apply_now(&office_there, &scope_there, id, &progress, begun).await
    })
    .await
}

/// Undoes an import. Refuses when something of it has changed since, unless the rest is asked for.
pub(crate) async fn undo(office: &Office, scope: &Scope, id: ImportId, partly: bool) -> Result<Import, Error> {
    let stored = store::find(office.db().reads(), scope, id).await?.ok_or(Error::NotFound)?;
    check_rights(scope, &stored.head.columns)?;
    if stored.state == State::Undone {
        return Ok(shown(office, stored, None, None));
    }
    let young = stored.applied.is_some_and(|applied| applied + UNDO > office.clock().now().0);
    if stored.state != State::Done || !young {
        return Err(Error::NotUndoable);
    }
    let (office_there, scope_there) = (office.clone(), scope.clone());
    in_background(office, scope, id, move |progress, begun| async move {
        undo_now(&office_there, &scope_there, id, partly, &progress, begun).await
    })
    .await
}

/// Runs `work` as a task of its own, which a closed connection does not cancel, and waits until it has begun or refused.
async fn in_background<W>(
    office: &Office,
    scope: &Scope,
    id: ImportId,
    work: impl FnOnce(std::sync::Arc<Progress>, Begun) -> W,
) -> Result<Import, Error>
where
    W: Future<Output = Result<(), DbError>> + Send + 'static,
{
    if let Some(progress) = office.imports().begin(id) {
        let (begun, told) = tokio::sync::oneshot::channel();
        let work = work(progress, begun);
        let (office, scope) = (office.clone(), scope.clone());
        tokio::spawn(async move {
            // Noted before it counts as ended, so that nobody sees it as it was.
            let outcome = guarded("import", work).await.unwrap_or(Err(DbError::Damaged("an import that failed")));
            if let Err(error) = outcome {
                tracing::error!(%error, import = %id, "an import was not carried out or undone; nothing was changed");
                fail(&office, &scope, id).await;
            }
            office.imports().end(id);
        });
        told.await.map_err(|_| DbError::Damaged("imports"))??;
    }
    find(office, scope, id, false).await
}

async fn fail(office: &Office, scope: &Scope, id: ImportId) {
    let noted = async {
        let tx = office.db().begin().await?;
        store::set_failed(&tx, scope, id).await?;
        tx.commit().await
    };
    if let Err(error) = noted.await {
        tracing::error!(%error, import = %id, "an import that failed was not marked so");
    }
}

/// Tells whoever waits that it goes on, or why not. An error after that is for the log.
fn told<T>(begun: Begun, outcome: Result<T, Error>) -> Option<T> {
    let (answer, value) = match outcome {
        Ok(value) => (Ok(()), Some(value)),
        Err(error) => (Err(error), None),
    };
    // Nobody waits any more when the connection was closed.
    let _ = begun.send(answer);
    value
}

/// The database's error inside; one of a rule, which had been looked at before, as damage.
fn internal(error: Error) -> DbError {
    match error {
        Error::Db(error) => error,
        error => {
            tracing::error!(?error, "a rule refused what a plan had allowed");
            DbError::Damaged("imports")
        }
    }
}

async fn apply_now(
    office: &Office,
    scope: &Scope,
    id: ImportId,
    progress: &Progress,
    begun: Begun,
) -> Result<(), DbError> {
    let looked = look_again(office, scope, id).await;
    let Some((mut tx, planned, language)) = told(begun, looked) else { return Ok(()) };
    let Some(planned) = planned else { return Ok(()) };
    let (journal, rows) = carry::out(office, &mut tx, scope, &language, planned, progress).await.map_err(internal)?;
    store::set_done(&tx, scope, id, &rows, &journal).await?;
    let change = audit::Change::new("imports.apply", id).after(&Counts::of(&rows));
    audit::record(&mut tx, scope, change).await?;
    tx.commit().await
}

/// Makes the plan anew, inside the transaction that will carry it out. No plan when another request was quicker.
async fn look_again(office: &Office, scope: &Scope, id: ImportId) -> Result<(Tx, Option<Vec<Planned>>, String), Error> {
    let language = accounts::find(office, scope).await?.language;
    let tx = office.db().write(scope).await?;
    let stored = store::find(tx.conn(), scope, id).await?.ok_or(Error::NotFound)?;
    if stored.state == State::Done {
        return Ok((tx, None, language));
    }
    let source = store::source(tx.conn(), scope, id).await?;
    let snapshot = store::snapshot::read(tx.conn(), scope, &emails(&source)).await?;
    let (_, planned) = plan(source, snapshot, stored.mode).await?;
    let promised = store::rows(tx.conn(), scope, id).await?;
    let differing: Vec<Row> = planned
        .iter()
        .zip(&promised)
        .filter(|(planned, promised)| planned.row != **promised)
        .map(|(planned, _)| planned.row.clone())
        .collect();
    if !differing.is_empty() {
        return Err(Error::Outdated(differing));
    }
    Ok((tx, Some(planned), language))
}

async fn undo_now(
    office: &Office,
    scope: &Scope,
    id: ImportId,
    partly: bool,
    progress: &Progress,
    begun: Begun,
) -> Result<(), DbError> {
    let looked = look_back(office, scope, id, partly).await;
    let Some(looked) = told(begun, looked) else { return Ok(()) };
    let Some((mut tx, journal, snapshot, kept)) = looked else { return Ok(()) };
    let lines: BTreeSet<u64> = kept.iter().map(|kept| kept.line).collect();
    progress.expect(undo::steps(&journal, &lines));
    let phones = created_phones(office, scope, &journal);
    undo::back(office, &mut tx, scope, &journal, &lines, &snapshot, progress).await.map_err(internal)?;
    store::set_undone(&tx, scope, id, &kept).await?;
    audit::record(&mut tx, scope, audit::Change::new("imports.undo", id).after(&kept.len())).await?;
    tx.commit().await?;
    users::sign_out_phones(office, &phones);
    Ok(())
}

fn created_phones(office: &Office, scope: &Scope, journal: &journal::Journal) -> Vec<types::ids::DeviceId> {
    journal.created.iter().flat_map(|created| users::phones_of(office, scope, created.user)).collect()
}

type Looked = Option<(Tx, journal::Journal, Snapshot, Vec<Kept>)>;

/// What would be undone, inside the transaction that will. Nothing when another request was quicker.
async fn look_back(office: &Office, scope: &Scope, id: ImportId, partly: bool) -> Result<Looked, Error> {
    let tx = office.db().write(scope).await?;
    let stored = store::find(tx.conn(), scope, id).await?.ok_or(Error::NotFound)?;
    if stored.state == State::Undone {
        return Ok(None);
    }
    let journal = store::journal(tx.conn(), scope, id).await?;
    let snapshot = store::snapshot::read(tx.conn(), scope, &BTreeSet::new()).await?;
    let created: Vec<UserId> = journal.created.iter().map(|created| created.user).collect();
    let used = users::changed_since_added(&tx, scope, &created).await?;
    let kept = undo::contradictions(&journal, &snapshot, &used);
    if !kept.is_empty() && !partly {
        return Err(Error::Contradicted(kept));
    }
    Ok(Some((tx, journal, snapshot, kept)))
}

/// The account's users as a file. It leaves the house, so it is written down who took it.
pub(crate) async fn export(office: &Office, scope: &Scope, language: Option<String>) -> Result<Vec<u8>, Error> {
    let language = match language {
        Some(language) => language,
        None => accounts::find(office, scope).await?.language,
    };
    let mut tx = office.db().write(scope).await?;
    audit::record(&mut tx, scope, audit::Change::new("users.export", scope.account())).await?;
    let snapshot = store::snapshot::read(tx.conn(), scope, &BTreeSet::new()).await?;
    tx.commit().await?;
    Ok(blocking(move || export::write(&snapshot, &language)).await?)
}

/// Forgets, in all accounts, files that nobody can carry out or undo any more.
pub(crate) async fn purge(office: &Office) -> Result<(), DbError> {
    let tx = office.db().begin().await?;
    let now = tx.now().0;
    store::purge(&tx, now - PREVIEW, now - UNDO).await?;
    tx.commit().await
}
