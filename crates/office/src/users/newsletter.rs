//! The newsletter: ordered with a confirmation by mail, ended with one click, sent by whoever has a shell on the machine.
//!
//! Its links need no table. They are sealed with the installation's key, each for its one purpose; what they do can be done
//! again without harm.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use types::clock::Timestamp;
use types::ids::UserId;
use types::secret::Secret;

use super::model::{Profile, Subscription, User};
use super::{Error, recipient, shown, store};
use crate::Office;
use crate::audit::{self, Change};
use crate::db::{DbError, Tx};
use crate::mails::{self, Kind, Letter};
use crate::scope::{Actor, Rights, Role, Scope};

/// How long an order can be confirmed, in milliseconds.
const CONFIRM: i64 = 7 * 24 * 60 * 60 * 1000;
/// Subscribers that are written to in one transaction.
const BATCH: i64 = 50;
/// What every one of these tokens begins with.
const PREFIX: &str = "rwn_";
const TO_CONFIRM: &[u8] = b"newsletter confirmation";
const TO_END: &[u8] = b"newsletter unsubscription";

/// One issue. German readers get the German text where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newsletter {
    /// For everybody else.
    pub text: Issue,
    /// In German.
    pub german: Option<Issue>,
}

/// One issue in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// One line.
    pub subject: String,
    /// Paragraphs, with blank lines between them.
    pub text: String,
}

/// How many a newsletter was written to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Now.
    pub written: u64,
    /// Before, with the same text.
    pub before: u64,
}

/// What a token says.
#[derive(Serialize, Deserialize)]
struct Claim {
    user: UserId,
    email: String,
    until: Option<i64>,
}

fn token(office: &Office, purpose: &[u8], claim: &Claim) -> Result<Secret<String>, DbError> {
    let plain = serde_json::to_vec(claim).map_err(|_| DbError::Damaged("a newsletter's link"))?;
    Ok(Secret::new(format!("{PREFIX}{}", crate::seal::hex(&office.seal().close(purpose, &plain)))))
}

fn claim(office: &Office, purpose: &[u8], token: &str) -> Option<Claim> {
    let sealed = crate::seal::unhex(token.strip_prefix(PREFIX)?)?;
    serde_json::from_slice(&office.seal().open(purpose, &sealed)?).ok()
}

/// Orders the newsletter or ends it. An order counts when the mail that follows is answered.
pub(crate) async fn subscribe(office: &Office, scope: &Scope, id: UserId, wanted: bool) -> Result<User, Error> {
    if !scope.reaches(id) {
        return Err(Error::NotFound);
    }
    if wanted {
        let key = format!("newsletter of {id}");
        office
            .attempts()
            .begin(&key, scope.source(), true, office.clock().tick())
            .map_err(|wait| Error::TooManyAttempts(wait.0))?;
    }
    let mut tx = office.db().write(scope).await?;
    let before = store::find(tx.conn(), scope, id).await?.ok_or(Error::NotFound)?;
    let to = match (wanted, before.newsletter) {
        (true, Subscription::Subscribed) | (false, Subscription::None) => {
            drop(tx);
            return shown(office, scope, before);
        }
        (true, _) => Subscription::Pending,
        (false, _) => Subscription::None,
    };
    mails::withdraw(&tx, id, &[Kind::NewsletterConfirmation]).await?;
    if wanted {
        let to = recipient(scope, &before)?;
        let until = tx.now().0 + CONFIRM;
        let claim = Claim { user: id, email: to.email.to_string(), until: Some(until) };
        let link = office.page("confirm-newsletter", &token(office, TO_CONFIRM, &claim)?);
        mails::queue(office, &mut tx, &to, &Letter::NewsletterConfirmation { link, until: Timestamp(until) }).await?;
    }
    let after = set(&mut tx, scope, &before, to).await?;
    tx.commit().await?;
    shown(office, scope, after)
}

async fn set(tx: &mut Tx, scope: &Scope, before: &Profile, to: Subscription) -> Result<Profile, Error> {
    let after = store::set_newsletter(tx, scope, before, to).await?;
    audit::record(tx, scope, Change::new("users.setNewsletter", before.id).before(before).after(&after)).await?;
    Ok(after)
}

/// Confirms an order. The audit log keeps when, and from where.
pub(crate) async fn confirm_newsletter(office: &Office, token: &str, source: Option<IpAddr>) -> Result<(), Error> {
    let claim = claim(office, TO_CONFIRM, token).ok_or(Error::LinkInvalid)?;
    if claim.until.is_none_or(|until| until <= office.clock().now().0) {
        return Err(Error::LinkInvalid);
    }
    let (mut tx, scope, before) = holder(office, claim.user, source).await?.ok_or(Error::LinkInvalid)?;
    if before.email.as_deref() != Some(claim.email.as_str()) {
        return Err(Error::LinkInvalid);
    }
    match before.newsletter {
        Subscription::None => Err(Error::LinkInvalid),
        // Clicked twice.
        Subscription::Subscribed => Ok(()),
        Subscription::Pending => {
            set(&mut tx, &scope, &before, Subscription::Subscribed).await?;
            Ok(tx.commit().await?)
        }
    }
}

/// Ends a subscription by the link in a newsletter. It is no failure when it has ended before.
pub(crate) async fn end_newsletter(office: &Office, token: &str, source: Option<IpAddr>) -> Result<(), Error> {
    let claim = claim(office, TO_END, token).ok_or(Error::LinkInvalid)?;
    let Some((mut tx, scope, before)) = holder(office, claim.user, source).await? else { return Ok(()) };
    if before.newsletter == Subscription::None {
        return Ok(());
    }
    set(&mut tx, &scope, &before, Subscription::None).await?;
    mails::withdraw(&tx, claim.user, &[Kind::Newsletter, Kind::NewsletterConfirmation]).await?;
    Ok(tx.commit().await?)
}

/// The user whom a link belongs to, with a transaction in his account.
async fn holder(
    office: &Office,
    user: UserId,
    source: Option<IpAddr>,
) -> Result<Option<(Tx, Scope, Profile)>, DbError> {
    let tx = office.db().begin().await?;
    let Some(account) = store::post::account_of(&tx, user).await? else { return Ok(None) };
    tx.lock_account(account).await?;
    let scope = Scope::new(account, Actor::Link(user), Role::User, Rights::NONE, source);
    let profile = store::find(tx.conn(), &scope, user).await?;
    Ok(profile.map(|profile| (tx, scope, profile)))
}

/// Writes an issue to every subscriber of every account, a few in a transaction, so that nobody waits for it.
pub(crate) async fn send(office: &Office, newsletter: &Newsletter) -> Result<Sent, DbError> {
    let issue = name(newsletter);
    let mut sent = Sent::default();
    let mut after = None;
    loop {
        let some = store::post::subscribers(office.db(), after, BATCH).await?;
        let Some((_, last)) = some.last() else { return Ok(sent) };
        after = Some(*last);
        let mut tx = office.db().begin().await?;
        for (account, user) in some {
            let scope = Scope::console(account);
            let profile = store::find(tx.conn(), &scope, user).await?;
            let Some(to) = profile
                .filter(|profile| profile.newsletter == Subscription::Subscribed)
                .and_then(|profile| recipient(&scope, &profile).ok())
            else {
                continue;
            };
            let token = token(office, TO_END, &Claim { user, email: to.email.to_string(), until: None })?;
            let text = newsletter.german.as_ref().filter(|_| to.language == "de").unwrap_or(&newsletter.text);
            let letter = Letter::Newsletter {
                subject: text.subject.clone(),
                text: text.text.clone(),
                link: office.page("unsubscribe", &token),
                one_click: format!("{}/v1/newsletter-unsubscriptions/{}", office.mailing().pages, token.expose()),
                issue: issue.clone(),
            };
            let is_new = mails::queue(office, &mut tx, &to, &letter).await?;
            sent.written += u64::from(is_new);
            sent.before += u64::from(!is_new);
        }
        tx.commit().await?;
    }
}

/// The same text is the same issue.
fn name(newsletter: &Newsletter) -> String {
    let mut hash = Sha256::new();
    for issue in std::iter::once(&newsletter.text).chain(&newsletter.german) {
        hash.update(issue.subject.as_bytes());
        hash.update([0]);
        hash.update(issue.text.as_bytes());
        hash.update([0]);
    }
    crate::seal::hex(&hash.finalize())
}
