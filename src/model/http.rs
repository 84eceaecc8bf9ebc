//! How one HTTP request went: where its time was spent, and what was wrong with it.

use std::iter::Sum;
use std::ops::Add;
use std::time::Duration;

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
