//! The web servers behind the record sets: one for each address, all on one port.
//!
//! How long each takes and when it fails is `world`'s to say.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use super::story::Story;
use super::world::World;

/// How often another port is tried if the one that the first address was given is taken at a further one.
const PORT_ATTEMPTS: usize = 32;

/// The bound but still silent web servers.
#[derive(Debug)]
pub(super) struct Sockets {
    /// The port that all addresses share.
    pub(super) port: u16,
    /// Each with the position of its record set in the story.
    listeners: Vec<(usize, TcpListener)>,
}

/// Binds every address of the story's record sets to one free port, or says why that is not possible.
pub(super) async fn bind(story: &Story) -> Result<Sockets, String> {
    if !story.http {
        return Err("this story has no web servers".to_owned());
    }
    let addresses = addresses_with_set(story);
    let mut attempt = 1;
    loop {
        match bind_all(&addresses).await {
            Ok(Some(sockets)) => return Ok(sockets),
            Ok(None) => return Err("no record set of the story has an address".to_owned()),
            Err((_, error))
                if error.kind() == io::ErrorKind::AddrInUse && attempt < PORT_ATTEMPTS =>
            {
                attempt += 1;
            }
            Err((address, error)) => return Err(explain(address, &error)),
        }
    }
}

/// Starts to answer; goes on until the runtime ends.
pub(super) fn serve(sockets: Sockets, world: &Arc<World>) {
    for (set, listener) in sockets.listeners {
        let world = Arc::clone(world);
        let router = Router::new().fallback(move || answer(Arc::clone(&world), set));
        // The little answers are not to wait for more: that would look like a slow web server.
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "a simulated web server cannot send without delay");
            }
        });
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::warn!(%error, "a simulated web server stopped");
            }
        });
    }
}

async fn answer(world: Arc<World>, set: usize) -> (StatusCode, String) {
    let turn = world.web_turn(set);
    if !turn.delay.is_zero() {
        tokio::time::sleep(turn.delay).await;
    }
    let status = StatusCode::from_u16(turn.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    (status, format!("{}\n", world.story().sets[set].label))
}

/// Every address once. Where sets share one, the first of them serves it, as one machine would.
fn addresses_with_set(story: &Story) -> Vec<(usize, IpAddr)> {
    let mut found: Vec<(usize, IpAddr)> = Vec::new();
    for set in 0..story.sets.len() {
        for address in story.addresses_of(set) {
            // A client that connects to ::ffff:127.0.0.11 arrives at 127.0.0.11.
            let address = address.to_canonical();
            if !found.iter().any(|(_, known)| *known == address) {
                found.push((set, address));
            }
        }
    }
    found
}

async fn bind_all(addresses: &[(usize, IpAddr)]) -> Result<Option<Sockets>, (IpAddr, io::Error)> {
    let mut port = 0;
    let mut listeners = Vec::with_capacity(addresses.len());
    for (set, address) in addresses {
        let listener = TcpListener::bind((*address, port))
            .await
            .map_err(|error| (*address, error))?;
        if port == 0 {
            port = listener
                .local_addr()
                .map_err(|error| (*address, error))?
                .port();
        }
        listeners.push((*set, listener));
    }
    Ok((port != 0).then_some(Sockets { port, listeners }))
}

fn explain(address: IpAddr, error: &io::Error) -> String {
    let cure = if error.kind() != io::ErrorKind::AddrNotAvailable {
        String::new()
    } else if address.is_ipv4() {
        format!(
            "; this machine has no such loopback address (macOS: `sudo ifconfig lo0 alias {address} up`)"
        )
    } else {
        "; this machine has IPv6 switched off".to_owned()
    };
    format!("no web server can listen on {address}: {error}{cure}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_missing_is_explained() {
        let error = io::Error::from(io::ErrorKind::AddrNotAvailable);
        let text = explain(IpAddr::from([127, 0, 0, 12]), &error);
        assert!(text.contains("127.0.0.12: "), "{text}");
        assert!(
            text.contains("sudo ifconfig lo0 alias 127.0.0.12 up"),
            "{text}"
        );
    }

    #[test]
    fn shared_and_mapped_addresses_get_one_server() {
        let text = "name = \"t\"\nsummary = \"s.\"\nzone = \"example.test\"\nrecord = \"app.example.test\"\n\
                    type = \"AAAA\"\nttl = 30\n[[server]]\nname = \"ns-1.test\"\nlag = \"0s\"\n\
                    [[set]]\nid = \"a\"\nweight = 1\nvalues = [\"::ffff:127.0.0.11\", \"::1\"]\n\
                    [[set]]\nid = \"b\"\nweight = 1\nvalues = [\"::1\"]\n";
        let story = Story::parse(text, "test.toml").unwrap();
        assert_eq!(
            addresses_with_set(&story),
            [
                (0, IpAddr::from([127, 0, 0, 11])),
                (0, IpAddr::V6(std::net::Ipv6Addr::LOCALHOST))
            ]
        );
    }

    #[tokio::test]
    async fn all_addresses_share_a_port() {
        let story = Story::find("cutover").unwrap();
        if let Ok(sockets) = bind(story).await {
            for (_, listener) in &sockets.listeners {
                assert_eq!(listener.local_addr().unwrap().port(), sockets.port);
            }
            assert_eq!(sockets.listeners.len(), 2);
        }
    }
}
