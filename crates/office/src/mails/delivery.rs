//! Delivering what is due.

use tokio::task::JoinSet;

use super::model::Written;
use super::{rules, store};
use crate::Office;
use crate::db::DbError;
use crate::ports::{Mail, Undelivered};

/// For how long a mail belongs to whoever took it, in milliseconds; longer than handing it over can take.
const CLAIM: i64 = 3 * 60 * 1000;
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
    loop {
        let due = store::due(office.db().reads(), office.clock().now().0, BATCH).await?;
        if due.is_empty() {
            return Ok(delivered);
        }
        for some in due.chunks(TOGETHER) {
            let mut under_way = JoinSet::new();
            for id in some {
                let (office, id) = (office.clone(), id.clone());
                under_way.spawn(async move { deliver(&office, &id).await });
            }
            while let Some(done) = under_way.join_next().await {
                delivered += usize::from(done.map_err(|_| DbError::Damaged("a delivery"))??);
            }
        }
    }
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
    if !store::claim(&tx, id, tx.now().0 + CLAIM).await? {
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

    let tx = office.db().begin().await?;
    let next = rules::next_attempt(claimed.created, claimed.attempts, tx.now().0);
    let delivered = verdict.is_ok();
    match (verdict, next) {
        (Ok(()), _) => store::finish(&tx, claimed.id, None).await?,
        (Err(Undelivered::Later(why)), Some(next)) => {
            tracing::warn!(mail = %claimed.id, why, attempts = claimed.attempts, "a mail was not delivered; it is tried again");
            store::postpone(&tx, claimed.id, next, why).await?;
        }
        (Err(Undelivered::Later(why) | Undelivered::Never(why)), _) => {
            tracing::warn!(mail = %claimed.id, why, "a mail was not delivered and is given up");
            store::finish(&tx, claimed.id, Some(why)).await?;
        }
    }
    tx.commit().await?;
    Ok(delivered)
}

fn open(office: &Office, claimed: &store::Claimed) -> Option<Mail> {
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
