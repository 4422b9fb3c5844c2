//! Addresses as other people have to type them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::config::Config;

/// The address under which others reach what listens on `address`.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(if address.ip().is_unspecified() { own() } else { address.ip() }, address.port())
}

/// Where people reach the web pages, and where links lead: the public address, or the one it listens on.
pub fn pages(config: &Config, http: SocketAddr) -> String {
    config.public_url.clone().unwrap_or_else(|| format!("http://{}", reachable(http)))
}

/// The domain when nobody chose one: the address under which phones find this machine.
pub fn domain(config: &Config) -> String {
    match config.sip.first().map_or_else(own, |address| reachable(*address).ip()) {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    }
}

/// This machine's address in its network: the first one that is neither loopback nor valid on one link only.
/// IPv4 comes first, since more phones speak it.
pub fn own() -> IpAddr {
    let mut found: Vec<IpAddr> = nix::ifaddrs::getifaddrs()
        .into_iter()
        .flatten()
        .filter_map(|interface| {
            let address = interface.address?;
            let v4 = address.as_sockaddr_in().map(|v4| IpAddr::V4(v4.ip()));
            v4.or_else(|| address.as_sockaddr_in6().map(|v6| IpAddr::V6(v6.ip())))
        })
        .filter(|ip| !ip.is_loopback() && !is_link_local(*ip))
        .collect();
    found.sort_by_key(IpAddr::is_ipv6);
    found.first().copied().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_to_call_the_unspecified_address() {
        let address = reachable(SocketAddr::from(([0, 0, 0, 0], 5060)));
        assert!(!address.ip().is_unspecified() && address.port() == 5060);
        assert_eq!(reachable(SocketAddr::from(([192, 0, 2, 1], 8080))).to_string(), "192.0.2.1:8080");
    }
}
