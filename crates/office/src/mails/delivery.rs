//! Delivering what is due.

use super::model::Written;
use super::store::Claimed;
use super::{rules, store};
use crate::Office;
use crate::db::DbError;
use crate::handing_over::{insist, work_off};
use crate::ports::{Mail, Undelivered};

/// For how long a mail belongs to whoever took it, in milliseconds; longer than handing it over can take.
const CLAIM: i64 = 3 * 60 * 1000;
/// Mails that are looked up at once.
const BATCH: i64 = 64;

/// Delivers everything that is due; answers how many mails got through.
///
/// A mail is delivered once. Only when the process dies between the server's last word and the note of it, the mail is
/// handed over again, with the same `Message-ID`: there is no way to know.
pub(crate) async fn deliver_due(office: &Office) -> Result<usize, DbError> {
    let due = || store::due(office.db().reads(), office.clock().now().0, BATCH);
    let one = |id: String| {
        let office = office.clone();
        async move { deliver(&office, &id).await }
    };
    work_off("mail", due, one).await
}

/// Makes everything that waits due: a server that has just started may reach what it did not reach before. Nobody else
/// delivers from this database, so what is still claimed was interrupted.
pub(crate) async fn hurry(office: &Office) -> Result<(), DbError> {
    let tx = office.db().begin().await?;
    store::hurry(&tx).await?;
    tx.commit().await
}

async fn deliver(office: &Office, id: &str) -> Result<bool, DbError> {
    let tx = office.db().begin().await?;
    let claimed_at = tx.now().0;
    if !store::claim(&tx, id, claimed_at + CLAIM).await? {
        return Ok(false);
    }
    let Some(claimed) = store::claimed(&tx, id).await? else { return Ok(false) };
    tx.commit().await?;

    let verdict = if claimed.expires.is_some_and(|expires| expires <= office.clock().now().0) {
        Err(Undelivered::Never("its link ended before it could be delivered".to_owned()))
    } else {
        match open(office, &claimed) {
            Some(mail) => office.mailing().post.deliver(&mail).await,
            None => Err(Undelivered::Never("it does not open with this installation's key".to_owned())),
        }
    };

    let delivered = verdict.is_ok();
    insist(office.clock(), claimed_at + CLAIM, || note(office, &claimed, &verdict)).await?;
    Ok(delivered)
}

/// Writes down what became of a mail.
async fn note(office: &Office, claimed: &Claimed, verdict: &Result<(), Undelivered>) -> Result<(), DbError> {
    let tx = office.db().begin().await?;
    let next = rules::next_attempt(claimed.created, claimed.attempts, tx.now().0);
    match (verdict, next) {
        (Ok(()), _) => store::finish(&tx, claimed.id, None).await?,
        (Err(Undelivered::Later(why)), Some(next)) => {
            tracing::warn!(mail = %claimed.id, why, attempts = claimed.attempts, "a mail was not delivered; it is tried again");
            store::postpone(&tx, claimed.id, next, why.clone()).await?;
        }
        (Err(Undelivered::Later(why) | Undelivered::Never(why)), _) => {
            tracing::warn!(mail = %claimed.id, why, "a mail was not delivered and is given up");
            store::finish(&tx, claimed.id, Some(why.clone())).await?;
        }
    }
    tx.commit().await
}

fn open(office: &Office, claimed: &Claimed) -> Option<Mail> {
    let plain = office.seal().open(claimed.id.to_string().as_bytes(), &claimed.sealed)?;
    let written: Written = serde_json::from_slice(&plain).ok()?;
    Some(Mail {
        id: claimed.id,
        written: types::clock::Timestamp(claimed.created),
        to: claimed.recipient.parse().ok()?,
        name: written.name,
        subject: written.subject,
        text: written.text,
        html: written.html,
        unsubscribe: written.unsubscribe,
    })
}
