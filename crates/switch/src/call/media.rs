//! The relays of a call: session descriptions go in with a phone's addresses and come out with the relay's.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sip::agent::Path;
use sip::offer_answer::{RelayAddress, Session, rewrite};
use smallvec::SmallVec;

use super::Call;
use crate::engine::core::Core;
use crate::media::{Peer, Relay, Side};

/// A relay's place among those of its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RelayIndex(usize);

/// Why a session description was not passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Untranslated {
    /// It cannot be read: 400 or 488.
    Unreadable,
    /// No media port is free: 503.
    Exhausted,
}

impl Untranslated {
    pub fn status(self) -> u16 {
        match self {
            Self::Unreadable => 488,
            Self::Exhausted => 503,
        }
    }
}

/// While phones ring there is one relay for each local address they are reached from, usually one in all; once
/// somebody answered, only that phone's is left.
#[derive(Debug, Default)]
pub(super) struct Relays {
    list: SmallVec<[Entry; 1]>,
}

#[derive(Debug)]
struct Entry {
    relay: Option<Relay>,
    /// Our address towards the called phone.
    towards: IpAddr,
    /// The caller's offer as the called phones get it.
    offer: Option<Bytes>,
}

impl Relays {
    /// Takes up the relay of a call after a restart.
    pub fn restore(&mut self, relay: Relay, towards: IpAddr) -> RelayIndex {
        self.list.push(Entry { relay: Some(relay), towards, offer: None });
        RelayIndex(self.list.len() - 1)
    }

    /// The caller's offer as the phones behind this relay got it.
    pub fn offer(&self, index: RelayIndex) -> Option<Bytes> {
        self.list.get(index.0)?.offer.clone()
    }

    /// The relay itself.
    pub fn relay(&self, index: RelayIndex) -> Option<&Relay> {
        self.list.get(index.0)?.relay.as_ref()
    }

    /// A relay between two of our addresses, with ports for the streams of this description.
    fn reserve(&mut self, core: &mut Core, a: IpAddr, b: IpAddr, session: &[u8]) -> Result<RelayIndex, Untranslated> {
        if let Some(index) = self.list.iter().position(|entry| entry.towards == b && entry.relay.is_some()) {
            return Ok(RelayIndex(index));
        }
        let session = Session::parse(session).map_err(|_| Untranslated::Unreadable)?;
        let streams = session.media.len().clamp(1, STREAMS);
        let relay = core.media.allocate(a, b, streams, core.now).map_err(|_| Untranslated::Exhausted)?;
        self.list.push(Entry { relay: Some(relay), towards: b, offer: None });
        Ok(RelayIndex(self.list.len() - 1))
    }

    /// Takes note of where the phone on side `from` wants its media, and returns the description for the other side.
    pub fn translate(
        &mut self,
        core: &mut Core,
        index: RelayIndex,
        from: Side,
        signalling: IpAddr,
        description: &[u8],
    ) -> Result<Bytes, Untranslated> {
        let session = Session::parse(description).map_err(|_| Untranslated::Unreadable)?;
        let relay = self.list.get_mut(index.0).and_then(|entry| entry.relay.as_mut()).ok_or(Untranslated::Exhausted)?;
        while relay.a.len() < session.media.len().min(STREAMS) {
            let Ok((a, b)) = core.media.add_stream(relay.id, core.now) else { break };
            relay.a.push(a);
            relay.b.push(b);
        }
        for (stream, media) in session.media.iter().enumerate().take(relay.a.len()) {
            if media.is_refused() {
                continue;
            }
            // A phone that gives a name instead of an address is found by where its signalling comes from.
            let rtp = media.rtp_address().unwrap_or(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0));
            core.media.expect(relay.id, from, stream, Peer::new(rtp, media.rtcp_address(), signalling));
        }
        let advertised = core.settings.advertised;
        let shown = |address: &SocketAddr| {
            RelayAddress::new(SocketAddr::new(advertised.unwrap_or(address.ip()), address.port()))
        };
        let addresses: SmallVec<[RelayAddress; 2]> = relay.side(from.other()).iter().map(shown).collect();
        rewrite(description, &addresses).map_err(|_| Untranslated::Unreadable)
    }

    /// Gives back all relays but one.
    pub fn keep(&mut self, core: &mut Core, kept: Option<RelayIndex>) {
        for (index, entry) in self.list.iter_mut().enumerate() {
            if kept != Some(RelayIndex(index))
                && let Some(relay) = entry.relay.take()
            {
                core.media.release(relay.id, core.now);
            }
            entry.offer = None;
        }
    }
}

/// Streams of one call that are relayed; further ones are refused.
const STREAMS: usize = 8;

impl Call {
    /// The caller's offer for a phone reached over `path`, and the relay it leads to. Nothing if the caller made none.
    pub(super) fn offer_for(
        &mut self,
        core: &mut Core,
        path: Path,
    ) -> Result<Option<(RelayIndex, Bytes)>, Untranslated> {
        let Some(session) = self.caller.offer().cloned() else { return Ok(None) };
        let caller = self.caller.leg.path;
        let index = self.relays.reserve(core, caller.local.ip(), path.local.ip(), &session)?;
        if let Some(offer) = self.relays.offer(index) {
            return Ok(Some((index, offer)));
        }
        let offer = self.relays.translate(core, index, Side::A, caller.remote.ip(), &session)?;
        if let Some(entry) = self.relays.list.get_mut(index.0) {
            entry.offer = Some(offer.clone());
        }
        Ok(Some((index, offer)))
    }

    /// The session description a phone answered with, for the caller.
    pub(super) fn accept_session(
        &mut self,
        core: &mut Core,
        fork: usize,
        session: Bytes,
    ) -> Result<Bytes, Untranslated> {
        let caller = self.caller.leg.path.local.ip();
        let Some(answering) = self.forks.get_mut(fork) else { return Err(Untranslated::Unreadable) };
        let path = answering.path;
        let index = match answering.relay {
            Some(index) => index,
            None => self.relays.reserve(core, caller, path.local.ip(), &session)?,
        };
        let translated = self.relays.translate(core, index, Side::B, path.remote.ip(), &session)?;
        answering.relay = Some(index);
        if let Some(leg) = &mut answering.leg {
            leg.heard = Some(session);
            leg.sent = self.relays.offer(index);
        }
        Ok(translated)
    }
}
