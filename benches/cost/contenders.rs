//! Who is measured: programs that ask the servers of a world a hundred times a second, each in its own way.

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::NamedTempFile;

use crate::accounted::{Account, Accounted};
use crate::world::World;
use crate::{Options, Trouble, floor};

/// The rate that a run of r53mon has at most.
pub const RATE: u32 = 100;
/// The size of the dashboard that is measured.
const SCREEN: (u16, u16) = (120, 40);

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

    /// Asks for so many seconds.
    pub fn run(self, options: &Options, world: &World, seconds: u64) -> Result<Account, Trouble> {
        let server = world.servers[0];
        let account = |(account, _)| account;
        let r53mon = |output: &str| {
            let line = format!("--tps {RATE} --duration {seconds}s --output {output}");
            let mut arguments = world.arguments();
            arguments.extend(line.split(' ').map(str::to_owned));
            let program = Accounted::new(&options.binary, &arguments)?;
            Ok::<_, Trouble>(program.variables(&world.variables()))
        };
        match self {
            Self::Floor => {
                let plan = floor::plan(server, &world.name, RATE, seconds);
                Accounted::new(&std::env::current_exe()?, &plan)?
                    .run()
                    .map(account)
            }
            Self::Headless => r53mon("json")?.run().map(account),
            Self::Dashboard => r53mon("auto")?.run_in_terminal(SCREEN.0, SCREEN.1),
            Self::Dnsperf => {
                let questions = NamedTempFile::new()?;
                std::fs::write(&questions, format!("{} A\n", world.name))?;
                let line = format!(
                    "-Q {RATE} -c 1 -T 1 -l {seconds} -s {} -p {} -d {}",
                    server.ip(),
                    server.port(),
                    questions.path().display()
                );
                Accounted::new(Path::new("dnsperf"), &words(&line))?
                    .run()
                    .map(account)
            }
            Self::Dig => {
                // What a query costs does not hang on the rate, and a process for each takes long: a tenth of them will do.
                let number = seconds * u64::from(RATE) / 10;
                let script = format!(
                    "n=0; while [ $n -lt {number} ]; do dig +norecurse +noall +answer @{} -p {} {} A; n=$((n+1)); done",
                    server.ip(),
                    server.port(),
                    world.name
                );
                Accounted::new(Path::new("sh"), &["-c".to_owned(), script])?
                    .run()
                    .map(account)
            }
        }
    }
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

fn is_installed(program: &str) -> bool {
    let mut command = Command::new(program);
    let quiet = command.arg("-h").stdin(Stdio::null()).stdout(Stdio::null());
    quiet.stderr(Stdio::null()).status().is_ok()
}
