//! The zone that everybody asks: the demo's, in this process, with four name servers that answer at once and an API at hand.

use std::net::SocketAddr;

use r53mon::demo::{self, Running, Story};

use crate::{Options, Trouble};

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
        let name = &options.name;
        let (_, zone) = name.split_once('.').ok_or("a name inside a zone")?;
        let mut story = format!(
            "name = \"plain\"\nsummary = \"Nothing happens.\"\nzone = \"{zone}\"\nrecord = \"{name}\"\ntype = \"A\"\n\
             ttl = 60\nhttp = false\n"
        );
        for (id, weight, value) in [("blue", 90, "127.0.0.11"), ("green", 10, "127.0.0.12")] {
            story +=
                &format!("[[set]]\nid = \"{id}\"\nweight = {weight}\nvalues = [\"{value}\"]\n");
        }
        for number in 1..=4 {
            story += &format!("[[server]]\nname = \"ns-{number}.test\"\nlag = \"0s\"\n");
        }
        let running = demo::start(demo::Options {
            story: Story::parse(&story, "the world of the benchmark")?,
            speed: 1.0,
            seed: Some(1),
        })?;
        let simulated = running.addresses().name_servers.iter();
        let simulated = simulated.map(|(_, address)| *address);
        Ok(Self {
            servers: match options.server {
                Some(server) => vec![server],
                None => simulated.collect(),
            },
            name: name.clone(),
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

    /// What r53mon is told to watch it, apart from what is measured.
    pub fn arguments(&self) -> Vec<String> {
        let addresses = self.running.addresses();
        let line = format!(
            "watch -e {} -z {} --record-name {} --resolver {} --no-http",
            addresses.endpoint, addresses.zone_id, self.name, addresses.resolver
        );
        let servers = self
            .servers
            .iter()
            .flat_map(|server| ["-n".to_owned(), server.to_string()]);
        line.split(' ').map(str::to_owned).chain(servers).collect()
    }

    /// How it finds the API.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let addresses = self.running.addresses();
        vec![
            ("AWS_ENDPOINT_URL_ROUTE_53", addresses.api_url.clone()),
            ("AWS_ACCESS_KEY_ID", addresses.access_key_id.clone()),
            ("AWS_SECRET_ACCESS_KEY", addresses.secret_access_key.clone()),
            ("AWS_REGION", "us-east-1".to_owned()),
        ]
    }
}
