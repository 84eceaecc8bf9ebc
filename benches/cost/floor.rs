//! The floor: the plainest loop that asks a server so many times a second and reads its answers. One connected UDP socket, one
//! thread, absolute deadlines; encode, send, receive, decode. It keeps nothing, tells nothing and would be fooled by anybody.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use hickory_resolver::proto::op::{Edns, Message, Query};
use hickory_resolver::proto::rr::{Name, RecordType};
use r53mon::clock;

use crate::Trouble;
use crate::line::Line;

/// The word by which this program knows that it is the floor.
pub const ROLE: &str = "as-floor";
/// Longer than any answer on loopback takes.
const PATIENCE: Duration = Duration::from_secs(5);

/// The line that asks: so many times a second, or as often as it can.
pub fn line(
    server: SocketAddr,
    name: &str,
    rate: Option<u32>,
    seconds: u64,
) -> Result<Line, Trouble> {
    let rate = rate.unwrap_or_default();
    Line::role(ROLE, &format!("{server} {name} {rate} {seconds}"))
}

/// Asks as the line says, and writes how many queries that were.
pub fn run(plan: &[String]) -> Result<(), Trouble> {
    let [server, name, rate, seconds] = plan else {
        return Err("the floor needs a server, a name, a rate and a number of seconds".into());
    };
    let asked = Asked::new(server.parse()?, name)?;
    let rate: u32 = rate.parse()?;
    let long = Duration::from_secs(seconds.parse()?);
    let began = clock::instant();
    let mut number = 0;
    loop {
        let due = match rate {
            0 => clock::instant(),
            rate => began + Duration::from_secs(1) * number / rate,
        };
        if due >= began + long {
            break;
        }
        std::thread::sleep(due.saturating_duration_since(clock::instant()));
        asked.once()?;
        number += 1;
    }
    println!("{number}");
    Ok(())
}

/// A server that is asked one thing.
struct Asked {
    socket: UdpSocket,
    query: Query,
}

impl Asked {
    fn new(server: SocketAddr, name: &str) -> Result<Self, Trouble> {
        let any = if server.is_ipv4() {
            "0.0.0.0:0"
        } else {
            "[::]:0"
        };
        let socket = UdpSocket::bind(any)?;
        socket.connect(server)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        let mut name = Name::from_ascii(name)?;
        name.set_fqdn(true);
        let query = Query::query(name, RecordType::A);
        Ok(Self { socket, query })
    }

    /// One question and its answer.
    fn once(&self) -> Result<(), Trouble> {
        let mut message = Message::query();
        message.add_query(self.query.clone());
        let mut edns = Edns::new();
        edns.set_max_payload(1232);
        message.set_edns(edns);
        self.socket.send(&message.to_vec()?)?;
        let mut buffer = [0; 4096];
        let length = self.socket.recv(&mut buffer)?;
        let reply = Message::from_vec(&buffer[..length])?;
        if reply.metadata.id == message.metadata.id && !reply.answers.is_empty() {
            Ok(())
        } else {
            Err("the floor got something else than an answer".into())
        }
    }
}
