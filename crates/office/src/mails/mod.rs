//! Mails: written in the transaction that causes them, delivered by a worker that asks until somebody takes them.
//!
//! A row of the table is the only thing that says a mail must go. Whoever delivers takes it by one conditional update
//! that holds for a while, so that nobody else does the same, and so that a process which dies in the middle does not
//! keep it for ever. What a mail says is sealed in the table and erased when it is delivered: links in it let somebody in.

mod delivery;
pub(crate) mod http;
mod model;
mod rules;
mod store;
mod templates;

use types::ids::{MailId, UserId};

use crate::Office;
use crate::accounts;
use crate::db::{DbError, Tx};
use crate::scope::Scope;

pub(crate) use delivery::{deliver_due, hurry};
pub(crate) use model::{Kind, Letter, Recipient};
pub(crate) use templates::Templates;

use model::{Delivery, State};

const DAY: i64 = 24 * 60 * 60 * 1000;
/// For how long it is known that a mail was delivered: a newsletter is sent to nobody twice in this time.
const SENT_KEPT: i64 = 30 * DAY;
/// For how long administrators see what could not be delivered.
const FAILED_KEPT: i64 = 7 * DAY;
/// How many mails that did not get through administrators see.
const TROUBLES: i64 = 20;

/// Writes a mail in the transaction that causes it. False when it was written before, for those that are only sent once.
pub(crate) async fn queue(office: &Office, tx: &mut Tx, to: &Recipient, letter: &Letter) -> Result<bool, DbError> {
    let company = accounts::name(tx, to.account).await?;
    let written = office.templates().write(to, &company, office.mailing(), letter)?;
    let id = MailId::new(tx.now(), tx.entropy());
    let plain = serde_json::to_vec(&written).map_err(|_| DbError::Damaged("a mail"))?;
    let sealed = office.seal().close(id.to_string().as_bytes(), &plain);
    let once = match letter {
        Letter::Newsletter { issue, .. } => Some(format!("{issue} {}", to.user)),
        _ => None,
    };
    let new = store::NewMail { id, to, kind: letter.kind(), sealed, expires: letter.until(), once };
    let is_new = store::insert(tx, new).await?;
    tx.wake_post();
    Ok(is_new)
}

/// Whether a mail server takes what is written here. Otherwise mails wait in a folder.
pub(crate) fn has_server(office: &Office) -> bool {
    matches!(office.mailing().post.route(), crate::ports::Route::Smtp)
}

/// Takes back mails to a user that did not leave yet: their links are worthless.
pub(crate) async fn withdraw(tx: &Tx, user: UserId, kinds: &[Kind]) -> Result<(), DbError> {
    store::withdraw(tx, user, kinds).await
}

/// How many mails of a kind were written to a user in the last `millis`.
pub(crate) async fn recent(tx: &Tx, user: UserId, kind: Kind, millis: i64) -> Result<i64, DbError> {
    store::count_since(tx, user, kind, tx.now().0 - millis).await
}

/// How the account's mail is doing.
pub(crate) async fn state(office: &Office, scope: &Scope) -> Result<State, DbError> {
    let reads = office.db().reads();
    let (waiting, oldest, failed) = store::counts(reads, scope).await?;
    let troubles = store::troubles(reads, scope, TROUBLES).await?;
    let (delivery, folder) = match office.mailing().post.route() {
        crate::ports::Route::Smtp => (Delivery::Smtp, None),
        crate::ports::Route::Folder(folder) => (Delivery::Folder, Some(folder)),
    };
    Ok(State {
        delivery,
        folder,
        waiting: u64::try_from(waiting).unwrap_or(0),
        failed: u64::try_from(failed).unwrap_or(0),
        oldest_waiting: oldest.map(crate::http::Moment::from_millis),
        last_error: troubles.first().map(|trouble| trouble.error.clone()),
        troubles,
    })
}

/// Forgets mails that nobody needs to know of any more.
pub(crate) async fn sweep(tx: &Tx) -> Result<(), DbError> {
    let now = tx.now().0;
    store::sweep(tx, now - SENT_KEPT, now - FAILED_KEPT).await
}

/// Forgets what waits, in all accounts: in a database that was brought back from a backup it has most likely arrived.
pub(crate) async fn forget_waiting(tx: &Tx) -> Result<(), DbError> {
    store::forget_waiting(tx).await
}
