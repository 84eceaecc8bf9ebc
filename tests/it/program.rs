//! Runs the binary with nothing of the machine's own settings: an empty environment, an empty home, an empty directory.
//! A run that does not end in time is ended and fails its test.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A run that takes longer hangs. Far above what any run needs, since the machine may be busy.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// The longest that anything may go on after it was asked to end.
pub const AT_ONCE: Duration = Duration::from_secs(2);

/// The binary under test.
pub const BINARY: &str = env!("CARGO_BIN_EXE_r53mon");

/// A line to be run, in a directory of its own.
#[derive(Debug)]
pub struct Program {
    home: TempDir,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
}

/// How a run ended and what it said.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    /// What went to stdout.
    pub stdout: String,
    /// What went to stderr.
    pub stderr: String,
    /// The directory it ran in.
    pub home: TempDir,
}

/// A run that is under way.
#[derive(Debug)]
pub struct Run {
    child: Child,
    stdout: Option<BufReader<ChildStdout>>,
    stderr: Option<JoinHandle<String>>,
    home: Option<TempDir>,
}

/// The line `r53mon` with these arguments, separated by spaces.
pub fn r53mon(line: &str) -> Program {
    Program {
        home: tempfile::tempdir().expect("a directory"),
        arguments: line.split_whitespace().map(str::to_owned).collect(),
        variables: Vec::new(),
    }
}

/// Asks the one clock that tests have.
#[expect(
    clippy::disallowed_methods,
    reason = "a test has to measure how long the program takes"
)]
pub fn now() -> Instant {
    Instant::now()
}

/// Sends a signal by the name that `kill` knows.
pub fn signal(process: u32, name: &str) {
    // The shell has `kill` built in; the program of that name is not on every machine.
    let sent = Command::new("sh")
        .args(["-c", "kill -s \"$0\" \"$1\"", name, &process.to_string()])
        .status()
        .expect("sh runs");
    assert!(sent.success(), "{name} could not be sent to {process}");
}

impl Program {
    /// Adds an argument that may hold spaces.
    pub fn arg(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Sets a variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets some variables.
    pub fn envs(self, variables: &[(&str, &str)]) -> Self {
        let variables = variables.iter();
        variables.fold(self, |program, (name, value)| program.env(name, value))
    }

    /// Puts a file into the directory that the program starts in.
    pub fn file(self, name: &str, text: &str) -> Self {
        std::fs::write(self.home.path().join(name), text).expect("the file is written");
        self
    }

    /// Where a file of that name would lie.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(BINARY);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(environment(self.home.path()))
            .envs(
                self.variables
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_str())),
            )
            .current_dir(self.home.path())
            .stdin(Stdio::null());
        command
    }

    /// Starts it.
    pub fn start(self) -> Run {
        self.start_into(Stdio::piped(), Stdio::piped())
    }

    /// Starts it with other streams; what it writes to them is not in the outcome.
    pub fn start_into(self, stdout: impl Into<Stdio>, stderr: impl Into<Stdio>) -> Run {
        let mut command = self.command();
        command.stdout(stdout).stderr(stderr);
        let mut child = command.spawn().expect("the binary starts");
        let stdout = child.stdout.take().map(BufReader::new);
        let stderr = child.stderr.take().map(|mut stderr| {
            std::thread::spawn(move || {
                let mut text = String::new();
                // What is not text is missing from the comparison that follows.
                let _ = stderr.read_to_string(&mut text);
                text
            })
        });
        Run {
            child,
            stdout,
            stderr,
            home: Some(self.home),
        }
    }

    /// Runs it to its end.
    pub fn run(self) -> Outcome {
        self.start().finish(PATIENCE)
    }
}

/// The whole environment of every run. Nothing answers for EC2, so nothing is asked of it.
pub fn environment(home: &Path) -> [(&'static str, String); 5] {
    [
        ("HOME", home.display().to_string()),
        ("PATH", "/usr/bin:/bin".to_owned()),
        ("LC_ALL", "C.UTF-8".to_owned()),
        ("TERM", "xterm-256color".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
    ]
}

impl Run {
    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line of stdout; empty when there are no more. It waits: an ending at `PATIENCE` is for `finish`.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        let stdout = self.stdout.as_mut().expect("stdout is still open");
        stdout.read_line(&mut line).expect("stdout can be read");
        line
    }

    /// Hands stdout over; what is read there is not in the outcome.
    pub fn take_stdout(&mut self) -> BufReader<ChildStdout> {
        self.stdout.take().expect("stdout is still open")
    }

    /// Closes the reading end of stdout, as `head` does.
    pub fn close_stdout(&mut self) {
        self.stdout = None;
    }

    /// Waits for the end; `longest` after this call the run fails its test.
    pub fn finish(mut self, longest: Duration) -> Outcome {
        let stdout = self.stdout.take().map(|mut stdout| {
            std::thread::spawn(move || {
                let mut text = String::new();
                // As for stderr.
                let _ = stdout.read_to_string(&mut text);
                text
            })
        });
        let status = self.wait(longest);
        let text = |thread: Option<JoinHandle<String>>| {
            thread.map_or_else(String::new, |thread| thread.join().expect("it was read"))
        };
        let (stdout, stderr) = (text(stdout), text(self.stderr.take()));
        let status = status
            .unwrap_or_else(|| panic!("it did not end within {longest:?}\n{stdout}\n{stderr}"));
        Outcome {
            code: status.code(),
            stdout,
            stderr,
            home: self.home.take().expect("it is taken once"),
        }
    }

    fn wait(&mut self, longest: Duration) -> Option<ExitStatus> {
        let started = now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the process is ours") {
                return Some(status);
            }
            if started.elapsed() > longest {
                self.end();
                return None;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn end(&mut self) {
        // It may have ended by itself meanwhile.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Run {
    /// A test that failed half-way leaves nothing behind.
    fn drop(&mut self) {
        self.end();
    }
}

impl Outcome {
    /// Asserts the exit code, showing what was said if it is another one.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "\n--- stdout\n{}\n--- stderr\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// Asserts that stdout holds a text.
    #[track_caller]
    pub fn expect_stdout(self, text: &str) -> Self {
        assert!(
            self.stdout.contains(text),
            "no {text:?} in\n{}",
            self.stdout
        );
        self
    }

    /// Asserts that stderr holds a text.
    #[track_caller]
    pub fn expect_stderr(self, text: &str) -> Self {
        assert!(
            self.stderr.contains(text),
            "no {text:?} in\n{}",
            self.stderr
        );
        self
    }

    /// Asserts that stderr holds nothing, or only lines of ours.
    #[track_caller]
    pub fn expect_only_our_lines(self) -> Self {
        for line in self.stderr.lines() {
            assert!(line.starts_with("r53mon: "), "{line}\nin\n{}", self.stderr);
        }
        self
    }
}
