//! One registration: an address at which a phone can be reached for a while.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use types::clock::Timestamp;

use crate::agent::Path;
use crate::dialog::RouteSet;
use crate::message::header::ContactParams;
use crate::message::{Name, NameAddr, Request, Uri};

/// What a phone calls itself is cut here, in bytes.
const USER_AGENT: usize = 128;

/// One registration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Binding {
    pub(super) uri: Uri,
    /// Header parameters of the Contact as the phone wrote them, but for those the registrar sets itself.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub(super) params: Box<str>,
    path: Path,
    source: SocketAddr,
    #[serde(default, skip_serializing_if = "RouteSet::is_empty")]
    routes: RouteSet,
    pub(super) call_id: Box<str>,
    pub(super) sequence: u32,
    expires: Timestamp,
    registered: Timestamp,
    pub(super) since: Timestamp,
    q: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instance: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reg_id: Option<u32>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    user_agent: Box<str>,
}

impl Binding {
    /// The binding that one Contact of a REGISTER asks for. `reg_id` counts only where outbound is in use.
    pub(super) fn new(
        request: &Request,
        contact: &NameAddr,
        path: Path,
        routes: RouteSet,
        outbound: bool,
        now: Timestamp,
        expires: Timestamp,
    ) -> Self {
        let params = ContactParams::of(contact);
        let user_agent = request.header(Name::UserAgent).unwrap_or_default();
        let end = user_agent.floor_char_boundary(USER_AGENT);
        Self {
            uri: contact.uri().detach(),
            params: kept_params(contact),
            path: destination(request, contact.uri(), path),
            source: path.remote,
            routes,
            call_id: request.call_id().into(),
            sequence: request.cseq().number,
            expires,
            registered: now,
            since: now,
            q: params.q().unwrap_or(1000),
            instance: params.instance().map(|instance| instance.into()),
            reg_id: params.reg_id().filter(|_| outbound),
            user_agent: user_agent.get(..end).unwrap_or_default().into(),
        }
    }

    /// The Request-URI of requests to the phone.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Where requests to the phone are sent; the connection is good only in the run of the process it was made in.
    #[must_use]
    pub fn path(&self) -> Path {
        self.path
    }

    /// Where the REGISTER came from.
    #[must_use]
    pub fn source(&self) -> SocketAddr {
        self.source
    }

    /// The routes of requests to the phone (RFC 3327), next hop first.
    #[must_use]
    pub fn routes(&self) -> &RouteSet {
        &self.routes
    }

    /// When it runs out.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// When it was made or last refreshed.
    #[must_use]
    pub fn registered(&self) -> Timestamp {
        self.registered
    }

    /// Since when it has been refreshed without a gap and without the phone starting anew (a new Call-ID).
    #[must_use]
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// How much the phone prefers it, in thousandths; 1000 if it does not say.
    #[must_use]
    pub fn q(&self) -> u16 {
        self.q
    }

    /// The instance id, usually a `urn:uuid:`.
    #[must_use]
    pub fn instance(&self) -> Option<&str> {
        self.instance.as_deref()
    }

    /// The number of the flow where outbound is in use (RFC 5626).
    #[must_use]
    pub fn reg_id(&self) -> Option<u32> {
        self.reg_id
    }

    /// What the phone calls itself: at most 128 bytes that it made up.
    #[must_use]
    pub fn user_agent(&self) -> &str {
        &self.user_agent
    }

    /// Whether a new binding takes the place of this one. Without outbound an instance is in one place: what it
    /// registered from another port before it was switched off would only ring into the void.
    pub(super) fn is_replaced_by(&self, new: &Self) -> bool {
        match (&self.instance, &new.instance) {
            (Some(mine), Some(theirs)) if self.reg_id.is_some() || new.reg_id.is_some() => {
                mine == theirs && self.reg_id == new.reg_id
            }
            (Some(mine), Some(theirs)) if mine == theirs => {
                self.uri.is_equivalent(&new.uri) || (&self.call_id, self.sequence) != (&new.call_id, new.sequence)
            }
            _ => self.uri.is_equivalent(&new.uri),
        }
    }

    pub(super) fn is_other_flow_of(&self, other: &Self) -> bool {
        self.reg_id != other.reg_id
            && self.reg_id.is_some()
            && other.reg_id.is_some()
            && self.instance.is_some()
            && self.instance == other.instance
    }
}

/// Where requests to a contact go.
///
/// A connection leads back to the phone. Over UDP the contact is believed as long as it names the address the REGISTER
/// came from and nothing shows that addresses were translated on the way; otherwise only the source is known to lead
/// back, and nobody can have requests sent to somebody else.
fn destination(request: &Request, contact: &Uri, path: Path) -> Path {
    if path.transport.is_reliable() {
        return path;
    }
    let source = SocketAddr::new(path.remote.ip().to_canonical(), path.remote.port());
    let same_address = contact.host().and_then(|host| host.ip()).map(|ip| ip.to_canonical()) == Some(source.ip());
    let via = request.via();
    let sent_by = via.host().ip().map(|ip| SocketAddr::new(ip.to_canonical(), via.port_or_default()));
    let mut path = path;
    if same_address && sent_by == Some(source) {
        path.remote.set_port(contact.port().unwrap_or(path.transport.default_port()));
    }
    path
}

/// The parameters that go back in the answer as they came.
fn kept_params(contact: &NameAddr) -> Box<str> {
    const SET_BY_US: [&str; 3] = ["expires", "pub-gruu", "temp-gruu"];
    let dropped = |name: &str| SET_BY_US.iter().any(|ours| ours.eq_ignore_ascii_case(name));
    let all = contact.params();
    if !all.clone().any(|param| dropped(param.name)) {
        return all.as_str().into();
    }
    let mut kept = String::new();
    for param in all.filter(|param| !dropped(param.name)) {
        kept.push(';');
        kept.push_str(param.name);
        if let Some(value) = param.value {
            kept.push('=');
            kept.push_str(value);
        }
    }
    kept.into()
}
