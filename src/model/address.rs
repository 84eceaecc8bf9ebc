//! Addresses that cannot be a host of somebody else's, whoever names them: they are asked for nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::language::{Both, both};
use super::words::words;

words! {
    /// Why an address is never asked.
    pub enum NoHost {
        /// Of this piece of wire, where clouds keep services that trust whoever asks (RFC 3927, RFC 4291).
        LinkLocal = "link-local",
        /// Where clouds hand out credentials.
        Metadata = "a metadata service's",
        /// A group of hosts.
        Multicast = "multicast",
        /// "This host", which is whoever asks (RFC 1122, RFC 4291).
        Unspecified = "unspecified",
        /// All hosts.
        Broadcast = "broadcast",
    }
}

impl NoHost {
    /// Why no server has such an address, as the end of a complaint about it.
    pub fn no_server(self, address: IpAddr) -> Both {
        let (english, korean) = (self.as_str(), self.korean());
        both!(
            "{address} is {english}, so no server has it",
            "{address}: {korean} 주소라서 어떤 서버의 것도 아니다"
        )
    }

    /// The same in Korean, before the word for an address.
    fn korean(self) -> &'static str {
        match self {
            Self::LinkLocal => "링크 로컬",
            Self::Metadata => "메타데이터 서비스",
            Self::Multicast => "멀티캐스트",
            Self::Unspecified => "미지정",
            Self::Broadcast => "브로드캐스트",
        }
    }

    /// Whether no single host can ever have such an address, so that even somebody who names it by hand is mistaken.
    /// Resolvers of clouds do have link-local addresses, and those of AWS stand beside the metadata service.
    pub fn for_nobody(self) -> bool {
        matches!(self, Self::Multicast | Self::Unspecified | Self::Broadcast)
    }
}

/// Why nothing is ever sent to an address that an answer, a look-up or the API names; `None`: it may be.
pub fn no_host(address: IpAddr) -> Option<NoHost> {
    match address {
        IpAddr::V4(address) => no_host_v4(address),
        IpAddr::V6(address) => embedded(address).map_or_else(|| no_host_v6(address), no_host_v4),
    }
}

fn no_host_v4(address: Ipv4Addr) -> Option<NoHost> {
    if address.is_link_local() {
        Some(NoHost::LinkLocal)
    } else if address == Ipv4Addr::new(100, 100, 100, 200) {
        Some(NoHost::Metadata)
    } else if address.is_multicast() {
        Some(NoHost::Multicast)
    } else if address.octets()[0] == 0 {
        Some(NoHost::Unspecified)
    } else {
        address.is_broadcast().then_some(NoHost::Broadcast)
    }
}

fn no_host_v6(address: Ipv6Addr) -> Option<NoHost> {
    if address.is_unicast_link_local() {
        Some(NoHost::LinkLocal)
    } else if address.segments()[..2] == [0xfd00, 0xec2] {
        Some(NoHost::Metadata)
    } else if address.is_multicast() {
        Some(NoHost::Multicast)
    } else {
        address.is_unspecified().then_some(NoHost::Unspecified)
    }
}

/// The IPv4 address that an IPv6 address leads to: mapped, as IPv4-compatible, through NAT64 (RFC 6052) or 6to4 (RFC 3056).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return Some(mapped);
    }
    let segments = address.segments();
    let four = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match segments {
        // `::` and `::1` are what they are.
        [0, 0, 0, 0, 0, 0, 0, _] => None,
        [0, 0, 0, 0, 0, 0, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(four(high, low))
        }
        [0x2002, high, low, ..] => Some(four(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str) -> Option<NoHost> {
        no_host(text.parse().expect("an address"))
    }

    #[test]
    fn what_can_be_no_host_of_somebody_elses_is_known() {
        for (kind, addresses) in [
            (
                NoHost::LinkLocal,
                &["169.254.169.254", "169.254.0.1", "fe80::1", "febf::1"][..],
            ),
            (
                NoHost::Metadata,
                &["100.100.100.200", "fd00:ec2::254", "fd00:ec2::253"],
            ),
            (
                NoHost::Multicast,
                &["224.0.0.1", "239.255.255.255", "ff02::fb"],
            ),
            (NoHost::Unspecified, &["0.0.0.0", "0.1.2.3", "::"]),
            (NoHost::Broadcast, &["255.255.255.255"]),
        ] {
            for address in addresses {
                assert_eq!(of(address), Some(kind), "{address}");
            }
        }
    }

    #[test]
    fn hosts_are_left_alone_those_of_this_machine_and_of_a_network_too() {
        for address in [
            "127.0.0.1",
            "127.255.255.254",
            "::1",
            "10.0.0.1",
            "192.168.0.255",
            "172.16.0.1",
            "100.64.0.1",
            "100.100.100.201",
            "192.0.2.1",
            "205.251.192.1",
            "fd00:ec3::1",
            "fc00::1",
            "2600:9000:5300::1",
            "64:ff9b::c000:201",
        ] {
            assert_eq!(of(address), None, "{address}");
        }
    }

    proptest! {
        #[test]
        fn no_dress_of_ipv6_hides_an_address(octets in any::<[u8; 4]>()) {
            let address = Ipv4Addr::from(octets);
            let [a, b, c, d] = octets;
            let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            let plain = no_host(address.into());
            prop_assert_eq!(no_host(address.to_ipv6_mapped().into()), plain);
            let nat64 = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low);
            prop_assert_eq!(no_host(nat64.into()), plain);
            let six_to_four = Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1);
            prop_assert_eq!(no_host(six_to_four.into()), plain);
        }
    }
}
