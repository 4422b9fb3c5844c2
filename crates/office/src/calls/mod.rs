//! Calls: what is kept of them, and who may look.
//!
//! A call belongs to those who took part: the caller and everybody whose phone rang. They find it in their own
//! list; nobody else does, administrators included. The list of all calls is another thing ([`crate::call_list`]): the
//! account has to choose it, and what it chooses decides what is kept here too.
//!
//! The message flow of a call (its ladder) helps an administrator to find out why a phone misbehaves, but shows
//! who called whom when. So administrators see the ladders of calls they took part in themselves, a test call for
//! instance, and of no other: a fault can be shown by calling, and no one's calls are opened for it.

mod error;
pub(crate) mod http;
mod model;
mod rules;
mod store;

use callflow::CallRecord;
use types::ids::CallId;

use crate::Office;
use crate::db::{Batch, DbError, Tx};
use crate::directory::Mode;
use crate::scope::Scope;

pub(crate) use error::Error;
pub use model::CallParty;
use model::{Call, CallDetail, Kept};
use rules::Filter;
pub(crate) use rules::{kept as as_kept, moment};

/// Keeps of calls that ended what their accounts want kept. A record that is there already stays as it is.
pub(crate) fn keep<'r>(
    batch: &mut Batch,
    records: impl Iterator<Item = &'r CallRecord>,
    keeps: impl Fn(&CallRecord) -> Option<Mode>,
) {
    let kept = records.filter_map(|record| {
        let mode = keeps(record);
        Some(Kept { record: rules::kept(record, mode)?, mode })
    });
    store::insert(batch, &kept.collect::<Vec<_>>());
}

/// Takes the last three digits of outside numbers out of records that are kept.
pub(crate) async fn shorten(tx: &Tx, records: &[CallRecord]) -> Result<(), DbError> {
    for record in records {
        store::rewrite(tx, &record.shorten()).await?;
    }
    Ok(())
}

/// Erases records, also from everybody's own list.
pub(crate) async fn erase(tx: &Tx, records: &[CallRecord]) -> Result<(), DbError> {
    store::erase(tx, records).await
}

/// The caller's own calls, newest first.
pub(crate) async fn list(
    office: &Office,
    scope: &Scope,
    filter: &Filter,
    before: Option<(i64, CallId)>,
    limit: u64,
) -> Result<Vec<Call>, Error> {
    let user = scope.user().ok_or(Error::NotFound)?;
    Ok(store::list(office.db().reads(), scope, user, filter, before, limit).await?)
}

/// One of the caller's own calls, with what happened on it.
pub(crate) async fn find(office: &Office, scope: &Scope, call: CallId) -> Result<CallDetail, Error> {
    let user = scope.user().ok_or(Error::NotFound)?;
    let (summary, record) = store::find(office.db().reads(), scope, user, call).await?.ok_or(Error::NotFound)?;
    let names =
        |id| office.directory().with_world(scope.account(), |world| world.user(id).map(|user| user.name.to_string()));
    Ok(CallDetail::new(summary, &record, |id| names(id).flatten()))
}

/// The messages of a recent call the caller took part in, ended or not. For administrators; see the module's text.
pub(crate) async fn ladder(office: &Office, scope: &Scope, call: CallId) -> Result<String, Error> {
    let user = scope.user().ok_or(Error::NotFound)?;
    let live = office.phones().live_calls(scope.account()).into_iter().find(|live| live.call == call);
    let took_part = match live {
        Some(live) => live.participants.contains(&user),
        None => store::took_part(office.db().reads(), scope, user, call).await?,
    };
    if !took_part {
        return Err(Error::NotFound);
    }
    office.phones().ladder(call).ok_or(Error::NotFound)
}
