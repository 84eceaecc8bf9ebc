//! Threads with names, and runtimes on them.

use std::io;
use std::thread::{Builder, JoinHandle};

use tokio::runtime::{self, Runtime};

/// Starts a thread; `name` is what stands behind that of the program.
///
/// # Errors
/// If there can be no further one.
pub(super) fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    Builder::new().name(format!("r53mon-{name}")).spawn(work)
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
    runtime::Builder::new_current_thread().enable_all().build()
}
