//! The client of a sign-in or registration.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A client's IP address. IPv4-mapped IPv6 addresses are converted to IPv4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(IpAddr);

/// Address and device of a client.
#[derive(Debug, Clone)]
pub struct Client {
    pub address: ClientAddress,
    /// Value of the device cookie sent with the request. Empty if there is none.
    pub device: String,
    /// `User-Agent` header of the request. Empty if there is none.
    pub user_agent: String,
}

impl ClientAddress {
    pub fn new(ip: IpAddr) -> Self {
        Self(ip.to_canonical())
    }

    pub fn ip(self) -> IpAddr {
        self.0
    }

    /// The address as a key for one client: an IPv6 /64 network counts as one.
    pub fn host(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(ip) => Ipv6Addr::from(u128::from(ip) & !u128::from(u64::MAX)).into(),
        }
    }

    /// The client's network: /24 for IPv4, /64 for IPv6.
    pub fn network(self) -> IpAddr {
        match self.host() {
            IpAddr::V4(ip) => Ipv4Addr::from(u32::from(ip) & !0xff).into(),
            v6 => v6,
        }
    }

    /// The client's network in CIDR notation. Empty if the address is unknown.
    pub fn cidr(self) -> String {
        match self.network() {
            _ if self.0.is_unspecified() => String::new(),
            IpAddr::V4(network) => format!("{network}/24"),
            IpAddr::V6(network) => format!("{network}/64"),
        }
    }
}

impl Default for ClientAddress {
    fn default() -> Self {
        Self(Ipv4Addr::UNSPECIFIED.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_network_count_as_one() {
        let of = |text: &str| ClientAddress::new(text.parse().unwrap());
        assert_eq!(of("192.0.2.7").network(), of("::ffff:192.0.2.200").network());
        assert_ne!(of("192.0.2.7").host(), of("192.0.2.200").host());
        assert_ne!(of("192.0.2.7").network(), of("192.0.3.7").network());
        assert_eq!(of("2001:db8:1:2::1").host(), of("2001:db8:1:2:ffff::9").network());
        assert_ne!(of("2001:db8:1:2::1").network(), of("2001:db8:1:3::1").network());
        let cidr = ["192.0.2.7", "::ffff:192.0.2.7", "2001:db8:1:2::7"].map(|text| of(text).cidr());
        assert_eq!(cidr, ["192.0.2.0/24", "192.0.2.0/24", "2001:db8:1:2::/64"]);
        assert_eq!(ClientAddress::default().cidr(), "");
    }
}
