//! Which addresses a webhook may have: public ones only, so that a configured address cannot make the notifier post
//! into the network it runs in. And which a machine may have that is asked whether it is well: those of a network.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Resolves host names and refuses those with an address that is not public. The connection is made to the very
/// addresses that were checked, so a name cannot change its mind in between.
#[derive(Debug, Clone, Copy)]
pub struct PublicResolver;

/// A host with an address inside some network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{host} has the private address {address}; webhooks must be public (NOTIFIER_ALLOW_PRIVATE_WEBHOOKS=1 for tests)"
)]
pub struct PrivateAddress {
    /// As it was asked for.
    pub host: String,
    /// The first of its addresses that is not public.
    pub address: IpAddr,
}

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            if let Some(private) = found.iter().find(|found| !is_public(found.ip())) {
                return Err(PrivateAddress { host, address: private.ip() }.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Whether `address` can be reached from anywhere: that of a network, and not of a private or reserved one.
pub fn is_public(address: IpAddr) -> bool {
    is_of_a_network(address)
        && match plain(address) {
            IpAddr::V4(address) => {
                let [first, second, third, _] = address.octets();
                let reserved = address.is_private()
                    || address.is_documentation()
                    || (first == 100 && (64..128).contains(&second))
                    || (first == 192 && second == 0 && third == 0)
                    || (first == 198 && (18..20).contains(&second));
                !reserved
            }
            // Within 2000::/3, 2001::/23 is for protocols and 2001:db8::/32 for documentation.
            IpAddr::V6(address) => match address.segments() {
                [0x2001, second, ..] => second >= 0x0200 && second != 0x0db8,
                [first, ..] => is_routed(first),
            },
        }
}

/// Whether `address` can be that of another machine in a network, private ones included: not this machine, not what is
/// beside it on the link, such as the metadata service, and not Azure's platform.
pub fn is_of_a_network(address: IpAddr) -> bool {
    match plain(address) {
        IpAddr::V4(address) => {
            let [first, ..] = address.octets();
            let special = address.is_loopback()
                || address.is_link_local()
                || address.is_multicast()
                || address == AZURE_PLATFORM
                || first == 0
                || first >= 240;
            !special
        }
        // Routed addresses, and the unique local ones of private networks.
        IpAddr::V6(address) => {
            let [first, ..] = address.segments();
            is_routed(first) || first & 0xfe00 == 0xfc00
        }
    }
}

/// Azure's platform services answer here on every virtual machine, although the address looks public.
const AZURE_PLATFORM: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);

/// Whether an IPv6 address that begins like this is in 2000::/3, which alone is routed.
fn is_routed(first: u16) -> bool {
    first & 0xe000 == 0x2000
}

/// The address itself, or the IPv4 address that it stands for.
fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => match address.to_ipv4_mapped().or_else(|| translated(address.segments())) {
            Some(inner) => IpAddr::V4(inner),
            None => IpAddr::V6(address),
        },
        address => address,
    }
}

/// The IPv4 address inside a NAT64 (`64:ff9b::/96`) or 6to4 (`2002::/16`) address.
fn translated(segments: [u16; 8]) -> Option<Ipv4Addr> {
    let join = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match segments {
        [0x0064, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some(join(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_asked_in_private_networks_but_never_this_one_or_the_platform() {
        for network in ["10.1.2.3", "192.168.1.1", "172.16.0.1", "20.50.2.10", "fd00::7", "2603:1030::1"] {
            assert!(is_of_a_network(network.parse().unwrap()), "{network}");
        }
        for never in [
            "127.0.0.1",
            "127.8.8.8",
            "0.0.0.0",
            "169.254.169.254",
            "168.63.129.16",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "ff02::1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
        ] {
            assert!(!is_of_a_network(never.parse().unwrap()), "{never}");
        }
    }

    #[test]
    fn s22_inner_addresses_are_told_from_public_ones() {
        for inner in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "168.63.129.16",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd00::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "::127.0.0.1",
            "fec0::1",
        ] {
            assert!(!is_public(inner.parse().unwrap()), "{inner}");
        }
        for public in [
            "20.50.2.10",
            "172.32.0.1",
            "100.63.0.1",
            "100.128.0.1",
            "8.8.8.8",
            "168.63.129.17",
            "2603:1030::1",
            "::ffff:20.50.2.10",
            "64:ff9b::1432:20a",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }
}
