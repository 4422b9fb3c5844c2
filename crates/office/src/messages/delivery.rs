//! Handing over what is due, and noting what became of it.

use types::ids::MessageId;
use types::sms;

use super::model::{Reason, State};
use super::store::{self, kept, outbox};
use super::{Fate, rules, tell};
use crate::Office;
use crate::accounts;
use crate::db::{DbError, Tx};
use crate::handing_over::{insist, work_off};
use crate::ports::{TextPart, Undelivered};
use crate::scope::Scope;
use crate::users;

/// For how long a message belongs to whoever took it, in milliseconds; longer than handing over one part can take.
const CLAIM: i64 = 2 * 60 * 1000;
/// Messages that are looked up at once.
const BATCH: i64 = 64;
/// As what a part counts that arrived.
const DELIVERED: &str = "delivered";

/// Hands over everything that is due; answers how many messages got through whole.
///
/// A part is handed over once. Only when the process dies between the SMSC's answer and the note of it, or the answer is lost
/// with the connection, that part is handed over again: there is no way to know.
pub(super) async fn deliver_due(office: &Office) -> Result<usize, DbError> {
    let due = || outbox::due(office.db().reads(), office.clock().now().0, BATCH);
    let one = |id: String| {
        let office = office.clone();
        async move { deliver(&office, &id).await }
    };
    work_off("text messages", due, one).await
}

/// Makes everything due that was tried before: a server that has just started may reach what it did not reach before.
pub(super) async fn hurry(office: &Office) -> Result<(), DbError> {
    let tx = office.db().begin().await?;
    outbox::hurry(&tx).await?;
    tx.commit().await
}

/// Makes everything due that was tried before and is not being handed over right now.
pub(super) async fn retry_now(office: &Office) -> Result<(), DbError> {
    let tx = office.db().begin().await?;
    outbox::retry_now(&tx).await?;
    tx.commit().await
}

/// Why a message ends here: for now, or for good.
enum Halt {
    Later(String),
    Never(Reason, Option<String>),
}

async fn deliver(office: &Office, id: &str) -> Result<bool, DbError> {
    let tx = office.db().begin().await?;
    let until = tx.now().0 + CLAIM;
    if !outbox::claim(&tx, id, until).await? {
        return Ok(false);
    }
    let Some(claimed) = outbox::claimed(&tx, id).await? else { return Ok(false) };
    tx.commit().await?;
    let halt = match standing(office, &claimed).await? {
        Some(reason) => Some(Halt::Never(reason, None)),
        None => hand_over(office, &claimed, until).await?,
    };
    let mut tx = office.db().begin().await?;
    tx.lock_account(claimed.account).await?;
    let next = rules::next_attempt(claimed.since, claimed.attempts, tx.now().0);
    let delivered = halt.is_none();
    match (halt, next) {
        (None, _) => {
            outbox::complete(&tx, claimed.id).await?;
            keep(office, &tx, &claimed).await?;
            settle(&tx, claimed.id).await?;
        }
        (Some(Halt::Later(why)), Some(next)) => {
            tracing::warn!(message = %claimed.id, why, attempts = claimed.attempts, "a text message was not handed over; it is tried again");
            outbox::postpone(&tx, claimed.id, next, cut(why)).await?;
        }
        (Some(Halt::Later(why)), None) => {
            give_up(office, &tx, &claimed, Reason::GaveUp, Some(why)).await?;
        }
        (Some(Halt::Never(reason, why)), _) => give_up(office, &tx, &claimed, reason, why).await?,
    }
    tell(&mut tx, claimed.account, claimed.user, claimed.id);
    tx.commit().await?;
    Ok(delivered)
}

/// Why nothing of this user's may leave right now, if so. Asked when it is time, not when it was written.
async fn standing(office: &Office, claimed: &outbox::Claimed) -> Result<Option<Reason>, DbError> {
    let scope = Scope::console(claimed.account);
    match accounts::find(office, &scope).await {
        Ok(account) if account.suspended => return Ok(Some(Reason::Suspended)),
        Ok(_) => {}
        Err(accounts::Error::Db(error)) => return Err(error),
        Err(accounts::Error::NotFound) => return Ok(Some(Reason::NotAllowed)),
    }
    let may = users::may_text(office, &scope, claimed.user).await?;
    Ok((!may).then_some(Reason::NotAllowed))
}

/// Hands over the parts that the SMSC does not have yet; the message is claimed until `until`.
async fn hand_over(office: &Office, claimed: &outbox::Claimed, mut until: i64) -> Result<Option<Halt>, DbError> {
    let unreadable =
        || Some(Halt::Never(Reason::Refused, Some("it does not open with this installation's key".to_owned())));
    let Some(text) = store::text(office, claimed.id, &claimed.sealed) else { return Ok(unreadable()) };
    let (Ok(cut), Ok(to), Ok(from)) = (sms::cut(&text), claimed.recipient.parse(), claimed.sender.parse()) else {
        return Ok(unreadable());
    };
    let Some(line) = &office.texter().texting().line else {
        return Ok(Some(Halt::Later("this installation sends no text messages any more".to_owned())));
    };
    let of = u8::try_from(cut.parts.len()).unwrap_or(u8::MAX);
    for (part, number) in cut.parts.iter().zip(1u8..) {
        if i32::from(number) <= claimed.handed {
            continue;
        }
        let part = TextPart {
            to,
            from: sms::Sender::clone(&from),
            alphabet: cut.alphabet,
            text: (*part).to_owned(),
            reference: rules::reference(claimed.id),
            number,
            of,
        };
        match line.send(&part).await {
            Ok(reference) => {
                // The claim runs from the last part that was noted, so this ends before somebody else takes the message.
                until = insist(office.clock(), until, || note(office, claimed, number.into(), &reference)).await?;
            }
            Err(Undelivered::Later(why)) => return Ok(Some(Halt::Later(why))),
            Err(Undelivered::Never(why)) => return Ok(Some(Halt::Never(Reason::Refused, Some(why)))),
        }
    }
    Ok(None)
}

/// The SMSC has a part: noted before the next one leaves. Answers until when the message is claimed now.
async fn note(office: &Office, claimed: &outbox::Claimed, number: i32, reference: &str) -> Result<i64, DbError> {
    let tx = office.db().begin().await?;
    tx.lock_account(claimed.account).await?;
    let until = tx.now().0 + CLAIM;
    outbox::hand_part(&tx, claimed.id, number, &rules::name(reference), until).await?;
    if let Some(fate) = outbox::take_receipt(&tx, &rules::names(reference)).await? {
        outbox::note_fate(&tx, claimed.id, number, &fate).await?;
    }
    tx.commit().await?;
    Ok(until)
}

async fn give_up(
    office: &Office,
    tx: &Tx,
    claimed: &outbox::Claimed,
    reason: Reason,
    why: Option<String>,
) -> Result<(), DbError> {
    tracing::warn!(message = %claimed.id, reason = reason.as_str(), why, "a text message was not sent and is given up");
    outbox::finish(tx, claimed.id, State::Failed, Some((reason, why.map(cut)))).await?;
    keep(office, tx, claimed).await
}

async fn keep(office: &Office, tx: &Tx, claimed: &outbox::Claimed) -> Result<(), DbError> {
    kept::keep(tx, claimed.id, office.directory().keeps(claimed.account, tx.now())).await
}

/// One line, of bounded length, whatever the SMSC said.
fn cut(words: String) -> String {
    words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(rules::ERROR).collect()
}

/// Notes what became of a part. A receipt may be faster than the note that the SMSC took it; then it waits.
pub(super) async fn receipt(office: &Office, reference: &str, fate: &Fate) -> Result<(), DbError> {
    let fate = match fate {
        Fate::Delivered => DELIVERED.to_owned(),
        Fate::Failed(word) => cut(word.clone()),
    };
    let mut tx = office.db().begin().await?;
    match outbox::part_named(&tx, &rules::names(reference)).await? {
        Some((id, number, account)) => {
            // Receipts of two parts at once must see each other.
            tx.lock_account(account).await?;
            outbox::note_fate(&tx, id, number, &fate).await?;
            settle(&tx, id).await?;
            if let Some(user) = outbox::sender_of(&tx, id).await? {
                tell(&mut tx, account, user, id);
            }
        }
        None => outbox::keep_receipt(&tx, &rules::name(reference), &fate).await?,
    }
    tx.commit().await
}

/// Ends a message of which every part has arrived, or one never will.
async fn settle(tx: &Tx, id: MessageId) -> Result<(), DbError> {
    let Some(fates) = outbox::fates(tx, id).await? else { return Ok(()) };
    if let Some(failed) = fates.iter().find(|fate| *fate != DELIVERED && *fate != "sent") {
        return outbox::finish(tx, id, State::Failed, Some((Reason::Undelivered, Some(failed.clone())))).await;
    }
    if !fates.is_empty() && fates.iter().all(|fate| fate == DELIVERED) {
        return outbox::finish(tx, id, State::Delivered, None).await;
    }
    Ok(())
}
