//! A program with its arguments, started in an empty environment and an empty home of its own, in a terminal or not.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use tempfile::TempDir;

use crate::Trouble;

/// A line to be run.
pub struct Line {
    pub home: TempDir,
    pub arguments: Vec<String>,
    variables: Vec<(&'static str, String)>,
}

/// A line in a terminal of its own.
pub struct Session {
    pub child: Box<dyn portable_pty::Child + Send + Sync>,
    pub reader: Box<dyn Read + Send>,
    /// The terminal is there as long as this end of it.
    _master: Box<dyn portable_pty::MasterPty + Send>,
}

impl Line {
    /// A program with arguments that hold no spaces.
    pub fn new(program: &Path, arguments: &str) -> Result<Self, Trouble> {
        Self::of(program, arguments.split_whitespace().map(str::to_owned))
    }

    pub fn of(
        program: &Path,
        arguments: impl IntoIterator<Item = String>,
    ) -> Result<Self, Trouble> {
        let home = tempfile::tempdir()?;
        let program = program.display().to_string();
        let variables = vec![
            ("HOME", home.path().display().to_string()),
            ("PATH", "/usr/local/bin:/usr/bin:/bin".to_owned()),
            ("LC_ALL", "C.UTF-8".to_owned()),
            ("TERM", "xterm-256color".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ];
        Ok(Self {
            home,
            arguments: [program].into_iter().chain(arguments).collect(),
            variables,
        })
    }

    /// This program in another role.
    pub fn role(role: &str, arguments: &str) -> Result<Self, Trouble> {
        Self::new(&std::env::current_exe()?, &format!("{role} {arguments}"))
    }

    pub fn variables(mut self, variables: &[(&'static str, String)]) -> Self {
        self.variables.extend_from_slice(variables);
        self
    }

    /// The line for anybody who starts processes.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.arguments[0]);
        command.args(&self.arguments[1..]);
        command.env_clear().envs(self.variables.iter().cloned());
        command.current_dir(self.home.path()).stdin(Stdio::null());
        command
    }

    /// Starts it in a terminal of so many columns and rows.
    pub fn in_terminal(&self, (columns, rows): (u16, u16)) -> Result<Session, Trouble> {
        let size = PtySize {
            rows,
            cols: columns,
            ..PtySize::default()
        };
        let pair = native_pty_system().openpty(size)?;
        let mut builder = CommandBuilder::new(&self.arguments[0]);
        builder.args(&self.arguments[1..]);
        builder.env_clear();
        for (name, value) in &self.variables {
            builder.env(name, value);
        }
        builder.cwd(self.home.path());
        Ok(Session {
            child: pair.slave.spawn_command(builder)?,
            reader: pair.master.try_clone_reader()?,
            _master: pair.master,
        })
    }

    /// What is wrong where it did not end as it should.
    pub fn failed(&self, said: &[u8]) -> Trouble {
        let said = String::from_utf8_lossy(said);
        format!("{:?} ended badly:\n{said}", self.arguments).into()
    }
}
