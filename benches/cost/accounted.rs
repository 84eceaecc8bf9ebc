//! What the operating system has on a finished process: processor time and peak memory, those of its own children included.
//!
//! The system adds up the accounts of all children of a process, so each command gets a parent of its own: this program in
//! another role, which starts one command, waits for it and writes down what it has cost.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use r53mon::model::share::as_f64;
use tempfile::TempDir;

use crate::Trouble;

/// The word by which this program knows that it is the parent.
pub const ROLE: &str = "accounted";

/// A command that can be accounted for, in an empty environment and an empty home of its own.
pub struct Accounted {
    home: TempDir,
    arguments: Vec<String>,
    variables: Vec<(&'static str, String)>,
}

/// What it has cost.
#[derive(Clone, Copy, Debug)]
pub struct Account {
    /// Processor time in seconds, in the program and in the kernel.
    pub cpu: f64,
    /// The most memory that was resident, in MiB. It is never less than what the parent had when it started the command.
    pub peak: f64,
}

/// The parent: runs a command and writes down its account.
pub fn run(report: &str, command: &[String]) -> Result<(), Trouble> {
    let (program, arguments) = command.split_first().ok_or("no command")?;
    let status = Command::new(program).args(arguments).status()?;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = (usage.user_time() + usage.system_time()).num_microseconds();
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    let text = format!("{micros} {}", usage.max_rss() * unit);
    std::fs::write(report, text)?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{program}: {status}").into())
    }
}

impl Accounted {
    pub fn new(program: &Path, arguments: &[String]) -> Result<Self, Trouble> {
        let home = tempfile::tempdir()?;
        let report = home.path().join("account").display().to_string();
        let program = program.display().to_string();
        let line = [ROLE.to_owned(), report, program];
        let arguments = line.into_iter().chain(arguments.iter().cloned()).collect();
        let variables = vec![
            ("HOME", home.path().display().to_string()),
            ("PATH", "/usr/local/bin:/usr/bin:/bin".to_owned()),
            ("LC_ALL", "C.UTF-8".to_owned()),
            ("TERM", "xterm-256color".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ];
        Ok(Self {
            home,
            arguments,
            variables,
        })
    }

    pub fn variables(mut self, variables: &[(&'static str, String)]) -> Self {
        self.variables.extend_from_slice(variables);
        self
    }

    /// Runs it to its end; gives what it wrote to stdout too.
    pub fn run(self) -> Result<(Account, String), Trouble> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(&self.arguments);
        command.env_clear().envs(self.variables.iter().cloned());
        let command = command.current_dir(self.home.path()).stdin(Stdio::null());
        let ended = command.output()?;
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if !ended.status.success() {
            return Err(self.failed(&said(&ended.stderr)));
        }
        Ok((self.account()?, said(&ended.stdout)))
    }

    /// Runs it to its end in a terminal of so many columns and rows, of which every byte is read.
    pub fn run_in_terminal(self, columns: u16, rows: u16) -> Result<Account, Trouble> {
        let mut session = Session::start(&self, columns, rows)?;
        let mut said = Vec::new();
        // The end of the last program in a terminal is an error for its reader.
        let _ = session.reader.read_to_end(&mut said);
        if !session.child.wait()?.success() {
            return Err(self.failed(&String::from_utf8_lossy(&said)));
        }
        self.account()
    }

    fn failed(&self, said: &str) -> Trouble {
        format!("{:?} ended badly:\n{said}", self.arguments).into()
    }

    fn account(&self) -> Result<Account, Trouble> {
        let text = std::fs::read_to_string(self.home.path().join("account"))?;
        let (micros, bytes) = text.split_once(' ').ok_or("an account of two numbers")?;
        Ok(Account {
            cpu: as_f64(micros.parse()?) / 1e6,
            peak: as_f64(bytes.parse()?) / 1024.0 / 1024.0,
        })
    }
}

/// A command in a terminal of its own.
pub struct Session {
    pub child: Box<dyn portable_pty::Child + Send + Sync>,
    pub reader: Box<dyn Read + Send>,
    /// The terminal is there as long as this end of it.
    _master: Box<dyn portable_pty::MasterPty + Send>,
}

impl Session {
    pub fn start(command: &Accounted, columns: u16, rows: u16) -> Result<Self, Trouble> {
        let size = PtySize {
            rows,
            cols: columns,
            ..PtySize::default()
        };
        let pair = native_pty_system().openpty(size)?;
        let mut builder = CommandBuilder::new(std::env::current_exe()?);
        builder.args(&command.arguments);
        builder.env_clear();
        for (name, value) in &command.variables {
            builder.env(name, value);
        }
        builder.cwd(command.home.path());
        Ok(Self {
            child: pair.slave.spawn_command(builder)?,
            reader: pair.master.try_clone_reader()?,
            _master: pair.master,
        })
    }
}
