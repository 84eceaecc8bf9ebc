//! What stands in the way of something, and what to do about it: three texts that stay apart, so that each view shows them
//! in its own way and none has to be found again in a sentence.

use std::fmt;

use super::route53_error::Route53Error;

/// Why something cannot be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// What is wrong.
    pub what: String,
    /// What is behind it, where that is known.
    pub cause: Option<String>,
    /// What to do about it, where anything can be done.
    pub cure: Option<String>,
    /// The error of the API that it is, where it is one: its texts are English, and a view may have others.
    pub error: Option<Box<Route53Error>>,
}

impl Obstacle {
    /// One whose cause is not known and against which nothing can be done.
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            cause: None,
            cure: None,
            error: None,
        }
    }

    /// With what to do about it.
    #[must_use]
    pub fn cure(mut self, cure: impl Into<String>) -> Self {
        self.cure = Some(cure.into());
        self
    }
}

impl From<&Route53Error> for Obstacle {
    fn from(error: &Route53Error) -> Self {
        Self {
            what: error.to_string(),
            cause: None,
            cure: error.cure(),
            error: Some(Box::new(error.clone())),
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
            cause: Some("a firewall".to_owned()),
            ..Obstacle::new("ns-1 refuses TCP").cure("open port 53")
        };
        assert_eq!(
            obstacle.to_string(),
            "ns-1 refuses TCP: a firewall; open port 53"
        );
        assert_eq!(Obstacle::new("it is so").to_string(), "it is so");
    }
}
