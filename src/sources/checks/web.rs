//! Whether the endpoint answers over HTTP at one address of each set, with the requests that the run itself makes.

use std::net::IpAddr;

use super::Deadline;
use super::address::is_private;
use super::group::{TargetAddresses, joined, some};
use crate::config::HttpSettings;
use crate::model::finding::{CheckId, Finding};
use crate::model::http::HttpFailure;
use crate::model::http::HttpFault;
use crate::model::language::{Both, both, phrase, pick};
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
        return Finding::skipped(
            CheckId::Http,
            phrase("no address of any set is known", "주소를 아는 세트가 없다"),
        );
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
        responded.is_ok_and(|it| it.failure.is_none())
    }

    fn in_words(&self) -> Both {
        let (identifier, address) = (&self.identifier, self.address);
        let private = if is_private(address) {
            phrase(", a private address", ", 사설 주소")
        } else {
            phrase("", "")
        };
        let outcome = match &self.outcome {
            Ok(Responded {
                status,
                failure:
                    Some(HttpFailure {
                        kind: HttpFault::Body,
                        why,
                    }),
                ..
            }) => both!(" {status}, its body: {why}", " {status}, 본문 (\"{why}\")"),
            Ok(Responded { status, .. }) => Both::same(format!(" {status}")),
            Err(why) => both!(": {why}", ": 실패 (\"{why}\")"),
        };
        both!(
            "{identifier}{outcome} ({address}{private})",
            "{identifier}{outcome} ({address}{private})"
        )
    }

    /// What can be done about it, if it is not well.
    fn cure(&self) -> Option<Both> {
        match &self.outcome {
            _ if self.is_well() => None,
            Ok(_) => Some(
                phrase(
                    "check the web servers behind the sets",
                    "세트 뒤의 웹 서버를 확인한다",
                )
                .into(),
            ),
            Err(failure) => Some(Both::of(|| cure(failure.kind, self.address).to_owned())),
        }
    }
}

/// What to do about a failure. That an address is private explains only that it is not reached.
fn cure(kind: FailureKind, address: IpAddr) -> &'static str {
    match kind {
        FailureKind::NoHost => pick(
            "take the address out of the record: nothing is sent to it",
            "레코드에서 그 주소를 뺀다: 그 주소로는 아무것도 보내지 않는다",
        ),
        FailureKind::Timeout | FailureKind::Unreachable if is_private(address) => pick(
            "ask from a machine that reaches the private addresses",
            "사설 주소에 닿는 컴퓨터에서 요청한다",
        ),
        FailureKind::Refused if is_private(address) => pick(
            "see that the web server listens at the port of --endpoint, or ask from the network that the private address belongs to",
            "웹 서버가 --endpoint의 포트에서 듣고 있는지 확인하거나, 사설 주소가 있는 네트워크에서 요청한다",
        ),
        FailureKind::Timeout | FailureKind::Unreachable => pick(
            "check the web servers behind the sets and the way to them",
            "세트 뒤의 웹 서버와 거기까지의 경로를 확인한다",
        ),
        FailureKind::Refused => pick(
            "see that the web server listens at the port of --endpoint",
            "웹 서버가 --endpoint의 포트에서 듣고 있는지 확인한다",
        ),
        FailureKind::CertificateTime => pick(
            "renew the certificate (or set the clock of this machine, if that is wrong)",
            "인증서를 갱신한다 (이 컴퓨터의 시계가 틀렸으면 시계를 맞춘다)",
        ),
        FailureKind::CertificateName => pick(
            "give the web server a certificate for the host of --endpoint, or name the host that it is for",
            "--endpoint의 호스트용 인증서를 웹 서버에 넣거나, 인증서의 호스트를 지정한다",
        ),
        FailureKind::CertificateIssuer => pick(
            "have the server send its whole chain, or let this machine trust the issuer (SSL_CERT_FILE); --insecure measures without verifying",
            "서버가 인증서 체인을 모두 보내게 하거나, 이 컴퓨터가 발급자를 신뢰하게 한다 (SSL_CERT_FILE); --insecure는 검증 없이 측정한다",
        ),
        FailureKind::Certificate => pick(
            "mend the certificate; --insecure measures without verifying",
            "인증서를 바로잡는다; --insecure는 검증 없이 측정한다",
        ),
        FailureKind::NoTls => pick(
            "no TLS is spoken at that port: give --endpoint http://, or the port of https",
            "그 포트에서는 TLS를 쓰지 않는다: --endpoint에 http://나 https의 포트를 지정한다",
        ),
        FailureKind::ClientCertificate => pick(
            "the server wants a client certificate, and r53mon has none: give an --endpoint that does without",
            "서버가 클라이언트 인증서를 요구하는데 r53mon에는 없다: 요구하지 않는 --endpoint를 지정한다",
        ),
        FailureKind::OldTls => pick(
            "let the server speak TLS 1.2 or 1.3",
            "서버가 TLS 1.2나 1.3을 쓰게 한다",
        ),
        FailureKind::Tls => pick(
            "check how the server is set up for TLS",
            "서버의 TLS 설정을 확인한다",
        ),
        FailureKind::NoHttp => pick(
            "no HTTP/1.1 is spoken at that port: check scheme and port of --endpoint",
            "그 포트에서는 HTTP/1.1을 쓰지 않는다: --endpoint의 스킴과 포트를 확인한다",
        ),
        FailureKind::Closed => pick(
            "see in the web server's log why it closes the connection",
            "웹 서버가 연결을 닫는 이유를 그 로그에서 확인한다",
        ),
        FailureKind::Endless => pick(
            "see what the web server sends in the place of a response",
            "웹 서버가 응답 대신 무엇을 보내는지 확인한다",
        ),
        FailureKind::Short(shortage) => shortage.cure(),
        FailureKind::Own => pick(
            "see that this machine has certificates to trust (SSL_CERT_FILE)",
            "이 컴퓨터에 신뢰할 인증서가 있는지 확인한다 (SSL_CERT_FILE)",
        ),
    }
}

fn judge(tried: &[Tried], not_tried: usize) -> Finding {
    let in_words = |wanted: bool| -> Vec<Both> {
        let fitting = tried.iter().filter(|tried| tried.is_well() == wanted);
        fitting.map(Tried::in_words).collect()
    };
    let rest = match not_tried {
        0 => Both::same(""),
        _ => both!(
            "; {not_tried} more sets were not tried",
            "; 세트 {not_tried}개는 시도하지 않았다"
        ),
    };
    let (well, bad) = (in_words(true), in_words(false));
    if bad.is_empty() {
        return Finding::ok(CheckId::Http, joined(&[some(&well), rest], ""));
    }
    let mut cures: Vec<Both> = Vec::new();
    for cure in tried.iter().filter_map(Tried::cure) {
        if !cures.contains(&cure) {
            cures.push(cure);
        }
    }
    cures.push(
        phrase(
            "or measure DNS only (--no-http)",
            "또는 DNS만 측정한다 (--no-http)",
        )
        .into(),
    );
    let cure = joined(&cures, "; ");
    let what = joined(&[some(&bad), rest], "");
    // A web server that answers at all, whatever it says, leaves something to measure.
    if tried.iter().any(|tried| tried.outcome.is_ok()) {
        Finding::warning(CheckId::Http, what).cure(cure)
    } else {
        Finding::failed(
            CheckId::Http,
            both!("no set answers: {what}", "응답하는 세트가 없다: {what}"),
        )
        .cure(cure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::Status;
    use crate::model::http::Phases;

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
            phases: Some(Phases::default()),
            failure: (!(200..400).contains(&status)).then(|| HttpFailure {
                kind: HttpFault::Status,
                why: format!("status {status}"),
            }),
        }
    }

    fn failure(kind: FailureKind) -> Failure {
        Failure::new(kind, "so it is")
    }

    #[test]
    fn any_answer_with_an_expected_status_is_well() {
        let finding = judge(
            &[
                tried("blue", "192.0.2.1", Ok(status(200))),
                tried("green", "192.0.2.2", Ok(status(302))),
            ],
            3,
        );
        assert_eq!(finding.status, Status::Ok);
        assert_eq!(
            finding.what,
            "blue 200 (192.0.2.1), green 302 (192.0.2.2); 3 more sets were not tried"
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
            failure: Some(HttpFailure {
                kind: HttpFault::Body,
                why: "gone".to_owned(),
            }),
            ..status(200)
        };
        let finding = judge(&[tried("blue", "10.0.0.7", Ok(cut))], 0);
        assert_eq!(finding.status, Status::Warning);
        assert!(
            finding.what.contains("blue 200, its body: gone"),
            "{}",
            finding.what
        );
    }
}
