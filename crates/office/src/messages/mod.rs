//! Text messages that users send from the web pages.
//!
//! A row of the table is the only thing that says a message must go; whoever hands it over takes it by one conditional update that
//! holds for a while, as with mails. A message is handed over part by part, and each part that the SMSC has is noted before the
//! next: what goes wrong in between is not sent twice. What a message says is sealed in the table, shown to nobody but its
//! sender, and forgotten thirty days after it left. To whom it went is kept as the account chose for its call list
//! ([`crate::call_list`]).

mod delivery;
mod error;
pub(crate) mod http;
mod model;
mod rules;
mod store;
mod texter;

use callflow::Owner;
use types::clock::Timestamp;
use types::ids::{AccountId, MessageId, UserId};
use types::money::{Currency, Money};
use types::sms;

use crate::Office;
use crate::accounts;
use crate::db::{DbError, Tx};
use crate::directory::Mode;
use crate::http::Fields;
use crate::prices::Amount;
use crate::scope::Scope;
use crate::users;

pub(crate) use error::Error;
pub(crate) use model::{Charge, Filter, Item};
pub(crate) use texter::Texter;
pub use texter::{Fate, Texting};

use model::{Message, MessageTerms};
use rules::{Choices, DAY, DAYS_AHEAD, Wish};

/// For how long senders see what they wrote.
const TEXT_KEPT: i64 = 30 * DAY;
/// For how long a receipt is waited for; no phone stays reachable for the network longer.
const PARTS_KEPT: i64 = 7 * DAY;
/// For how long a receipt waits for its part to be noted.
const RECEIPTS_KEPT: i64 = DAY;
/// Records that are shortened in one transaction.
const SOME: usize = 200;
/// Milliseconds of a minute.
const MINUTE: i64 = 60 * 1000;

/// What holds for the messages of whoever asks.
pub(crate) async fn terms(office: &Office, scope: &Scope) -> Result<MessageTerms, Error> {
    let user = scope.user().ok_or(Error::NotFound)?;
    let texting = office.texter().texting();
    Ok(MessageTerms {
        available: texting.line.is_some(),
        allowed: users::may_text(office, scope, user).await?,
        default_sender: texting.sender.to_string(),
        numbers: numbers(office, scope, user),
        price: Amount(unit(office, scope, office.clock().now()).await?),
        most_parts: sms::MAX_PARTS,
        most_days_ahead: DAYS_AHEAD,
    })
}

fn numbers(office: &Office, scope: &Scope, user: UserId) -> Vec<types::e164::E164> {
    let read = |world: &callflow::World| world.numbers_of(Owner::User(user)).collect();
    office.directory().with_world(scope.account(), read).unwrap_or_default()
}

/// What a part costs that leaves at a moment: the price of the month's first day while it is the present month, so that what is told
/// here is what the bill says; later what holds by then as far as that is known.
async fn unit(office: &Office, scope: &Scope, at: Timestamp) -> Result<Money, Error> {
    let calendar = accounts::calendar(office, scope).await?;
    let now = office.clock().now();
    let month = calendar.day(now).month();
    let moment = if calendar.day(at).month() == month { calendar.start(month) } else { now };
    Ok(office.prices().at(moment).sms())
}

/// Writes a message that is to be sent at once or at its time.
pub(crate) async fn send(office: &Office, scope: &Scope, wish: Wish<'_>) -> Result<Message, Error> {
    let user = scope.user().ok_or(Error::NotFound)?;
    let texting = office.texter().texting();
    let plan = office.directory().with_world(scope.account(), |world| *world.plan()).ok_or(Error::NotFound)?;
    let numbers = numbers(office, scope, user);
    let now = office.clock().now();
    let mut fields = Fields::default();
    let choices = Choices { plan, default_sender: &texting.sender, numbers: &numbers, now };
    let draft = rules::check(&mut fields, &wish, &choices);
    let mut tx = office.db().write(scope).await?;
    if !users::may_text(office, scope, user).await? {
        return Err(Error::NotAllowed);
    }
    if texting.line.is_none() {
        return Err(Error::NoLine);
    }
    fields.finish().map_err(Error::Refused)?;
    let draft = draft.ok_or(Error::Db(DbError::Damaged("a message")))?;
    bound(office, &tx, user, draft.parts).await?;
    let id = MessageId::new(tx.now(), tx.entropy());
    let author = users::find(office, scope, user).await?.name;
    let new = store::NewMessage {
        id,
        user,
        author: &author,
        draft: &draft,
        sealed: office.seal().close(id.to_string().as_bytes(), draft.text.as_bytes()),
        unit: unit(office, scope, draft.send_at.unwrap_or(now)).await?,
    };
    store::insert(&tx, scope, new).await?;
    tell(&mut tx, scope.account(), user, id);
    tx.commit().await?;
    office.texter().wake();
    find(office, scope, id).await
}

/// Refuses what is more than a user may send: whoever steals a password must not make a fortune of it.
async fn bound(office: &Office, tx: &Tx, user: UserId, parts: usize) -> Result<(), Error> {
    let texting = office.texter().texting();
    let wanted = i64::try_from(parts).unwrap_or(i64::MAX);
    for (span, most) in [(MINUTE, texting.per_minute), (DAY, texting.per_day)] {
        let (used, first) = store::recent(tx, user, tx.now().0 - span).await?;
        if used.saturating_add(wanted) > i64::from(most) {
            let seconds = rules::until(first.map(crate::http::Moment::from_millis), span, tx.now());
            return Err(Error::TooMany { parts: (i64::from(most) - used).max(0), seconds });
        }
    }
    Ok(())
}

/// Tells the sender's open pages.
fn tell(tx: &mut Tx, account: AccountId, user: UserId, id: MessageId) {
    tx.event(crate::db::Event { account, action: "messages.change", object: id.to_string(), users: vec![user] });
}

/// The caller's own messages, newest first.
pub(crate) async fn list(
    office: &Office,
    scope: &Scope,
    before: Option<(i64, MessageId)>,
    limit: u64,
) -> Result<Vec<Message>, Error> {
    let user = scope.user().ok_or(Error::NotFound)?;
    Ok(store::list(office, scope, user, before, limit).await?)
}

/// One of the caller's own messages.
pub(crate) async fn find(office: &Office, scope: &Scope, id: MessageId) -> Result<Message, Error> {
    let user = scope.user().ok_or(Error::NotFound)?;
    store::find(office, scope, user, id).await?.ok_or(Error::NotFound)
}

/// Takes back a message that waits.
pub(crate) async fn withdraw(office: &Office, scope: &Scope, id: MessageId) -> Result<(), Error> {
    let user = scope.user().ok_or(Error::NotFound)?;
    find(office, scope, id).await?;
    let mut tx = office.db().write(scope).await?;
    if !store::withdraw(&tx, scope, user, id).await? {
        return Err(Error::Sent);
    }
    tell(&mut tx, scope.account(), user, id);
    tx.commit().await?;
    Ok(())
}

/// Messages of the account for the itemized call list, newest first. The caller has asked whether it may be shown.
pub(crate) async fn listed(
    office: &Office,
    scope: &Scope,
    filter: &Filter,
    mode: Mode,
    before: Option<(i64, MessageId)>,
    limit: u64,
) -> Result<Vec<Item>, DbError> {
    store::kept::listed(office.db().reads(), scope, filter, mode, before, limit).await
}

/// What messages of a time cost, by price.
pub(crate) async fn charges(
    office: &Office,
    scope: &Scope,
    currency: Currency,
    span: (Timestamp, Timestamp),
) -> Result<Vec<Charge>, DbError> {
    store::kept::charges(office.db().reads(), scope, currency, span).await
}

/// How many records hold more than the account's choice for the call list wants.
pub(crate) async fn count_older(office: &Office, account: AccountId, mode: Option<Mode>) -> Result<i64, DbError> {
    store::kept::count_older(office.db().reads(), account, mode).await
}

/// Shortens what is kept of messages from before a moment.
pub(crate) async fn shorten_older(office: &Office, account: AccountId, before: Timestamp) -> Result<(), DbError> {
    loop {
        let tx = office.db().begin().await?;
        tx.lock_account(account).await?;
        let more = store::kept::shorten_older(&tx, account, before.0, SOME).await?;
        tx.commit().await?;
        if !more {
            return Ok(());
        }
    }
}

/// Erases what is kept of messages from before a moment, but for what the bill needs.
pub(crate) async fn erase_older(office: &Office, account: AccountId, before: Timestamp) -> Result<(), DbError> {
    let tx = office.db().begin().await?;
    tx.lock_account(account).await?;
    store::kept::erase_older(&tx, Some(account), before.0).await?;
    tx.commit().await
}

/// Forgets what is too old.
pub(crate) async fn purge(office: &Office) -> Result<(), DbError> {
    let tx = office.db().begin().await?;
    let now = tx.now();
    store::kept::sweep(&tx, now.0 - TEXT_KEPT, now.0 - PARTS_KEPT, now.0 - RECEIPTS_KEPT).await?;
    store::kept::erase_older(&tx, None, accounts::six_months_before(now).0).await?;
    tx.commit().await
}

/// Gives up what should have left by now: in a database that was brought back from a backup it most likely has.
pub(crate) async fn forget_waiting(office: &Office) -> Result<(), DbError> {
    let tx = office.db().begin().await?;
    store::outbox::forget_waiting(&tx).await?;
    tx.commit().await
}
