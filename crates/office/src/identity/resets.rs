//! Forgotten passwords.
//!
//! Asking writes one row, whoever asks for whichever address, and is answered. Whether somebody has the address is looked
//! up later, by whoever delivers mail: so neither the answer nor its time tells.

use std::net::IpAddr;

use types::clock::Timestamp;
use types::email::Email;
use types::ids::JobId;

use super::model::LinkPurpose;
use super::store::{self, Reset};
use super::{Error, make_link, recipient};
use crate::Office;
use crate::audit;
use crate::db::DbError;
use crate::mails::{self, Kind, Letter};
use crate::scope::{Actor, Rights, Scope};

/// At most so many links an hour are mailed to somebody, however often they are asked for.
const HOURLY: i64 = 5;
const HOUR: i64 = 60 * 60 * 1000;
/// Requests that are answered in one go.
const BATCH: i64 = 100;

/// Asks for a link by mail. Refused only when this source asks too often.
pub(crate) async fn ask(office: &Office, email: &str, source: Option<IpAddr>) -> Result<(), Error> {
    let key = email.trim().parse::<Email>().map(|email| email.key()).unwrap_or_default();
    office
        .attempts()
        .begin(&format!("reset {key}"), source, true, office.clock().tick())
        .map_err(|wait| Error::TooManyAttempts(wait.0))?;
    let mut tx = office.db().begin().await?;
    let id = JobId::new(tx.now(), tx.entropy());
    let source = source.map(|source| source.to_string()).unwrap_or_default();
    store::insert_reset(&tx, id, &key, &source).await?;
    tx.wake_post();
    Ok(tx.commit().await?)
}

/// Whether somebody waits for a link.
pub(crate) async fn wait(office: &Office) -> Result<bool, DbError> {
    Ok(!store::resets(office.db().reads(), 1).await?.is_empty())
}

/// Answers everybody who waits: with a mail, or with nothing where nobody has that address.
pub(crate) async fn answer(office: &Office) -> Result<(), DbError> {
    loop {
        let waiting = store::resets(office.db().reads(), BATCH).await?;
        if waiting.is_empty() {
            return Ok(());
        }
        for reset in waiting {
            answer_one(office, reset).await?;
        }
    }
}

async fn answer_one(office: &Office, reset: Reset) -> Result<(), DbError> {
    let mut tx = office.db().begin().await?;
    let found = store::credentials_of_email(tx.conn(), &reset.email_key).await?;
    if let Some(who) = &found {
        tx.lock_account(who.account).await?;
    }
    if !store::take_reset(&tx, &reset.id).await? {
        return Ok(());
    }
    let Some((to, who)) =
        found.filter(|who| !who.blocked && !who.suspended).and_then(|who| Some((recipient(&who)?, who)))
    else {
        return tx.commit().await;
    };
    if mails::recent(&tx, who.user, Kind::PasswordReset, HOUR).await? >= HOURLY {
        return tx.commit().await;
    }
    let link = make_link(office, &tx, Some((who.account, who.user)), LinkPurpose::Recovery).await?;
    let letter = Letter::PasswordReset {
        by: None,
        link: office.page("link", &link.token),
        until: Timestamp(link.expires_at.0.0),
    };
    mails::queue(office, &mut tx, &to, &letter).await?;
    let scope = Scope::new(who.account, Actor::Link(who.user), who.role, Rights::NONE, reset.source.parse().ok());
    audit::record(&mut tx, &scope, audit::Change::new("identity.forgotPassword", who.user)).await?;
    tx.commit().await
}
