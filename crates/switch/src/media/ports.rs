//! The UDP ports of one local address: pairs of an even one for RTP and the odd one above it for RTCP.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;

use ahash::AHashSet;

/// Ports tried for one allocation when other programs hold many of them.
const TRIES: usize = 64;
/// Kernel buffer of one socket in bytes: half a second of speech, or a burst of video.
const RECEIVE_BUFFER: usize = 128 << 10;

/// Two bound sockets.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) rtp: UdpSocket,
    pub(super) rtcp: UdpSocket,
    /// The even port.
    pub(super) port: u16,
}

/// Which ports of an address are bound, and which may be.
#[derive(Debug)]
pub(super) struct Ports {
    ip: IpAddr,
    /// Even ports never tried yet.
    fresh: std::iter::StepBy<RangeInclusive<u16>>,
    /// Even ports that another program held when they were tried.
    refused: VecDeque<u16>,
    /// Even ports we hold.
    owned: AHashSet<u16>,
    /// The range was given as port 0.
    chosen_by_kernel: bool,
}

impl Ports {
    /// The ports of `ip` in `range`; a range that begins with 0 lets the kernel choose, without a limit.
    pub(super) fn new(ip: IpAddr, range: &RangeInclusive<u16>) -> Self {
        let chosen_by_kernel = *range.start() == 0;
        let first = range.start().saturating_add(range.start() % 2);
        // The last even port that has its odd neighbour within the range.
        let last = range.end().saturating_sub(1) & !1;
        let mut evens = first..=last;
        if chosen_by_kernel || *range.end() <= first {
            evens.by_ref().for_each(drop);
        }
        let (refused, owned) = (VecDeque::new(), AHashSet::new());
        Self { ip, fresh: evens.step_by(2), refused, owned, chosen_by_kernel }
    }

    /// Whether an RTP or RTCP port is ours.
    pub(super) fn owns(&self, port: u16) -> bool {
        self.owned.contains(&(port & !1))
    }

    /// Binds a pair that was not bound before.
    pub(super) fn bind_any(&mut self) -> io::Result<Pair> {
        if self.chosen_by_kernel {
            return self.bind_chosen_by_kernel();
        }
        for _ in 0..TRIES {
            let Some(port) = self.fresh.next().or_else(|| self.refused.pop_front()) else { break };
            if self.owned.contains(&port) {
                continue;
            }
            match self.bind(port) {
                Err(error) => {
                    self.refused.push_back(port);
                    if error.kind() != io::ErrorKind::AddrInUse {
                        return Err(error);
                    }
                }
                bound => return bound,
            }
        }
        Err(io::ErrorKind::AddrInUse.into())
    }

    /// Binds the pair whose even port is `port`.
    pub(super) fn bind(&mut self, port: u16) -> io::Result<Pair> {
        let above = port.checked_add(1).ok_or(io::ErrorKind::InvalidInput)?;
        let rtp = socket(SocketAddr::new(self.ip, port))?;
        let rtcp = socket(SocketAddr::new(self.ip, above))?;
        self.owned.insert(port);
        Ok(Pair { rtp, rtcp, port })
    }

    fn bind_chosen_by_kernel(&mut self) -> io::Result<Pair> {
        for _ in 0..TRIES {
            let port = socket(SocketAddr::new(self.ip, 0))?.local_addr()?.port() & !1;
            match self.bind(port) {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                bound => return bound,
            }
        }
        Err(io::ErrorKind::AddrInUse.into())
    }
}

/// A socket that nobody but itself can send to yet.
fn socket(address: SocketAddr) -> io::Result<UdpSocket> {
    let domain = if address.is_ipv4() { socket2::Domain::IPV4 } else { socket2::Domain::IPV6 };
    let socket = socket2::Socket::new(domain, socket2::Type::DGRAM, Some(socket2::Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
    socket.bind(&address.into())?;
    let socket = UdpSocket::from(socket);
    deafen(&socket)?;
    Ok(socket)
}

/// Makes the kernel refuse whatever is sent to the socket, by connecting it to itself: late packets of a call that is
/// over cost nothing, and their sender is told that the port is closed.
pub(super) fn deafen(socket: &UdpSocket) -> io::Result<()> {
    socket.connect(socket.local_addr()?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn even_port(ip: IpAddr) -> u16 {
        Ports::new(ip, &(0..=0)).bind_any().unwrap().port
    }

    #[test]
    fn pairs_are_even_and_the_odd_one_above() {
        let ip = "127.0.73.1".parse().unwrap();
        let mut ports = Ports::new(ip, &(0..=0));
        assert!(!(0..u16::MAX).any(|port| ports.owns(port)));
        for _ in 0..20 {
            let pair = ports.bind_any().unwrap();
            assert_eq!(pair.port % 2, 0);
            assert_eq!(pair.rtp.local_addr().unwrap(), SocketAddr::new(ip, pair.port));
            assert_eq!(pair.rtcp.local_addr().unwrap(), SocketAddr::new(ip, pair.port + 1));
            assert!(ports.owns(pair.port) && ports.owns(pair.port + 1));
        }
    }

    #[test]
    fn a_range_gives_whole_pairs_only() {
        let ip = "127.0.73.2".parse().unwrap();
        let base = even_port(ip);
        assert_eq!(Ports::new(ip, &(base..=base + 1)).bind_any().unwrap().port, base);
        let odd_ends = base - 1..=base + 4;
        let mut ports = Ports::new(ip, &odd_ends);
        let bound = [ports.bind_any().unwrap(), ports.bind_any().unwrap()];
        assert_eq!(bound.map(|pair| pair.port), [base, base + 2]);
        assert!(ports.bind_any().is_err());
        assert!(Ports::new(ip, &(base..=base)).bind_any().is_err());
    }

    #[test]
    fn a_port_held_by_another_program_is_tried_again_later() {
        let ip = "127.0.73.3".parse().unwrap();
        let base = even_port(ip);
        let other = UdpSocket::bind(SocketAddr::new(ip, base + 1)).unwrap();
        let mut ports = Ports::new(ip, &(base..=base + 1));
        assert!(ports.bind_any().is_err());
        drop(other);
        assert_eq!(ports.bind_any().unwrap().port, base);
    }
}
