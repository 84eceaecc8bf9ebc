//! Health checks: when one counts as healthy, and what its checkers say about the endpoint.
//!
//! What an unhealthy set means for the others of its group is `routing`'s.

/// How many checkers a simulated health check has. Real ones have about as many.
pub const CHECKERS: u8 = 16;

/// A check is healthy while more than this share of its checkers, in percent, see the endpoint well (AWS Route 53
/// Developer Guide, "How Amazon Route 53 determines whether a health check is healthy").
const THRESHOLD_PERCENT: u32 = 18;

/// Where checkers stand, in the order in which a story's figure fills them.
const CHECKER_REGIONS: [&str; 8] = [
    "us-east-1",
    "us-west-1",
    "us-west-2",
    "eu-west-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "sa-east-1",
];

/// The health check of one record set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthCheck {
    /// Its id.
    pub id: String,
    /// How it looks at its endpoint.
    pub kind: CheckKind,
    /// Whether good counts as bad and bad as good.
    pub inverted: bool,
    /// Whether it does not look at all. It then counts as if every checker saw the endpoint well.
    pub disabled: bool,
    /// How many of its [`CHECKERS`] see the endpoint well when the story begins.
    pub passing: u8,
}

/// The kinds of health check that the world knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CheckKind {
    /// Asks for a page.
    Http,
    /// Asks for a page with TLS.
    Https,
    /// Opens a connection.
    Tcp,
    /// Follows another check, which a story does not name; has no checkers of its own.
    Calculated,
    /// Follows a routing control, and the API does not tell how that stands: `passing` is how it does.
    RecoveryControl,
}

impl CheckKind {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Https => "HTTPS",
            Self::Tcp => "TCP",
            Self::Calculated => "CALCULATED",
            Self::RecoveryControl => "RECOVERY_CONTROL",
        }
    }

    /// Whether checkers look at an endpoint, so that there is a status to read.
    pub(super) fn has_checkers(self) -> bool {
        !matches!(self, Self::Calculated | Self::RecoveryControl)
    }
}

impl HealthCheck {
    /// The check that a calculated one follows: one is enough for any story.
    pub(super) fn child(&self) -> Option<Self> {
        (self.kind == CheckKind::Calculated).then(|| Self {
            id: format!("{}-child", self.id),
            kind: CheckKind::Http,
            inverted: false,
            disabled: false,
            passing: self.passing,
        })
    }

    /// Whether the check counts as healthy while so many of its checkers see the endpoint well.
    pub fn is_healthy(&self, passing: u8) -> bool {
        let passes = u32::from(passing) * 100 > u32::from(CHECKERS) * THRESHOLD_PERCENT;
        (self.disabled || passes) != self.inverted
    }

    /// What each checker says: its region and its status text.
    pub(super) fn observations(&self, passing: u8) -> Vec<(&'static str, &'static str)> {
        if self.disabled {
            // Nobody looks.
            return Vec::new();
        }
        let success = match self.kind {
            CheckKind::Tcp => "Success: TCP connection established",
            _ => "Success: HTTP Status Code 200, OK",
        };
        let failure = "Failure: Connection timed out. The endpoint or the internet connection is down, or requests are \
                       being blocked by your firewall. See Configuring router and firewall rules for Amazon Route 53 \
                       health checks";
        let regions = CHECKER_REGIONS.iter().cycle();
        (0..CHECKERS)
            .zip(regions)
            .map(|(checker, region)| (*region, if checker < passing { success } else { failure }))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check() -> HealthCheck {
        HealthCheck {
            id: "x".to_owned(),
            kind: CheckKind::Http,
            inverted: false,
            disabled: false,
            passing: CHECKERS,
        }
    }

    #[test]
    fn more_than_18_percent_of_the_checkers_are_enough() {
        // 2 of 16 are 12.5 %, 3 of 16 are 18.75 %.
        for (passing, healthy) in [(0, false), (2, false), (3, true), (16, true)] {
            assert_eq!(check().is_healthy(passing), healthy, "{passing}");
            let inverted = HealthCheck {
                inverted: true,
                ..check()
            };
            assert_eq!(inverted.is_healthy(passing), !healthy, "{passing}");
        }
    }

    #[test]
    fn a_disabled_check_counts_as_good_and_inverted_as_bad() {
        let disabled = HealthCheck {
            disabled: true,
            ..check()
        };
        assert!(disabled.is_healthy(0));
        assert!(disabled.observations(0).is_empty());
        let both = HealthCheck {
            inverted: true,
            ..disabled
        };
        assert!(!both.is_healthy(16));
    }

    #[test]
    fn as_many_checkers_report_success_as_the_story_says() {
        let said = check().observations(5);
        assert_eq!(said.len(), 16);
        let successes = said
            .iter()
            .filter(|(_, text)| text.starts_with("Success: "));
        assert_eq!(successes.count(), 5);
        assert!(said[5].1.starts_with("Failure: Connection timed out"));
    }
}
