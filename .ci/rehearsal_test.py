"""Rehearses a cutover with the real AWS CLI.

    python .ci/rehearsal_test.py target/release/r53mon target/ci/aws/bin/aws

The world is `r53mon demo rehearsal --serve`; every command is one that r53mon has printed, run by a shell as it stands. The CLI
moves the weights and asks until the change is in sync, r53mon sees it on all name servers, and the command that it then tells
moves the weights back. Nothing leaves this machine. Whatever is missing is a failure, never a skip.
"""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading

from common import CheckFailed, check, end, wait_until

BEFORE = {"blue": 90, "green": 10}
AFTER = {"blue": 50, "green": 50}


class Lines:
    """What a program writes to stdout, line by line, read by a thread so that the program never waits."""

    def __init__(self, stack, command, env):
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env, text=True
        )
        stack.callback(end, self.process)
        self.lines = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def objects(self):
        return [json.loads(line) for line in list(self.lines)]


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: python .ci/rehearsal_test.py PATH-OF-R53MON PATH-OF-AWS")
    r53mon, aws = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    check(aws.exists(), f"{aws} is not there (see .ci/requirements-aws.txt)")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with contextlib.ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="r53mon-rehearsal-"))
        path = os.pathsep.join([str(aws.parent), str(r53mon.parent), "/usr/bin", "/bin"])
        env = {"PATH": path, "HOME": home, "LC_ALL": "C.UTF-8", "AWS_EC2_METADATA_DISABLED": "true"}

        world = Lines(stack, [str(r53mon), "demo", "rehearsal", "--serve"], env)
        printed = wait_until("the world's lines", lambda: list(world.lines) if "dig" in "".join(world.lines) else None, 90)
        for line in printed:
            if line.startswith("export "):
                name, value = line.removeprefix("export ").split("=", 1)
                env[name] = value

        def command(beginning):
            found = [line.removeprefix("#").strip() for line in printed if line.removeprefix("#").strip().startswith(beginning)]
            check(len(found) == 1, f"one line with '{beginning}' was expected, not {found}")
            return found[0]

        def shell(line):
            """Runs a line as it stands; gives what the CLI says, which is JSON."""
            done = subprocess.run(["/bin/sh", "-c", line], env=env, capture_output=True, text=True, timeout=60)
            check(done.returncode == 0, f"code {done.returncode} of: {line}\n{done.stdout}\n{done.stderr}")
            return json.loads(done.stdout)

        def weights():
            listed = shell(command("aws route53 list-resource-record-sets"))["ResourceRecordSets"]
            return {one["SetIdentifier"]: one["Weight"] for one in listed if "Weight" in one}

        def in_sync(change):
            return lambda: shell(f"aws route53 get-change --id {change}")["ChangeInfo"]["Status"] == "INSYNC"

        watching = command("r53mon watch").split() + ["--poll-interval", "5s", "--output", "ndjson", "--no-http"]
        watch = Lines(stack, watching, env)

        def switched():
            ticks = [one for one in watch.objects() if one["schema"] == "r53mon.tick/1"]
            if not ticks:
                return None
            sets = {one["set_identifier"]: one["weight"] for one in ticks[-1]["segment"]["sets"]}
            servers = ticks[-1]["name_servers"]
            return sets == AFTER and len(servers) == 4 and all(one["switched_at"] for one in servers)

        wait_until("the first tick", lambda: any("r53mon.tick/1" in line for line in list(watch.lines)), 90)
        check(weights() == BEFORE, f"the world begins with {weights()}")
        info = shell(command("aws route53 change-resource-record-sets"))["ChangeInfo"]
        check(info["Status"] == "PENDING", f"a change that has just been submitted: {info}")
        check(weights() == AFTER, f"after the change: {weights()}")
        wait_until("the change to be in sync", in_sync(info["Id"]), 90)
        wait_until("r53mon to see the change on all name servers", switched, 90)
        end(watch.process)
        watch.reader.join(timeout=10)
        report = watch.objects()[-1]
        check(report["schema"] == "r53mon.report/1", f"the last line is of {report['schema']}")
        undo = report["undo"]["command"]
        print(undo)
        info = shell(undo)["ChangeInfo"]
        check(weights() == BEFORE, f"after the undo command: {weights()}")
        wait_until("the undoing to be in sync", in_sync(info["Id"]), 90)

        bad = undo.replace('"Weight":90', '"Weight":256')
        done = subprocess.run(["/bin/sh", "-c", bad], env=env, capture_output=True, text=True, timeout=60)
        check(done.returncode != 0 and "InvalidInput" in done.stderr, f"a weight of 256: {done.returncode} {done.stderr}")
        check(weights() == BEFORE, f"after a refused batch: {weights()}")
    print("PASS rehearsal: moved with the AWS CLI, in sync, seen on all name servers, undone by the told command")


if __name__ == "__main__":
    try:
        main()
    except CheckFailed as failure:
        sys.exit(f"FAIL rehearsal: {failure}")
