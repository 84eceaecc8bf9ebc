//! Whether the endpoint answers over HTTP at one address of each set, with the requests that the run itself makes.

use std::net::IpAddr;

use super::Deadline;
use super::address::is_private;
use super::group::{TargetAddresses, some};
use crate::config::HttpSettings;
use crate::facts::HttpOutcome;
use crate::model::finding::{CheckId, Finding};
use crate::model::record::{WeightedGroup, WeightedSet};
use crate::sources::http;
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
                outcome: http::request_once(&settings, address).await,
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
    outcome: HttpOutcome,
}

impl Tried {
    fn is_well(&self) -> bool {
        matches!(self.outcome, HttpOutcome::Response(status, _) if status < 500)
    }

    fn answered(&self) -> bool {
        matches!(self.outcome, HttpOutcome::Response(..))
    }

    fn in_words(&self) -> String {
        let (identifier, address) = (&self.identifier, self.address);
        let private = if is_private(address) {
            ", a private address"
        } else {
            ""
        };
        let outcome = match &self.outcome {
            HttpOutcome::Response(status, _) => format!(" {status}"),
            HttpOutcome::Failure(why) => format!(": {why}"),
            HttpOutcome::Skipped => ": not tried".to_owned(),
            HttpOutcome::Short(shortage) => format!(": not tried, {shortage}"),
        };
        format!("{identifier}{outcome} ({address}{private})")
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
    let private = tried
        .iter()
        .any(|tried| !tried.answered() && is_private(tried.address));
    let cure = if private {
        "ask from a machine that reaches the private addresses, or measure DNS only (--no-http)"
    } else {
        "check the web servers behind the sets and the way to them, or measure DNS only (--no-http)"
    };
    let what = format!("{}{rest}", some(&bad));
    // A web server that answers at all, whatever it says, leaves something to measure.
    if tried.iter().any(Tried::answered) {
        Finding::warning(CheckId::Http, what).cure(cure)
    } else {
        Finding::failed(CheckId::Http, format!("no set answers: {what}")).cure(cure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::Status;
    use std::time::Duration;

    fn tried(identifier: &str, address: &str, outcome: HttpOutcome) -> Tried {
        Tried {
            identifier: identifier.to_owned(),
            address: address.parse().expect("an address"),
            outcome,
        }
    }

    fn status(code: u16) -> HttpOutcome {
        HttpOutcome::Response(code, Duration::from_millis(5))
    }

    fn failure() -> HttpOutcome {
        HttpOutcome::Failure("cannot connect: refused".to_owned())
    }

    #[test]
    fn any_answer_but_a_server_error_is_well() {
        let finding = judge(
            &[
                tried("blue", "192.0.2.1", status(200)),
                tried("green", "192.0.2.2", status(404)),
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
                tried("blue", "192.0.2.1", status(200)),
                tried("green", "192.0.2.2", status(503)),
            ],
            0,
        );
        assert_eq!(mixed.status, Status::Warning);
        assert_eq!(mixed.what, "green 503 (192.0.2.2)");
        let dead = judge(&[tried("blue", "10.0.0.7", failure())], 0);
        assert_eq!(dead.status, Status::Failed);
        assert!(
            dead.what.contains("10.0.0.7, a private address"),
            "{}",
            dead.what
        );
        assert!(dead.cure.expect("a cure").contains("private addresses"));
    }
}
