//! What a certificate says of itself.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::time::ASN1Time;
use x509_parser::x509::X509Name;

use crate::model::http::{Certificate, NAMES_KEPT};

/// A certificate as it was shown, valid or not; `None`: it is none that can be read.
pub(super) fn read(der: &[u8]) -> Option<Certificate> {
    let (_, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
    let mut names = names(&certificate);
    let more_names = names.len().saturating_sub(NAMES_KEPT);
    names.truncate(NAMES_KEPT);
    let validity = certificate.validity();
    Some(Certificate {
        names,
        more_names,
        issuer: called(certificate.issuer()),
        not_before: moment(validity.not_before),
        not_after: moment(validity.not_after),
    })
}

/// The names that it is for; of an old one its subject.
fn names(certificate: &X509Certificate) -> Vec<String> {
    let alternatives = certificate.subject_alternative_name();
    let alternatives = alternatives.ok().flatten();
    let names = alternatives.iter().flat_map(|it| &it.value.general_names);
    let name_of = |name: &GeneralName| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(octets) => {
            let v4 = <[u8; 4]>::try_from(*octets).map(IpAddr::from);
            let address = v4.or_else(|_| <[u8; 16]>::try_from(*octets).map(IpAddr::from));
            address.ok().map(|address| address.to_string())
        }
        _ => None,
    };
    let names: Vec<String> = names.filter_map(name_of).collect();
    if names.is_empty() {
        return vec![called(certificate.subject())];
    }
    names
}

/// How somebody is called: by the common name, else by that of the organisation.
fn called(name: &X509Name) -> String {
    let mut names = name.iter_common_name().chain(name.iter_organization());
    let first = names.find_map(|name| name.as_str().ok());
    first.map_or_else(|| name.to_string(), str::to_owned)
}

/// Nobody lives before 1970.
fn moment(time: ASN1Time) -> SystemTime {
    let seconds = u64::try_from(time.timestamp()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn made(names: &[&str], days: std::ops::Range<u64>) -> Vec<u8> {
        let key = rcgen::KeyPair::generate().expect("a key");
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut wanted = rcgen::CertificateParams::new(names).expect("names");
        let day = |day: u64| (SystemTime::UNIX_EPOCH + Duration::from_secs(86_400 * day)).into();
        (wanted.not_before, wanted.not_after) = (day(days.start), day(days.end));
        wanted.distinguished_name = rcgen::DistinguishedName::new();
        let called = &mut wanted.distinguished_name;
        called.push(rcgen::DnType::OrganizationName, "Example Corp");
        called.push(rcgen::DnType::CommonName, "Example Test CA");
        let certificate = wanted.self_signed(&key).expect("a certificate");
        certificate.der().to_vec()
    }

    #[test]
    fn names_issuer_and_times_are_read() {
        let der = made(
            &[
                "app.example.test",
                "*.example.test",
                "192.0.2.7",
                "2001:db8::7",
            ],
            10..20,
        );
        let day = |day: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(86_400 * day);
        let expected = Certificate {
            names: [
                "app.example.test",
                "*.example.test",
                "192.0.2.7",
                "2001:db8::7",
            ]
            .map(str::to_owned)
            .to_vec(),
            more_names: 0,
            issuer: "Example Test CA".to_owned(),
            not_before: day(10),
            not_after: day(20),
        };
        assert_eq!(read(&der), Some(expected));
        let many: Vec<String> = (0..20)
            .map(|it| format!("host-{it}.example.test"))
            .collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let read_many = read(&made(&many, 10..20)).expect("a certificate");
        assert_eq!(
            (read_many.names.len(), read_many.more_names),
            (NAMES_KEPT, 12)
        );
        let nameless = read(&made(&[], 10..20)).expect("a certificate");
        assert_eq!(nameless.names, ["Example Test CA"]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0usize..400) {
            let _ = read(&bytes);
            let whole = made(&["app.example.test"], 10..20);
            let cut = cut.min(whole.len() - 1);
            prop_assert_eq!(read(&whole[..cut]), None);
        }
    }
}
