//! Finds new addresses of name servers that are dead at all they had.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::lookup::Lookup;
use super::servers::addresses_of;
use super::watch::Watch;
use crate::facts::Fact;
use crate::model::event::{Happening, LookedUp, NoAddress};

/// Shortest time between two rounds of look-ups.
const LOOKUP_PAUSE: Duration = Duration::from_secs(10);

/// Looks names up again whenever all addresses of a server have failed.
pub async fn keep_resolved(lookup: Lookup, watch: Arc<Watch>, stop: CancellationToken) {
    stop.run_until_cancelled(look_up_again(&lookup, &watch))
        .await;
}

async fn look_up_again(lookup: &Lookup, watch: &Watch) {
    let list = &watch.servers;
    let mut told = HashMap::new();
    loop {
        // A server without any address gives no sign by failing, so it is looked at whenever the pause is over.
        let waiting = !list.to_look_up().is_empty();
        tokio::select! {
            () = list.exhausted.notified() => {}
            () = tokio::time::sleep(LOOKUP_PAUSE), if waiting => {}
        }
        for (server, label, name) in list.to_look_up() {
            watch.tell(match addresses_of(&name, lookup).await {
                Ok(addresses) => {
                    told.remove(&server);
                    if !list.replace(server, addresses) {
                        continue;
                    }
                    let address = list.address(server);
                    watch.learn(Fact::Readdressed { server, address });
                    Happening::AddressChanged {
                        server,
                        failed: None,
                        address,
                    }
                }
                // The same failure again is no news.
                Err(error) if told.get(&server) == Some(&error) => continue,
                Err(error) => {
                    told.insert(server, error.clone());
                    Happening::LookupFailed {
                        of: LookedUp::Server(label),
                        why: NoAddress::Failed(error),
                    }
                }
            });
        }
        tokio::time::sleep(LOOKUP_PAUSE).await;
    }
}
