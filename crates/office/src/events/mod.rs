//! Events: what happens in the account, told to open pages as it happens.
//!
//! Two springs flow together in a [`Hub`]: what becomes durable (every change that is in the audit log), and what the
//! exchange notes (phones that come and go, phones that ring and talk). From there it goes to the open streams of the
//! account, to each as far as its user may see it. A stream that is too slow is told to read everything again.

mod board;
pub(crate) mod http;
mod hub;
mod model;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use crate::Office;
use crate::http::Credentials;
use crate::identity;
use crate::ports::Notes;
use crate::scope::Scope;
use crate::tasks::guarded_now;

pub(crate) use hub::{Hub, follow};
pub(crate) use stream::Stream;

/// Why no stream begins.
#[derive(Debug)]
pub(crate) enum Error {
    /// The user has as many as possible.
    TooMany,
    /// Nobody is signed in, or the database refuses.
    Identity(identity::Error),
}

/// Opens a stream for whoever presents these credentials; `last_id` is the id of the event seen last.
pub(crate) async fn open(
    office: &Office,
    scope: Scope,
    credentials: Credentials,
    last_id: Option<&str>,
) -> Result<Stream, Error> {
    let user = scope.user().ok_or(Error::Identity(identity::Error::NotFound))?;
    let seat = office.live().seat(user).ok_or(Error::TooMany)?;
    Stream::open(office, scope, credentials, last_id, seat).await.map_err(Error::Identity)
}

/// How long notes gather after some were passed on. Nobody who looks at a page notices, and of a phone that rings and is
/// answered in between only the last state is told.
const GATHER: Duration = Duration::from_millis(20);

/// Passes on what the exchange notes, for ever.
pub(crate) async fn follow_exchange(hub: Arc<Hub>, notes: Arc<Notes>, directory: Arc<crate::directory::Directory>) {
    loop {
        let noted = notes.take().await;
        guarded_now("events", || hub.noted(noted, &directory));
        tokio::time::sleep(GATHER).await;
    }
}
