//! The only place that touches the terminal's mode: enters and leaves the dashboard's screen on every way out, panics
//! included, and reads keys.

use std::io::{self, Stdout, Write};
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crossterm::event::{self, Event, KeyEvent, KeyEventKind};
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, style};
use ratatui::backend::CrosstermBackend;
use ratatui::{Frame, Terminal};

/// Whether the screen is ours at the moment.
static ACTIVE: AtomicBool = AtomicBool::new(false);
/// What the first panic said.
static PANIC: Mutex<Option<String>> = Mutex::new(None);

/// The dashboard's screen; dropping it gives the terminal back.
#[derive(Debug)]
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
}

/// What came from the keyboard or the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed.
    Key(KeyEvent),
    /// The window has another size.
    Resized,
    /// Nothing within the time, or nothing of interest.
    Nothing,
}

impl Screen {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// If it does not cooperate; it is given back then.
    pub fn open() -> io::Result<Self> {
        // Colour is decided by the theme; the library's own reading of NO_COLOR would reset bold and reverse too.
        style::force_color_output(true);
        ACTIVE.store(true, Ordering::SeqCst);
        let opened = enable_raw_mode()
            .and_then(|()| execute!(io::stdout(), EnterAlternateScreen, cursor::Hide))
            .and_then(|()| Terminal::new(CrosstermBackend::new(io::stdout())));
        match opened {
            Ok(terminal) => Ok(Self { terminal }),
            Err(error) => {
                restore();
                Err(error)
            }
        }
    }

    /// Draws one frame.
    ///
    /// # Errors
    /// If the terminal cannot be written to.
    pub fn draw(&mut self, picture: impl FnOnce(&mut Frame)) -> io::Result<()> {
        // After a panic of another thread the screen is no longer ours.
        if ACTIVE.load(Ordering::SeqCst) {
            self.terminal.draw(picture)?;
        }
        Ok(())
    }

    /// Waits for a key or a new size.
    ///
    /// # Errors
    /// If the terminal has gone.
    pub fn wait(&self, longest: Duration) -> io::Result<Input> {
        if !event::poll(longest)? {
            return Ok(Input::Nothing);
        }
        Ok(match event::read()? {
            Event::Key(key) if key.kind != KeyEventKind::Release => Input::Key(key),
            Event::Resize(..) => Input::Resized,
            _ => Input::Nothing,
        })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back, if it is ours. Every step is tried, whatever became of the one before.
pub fn restore() {
    if ACTIVE.swap(false, Ordering::SeqCst) {
        let _ = disable_raw_mode();
        let _ = execute!(io::stdout(), LeaveAlternateScreen, cursor::Show);
        let _ = io::stdout().flush();
    }
}

/// Gives back only the terminal's mode, without writing to it: for the way out when writing blocks.
pub fn restore_mode() {
    if ACTIVE.load(Ordering::SeqCst) {
        let _ = disable_raw_mode();
    }
}

/// Makes a panic of any thread give the terminal back and say in plain words what to do.
pub fn install_panic_hook() {
    std::panic::set_hook(Box::new(|info| {
        restore();
        let what = describe(info);
        let _ = writeln!(
            io::stderr(),
            "r53mon {} failed unexpectedly: {what}\nThis is a bug. Please report it with this message and the command line.",
            env!("CARGO_PKG_VERSION")
        );
        PANIC
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(what);
    }));
}

/// What the first panic of any thread said.
pub fn panic_message() -> Option<String> {
    PANIC.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn describe(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let message = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    match info.location() {
        Some(place) => format!("{message} ({}:{})", place.file(), place.line()),
        None => message,
    }
}
