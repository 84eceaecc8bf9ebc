//! The only place that touches the terminal's mode: enters and leaves the dashboard's screen on every way out, panics
//! included, and reads keys.

use std::io::{self, IsTerminal, Read, Stdout, Write};
use std::mem::ManuallyDrop;
use std::os::unix::net::UnixStream;
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::{Wake, Waker};
use std::time::Duration;

use crossterm::event::{self, Event, KeyEvent, KeyEventKind};
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, style};
use nix::unistd::{getpgrp, tcgetpgrp};
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Rect, Size};
use ratatui::{Frame, Terminal};
use rustix::event::{PollFd, PollFlags, Timespec};

/// The terminal's answer, among the keys.
mod answer;

pub use answer::Rgb;
use answer::{Answers, QUESTION, Sorted};

/// Whether the screen is ours at the moment.
static ACTIVE: AtomicBool = AtomicBool::new(false);
/// Whether it is to become ours again: the program was stopped, or is in the background.
static AWAY: AtomicBool = AtomicBool::new(false);
/// Whether it has lost its content, so that the next frame has to be a whole one.
static LOST: AtomicBool = AtomicBool::new(false);
/// Held while a frame is drawn, so that a panic elsewhere does not give the screen back in the middle of it: the rest of
/// the frame would land on the normal screen and hide the cursor there.
static DRAWING: Mutex<()> = Mutex::new(());
/// How long a panic waits for that. The frame may be the one that panicked, or the terminal may take nothing.
const DRAWING_TIMEOUT: Duration = Duration::from_millis(200);
/// What a terminal has that does not know its size, or says that it has none.
const USUAL: Size = Size::new(80, 24);
/// No screen shows more; a terminal that says so would have us keep gigabytes of empty cells.
const LARGEST: Size = Size::new(1_000, 500);
/// How long the first frame waits for the terminal to say what its background is. One that is far away says it later, and one that
/// says nothing at all costs as much at every start.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(10);
/// So many keys wait to be followed; the rest waits in the system.
const WAITING: usize = 1_000;
/// How often a program in the background looks whether the terminal is its own to be read again.
const LOOK: Duration = Duration::from_millis(100);
/// How long nobody looks where nothing happens.
const LONG: Duration = Duration::from_hours(1);
/// The library looks only where it has some time to.
const MOMENT: Duration = Duration::from_millis(1);
/// So long a sequence of which only the beginning has come is left alone.
const REST: Duration = Duration::from_millis(5);
/// What the first panic said.
static PANIC: Mutex<Option<String>> = Mutex::new(None);
/// Who wants to know of it.
static PANICKED: Mutex<Option<Waker>> = Mutex::new(None);
/// Has the thread that waits for keys look at everything else.
static LOOKER: Mutex<Option<UnixStream>> = Mutex::new(None);

/// The dashboard's screen; dropping it gives the terminal back.
#[derive(Debug)]
pub struct Screen {
    /// Never dropped: `restore` shows the cursor, and what the library does then would panic in a terminal that has gone.
    terminal: ManuallyDrop<Terminal<Bounded>>,
    inputs: Receiver<io::Result<Input>>,
    sender: SyncSender<io::Result<Input>>,
    /// What the terminal's background is, when it says so.
    answers: Receiver<Rgb>,
    /// The same, where it was asked and has said so at once; else it comes as an input.
    pub background: Option<Rgb>,
}

/// What came from the keyboard or the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed.
    Key(KeyEvent),
    /// The window has another size.
    Resized,
    /// The terminal says what its background is.
    Background(Rgb),
    /// Nothing within the time, or nothing of interest.
    Nothing,
}

impl Screen {
    /// Takes the terminal over, and asks it for its background where somebody wants to know.
    ///
    /// # Errors
    /// If it does not cooperate; it is given back then.
    pub fn open(asks: bool) -> io::Result<Self> {
        // Colour is decided by the theme; the library's own reading of NO_COLOR would reset bold and reverse too.
        style::force_color_output(true);
        ACTIVE.store(true, Ordering::SeqCst);
        let opened = enable_raw_mode()
            // From here on a change of the window's size is heard of, before the first frame is drawn for it.
            .and_then(|()| event::poll(Duration::ZERO).map(drop))
            .and_then(|()| {
                let (sender, inputs) = sync_channel(WAITING);
                let answers = read_inputs(sender.clone())?;
                let background = if asks { ask(&answers)? } else { None };
                execute!(io::stdout(), EnterAlternateScreen, cursor::Hide)?;
                let terminal = Terminal::new(Bounded(CrosstermBackend::new(io::stdout())))?;
                Ok(Self {
                    terminal: ManuallyDrop::new(terminal),
                    inputs,
                    sender,
                    answers,
                    background,
                })
            });
        opened.inspect_err(|_| restore())
    }

    /// Draws one frame.
    ///
    /// # Errors
    /// If the terminal cannot be written to.
    pub fn draw(&mut self, picture: impl FnOnce(&mut Frame)) -> io::Result<()> {
        let _drawing = DRAWING.lock().unwrap_or_else(PoisonError::into_inner);
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
    pub fn wait(&mut self, longest: Duration) -> io::Result<Input> {
        match self.inputs.recv_timeout(longest) {
            Ok(input) => self.came(input),
            Err(RecvTimeoutError::Timeout) => self.came(Ok(Input::Nothing)),
            Err(RecvTimeoutError::Disconnected) => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Wakes up whoever waits for a key.
    pub fn waker(&self) -> Waker {
        Arc::new(Nudge(self.sender.clone())).into()
    }

    /// Sends the terminal something that is no part of the picture.
    ///
    /// # Errors
    /// If the terminal cannot be written to.
    pub fn send(&mut self, sequence: &str) -> io::Result<()> {
        let _drawing = DRAWING.lock().unwrap_or_else(PoisonError::into_inner);
        if ACTIVE.load(Ordering::SeqCst) {
            let mut out = io::stdout();
            out.write_all(sequence.as_bytes())?;
            out.flush()?;
        }
        Ok(())
    }

    /// What has come besides and waits already, if there is anything.
    ///
    /// # Errors
    /// If the terminal has gone.
    pub fn waiting(&mut self) -> io::Result<Option<Input>> {
        match self.inputs.try_recv() {
            Ok(input) => self.came(input).map(Some),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn came(&mut self, input: io::Result<Input>) -> io::Result<Input> {
        let mut input = input?;
        if input == Input::Nothing
            && let Ok(color) = self.answers.try_recv()
        {
            return Ok(Input::Background(color));
        }
        // A key is not lost over it: it is looked again after that.
        if input == Input::Nothing && LOST.swap(false, Ordering::SeqCst) {
            input = Input::Resized;
        }
        if input == Input::Resized {
            self.forget()?;
        }
        Ok(input)
    }

    /// Makes the next frame a whole one. The library sees to that when the size is another one, but a window that was
    /// small for a moment only has lost its content too. (`Terminal::clear` would ask the terminal where the cursor is.)
    fn forget(&mut self) -> io::Result<()> {
        let _drawing = DRAWING.lock().unwrap_or_else(PoisonError::into_inner);
        if ACTIVE.load(Ordering::SeqCst) {
            let size = self.terminal.size()?;
            self.terminal.resize(Rect::from((Position::ORIGIN, size)))?;
        }
        Ok(())
    }
}

struct Nudge(SyncSender<io::Result<Input>>);

impl Wake for Nudge {
    fn wake(self: Arc<Self>) {
        // Where nothing more finds room there is enough to wake up for.
        let _ = self.0.try_send(Ok(Input::Nothing));
    }
}

/// Reads keys on a thread of its own, which ends with the process or the terminal. The library waits inside for the rest
/// of a sequence that has begun (Alt+[ is enough), and the dashboard must not wait with it. What the terminal answers comes
/// by another way.
fn read_inputs(sender: SyncSender<io::Result<Input>>) -> io::Result<Receiver<Rgb>> {
    let (teller, answers) = sync_channel(1);
    let (looker, woken) = UnixStream::pair()?;
    looker.set_nonblocking(true)?;
    woken.set_nonblocking(true)?;
    *LOOKER.lock().unwrap_or_else(PoisonError::into_inner) = Some(looker);
    std::thread::Builder::new()
        .name("r53mon-keys".to_owned())
        .spawn(move || {
            let mut sorter = Answers::default();
            let mut was_ready = false;
            // The library may keep to itself what it has read, when it was held up in that moment; so it is looked again, but ever
            // less often.
            let mut wait = LOOK;
            loop {
                // Reading from the background would stop the program.
                if !is_in_foreground() {
                    std::thread::sleep(LOOK);
                    continue;
                }
                // Reading says what is wrong.
                if !event::poll(MOMENT).unwrap_or(true) {
                    let is_ready = wait_for_input(&woken, wait);
                    wait = (wait * 2).min(LONG);
                    if is_ready && was_ready {
                        // The rest of a sequence is still to come.
                        std::thread::sleep(REST);
                    }
                    was_ready = is_ready;
                    continue;
                }
                (was_ready, wait) = (false, LOOK);
                let inputs = match event::read() {
                    Err(error) => {
                        // Nobody listens where the run ends by itself.
                        let _ = sender.send(Err(error));
                        break;
                    }
                    Ok(Event::Key(key)) if key.kind != KeyEventKind::Release => {
                        match sorter.sort(key) {
                            Sorted::Keys(keys) => keys.into_iter().map(Input::Key).collect(),
                            Sorted::Background(color) => {
                                // A second one says the same.
                                let _ = teller.try_send(color);
                                vec![Input::Nothing]
                            }
                            Sorted::Begun => continue,
                        }
                    }
                    Ok(Event::Resize(..)) => vec![Input::Resized],
                    Ok(_) => continue,
                };
                let mut inputs = inputs.into_iter();
                if inputs.any(|input| sender.send(Ok(input)).is_err()) {
                    break;
                }
            }
        })?;
    Ok(answers)
}

/// Waits until there is something to be read, without reading it, or something else to be looked at, or for so long. Returns
/// whether there is something to be read.
fn wait_for_input(mut woken: &UnixStream, longest: Duration) -> bool {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        // The library reads the terminal by another way then, and listens for a new size itself.
        return event::poll(longest).unwrap_or_default();
    }
    let mut polled = [
        PollFd::new(&stdin, PollFlags::IN),
        PollFd::new(woken, PollFlags::IN),
    ];
    let longest = Timespec::try_from(longest).ok();
    let found = rustix::event::poll(&mut polled, longest.as_ref());
    let is_ready = found.is_ok() && !polled[0].revents().is_empty();
    // Nothing is said by it but that there is something.
    let _ = woken.read(&mut [0; 64]);
    is_ready
}

/// The window may have another size: whoever waits for keys looks.
pub fn look_at_size() {
    let looker = LOOKER.lock().unwrap_or_else(PoisonError::into_inner);
    // One that takes nothing more has enough to wake up for.
    let _ = looker.as_ref().map(|mut looker| looker.write(&[0]));
}

/// Asks the terminal for its background, if it is one on both sides.
fn ask(answers: &Receiver<Rgb>) -> io::Result<Option<Rgb>> {
    let mut out = io::stdout();
    if !out.is_terminal() || !io::stdin().is_terminal() {
        return Ok(None);
    }
    out.write_all(QUESTION.as_bytes())?;
    out.flush()?;
    Ok(answers.recv_timeout(ANSWER_TIMEOUT).ok())
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
        // Even where a panic could not wait for the frame.
        let _ = execute!(io::stdout(), cursor::Show);
    }
}

/// Gives the terminal back before the program is stopped, to take it over again later.
pub fn give_back_for_a_while() {
    let drawing = wait_for_the_frame();
    if ACTIVE.load(Ordering::SeqCst) {
        restore();
        AWAY.store(true, Ordering::SeqCst);
    }
    drop(drawing);
}

/// The program was stopped, as it may be without being asked, and goes on: whatever the terminal was like, it is not now.
pub fn find_again() {
    if is_in_foreground() {
        return give_back_for_a_while();
    }
    // Somebody else's by now: nothing is written to it, and its mode is not ours to change.
    if ACTIVE.swap(false, Ordering::SeqCst) {
        AWAY.store(true, Ordering::SeqCst);
    }
}

/// Takes the terminal over again, if it was given back for a while and the program is in its foreground. Returns whether
/// nothing is left to be done.
pub fn take_again() -> bool {
    let drawing = wait_for_the_frame();
    if AWAY.load(Ordering::SeqCst) {
        if !is_in_foreground() {
            return false;
        }
        ACTIVE.store(true, Ordering::SeqCst);
        // One that has gone meanwhile is found to have by whoever draws or reads next.
        let _ = disable_raw_mode().and_then(|()| enable_raw_mode());
        let _ = execute!(io::stdout(), EnterAlternateScreen, cursor::Hide);
        AWAY.store(false, Ordering::SeqCst);
        LOST.store(true, Ordering::SeqCst);
    }
    drop(drawing);
    true
}

/// Whether the terminal is this program's and not that of another job, or of the shell. One that does not know is taken as ours.
fn is_in_foreground() -> bool {
    tcgetpgrp(io::stdin()).map_or(true, |group| group == getpgrp())
}

/// Gives the terminal back, if it is ours. Every step is tried, whatever became of the one before.
pub fn restore() {
    AWAY.store(false, Ordering::SeqCst);
    if ACTIVE.swap(false, Ordering::SeqCst) {
        let _ = disable_raw_mode();
        let _ = execute!(io::stdout(), LeaveAlternateScreen, cursor::Show);
        let _ = io::stdout().flush();
    }
}

/// How wide the terminal is, where it says so.
pub fn columns() -> Option<usize> {
    let (columns, _) = crossterm::terminal::size().ok()?;
    (columns > 0).then(|| usize::from(columns.min(LARGEST.width)))
}

/// A size that a picture can have, whatever the terminal says.
fn bounded(size: Size) -> Size {
    if size.width == 0 || size.height == 0 {
        return USUAL;
    }
    Size::new(
        size.width.min(LARGEST.width),
        size.height.min(LARGEST.height),
    )
}

/// The library's way to the terminal, but for its size.
#[derive(Debug)]
struct Bounded(CrosstermBackend<Stdout>);

impl Backend for Bounded {
    type Error = io::Error;

    fn draw<'cell, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'cell Cell)>,
    {
        self.0.draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.0.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.0.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        self.0.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.0.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.0.clear()
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        self.0.clear_region(region)
    }

    fn size(&self) -> io::Result<Size> {
        self.0.size().map(bounded)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.0.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.0)
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
        let drawing = wait_for_the_frame();
        restore();
        drop(drawing);
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
        let panicked = PANICKED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waker) = &*panicked {
            waker.wake_by_ref();
        }
    }));
}

fn wait_for_the_frame() -> Option<MutexGuard<'static, ()>> {
    let step = DRAWING_TIMEOUT / 50;
    for _ in 0..50 {
        match DRAWING.try_lock() {
            Ok(drawing) => return Some(drawing),
            Err(TryLockError::Poisoned(drawing)) => return Some(drawing.into_inner()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(step),
        }
    }
    None
}

/// Wakes up somebody when a thread panics. One that has panicked before is found by [`panic_message`].
pub fn wake_on_panic(waker: Waker) {
    *PANICKED.lock().unwrap_or_else(PoisonError::into_inner) = Some(waker);
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_size_that_a_terminal_can_claim_makes_a_picture(width: u16, height: u16) {
            let size = bounded(Size::new(width, height));
            prop_assert!(size.width > 0 && size.height > 0);
            prop_assert!(size.width <= LARGEST.width && size.height <= LARGEST.height);
            // What a screen can have is what it gets.
            if (1..=1_000).contains(&width) && (1..=500).contains(&height) {
                prop_assert_eq!(size, Size::new(width, height));
            }
        }
    }

    #[test]
    fn a_terminal_without_a_size_has_the_usual_one() {
        for size in [(0, 0), (0, 30), (100, 0)] {
            assert_eq!(bounded(size.into()), USUAL);
        }
        assert_eq!(bounded(Size::new(u16::MAX, u16::MAX)), LARGEST);
    }
}
