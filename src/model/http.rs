//! How one HTTP request went: where its time was spent, and what was wrong with it.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, RangeInclusive};
use std::time::{Duration, SystemTime};

use super::words::words;

words! {
    /// Why a request has failed: each that did has exactly one of these.
    #[derive(Hash, PartialOrd, Ord)]
    pub enum HttpFault {
        /// Nobody listens at the port.
        Refused = "refused",
        /// There is no connection for another reason.
        Unreachable = "unreachable",
        /// It took too long.
        Timeout = "timeout",
        /// The certificate is for other names.
        TlsName = "tls_name",
        /// The certificate is not valid now.
        TlsExpired = "tls_expired",
        /// Anything else about certificates and TLS.
        TlsOther = "tls_other",
        /// The connection ended before a response came.
        Reset = "reset",
        /// What answers does not speak HTTP/1.1, or does not come to an end with it.
        Protocol = "protocol",
        /// The status code is none of those that are expected.
        Status = "status",
        /// The body broke off, or is not the expected one.
        Body = "body",
        /// Nothing is sent to an address like this.
        NotAsked = "not_asked",
        /// This machine cannot set up a request.
        Own = "own",
    }
}

impl HttpFault {
    /// Its place in [`Self::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

/// What is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpFailure {
    /// Of which kind it is.
    pub kind: HttpFault,
    /// Why, in a few words.
    pub why: String,
}

/// Codes of statuses, in ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusCodes(Vec<RangeInclusive<u16>>);

impl StatusCodes {
    /// Those of all the ranges.
    pub fn new(ranges: Vec<RangeInclusive<u16>>) -> Self {
        Self(ranges)
    }

    /// Whether a code is one of them.
    pub fn hold(&self, status: u16) -> bool {
        self.0.iter().any(|range| range.contains(&status))
    }
}

impl fmt::Display for StatusCodes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, range) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            let (first, last) = (range.start(), range.end());
            if first == last {
                write!(formatter, "{comma}{first}")?;
            } else {
                write!(formatter, "{comma}{first}-{last}")?;
            }
        }
        Ok(())
    }
}

/// Where the time of a request was spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Phases {
    /// Until the connection stood; nothing where it stood already.
    pub connect: Duration,
    /// Until TLS was agreed on; nothing without TLS.
    pub tls: Duration,
    /// From the request to the head of the response.
    pub first_byte: Duration,
    /// From there to the end of what is read.
    pub body: Duration,
}

impl Phases {
    /// How long it took in all.
    pub fn took(self) -> Duration {
        self.connect + self.tls + self.first_byte + self.body
    }

    /// The mean of so many that were added up; `None` of none.
    pub fn mean(self, of: u64) -> Option<Self> {
        let mean = |sum: Duration| {
            let nanoseconds = sum.as_nanos().checked_div(u128::from(of))?;
            Some(Duration::from_nanos(u64::try_from(nanoseconds).ok()?))
        };
        Some(Self {
            connect: mean(self.connect)?,
            tls: mean(self.tls)?,
            first_byte: mean(self.first_byte)?,
            body: mean(self.body)?,
        })
    }
}

impl Add for Phases {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            connect: self.connect + other.connect,
            tls: self.tls + other.tls,
            first_byte: self.first_byte + other.first_byte,
            body: self.body + other.body,
        }
    }
}

impl Sum for Phases {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Self::add)
    }
}

/// So many names of a certificate are kept.
pub const NAMES_KEPT: usize = 8;

/// The certificate that a server shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The first few names that it is for.
    pub names: Vec<String>,
    /// How many it is for besides.
    pub more_names: usize,
    /// Who vouches for it.
    pub issuer: String,
    /// From when it is valid.
    pub not_before: SystemTime,
    /// Until when.
    pub not_after: SystemTime,
}

impl Certificate {
    /// How many whole days it is still valid; below zero, since how many it is not, the one that has begun among them.
    pub fn days_left(&self, now: SystemTime) -> i64 {
        let days = |time: Duration| i64::try_from(time.as_secs() / DAY).unwrap_or(i64::MAX);
        match self.not_after.duration_since(now) {
            Ok(left) => days(left),
            Err(past) => -1 - days(past.duration()),
        }
    }
}

const DAY: u64 = 24 * 60 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_stands_at_its_own_index() {
        for (index, fault) in HttpFault::ALL.into_iter().enumerate() {
            assert_eq!(fault.index(), index);
        }
    }

    #[test]
    fn codes_are_those_of_all_ranges_and_written_as_they_are_given() {
        let codes = StatusCodes::new(vec![200..=399, 404..=404]);
        let held = [199, 200, 399, 400, 404, 405].map(|code| codes.hold(code));
        assert_eq!(held, [false, true, true, false, true, false]);
        assert_eq!(codes.to_string(), "200-399,404");
        assert!(!StatusCodes::default().hold(200));
    }

    #[test]
    fn the_days_of_a_certificate_are_whole_and_below_zero_when_it_is_over() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000 * DAY);
        let left = |seconds: i64| {
            let by = Duration::from_secs(seconds.unsigned_abs());
            let certificate = Certificate {
                names: Vec::new(),
                more_names: 0,
                issuer: String::new(),
                not_before: now,
                not_after: if seconds < 0 { now - by } else { now + by },
            };
            certificate.days_left(now)
        };
        let day = 86_400;
        let days = [day * 14, day * 14 - 1, 1, 0, -1, -day, -day - 1].map(left);
        assert_eq!(days, [14, 13, 0, 0, -1, -2, -2]);
    }

    #[test]
    fn the_time_is_the_sum_of_its_phases_and_a_mean_needs_something() {
        let one = Phases {
            connect: Duration::from_millis(1),
            tls: Duration::from_millis(2),
            first_byte: Duration::from_millis(30),
            body: Duration::from_millis(4),
        };
        assert_eq!(one.took(), Duration::from_millis(37));
        let sum: Phases = [one; 3].into_iter().sum();
        assert_eq!((sum.mean(3), sum.mean(0)), (Some(one), None));
    }
}
