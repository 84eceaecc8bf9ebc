//! The zone that everybody asks: the demo's, in this process, with four name servers that answer at once and an API at hand.

use std::net::SocketAddr;

use r53mon::demo::{self, Running, Story};

use crate::contenders::RATE;
use crate::line::Line;
use crate::{Options, Trouble};

/// The name that is asked for where none is wanted.
pub const NAME: &str = "app.example.test";

/// A zone with a weighted record, and where it is.
pub struct World {
    running: Running,
    /// The servers that are asked.
    pub servers: Vec<SocketAddr>,
    /// The name that is asked for.
    pub name: String,
}

impl World {
    /// The world that the options name. Where they name a server, that one is asked by everybody, and only the API is the demo's:
    /// for r53mon, its answers are then most likely such as no set declares.
    pub fn new(options: &Options) -> Result<Self, Trouble> {
        let mut world = Self::simulated(&options.name)?;
        if let Some(server) = options.server {
            world.servers = vec![server];
        }
        Ok(world)
    }

    /// The same zone and API, but this server is asked.
    pub fn asked_at(server: SocketAddr) -> Result<Self, Trouble> {
        let mut world = Self::simulated(NAME)?;
        world.servers = vec![server];
        Ok(world)
    }

    fn simulated(name: &str) -> Result<Self, Trouble> {
        let (_, zone) = name.split_once('.').ok_or("a name inside a zone")?;
        let set = |(id, weight, value)| {
            format!("[[set]]\nid = \"{id}\"\nweight = {weight}\nvalues = [\"{value}\"]\n")
        };
        let sets = [("blue", 90, "127.0.0.11"), ("green", 10, "127.0.0.12")].map(set);
        let server = |number| format!("[[server]]\nname = \"ns-{number}.test\"\nlag = \"0s\"\n");
        let servers = [1, 2, 3, 4].map(server);
        let story = format!(
            "name = \"plain\"\nsummary = \"Nothing happens.\"\nzone = \"{zone}\"\nrecord = \"{name}\"\ntype = \"A\"\n\
             ttl = 60\nhttp = false\n{}{}",
            sets.concat(),
            servers.concat()
        );
        let running = demo::start(demo::Options {
            story: Story::parse(&story, "the world of the benchmark")?,
            speed: 1.0,
            seed: Some(1),
        })?;
        let simulated = running.addresses().name_servers.iter();
        let simulated = simulated.map(|(_, address)| *address);
        Ok(Self {
            servers: simulated.collect(),
            name: name.to_owned(),
            running,
        })
    }

    /// How many questions its servers have seen; a server that was named does not tell.
    pub fn questions(&self) -> Option<u64> {
        let of_simulated = self.running.report().arrivals.questions;
        let addresses = &self.running.addresses().name_servers;
        let is_simulated = addresses
            .iter()
            .any(|(_, address)| *address == self.servers[0]);
        is_simulated.then_some(of_simulated)
    }

    /// r53mon with these arguments as it watches this world.
    pub fn watched_by(&self, options: &Options, how: &str) -> Result<Line, Trouble> {
        let at = self.running.addresses();
        let servers = self.servers.iter().map(ToString::to_string);
        let arguments = format!(
            "watch -e {} -z {} --record-name {} -n {} --resolver {} --no-http --tps {RATE} {how}",
            at.endpoint,
            at.zone_id,
            self.name,
            servers.collect::<Vec<_>>().join(","),
            at.resolver
        );
        Ok(Line::new(&options.binary, &arguments)?.variables(&[
            ("AWS_ENDPOINT_URL_ROUTE_53", at.api_url.clone()),
            ("AWS_ACCESS_KEY_ID", at.access_key_id.clone()),
            ("AWS_SECRET_ACCESS_KEY", at.secret_access_key.clone()),
            ("AWS_REGION", "us-east-1".to_owned()),
        ]))
    }
}
