//! Threads with names, and runtimes on them.

use std::io;
use std::thread::{Builder, JoinHandle};

use tokio::runtime::{self, Runtime};

use crate::model::shortage::Shortage;

/// Starts a thread; `name` is what stands behind that of the program.
///
/// # Errors
/// If there can be no further one.
pub(super) fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    let thread = Builder::new().name(format!("r53mon-{name}"));
    thread.spawn(work).map_err(named)
}

/// Starts a thread with a runtime of its own that ends when the task does, whatever else that has started.
///
/// # Errors
/// If there can be no further one.
pub(super) fn spawn_task(
    name: &str,
    task: impl Future<Output = ()> + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let runtime = runtime()?;
    spawn(name, move || {
        runtime.block_on(task);
        runtime.shutdown_background();
    })
}

/// A runtime for the thread that drives it.
///
/// # Errors
/// If the system gives no room for it.
pub(super) fn runtime() -> io::Result<Runtime> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(named)
}

/// The error of a thread, socket or signal that could not be had, by the name of what this machine lacks.
pub(super) fn named(error: io::Error) -> io::Error {
    match Shortage::of(error.raw_os_error()) {
        Some(shortage) => io::Error::other(shortage),
        None => error,
    }
}
