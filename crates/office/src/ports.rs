//! What the office needs of others: of the telephone exchange, and of whoever carries mail. The server implements both.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use callflow::Owner;
use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::Notify;
use types::clock::Timestamp;
use types::email::Email;
use types::ids::{AccountId, CallId, DeviceId, MailId, UserId};

/// Live state of the phones. Every answer comes from memory, without waiting.
///
/// Nothing here is durable: an exchange that has just started knows a phone again as soon as its stored
/// registration is read or the phone registers anew.
pub trait Phones: Send + Sync {
    /// Where the phone is registered, or `None` while it cannot be reached.
    fn presence(&self, device: DeviceId) -> Option<Presence>;

    /// Whether one of the user's phones talks or rings right now.
    fn in_call(&self, user: UserId) -> bool;

    /// Calls of the account that ring or talk right now, oldest first.
    fn live_calls(&self, account: AccountId) -> Vec<LiveCall>;

    /// The messages of a recent call as text, secrets masked; `None` once it has fallen out of memory.
    fn ladder(&self, call: CallId) -> Option<String>;

    /// Forgets the phone's registrations and ends its calls. Returns before that is done.
    fn disconnect(&self, device: DeviceId);

    /// Where the exchange notes what changes, for pages that show it live; nothing where there is no exchange.
    fn notes(&self) -> Option<Arc<Notes>> {
        None
    }
}

/// What changed in the exchange and was not looked at yet. A later note about a phone or a call replaces the earlier
/// one, so this is never larger than what there is; noting never waits.
#[derive(Debug, Default)]
pub struct Notes {
    noted: Mutex<Noted>,
    wake: Notify,
}

/// What was noted, each in its last state.
#[derive(Clone, Debug, Default)]
pub struct Noted {
    /// Phones: whose account, and whether they can be reached.
    pub phones: BTreeMap<DeviceId, (AccountId, bool)>,
    /// Calls; `None` for one that is over.
    pub calls: BTreeMap<CallId, (AccountId, Option<CallLegs>)>,
}

/// Who rings and talks in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallLegs {
    /// Whose number or extension was dialled, where it is one of the account.
    pub owner: Option<Owner>,
    /// Who calls, where it is a phone of the account.
    pub caller: Option<(UserId, DeviceId)>,
    /// The called phones that ring, or the one that talks.
    pub called: Vec<(UserId, DeviceId)>,
    /// Somebody answered.
    pub answered: bool,
}

impl Notes {
    /// A phone can be reached from now on, or not any more.
    pub fn phone(&self, account: AccountId, device: DeviceId, reachable: bool) {
        self.noted.lock().phones.insert(device, (account, reachable));
        self.wake.notify_one();
    }

    /// Other phones ring or talk in a call than before; `None` when it is over.
    pub fn call(&self, account: AccountId, call: CallId, legs: Option<CallLegs>) {
        self.noted.lock().calls.insert(call, (account, legs));
        self.wake.notify_one();
    }

    /// Waits until something is there, and takes it all.
    pub(crate) async fn take(&self) -> Noted {
        loop {
            self.wake.notified().await;
            let noted = std::mem::take(&mut *self.noted.lock());
            if !noted.phones.is_empty() || !noted.calls.is_empty() {
                return noted;
            }
        }
    }
}

/// A registered phone, as it shows itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Presence {
    /// What the phone calls itself. Written by the phone: never trust it, always escape it.
    pub user_agent: String,
    /// Address and port its last REGISTER came from.
    pub address: String,
    /// When it registered first without a gap until now.
    pub since: Timestamp,
    /// When the registration ends unless it is refreshed.
    pub expires: Timestamp,
}

/// A call that rings or talks right now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveCall {
    /// The call.
    pub call: CallId,
    /// When the caller's INVITE came.
    pub started: Timestamp,
    /// When it was answered, if it was.
    pub answered: Option<Timestamp>,
    /// Users who ring, talk or call. Only these may be shown the call.
    pub participants: Vec<UserId>,
}

/// No exchange at all: every phone is unreachable. For commands that only work on the database, and for tests.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPhones;

impl NoPhones {
    /// A shared one.
    #[must_use]
    pub fn shared() -> Arc<dyn Phones> {
        Arc::new(Self)
    }
}

impl Phones for NoPhones {
    fn presence(&self, _: DeviceId) -> Option<Presence> {
        None
    }

    fn in_call(&self, _: UserId) -> bool {
        false
    }

    fn live_calls(&self, _: AccountId) -> Vec<LiveCall> {
        Vec::new()
    }

    fn ladder(&self, _: CallId) -> Option<String> {
        None
    }

    fn disconnect(&self, _: DeviceId) {}
}

/// Hands mail to whoever carries it. The office keeps it until that is done, and asks again when it was not.
pub trait Post: Send + Sync {
    /// Hands one mail over. Done means that the other side has it and will not lose it.
    fn deliver<'a>(&'a self, mail: &'a Mail) -> Pin<Box<dyn Future<Output = Result<(), Undelivered>> + Send + 'a>>;

    /// Where mail goes.
    fn route(&self) -> Route;
}

/// Where mail goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// To a mail server.
    Smtp,
    /// Into this folder, since there is no mail server.
    Folder(String),
}

/// A mail as it leaves. The same mail has the same id however often it is handed over.
#[derive(Clone)]
pub struct Mail {
    /// Tells it from every other one, for ever.
    pub id: MailId,
    /// When it was written.
    pub written: Timestamp,
    /// To whom.
    pub to: Email,
    /// The recipient's name; may be empty.
    pub name: String,
    /// One line.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As a page.
    pub html: String,
    /// Where a POST ends the subscription it belongs to (RFC 8058).
    pub unsubscribe: Option<String>,
}

impl std::fmt::Debug for Mail {
    /// Without what it says: links in it let somebody in.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why a mail was not handed over, with a sentence for the administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undelivered {
    /// Not now; it is tried again.
    Later(String),
    /// Never: this recipient or this mail is refused for good.
    Never(String),
}

/// No post at all: mail waits. For commands that only work on the database, beside a server that delivers.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPost;

impl Post for NoPost {
    fn deliver<'a>(&'a self, _: &'a Mail) -> Pin<Box<dyn Future<Output = Result<(), Undelivered>> + Send + 'a>> {
        Box::pin(async { Err(Undelivered::Later("nobody carries mail".to_owned())) })
    }

    fn route(&self) -> Route {
        Route::Smtp
    }
}

/// Hands text messages to whoever carries them, part by part. The office keeps a message until that is done.
pub trait TextLine: Send + Sync {
    /// Hands one part over. Answers by which name its receipt will call it.
    fn send<'a>(&'a self, part: &'a TextPart)
    -> Pin<Box<dyn Future<Output = Result<String, Undelivered>> + Send + 'a>>;
}

/// One part of a text message as it leaves.
#[derive(Clone)]
pub struct TextPart {
    /// To whom.
    pub to: types::e164::E164,
    /// From whom.
    pub from: types::sms::Sender,
    /// How it travels.
    pub alphabet: types::sms::Alphabet,
    /// What this part says.
    pub text: String,
    /// The same for all parts of a message; another one for the next.
    pub reference: u8,
    /// Which part it is, counted from 1.
    pub number: u8,
    /// How many there are.
    pub of: u8,
}

impl std::fmt::Debug for TextPart {
    /// Without what it says, and to whom.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextPart").field("number", &self.number).field("of", &self.of).finish_non_exhaustive()
    }
}
