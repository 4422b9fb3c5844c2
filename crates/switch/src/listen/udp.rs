//! SIP over UDP: batches in, batches out, one system call for up to 64 datagrams.

use std::collections::VecDeque;
use std::io;
use std::io::{IoSlice, IoSliceMut};
use std::net::{IpAddr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd};

use bytes::Bytes;
use nix::errno::Errno;
use nix::sys::socket::sockopt::{Ipv4PacketInfo, Ipv6RecvPacketInfo};
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg, sendmmsg, setsockopt,
};
use smallvec::SmallVec;

/// Datagrams moved by one system call.
pub const BATCH: usize = 64;
/// Room for the largest datagram there is.
const DATAGRAM: usize = 65_536;
/// Datagrams kept while the socket's send buffer is full; later ones are dropped, as the network would do.
const BACKLOG: usize = 16_384;
/// Kernel buffer asked for in each direction, in bytes.
const KERNEL_BUFFER: usize = 8 << 20;

/// A datagram to be sent.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The address it leaves from; matters where the socket is bound to all addresses.
    pub from: IpAddr,
    /// Where it goes.
    pub to: SocketAddr,
    /// What it says.
    pub bytes: Bytes,
}

/// One bound socket with its buffers.
pub struct UdpListener {
    socket: mio::net::UdpSocket,
    local: SocketAddr,
    buffer: Vec<u8>,
    incoming: MultiHeaders<SockaddrStorage>,
    outgoing: MultiHeaders<SockaddrStorage>,
    outgoing_from: MultiHeaders<SockaddrStorage>,
    backlog: VecDeque<Outgoing>,
    dropped: u64,
}

impl UdpListener {
    /// Binds `address`. IPv6 sockets take IPv6 only, so that `0.0.0.0` and `::` can be served side by side.
    ///
    /// # Errors
    /// Whatever the system says when the address is taken or not ours.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let domain = if address.is_ipv4() { socket2::Domain::IPV4 } else { socket2::Domain::IPV6 };
        let socket = socket2::Socket::new(domain, socket2::Type::DGRAM, Some(socket2::Protocol::UDP))?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        socket.set_nonblocking(true)?;
        enlarge(&socket);
        if address.ip().is_unspecified() {
            match address {
                SocketAddr::V4(_) => setsockopt(&socket.as_fd(), Ipv4PacketInfo, &true)?,
                SocketAddr::V6(_) => setsockopt(&socket.as_fd(), Ipv6RecvPacketInfo, &true)?,
            }
        }
        socket.bind(&address.into())?;
        let socket = mio::net::UdpSocket::from_std(socket.into());
        let local = socket.local_addr()?;
        let control = || local.ip().is_unspecified().then(|| nix::cmsg_space!(nix::libc::in6_pktinfo));
        Ok(Self {
            socket,
            local,
            buffer: vec![0; BATCH * DATAGRAM],
            incoming: MultiHeaders::preallocate(BATCH, control()),
            outgoing: MultiHeaders::preallocate(BATCH, None),
            outgoing_from: MultiHeaders::preallocate(BATCH, control()),
            backlog: VecDeque::new(),
            dropped: 0,
        })
    }

    /// The bound address, with the port the kernel chose.
    #[must_use]
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// The socket, to be registered with a poll.
    pub fn source(&mut self) -> &mut mio::net::UdpSocket {
        &mut self.socket
    }

    /// Receives up to [`BATCH`] datagrams and hands each to `take` with its sender and the local address it came to.
    /// Returns how many there were; fewer than [`BATCH`] means the socket is drained.
    ///
    /// # Errors
    /// Whatever the system says; "would block" is `Ok(0)`.
    pub fn receive(&mut self, mut take: impl FnMut(&[u8], SocketAddr, SocketAddr)) -> io::Result<usize> {
        let local = self.local;
        let mut chunks = self.buffer.chunks_exact_mut(DATAGRAM);
        let mut slices: [_; BATCH] = std::array::from_fn(|_| [IoSliceMut::new(chunks.next().unwrap_or_default())]);
        let fd = self.socket.as_raw_fd();
        let results = match recvmmsg(fd, &mut self.incoming, slices.iter_mut(), MsgFlags::MSG_DONTWAIT, None) {
            Ok(results) => results,
            Err(Errno::EAGAIN | Errno::EINTR) => return Ok(0),
            Err(error) => return Err(error.into()),
        };
        let mut count = 0;
        for message in results {
            count += 1;
            let Some(from) = message.address.as_ref().and_then(std_address) else { continue };
            let to = if local.ip().is_unspecified() {
                let ip = message.cmsgs().ok().and_then(|mut all| all.find_map(destination)).unwrap_or(local.ip());
                SocketAddr::new(ip, local.port())
            } else {
                local
            };
            if let Some(bytes) = message.iovs().next() {
                take(bytes, from, to);
            }
        }
        Ok(count)
    }

    /// Puts a datagram in line; [`Self::flush`] sends.
    pub fn queue(&mut self, datagram: Outgoing) {
        if self.backlog.len() < BACKLOG {
            self.backlog.push_back(datagram);
        } else {
            self.dropped += 1;
        }
    }

    /// Sends what is in line. Returns whether everything left; `false` means the kernel's buffer is full.
    pub fn flush(&mut self) -> bool {
        while !self.backlog.is_empty() {
            match self.send_batch() {
                Ok(sent) => drop(self.backlog.drain(..sent.min(self.backlog.len()))),
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN | Errno::ENOBUFS) => return false,
                // One destination cannot be reached; SIP's own retransmission and time-outs deal with that.
                Err(_) => drop(self.backlog.pop_front()),
            }
        }
        true
    }

    /// Datagrams dropped since the last call because too many waited for the kernel.
    pub fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }

    fn send_batch(&mut self) -> Result<usize, Errno> {
        let fd = self.socket.as_raw_fd();
        let wildcard = self.local.ip().is_unspecified();
        let Some(from) = self.backlog.front().map(|first| first.from) else { return Ok(0) };
        // Control data is shared by a whole batch, so on a wildcard socket a batch has one source address.
        let batch = || self.backlog.iter().take(BATCH).take_while(|next| !wildcard || next.from == from);
        let (info_v4, info_v6);
        let mut bytes = batch().map(|next| next.bytes.as_ref());
        let slices: [[IoSlice<'_>; 1]; BATCH] =
            std::array::from_fn(|_| [IoSlice::new(bytes.next().unwrap_or_default())]);
        // Where there are fewer addresses than slices, the addresses count.
        let addresses: SmallVec<[Option<SockaddrStorage>; BATCH]> =
            batch().map(|next| Some(SockaddrStorage::from(next.to))).collect();
        let flags = MsgFlags::MSG_DONTWAIT;
        match from {
            IpAddr::V4(ip) if wildcard && !ip.is_unspecified() => {
                info_v4 = nix::libc::in_pktinfo {
                    ipi_ifindex: 0,
                    ipi_spec_dst: nix::libc::in_addr { s_addr: u32::from_ne_bytes(ip.octets()) },
                    ipi_addr: nix::libc::in_addr { s_addr: 0 },
                };
                let control = [ControlMessage::Ipv4PacketInfo(&info_v4)];
                Ok(sendmmsg(fd, &mut self.outgoing_from, &slices, &addresses, control, flags)?.count())
            }
            IpAddr::V6(ip) if wildcard && !ip.is_unspecified() => {
                info_v6 =
                    nix::libc::in6_pktinfo { ipi6_addr: nix::libc::in6_addr { s6_addr: ip.octets() }, ipi6_ifindex: 0 };
                let control = [ControlMessage::Ipv6PacketInfo(&info_v6)];
                Ok(sendmmsg(fd, &mut self.outgoing_from, &slices, &addresses, control, flags)?.count())
            }
            _ => Ok(sendmmsg(fd, &mut self.outgoing, &slices, &addresses, [], flags)?.count()),
        }
    }
}

fn enlarge(socket: &socket2::Socket) {
    // A privileged process may go beyond net.core.rmem_max; others get what the system allows.
    let fd = socket.as_fd();
    if setsockopt(&fd, nix::sys::socket::sockopt::RcvBufForce, &KERNEL_BUFFER).is_err() {
        let _ = socket.set_recv_buffer_size(KERNEL_BUFFER);
    }
    if setsockopt(&fd, nix::sys::socket::sockopt::SndBufForce, &KERNEL_BUFFER).is_err() {
        let _ = socket.set_send_buffer_size(KERNEL_BUFFER);
    }
}

fn std_address(address: &SockaddrStorage) -> Option<SocketAddr> {
    if let Some(v4) = address.as_sockaddr_in() {
        return Some(SocketAddr::V4(SocketAddrV4::from(*v4)));
    }
    address.as_sockaddr_in6().map(|v6| SocketAddr::V6(SocketAddrV6::from(*v6)))
}

fn destination(control: ControlMessageOwned) -> Option<IpAddr> {
    match control {
        ControlMessageOwned::Ipv4PacketInfo(info) => {
            Some(IpAddr::V4(std::net::Ipv4Addr::from(info.ipi_addr.s_addr.to_ne_bytes())))
        }
        ControlMessageOwned::Ipv6PacketInfo(info) => Some(IpAddr::V6(info.ipi6_addr.s6_addr.into())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::disallowed_methods)]
    use std::time::{Duration, Instant};

    use super::*;

    fn receive_some(listener: &mut UdpListener) -> Vec<(Vec<u8>, SocketAddr, SocketAddr)> {
        let mut got = Vec::new();
        let deadline = Instant::now() + Duration::from_secs(5);
        while got.is_empty() && Instant::now() < deadline {
            listener.receive(|bytes, from, to| got.push((bytes.to_vec(), from, to))).unwrap();
        }
        got
    }

    fn there_and_back(bind: &str, peer: &str, arrive: &str) {
        let mut listener = UdpListener::bind(bind.parse().unwrap()).unwrap();
        let arrive = SocketAddr::new(arrive.parse().unwrap(), listener.local().port());
        let phone = std::net::UdpSocket::bind((peer, 0)).unwrap();
        phone.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        for round in 0..3u8 {
            phone.send_to(&[round; 40], arrive).unwrap();
            let got = receive_some(&mut listener);
            assert_eq!(got, [(vec![round; 40], phone.local_addr().unwrap(), arrive)]);
            for number in 0..100u8 {
                let bytes = Bytes::copy_from_slice(&[number]);
                listener.queue(Outgoing { from: arrive.ip(), to: phone.local_addr().unwrap(), bytes });
            }
            assert!(listener.flush());
            for number in 0..100u8 {
                let mut buffer = [0; 10];
                let (len, from) = phone.recv_from(&mut buffer).unwrap();
                assert_eq!((&buffer[..len], from), (&[number][..], arrive));
            }
        }
    }

    #[test]
    fn one_address() {
        there_and_back("127.0.61.1:0", "127.0.61.2", "127.0.61.1");
    }

    #[test]
    fn all_addresses_answer_from_the_one_that_was_asked() {
        there_and_back("0.0.0.0:0", "127.0.61.3", "127.0.61.4");
    }

    #[test]
    fn ipv6_of_both_kinds() {
        there_and_back("[::1]:0", "::1", "::1");
        there_and_back("[::]:0", "::1", "::1");
    }

    #[test]
    fn a_large_datagram_arrives_whole() {
        let mut listener = UdpListener::bind("127.0.61.5:0".parse().unwrap()).unwrap();
        let phone = std::net::UdpSocket::bind("127.0.61.6:0").unwrap();
        phone.send_to(&vec![7; 60_000], listener.local()).unwrap();
        assert_eq!(receive_some(&mut listener)[0].0.len(), 60_000);
    }
}
