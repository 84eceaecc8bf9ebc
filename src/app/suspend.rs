//! Stopping and going on as a job of a shell: Ctrl+Z, SIGTSTP from wherever, `fg` and `bg`. The terminal is given back before
//! the process stops, and taken over again when it goes on in the foreground. Whoever waits for keys is told from here, too, that
//! the window has another size.

use std::io;
use std::time::Duration;

use nix::unistd::{Pid, getpgid, getppid, getsid};
use rustix::process::{Signal, getpid, kill_current_process_group, kill_process};
use tokio::signal::unix::{SignalKind, signal};

use super::threads::{named, runtime, spawn};
use crate::sources::pulse::note_stop;
use crate::terminal;

/// How often a program that goes on in the background looks whether it has come to the foreground.
const LOOK: Duration = Duration::from_millis(100);
/// No process has more ancestors.
const ANCESTORS: usize = 1_000;
/// The number of whatever this process may not see.
const OUTSIDE: Pid = Pid::from_raw(0);

/// Listens until the process ends, on a thread of its own: giving the terminal back may take its time.
///
/// # Errors
/// If the system does not let it.
pub(super) fn listen() -> io::Result<()> {
    let runtime = runtime()?;
    let entered = runtime.enter();
    let on = |which: Signal| signal(SignalKind::from_raw(which.as_raw())).map_err(named);
    let (mut stop, mut go_on) = (on(Signal::TSTP)?, on(Signal::CONT)?);
    let mut window = on(Signal::WINCH)?;
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
                    _ = window.recv() => terminal::look_at_size(),
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
    Place::of(Pid::this()).is_some_and(|own| has_a_shell(own, getppid(), Place::of))
}

/// Where a process stands among the jobs of a terminal. What is outside of what this process may see, as whoever entered a
/// container is, has the number 0 here: a group, a session, and a parent too.
#[derive(Clone, Copy)]
struct Place {
    group: Pid,
    session: Pid,
    /// None where the system does not tell.
    parent: Option<Pid>,
}

impl Place {
    fn of(process: Pid) -> Option<Self> {
        Some(Self {
            group: getpgid(Some(process)).ok()?,
            session: getsid(Some(process)).ok()?,
            parent: parent_of(process),
        })
    }
}

/// The rule of [`is_job`] for a process that stands there and has this parent.
fn has_a_shell(own: Place, parent: Pid, place_of: impl Fn(Pid) -> Option<Place>) -> bool {
    let mut ancestor = parent;
    for _ in 0..ANCESTORS {
        let seen = (ancestor != OUTSIDE).then(|| place_of(ancestor)).flatten();
        let Some(place) = seen else {
            return false;
        };
        if place.group != own.group {
            return place.session == own.session;
        }
        let Some(next) = place.parent else {
            // Where the system does not tell, whoever asks is believed.
            return true;
        };
        ancestor = next;
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
    Some(Pid::from_raw(parent.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_stands_behind_whatever_the_name_is() {
        let parent = |status: &str| parent_in(status).map(Pid::as_raw);
        assert_eq!(parent("12 (r53mon) S 7 12 7 0"), Some(7));
        assert_eq!(parent("12 (a) b (c) S 9) T 8 12 7"), Some(8));
        assert_eq!(parent("12 (r53mon) S 0 12 7 0"), Some(0));
        assert_eq!(parent("12 r53mon S 7"), None);
    }

    /// Whether a process of this group and session, the child of 50, may be stopped. Ancestors are told as process, group, session
    /// and parent.
    fn stops(group: i32, session: i32, ancestors: &[(i32, i32, i32, Option<i32>)]) -> bool {
        let place = |group: i32, session: i32, parent: Option<i32>| Place {
            group: Pid::from_raw(group),
            session: Pid::from_raw(session),
            parent: parent.map(Pid::from_raw),
        };
        let own = place(group, session, Some(50));
        has_a_shell(own, Pid::from_raw(50), |process| {
            let found = ancestors.iter().find(|line| line.0 == process.as_raw())?;
            Some(place(found.1, found.2, found.3))
        })
    }

    #[test]
    fn what_stops_is_continued_by_a_shell_of_its_session_in_a_group_of_its_own() {
        assert!(stops(60, 50, &[(50, 50, 50, Some(1))]));
        // A script between them that made no group of its own.
        assert!(stops(
            60,
            40,
            &[(50, 60, 40, Some(40)), (40, 40, 40, Some(1))]
        ));
        // A terminal that runs nothing but this program.
        assert!(!stops(60, 60, &[(50, 50, 50, Some(1))]));
        // Nobody is outside of the group.
        assert!(!stops(60, 60, &[(50, 60, 60, Some(0))]));
        assert!(!stops(60, 60, &[]));
        // Where parents are not told.
        assert!(stops(60, 60, &[(50, 60, 60, None)]));
    }

    #[test]
    fn groups_and_sessions_that_cannot_be_seen_are_another_group_and_another_session() {
        // The parent came from outside into the container, and this program has a terminal of its own there.
        assert!(!stops(60, 60, &[(50, 0, 0, Some(0))]));
        // All of it came from outside, as one group.
        assert!(!stops(0, 0, &[(50, 0, 0, Some(0))]));
        // A shell that made groups in a session from outside.
        assert!(stops(60, 0, &[(50, 50, 0, Some(0))]));
    }
}
