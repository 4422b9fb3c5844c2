//! The post: hands mail to an SMTP server, or keeps it as files.
//!
//! It knows nothing of queues: whoever calls [`Post::deliver`] asks again later when it is told [`Undelivered::Later`].
//! A letter always becomes the same `Message-ID`, so a server that was given it twice can tell.

mod folder;
mod message;
mod smtp;

use std::fmt;
use std::path::PathBuf;

use lettre::message::Mailbox;
use types::clock::Timestamp;
use types::email::Email;

pub use smtp::{Security, Server};

/// What is to be delivered. `Debug` shows which letter it is, never what it says.
#[derive(Clone)]
pub struct Letter {
    /// Names the letter for ever: letters, digits and underscores. What stands before the `@` in its `Message-ID`.
    pub id: String,
    /// When it was written.
    pub written: Timestamp,
    /// To whom.
    pub to: Email,
    /// The recipient's name; may be empty.
    pub name: String,
    /// One line.
    pub subject: String,
    /// The whole letter as plain text.
    pub text: String,
    /// The same as a page.
    pub html: String,
    /// Where a POST ends a subscription (RFC 8058); only for what is sent to many.
    pub unsubscribe: Option<String>,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why a letter was not delivered. The sentence is for the administrator: what the server said, or why none was reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undelivered {
    /// Not now. Asking again may help: no server, a server that is busy or greylists, a wrong password.
    Later(String),
    /// Never: the server refuses this recipient or this letter for good.
    Never(String),
}

impl fmt::Display for Undelivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Later(why) | Self::Never(why) => f.write_str(why),
        }
    }
}

/// Where letters go.
#[derive(Clone, Debug)]
pub enum Route {
    /// To a server.
    Smtp(Server),
    /// Into a folder, one `.eml` file each, made when the first letter comes.
    Folder(PathBuf),
}

/// The sender of all letters.
#[derive(Clone, Debug)]
pub struct Post {
    route: Route,
    from: Mailbox,
    reply_to: Option<Mailbox>,
}

/// An address that cannot be a sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoMailbox(pub String);

impl fmt::Display for NoMailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a sender; write it as Ringwerk <ringwerk@example.com>", self.0)
    }
}

impl std::error::Error for NoMailbox {}

impl Post {
    /// Letters come from `from`, an address with or without a name; answers go to `reply_to`, if there is one.
    ///
    /// # Errors
    /// When one of the two is no address.
    pub fn new(route: Route, from: &str, reply_to: Option<&str>) -> Result<Self, NoMailbox> {
        let mailbox = |text: &str| text.parse::<Mailbox>().map_err(|_| NoMailbox(text.to_owned()));
        Ok(Self { route, from: mailbox(from)?, reply_to: reply_to.map(mailbox).transpose()? })
    }

    /// Hands a letter on. Returns when the server has taken it, or when the file is on disk.
    ///
    /// # Errors
    /// Says whether asking again may help.
    pub async fn deliver(&self, letter: &Letter) -> Result<(), Undelivered> {
        let message = message::compose(letter, &self.from, self.reply_to.as_ref())?;
        match &self.route {
            Route::Folder(folder) => folder::keep(folder, letter, message.formatted()).await,
            Route::Smtp(server) => smtp::hand_over(server, &message).await,
        }
    }
}
