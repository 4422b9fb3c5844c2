//! Where a story lives: a house number that no other story has.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

/// A house number. Every party of the story has an address of its own that ends in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct House(pub u8);

impl House {
    /// The server's address.
    pub fn server(self) -> IpAddr {
        self.at(0)
    }

    /// The address of the `index`-th phone.
    pub fn phone(self, index: u8) -> IpAddr {
        self.at(1 + index)
    }

    fn at(self, street: u8) -> IpAddr {
        assert!(self.0 > 0 && self.0 < 255 && street < 10, "{self:?} has no street {street}");
        IpAddr::V4(Ipv4Addr::new(127, 0, 80 + street, self.0))
    }
}

/// A TCP port at `ip` that was free a moment ago, for programs that cannot be asked what the kernel gave them.
pub fn free_port(ip: IpAddr) -> u16 {
    TcpListener::bind(SocketAddr::new(ip, 0))
        .and_then(|listener| listener.local_addr())
        .expect("a loopback address")
        .port()
}
