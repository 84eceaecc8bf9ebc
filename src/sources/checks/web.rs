//! Whether the endpoint answers over HTTP at one address of each set, with the requests that the run itself makes.

use std::net::IpAddr;

use super::Deadline;
use super::address::is_private;
use super::group::{TargetAddresses, some};
use crate::config::HttpSettings;
use crate::model::finding::{CheckId, Finding};
use crate::model::record::{WeightedGroup, WeightedSet};
use crate::sources::http::{self, Failure, FailureKind, Responded};
use crate::sources::together::side_by_side;

/// So many sets are tried; a hundred requests at once would be no check any more.
const MOST_SETS: usize = 8;

/// Makes one request for each set, all side by side.
pub async fn check(
    settings: &HttpSettings,
    group: &WeightedGroup,
    reach: &[TargetAddresses],
    time: Deadline,
) -> Finding {
    let mut settings = settings.clone();
    // A request that is given up says where; a check that is given up does not.
    settings.timeout = settings.timeout.min(time.left().mul_f64(0.9));
    let request = |(set, reach): (&WeightedSet, &TargetAddresses)| {
        let (identifier, settings) = (set.identifier.clone(), settings.clone());
        let address = *reach.addresses.first()?;
        Some(async move {
            Tried {
                identifier,
                address,
                outcome: http::request_once(settings, address).await,
            }
        })
    };
    let requests = group.sets.iter().zip(reach).filter_map(request);
    let requests: Vec<_> = requests.take(MOST_SETS).collect();
    if requests.is_empty() {
        return Finding::skipped(CheckId::Http, "no address of any set is known");
    }
    let tried = side_by_side(requests).await;
    judge(&tried, group.sets.len() - tried.len())
}

struct Tried {
    identifier: String,
    address: IpAddr,
    outcome: Result<Responded, Failure>,
}

impl Tried {
    fn is_well(&self) -> bool {
        let responded = self.outcome.as_ref();
        responded.is_ok_and(|it| http::is_expected(it.status) && it.body.is_ok())
    }

    fn in_words(&self) -> String {
        let (identifier, address) = (&self.identifier, self.address);
        let private = if is_private(address) {
            ", a private address"
        } else {
            ""
        };
        let outcome = match &self.outcome {
            Ok(Responded {
                status,
                body: Err(why),
                ..
            }) => format!(" {status}, broken off: {why}"),
            Ok(Responded { status, .. }) => format!(" {status}"),
            Err(why) => format!(": {why}"),
        };
        format!("{identifier}{outcome} ({address}{private})")
    }

    /// What can be done about it, if it is not well.
    fn cure(&self) -> Option<&'static str> {
        match &self.outcome {
            _ if self.is_well() => None,
            Ok(_) => Some(CHECK_THE_SERVERS),
            Err(failure) => Some(cure(failure.kind, self.address)),
        }
    }
}

const CHECK_THE_SERVERS: &str = "check the web servers behind the sets";

/// What to do about a failure. That an address is private explains only that it is not reached.
fn cure(kind: FailureKind, address: IpAddr) -> &'static str {
    match kind {
        FailureKind::NoHost => "take the address out of the record: nothing is sent to it",
        FailureKind::Timeout | FailureKind::Unreachable if is_private(address) => {
            "ask from a machine that reaches the private addresses"
        }
        FailureKind::Refused if is_private(address) => {
            "see that the web server listens at the port of --endpoint, or ask from the network that the private address belongs to"
        }
        FailureKind::Timeout | FailureKind::Unreachable => {
            "check the web servers behind the sets and the way to them"
        }
        FailureKind::Refused => "see that the web server listens at the port of --endpoint",
        FailureKind::CertificateTime => {
            "renew the certificate (or set the clock of this machine, if that is wrong)"
        }
        FailureKind::CertificateName => {
            "give the web server a certificate for the host of --endpoint, or name the host that it is for"
        }
        FailureKind::CertificateIssuer => {
            "have the server send its whole chain, or let this machine trust the issuer (SSL_CERT_FILE); --insecure measures without verifying"
        }
        FailureKind::Certificate => "mend the certificate; --insecure measures without verifying",
        FailureKind::NoTls => {
            "no TLS is spoken at that port: give --endpoint http://, or the port of https"
        }
        FailureKind::ClientCertificate => {
            "the server wants a client certificate, and r53mon has none: give an --endpoint that does without"
        }
        FailureKind::OldTls => "let the server speak TLS 1.2 or 1.3",
        FailureKind::Tls => "check how the server is set up for TLS",
        FailureKind::NoHttp => {
            "no HTTP/1.1 is spoken at that port: check scheme and port of --endpoint"
        }
        FailureKind::Closed => "see in the web server's log why it closes the connection",
        FailureKind::Endless => "see what the web server sends in the place of a response",
        FailureKind::Short(shortage) => shortage.cure(),
        FailureKind::Own => "see that this machine has certificates to trust (SSL_CERT_FILE)",
    }
}

fn judge(tried: &[Tried], not_tried: usize) -> Finding {
    let in_words = |wanted: bool| -> Vec<String> {
        let fitting = tried.iter().filter(|tried| tried.is_well() == wanted);
        fitting.map(Tried::in_words).collect()
    };
    let rest = match not_tried {
        0 => String::new(),
        _ => format!("; {not_tried} more sets were not tried"),
    };
    let (well, bad) = (in_words(true), in_words(false));
    if bad.is_empty() {
        return Finding::ok(CheckId::Http, format!("{}{rest}", some(&well)));
    }
    let mut cures: Vec<&str> = Vec::new();
    for cure in tried.iter().filter_map(Tried::cure) {
        if !cures.contains(&cure) {
            cures.push(cure);
        }
    }
    cures.push("or measure DNS only (--no-http)");
    let cure = cures.join("; ");
    let what = format!("{}{rest}", some(&bad));
    // A web server that answers at all, whatever it says, leaves something to measure.
    if tried.iter().any(|tried| tried.outcome.is_ok()) {
        Finding::warning(CheckId::Http, what).cure(cure)
    } else {
        Finding::failed(CheckId::Http, format!("no set answers: {what}")).cure(cure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::Status;
    use crate::model::http::Phases;
    use std::time::Duration;

    fn tried(identifier: &str, address: &str, outcome: Result<Responded, Failure>) -> Tried {
        Tried {
            identifier: identifier.to_owned(),
            address: address.parse().expect("an address"),
            outcome,
        }
    }

    fn status(status: u16) -> Responded {
        Responded {
            status,
            head: Phases::default(),
            body: Ok(Duration::from_millis(5)),
        }
    }

    fn failure(kind: FailureKind) -> Failure {
        Failure::new(kind, "so it is")
    }

    #[test]
    fn any_answer_but_a_server_error_is_well() {
        let finding = judge(
            &[
                tried("blue", "192.0.2.1", Ok(status(200))),
                tried("green", "192.0.2.2", Ok(status(404))),
            ],
            3,
        );
        assert_eq!(finding.status, Status::Ok);
        assert_eq!(
            finding.what,
            "blue 200 (192.0.2.1), green 404 (192.0.2.2); 3 more sets were not tried"
        );
    }

    #[test]
    fn one_bad_set_is_a_warning_and_no_good_one_a_failure() {
        let mixed = judge(
            &[
                tried("blue", "192.0.2.1", Ok(status(200))),
                tried("green", "192.0.2.2", Ok(status(503))),
            ],
            0,
        );
        assert_eq!(mixed.status, Status::Warning);
        assert_eq!(mixed.what, "green 503 (192.0.2.2)");
        let dead = judge(
            &[tried(
                "blue",
                "10.0.0.7",
                Err(failure(FailureKind::Timeout)),
            )],
            0,
        );
        assert_eq!(dead.status, Status::Failed);
        assert!(
            dead.what.contains("10.0.0.7, a private address"),
            "{}",
            dead.what
        );
        assert!(dead.cure.expect("a cure").contains("private addresses"));
    }
    #[test]
    fn each_kind_of_failure_has_its_cure_wherever_the_address_is() {
        use FailureKind::{
            Certificate, CertificateIssuer, CertificateName, CertificateTime, ClientCertificate,
            Closed, Endless, NoHost, NoHttp, NoTls, OldTls, Own, Refused, Timeout, Tls,
            Unreachable,
        };
        let cure = |kind, address| {
            let finding = judge(&[tried("blue", address, Err(failure(kind)))], 0);
            finding.cure.expect("a cure")
        };
        // Where the network is no part of the failure, neither is the kind of address.
        for kind in [
            Certificate,
            CertificateIssuer,
            CertificateName,
            CertificateTime,
            ClientCertificate,
            Closed,
            Endless,
            NoHost,
            NoHttp,
            NoTls,
            OldTls,
            Own,
            Tls,
        ] {
            assert_eq!(cure(kind, "10.0.0.7"), cure(kind, "198.51.100.7"));
            assert!(!cure(kind, "10.0.0.7").contains("private"), "{kind:?}");
        }
        for kind in [Refused, Timeout, Unreachable] {
            assert_ne!(cure(kind, "10.0.0.7"), cure(kind, "198.51.100.7"));
        }
        assert!(cure(CertificateTime, "10.0.0.7").contains("renew"));
    }

    #[test]
    fn several_failures_have_all_their_cures_each_once() {
        let finding = judge(
            &[
                tried(
                    "blue",
                    "10.0.0.7",
                    Err(failure(FailureKind::CertificateTime)),
                ),
                tried("green", "10.0.0.8", Err(failure(FailureKind::Timeout))),
                tried("grey", "10.0.0.9", Err(failure(FailureKind::Timeout))),
            ],
            0,
        );
        let cure = finding.cure.expect("a cure");
        assert_eq!(cure.matches("renew").count(), 1);
        assert_eq!(cure.matches("private addresses").count(), 1);
        let cut = Responded {
            body: Err(Failure::new(FailureKind::Closed, "gone")),
            ..status(200)
        };
        let finding = judge(&[tried("blue", "10.0.0.7", Ok(cut))], 0);
        assert_eq!(finding.status, Status::Warning);
        assert!(
            finding.what.contains("blue 200, broken off"),
            "{}",
            finding.what
        );
    }
}
