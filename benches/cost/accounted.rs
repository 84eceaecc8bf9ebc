//! What the operating system has on a finished process: processor time and peak memory, those of its own children included.
//!
//! The system adds up the accounts of all children of a process, so each line gets a parent of its own: this program in
//! another role, which starts one process, waits for it and writes down what it has cost.

use std::io::Read as _;
use std::process::Command;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use r53mon::model::share::as_f64;

use crate::Trouble;
use crate::line::Line;

/// The word by which this program knows that it is the parent.
pub const ROLE: &str = "as-parent";
/// Where the parent writes, in the home of the line.
const ACCOUNT: &str = "account";

/// What a line has cost.
#[derive(Clone, Copy, Debug)]
pub struct Account {
    /// Processor time in seconds, in the program and in the kernel.
    pub cpu: f64,
    /// The most memory that was resident, in MiB. It is never less than what the parent had when it started the process.
    pub peak: f64,
}

/// The parent.
pub fn run(command: &[String]) -> Result<(), Trouble> {
    let (program, arguments) = command.split_first().ok_or("no command")?;
    let status = Command::new(program).args(arguments).status()?;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = (usage.user_time() + usage.system_time()).num_microseconds();
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    std::fs::write(ACCOUNT, format!("{micros} {}", usage.max_rss() * unit))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{program}: {status}").into())
    }
}

/// Runs a line to its end; gives what it wrote to stdout too.
pub fn account(line: Line) -> Result<(Account, String), Trouble> {
    let line = with_parent(line)?;
    let ended = line.command().output()?;
    if !ended.status.success() {
        return Err(line.failed(&ended.stderr));
    }
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    Ok((written(&line)?, said))
}

/// Runs a line to its end in a terminal of this size, of which every byte is read.
pub fn account_in_terminal(line: Line, size: (u16, u16)) -> Result<Account, Trouble> {
    let line = with_parent(line)?;
    let mut session = line.in_terminal(size)?;
    let mut said = Vec::new();
    // The end of the last program in a terminal is an error for its reader.
    let _ = session.reader.read_to_end(&mut said);
    if !session.child.wait()?.success() {
        return Err(line.failed(&said));
    }
    written(&line)
}

fn with_parent(mut line: Line) -> Result<Line, Trouble> {
    let parent = std::env::current_exe()?.display().to_string();
    line.arguments.splice(..0, [parent, ROLE.to_owned()]);
    Ok(line)
}

fn written(line: &Line) -> Result<Account, Trouble> {
    let text = std::fs::read_to_string(line.home.path().join(ACCOUNT))?;
    let (micros, bytes) = text.split_once(' ').ok_or("an account of two numbers")?;
    Ok(Account {
        cpu: as_f64(micros.parse()?) / 1e6,
        peak: as_f64(bytes.parse()?) / 1024.0 / 1024.0,
    })
}
