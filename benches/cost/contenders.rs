//! Who is measured: programs that ask the servers of a world a hundred times a second, each in its own way.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::accounted::{Account, account, account_in_terminal};
use crate::line::Line;
use crate::world::World;
use crate::{Options, Trouble, floor};

/// The rate that a run of r53mon has at most.
pub const RATE: u32 = 100;
/// The size of the dashboard that is measured.
pub const SCREEN: (u16, u16) = (120, 40);

/// Somebody who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contender {
    Floor,
    Headless,
    Dashboard,
    Dnsperf,
    /// A process for each query, as fast as a shell starts them.
    Dig,
}

impl Contender {
    /// Those that can be measured on this machine, and what is not installed.
    pub fn present() -> (Vec<Self>, Vec<&'static str>) {
        let all = [
            Self::Floor,
            Self::Headless,
            Self::Dashboard,
            Self::Dnsperf,
            Self::Dig,
        ];
        let (present, absent): (Vec<_>, Vec<_>) = all.into_iter().partition(|contender| {
            let mut needed = contender.program().into_iter();
            needed.all(is_installed)
        });
        let absent = absent.into_iter().filter_map(Self::program).collect();
        (present, absent)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Floor => "the floor",
            Self::Headless => "r53mon, headless",
            Self::Dashboard => "r53mon, dashboard of 120x40",
            Self::Dnsperf => "dnsperf -Q 100 -c 1 -T 1",
            Self::Dig => "a shell loop of dig",
        }
    }

    fn program(self) -> Option<&'static str> {
        match self {
            Self::Dnsperf => Some("dnsperf"),
            Self::Dig => Some("dig"),
            Self::Floor | Self::Headless | Self::Dashboard => None,
        }
    }

    /// How many queries it means to send in so many seconds. What a query of dig costs does not hang on the rate, and a process
    /// for each takes long: a tenth of them will do.
    pub fn queries(self, seconds: u64) -> u64 {
        let queries = seconds * u64::from(RATE);
        if self == Self::Dig {
            queries / 10
        } else {
            queries
        }
    }

    /// Asks for so many seconds.
    pub fn run(self, options: &Options, world: &World, seconds: u64) -> Result<Account, Trouble> {
        let (server, name) = (world.servers[0], &world.name);
        let line = match self {
            Self::Floor => floor::line(server, name, Some(RATE), seconds)?,
            Self::Headless => {
                world.watched_by(options, &format!("--duration {seconds}s -o json"))?
            }
            Self::Dashboard => {
                let line = world.watched_by(options, &format!("--duration {seconds}s -o auto"))?;
                return account_in_terminal(line, SCREEN);
            }
            Self::Dnsperf => dnsperf(server, name, &format!("-Q {RATE} -l {seconds}"))?,
            Self::Dig => {
                let number = self.queries(seconds);
                let (ip, port) = (server.ip(), server.port());
                let script = format!(
                    "n=0; while [ $n -lt {number} ]; do dig +norecurse +noall +answer @{ip} -p {port} {name} A; n=$((n+1)); done"
                );
                Line::of(Path::new("sh"), ["-c".to_owned(), script])?
            }
        };
        Ok(account(line)?.0)
    }
}

/// One client of dnsperf on one thread.
pub fn dnsperf(server: SocketAddr, name: &str, how: &str) -> Result<Line, Trouble> {
    let (ip, port) = (server.ip(), server.port());
    let arguments = format!("-c 1 -T 1 -s {ip} -p {port} -d questions {how}");
    let line = Line::new(Path::new("dnsperf"), &arguments)?;
    std::fs::write(line.home.path().join("questions"), format!("{name} A\n"))?;
    Ok(line)
}

/// Whether a program can be started at all.
pub fn is_installed(program: &str) -> bool {
    let mut command = Command::new(program);
    let quiet = command.arg("-h").stdin(Stdio::null()).stdout(Stdio::null());
    quiet.stderr(Stdio::null()).status().is_ok()
}
