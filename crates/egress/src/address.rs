//! Addresses that the SSRF guard lets through: public ones, and private networks that the administrator
//! allows.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;

/// An allowed network, on one port or on all: `10.0.0.0/8`, `192.168.1.5/32:8080`, `[fd00::]/8:80`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowed {
    /// Addresses.
    pub net: IpNet,
    /// The one port; all ports if none.
    pub port: Option<u16>,
}

impl Allowed {
    /// Whether the address is allowed on this port, or on any port if None.
    pub fn covers(&self, ip: IpAddr, port: Option<u16>) -> bool {
        let port_fits = match (self.port, port) {
            (Some(mine), Some(asked)) => mine == asked,
            _ => true,
        };
        port_fits && self.net.contains(&ip)
    }
}

impl FromStr for Allowed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is not CIDR[:port], such as 192.168.1.0/24:8080");
        let plain = text.replace(['[', ']'], "");
        let (net, length) = plain.split_once('/').ok_or_else(wrong)?;
        let (length, port) = match length.split_once(':') {
            Some((length, port)) => (length, Some(port.parse().map_err(|_| wrong())?)),
            None => (length, None),
        };
        let net = format!("{net}/{length}").parse().map_err(|_| wrong())?;
        Ok(Self { net, port })
    }
}

/// The SSRF guard's test of an address: whether it belongs to the public Internet (IANA special-purpose
/// registries, RFC 6890).
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b));
    !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let s = ip.segments();
    // Addresses with an embedded IPv4 address are as public as that one: mapped, NAT64, 6to4.
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    if let Some(v4) = ip.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    match s {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        // Documentation, Teredo and the other special blocks inside 2001::/23.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        // Global unicast is 2000::/3 only.
        _ => s[0] & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_blocks_are_not_public() {
        for ip in [
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "2002:7f00:1::",
            "fc00::1",
            "ff02::1",
            "198.18.0.1",
            "255.255.255.255",
        ] {
            assert!(!is_public(ip.parse().expect("ip")), "{ip}");
        }
        for ip in ["8.8.8.8", "2606:4700::1111", "2002:808:808::", "::ffff:8.8.8.8"] {
            assert!(is_public(ip.parse().expect("ip")), "{ip}");
        }
    }

    #[test]
    fn allowances_are_read_with_and_without_a_port() {
        let read = |text: &str| text.parse::<Allowed>().map(|a| (a.net.to_string(), a.port));
        assert_eq!(read("10.0.0.0/8"), Ok(("10.0.0.0/8".into(), None)));
        assert_eq!(read("[fd00::]/8:8080"), Ok(("fd00::/8".into(), Some(8080))));
        assert_eq!(read("fd00::/8"), Ok(("fd00::/8".into(), None)));
        assert!(read("localhost").is_err() && read("10.0.0.0/8:http").is_err());
    }
}
