"""What the tests with real peers share: to hold something to be so, to wait for it, and to end what was started."""

import signal
import subprocess
import time


class CheckFailed(Exception):
    """Something that should hold does not; the message says what was seen."""


def check(holds, message):
    if not holds:
        raise CheckFailed(message)


def wait_until(what, condition, seconds=30.0):
    """Polls until condition() is true and returns that value; the deadline is an error that names what was awaited."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        check(time.monotonic() < deadline, f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(0.05)


def end(process):
    """Ends a process as Ctrl+C does, and one that does not take notice at once."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
