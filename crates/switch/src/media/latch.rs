//! Who may send to one port, decided without sockets or clocks.
//!
//! Two kinds of senders are heard: the address in the phone's SDP, and, for phones behind address translation that
//! do not know their own address, the address the signalling comes from, whatever the port. The first one heard has
//! the port. A sender known only by its IP address keeps yielding to the exact address for its first packets, so that
//! stragglers from a port the phone just gave up cannot capture the call; then the port is locked, until the next
//! [`Latch::expect`].

use std::net::{IpAddr, SocketAddr};

use super::packet::Lane;

/// Packets that must come from a former address, with nothing better heard, before it is believed to be in use still.
const PATIENCE: u16 = 50;

/// How sure it is that a sender is the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// It was, before the last offer or answer, which repeated the same address.
    Former,
    /// It shares the IP address of the signalling.
    Guess,
    /// It has the address in the SDP.
    Exact,
}

/// What to do with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Drop it.
    Foreign,
    /// Forward it.
    Pass,
    /// Forward it, and hear nobody but its sender from now on.
    Lock,
}

/// What the socket has to do after an [`Latch::expect`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing: whoever was heard is still heard.
    None,
    /// Hear all senders again; the latch decides.
    Open,
}

/// The state of one port.
#[derive(Debug)]
pub(super) struct Latch {
    lock_after: u16,
    expected: Option<(SocketAddr, IpAddr)>,
    /// Set while the phone wants no media sent to it: `c=0.0.0.0`, port 0.
    muted: bool,
    latched: Option<(SocketAddr, Rank)>,
    heard: u16,
    locked: bool,
    former: Option<SocketAddr>,
}

impl Latch {
    /// A latch that hears nobody.
    pub(super) fn new(lane: Lane) -> Self {
        // About two seconds of speech; RTCP comes every few seconds.
        let lock_after = match lane {
            Lane::Rtp => 100,
            Lane::Rtcp => 3,
        };
        Self { lock_after, expected: None, muted: false, latched: None, heard: 0, locked: false, former: None }
    }

    /// Hears nobody any more.
    pub(super) fn close(&mut self) {
        *self = Self { lock_after: self.lock_after, ..Self::new(Lane::Rtp) };
    }

    /// An offer or answer said where the phone's media comes from.
    pub(super) fn expect(&mut self, sdp: SocketAddr, signalling: IpAddr) -> Change {
        let (sdp, signalling) = (plain(sdp), signalling.to_canonical());
        self.muted = !is_usable(sdp);
        if self.muted && self.expected.is_some_and(|(_, before)| before == signalling) {
            // Put on hold the old way (RFC 2543): the phone did not move.
            return Change::None;
        }
        let before = self.expected.replace((sdp, signalling));
        let exact = self.latched.is_some_and(|(latched, _)| latched == sdp);
        if exact {
            self.latched = Some((sdp, Rank::Exact));
            return if self.locked { Change::None } else { Change::Open };
        }
        self.locked = false;
        self.heard = 0;
        if before == self.expected {
            // The same address again. A phone whose address translation changed meanwhile may come from elsewhere.
            self.latched = self.latched.map(|(latched, _)| (latched, Rank::Former));
        } else {
            self.former = self.latched.take().map(|(latched, _)| latched);
        }
        Change::Open
    }

    /// Decides over a packet, and learns from it.
    pub(super) fn judge(&mut self, from: SocketAddr) -> Verdict {
        let from = plain(from);
        if let Some((latched, _)) = self.latched
            && latched == from
        {
            if self.locked {
                return Verdict::Pass;
            }
            self.heard = self.heard.saturating_add(1);
            self.locked = self.heard >= self.lock_after;
            return if self.locked { Verdict::Lock } else { Verdict::Pass };
        }
        if self.locked {
            return Verdict::Foreign;
        }
        let Some((sdp, signalling)) = self.expected else { return Verdict::Foreign };
        let rank = match () {
            () if from == sdp => Rank::Exact,
            () if from.ip() == signalling => Rank::Guess,
            () => return Verdict::Foreign,
        };
        if self.latched.is_some_and(|(_, present)| present >= rank) {
            return Verdict::Foreign;
        }
        if rank == Rank::Guess && self.former == Some(from) {
            self.heard = self.heard.saturating_add(1);
            if self.heard < PATIENCE {
                return Verdict::Foreign;
            }
        }
        self.latched = Some((from, rank));
        self.heard = 1;
        self.locked = rank == Rank::Exact;
        if self.locked { Verdict::Lock } else { Verdict::Pass }
    }

    /// Where media for the phone goes: to where its own comes from, else to the address in its SDP.
    pub(super) fn target(&self) -> Option<SocketAddr> {
        if self.muted {
            return None;
        }
        self.latched.map(|(latched, _)| latched).or_else(|| self.expected.map(|(sdp, _)| sdp))
    }
}

/// The address without what does not tell hosts apart: flow label, scope, IPv4 in IPv6 clothes.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

fn is_usable(address: SocketAddr) -> bool {
    let ip = address.ip();
    let broadcast = matches!(ip, IpAddr::V4(v4) if v4.is_broadcast());
    address.port() != 0 && !ip.is_unspecified() && !ip.is_multicast() && !broadcast
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SDP: &str = "192.0.2.1:4000";
    const SIGNALLING: &str = "198.51.100.1";
    const NATTED: &str = "198.51.100.1:61000";

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn expecting(sdp: &str) -> Latch {
        let mut latch = Latch::new(Lane::Rtp);
        assert_eq!(latch.expect(at(sdp), SIGNALLING.parse().unwrap()), Change::Open);
        latch
    }

    fn lock(latch: &mut Latch, from: &str) {
        let verdicts: Vec<Verdict> = (0..100).map(|_| latch.judge(at(from))).collect();
        assert_eq!(verdicts.iter().filter(|verdict| **verdict == Verdict::Lock).count(), 1);
    }

    #[test]
    fn a_fresh_latch_hears_nobody_and_sends_nowhere() {
        let mut latch = Latch::new(Lane::Rtp);
        assert_eq!(latch.judge(at(SDP)), Verdict::Foreign);
        assert_eq!(latch.target(), None);
    }

    #[test]
    fn the_address_in_the_sdp_locks_at_once() {
        let mut latch = expecting(SDP);
        assert_eq!(latch.target(), Some(at(SDP)));
        assert_eq!(latch.judge(at(SDP)), Verdict::Lock);
        assert_eq!(latch.judge(at(SDP)), Verdict::Pass);
        assert_eq!(latch.judge(at(NATTED)), Verdict::Foreign);
    }

    #[test]
    fn a_phone_behind_address_translation_is_found_by_its_first_packet() {
        let mut latch = expecting(SDP);
        assert_eq!(latch.judge(at("203.0.113.66:4000")), Verdict::Foreign);
        assert_eq!(latch.target(), Some(at(SDP)));
        assert_eq!(latch.judge(at(NATTED)), Verdict::Pass);
        assert_eq!(latch.target(), Some(at(NATTED)));
        assert_eq!(latch.judge(at("198.51.100.1:61001")), Verdict::Foreign);
        lock(&mut latch, NATTED);
        assert_eq!(latch.judge(at(SDP)), Verdict::Foreign, "locked");
    }

    #[test]
    fn a_guess_yields_to_the_exact_address_until_locked() {
        let mut latch = expecting(SDP);
        assert_eq!(latch.judge(at(NATTED)), Verdict::Pass);
        assert_eq!(latch.judge(at(SDP)), Verdict::Lock);
        assert_eq!(latch.judge(at(NATTED)), Verdict::Foreign);
    }

    #[test]
    fn an_offer_with_another_address_moves_the_latch() {
        let mut latch = expecting(SDP);
        latch.judge(at(SDP));
        assert_eq!(latch.expect(at("192.0.2.1:5000"), SIGNALLING.parse().unwrap()), Change::Open);
        assert_eq!(latch.target(), Some(at("192.0.2.1:5000")));
        assert_eq!(latch.judge(at(SDP)), Verdict::Foreign);
        assert_eq!(latch.judge(at("192.0.2.1:5000")), Verdict::Lock);
    }

    #[test]
    fn stragglers_of_the_old_port_do_not_capture_a_moved_stream() {
        let mut latch = expecting("198.51.100.1:4000");
        lock_exact(&mut latch, "198.51.100.1:4000");
        latch.expect(at("198.51.100.1:5000"), SIGNALLING.parse().unwrap());
        for _ in 0..49 {
            assert_eq!(latch.judge(at("198.51.100.1:4000")), Verdict::Foreign);
        }
        assert_eq!(latch.target(), Some(at("198.51.100.1:5000")));
        // A second of nothing else: the phone said it moved, and did not.
        assert_eq!(latch.judge(at("198.51.100.1:4000")), Verdict::Pass);
        assert_eq!(latch.judge(at("198.51.100.1:5000")), Verdict::Lock);
    }

    fn lock_exact(latch: &mut Latch, from: &str) {
        assert_eq!(latch.judge(at(from)), Verdict::Lock);
    }

    #[test]
    fn the_same_offer_again_keeps_an_exact_latch_and_lets_a_guess_move() {
        let mut exact = expecting(SDP);
        lock_exact(&mut exact, SDP);
        assert_eq!(exact.expect(at(SDP), SIGNALLING.parse().unwrap()), Change::None);
        assert_eq!(exact.judge(at(NATTED)), Verdict::Foreign);

        let mut guess = expecting(SDP);
        lock(&mut guess, NATTED);
        assert_eq!(guess.expect(at(SDP), SIGNALLING.parse().unwrap()), Change::Open);
        assert_eq!(guess.target(), Some(at(NATTED)), "kept until something better is heard");
        assert_eq!(guess.judge(at(NATTED)), Verdict::Pass);
        assert_eq!(guess.judge(at("198.51.100.1:62000")), Verdict::Pass);
        assert_eq!(guess.target(), Some(at("198.51.100.1:62000")));
    }

    #[test]
    fn hold_by_unspecified_address_mutes_and_keeps_the_latch() {
        let mut latch = expecting(SDP);
        lock(&mut latch, NATTED);
        assert_eq!(latch.expect(at("0.0.0.0:4000"), SIGNALLING.parse().unwrap()), Change::None);
        assert_eq!(latch.target(), None);
        assert_eq!(latch.judge(at(NATTED)), Verdict::Pass);
        latch.expect(at(SDP), SIGNALLING.parse().unwrap());
        assert_eq!(latch.target(), Some(at(NATTED)));
    }

    #[test]
    fn nothing_is_ever_sent_to_many() {
        for address in ["224.0.0.1:4000", "255.255.255.255:4000", "[ff02::1]:4000", "192.0.2.1:0", "[::]:4000"] {
            assert_eq!(expecting(address).target(), None, "{address}");
        }
    }

    #[test]
    fn a_closed_latch_forgets_everything() {
        let mut latch = expecting(SDP);
        lock_exact(&mut latch, SDP);
        latch.close();
        assert_eq!(latch.judge(at(SDP)), Verdict::Foreign);
        assert_eq!(latch.target(), None);
    }
}
