//! Stopping and going on as a job of a shell: Ctrl+Z, SIGTSTP from wherever, `fg` and `bg`. The terminal is given back before
//! the process stops, and taken over again when it goes on in the foreground.

use std::io;
use std::time::Duration;

use rustix::process::{
    Pid, Signal, getpgid, getpgrp, getpid, getppid, getsid, kill_current_process_group,
    kill_process,
};
use tokio::signal::unix::{SignalKind, signal};

use super::threads::{named, runtime, spawn};
use crate::sources::pulse::note_stop;
use crate::terminal;

/// How often a program that goes on in the background looks whether it has come to the foreground.
const LOOK: Duration = Duration::from_millis(100);
/// No process has more ancestors.
const ANCESTORS: usize = 1_000;

/// Listens until the process ends, on a thread of its own: giving the terminal back may take its time.
///
/// # Errors
/// If the system does not let it.
pub(super) fn listen() -> io::Result<()> {
    let runtime = runtime()?;
    let entered = runtime.enter();
    let on = |which: Signal| signal(SignalKind::from_raw(which.as_raw())).map_err(named);
    let (mut stop, mut go_on) = (on(Signal::TSTP)?, on(Signal::CONT)?);
    drop(entered);
    spawn("suspend", move || {
        runtime.block_on(async {
            let mut is_away = false;
            loop {
                tokio::select! {
                    _ = stop.recv() => if is_job() {
                        note_stop();
                        terminal::give_back_for_a_while();
                        // A few more lines may run before it takes effect; SIGCONT tells when it is over.
                        let _ = kill_process(getpid(), Signal::STOP);
                    },
                    _ = go_on.recv() => {
                        note_stop();
                        terminal::find_again();
                        is_away = true;
                    }
                    () = tokio::time::sleep(LOOK), if is_away => {}
                }
                is_away = is_away && !terminal::take_again();
            }
        });
    })?;
    Ok(())
}

/// Stops this job, with all of its processes, as the terminal does for Ctrl+Z where nobody reads keys one by one. Returns
/// false where no shell could continue it.
pub(super) fn ask() -> bool {
    is_job() && kill_current_process_group(Signal::TSTP).is_ok()
}

/// Whether a shell may continue what stops: some ancestor is in the same session and not in this process group. The system has the
/// same rule (orphaned process groups), but only for those who leave the signal to it.
fn is_job() -> bool {
    let group = getpgrp();
    let mut ancestor = getppid();
    for _ in 0..ANCESTORS {
        let Some(process) = ancestor else {
            return false;
        };
        match getpgid(Some(process)) {
            Ok(other) if other == group => {}
            Ok(_) => return getsid(Some(process)).ok() == getsid(None).ok(),
            Err(_) => return false,
        }
        let Some(next) = parent_of(process) else {
            // Where the system does not tell, whoever asks is believed.
            return true;
        };
        ancestor = Some(next);
    }
    false
}

/// The parent of a process: Linux tells in /proc.
fn parent_of(process: Pid) -> Option<Pid> {
    let status = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    parent_in(&status)
}

/// Behind the name, which may hold anything, stand the state and the parent.
fn parent_in(status: &str) -> Option<Pid> {
    let (_, behind) = status.rsplit_once(')')?;
    let parent = behind.split_whitespace().nth(1)?;
    Pid::from_raw(parent.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_stands_behind_whatever_the_name_is() {
        let parent = |status: &str| parent_in(status).map(Pid::as_raw_nonzero);
        let of = |id: i32| std::num::NonZeroI32::new(id);
        assert_eq!(parent("12 (r53mon) S 7 12 7 0"), of(7));
        assert_eq!(parent("12 (a) b (c) S 9) T 8 12 7"), of(8));
        assert_eq!(parent("12 (r53mon) S 0 12 7 0"), None);
        assert_eq!(parent("12 r53mon S 7"), None);
    }
}
