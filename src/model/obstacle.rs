//! What stands in the way of something, and what to do about it: three texts that stay apart, so that each view shows them
//! in its own way and none has to be found again in a sentence.

use std::fmt;

use super::language::{self, Both, Language};
use super::route53_error::Route53Error;
use super::route53_korean;

/// Why something cannot be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// What is wrong.
    pub what: Both,
    /// What is behind it, where that is known.
    pub cause: Option<Both>,
    /// What to do about it, where anything can be done.
    pub cure: Option<Both>,
}

impl Obstacle {
    /// One whose cause is not known and against which nothing can be done.
    pub fn new(what: impl Into<Both>) -> Self {
        Self {
            what: what.into(),
            cause: None,
            cure: None,
        }
    }

    /// With what to do about it.
    #[must_use]
    pub fn cure(mut self, cure: impl Into<Both>) -> Self {
        self.cure = Some(cure.into());
        self
    }
}

impl From<&Route53Error> for Obstacle {
    fn from(error: &Route53Error) -> Self {
        let cure = || match language::current() {
            Language::English => error.cure().unwrap_or_default(),
            Language::Korean => route53_korean::cure(error).unwrap_or_default(),
        };
        Self {
            what: Both::of(|| match language::current() {
                Language::English => error.to_string(),
                Language::Korean => route53_korean::what(error),
            }),
            cause: None,
            cure: error.cure().map(|_| Both::of(cure)),
        }
    }
}

/// All of it in one line, for places that have no more.
impl fmt::Display for Obstacle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.what)?;
        if let Some(cause) = &self.cause {
            write!(formatter, ": {cause}")?;
        }
        if let Some(cure) = &self.cure {
            write!(formatter, "; {cure}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_holds_what_cause_and_cure() {
        let obstacle = Obstacle {
            cause: Some(Both::same("a firewall")),
            ..Obstacle::new(Both::same("ns-1 refuses TCP")).cure(Both::same("open port 53"))
        };
        assert_eq!(
            obstacle.to_string(),
            "ns-1 refuses TCP: a firewall; open port 53"
        );
        assert_eq!(
            Obstacle::new(Both::same("it is so")).to_string(),
            "it is so"
        );
    }
}
