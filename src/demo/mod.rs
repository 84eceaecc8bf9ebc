//! A simulated Route 53 on loopback: name servers, API and web servers that play a story.
//!
//! The program's users get it as `r53mon demo`; tests and recipes get the same. The module uses nothing of the rest of the
//! program, and the rest meets it only through the `Addresses` that `start` hands out, as it would meet the real
//! Route 53. So the world is an independent witness: an error in the program's arithmetic cannot agree with itself here.
//!
//! ```text
//! stories/*.toml ─► script ─► story ─► timeline ─► world ◄─► name_server (zone, resolver, cache) ─► UDP, TCP
//!                                  routing, pool, health      route53_api (listing, xml)           ─► HTTP
//!                                  clock, random, report      web                                  ─► HTTP
//! ```

mod built_in;
mod cache;
mod clock;
mod first_change;
mod health;
mod instructions;
mod listing;
mod name_server;
mod names;
mod pool;
mod random;
mod records;
mod report;
mod resolver;
mod route53_api;
mod routing;
mod script;
mod story;
mod timeline;
mod told;
mod web;
mod world;
mod xml;
mod zone;

#[cfg(test)]
mod tests;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use tokio_util::sync::CancellationToken;

pub use built_in::STORY_TEMPLATE;
pub use instructions::{rehearsal_instructions, serve_instructions};
pub use report::Report;
pub use story::{Lag, Story};
pub use timeline::Switch;

use name_server::{CachingFront, NameServer, Resolver};
use resolver::Directory;
use story::Front;
use world::World;
use zone::Zone;

/// How many times faster than the wall clock a story may run, at least and at most.
pub const SPEEDS: std::ops::RangeInclusive<f64> = 0.1..=1000.0;

/// As many as show that each keeps another answer.
const CACHING_RESOLVERS: usize = 2;

/// The simulated account's credentials. They are no secret: the API asks only that a request is signed.
const ACCESS_KEY_ID: &str = "R53MONDEMO";
/// See [`ACCESS_KEY_ID`].
const SECRET_ACCESS_KEY: &str = "r53mon-demo-not-a-secret";

/// How to play a story.
#[derive(Debug, Clone)]
pub struct Options {
    /// What happens.
    pub story: Story,
    /// Story seconds per real second; within [`SPEEDS`].
    pub speed: f64,
    /// Replaces the story's own seed.
    pub seed: Option<u64>,
}

/// Where the simulated world is and how to enter it: all that a client needs, and all that it may know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// The Route 53 API, as `AWS_ENDPOINT_URL_ROUTE_53` takes it.
    pub api_url: String,
    /// As `AWS_ACCESS_KEY_ID` takes it.
    pub access_key_id: String,
    /// As `AWS_SECRET_ACCESS_KEY` takes it.
    pub secret_access_key: String,
    /// The hosted zone's id.
    pub zone_id: String,
    /// The name to ask for, without the last dot.
    pub record_name: String,
    /// The weighted group's type: A, AAAA or CNAME.
    pub record_type: String,
    /// The URL under which every record set's web server answers, at each set's own address.
    pub endpoint: String,
    /// The zone's name servers with their names, without the last dot. For a private zone: the resolvers of its VPC.
    pub name_servers: Vec<(String, SocketAddr)>,
    /// The resolver that knows the names of this world: those of name servers, of load balancers, and the zone's own.
    pub resolver: SocketAddr,
    /// Resolvers as clients have them: each keeps an answer until its time to live is over.
    pub caching_resolvers: Vec<SocketAddr>,
    /// Whether the web servers work. If not, the reason; the rest of the world works all the same, and `endpoint` has no
    /// port.
    pub web: Result<(), String>,
    /// Where the web servers speak TLS, the certificate of whoever vouches for theirs, as DER.
    pub authority: Option<Vec<u8>>,
    /// A command that gives all weighted sets of the record the same weight.
    pub first_change: Option<String>,
}

/// Why a world cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The speed is outside [`SPEEDS`].
    #[error("the speed is {0}; allowed is {low} to {high}", low = SPEEDS.start(), high = SPEEDS.end())]
    Speed(f64),
    /// A name server found no port.
    #[error("the simulated name server {name} cannot listen on 127.0.0.1: {source}")]
    NameServer {
        /// The server's name.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// The API found no port.
    #[error("the simulated Route 53 API cannot listen on 127.0.0.1: {0}")]
    Api(io::Error),
    /// The resolver found no port.
    #[error("the simulated resolver cannot listen on 127.0.0.1: {0}")]
    Resolver(io::Error),
    /// The system gave no thread or no event loop.
    #[error("the simulated world cannot be started: {0}")]
    Thread(io::Error),
}

/// A world that is being played. It ends when this value is dropped.
#[derive(Debug)]
pub struct Running {
    addresses: Addresses,
    world: Arc<World>,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

/// Starts to play a story, on a thread of its own. Returns when everything listens.
///
/// # Errors
///
/// The speed is out of range, or the machine has no thread or loopback port left.
pub fn start(options: Options) -> Result<Running, StartError> {
    if !SPEEDS.contains(&options.speed) {
        return Err(StartError::Speed(options.speed));
    }
    let stop = CancellationToken::new();
    let (tell, told) = sync_channel(1);
    let thread = {
        let stop = stop.clone();
        thread::Builder::new()
            .name("r53mon-demo".to_owned())
            .spawn(move || play(options, &stop, &tell))
            .map_err(StartError::Thread)?
    };
    let ended = |_| StartError::Thread(io::Error::other("its thread ended at once"));
    let (addresses, world) = told.recv().map_err(ended)??;
    Ok(Running {
        addresses,
        world,
        stop,
        thread: Some(thread),
    })
}

impl Running {
    /// Where everything is.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Everything that happened so far.
    pub fn report(&self) -> Report {
        self.world.report()
    }

    /// How far the story is, in story time.
    pub fn position(&self) -> Duration {
        self.world.clock().position()
    }

    /// When the story started, by the wall clock.
    pub fn started_at(&self) -> SystemTime {
        self.world.clock().started_at()
    }

    /// Ends the world and waits until its sockets are closed; the last report is handed back.
    pub fn stop(mut self) -> Report {
        self.end();
        self.world.report()
    }

    fn end(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the simulated world ended with a panic");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// What `start` is told once everything listens, or why it does not.
type Started = Result<(Addresses, Arc<World>), StartError>;

/// The world's thread: binds, tells, serves until it is stopped.
fn play(options: Options, stop: &CancellationToken, tell: &SyncSender<Started>) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_io().enable_time().build();
    let played = runtime.map_err(StartError::Thread).and_then(|runtime| {
        runtime.block_on(async {
            let sockets = Sockets::bind(&options.story).await?;
            sockets.serve(options, stop, tell).await
        })
        // Dropping the runtime drops every task, and with it every socket.
    });
    if let Err(error) = played {
        // If nobody listens any more, `start` is gone and there is nothing to tell.
        let _ = tell.send(Err(error));
    }
}

/// Everything that listens, before it serves.
struct Sockets {
    name_servers: Vec<name_server::Sockets>,
    resolver: name_server::Sockets,
    caching_resolvers: Vec<name_server::Sockets>,
    api: tokio::net::TcpListener,
    web: Result<web::Sockets, String>,
}

impl Sockets {
    async fn bind(story: &Story) -> Result<Self, StartError> {
        let mut name_servers = Vec::with_capacity(story.servers.len());
        for server in &story.servers {
            let sockets = name_server::bind().await;
            name_servers.push(sockets.map_err(|source| StartError::NameServer {
                name: server.name.clone(),
                source,
            })?);
        }
        let mut caching_resolvers = Vec::new();
        for _ in 0..CACHING_RESOLVERS {
            caching_resolvers.push(name_server::bind().await.map_err(StartError::Resolver)?);
        }
        Ok(Self {
            name_servers,
            caching_resolvers,
            resolver: name_server::bind().await.map_err(StartError::Resolver)?,
            api: route53_api::bind(story.api_port)
                .await
                .map_err(StartError::Api)?,
            web: web::bind(story).await,
        })
    }

    fn addresses(&self, story: &Story) -> Result<Addresses, StartError> {
        let api = self.api.local_addr().map_err(StartError::Api)?;
        let (port, web) = match &self.web {
            Ok(sockets) => (format!(":{}", sockets.port), Ok(())),
            Err(reason) => (String::new(), Err(reason.clone())),
        };
        let authority = self.web.as_ref().ok().and_then(web::Sockets::authority);
        let scheme = if authority.is_some() { "https" } else { "http" };
        let names = story.servers.iter().map(|server| server.name.clone());
        let sockets = self.name_servers.iter().map(|sockets| sockets.address);
        Ok(Addresses {
            api_url: format!("http://{api}"),
            access_key_id: ACCESS_KEY_ID.to_owned(),
            secret_access_key: SECRET_ACCESS_KEY.to_owned(),
            zone_id: route53_api::ZONE_ID.to_owned(),
            record_name: story.asked.clone(),
            record_type: story.record_type.as_str().to_owned(),
            endpoint: format!("{scheme}://{}{port}/", story.asked),
            name_servers: names.zip(sockets).collect(),
            resolver: self.resolver.address,
            caching_resolvers: (self.caching_resolvers.iter())
                .map(|it| it.address)
                .collect(),
            web,
            authority,
            first_change: first_change::first_change(story),
        })
    }

    /// Starts the clock and every server, tells where they are, and stays until the world is stopped.
    async fn serve(
        self,
        options: Options,
        stop: &CancellationToken,
        tell: &SyncSender<Started>,
    ) -> Result<(), StartError> {
        let addresses = self.addresses(&options.story)?;
        let zone = Arc::new(Zone::new(&options.story));
        let world = Arc::new(World::start(options.story, options.speed, options.seed));
        let name_servers = addresses.name_servers.iter();
        let ips: Vec<IpAddr> = name_servers.map(|(_, address)| address.ip()).collect();
        let directory = Arc::new(Directory::new(Arc::clone(&zone), Arc::clone(&world), &ips));
        // Whatever intercepts is one thing with one cache; each resolver of a VPC has its own.
        let interceptor = CachingFront::new(&directory);
        let front = || match world.story().front {
            Front::NameServers => None,
            Front::Interceptor => Some(interceptor.clone()),
            Front::VpcResolver => Some(CachingFront::new(&directory)),
        };
        let name_servers = self.name_servers.into_iter().enumerate();
        let serve = |(number, sockets)| {
            let server = NameServer {
                number,
                zone: Arc::clone(&zone),
                world: Arc::clone(&world),
                front: front(),
            };
            name_server::listen(sockets, server)
        };
        let serving: Vec<_> = name_servers.map(serve).collect();
        let resolver = |cache| Resolver {
            directory: Arc::clone(&directory),
            world: Arc::clone(&world),
            cache,
        };
        let resolving = name_server::listen(self.resolver, resolver(None));
        let caching = self.caching_resolvers.into_iter();
        let caching =
            caching.map(|sockets| name_server::listen(sockets, resolver(Some(Mutex::default()))));
        let caching: Vec<_> = caching.collect();
        tokio::spawn(route53_api::serve(self.api, Arc::clone(&world)));
        if let Ok(sockets) = self.web {
            web::serve(sockets, &world);
        }
        if tell.send(Ok((addresses, world))).is_ok() {
            stop.cancelled().await;
        }
        drop((serving, resolving, caching));
        Ok(())
    }
}
