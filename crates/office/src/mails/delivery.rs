//! Delivering what is due.

use std::time::Duration;

use tokio::task::JoinSet;

use super::model::Written;
use super::store::Claimed;
use super::{rules, store};
use crate::Office;
use crate::db::DbError;
use crate::ports::{Mail, Undelivered};
use crate::tasks::guarded;

/// For how long a mail belongs to whoever took it, in milliseconds; longer than handing it over can take.
const CLAIM: i64 = 3 * 60 * 1000;
/// Between two tries to note what became of a mail.
const AGAIN: Duration = Duration::from_secs(1);
/// Mails that are handed over at the same time.
const TOGETHER: usize = 4;
/// Mails that are looked up at once.
const BATCH: i64 = 64;

/// Delivers everything that is due; answers how many mails got through.
///
/// A mail is delivered once. Only when the process dies between the server's last word and the note of it, the mail is
/// handed over again, with the same `Message-ID`: there is no way to know.
pub(crate) async fn deliver_due(office: &Office) -> Result<usize, DbError> {
    let mut delivered = 0;
    let mut failed = None;
    while failed.is_none() {
        let due = store::due(office.db().reads(), office.clock().now().0, BATCH).await?;
        if due.is_empty() {
            break;
        }
        for some in due.chunks(TOGETHER) {
            let mut under_way = JoinSet::new();
            for id in some {
                let (office, id) = (office.clone(), id.clone());
                under_way.spawn(async move { guarded("mail", deliver(&office, &id)).await.unwrap_or(Ok(false)) });
            }
            // Each to its end, whatever becomes of the others: a mail that was handed over must be noted as such.
            while let Some(done) = under_way.join_next().await {
                match done.unwrap_or(Err(DbError::Damaged("a delivery"))) {
                    Ok(got_through) => delivered += usize::from(got_through),
                    Err(error) => failed = Some(error),
                }
            }
        }
    }
    failed.map_or(Ok(delivered), Err)
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
    // Unnoted it would be delivered twice, so the note is insisted on as long as nobody else may take the mail.
    let until = claimed_at + CLAIM;
    loop {
        match note(office, &claimed, &verdict).await {
            Err(error) if error.is_passing() && office.clock().now().0 < until => {
                tracing::warn!(%error, mail = %claimed.id, "what became of a mail is noted later");
                tokio::time::sleep(AGAIN).await;
            }
            noted => return noted.map(|()| delivered),
        }
    }
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
