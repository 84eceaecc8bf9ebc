//! How a change stands that somebody has submitted: read every few seconds until all name servers have it. Optional:
//! without the permission the run goes on as one that waits for nothing.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_sdk_route53::types::ChangeStatus;
use tokio_util::sync::CancellationToken;

use super::api::Throttling;
use super::error::{Call, Route53Error};
use super::reader::RecordReader;
use crate::facts::{Fact, Submitted};
use crate::model::obstacle::Obstacle;
use crate::model::text::visible;
use crate::sources::watch::Watch;

/// So often a change is asked for.
pub const CHANGE_EVERY: Duration = Duration::from_secs(5);

impl RecordReader {
    /// How the change with an id stands now.
    ///
    /// # Errors
    /// If there is none, or it cannot be read; the permission is not one that measuring needs.
    pub async fn change(&self, id: &str) -> Result<Submitted, Route53Error> {
        let zone_id = self.zone_id();
        let answer = self
            .api()
            .call(Call::GetChange, zone_id, Throttling::Leave, |client| {
                client.get_change().id(id).send()
            })
            .await;
        let answer = answer.map_err(|error| match error {
            Route53Error::Refused { code, .. } if is_no_change(&code) => {
                Route53Error::NoSuchChange { id: id.to_owned() }
            }
            other => other,
        })?;
        let strange = |detail: &str| Route53Error::BadAnswer {
            call: Call::GetChange,
            detail: detail.to_owned(),
        };
        let change = answer.change_info;
        let change = change.ok_or_else(|| strange("the answer holds no change"))?;
        let submitted_at = SystemTime::try_from(*change.submitted_at());
        Ok(Submitted {
            id: id.to_owned(),
            submitted_at: submitted_at.map_err(|_| strange("its time cannot be read"))?,
            in_sync: *change.status() == ChangeStatus::Insync,
        })
    }
}

/// Whether the API knows no change by an id, or says that it cannot be one.
fn is_no_change(code: &str) -> bool {
    matches!(code, "NoSuchChange" | "InvalidInput")
}

/// Asks for a change every so often until it is in sync, or until that is not allowed or pointless, or it is stopped.
pub async fn follow_change(
    reader: RecordReader,
    id: String,
    watch: Arc<Watch>,
    every: Duration,
    stop: CancellationToken,
) {
    let following = async {
        loop {
            tokio::time::sleep(every).await;
            let change = reader.change(&id).await;
            let over = is_final(&change);
            if let Err(error) = &change {
                let failure = Obstacle::from(error).to_string();
                tracing::debug!("a change could not be read: {}", visible(&failure));
            }
            watch.learn(Fact::ChangeRead {
                at: watch.now(),
                change: change.map_err(Route53Error::without_request),
            });
            if over {
                return;
            }
        }
    };
    // The futures of the SDK are very large.
    Box::pin(stop.run_until_cancelled(following)).await;
}

/// Whether asking again would tell nothing new.
pub fn is_final(change: &Result<Submitted, Route53Error>) -> bool {
    match change {
        Ok(change) => change.in_sync,
        Err(Route53Error::AccessDenied { .. } | Route53Error::NoSuchChange { .. }) => true,
        Err(_) => false,
    }
}
