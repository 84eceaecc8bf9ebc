//! How a set answers over HTTP, line by line: for the page of the set and for the final statistics.

use std::time::SystemTime;

use crate::model::http::{Certificate, Phases};
use crate::model::reading::{AddressReading, Between, HttpReading, Latency};
use crate::model::text::visible;

use super::words::{and_more, http as words, side};
use super::{facts, format};

/// The quantiles with what they lie between, the longest time and the mean.
pub fn latency(times: &Latency) -> String {
    let quantiles = [
        quantile("p50", times.p50, times.p50_between),
        quantile("p95", times.p95, times.p95_between),
        quantile("p99", times.p99, times.p99_between),
    ];
    let [max, mean] = [times.max, times.mean].map(format::latency);
    words::latency(&quantiles.join(", "), &max, &mean)
}

fn quantile(name: &str, value: std::time::Duration, (low, high): Between) -> String {
    let (value, low) = (format::latency(value), format::latency(low));
    match high {
        Some(high) => words::quantile(name, &value, &low, &format::latency(high)),
        None => words::quantile_above(name, &value, &low),
    }
}

/// Where the time was spent, on average.
pub fn phases(phases: Phases) -> String {
    let Phases {
        connect,
        tls,
        first_byte,
        body,
    } = phases;
    let [connect, tls, first_byte, body] = [connect, tls, first_byte, body].map(format::latency);
    words::phases(&connect, &tls, &first_byte, &body)
}

/// The addresses of a set, the worst first: at most so many; none where it has but one.
pub fn addresses(http: &HttpReading, most: usize) -> Vec<String> {
    let all = http.worst_addresses();
    if all.len() < 2 {
        return Vec::new();
    }
    let mut told: Vec<String> = all.iter().take(most).map(address).collect();
    told.extend((all.len() > most).then(|| and_more(all.len() - most)));
    told
}

fn address(one: &AddressReading) -> String {
    let AddressReading {
        requests,
        failed,
        last_fault,
        ..
    } = *one;
    let address = one.address.to_string();
    match last_fault {
        Some(kind) => words::address_by(&address, failed, requests, side::fault(kind)),
        None => words::address(&address, failed, requests),
    }
}

/// For whom a certificate is, whose it is, and how long it holds.
pub fn certificate(shown: &Certificate, now: SystemTime) -> String {
    let names = shown.names.iter().map(|name| visible(name).into_owned());
    let mut names: Vec<String> = names.collect();
    names.extend((shown.more_names > 0).then(|| and_more(shown.more_names)));
    let (names, issuer) = (names.join(", "), visible(&shown.issuer));
    match u64::try_from(shown.days_left(now)) {
        Ok(days) => words::certificate(&names, &issuer, days),
        Err(_) => words::certificate_over(&names, &issuer),
    }
}

/// What came over the rolling window.
pub fn window(http: &HttpReading) -> String {
    let mut parts = vec![words::window(http.requests, http.failed())];
    parts.extend(facts::http_faults(http));
    parts.extend(
        http.latency
            .map(|times| quantile("p95", times.p95, times.p95_between)),
    );
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::http::HttpFault;
    use std::time::Duration;

    #[test]
    fn a_certificate_says_for_whom_by_whom_and_how_long() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 1_000);
        let shown = |days: u64| Certificate {
            names: vec!["app.example.test".to_owned(), "\u{1b}[2Jb.test".to_owned()],
            more_names: 3,
            issuer: "Example CA".to_owned(),
            not_before: SystemTime::UNIX_EPOCH,
            not_after: SystemTime::UNIX_EPOCH + Duration::from_secs(86_400 * days),
        };
        let names = "app.example.test, \\u{1b}[2Jb.test, and 3 more";
        assert_eq!(
            certificate(&shown(1_001), now),
            format!("{names}, by Example CA, 1 day left")
        );
        assert_eq!(
            certificate(&shown(999), now),
            format!("{names}, by Example CA, EXPIRED")
        );
    }

    #[test]
    fn the_worst_address_stands_first_and_a_single_one_says_nothing() {
        let mut http = HttpReading::default();
        for (last, failed) in [(1, 0), (2, 40), (3, 1)] {
            http.addresses.push(AddressReading {
                address: [192, 0, 2, last].into(),
                requests: 50,
                failed,
                last_fault: (failed > 0).then_some(HttpFault::Refused),
            });
        }
        assert_eq!(
            addresses(&http, 2),
            [
                "192.0.2.2: 40 of 50 failed, refused",
                "192.0.2.3: 1 of 50 failed, refused",
                "and 1 more"
            ]
        );
        let bad: Vec<_> = http.bad_addresses().iter().map(|it| it.address).collect();
        assert_eq!(bad, [std::net::IpAddr::from([192, 0, 2, 2])]);
        // Where all fail, none is to blame.
        http.addresses.iter_mut().for_each(|it| it.failed = 40);
        assert_eq!(http.bad_addresses(), []);
        http.addresses.truncate(1);
        assert!(addresses(&http, 2).is_empty());
    }
}
