//! Who may send text messages from the web pages: everybody, unless an administrator says otherwise.

use types::ids::UserId;

use super::{Error, User, shown, store};
use crate::Office;
use crate::audit::{self, Change};
use crate::db::DbError;
use crate::scope::Scope;

/// Lets a user send text messages, or does not any more. What waits to be sent is not sent then.
pub(crate) async fn allow_web_sms(office: &Office, scope: &Scope, id: UserId, allowed: bool) -> Result<User, Error> {
    let mut tx = office.db().write(scope).await?;
    let before = store::find(tx.conn(), scope, id).await?.ok_or(Error::NotFound)?;
    if before.web_sms == allowed {
        drop(tx);
        return shown(office, scope, before);
    }
    let after = store::set_web_sms(&tx, scope, &before, allowed).await?;
    let was = serde_json::json!({ "webSms": before.web_sms });
    let is = serde_json::json!({ "webSms": after.web_sms });
    audit::record(&mut tx, scope, Change::new("users.setWebSms", id).before(&was).after(&is)).await?;
    tx.commit().await?;
    shown(office, scope, after)
}

/// Whether a user is there, is not shut out, and may send text messages.
pub(crate) async fn may_text(office: &Office, scope: &Scope, id: UserId) -> Result<bool, DbError> {
    let profile = store::find(office.db().reads(), scope, id).await?;
    Ok(profile.is_some_and(|profile| profile.web_sms && !profile.blocked))
}
