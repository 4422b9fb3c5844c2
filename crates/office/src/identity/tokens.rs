//! Personal access tokens: for scripts, in a user's name, with some of his rights.

use types::clock::Timestamp;
use types::ids::TokenId;
use types::secret::Secret;

use super::model::Token;
use super::{Error, own, secret, store};
use crate::Office;
use crate::audit;
use crate::http::Moment;
use crate::scope::{Right, Rights, Scope};

/// Most tokens of a user.
const MAX_TOKENS: u64 = 100;

/// The caller's personal access tokens.
pub(crate) async fn tokens(office: &Office, scope: &Scope) -> Result<Vec<Token>, Error> {
    Ok(store::list_tokens(office.db().reads(), own(scope)?).await?)
}

/// What a token may do, as asked for.
pub(crate) struct Grant {
    pub(crate) label: String,
    pub(crate) rights: Rights,
    pub(crate) expires: Option<Timestamp>,
}

/// Makes a personal access token. It cannot do more than who makes it; `None` when it would, or when there are too many.
pub(crate) async fn make_token(
    office: &Office,
    scope: &Scope,
    grant: Grant,
) -> Result<Option<(Token, Secret<String>)>, Error> {
    let user = own(scope)?;
    let names: Vec<String> = if grant.rights == Rights::ALL {
        vec!["all".to_owned()]
    } else {
        Right::ALL.iter().filter(|right| grant.rights.contain(**right)).map(|right| right.as_str().to_owned()).collect()
    };
    let exceeds = if grant.rights == Rights::ALL {
        !scope.has_all()
    } else {
        Right::ALL.iter().any(|right| grant.rights.contain(*right) && !scope.has(*right))
    };
    let mut tx = office.db().write(scope).await?;
    if exceeds || store::count_tokens(&tx, user).await? >= MAX_TOKENS {
        return Ok(None);
    }
    let secret = secret::new(secret::TOKEN, tx.entropy());
    let token = Token {
        id: TokenId::new(tx.now(), tx.entropy()),
        label: grant.label,
        scopes: names,
        created_at: Moment(tx.now()),
        last_used_at: None,
        expires_at: grant.expires.map(Moment),
    };
    let expires = grant.expires.map(|expires| expires.0);
    store::insert_token(&tx, scope, user, &token, secret::hash(secret.expose()), expires).await?;
    audit::record(&mut tx, scope, audit::Change::new("identity.makeToken", token.id).after(&token)).await?;
    tx.commit().await?;
    Ok(Some((token, secret)))
}

/// Revokes one of the caller's tokens.
pub(crate) async fn revoke_token(office: &Office, scope: &Scope, token: TokenId) -> Result<(), Error> {
    let mut tx = office.db().write(scope).await?;
    if store::revoke_token(&tx, own(scope)?, token).await? == 0 {
        return Err(Error::NotFound);
    }
    audit::record(&mut tx, scope, audit::Change::new("identity.revokeToken", token)).await?;
    Ok(tx.commit().await?)
}
