//! Whether an address of the API is Amazon's, and whether what is sent there can be read on the way.

use url::{Host, Url};

use crate::model::secret::masked_url;

/// The domains of the APIs of all partitions.
const OF_AMAZON: [&str; 9] = [
    "amazonaws.com",
    "amazonaws.com.cn",
    "api.aws",
    "api.amazonwebservices.com.cn",
    "amazonaws.eu",
    "c2s.ic.gov",
    "sc2s.sgov.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
];

/// An address that has to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// The address without its secrets.
    pub url: String,
    /// Whether it is plain http to another machine.
    pub is_in_the_clear: bool,
}

/// What has to be told of an address; `None`: it is Amazon's, over https.
pub fn foreign(address: &str) -> Option<Foreign> {
    let url = Url::parse(address).ok();
    let host = url.as_ref().and_then(Url::host);
    let is_plain = url.as_ref().is_none_or(|url| url.scheme() != "https");
    let (is_amazon, is_loopback) = match &host {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let below = |domain: &str| {
                name.strip_suffix(domain)
                    .is_some_and(|rest| rest.ends_with('.'))
            };
            let is_local = name == "localhost" || below("localhost");
            (OF_AMAZON.into_iter().any(below), is_local)
        }
        Some(Host::Ipv4(address)) => (false, address.is_loopback()),
        Some(Host::Ipv6(address)) => (false, address.to_canonical().is_loopback()),
        None => (false, false),
    };
    let told = Foreign {
        url: masked_url(address).into_owned(),
        is_in_the_clear: is_plain && !is_loopback,
    };
    (!is_amazon || told.is_in_the_clear).then_some(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amazons_own_addresses_are_not_told() {
        for address in [
            "https://route53.amazonaws.com",
            "https://route53.us-gov.amazonaws.com/",
            "https://route53.amazonaws.com.cn",
            "https://route53.global.api.aws",
            "https://vpce-1.route53.us-east-1.vpce.amazonaws.com",
        ] {
            assert_eq!(foreign(address), None, "{address}");
        }
    }

    #[test]
    fn others_are_told_and_so_is_plain_http_to_another_machine() {
        for (address, url, is_in_the_clear) in [
            ("http://127.0.0.1:4566", "http://127.0.0.1:4566", false),
            ("http://[::1]:4566", "http://[::1]:4566", false),
            (
                "http://[::ffff:127.0.0.1]",
                "http://[::ffff:127.0.0.1]",
                false,
            ),
            ("http://localhost:4566", "http://localhost:4566", false),
            ("http://api.localhost", "http://api.localhost", false),
            ("https://r53.example", "https://r53.example", false),
            (
                "https://amazonaws.com.example",
                "https://amazonaws.com.example",
                false,
            ),
            (
                "https://notamazonaws.com",
                "https://notamazonaws.com",
                false,
            ),
            ("http://r53.example", "http://r53.example", true),
            ("http://10.0.0.1", "http://10.0.0.1", true),
            ("http://localhost.example", "http://localhost.example", true),
            (
                "http://route53.amazonaws.com",
                "http://route53.amazonaws.com",
                true,
            ),
            (
                "http://me:pass@r53.example/?key",
                "http://***@r53.example/?***",
                true,
            ),
        ] {
            let url = url.to_owned();
            let told = Foreign {
                url,
                is_in_the_clear,
            };
            assert_eq!(foreign(address), Some(told), "{address}");
        }
    }
}
