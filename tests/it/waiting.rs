//! Waits for what has to happen, by looking again and again; never for a time that is hoped to be enough.

use std::time::Duration;

use r53mon::clock;

/// Long enough for a busy machine where something has to happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// Looks until it is so; fails with what was waited for when it takes too long.
pub async fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = clock::instant() + PATIENCE;
    while !condition() {
        assert!(clock::instant() < deadline, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
