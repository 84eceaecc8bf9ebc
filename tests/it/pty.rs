//! The binary in a pseudo-terminal: keys go in, a terminal emulator follows what comes out. Waiting is always for
//! something to be seen, until a deadline; never for time to pass.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;

use super::program::{self, BINARY, PATIENCE, now};

/// Switches to the other screen and back.
const ENTER_ALTERNATE: &str = "\u{1b}[?1049h";
const LEAVE_ALTERNATE: &str = "\u{1b}[?1049l";

/// A run in a terminal.
pub struct Session {
    child: Box<dyn portable_pty::Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    keyboard: Option<Box<dyn Write + Send>>,
    seen: Arc<Seen>,
    mode_before: String,
    /// Kept until the program has ended.
    home: TempDir,
}

/// What the terminal has been sent, shared with the thread that reads it.
struct Seen {
    content: Mutex<Content>,
    changed: Condvar,
}

/// What the terminal shows and how it came to that.
pub struct Content {
    emulator: vt100::Parser,
    raw: Vec<u8>,
    closed: bool,
    hung_up: bool,
    /// Whether nobody reads.
    unread: bool,
}

/// How a run in a terminal ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code.
    pub code: u32,
    /// The signal that ended it, if one did.
    pub signal: Option<String>,
    /// From the call of `wait_for_end` to the end.
    pub took: Duration,
}

impl Session {
    /// Starts `r53mon` with these arguments in a terminal of so many columns and rows.
    pub fn start(arguments: &[&str], columns: u16, rows: u16) -> Self {
        Self::start_with(arguments, &[], columns, rows)
    }

    /// The same with some variables.
    pub fn start_with(
        arguments: &[&str],
        variables: &[(&str, &str)],
        columns: u16,
        rows: u16,
    ) -> Self {
        Self::start_sized(arguments, variables, (columns, rows), columns, rows)
    }

    /// Starts it in a terminal that claims another size than it has.
    pub fn start_in(arguments: &[&str], claimed: (u16, u16), columns: u16, rows: u16) -> Self {
        Self::start_sized(arguments, &[], claimed, columns, rows)
    }

    fn start_sized(
        arguments: &[&str],
        variables: &[(&str, &str)],
        claimed: (u16, u16),
        columns: u16,
        rows: u16,
    ) -> Self {
        Self::start_program(BINARY, arguments, variables, claimed, columns, rows)
    }

    /// Has a shell run a script in a terminal; in it `$0` is the program.
    pub fn start_script(script: &str, columns: u16, rows: u16) -> Self {
        let arguments = ["-c", script, BINARY];
        Self::start_program("sh", &arguments, &[], (columns, rows), columns, rows)
    }

    fn start_program(
        program: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
        claimed: (u16, u16),
        columns: u16,
        rows: u16,
    ) -> Self {
        let home = tempfile::tempdir().expect("a directory");
        let pair = native_pty_system()
            .openpty(size(claimed.0, claimed.1))
            .expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        for (name, value) in program::environment(home.path()) {
            command.env(name, value);
        }
        for (name, value) in variables {
            command.env(name, value);
        }
        command.cwd(home.path());
        let mode_before = mode(pair.master.as_ref());
        let child = pair
            .slave
            .spawn_command(command)
            .expect("the binary starts");
        drop(pair.slave);
        let seen = Arc::new(Seen {
            content: Mutex::new(Content {
                emulator: vt100::Parser::new(cells(rows), cells(columns), 0),
                raw: Vec::new(),
                closed: false,
                hung_up: false,
                unread: false,
            }),
            changed: Condvar::new(),
        });
        let reader = pair.master.try_clone_reader().expect("a reader");
        std::thread::spawn({
            let seen = Arc::clone(&seen);
            move || seen.follow(reader)
        });
        Self {
            child,
            keyboard: Some(pair.master.take_writer().expect("a writer")),
            master: Some(pair.master),
            seen,
            mode_before,
            home,
        }
    }

    /// Types.
    pub fn press(&mut self, keys: &str) {
        let keyboard = self.keyboard.as_mut().expect("the terminal is open");
        keyboard.write_all(keys.as_bytes()).expect("keys are taken");
        keyboard.flush().expect("keys are taken");
    }

    /// The directory it runs in.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let process = self.child.process_id().expect("it runs");
        program::signal(process, name);
    }

    /// Whether it has a thread of this name, where the system tells.
    pub fn has_thread(&self, name: &str) -> bool {
        let process = self.child.process_id().expect("it runs");
        let threads = std::fs::read_dir(format!("/proc/{process}/task"));
        let names = threads.into_iter().flatten().flatten();
        let mut names =
            names.flat_map(|thread| std::fs::read_to_string(thread.path().join("comm")));
        names.any(|thread| thread.trim_end() == name)
    }

    /// How often a thread of this name has waited for something, where the system tells.
    pub fn waits(&self, name: &str) -> Option<u64> {
        let process = self.child.process_id().expect("it runs");
        let threads = std::fs::read_dir(format!("/proc/{process}/task")).ok()?;
        let all = threads.flatten().map(|thread| thread.path());
        let is_named = |path: &PathBuf| {
            let found = std::fs::read_to_string(path.join("comm"));
            found.is_ok_and(|found| found.trim_end() == name)
        };
        let status = std::fs::read_to_string(all.into_iter().find(is_named)?.join("status"));
        let status = status.ok()?;
        let waits = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        waits?.trim().parse().ok()
    }

    /// Changes the size of the window.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        // The emulator first: what the program draws for the new size must not meet the old one.
        let mut content = self.seen.lock();
        content.emulator.set_size(cells(rows), cells(columns));
        let master = self.master.as_ref().expect("the terminal is open");
        master.resize(size(columns, rows)).expect("it is resized");
    }

    /// Has the terminal claim a size that no window has.
    pub fn claim(&mut self, columns: u16, rows: u16) {
        let master = self.master.as_ref().expect("the terminal is open");
        master.resize(size(columns, rows)).expect("it is resized");
    }

    /// Takes nothing from the program any more until it has ended, apart from what is being read at the moment.
    pub fn stop_reading(&self) {
        self.seen.lock().unread = true;
    }

    /// Closes the window: nobody reads or types any more, and the system tells the program so. The reading thread lets go
    /// of its end when the next frame comes.
    pub fn hang_up(&mut self) {
        self.keyboard = None;
        self.master = None;
        let mut content = self.seen.lock();
        content.hung_up = true;
        content.unread = false;
        self.seen.changed.notify_all();
        while !content.closed {
            content = (self.seen.changed.wait(content)).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until the terminal is as described. `what` names it in the complaint.
    #[track_caller]
    pub fn wait_until(&self, what: &str, is_so: impl Fn(&Content) -> bool) {
        let started = now();
        let mut content = self.seen.lock();
        while !is_so(&content) {
            let left = PATIENCE.saturating_sub(started.elapsed());
            assert!(
                !left.is_zero() && !content.closed,
                "no {what} within {:?}{}; the screen:\n{}\nit said:\n{}",
                started.elapsed(),
                if content.closed {
                    ", and it has ended"
                } else {
                    ""
                },
                content.text(),
                content.said()
            );
            content = self
                .seen
                .changed
                .wait_timeout(content, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Waits until the dashboard shows all of these texts.
    #[track_caller]
    pub fn wait_for_dashboard(&self, texts: &[&str]) {
        self.wait_until(&format!("dashboard with {texts:?}"), |content| {
            content.in_dashboard() && texts.iter().all(|text| content.text().contains(text))
        });
    }

    /// Waits for the end of the program and of all that it wrote.
    #[track_caller]
    pub fn wait_for_end(&mut self) -> Ended {
        let started = now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("the process is ours") {
                break status;
            }
            assert!(
                started.elapsed() < PATIENCE,
                "it did not end; the screen:\n{}",
                self.seen.lock().text()
            );
            std::thread::sleep(Duration::from_millis(5));
        };
        let took = started.elapsed();
        let mut content = self.seen.lock();
        content.unread = false;
        self.seen.changed.notify_all();
        while !content.closed && started.elapsed() < PATIENCE {
            content = self
                .seen
                .changed
                .wait_timeout(content, Duration::from_millis(100))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        Ended {
            code: status.exit_code(),
            signal: status.signal().map(str::to_owned),
            took,
        }
    }

    /// Looks at the terminal.
    pub fn look<T>(&self, look: impl FnOnce(&Content) -> T) -> T {
        look(&self.seen.lock())
    }

    /// How keys are handled at the moment (echo, line by line, signals), and at the start.
    pub fn modes(&self) -> (String, &str) {
        let master = self.master.as_ref().expect("the terminal is open");
        (mode(master.as_ref()), &self.mode_before)
    }
}

impl Drop for Session {
    /// A test that failed half-way leaves nothing behind.
    fn drop(&mut self) {
        // It has ended already where the test did not fail.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Seen {
    fn lock(&self) -> MutexGuard<'_, Content> {
        // A failed assertion elsewhere leaves the content as good as before.
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn follow(&self, mut reader: impl Read) {
        let mut buffer = [0; 4096];
        loop {
            // The end of the last program in a terminal is an error for its reader.
            let read = reader.read(&mut buffer).unwrap_or(0);
            let mut content = self.lock();
            content.emulator.process(&buffer[..read]);
            content.raw.extend_from_slice(&buffer[..read]);
            content.closed = read == 0 || content.hung_up;
            self.changed.notify_all();
            if content.closed {
                return;
            }
            let is_unread = |content: &mut Content| content.unread;
            // Held again for the next portion only.
            drop(self.changed.wait_while(content, is_unread));
        }
    }
}

impl Content {
    /// The lines in which the program spoke of itself, wherever they stood.
    fn said(&self) -> String {
        let raw = String::from_utf8_lossy(&self.raw);
        let lines = raw
            .lines()
            .filter_map(|line| line.find("r53mon").map(|at| &line[at..]));
        let said = lines.filter(|line| line.starts_with("r53mon ") || line.starts_with("r53mon:"));
        said.collect::<Vec<_>>().join("\n")
    }

    /// What stands on the screen.
    pub fn text(&self) -> String {
        self.emulator.screen().contents()
    }

    /// Whether the dashboard's screen is shown, and not empty.
    pub fn in_dashboard(&self) -> bool {
        self.emulator.screen().alternate_screen() && !self.text().trim().is_empty()
    }

    /// Whether the terminal is as a shell wants it.
    pub fn is_restored(&self) -> bool {
        let screen = self.emulator.screen();
        !screen.alternate_screen() && !screen.hide_cursor()
    }

    /// Whether the program ever drew a dashboard.
    pub fn had_dashboard(&self) -> bool {
        self.raw_text().contains(ENTER_ALTERNATE)
    }

    /// Everything that was written after the dashboard, however far it has scrolled since.
    pub fn after_dashboard(&self) -> String {
        let raw = self.raw_text();
        let (_, after) = raw
            .rsplit_once(LEAVE_ALTERNATE)
            .unwrap_or_else(|| panic!("the dashboard was never left:\n{}", self.text()));
        after.replace('\r', "")
    }

    /// Every byte so far.
    pub fn raw_text(&self) -> String {
        self.raw_text_after(0)
    }

    /// What came after so many bytes.
    pub fn raw_text_after(&self, length: usize) -> String {
        String::from_utf8_lossy(&self.raw[length..]).into_owned()
    }

    /// How many bytes have come.
    pub fn raw_length(&self) -> usize {
        self.raw.len()
    }

    /// The foreground and background colours that were asked for, apart from the terminal's own.
    pub fn colours(&self) -> Vec<u16> {
        let raw = self.raw_text();
        raw.split("\u{1b}[")
            .skip(1)
            .filter_map(|sequence| {
                let end = sequence.find(|character: char| character.is_ascii_alphabetic())?;
                (sequence[end..].starts_with('m')).then(|| &sequence[..end])
            })
            .flat_map(|parameters| parameters.split(';'))
            .filter_map(|parameter| parameter.parse().ok())
            .filter(|parameter| matches!(parameter, 30..=38 | 40..=48 | 90..=97 | 100..=107))
            .collect()
    }
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

fn cells(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).expect("a terminal has a size")
}

/// How keys are handled, in words that can be compared.
fn mode(master: &(dyn MasterPty + Send)) -> String {
    let termios = master.get_termios().expect("a terminal has a mode");
    format!(
        "{:?} {:?} {:?}",
        termios.input_flags, termios.output_flags, termios.local_flags
    )
}
