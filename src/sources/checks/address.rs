//! Which addresses the world can reach, and which only a network of one's own.

use std::net::IpAddr;

/// Whether an address means something only inside a network: RFC 1918, shared address space (RFC 6598), link-local,
/// unique local (RFC 4193), or this machine itself.
pub fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_unspecified()
                || (first == 100 && second & 0xc0 == 64)
        }
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unspecified()
                || address.is_unique_local()
                || address.is_unicast_link_local()
        }
    }
}

/// Whether the world can reach an address: neither private nor set apart for examples (RFC 5737, RFC 3849),
/// multicast or broadcast.
pub fn is_public(address: IpAddr) -> bool {
    let special = match address.to_canonical() {
        IpAddr::V4(address) => {
            address.is_documentation()
                || address.is_multicast()
                || address.is_broadcast()
                || address.octets()[0] == 0
        }
        IpAddr::V6(address) => {
            let [first, second, ..] = address.segments();
            address.is_multicast() || (first == 0x2001 && second == 0xdb8)
        }
    };
    !special && !is_private(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn addresses_of_a_network_are_private_and_those_of_examples_are_neither() {
        for text in [
            "10.0.0.2",
            "172.31.0.2",
            "192.168.1.1",
            "169.254.169.253",
            "100.64.0.1",
            "127.0.0.1",
            "fd00:ec2::253",
            "fe80::1",
            "::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(is_private(parsed(text)), "{text}");
            assert!(!is_public(parsed(text)), "{text}");
        }
        for text in [
            "192.0.2.53",
            "198.51.100.1",
            "203.0.113.1",
            "2001:db8::1",
            "224.0.0.1",
            "ff02::1",
        ] {
            assert!(!is_private(parsed(text)), "{text}");
            assert!(!is_public(parsed(text)), "{text}");
        }
        for text in [
            "205.251.192.1",
            "100.128.0.1",
            "172.32.0.1",
            "2600:9000:5300::1",
        ] {
            assert!(is_public(parsed(text)), "{text}");
        }
    }
}
