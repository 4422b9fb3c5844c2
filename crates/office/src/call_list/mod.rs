//! The itemized call list: what the account keeps of its calls, and the list that administrators see.
//!
//! An account chooses once: everything, outside numbers without their last three digits, or nothing. The choice decides
//! what is kept of each call that ends, wherever it is kept; the ledger asks the directory for it. Less is kept at once,
//! more from the first of the next month on. Before administrators see anything, somebody declares what German law
//! wants declared; every view is in the audit log.

mod error;
pub(crate) mod http;
mod model;
mod rules;
mod store;

use types::clock::Timestamp;
use types::ids::{AccountId, CallId, MessageId};

use crate::Office;
use crate::accounts::{self, Calendar};
use crate::audit;
use crate::calls;
use crate::db::{DbError, Tx};
use crate::directory::Mode;
use crate::http::Moment;
use crate::messages;
use crate::owners;
use crate::scope::Scope;
use crate::users;

pub(crate) use error::Error;
use model::{Declaration, Direction, Existing, Item, Settings, Stored, Sweep};
use rules::{Choice, Filter, Words};

/// Records that are changed or erased in one transaction.
const SOME: u32 = 200;
/// For how long records of calls that ended before a choice may still come, in milliseconds.
const ON_THEIR_WAY: i64 = 60_000;
/// Lines of the table that are read at once.
const LINES: u64 = 1_000;
/// Most lines of the table.
const MOST_LINES: usize = 200_000;

/// What the account keeps.
pub(crate) async fn settings(office: &Office, scope: &Scope) -> Result<Settings, Error> {
    let reads = office.db().reads();
    let stored = store::settings(reads, scope.account()).await?.at(office.clock().now());
    let older = store::count_older(reads, scope.account(), stored.mode).await?
        + messages::count_older(office, scope.account(), stored.mode).await?;
    Ok(stored.shown(older))
}

/// Chooses what the account keeps from now on, or from the next month on; and what becomes of older records.
///
/// `check` refuses when the caller has not seen the present settings.
pub(crate) async fn choose<E: From<Error>>(
    office: &Office,
    scope: &Scope,
    choice: Choice,
    check: impl FnOnce(i64) -> Result<(), E>,
) -> Result<Settings, E> {
    let mut tx = office.db().write(scope).await.map_err(Error::from)?;
    let account = scope.account();
    let before = store::settings(tx.conn(), account).await.map_err(Error::from)?.at(tx.now());
    check(before.version)?;
    let name = author(office, scope).await?;
    let calendar = accounts::calendar(office, scope).await.map_err(Error::from)?;
    let after = chosen(&tx, scope, &before, choice, name, &calendar);
    write(&mut tx, scope, &before, &after).await.map_err(Error::from)?;
    tx.commit().await.map_err(Error::from)?;
    if after.sweep.is_some() {
        let office = office.clone();
        // On its own, so that a closed connection does not cut it short.
        tokio::spawn(async move { sweep(&office, account).await })
            .await
            .map_err(|_| Error::Db(DbError::Damaged("calls")))?
            .map_err(Error::from)?;
    }
    Ok(settings(office, scope).await?)
}

/// The name of whoever chooses.
async fn author(office: &Office, scope: &Scope) -> Result<String, Error> {
    let Some(user) = scope.user() else { return Ok(String::new()) };
    Ok(users::find(office, scope, user).await?.name)
}

fn chosen(tx: &Tx, scope: &Scope, before: &Stored, choice: Choice, name: String, calendar: &Calendar) -> Stored {
    let now = Moment(tx.now());
    let then = rules::begins(before.mode, choice.mode, tx.now(), calendar);
    let declaration = choice.works_council.map(|works_council| Declaration {
        version: before.declaration.as_ref().map_or(1, |declaration| declaration.version + 1),
        by: scope.user(),
        name,
        at: now,
        employees_informed: true,
        works_council,
    });
    let at_once = then.is_none();
    let changes = at_once && before.mode != Some(choice.mode);
    // A choice that was not made anew keeps what is still to be done for it.
    let sweep = match choice.existing {
        Existing::Keep => before.sweep.filter(|_| !changes),
        existing => Some(Sweep { existing, before: now }),
    };
    Stored {
        mode: if at_once { Some(choice.mode) } else { before.mode },
        since: if changes { Some(now) } else { before.since },
        then,
        declaration: declaration.or_else(|| before.declaration.clone()),
        sweep: sweep.filter(|_| at_once),
        version: before.version + 1,
    }
}

async fn write(tx: &mut Tx, scope: &Scope, before: &Stored, after: &Stored) -> Result<(), DbError> {
    let account = scope.account();
    store::write_settings(tx, account, after).await?;
    let change = audit::Change::new("callList.choose", account).before(before).after(after);
    audit::record(tx, scope, change).await?;
    let keeping = after.keeping();
    tx.directory_change(move |state| state.set_keeping(account, keeping));
    Ok(())
}

/// Does with older records what was chosen, a few at a time, until nothing is left to do.
async fn sweep(office: &Office, account: AccountId) -> Result<(), DbError> {
    if let Some(Sweep { existing, before }) = store::settings(office.db().reads(), account).await?.sweep {
        match existing {
            Existing::Shorten => messages::shorten_older(office, account, before.0).await?,
            Existing::Erase => messages::erase_older(office, account, before.0).await?,
            Existing::Keep => {}
        }
    }
    loop {
        let tx = office.db().begin().await?;
        tx.lock_account(account).await?;
        let settings = store::settings(tx.conn(), account).await?;
        let Some(Sweep { existing, before }) = settings.sweep else { return Ok(()) };
        // What `shorten` leaves behind holds no more than `shortened` wants, whatever was chosen.
        let mode = if existing == Existing::Shorten { Some(Mode::Shortened) } else { settings.mode };
        let records = store::older(&tx, account, mode, before.0, SOME).await?;
        if records.is_empty() {
            // A record that was on its way when the choice was made may come a moment later; the next purge finds it.
            if tx.now().0 - before.0.0 > ON_THEIR_WAY {
                store::write_settings(&tx, account, &Stored { sweep: None, ..settings }).await?;
                tx.commit().await?;
            } else {
                drop(tx);
            }
            return office.db().scrub().await;
        }
        match existing {
            Existing::Shorten => calls::shorten(&tx, &records).await?,
            Existing::Erase => calls::erase(&tx, &records).await?,
            Existing::Keep => {}
        }
        tx.commit().await?;
    }
}

/// Erases records that are too old, and goes on with what was chosen for older ones.
pub(crate) async fn purge(office: &Office) -> Result<(), DbError> {
    for account in store::unswept(office.db().reads()).await? {
        sweep(office, account).await?;
    }
    let before = accounts::six_months_before(office.clock().now());
    for account in office.directory().accounts() {
        while purge_some(office, account, before).await? {}
    }
    office.db().scrub().await
}

async fn purge_some(office: &Office, account: AccountId, before: Timestamp) -> Result<bool, DbError> {
    let tx = office.db().begin().await?;
    let records = store::begun_before(&tx, account, before, SOME).await?;
    if records.is_empty() {
        return Ok(false);
    }
    calls::erase(&tx, &records).await?;
    tx.commit().await?;
    Ok(true)
}

/// Calls of the account, newest first; each view is in the audit log.
pub(crate) async fn list(
    office: &Office,
    scope: &Scope,
    filter: &Filter,
    before: Option<(i64, CallId)>,
    limit: u64,
) -> Result<Vec<Item>, Error> {
    let mode = listed(office, scope, filter).await?;
    view(office, scope, filter, "callList.view").await?;
    some(office, scope, filter, mode, before, limit).await
}

async fn some(
    office: &Office,
    scope: &Scope,
    filter: &Filter,
    mode: Mode,
    before: Option<(i64, CallId)>,
    limit: u64,
) -> Result<Vec<Item>, Error> {
    let records = store::list(office.db().reads(), scope, filter, before, limit).await?;
    Ok(records.iter().map(|record| rules::item(record, mode)).collect())
}

/// Text messages of the account, newest first; each view is in the audit log.
pub(crate) async fn text_messages(
    office: &Office,
    scope: &Scope,
    filter: &Filter,
    before: Option<(i64, MessageId)>,
    limit: u64,
) -> Result<Vec<messages::Item>, Error> {
    let mode = listed(office, scope, filter).await?;
    view(office, scope, filter, "callList.viewMessages").await?;
    if matches!(filter.direction, Some(Direction::Incoming | Direction::Internal)) {
        return Ok(Vec::new());
    }
    let filter = messages::Filter { from: filter.from, to: filter.to, user: filter.user };
    Ok(messages::listed(office, scope, &filter, mode, before, limit).await?)
}

/// The same as a table (RFC 4180), in the account's language and time zone.
pub(crate) async fn table(office: &Office, scope: &Scope, filter: &Filter) -> Result<Vec<u8>, Error> {
    let mode = listed(office, scope, filter).await?;
    view(office, scope, filter, "callList.export").await?;
    let account = accounts::find(office, scope).await?;
    let (words, calendar) = (Words::of(&account.language), Calendar::of_zone(&account.time_zone));
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Writing into memory does not fail.
    let _ = table.write_record(words.header);
    let (mut before, mut lines) = (None, 0);
    while lines < MOST_LINES {
        let items = some(office, scope, filter, mode, before, LINES).await?;
        let Some(last) = items.last() else { break };
        before = Some((last.started.0.0, last.id));
        for item in &items {
            let _ = table.write_record(words.line(item, calendar.zone()));
        }
        lines += items.len();
    }
    Ok(table.into_inner().unwrap_or_default())
}

/// What may be listed, if anything may.
async fn listed(office: &Office, scope: &Scope, filter: &Filter) -> Result<Mode, Error> {
    let stored = store::settings(office.db().reads(), scope.account()).await?.at(office.clock().now());
    let mode = stored.mode.filter(|mode| *mode != Mode::DoNotSave).ok_or(Error::Off)?;
    if let Some(user) = filter.user
        && owners::find(office.db().reads(), scope, callflow::Owner::User(user)).await?.is_none()
    {
        return Err(Error::UserUnknown);
    }
    Ok(mode)
}

async fn view(office: &Office, scope: &Scope, filter: &Filter, action: &'static str) -> Result<(), DbError> {
    let mut tx = office.db().write(scope).await?;
    let moment = |moment: Option<Timestamp>| moment.map(Moment);
    let seen = serde_json::json!({
        "from": moment(filter.from), "to": moment(filter.to), "user": filter.user, "direction": filter.direction,
    });
    audit::record(&mut tx, scope, audit::Change::new(action, scope.account()).after(&seen)).await?;
    tx.commit().await
}
