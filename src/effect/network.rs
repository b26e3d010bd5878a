use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Which addresses may be connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// Those of the internet alone.
    Public,
    /// Those of this machine and of networks that belong to somebody, too.
    Any,
}

/// An address that is refused.
#[derive(Debug, thiserror::Error)]
#[error("the address {0} is a private one; to allow such: git config taskmaster.privateAddresses true")]
pub(super) struct PrivateAddress(IpAddr);

/// Finds addresses, and gives out those alone that may be connected to: the very address that was looked at is the
/// one that is used.
pub(super) struct Guard {
    pub(super) network: Network,
    pub(super) inner: DefaultResolver,
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Guard({:?})", self.network)
    }
}

impl Resolver for Guard {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        let mut allowed = self.empty();
        let mut refused = None;
        for address in &found {
            if self.network == Network::Public && is_private(address.ip()) {
                refused = Some(address.ip());
            } else {
                allowed.push(*address);
            }
        }
        match refused {
            Some(address) if allowed.is_empty() => Err(ureq::Error::Other(Box::new(PrivateAddress(address)))),
            _ => Ok(allowed),
        }
    }
}

/// Whether an address is none of the public internet: this machine, networks of somebody's own, and what the
/// registries of special addresses (IANA, RFC 6890) have set aside.
#[must_use]
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => is_private_v6(address),
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || first == 0
        || first >= 240
        || (first == 100 && (64..128).contains(&second))
        || (first == 192 && second == 0 && third == 0)
        || (first == 198 && (18..20).contains(&second))
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    let [first, second, .., seventh, eighth] = address.segments();
    let embedded = |high: u16, low: u16| {
        let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
        is_private_v4(Ipv4Addr::new(a, b, c, d))
    };
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_private_v4(mapped);
    }
    let [_, _, third, ..] = address.segments();
    match first {
        // Neither `::1` nor what once held addresses of version 4 is out there; 64:ff9b::/96 leads to version 4.
        0 => true,
        0x64 if second == 0xff9b => embedded(seventh, eighth),
        0x2002 => embedded(second, third),
        0x2001 => second < 0x200 || second == 0xdb8,
        first => first & 0xe000 != 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_tells_whom_it_lets_through() {
        let guard = |network| format!("{:?}", Guard { network, inner: DefaultResolver::default() });
        assert_eq!((guard(Network::Public), guard(Network::Any)), ("Guard(Public)".into(), "Guard(Any)".into()));
    }

    #[test]
    fn private_addresses_are_known_in_every_spelling() {
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "192.0.0.8",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "::ffff:10.0.0.1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001:db8::1",
            "2001::1",
            "::7f00:1",
        ] {
            assert!(is_private(text.parse().unwrap()), "{text}");
        }
        for text in ["1.1.1.1", "100.128.0.1", "198.20.0.1", "2606:4700::1", "64:ff9b::101:101", "::ffff:1.1.1.1"] {
            assert!(!is_private(text.parse().unwrap()), "{text}");
        }
    }
}
