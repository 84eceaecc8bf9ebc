//! Several things at once.

use tokio::task::JoinSet;

/// Does all of it side by side. What comes out stands in the order of what went in; what panicked has said so through the
/// hook, and is missing. All of it stops when nobody waits any more.
pub(super) async fn side_by_side<T: Send + 'static>(
    work: Vec<impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let mut running = JoinSet::new();
    for (place, piece) in work.into_iter().enumerate() {
        running.spawn(async move { (place, piece.await) });
    }
    let mut done = Vec::new();
    while let Some(ended) = running.join_next().await {
        done.extend(ended.ok());
    }
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn results_stand_in_the_order_of_the_work_and_not_of_its_ends() {
        let waits = [30, 10, 20].map(Duration::from_millis);
        let work = waits.map(|wait| async move {
            tokio::time::sleep(wait).await;
            wait
        });
        assert_eq!(side_by_side(work.into()).await, waits);
    }
}
