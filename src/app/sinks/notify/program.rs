//! A program that is run for an event: it finds the kind of it as its one argument and its JSON on standard input. No shell
//! ever sees any of it. Program and whatever it starts are one process group, which ends with it, or when its time is up.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin, Command};
use tokio::time::timeout;

use crate::model::text::shortened;
use crate::views::notification::Notification;

/// So long it may take.
pub(super) const LIMIT: Duration = Duration::from_secs(10);
/// So much of the end of what it says on stderr is kept.
const HEARD: usize = 1024;
/// So much of its last line is told.
const QUOTED: usize = 200;
/// How long its last words are waited for once it has ended: another process may hold the pipe.
const LAST_WORDS: Duration = Duration::from_millis(50);

/// Runs a program for an event.
pub(super) async fn run(
    program: PathBuf,
    limit: Duration,
    told: Arc<Notification>,
) -> Result<(), String> {
    let mut command = Command::new(program);
    command
        .arg(told.kind)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0);
    let mut child = command
        .spawn()
        .map_err(|error| format!("cannot be started: {error}"))?;
    let group = Group::of(&child);
    let (stdin, mut stderr) = (child.stdin.take(), child.stderr.take());
    let mut heard = Vec::new();
    let beside = async {
        tokio::join!(feed(stdin, &told.event), hear(&mut stderr, &mut heard));
        std::future::pending().await
    };
    let ended = tokio::select! {
        ended = timeout(limit, child.wait()) => ended,
        never = beside => never,
    };
    drop(group);
    let status = match ended {
        Err(_) => return Err(format!("it took longer than {limit:?} and was ended")),
        Ok(Err(error)) => return Err(error.to_string()),
        Ok(Ok(status)) if status.success() => return Ok(()),
        Ok(Ok(status)) => status,
    };
    // Without the end of it there is still what was heard before.
    let _ = timeout(LAST_WORDS, hear(&mut stderr, &mut heard)).await;
    let heard = String::from_utf8_lossy(&heard);
    let last = heard.lines().map(str::trim).rfind(|line| !line.is_empty());
    let said = last.map_or_else(String::new, |line| format!(": {}", shortened(line, QUOTED)));
    Err(format!("{status}{said}"))
}

/// Hands it the event. It may have had enough of it at any time.
async fn feed(stdin: Option<ChildStdin>, event: &[u8]) {
    if let Some(mut stdin) = stdin {
        let _ = stdin.write_all(event).await;
    }
}

/// Hears what it says on stderr to the end, however much that is, and keeps the last of it.
async fn hear(stderr: &mut Option<ChildStderr>, heard: &mut Vec<u8>) {
    let Some(stderr) = stderr else {
        return;
    };
    let mut part = [0; HEARD];
    while let Ok(length @ 1..) = stderr.read(&mut part).await {
        heard.extend_from_slice(&part[..length]);
        heard.drain(..heard.len().saturating_sub(HEARD));
    }
}

/// A process group that ends when nobody waits for it any more.
struct Group(Option<Pid>);

impl Group {
    fn of(leader: &Child) -> Self {
        let id = leader.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // There may be nobody left in it.
            let _: rustix::io::Result<()> = kill_process_group(group, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::*;

    /// Far above what any program here needs.
    const PATIENT: Duration = Duration::from_mins(1);
    /// Long enough for a shell to start something.
    const SHORT: Duration = Duration::from_secs(1);

    fn told(event: &str) -> Arc<Notification> {
        Arc::new(Notification {
            kind: "match",
            event: event.to_owned().into_bytes(),
            message: Vec::new(),
        })
    }

    /// Runs a script in a directory of its own, which it returns.
    async fn script(
        text: &str,
        limit: Duration,
        event: &str,
    ) -> (Result<(), String>, tempfile::TempDir) {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("a program; exit 7");
        let text = format!("#!/bin/sh\ncd '{}'\n{text}\n", directory.path().display());
        std::fs::write(&path, text).expect("it is written");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("it is ours");
        (run(path, limit, told(event)).await, directory)
    }

    fn read(directory: &Path, name: &str) -> String {
        std::fs::read_to_string(directory.join(name)).expect("the script has written it")
    }

    /// Whether a process is there and no corpse.
    fn lives(id: &str) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", id.trim()));
        let state = stat.ok().and_then(|stat| {
            let rest = stat.rsplit(')').next()?.trim().to_owned();
            rest.chars().next()
        });
        state.is_some_and(|state| state != 'Z' && state != 'X')
    }

    #[tokio::test]
    async fn it_gets_the_kind_and_the_event_and_nothing_goes_through_a_shell() {
        let event = "{\"message\":\"$(exit 8) `exit 9`\"}\n";
        let (result, directory) = script(
            "printf '%s %s ' $# \"$1\" > told; cat >> told",
            PATIENT,
            event,
        )
        .await;
        assert_eq!(result, Ok(()));
        assert_eq!(read(directory.path(), "told"), format!("1 match {event}"));
    }

    #[tokio::test]
    async fn one_that_fails_says_why_in_its_last_line() {
        let (result, _) = script(
            "echo one >&2; echo 'no such room' >&2; echo >&2; exit 3",
            PATIENT,
            "",
        )
        .await;
        assert_eq!(result, Err("exit status: 3: no such room".to_owned()));
        let (result, _) = script("kill -9 $$", PATIENT, "").await;
        assert!(result.expect_err("it was ended").contains("signal: 9"));
        let gone = run("/no/such/program".into(), PATIENT, told("")).await;
        assert!(
            gone.expect_err("there is none")
                .starts_with("cannot be started: ")
        );
    }

    #[tokio::test]
    async fn one_that_does_not_listen_or_says_too_much_keeps_nobody_waiting() {
        let event = "x".repeat(4_000_000);
        let (result, _) = script("exec <&-; sleep 0.1", PATIENT, &event).await;
        assert_eq!(result, Ok(()), "it closes what it is told");
        let (result, _) = script("exit 0", PATIENT, &event).await;
        assert_eq!(result, Ok(()), "it does not read");
        let (result, _) = script(
            "head -c 9000000 /dev/zero; head -c 9000000 /dev/zero >&2; cat > /dev/null; echo; echo enough >&2; exit 1",
            PATIENT,
            &event,
        )
        .await;
        let why = result.expect_err("it fails");
        assert!(
            why.starts_with("exit status: 1: ") && why.len() < 2 * QUOTED,
            "{why}"
        );
    }

    #[tokio::test]
    async fn one_that_hangs_is_ended_with_all_that_it_has_started() {
        let hangs = "sleep 300 & echo $! > child; echo $$ > own; trap '' TERM INT; wait";
        let (result, directory) = script(hangs, SHORT, "").await;
        assert_eq!(
            result,
            Err("it took longer than 1s and was ended".to_owned())
        );
        for name in ["child", "own"] {
            let id = read(directory.path(), name);
            // What has been ended may take a moment to be gone.
            while lives(&id) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }

    #[tokio::test]
    async fn what_it_leaves_behind_ends_with_it() {
        let (result, directory) = script("sleep 300 & echo $! > child", PATIENT, "").await;
        assert_eq!(result, Ok(()));
        let id = read(directory.path(), "child");
        while lives(&id) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
