//! Dialogs: RFC 3261 section 12, from either side.
//!
//! A call that is being made starts as a [`Caller`]; each party that answers it makes a [`Dialog`]. A call that comes
//! in is a [`Dialog`] as soon as an answer with a tag goes out. Both survive a restart (serde).

mod caller;
mod id;
mod routes;

use serde::{Deserialize, Serialize};

pub use caller::Caller;
pub use id::DialogId;
pub use routes::RouteSet;

use crate::message::{Invalid, Method, Name, NameAddr, Request, RequestBuilder, Response, Uri};

/// How far the sequence number jumps when a dialog is taken up again after a restart: the requests sent since it was
/// last stored are not known.
const JUMP: u32 = 1000;

/// Why a request within a dialog is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is older than one that was received already: 500 (RFC 3261 section 12.2.2).
    OutOfOrder,
    /// It belongs to another dialog, or to one that is gone: 481.
    NotThisDialog,
    /// Its Contact cannot be read or used: 400.
    Contact,
}

impl Refused {
    /// The status to answer with.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::OutOfOrder => 500,
            Self::NotThisDialog => 481,
            Self::Contact => 400,
        }
    }
}

/// One side's view of a dialog.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dialog {
    id: DialogId,
    /// Our address as From (or To) has it, tag included.
    local: NameAddr,
    /// Theirs, tag included.
    remote: NameAddr,
    local_sequence: u32,
    remote_sequence: Option<u32>,
    target: Uri,
    routes: RouteSet,
    contact: Box<str>,
    early: bool,
}

impl Dialog {
    /// The dialog that an INVITE (or SUBSCRIBE, REFER) makes which came in and is about to be answered with `tag` in
    /// its To. `contact` is the value of the Contact header of our messages, `sequence` the number our first request
    /// comes after.
    ///
    /// # Errors
    /// When the request has no Contact that could be called, or a Record-Route that cannot be read: answer 400.
    pub fn called(request: &Request, tag: &str, contact: &str, sequence: u32) -> Result<Self, Invalid> {
        let target = contact_of(request.list_of_contacts())?.ok_or(Invalid("the request has no Contact"))?;
        let to = request.to();
        let local = if to.tag().is_some() { to.detach() } else { to.with_param("tag", Some(tag)) };
        Ok(Self {
            id: DialogId::new(request.call_id(), tag, request.from().tag().unwrap_or_default()),
            local,
            remote: request.from().detach(),
            local_sequence: sequence,
            remote_sequence: Some(request.cseq().number),
            target,
            routes: RouteSet::of_callee(request.record_routes())?,
            contact: contact.into(),
            early: true,
        })
    }

    /// What identifies it.
    #[must_use]
    pub fn id(&self) -> &DialogId {
        &self.id
    }

    /// Our address, with our tag.
    #[must_use]
    pub fn local(&self) -> &NameAddr {
        &self.local
    }

    /// Their address, with their tag.
    #[must_use]
    pub fn remote(&self) -> &NameAddr {
        &self.remote
    }

    /// Where requests go: the Contact they gave last.
    #[must_use]
    pub fn target(&self) -> &Uri {
        &self.target
    }

    /// The proxies between us.
    #[must_use]
    pub fn routes(&self) -> &RouteSet {
        &self.routes
    }

    /// The value of the Contact header of our messages.
    #[must_use]
    pub fn contact(&self) -> &str {
        &self.contact
    }

    /// Whether no final answer has made it a confirmed dialog yet.
    #[must_use]
    pub fn is_early(&self) -> bool {
        self.early
    }

    /// A 2xx was sent or received: the dialog is confirmed.
    pub fn confirm(&mut self) {
        self.early = false;
    }

    /// The number of the last request we sent.
    #[must_use]
    pub fn local_sequence(&self) -> u32 {
        self.local_sequence
    }

    /// Starts a request within the dialog, with the next sequence number: everything but Via and body. Contact is
    /// there where the method refreshes the target. For ACK see [`Self::ack`].
    pub fn request(&mut self, method: Method) -> RequestBuilder {
        self.local_sequence = next_sequence(self.local_sequence);
        let refreshes = refreshes_target(&method);
        let mut builder = self.start(method, self.local_sequence);
        if refreshes {
            builder.header(Name::Contact, &self.contact);
        }
        builder
    }

    /// Starts the ACK of a 2xx to the INVITE with this sequence number (RFC 3261 section 13.2.2.4).
    #[must_use]
    pub fn ack(&self, sequence: u32) -> RequestBuilder {
        self.start(Method::Ack, sequence)
    }

    /// A request came that claims to belong to this dialog. Takes note of its sequence number and, where it refreshes
    /// the target, of its Contact.
    ///
    /// # Errors
    /// See [`Refused`]; nothing was noted then.
    pub fn receive(&mut self, request: &Request) -> Result<(), Refused> {
        if !self.id.is_of_request(request) {
            return Err(Refused::NotThisDialog);
        }
        let number = request.cseq().number;
        if matches!(request.method(), Method::Ack | Method::Cancel) {
            return Ok(());
        }
        if self.remote_sequence.is_some_and(|last| number <= last) {
            return Err(Refused::OutOfOrder);
        }
        if refreshes_target(request.method())
            && let Some(target) = contact_of(request.list_of_contacts()).map_err(|_| Refused::Contact)?
        {
            self.target = target;
        }
        self.remote_sequence = Some(number);
        Ok(())
    }

    /// A response to a request within the dialog, or a further one to the INVITE that made it. A 2xx confirms the
    /// dialog and refreshes the target. A Contact that cannot be read leaves the target as it was.
    pub fn receive_response(&mut self, response: &Response) {
        if !response.is_success() {
            return;
        }
        if self.early && response.cseq().method.makes_dialog() {
            self.early = false;
            // What the 2xx says supersedes what a provisional response said (RFC 3261 section 13.2.2.4).
            if let Ok(routes) = RouteSet::of_caller(response.record_routes()) {
                self.routes = routes;
            }
        }
        if refreshes_target(&response.cseq().method)
            && let Ok(Some(target)) = contact_of(response.list_of_contacts())
        {
            self.target = target;
        }
    }

    /// Whether a response belongs to this dialog.
    #[must_use]
    pub fn matches_response(&self, response: &Response) -> bool {
        self.id.is_of_response(response)
    }

    /// Whether a request belongs to this dialog.
    #[must_use]
    pub fn matches(&self, request: &Request) -> bool {
        self.id.is_of_request(request)
    }

    /// Takes the dialog up again after a restart.
    #[must_use]
    pub fn resumed(mut self) -> Self {
        self.local_sequence = self.local_sequence.saturating_add(JUMP).min(crate::message::limits::SEQUENCE);
        self
    }

    fn start(&self, method: Method, sequence: u32) -> RequestBuilder {
        let mut builder = self.routes.request(method, &self.target);
        builder
            .header(Name::From, &self.local)
            .header(Name::To, &self.remote)
            .header(Name::CallId, self.id.call_id())
            .cseq(sequence);
        builder
    }
}

/// Methods whose requests and 2xx say where the sender is to be reached from now on.
fn refreshes_target(method: &Method) -> bool {
    matches!(method, Method::Invite | Method::Update | Method::Subscribe | Method::Notify | Method::Refer)
}

fn next_sequence(sequence: u32) -> u32 {
    if sequence >= crate::message::limits::SEQUENCE { 1 } else { sequence + 1 }
}

/// The first address, if it is one that can be called.
fn contact_of(mut contacts: impl Iterator<Item = Result<NameAddr, Invalid>>) -> Result<Option<Uri>, Invalid> {
    let Some(contact) = contacts.next().transpose()? else {
        return Ok(None);
    };
    if contact.uri().host().is_none() {
        return Err(Invalid("the Contact is not a SIP address"));
    }
    Ok(Some(contact.uri().detach()))
}

/// The addresses in Contact.
trait Contacts {
    fn list_of_contacts(&self) -> impl Iterator<Item = Result<NameAddr, Invalid>> + '_;
}

impl Contacts for crate::message::Head {
    fn list_of_contacts(&self) -> impl Iterator<Item = Result<NameAddr, Invalid>> + '_ {
        self.items(Name::Contact).map(NameAddr::parse)
    }
}

#[cfg(test)]
mod tests;
